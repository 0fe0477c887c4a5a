"""`delaminate plan [IMAGE] INSTRUCTION`: how a sentence is read, before anything is looked for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from delaminate.cli import marks
from delaminate.cli.refusal import refusals

if TYPE_CHECKING:
    from delaminate.contracts import Plan, Target


def plan(
    arguments: Annotated[
        list[str],
        typer.Argument(
            metavar="[IMAGE] INSTRUCTION",
            help="What to extract; after a picture where there is one, which marks and bbox tags are told against.",
            show_default=False,
        ),
    ],
    *,
    max_layers: Annotated[int, typer.Option(min=1, help="Most layers, the background not counted.")] = 6,
    engine: Annotated[
        str, typer.Option(metavar="NAME", help="Set of stages whose planner reads.", envvar="DELAMINATE_ENGINE")
    ] = "auto",
    box: Annotated[
        list[str] | None, typer.Option(metavar="X1,Y1,X2,Y2[:NAME]", help="A thing marked by its box, in pixels.")
    ] = None,
    point: Annotated[
        list[str] | None, typer.Option(metavar="X,Y[:NAME]", help="A thing marked by a pixel inside it.")
    ] = None,
    max_pixels: Annotated[int, typer.Option(min=1, help="Refuse larger pictures before decoding.")] = 100_000_000,
    as_json: Annotated[bool, typer.Option("--json", help="Print the plan as JSON instead of a table.")] = False,
) -> None:
    """Tell how an instruction is read; nothing is looked for and nothing is written."""
    import delaminate

    if len(arguments) > 2:
        raise typer.BadParameter("name one picture at most, and put the instruction in quotes")
    image, instruction = arguments if len(arguments) == 2 else (None, arguments[0])
    boxes, points = [marks.box(text) for text in box or ()], [marks.point(text) for text in point or ()]
    with refusals():
        read = delaminate.plan(
            instruction,
            image,
            max_layers=max_layers,
            engine=engine,
            boxes=boxes,
            points=points,
            max_pixels=max_pixels,
        )
    if as_json:
        from delaminate.codec import plain

        typer.echo(json.dumps(plain(read), ensure_ascii=False, indent=1))
    else:
        _tell(read)


def _tell(read: Plan) -> None:
    from rich.console import Console
    from rich.text import Text

    from delaminate.cli.report import table

    console = Console(highlight=False)
    columns = table("asked for", "looked for", "how many", "layer name")
    rows = [(one, "stays in the background") for one in read.targets] if read.inverted else []
    rows += [] if read.inverted else [(one, "") for one in read.targets]
    rows += [(one, "stays in the background") for one in read.kept]
    for target, stays in rows:
        name = target.name or "by what it is"
        columns.add_row(Text(target.phrase), Text(described(target)), stays or _how_many(target), "" if stays else name)
    if read.inverted:
        columns.add_row("everything else", "everything", "all, a layer each", "by what it is")
    console.print(columns)
    if read.depth:
        console.print(Text(f"bands, front to back: {', '.join(read.depth)}"), soft_wrap=True)
    if read.layers:
        console.print(f"layers: at most {read.layers}, what belongs together grouped")
    if read.ignored:
        console.print(Text(f"ignored: {', '.join(read.ignored)}"), soft_wrap=True)
    if read.note:
        console.print(Text(f"note: {read.note}"), soft_wrap=True)


def described(target: Target) -> str:
    """What is looked for, in a few words: "person: girl, red, left"."""
    from delaminate.contracts import Kind

    if not target.known:
        return "not understood"
    if target.kind is Kind.ANYTHING:
        told = ["everything"]
    elif target.kind is Kind.SUBJECT:
        told = ["the main thing"]
    else:
        noun = target.quoted or target.text_role or target.noun
        told = [f"{target.kind.value}: {noun}" if noun and noun != target.kind.value else target.kind.value]
    told += [*target.colours, *target.positions, *([target.size] if target.size else [])]
    if target.box is not None:
        told.append(f"in {target.box.as_tuple()}")
    if target.point is not None:
        told.append(f"at {target.point}")
    return ", ".join(told)


def _how_many(target: Target) -> str:
    many = "all" if target.count is None else str(target.count)
    if target.count == 1:
        return "1"
    return f"{many}, a layer each" if target.each else f"{many} in one layer"
