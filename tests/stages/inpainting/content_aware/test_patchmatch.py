"""Completion from examples."""

import numpy as np
from numpy.typing import NDArray

from delaminate.compiled import library
from delaminate.pixels import Mask
from delaminate.stages.inpainting.content_aware.compiled_core import CompiledCore
from delaminate.stages.inpainting.content_aware.numpy_core import NumpyCore
from delaminate.stages.inpainting.content_aware.patchmatch import complete

_FOUND = library("patchmatch")
CORE = NumpyCore() if _FOUND is None else CompiledCore(_FOUND)


def weave(height: int, width: int) -> NDArray[np.uint8]:
    """A pattern that repeats every 12 by 16 pixels."""
    tile = np.random.default_rng(4).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    return np.tile(tile, (height // 12 + 1, width // 16 + 1, 1))[:height, :width]


def middle(height: int, width: int, half: int) -> Mask:
    """A square hole."""
    hole = np.zeros((height, width), np.bool_)
    hole[height // 2 - half : height // 2 + half, width // 2 - half : width // 2 + half] = True
    return hole


def test_a_repeating_pattern_is_continued() -> None:
    """The weave comes back in place, not merely something like it."""
    picture, hole = weave(120, 160), middle(120, 160, 10)
    found = complete(picture, hole, ~hole, CORE)
    assert found is not None
    assert np.median(np.abs(found - picture[hole])) < 3


def test_neither_the_hole_nor_unusable_pixels_have_a_say() -> None:
    """Whatever stands there, the fill is the same."""
    picture, hole = weave(90, 120), middle(90, 120, 10)
    usable = ~hole
    usable[:, 75:] = False
    other = picture.copy()
    other[~usable] = np.random.default_rng(0).integers(0, 256, (np.count_nonzero(~usable), 3))
    a, b = (complete(p, hole, usable, CORE) for p in (picture, other))
    assert a is not None
    assert b is not None
    assert np.array_equal(a, b)


def test_what_is_seen_beside_the_hole_says_which_examples_fit_although_it_is_none() -> None:
    """Between pieces that were filled already a fill goes on as they are, not as what is copied from most."""
    picture = np.full((120, 160, 3), (240, 220, 100), np.uint8)
    picture[:70] = 100, 230, 240
    hole = np.zeros((120, 160), np.bool_)
    hole[90:102, 70:90] = True
    seen = ~hole & (np.indices(hole.shape)[0] >= 74) & (np.abs(np.indices(hole.shape)[1] - 80) < 40)
    found = complete(picture, hole, ~hole & ~seen, CORE, seen=seen)
    assert found is not None
    assert np.abs(found - picture[hole]).max() < 2


def test_no_examples_no_fill() -> None:
    """Too small a picture, or no whole patch that may be copied."""
    tiny = np.zeros((6, 40), np.bool_)
    tiny[3, 3] = True
    assert complete(weave(6, 40), tiny, ~tiny, CORE) is None
    hole = middle(60, 60, 10)
    assert complete(weave(60, 60), hole, np.zeros_like(hole), CORE) is None
