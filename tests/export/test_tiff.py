"""Layered TIFF: any reader sees the flattened picture, ours sees the layers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import psdtags
import pytest
import tifffile

import delaminate
from delaminate.composite import flatten
from delaminate.errors import BadInput
from delaminate.export import tiff
from stacks import PROFILE, drawn_stack


@pytest.mark.parametrize(("bits", "opaque"), [(8, True), (8, False), (16, True), (16, False)])
def test_the_first_page_is_the_flattened_picture(bits: int, opaque: bool, tmp_path: Path) -> None:
    """With as many channels as the input had, and its profile."""
    stack = drawn_stack(bits, opaque)
    tiff.write(stack, tmp_path / "a.tif")
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        assert np.array_equal(file.asarray(), flatten(stack)[..., : 3 if opaque else 4])
        assert file.pages.first.iccprofile == PROFILE
        assert file.pages.first.get_resolution("inch") == (72, 72)


def test_a_tiff_without_layers_gets_a_sentence(tmp_path: Path) -> None:
    """It is no error of ours, and there is something to do."""
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((4, 4, 3), np.uint8), photometric="rgb")
    with pytest.raises(BadInput, match=r"a\.tif cannot be used: it has no Photoshop layers; save it with its layers"):
        tiff.read(tmp_path / "a.tif")


@pytest.mark.parametrize("bits", [8, 16])
def test_layers_are_written_in_the_byte_order_of_windows(tmp_path: Path, bits: int) -> None:
    """Photoshop's default; psdtags reads names, places and pixels out of it."""
    stack = drawn_stack(bits)
    delaminate.write(stack, tmp_path / "a.tif")
    assert (tmp_path / "a.tif").read_bytes()[:2] == b"II"
    section = psdtags.TiffImageSourceData.fromtiff(tmp_path / "a.tif")
    assert section.psdformat is psdtags.PsdFormat.LE32BIT
    layers = [layer for layer in section.layers if layer.rectangle.shape != (0, 0)]
    key = psdtags.PsdKey.UNICODE_LAYER_NAME
    names = [next(str(one.value) for one in layer.info if one.key is key) for layer in layers]
    assert [name[:20] for name in names] == [layer.name[:20] for layer in stack.layers]
    places = [(box.top, box.left, box.bottom, box.right) for box in (layer.box for layer in stack.layers)]
    assert [tuple(layer.rectangle) for layer in layers] == places
    for found, layer in zip(layers, stack.layers, strict=True):
        planes: dict[int, Any] = {int(channel.channelid): channel.data for channel in found.channels}
        assert np.array_equal(np.dstack([planes[number] for number in (0, 1, 2, -1)]), layer.pixels)


@pytest.mark.parametrize("bits", [8, 16])
def test_layers_in_the_byte_order_of_macs_are_read(tmp_path: Path, bits: int) -> None:
    """psdtags turns our section round, tifffile the file."""
    stack = drawn_stack(bits)
    delaminate.write(stack, tmp_path / "windows.tif")
    section = psdtags.TiffImageSourceData.fromtiff(tmp_path / "windows.tif")
    section.psdformat = psdtags.PsdFormat.BE32BIT
    data = section.tobytes()
    flat = flatten(stack)[..., :3]
    tag = [(37724, 7, len(data), data, True)]
    tifffile.imwrite(tmp_path / "mac.tif", flat, byteorder=">", photometric="rgb", metadata=None, extratags=tag)
    back = delaminate.read(tmp_path / "mac.tif")
    # psdtags counts an emoji as one unit of UTF-16 and loses the end of that name.
    assert [layer.name[:20] for layer in back.layers] == [layer.name[:20] for layer in stack.layers]
    assert np.array_equal(flatten(back)[..., :3], flat)
