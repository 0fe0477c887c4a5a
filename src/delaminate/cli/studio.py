"""`delaminate studio`: the service and its page for one person on one machine, without keys."""

from __future__ import annotations

import socket
import threading
import time
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from delaminate.cli import names
from delaminate.cli.refusal import refusals, say
from delaminate.cli.serve import need_server

if TYPE_CHECKING:
    import uvicorn

PORT = 7373


def studio(
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help=f"Port to listen on; {PORT}, or a free one if that is taken.")
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
    data: Annotated[
        Path | None,
        typer.Option(
            envvar="DELAMINATE_DATA",
            show_default="delaminate in your folder for application data",
            help="Folder of your pictures and layers.",
        ),
    ] = None,
    engine: Annotated[
        str,
        typer.Option(help=names.ENGINE_HELP, metavar="NAME", envvar="DELAMINATE_ENGINE", autocompletion=names.engines),
    ] = "auto",
    verbose: Annotated[bool, typer.Option("--log", help="Write a line for every request on stderr.")] = False,
) -> None:
    """Open the studio: split pictures, fix their layers and download them in your browser, all on this machine."""
    need_server()
    import uvicorn
    from platformdirs import user_data_path

    from delaminate.engines import engine as stages_named
    from delaminate.server.app import create_app
    from delaminate.server.logs import set_up
    from delaminate.server.settings import Settings

    listening = _listen(port)
    address = f"http://127.0.0.1:{listening.getsockname()[1]}/"
    folder = (data or user_data_path("delaminate", appauthor=False)).absolute()
    set_up(quiet=not verbose)
    settings = Settings(data=folder, engine=engine, public_url="", cors_origins=(), drain_seconds=2, poll_seconds=0.25)
    with refusals():
        stages_named(engine)
        settings.make_folder()
    app = create_app(settings, local=True)
    # A page that follows a job keeps its connection; stopping does not wait for it.
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    threading.Thread(target=_greet, args=(server, address, folder, browser), daemon=True).start()
    server.run([listening])


def _listen(port: int | None) -> socket.socket:
    """A socket on the loopback address; another free port where the usual one is taken and none was asked for."""
    for wanted in (PORT, 0) if port is None else (port,):
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(("127.0.0.1", wanted))
        except OSError:
            listening.close()
        else:
            return listening
    say(f"port {port} cannot be listened on; leave --port away to get a free one")
    raise typer.Exit(1)


def _greet(server: uvicorn.Server, address: str, folder: Path, browser: bool) -> None:
    """Say where the page is, and open it, once it answers."""
    while not server.started:
        time.sleep(0.02)
    typer.echo(f"The studio is on {address}\nPictures and layers are in {folder}\nCtrl+C stops it")
    if browser:
        webbrowser.open(address)
