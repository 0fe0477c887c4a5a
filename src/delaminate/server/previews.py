"""Previews: pictures too large to look at, scaled down once and kept beside their asset."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from delaminate.picture import Picture
from delaminate.pixels import Rgba, as_eight_bit
from delaminate.server.database.assets import Asset
from delaminate.stack import Layer

LONGEST = 2048
"""Pixels of a preview's longer side, at most."""

MADE_LONGEST = 640
"""The same of a layer that is shown while the job still runs."""
MEDIA = "image/webp"
_SHOWN_AS_THEY_ARE = ("image/png", "image/jpeg", "image/webp", "image/gif", "image/avif")


def key(asset_id: str) -> str:
    """Where a preview is kept."""
    return f"previews/{asset_id}"


def conversion_key(asset_id: str, name: str) -> str:
    """Where an asset in another format is kept, for as long as links work."""
    return f"conversions/{asset_id}.{name}"


def made_key(job_id: str, number: int) -> str:
    """Where a layer of a running job is kept to be looked at; it goes with the job's workpiece."""
    return f"work/{job_id}/made-{number}.webp"


def needs_one(asset: Asset) -> bool:
    """Whether the asset is too large, or of a kind that browsers do not show."""
    return max(asset.width, asset.height) > LONGEST or asset.mime_type not in _SHOWN_AS_THEY_ARE


def size_of(asset: Asset) -> tuple[int, int]:
    """Width and height of the preview."""
    width, height = asset.width, asset.height
    scale = min(1.0, LONGEST / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def made(layer: Layer) -> bytes:
    """A layer over its own box, small."""
    width, height = layer.box.width, layer.box.height
    scale = min(1.0, MADE_LONGEST / max(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return drawn_pixels(layer.pixels, size, None)


def drawn(picture: Picture, size: tuple[int, int]) -> bytes:
    """The picture scaled down, as WebP with its alpha; colours are averaged by coverage, so that edges stay clean."""
    return drawn_pixels(picture.pixels, size, picture.icc)


def drawn_pixels(pixels: Rgba, size: tuple[int, int], icc: bytes | None) -> bytes:
    """The same of H×W×(3 or 4) uint8 or uint16."""
    image = Image.fromarray(np.ascontiguousarray(as_eight_bit(pixels)))
    if image.size != size:
        image = image.resize(size, Image.Resampling.BOX, reducing_gap=None)
    file = io.BytesIO()
    image.save(file, "WEBP", quality=88, method=1, icc_profile=icc)
    return file.getvalue()
