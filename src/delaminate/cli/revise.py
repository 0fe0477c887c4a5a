"""`delaminate revise DIR`: repair one thing in a folder of layers, and leave the rest as it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from delaminate.cli import marks, names
from delaminate.cli.refusal import refusals

if TYPE_CHECKING:
    from delaminate.contracts import Decomposition
    from delaminate.editing.edits import Edit

_PAIR = "LAYER TEXT"
_WITH = {
    "--box": ("--redo",),
    "--point": ("--redo",),
    "--mask": ("--redo",),
    "--phrase": ("--redo",),
    "--name": ("--redo", "--merge"),
    "--max-layers": ("--split",),
}
"""Option → the edits it belongs to."""


def revise(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="A folder that `delaminate split` wrote.", show_default=False)
    ],
    *,
    redo: Annotated[
        str | None,
        typer.Option(metavar="LAYER", help="Cut this layer again, by --box, --point, --mask or --phrase."),
    ] = None,
    merge: Annotated[
        list[str] | None, typer.Option(metavar="LAYER,LAYER...", help="Make one layer of several.")
    ] = None,
    split: Annotated[
        tuple[str, str] | None, typer.Option(metavar=_PAIR, help='Cut parts off a layer: --split mug "the handle".')
    ] = None,
    refill: Annotated[
        str | None, typer.Option(metavar="LAYER", help="Fill the background behind this layer again.")
    ] = None,
    rename: Annotated[tuple[str, str] | None, typer.Option(metavar="LAYER NAME", help="Call a layer NAME.")] = None,
    remove: Annotated[str | None, typer.Option(metavar="LAYER", help="Give a layer back to what is behind it.")] = None,
    box: Annotated[
        str | None, typer.Option(metavar="X1,Y1,X2,Y2", help="Where the redone layer is, in pixels of the picture.")
    ] = None,
    point: Annotated[
        list[str] | None, typer.Option(metavar="X,Y", help="A pixel inside the redone layer; may be repeated.")
    ] = None,
    phrase: Annotated[str, typer.Option(metavar="TEXT", help="What the redone layer is, in words.")] = "",
    mask: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where the redone layer is: a mask of the picture's size, white on black."),
    ] = None,
    name: Annotated[str, typer.Option(metavar="TEXT", help="What to call the redone or merged layer.")] = "",
    max_layers: Annotated[int, typer.Option(min=1, help="Most parts that --split cuts off.")] = 4,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="A new folder; by default DIR itself is replaced.", show_default=False),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace layers in the folder of --out.")] = False,
    engine: Annotated[
        str | None,
        typer.Option(
            help=f"{names.ENGINE_HELP} Default: what made the layers.",
            metavar="NAME",
            autocompletion=names.engines,
        ),
    ] = None,
    inpaint_model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help=f"{names.INPAINT_HELP} Default: what filled them before.",
            autocompletion=names.inpaint_models,
        ),
    ] = None,
    commercial_safe: Annotated[
        bool, typer.Option("--commercial-safe", help="Refuse weights that do not allow commercial use.")
    ] = False,
    inpaint_prompt: Annotated[str, typer.Option(metavar="TEXT", help="A hint for models that understand one.")] = "",
    seed: Annotated[
        int | None, typer.Option(help="Same input, seed and version give the same bytes; default: as before.")
    ] = None,
    invented: Annotated[
        bool, typer.Option("--invented", help="Also write masks of made-up pixels; as before where DIR has some.")
    ] = False,
    preview: Annotated[bool, typer.Option(help="Write preview.png, a contact sheet.")] = True,
    max_pixels: Annotated[int, typer.Option(min=1, help="Refuse larger canvases.")] = 100_000_000,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the manifest on stdout instead of the report.")
    ] = False,
) -> None:
    """Repair layers: one edit a call; LAYER is an id (l2) or a name ("red apple").

    The layers still add up to the picture exactly, and those the edit does not concern stay as they are, byte for byte.
    """
    asked = {"--redo": redo, "--merge": merge or None, "--split": split, "--refill": refill}
    asked |= {"--rename": rename, "--remove": remove}
    chosen = [option for option, value in asked.items() if value is not None]
    if len(chosen) != 1:
        raise typer.BadParameter(f"say one edit: {', '.join(asked)}" + (f"; not {len(chosen)}" if chosen else ""))
    given = {
        "--box": bool(box),
        "--point": bool(point),
        "--mask": mask is not None,
        "--phrase": bool(phrase),
        "--name": bool(name),
    }
    given["--max-layers"] = max_layers != 4
    for option, there in given.items():
        if there and chosen[0] not in _WITH[option]:
            raise typer.BadParameter(f"{option} belongs to {' and '.join(_WITH[option])}, not to {chosen[0]}")
    if redo is not None and not (box or point or mask or phrase.strip()):
        raise typer.BadParameter("say how to redo the layer: --box, --point, --mask or --phrase")

    with refusals():
        import delaminate
        from delaminate.cli.interruption import interruptible
        from delaminate.cli.progress import watching
        from delaminate.editing import edits
        from delaminate.export.folder import check_folder, read_result, save

        edit: Edit
        place = out or directory
        before = read_result(directory, max_pixels=max_pixels)
        if redo is not None:
            edit = _redone(redo, before, (box, point or [], mask), phrase, name, max_pixels)
        elif merge:
            edit = edits.Merge(tuple(part.strip() for text in merge for part in text.split(",") if part.strip()), name)
        elif split is not None:
            edit = edits.SplitOff(*split, max_layers)
        elif rename is not None:
            edit = edits.Rename(*rename)
        else:
            edit = edits.Refill(refill) if refill is not None else edits.Remove(str(remove))
        check_folder(place, overwrite or out is None)
        with interruptible(lambda: f"{place} is as it was"), watching(directory.name, 0, 1) as watch:
            result = delaminate.edit(
                before,
                edit,
                engine=engine,
                inpaint_model=inpaint_model,
                inpaint_prompt=inpaint_prompt,
                seed=seed,
                commercial_safe=commercial_safe,
                progress=watch,
            )
        masks = invented or any(layer.invented is not None for layer in before.stack.layers)
        told = save(result, place, preview, overwrite or out is None, invented=masks)
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        _tell(before, result, directory, place, preview)


def _redone(
    layer: str,
    before: Decomposition,
    place: tuple[str | None, list[str], Path | None],
    phrase: str,
    name: str,
    max_pixels: int,
) -> Edit:
    """The edit that cuts a layer again, by a mask, or by box, points and words."""
    from delaminate.editing import edits

    box, point, mask = place
    if mask is not None:
        if box or point:
            raise typer.BadParameter("a mask says all there is to say: leave --box and --point out")
        found = marks.found_in(mask, phrase, before.stack.width, before.stack.height, max_pixels)
        return edits.Recut(layer, found, name)
    corners = None if box is None else marks.box(box).box
    points = tuple((mark.x, mark.y) for mark in map(marks.point, point))
    return edits.Redo(layer, phrase, corners, points, name)


def _tell(before: Decomposition, result: Decomposition, directory: Path, place: Path, preview: bool) -> None:
    from delaminate.cli.report import tell

    tell(result, directory, place, (), preview)
    old = {id(layer) for layer in before.stack.layers}
    kept = sum(id(layer) in old for layer in result.stack.layers)
    typer.echo(f"{kept} of {len(result.stack.layers)} layers are what they were, the background counted")
