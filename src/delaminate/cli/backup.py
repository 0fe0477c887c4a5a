"""`delaminate backup` and `delaminate restore`: a whole copy of the service's data, and the way back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from delaminate.cli.refusal import refusals
from delaminate.cli.serve import need_server


def backup(folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder.")]) -> None:
    """Copy the service's rows and pictures into a folder, also while it runs."""
    need_server()
    from delaminate.server.backup import back_up
    from delaminate.server.settings import Settings

    with refusals():
        count = back_up(Settings(), folder.absolute())
    typer.echo(f"{folder}: the tables and {count} files")


def restore(folder: Annotated[Path, typer.Argument(metavar="DIR", help="What `delaminate backup` wrote.")]) -> None:
    """Make a data folder of a backup; jobs that were under way go on when the service starts."""
    need_server()
    from delaminate.server.backup import restore as bring_back
    from delaminate.server.settings import Settings

    with refusals():
        settings = Settings()
        count = bring_back(settings, folder.absolute())
    typer.echo(f"{settings.data}: the tables and {count} files")
