"""`delaminate flatten LAYERS`: lay the layers of a folder or a file over each other again, and say what was changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from delaminate.cli.refusal import refusals, say

if TYPE_CHECKING:
    from delaminate.export.changes import Changes, Likeness
    from delaminate.export.loose import Reading
    from delaminate.stack import LayerStack

_OPTIONS: dict[str, dict[str, Any]] = {
    ".png": {},
    ".tif": {"compression": "tiff_adobe_deflate"},
    ".tiff": {"compression": "tiff_adobe_deflate"},
    ".webp": {"lossless": True, "exact": True},
    ".jpg": {"quality": 95, "subsampling": 0},
    ".jpeg": {"quality": 95, "subsampling": 0},
}
"""What Pillow is told for each file type; all but JPEG keep every bit of 8."""

_DEEP = (".png", ".tif", ".tiff")
_LONGEST_SIDE = {".webp": 16_383, ".jpg": 65_500, ".jpeg": 65_500}
"""Pixels a side, as the formats (WebP) and their encoders (libjpeg) allow them."""


def flatten(
    layers: Annotated[
        Path,
        typer.Argument(
            metavar="LAYERS",
            help="A folder that `delaminate split` wrote, or a PSD, PSB, OpenRaster, layered TIFF or zip file.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="PNG, TIFF, WebP or JPEG to write.", show_default=False),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            metavar="LAYERS|PICTURE",
            help="The layers as they were: say what was changed since, and that all other pixels are untouched. Or the "
            "picture they came from: say whether they still add up to it.",
            show_default=False,
        ),
    ] = None,
    max_pixels: Annotated[int, typer.Option(min=1, help="Refuse larger canvases.")] = 100_000_000,
    encoding: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Of layer names in old Photoshop files, such as shift_jis or gbk."),
    ] = None,
) -> None:
    """Put layers together again, also after they were edited."""
    if out is None and against is None:
        raise typer.BadParameter("name a file to write with --out, or what to compare with --against, or both")
    with refusals():
        from delaminate.errors import BadInput
        from delaminate.export.formats import read

        if out is not None and out.suffix.lower() not in _OPTIONS:
            raise BadInput(f"{out} must end in one of {', '.join(_OPTIONS)}")
        reading = read(layers, max_pixels, encoding)
        for loss in reading.dropped:
            say(f"{layers}: {loss}")
        told = None if against is None else _compared(reading.stack, against, max_pixels, encoding)
        if out is not None:
            _write(reading, out)
            typer.echo(f"wrote {out}")
        if told is not None:
            typer.echo(str(told))


def _compared(stack: LayerStack, other: Path, max_pixels: int, encoding: str | None) -> Changes | Likeness:
    """What is there instead of other layers, or instead of a picture."""
    from delaminate.errors import BadInput, UnreadablePicture
    from delaminate.export.changes import compare, likeness
    from delaminate.export.formats import format_of, is_format, read
    from delaminate.picture import open_picture

    before = None
    if other.is_dir() or (is_format(other) and format_of(other).reader):
        try:
            before = read(other, max_pixels, encoding).stack
        except BadInput as error:
            # A TIFF may be a picture as well.
            if other.suffix.lower() not in _DEEP or isinstance(error, UnreadablePicture):
                raise
    return likeness(stack, open_picture(other, max_pixels=max_pixels)) if before is None else compare(before, stack)


def _write(reading: Reading, out: Path) -> None:
    from delaminate.errors import BadInput
    from delaminate.export.atomic import replacing

    suffix = out.suffix.lower()
    if not reading.stack.opaque and suffix in {".jpg", ".jpeg"}:
        raise BadInput(f"the picture has transparency, which JPEG cannot hold; name {out.with_suffix('.png').name}")
    longest, most = max(reading.stack.width, reading.stack.height), _LONGEST_SIDE.get(suffix)
    if most is not None and longest > most:
        raise BadInput(
            f"{out.name} cannot hold {reading.stack.width} x {reading.stack.height} pixels: "
            f"{suffix[1:].upper()} ends at {most:,} a side; name {out.with_suffix('.png').name}"
        )
    if reading.stack.bits == 16 and suffix not in _DEEP:
        say(f"{out.name} has 8 bits per channel, so 16 were rounded; PNG and TIFF keep them")
    if reading.stack.about is not None and suffix in {".tif", ".tiff"}:
        say(f"{out.name} does not hold the EXIF, XMP and IPTC of the layers; PNG and JPEG do")
    if reading.stack.about is not None and reading.stack.about.iptc and suffix == ".webp":
        say(f"{out.name} does not hold the IPTC of the layers; PNG and JPEG do")
    with replacing(out) as file:
        _encode(reading.stack, file, suffix)


def _encode(stack: LayerStack, file: BinaryIO, suffix: str) -> None:
    import delaminate
    from delaminate import composite
    from delaminate.export.png_encode import write_png

    channels = 3 if stack.opaque else 4
    if suffix == ".png":
        write_png(file, composite.flatten(stack)[..., :channels], icc=stack.icc, dpi=stack.dpi, about=stack.about)
    elif stack.bits == 16 and suffix in _DEEP:
        import tifffile

        tifffile.imwrite(
            file,
            composite.flatten(stack)[..., :channels],
            photometric="rgb",
            extrasamples=() if stack.opaque else ("unassalpha",),
            compression="zlib",
            resolution=stack.dpi,
            resolutionunit="inch" if stack.dpi else None,
            iccprofile=stack.icc,
            metadata=None,
        )
    else:
        resolution = {"dpi": stack.dpi} if stack.dpi else {}  # Pillow's JPEG encoder takes no "none"
        kind = {".tif": "TIFF", ".tiff": "TIFF", ".webp": "WEBP"}.get(suffix, "JPEG")
        remarks = (
            {"exif": stack.about.app1 if kind == "JPEG" else stack.about.exif, "xmp": stack.about.xmp}
            if stack.about and kind != "TIFF"
            else {}
        )
        if stack.about and kind == "JPEG":
            remarks["extra"] = stack.about.app13
        remarks = {name: value for name, value in remarks.items() if value}
        options = {**resolution, **remarks, **_OPTIONS[suffix]}
        delaminate.flatten(stack).save(file, kind, icc_profile=stack.icc, **options)
