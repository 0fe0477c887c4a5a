"""Layered TIFF: any reader sees the flattened picture, ours sees the layers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

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
