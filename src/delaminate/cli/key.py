"""`delaminate key`: make, list and revoke API keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from delaminate.cli.refusal import refusals, say
from delaminate.cli.serve import need_server

if TYPE_CHECKING:
    import sqlalchemy as sa

key = typer.Typer(help="API keys of the service.", no_args_is_help=True)


def _tables() -> sa.Engine:
    need_server()
    from delaminate.server.database import open_database
    from delaminate.server.settings import Settings

    settings = Settings()
    with refusals():
        settings.make_folder()
        tables: sa.Engine = open_database(settings.tables_url)
    return tables


@key.command()
def create(project: Annotated[str, typer.Option(help="Its name; made when there is none.")]) -> None:
    """Make a key. The secret is shown once and kept nowhere."""
    from delaminate.server.accounts import api_keys

    with _tables().begin() as connection:
        made, secret = api_keys.create(connection, project)
    typer.echo(f"SCENARIO_SDK_API_KEY={made}\nSCENARIO_SDK_API_SECRET={secret}")


@key.command("list")
def listing() -> None:
    """All keys, their projects, and whether they still work."""
    from delaminate.server.accounts import api_keys

    with _tables().connect() as connection:
        for row in api_keys.listed(connection):
            state = f"revoked {row.revoked_at}" if row.revoked_at else "works"
            typer.echo(f"{row.id}  {row.project}  made {row.created_at}  {state}")


@key.command()
def revoke(key_id: Annotated[str, typer.Argument(metavar="KEY")]) -> None:
    """Make a key useless, within a second."""
    from delaminate.server.accounts import api_keys

    with _tables().begin() as connection:
        done = api_keys.revoke(connection, key_id)
    if not done:
        say(f"there is no working key {key_id}; `delaminate key list` shows all")
        raise typer.Exit(1)
    typer.echo(f"{key_id} is revoked")
