"""The formats an asset can be downloaded in."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from PIL import Image

from delaminate.picture import Picture
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
    image = Image.fromarray(np.asarray(picture.pixels))
    if name == "svg":
        data = base64.b64encode(converted(picture, "png")).decode()
        size = f'width="{picture.width}" height="{picture.height}"'
        start = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>'
        return f'{start}<image {size} href="data:image/png;base64,{data}"/></svg>'.encode()
    kind, options = _PILLOW[name]
    if kind == "JPEG" and image.mode == "RGBA":
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image).convert("RGB")
    file = io.BytesIO()
    image.save(file, kind, icc_profile=picture.icc, **options)
    return file.getvalue()
