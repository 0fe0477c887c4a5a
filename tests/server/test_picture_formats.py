"""Every picture in every format it can be downloaded in."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from delaminate.picture import Picture, open_picture
from delaminate.server.errors import InvalidInput
from delaminate.server.picture_formats import converted

_FORMATS = ("png", "jpg", "jpeg", "webp", "gif", "tif", "tiff", "avif", "svg")


def _picture(bits: int, channels: int, width: int = 20, height: int = 12) -> Picture:
    shape = (height, width, channels)
    ramp = np.linspace(0, (1 << bits) - 1, height * width * channels).reshape(shape)
    return open_picture(ramp.astype(np.uint8 if bits == 8 else np.uint16))


@pytest.mark.parametrize("name", _FORMATS)
@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("bits", [8, 16])
def test_every_depth_downloads_in_every_format(bits: int, channels: int, name: str) -> None:
    """With 8 bits where the format has 8; PNG keeps 16."""
    data = converted(_picture(bits, channels), name)
    if name == "svg":
        assert b"xlink:href" in data
        return
    assert Image.open(io.BytesIO(data)).size == (20, 12)
    if name == "png":
        assert np.array_equal(open_picture(data).pixels, _picture(bits, channels).pixels)


@pytest.mark.parametrize(("name", "side"), [("webp", 16_384), ("jpg", 65_501), ("gif", 65_501)])
def test_a_side_that_a_format_cannot_hold_gets_a_sentence(name: str, side: int) -> None:
    """A bad request, not an internal error."""
    with pytest.raises(InvalidInput, match=f"pixels a side and this picture has {side:,}; choose png"):
        converted(_picture(8, 3, width=side, height=1), name)
