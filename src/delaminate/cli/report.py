"""What a split says at its end: where the layers are, which they are, how every target ended, and the proof."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from delaminate.cli.advice import advice
from delaminate.cli.export import tell_file

if TYPE_CHECKING:
    from rich.table import Table

    from delaminate.contracts import Decomposition, ServerCalls
    from delaminate.export.dropped import Written


def tell(
    result: Decomposition, picture: Path, directory: Path | None, written: tuple[Written, ...], preview: bool
) -> None:
    """Print the report of one picture on stdout."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    count = len(result.stack.layers) - 1
    layers = "1 layer" if count == 1 else f"{count} layers"
    # Paths are never wrapped, so that they can be copied and clicked.
    place = directory or ", ".join(str(file.paths[0]) for file in written if not file.added)
    there = f" and a background in {place}" if place else ""
    console.print(Text(f"{picture}: {layers}{there}"), soft_wrap=True)
    if preview and directory is not None:
        console.print(Text(f"preview: {directory / 'preview.png'}"), soft_wrap=True)
    console.print(_layers(result))
    if result.report.targets:
        console.print(_targets(result))
    console.print()
    if result.plan.ignored:
        console.print(Text(f"ignored: {', '.join(result.plan.ignored)}"), soft_wrap=True)
    for note in result.report.notes:
        console.print(Text(f"note: {note}"), soft_wrap=True)
    for calls in result.report.calls:
        console.print(Text(f"asked: {_told(calls)}"), soft_wrap=True)
    error, pixels = result.report.max_error, result.report.differing_pixels
    proof = "exact" if not error and not pixels else f"NOT exact, {pixels} pixels differ by up to {error} levels"
    console.print(f"layers add up to the picture: {proof}")
    for file in written:
        tell_file(file)


def _told(calls: ServerCalls) -> str:
    """What a server was asked, and what it cost."""
    count = "1 call" if calls.calls == 1 else f"{calls.calls} calls"
    cost = "cost not told" if calls.cost is None else f"cost {calls.cost:g}"
    return f"{calls.server} for {calls.purpose}, {count}, {calls.seconds:.1f} s, {cost}"


def table(*columns: str) -> Table:
    """An empty table as the reports of the command line look."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _layers(result: Decomposition) -> Table:
    """Top to bottom, as layer panels show them."""
    from rich.text import Text

    rows = table("layer", "role", "left, top, right, bottom", "confidence")
    for layer in reversed(result.stack.layers):
        sure = f"{layer.confidence:.0%}" if layer is not result.stack.background else ""
        corners = ", ".join(str(corner) for corner in layer.box.as_tuple())
        rows.add_row(Text(" ".join(layer.name.split())), layer.role.value, corners, sure)
    return rows


def _targets(result: Decomposition) -> Table:
    from rich.text import Text

    rows = table("asked for", "outcome", "what you can do")
    for target in result.report.targets:
        rows.add_row(Text(target.target), str(target.outcome), Text(advice(target)))
    return rows
