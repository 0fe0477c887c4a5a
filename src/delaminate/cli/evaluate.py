"""`delaminate evaluate SCENES`: how good stacks are, in figures and pictures."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from delaminate.cli import names
from delaminate.cli.refusal import refusals, say

if TYPE_CHECKING:
    from delaminate.evaluation.scenes import Scene


def evaluate(
    scenes: Annotated[
        Path | None,
        typer.Argument(
            metavar="[SCENES]",
            help="Folder of scenes with known layers; leave it out with --generate.",
            show_default=False,
        ),
    ] = None,
    *,
    engine: Annotated[
        list[str] | None,
        typer.Option(help=f"{names.ENGINE_HELP} May be repeated.", metavar="NAME", autocompletion=names.engines),
    ] = None,
    stacks: Annotated[
        list[Path] | None,
        typer.Option(metavar="DIR", help="Also score stacks that any tool wrote: DIR/<scene>/manifest.json and PNGs."),
    ] = None,
    generate: Annotated[int, typer.Option(min=0, metavar="N", help="Generate N scenes instead of reading some.")] = 0,
    seed: Annotated[int, typer.Option(help="Seed of the generated scenes.")] = 0,
    only: Annotated[str, typer.Option(metavar="IDS", help="Scenes to take, comma-separated.")] = "",
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for stacks, results and report.")] = Path(
        "evaluation"
    ),
    true_masks: Annotated[
        bool,
        typer.Option(
            "--true-masks",
            help="Measure only what lies behind: give the true masks, set the fill beside others.",
        ),
    ] = False,
    processes: Annotated[
        int | None, typer.Option(min=1, help="Scenes at a time; default: one per core.", show_default=False)
    ] = None,
) -> None:
    """Split scenes whose layers are known and measure the stacks; goes on where an earlier run stopped."""
    from delaminate.evaluation.runner import evaluate as run
    from delaminate.evaluation.tables import as_markdown

    if (scenes is None) == (generate == 0):
        raise typer.BadParameter("name a folder of scenes, or ask for some with --generate N")
    if true_masks and stacks:
        raise typer.BadParameter("with --true-masks there are no stacks to score; leave out --stacks")
    _need_scipy()
    engines = engine if engine is not None else ([] if stacks else ["embedded"])
    with refusals():
        chosen = _scenes(scenes, generate, seed, [part for part in only.split(",") if part], out)
        if true_masks:
            _behind(chosen, engines, processes)
            return
        with _bar() as seen:
            trials = run(chosen, out, engines, stacks or (), processes, seen)
    typer.echo(as_markdown(trials))
    for trial in trials:
        if trial.error:
            say(f"{trial.scene} ({trial.engine}): {trial.error}")
    say(f"the report is {out / 'report.html'}")


def _need_scipy() -> None:
    """Say how to install what measures, where it is not: no split needs it."""
    if find_spec("scipy") is None:
        say("SciPy, which measures, is not installed; install it with: pip install 'delaminate[evaluation]'")
        raise typer.Exit(1)


def _behind(scenes: tuple[Scene, ...], engines: list[str], processes: int | None) -> None:
    """Print the errors behind the things, a table for every engine."""
    from delaminate.evaluation.behind import behind_all, behind_table

    for engine in engines:
        with _bar() as seen:
            rows = behind_all(scenes, (), engine, processes, seen)
        typer.echo(f"## {engine}: mean absolute error behind the things, true masks given, in levels\n")
        typer.echo(behind_table(rows))


def _scenes(folder: Path | None, count: int, seed: int, only: list[str], out: Path) -> tuple[Scene, ...]:
    from delaminate.evaluation.generation.generator import generate
    from delaminate.evaluation.scenes import read_scenes

    if folder is None:
        folder = out / "scenes"
        with _bar() as seen:
            generate(folder, count, seed, seen)
    return read_scenes(folder, only)


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr, silent where that is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (BarColumn(bar_width=40), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bars:
        task = bars.add_task("", total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)
