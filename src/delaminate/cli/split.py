"""`delaminate split IMAGE... INSTRUCTION`: one picture or a batch into folders of layers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from delaminate.cli import marks, names
from delaminate.cli.refusal import refusals, say
from delaminate.export.cut_as import CutAs
from delaminate.export.text_as import TextAs

if TYPE_CHECKING:
    from delaminate.cli.batch import Ending, Order
    from delaminate.contracts import Stages
    from delaminate.export.formats import Format
    from delaminate.export.outputs import Outputs

UNSURE = 3
"""Exit code of --strict where something was not surely found."""


def split(
    arguments: Annotated[
        list[str],
        typer.Argument(
            metavar="IMAGE... INSTRUCTION",
            help="Pictures (files, folders of them, patterns such as '*.png', or - for standard input), then what to "
            "extract. "
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
    into: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Add the layers without the background to this PSD, PSB or OpenRaster file, above all that is in it; "
            "nothing else is written unless --out or --also asks for it.",
            show_default=False,
        ),
    ] = None,
    with_background: Annotated[
        bool,
        typer.Option("--with-background", help="With --into: add the filled background too, under the other layers."),
    ] = False,
    text: Annotated[
        TextAs | None,
        typer.Option(help="What text layers become in PPTX (default: live), PSD, PSB and SVG (default: pixels)."),
    ] = None,
    psd: Annotated[
        CutAs, typer.Option(help="What hides the rest of a layer in PSD and PSB: its transparency, or a layer mask.")
    ] = CutAs.ALPHA,
    invented: Annotated[
        bool, typer.Option("--invented", help="Also write masks of the pixels that were made up rather than seen.")
    ] = False,
    engine: Annotated[
        str,
        typer.Option(help=names.ENGINE_HELP, metavar="NAME", envvar="DELAMINATE_ENGINE", autocompletion=names.engines),
    ] = "auto",
    inpaint_model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help=f"{names.INPAINT_HELP} Default: the engine's own.", autocompletion=names.inpaint_models
        ),
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
    mask: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE[:NAME]", help="A thing marked by a mask of the picture's size, white on black."),
    ] = None,
    shadows: Annotated[
        Literal["with", "own", "leave"],
        typer.Option(help="Soft shadows go with their owner's layer, get layers of their own, or stay where they are."),
    ] = "with",
    seed: Annotated[int, typer.Option(help="Same input, seed and version give the same bytes.")] = 0,
    preview: Annotated[bool, typer.Option(help="Write preview.png, a contact sheet.")] = True,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace layers written before.")] = False,
    max_pixels: Annotated[int, typer.Option(min=1, help="Refuse larger pictures before decoding.")] = 100_000_000,
    strict_input: Annotated[
        bool, typer.Option("--strict-input", help="Refuse a JPEG that lacks its last rows, instead of a note.")
    ] = False,
    keep_place: Annotated[
        bool,
        typer.Option("--keep-place", help="Keep where the picture was taken (GPS) in EXIF and XMP."),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the manifest on stdout instead of the report.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but what went wrong.")] = False,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            help="Leave guesses in the background, and end with 3 where something was not surely found.",
        ),
    ] = False,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", "--skip-existing", help="Leave pictures alone whose layers an earlier run wrote for the same."
        ),
    ] = False,
    jobs: Annotated[int, typer.Option(min=1, metavar="N", help="Pictures at a time, in processes of their own.")] = 1,
) -> None:
    """Split pictures into named RGBA layers and a filled background.

    Exit codes: 0 done, 1 something cannot be used, 2 the command was not understood, 3 with --strict where something
    was not surely found, 130 stopped by Ctrl-C.
    """
    from delaminate.cli import batch
    from delaminate.cli.interruption import interruptible
    from delaminate.engines import engine as engine_named

    boxes, points = [marks.box(text) for text in box or ()], [marks.point(text) for text in point or ()]
    masks = [marks.mask(text) for text in mask or ()]
    further = _formats(also)
    if with_background and into is None:
        raise typer.BadParameter("--with-background belongs to --into; elsewhere the background is written anyway")
    patterns, instruction = _told_apart(arguments, marked=bool(boxes or points or masks))
    with refusals():
        pictures = [picture for pattern in patterns for picture in _matching(pattern)]
        stages = engine_named(engine, inpaint_model, commercial_safe=commercial_safe)
        places = _places(pictures, out, further, into, with_background)
    reading = {"max_pixels": max_pixels, "strict": strict_input, "keep_place": keep_place}
    asked = {"instruction": instruction, "max_layers": max_layers, "inpaint_prompt": inpaint_prompt}
    asked |= {"boxes": boxes, "points": points, "shadows": shadows, "seed": seed, "strict": strict, "masks": masks}
    writing = {"preview": preview, "overwrite": overwrite, "invented": invented, "text": text, "cut": psd}
    orders = [
        batch.Order(picture, place, reading, asked, writing, resume)
        for picture, place in zip(pictures, places, strict=True)
    ]
    endings: list[batch.Ending] = []

    def kept() -> str:
        done = sum(ending.told is not None for ending in endings)
        return (
            f"{done} of {len(orders)} pictures are done and kept; --resume goes on" if done else "nothing was written"
        )

    with interruptible(kept):
        if jobs > 1 and len(orders) > 1:
            safe = commercial_safe
            ends = batch.several(orders, min(jobs, len(orders)), engine, inpaint_model, commercial_safe=safe)
        else:
            ends = _one_by_one(orders, stages, quiet)
        for ending in ends:
            endings.append(ending)
            _tell(ending, alone=len(orders) == 1, silent=quiet or as_json, preview=preview)
    manifests = [ending.told for ending in endings if ending.told is not None]
    if as_json and (manifests or len(orders) > 1):
        typer.echo(json.dumps(manifests if len(orders) > 1 else manifests[0], ensure_ascii=False, indent=1))
    elif len(orders) > 1 and not quiet:
        batch.summary(endings)
    failed = [str(ending.order.picture) for ending in endings if ending.trouble]
    if len(orders) > 1 and failed:
        say(f"{len(failed)} of {len(orders)} pictures could not be split: {', '.join(failed)}")
    if failed:
        raise typer.Exit(1)
    if strict and any(ending.doubts for ending in endings):
        raise typer.Exit(UNSURE)


def _one_by_one(orders: list[Order], stages: Stages, quiet: bool) -> Iterator[Ending]:
    from delaminate.cli.batch import carry_out
    from delaminate.cli.progress import watching

    for index, order in enumerate(orders):
        with nullcontext() if quiet else watching(order.picture.name, index, len(orders)) as watch:
            ending = carry_out(order, stages, watch)
        yield ending


def _tell(ending: Ending, *, alone: bool, silent: bool, preview: bool) -> None:
    """The whole report where there is one picture, a line for each where there are more."""
    from delaminate.cli.report import tell

    order = ending.order
    if not silent and alone and ending.result is not None:
        tell(ending.result, order.picture, order.place.folder, ending.written, preview)
    elif not silent and ending.told is not None:
        typer.echo(ending.line())
    if ending.trouble:
        say(ending.trouble)


def _told_apart(arguments: list[str], marked: bool) -> tuple[list[str], str]:
    """Pictures and instruction: the last argument is the instruction, unless it is a file and something is marked."""
    *patterns, last = arguments
    if is_file(last):
        if not marked:
            raise typer.BadParameter(
                f"{last!r} is a file; say what to extract after the pictures, or use --box, --point or --mask"
            )
        return arguments, ""
    if not patterns:
        raise typer.BadParameter("name a picture and then say what to extract, or use --box, --point or --mask")
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
    if path.is_dir():
        return _pictures_in(path)
    if is_file(pattern) or not any(sign in pattern for sign in "*?["):
        return [path]
    root = Path(path.anchor)
    return sorted(root.glob(str(path.relative_to(root)))) or [path]


def _pictures_in(folder: Path) -> list[Path]:
    """The pictures of a folder, by their endings; one that holds layers is none of pictures."""
    from delaminate.errors import UnreadablePicture
    from delaminate.picture.kinds import ENDINGS

    if (folder / "manifest.json").exists():
        raise UnreadablePicture(f"{folder} holds layers that were split; name a picture, or use delaminate flatten")
    found = sorted(file for file in folder.iterdir() if file.suffix.lower() in ENDINGS and file.is_file())
    if not found:
        raise UnreadablePicture(f"{folder} is a folder without pictures; name a picture file")
    return found


def _formats(also: str) -> tuple[Format, ...]:
    """The formats of `--also psd,ora`."""
    from delaminate.errors import BadInput
    from delaminate.export.formats import formats_named

    try:
        return formats_named(key.strip() for key in also.split(",") if key.strip())
    except BadInput as error:
        raise typer.BadParameter(f"{error}.", param_hint="--also") from error


def _places(
    pictures: list[Path], out: Path | None, also: tuple[Format, ...], into: Path | None, background: bool
) -> list[Outputs]:
    """Where the result of each picture goes."""
    from dataclasses import replace

    from delaminate.export.formats import is_format
    from delaminate.export.outputs import Outputs, outputs_of

    if out is not None and len(pictures) > 1 and is_format(out):
        raise typer.BadParameter(f"{out} is one file; for several pictures name a folder and add --also")
    if into is None:
        return [outputs_of(place, also) for place in _folders(pictures, out)]
    if len(pictures) > 1:
        raise typer.BadParameter(f"{into} takes the layers of one picture at a time; give --into one picture")
    elsewhere = outputs_of(_folders(pictures, out)[0], also) if out is not None or also else Outputs(None)
    return [replace(elsewhere, into=into, group=_stem(pictures[0]), background=background)]


def _stem(picture: Path) -> str:
    return "picture" if picture == Path("-") else picture.stem


def _folders(pictures: list[Path], out: Path | None) -> list[Path]:
    """Where the layers of each picture go; pictures of one name get numbers."""
    if len(pictures) == 1 and out is not None:
        return [out]
    folders: list[Path] = []
    for picture in pictures:
        stem = _stem(picture)
        folder = (out or Path()) / f"{stem}-layers"
        number = 2
        while folder in folders:
            folder = folder.with_name(f"{stem}-{number}-layers")
            number += 1
        folders.append(folder)
    return folders
