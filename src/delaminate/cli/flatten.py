"""`delaminate flatten LAYERS -o FILE`: lay the layers of a folder or a file over each other again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from delaminate.cli.refusal import refusals, say

if TYPE_CHECKING:
    from delaminate.export.changes import Changes
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
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="PNG, TIFF, WebP or JPEG to write.")],
    against: Annotated[
        Path | None,
        typer.Option(
            metavar="LAYERS",
            help="The layers as they were: say what was changed since, and that all other pixels are untouched.",
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
    with refusals():
        changes = _write(layers, out, against, max_pixels, encoding)
    typer.echo(f"wrote {out}")
    if changes is not None:
        typer.echo(str(changes))


def _write(layers: Path, out: Path, against: Path | None, max_pixels: int, encoding: str | None) -> Changes | None:
    from delaminate.errors import BadInput
    from delaminate.export.atomic import replacing
    from delaminate.export.formats import read

    suffix = out.suffix.lower()
    if suffix not in _OPTIONS:
        raise BadInput(f"{out} must end in one of {', '.join(_OPTIONS)}")
    reading = read(layers, max_pixels, encoding)
    for loss in reading.dropped:
        say(f"{layers}: {loss}")
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
    changes = None
    if against is not None:
        from delaminate.export.changes import compare

        changes = compare(read(against, max_pixels, encoding).stack, reading.stack)
    with replacing(out) as file:
        _encode(reading.stack, file, suffix)
    return changes


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
