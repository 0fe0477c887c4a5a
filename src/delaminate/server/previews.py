"""Previews: pictures too large to look at, scaled down once and kept beside their asset."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from delaminate.picture import Picture
from delaminate.pixels import as_eight_bit
from delaminate.server.database.assets import Asset

LONGEST = 2048
"""Pixels of a preview's longer side, at most."""

MEDIA = "image/webp"
_SHOWN_AS_THEY_ARE = ("image/png", "image/jpeg", "image/webp", "image/gif", "image/avif")


def key(asset_id: str) -> str:
    """Where a preview is kept."""
    return f"previews/{asset_id}"


def conversion_key(asset_id: str, name: str) -> str:
    """Where an asset in another format is kept, for as long as links work."""
    return f"conversions/{asset_id}.{name}"


def needs_one(asset: Asset) -> bool:
    """Whether the asset is too large, or of a kind that browsers do not show."""
    return max(asset.width, asset.height) > LONGEST or asset.mime_type not in _SHOWN_AS_THEY_ARE


def size_of(asset: Asset) -> tuple[int, int]:
    """Width and height of the preview."""
    width, height = asset.width, asset.height
    scale = min(1.0, LONGEST / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def drawn(picture: Picture, size: tuple[int, int]) -> bytes:
    """The picture scaled down, as WebP with its alpha; colours are averaged by coverage, so that edges stay clean."""
    image = Image.fromarray(np.ascontiguousarray(as_eight_bit(picture.pixels)))
    if image.size != size:
        image = image.resize(size, Image.Resampling.BOX, reducing_gap=None)
    file = io.BytesIO()
    image.save(file, "WEBP", quality=88, method=1, icc_profile=picture.icc)
    return file.getvalue()
