"""The formats an asset can be downloaded in."""

from __future__ import annotations

import base64
import io
from typing import Any

from PIL import Image

from delaminate.export.png_encode import write_png
from delaminate.picture import Picture
from delaminate.pixels import as_eight_bit
from delaminate.server.errors import InvalidInput

_PILLOW: dict[str, tuple[str, dict[str, Any]]] = {
    "png": ("PNG", {"compress_level": 1}),
    "jpg": ("JPEG", {"quality": 95}),
    "jpeg": ("JPEG", {"quality": 95}),
    "webp": ("WEBP", {"lossless": True}),
    "gif": ("GIF", {}),
    "tif": ("TIFF", {"compression": "tiff_lzw"}),
    "tiff": ("TIFF", {"compression": "tiff_lzw"}),
    "avif": ("AVIF", {"quality": 90}),
}
_LONGEST_SIDE = {"webp": 16_383, "jpg": 65_500, "jpeg": 65_500, "gif": 65_500, "avif": 65_536}
"""Pixels a side that the formats or their encoders can hold."""

_MEDIA = {"jpg": "image/jpeg", "tif": "image/tiff", "svg": "image/svg+xml"}


def check_format(wanted: str) -> str:
    """A format's name in lower case.

    Raises
    ------
    InvalidInput
        If it cannot be written here.
    """
    name = wanted.lower()
    if name not in (*_PILLOW, "svg"):
        raise InvalidInput(
            f"Invalid target format: input targetFormat must be one of {', '.join((*_PILLOW, 'svg'))}",
            input="targetFormat",
        )
    return name


def media_type(name: str) -> str:
    """What HTTP calls a format."""
    return _MEDIA.get(name, f"image/{name}")


def converted(picture: Picture, name: str) -> bytes:
    """A picture in another format; where that has no transparency it goes on white, and SVG holds a PNG."""
    if name == "svg":
        data = base64.b64encode(converted(picture, "png")).decode()
        size = f'width="{picture.width}" height="{picture.height}"'
        spaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
        # xlink:href for Inkscape, Qt and Illustrator, which do not know SVG 2's plain href.
        return f'<svg {spaces} {size}><image {size} xlink:href="data:image/png;base64,{data}"/></svg>'.encode()
    longest, most = max(picture.width, picture.height), _LONGEST_SIDE.get(name)
    if most is not None and longest > most:
        raise InvalidInput(
            f"Invalid target format: {name} ends at {most:,} pixels a side and this picture has {longest:,}; "
            "choose png or tif",
            input="targetFormat",
        )
    if name == "png":
        deep = io.BytesIO()
        write_png(deep, picture.pixels, icc=picture.icc)
        return deep.getvalue()
    image = Image.fromarray(as_eight_bit(picture.pixels))  # Pillow writes colours of 8 bits
    kind, options = _PILLOW[name]
    if kind == "JPEG" and image.mode == "RGBA":
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image).convert("RGB")
    file = io.BytesIO()
    image.save(file, kind, icc_profile=picture.icc, **options)
    return file.getvalue()
