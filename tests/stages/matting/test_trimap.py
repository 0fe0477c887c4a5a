"""The trimap: what of a mask is sure, and what is left for the solve."""

import numpy as np
import pytest

from delaminate.compiled import Core
from delaminate.stages.matting.trimap import (
    BACKGROUND,
    FOREGROUND,
    UNKNOWN,
    band,
    codes,
    flat,
    flat_regions,
    settle_flat,
    widened,
)

CORES: tuple[Core, Core] = ("auto", "numpy")


def test_the_band_is_as_wide_as_asked_for_on_both_sides() -> None:
    """A straight edge with radius 4 leaves four unknown columns on each side."""
    mask = np.zeros((40, 40), np.bool_)
    mask[:, 20:] = True
    row = band(mask, 4)[20]
    assert np.flatnonzero(row == UNKNOWN).tolist() == list(range(16, 24))


@pytest.mark.parametrize("width", [1, 2, 3, 5])
def test_a_stroke_thinner_than_the_band_keeps_its_ridge(width: int) -> None:
    """Every row of a thin stroke but its ends has a pixel of known foreground, all of them inside the mask."""
    mask = np.zeros((60, 60), np.bool_)
    mask[10:50, 30 : 30 + width] = True
    core = band(mask, 8) == FOREGROUND
    assert core[12:48].any(axis=1).all()
    assert not core[~mask].any()


def test_a_narrow_gap_stays_known_background() -> None:
    """A slit of two pixels between two blocks is not closed by the band."""
    mask = np.ones((40, 40), np.bool_)
    mask[:, 19:21] = False
    assert (band(mask, 6)[:, 19:21] == BACKGROUND).all()


def test_a_mixed_pixel_is_not_flat() -> None:
    """Along a soft vertical edge the column of mixed pixels, though of one colour, lies in no flat block."""
    rgb = np.zeros((8, 9, 3), np.uint8)
    rgb[:, 4] = 120
    rgb[:, 5:] = 255
    assert np.flatnonzero(~flat(codes(rgb))[3]).tolist() == [4]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_codes_tell_all_channels_apart(dtype: type[np.unsignedinteger]) -> None:
    """Colours that differ in one bit of one channel have different codes."""
    top = np.iinfo(dtype).max
    rgb = np.array([[[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [top, 0, 0], [0, top, 0], [0, 0, top]]], dtype)
    assert np.unique(codes(rgb)).size == 7


def test_regions_of_one_colour_are_numbered_apart() -> None:
    """Two equal patches that do not touch, and the ground between them, are three regions."""
    code = np.zeros((5, 9), np.uint32)
    code[1:4, 1:3] = code[1:4, 6:8] = 7
    regions = flat_regions(code, np.ones(code.shape, np.bool_))
    assert np.unique(regions).tolist() == [1, 2, 3]


def test_both_cores_number_regions_alike() -> None:
    """In the order in which they begin, and only where they are asked for."""
    rng = np.random.default_rng(3)
    for dtype, shape in ((np.uint32, (61, 83)), (np.uint64, (40, 1)), (np.uint64, (1, 40))):
        code = rng.integers(0, 3, shape).astype(dtype)
        where = rng.random(shape) < 0.8
        compiled, other = (flat_regions(code, where, core) for core in CORES)
        assert np.array_equal(compiled, other)
        assert (compiled > 0).tolist() == where.tolist()


def test_the_outline_of_a_drawing_goes_with_the_mask() -> None:
    """A flat outline wholly inside the band belongs to the thing, though it touches nothing known."""
    rgb = np.full((60, 60, 3), 40, np.uint8)
    rgb[15:45, 15:45] = 10
    rgb[18:42, 18:42] = 200
    mask = np.zeros((60, 60), np.bool_)
    mask[15:45, 15:45] = True
    code = codes(rgb)
    assert np.array_equal(settle_flat(code, band(mask, 6), mask, flat(code)) == FOREGROUND, mask)


def test_the_band_grows_only_where_alpha_is_not_settled() -> None:
    """One soft pixel at the outer rim frees known background around it and nowhere else."""
    mask = np.zeros((60, 60), np.bool_)
    mask[:, 30:] = True
    trimap = band(mask, 4)
    alpha = mask.astype(np.float32)
    alpha[20, 26] = 0.5
    changed = widened(trimap, alpha, 5) != trimap
    assert changed[20, 22:26].all()
    assert not changed[30:].any()
    assert not changed[:, 30:].any()
