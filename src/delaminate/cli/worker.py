"""`delaminate worker`: a process that only runs jobs."""

from __future__ import annotations

from typing import Annotated

import typer

from delaminate.cli.serve import need_server


def worker(
    metrics_port: Annotated[int | None, typer.Option(help="Show Prometheus metrics on this port.")] = None,
    log_json: Annotated[bool, typer.Option("--log-json", help="Write log lines as JSON.")] = False,
) -> None:
    """Run jobs beside `delaminate serve`, on this or another machine with the same database and storage."""
    need_server()
    from delaminate.server.logs import set_up
    from delaminate.server.settings import Settings
    from delaminate.server.worker import run_worker

    set_up(log_json)
    run_worker(Settings(), metrics_port)
