"""`delaminate split IMAGE... INSTRUCTION`: one picture or a batch into folders of layers."""

from __future__ import annotations

import json
import logging
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from delaminate.cli import marks
from delaminate.cli.refusal import refusals, say
from delaminate.export.text_as import TextAs

if TYPE_CHECKING:
    from delaminate.export.formats import Format
    from delaminate.export.outputs import Outputs

_log = logging.getLogger(__name__)


def split(
    arguments: Annotated[
        list[str],
        typer.Argument(
            metavar="IMAGE... INSTRUCTION",
            help="Pictures (or patterns such as '*.png'), then what to extract. "
            "With --box or --point the instruction may be left out.",
            show_default=False,
        ),
    ],
    *,
    max_layers: Annotated[int, typer.Option(min=1, help="Most layers, the background not counted.")] = 6,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR|FILE",
            help="Folder for the layers, or one file (result.psd); for several pictures the folder their folders go "
            "into. Default: <picture>-layers in the current folder.",
            show_default=False,
        ),
    ] = None,
    also: Annotated[
        str,
        typer.Option(
            metavar="FORMAT,...",
            help="Further files beside the folder: psd, psb, ora, tiff, pptx, svg, html, sprites, zip.",
            show_default=False,
        ),
    ] = "",
    text: Annotated[
        TextAs | None, typer.Option(help="What text layers become in PPTX (default: live) and SVG (default: pixels).")
    ] = None,
    invented: Annotated[
        bool, typer.Option("--invented", help="Also write masks of the pixels that were made up rather than seen.")
    ] = False,
    engine: Annotated[str, typer.Option(metavar="NAME", help="Set of stages to use.")] = "embedded",
    inpaint_model: Annotated[
        str | None, typer.Option(metavar="NAME", help="What fills the holes; default: the engine's own.")
    ] = None,
    commercial_safe: Annotated[
        bool, typer.Option("--commercial-safe", help="Refuse weights that do not allow commercial use.")
    ] = False,
    inpaint_prompt: Annotated[str, typer.Option(metavar="TEXT", help="A hint for models that understand one.")] = "",
    box: Annotated[
        list[str] | None, typer.Option(metavar="X1,Y1,X2,Y2[:NAME]", help="A thing marked by its box, in pixels.")
    ] = None,
    point: Annotated[
        list[str] | None, typer.Option(metavar="X,Y[:NAME]", help="A thing marked by a pixel inside it.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Same input, seed and version give the same bytes.")] = 0,
    preview: Annotated[bool, typer.Option(help="Write preview.png, a contact sheet.")] = True,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace layers written before.")] = False,
    max_pixels: Annotated[int, typer.Option(min=1, help="Refuse larger pictures before decoding.")] = 100_000_000,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the manifest on stdout instead of the report.")
    ] = False,
) -> None:
    """Split pictures into named RGBA layers and a filled background."""
    import delaminate
    from delaminate.cli.progress import Bars
    from delaminate.cli.report import tell
    from delaminate.engines import engine as engine_named
    from delaminate.export.formats import formats_named

    boxes, points = [marks.box(text) for text in box or ()], [marks.point(text) for text in point or ()]
    patterns, instruction = _told_apart(arguments, marked=bool(boxes or points))
    pictures = [picture for pattern in patterns for picture in _matching(pattern)]
    with refusals():
        stages = engine_named(engine, inpaint_model, commercial_safe=commercial_safe)
        places = _places(pictures, out, formats_named(key.strip() for key in also.split(",") if key.strip()))
    split_one = partial(
        delaminate.split,
        instruction=instruction,
        engine=stages,
        max_layers=max_layers,
        inpaint_prompt=inpaint_prompt,
        boxes=boxes,
        points=points,
        seed=seed,
        max_pixels=max_pixels,
    )
    manifests: list[dict[str, Any]] = []
    failed: list[str] = []
    for index, (picture, place) in enumerate(zip(pictures, places, strict=True)):
        _log.info("%s goes to %s", picture, place.folder or place.files[0])
        try:
            with refusals():
                place.check(overwrite)
                with Bars(picture.name, index, len(pictures)) as bars:
                    result = split_one(picture, progress=bars)
                told, written = place.write(result, preview=preview, overwrite=overwrite, invented=invented, text=text)
                manifests.append(told)
        except typer.Exit:
            failed.append(str(picture))
            continue
        if not as_json:
            tell(result, picture, place.folder, written, preview)
    if as_json and (manifests or len(pictures) > 1):
        typer.echo(json.dumps(manifests if len(pictures) > 1 else manifests[0], ensure_ascii=False, indent=1))
    if len(pictures) > 1 and failed:
        say(f"{len(failed)} of {len(pictures)} pictures could not be split: {', '.join(failed)}")
    if failed:
        raise typer.Exit(1)


def _told_apart(arguments: list[str], marked: bool) -> tuple[list[str], str]:
    """Pictures and instruction: the last argument is the instruction, unless it is a file and something is marked."""
    *patterns, last = arguments
    if is_file(last):
        if not marked:
            raise typer.BadParameter(
                f"{last!r} is a file; say what to extract after the pictures, or use --box or --point"
            )
        return arguments, ""
    if not patterns:
        raise typer.BadParameter("name a picture and then say what to extract, or use --box or --point")
    return patterns, last


def is_file(name: str) -> bool:
    """Whether there is a file of this name; False for what no file system can hold as one, as sentences often are."""
    try:
        return Path(name).is_file()
    except (OSError, ValueError):
        return False


def _matching(pattern: str) -> list[Path]:
    """The files a pattern stands for; what matches nothing is taken as a name, to be refused when it is opened."""
    path = Path(pattern)
    if is_file(pattern) or not any(sign in pattern for sign in "*?["):
        return [path]
    root = Path(path.anchor)
    return sorted(root.glob(str(path.relative_to(root)))) or [path]


def _places(pictures: list[Path], out: Path | None, also: tuple[Format, ...]) -> list[Outputs]:
    """Where the result of each picture goes."""
    from delaminate.export.formats import is_format
    from delaminate.export.outputs import outputs_of

    if out is not None and len(pictures) > 1 and is_format(out):
        raise typer.BadParameter(f"{out} is one file; for several pictures name a folder and add --also")
    return [outputs_of(place, also) for place in _folders(pictures, out)]


def _folders(pictures: list[Path], out: Path | None) -> list[Path]:
    """Where the layers of each picture go; pictures of one name get numbers."""
    if len(pictures) == 1 and out is not None:
        return [out]
    folders: list[Path] = []
    for picture in pictures:
        folder = (out or Path()) / f"{picture.stem}-layers"
        number = 2
        while folder in folders:
            folder = folder.with_name(f"{picture.stem}-{number}-layers")
            number += 1
        folders.append(folder)
    return folders
