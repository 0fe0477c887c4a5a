"""`delaminate serve`: the API and a worker in one process."""

from __future__ import annotations

from typing import Annotated

import typer

from delaminate.cli.refusal import say


def need_server() -> None:
    """Say how to install the service where it is not."""
    try:
        import dbos  # noqa: F401
        import fastapi  # noqa: F401
    except ImportError as error:
        say("the service is not installed; install it with: pip install 'delaminate[server]'")
        raise typer.Exit(1) from error


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    worker: Annotated[bool, typer.Option(help="Run jobs in this process too.")] = True,
    log_json: Annotated[bool, typer.Option("--log-json", help="Write log lines as JSON.")] = False,
) -> None:
    """Answer Scenario's image-layers API. Settings come from DELAMINATE_… variables; see docs/how-to."""
    need_server()
    import uvicorn

    from delaminate.server.app import create_app
    from delaminate.server.logs import set_up
    from delaminate.server.settings import Settings

    set_up(log_json)
    app = create_app(Settings(), with_worker=worker)
    uvicorn.run(app, host=host, port=port, log_config=None, access_log=False, server_header=False)
