"""`delaminate models list|pull|export|verify|path`: which weights there are, their licences, where they lie."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from delaminate.cli.refusal import refusals

if TYPE_CHECKING:
    from delaminate.contracts import Tick

app = typer.Typer(no_args_is_help=True, add_completion=False)

_FACTS = (
    "name",
    "purpose",
    "used_by",
    "comes_from",
    "gigabytes",
    "size",
    "licence",
    "commercial",
    "learned_from",
    "gated",
    "wanted",
)
"""What is told of weights, as the catalogue calls it."""


@app.callback()
def models() -> None:
    """List, fetch, check and find the weights of models."""


@app.command("list")
def list_models(
    *,
    commercial_safe: Annotated[
        bool, typer.Option("--commercial-safe", help="Only those that allow commercial use.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the weights with size, licence and whether they are on this machine."""
    from delaminate.models.checkpoints import CHECKPOINTS, SETS
    from delaminate.models.weights import disk, installed

    rows = []
    for known in CHECKPOINTS:
        if known.commercial or not commercial_safe:
            there = installed(known.name)
            here = {"path": str(there) if there else None, "bytes": disk(there) if there else 0}
            rows.append({fact: getattr(known, fact) for fact in _FACTS} | here)
    if as_json:
        typer.echo(json.dumps(rows, indent=1))
        return
    notes = ["* what the embedded engine likes to have; 'delaminate models pull' fetches it"]
    notes += [f"'delaminate models pull {name}' fetches {', '.join(names)}" for name, names in SETS.items()]
    for source in sorted({row["learned_from"] for row in rows if row["learned_from"]}):
        learned = ", ".join(row["name"] for row in rows if row["learned_from"] == source)
        notes.append(f"{learned} learned from {source}")
    typer.echo("\n".join([*_lines(rows), "", *(textwrap.fill(note, 80, subsequent_indent="  ") for note in notes)]))


def _lines(rows: list[dict[str, Any]]) -> Iterator[str]:
    """A table of at most 80 columns; what weights are for is a heading, and conditions of a licence have a line."""
    form = "{:<26}{:>8}  {:<6}{:<19}{}"
    yield form.format("name", "size", "here", "used by", "licence")
    for purpose in dict.fromkeys(row["purpose"] for row in rows):
        yield f"{purpose}:"
        for row in rows:
            if row["purpose"] != purpose:
                continue
            conditions = ["no commercial use"] * (not row["commercial"]) + ["on request"] * row["gated"]
            size = f"{row['bytes'] / 1e6:,.0f} MB" if row["path"] else row["size"]
            here, licence = "yes" if row["path"] else "no", "" if conditions else row["licence"]
            name = f"{'*' if row['wanted'] else ' '} {row['name']}"
            yield form.format(name, size, here, row["used_by"], licence).rstrip()
            if conditions:
                yield f"      {row['licence']}: {', '.join(conditions)}"


@app.command()
def pull(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]...", help="Names from 'delaminate models list', or lite; none: what embedded likes."
        ),
    ] = None,
    *,
    given: Annotated[
        Path | None,
        typer.Option("--from", metavar="PATH", help="Copy a file, or what a folder has, instead of fetching it."),
    ] = None,
    revision: Annotated[str, typer.Option(help="Commit, tag or branch of a repository at the hub.")] = "",
    commercial_safe: Annotated[
        bool, typer.Option("--commercial-safe", help="Refuse weights that do not allow commercial use.")
    ] = False,
) -> None:
    """Fetch weights. A single file is put in place whole and with the SHA-256 this package knows, or not at all.

    Where the package knows none, the first pull is trusted, and what it brought is written down beside the file.
    """
    from delaminate.models import checkpoints, weights

    with refusals():
        wanted = [known for name in names or () for known in checkpoints.named(name)]
        if not wanted and given is not None and given.is_dir():
            wanted = [known for known in checkpoints.CHECKPOINTS if weights.has(given, known)]
        for known in wanted or [known for known in checkpoints.CHECKPOINTS if known.wanted]:
            if commercial_safe or checkpoints.commercial_safe():
                checkpoints.check_commercial(known.name)
            is_file = isinstance(known.origin, checkpoints.OneFile)
            whole = is_file and weights.installed(known.name) and not weights.damage(known.name)
            size = "already here" if whole and given is None else f"about {known.size}"
            typer.echo(f"{known.name}: {size}, {known.licence}", err=True)
            with _bar(known.name) as tick:
                path = weights.pull(known.name, revision, given, tick)
            if known.is_trusted_at_first:
                typer.echo(
                    f"{known.name}: its hash is not known here; what came is written down and must stay", err=True
                )
            typer.echo(path)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Where to; 'delaminate models pull --from' takes it from there.")],
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="Names from 'delaminate models list'; none: all that are here."),
    ] = None,
) -> None:
    """Copy weights that are here into a folder, for a machine without a network."""
    from delaminate.models import checkpoints, weights

    with refusals():
        wanted = [known.name for name in names or () for known in checkpoints.named(name)]
        for name in wanted or [known.name for known in checkpoints.CHECKPOINTS if weights.installed(known.name)]:
            with _bar(name) as tick:
                typer.echo(weights.export(name, folder, tick))


@contextmanager
def _bar(name: str) -> Iterator[Tick]:
    """A progress bar on stderr, where that is a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    from delaminate.contracts import no_tick

    console = Console(stderr=True)
    if not console.is_terminal:
        yield no_tick
        return
    with Progress(console=console, transient=True) as bars:
        task = bars.add_task(name, total=1.0)
        yield lambda share: bars.update(task, completed=share)


@app.command()
def verify(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="Names from 'delaminate models list'; none: all that are here."),
    ] = None,
) -> None:
    """Check the weights on this machine against the hashes that are known; exit code 1 where one differs."""
    from delaminate.models import checkpoints, weights

    damaged = False
    with refusals():
        for name in names or [known.name for known in checkpoints.CHECKPOINTS if weights.installed(known.name)]:
            wrong = weights.damage(name)
            damaged |= bool(wrong)
            typer.echo(f"{name}: {wrong or 'as it should be'}  {weights.folder(name)}")
    if damaged:
        raise typer.Exit(1)


@app.command()
def path(name: Annotated[str, typer.Argument(help="A name from 'delaminate models list'.")]) -> None:
    """Print the folder, or the file, in which weights lie."""
    from delaminate.models import weights

    with refusals():
        typer.echo(weights.folder(name))
