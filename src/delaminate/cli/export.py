"""`delaminate export LAYERS FILE...`: write the layers of a folder or a file in other formats."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from delaminate.cli.refusal import refusals
from delaminate.export.cut_as import CutAs
from delaminate.export.text_as import TextAs

if TYPE_CHECKING:
    from delaminate.export.dropped import Written


def export(
    layers: Annotated[
        Path,
        typer.Argument(
            metavar="LAYERS",
            help="A folder that `delaminate split` wrote, or a PSD, PSB, OpenRaster, layered TIFF or zip file.",
            show_default=False,
        ),
    ],
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILE...",
            help="What to write: .psd, .psb, .ora, .tif, .pptx, .svg, .html, .atlas (sprite sheet) or .zip.",
            show_default=False,
        ),
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Add the layers without the background to this PSD, PSB or OpenRaster file, above all that is in it.",
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
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.")] = False,
    max_pixels: Annotated[int, typer.Option(min=1, help="Refuse larger canvases.")] = 100_000_000,
    encoding: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Of layer names in old Photoshop files, such as shift_jis or gbk."),
    ] = None,
) -> None:
    """Write layers in the formats of other programs, and say what each could not hold."""
    from delaminate.errors import UnwritableOutput

    if not files and into is None:
        raise typer.BadParameter("name a file to write, or a document with --into")
    with refusals():
        good, bad = _written(layers, files or [], into, with_background, text, psd, overwrite, max_pixels, encoding)
        for written in good:
            tell_file(written)
        if bad:
            raise UnwritableOutput("; ".join(bad))


def _written(
    layers: Path,
    files: list[Path],
    into: Path | None,
    background: bool,
    text: TextAs | None,
    cut: CutAs,
    overwrite: bool,
    max_pixels: int,
    encoding: str | None,
) -> tuple[tuple[Written, ...], list[str]]:
    from delaminate.cli.refusal import say
    from delaminate.errors import BadInput, UnwritableOutput
    from delaminate.export.append import append, check_document
    from delaminate.export.folder import record_dropped
    from delaminate.export.formats import format_of, read
    from delaminate.export.outputs import check_file, dropped_rows, export

    for file in files:
        format_of(file)
        check_file(file, overwrite)
    reading = read(layers, max_pixels, encoding)
    for loss in reading.dropped:
        say(f"{layers}: {loss}")
    if into is not None:
        check_document(into, reading.stack.width, reading.stack.height, max_pixels)
    folder = layers if layers.is_dir() else None
    good: list[Written] = []
    bad: list[str] = []
    for file in files:
        try:
            good.append(export(reading.stack, file, text=text, cut=cut, folder=folder))
        except (BadInput, UnwritableOutput) as error:
            bad.append(str(error))
    if into is not None:
        try:
            good.append(append(reading.stack, into, layers.stem, text, cut, max_pixels, background=background))
        except (BadInput, UnwritableOutput) as error:
            bad.append(str(error))
    if folder is not None and good:
        record_dropped(folder, dropped_rows(tuple(good)))
    return tuple(good), bad


def tell_file(written: Written) -> None:
    """Print what was written and what it does not hold."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    names = ", ".join(str(path) for path in written.paths)
    said = f"added to {names}, above all that was in it: {written.added}" if written.added else f"wrote {names}"
    console.print(Text(said), soft_wrap=True)
    for loss in written.dropped:
        console.print(Text(f"  not in it: {loss}"), soft_wrap=True)
