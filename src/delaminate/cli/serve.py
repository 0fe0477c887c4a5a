"""`delaminate serve`: the API and a worker in one process."""

from __future__ import annotations

from typing import Annotated

import typer

from delaminate.cli.refusal import refusals, say


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
    worker: Annotated[bool, typer.Option(help="Run jobs too, in a process beside this one.")] = True,
    log_json: Annotated[bool, typer.Option("--log-json", help="Write log lines as JSON.")] = False,
) -> None:
    """Answer Scenario's image-layers API. Settings come from DELAMINATE_… variables; see docs/how-to."""
    need_server()
    import uvicorn

    from delaminate.server.api.connection import PatientConnection
    from delaminate.server.app import create_app
    from delaminate.server.beside import WorkerBeside
    from delaminate.server.database import open_database
    from delaminate.server.logs import set_up
    from delaminate.server.settings import Settings

    settings = Settings()
    set_up(log_json or settings.log_json)
    with refusals():
        settings.make_folder()
        # Made before there are two processes that need them.
        open_database(settings.tables_url).dispose()
    beside = None
    if worker:
        beside = WorkerBeside(settings.drain_seconds + 10, *(["--log-json"] if log_json else []))
    app = create_app(settings, with_worker=False, beside=beside)
    try:
        uvicorn.run(
            app,
            host=host,
            port=port,
            http=PatientConnection,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=settings.drain_seconds or 1,
        )
    finally:
        if beside is not None:
            beside.stop()
