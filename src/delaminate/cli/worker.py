"""`delaminate worker`: a process that only runs jobs."""

from __future__ import annotations

from typing import Annotated

import typer

from delaminate.cli.refusal import refusals
from delaminate.cli.serve import need_server


def worker(
    metrics_port: Annotated[int | None, typer.Option(help="Show Prometheus metrics on this port.")] = None,
    metrics_host: Annotated[str, typer.Option(help="Address for that port.")] = "0.0.0.0",
    log_json: Annotated[bool, typer.Option("--log-json", help="Write log lines as JSON.")] = False,
) -> None:
    """Run jobs beside `delaminate serve`, on this or another machine with the same database and storage."""
    need_server()
    from delaminate.server.logs import set_up
    from delaminate.server.settings import Settings
    from delaminate.server.worker import run_worker

    settings = Settings()
    set_up(log_json or settings.log_json)
    with refusals():
        run_worker(settings, metrics_port, metrics_host=metrics_host)
