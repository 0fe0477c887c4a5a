"""`delaminate flatten DIR -o FILE`: lay the layers of a folder over each other again."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated, Any

import typer

from delaminate.cli.refusal import refusals

_OPTIONS: dict[str, dict[str, Any]] = {
    ".png": {"compress_level": 1},
    ".tif": {"compression": "tiff_adobe_deflate"},
    ".tiff": {"compression": "tiff_adobe_deflate"},
    ".webp": {"lossless": True, "exact": True},
    ".jpg": {"quality": 95, "subsampling": 0},
    ".jpeg": {"quality": 95, "subsampling": 0},
}
"""What Pillow is told for each file type; all but JPEG keep every bit."""


def flatten(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that `delaminate split` wrote.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="PNG, TIFF, WebP or JPEG to write.")],
    max_pixels: Annotated[int, typer.Option(min=1, help="Refuse larger canvases.")] = 100_000_000,
) -> None:
    """Put the layers of a folder together again, also after they were edited."""
    with refusals():
        _write(directory, out, max_pixels)
    typer.echo(f"wrote {out}")


def _write(directory: Path, out: Path, max_pixels: int) -> None:
    import delaminate
    from delaminate.errors import BadInput, UnwritableOutput

    options = _OPTIONS.get(out.suffix.lower())
    if options is None:
        raise BadInput(f"{out} must end in one of {', '.join(_OPTIONS)}")
    image = delaminate.flatten(directory, max_pixels=max_pixels)
    if image.mode == "RGBA" and out.suffix.lower() in {".jpg", ".jpeg"}:
        raise BadInput(f"the picture has transparency, which JPEG cannot hold; name {out.with_suffix('.png').name}")
    partial = out.with_name(f".{secrets.token_hex(4)}.{out.name}")
    try:
        image.save(partial, icc_profile=image.info.get("icc_profile"), dpi=image.info.get("dpi") or (), **options)
        partial.replace(out)
    except OSError as error:
        raise UnwritableOutput(f"{out} cannot be written: {error.strerror or error}; name another file") from error
    finally:
        partial.unlink(missing_ok=True)
