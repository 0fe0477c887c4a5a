"""`delaminate models list|pull|path`: which weights there are, what their licences allow, where they lie."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from delaminate.cli.refusal import refusals

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def models() -> None:
    """List, fetch and find the weights of local models."""


@app.command("list")
def list_models(
    *,
    commercial_safe: Annotated[
        bool, typer.Option("--commercial-safe", help="Only those that allow commercial use.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the weights with size, licence and whether they are on this machine."""
    from dataclasses import asdict

    from delaminate.models.weights import CHECKPOINTS, installed

    rows = []
    for known in CHECKPOINTS:
        if known.commercial or not commercial_safe:
            there = installed(known.name)
            rows.append(
                asdict(known) | {"revision": there.name if there else None, "path": str(there) if there else None}
            )
    if as_json:
        typer.echo(json.dumps(rows, indent=1))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("name", "for", "GB", "licence", "commercial", "revision", box=None, pad_edge=False)
    table.columns[0].no_wrap = True
    for row in rows:
        use = "yes" if row["commercial"] else "no"
        gated = " (on request)" if row["gated"] else ""
        revision = str(row["revision"])[:10] if row["revision"] else "not here"
        table.add_row(row["name"], row["purpose"], f"{row['gigabytes']:g}", row["licence"] + gated, use, revision)
    Console().print(table)


@app.command()
def pull(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Names from 'delaminate models list'.")],
    *,
    revision: Annotated[str, typer.Option(help="Commit, tag or branch of the repository.")] = "main",
    commercial_safe: Annotated[
        bool, typer.Option("--commercial-safe", help="Refuse weights that do not allow commercial use.")
    ] = False,
) -> None:
    """Fetch weights from the hub, or bring them up to date."""
    from delaminate.models import weights

    with refusals():
        for name in names:
            known = weights.checkpoint(name)
            if commercial_safe or weights.commercial_safe():
                weights.check_commercial(name)
            typer.echo(f"{known.name}: about {known.gigabytes:g} GB, {known.licence}", err=True)
            typer.echo(weights.pull(name, revision))


@app.command()
def path(name: Annotated[str, typer.Argument(help="A name from 'delaminate models list'.")]) -> None:
    """Print the folder in which weights lie."""
    from delaminate.models import weights

    with refusals():
        typer.echo(weights.folder(name))
