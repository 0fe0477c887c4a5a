"""Boxes and the checks of arrays where they enter the package."""

from __future__ import annotations

import numpy as np
import pytest

from delaminate.errors import BadArray
from delaminate.pixels import Box, around, as_eight_bit, box_of, check_alpha, check_mask, shared


def test_a_box_finds_its_pixels_in_an_array_that_covers_only_a_larger_box() -> None:
    """`slices_in` counts from the corner of the other box, not of the picture."""
    picture = np.arange(20 * 30).reshape(20, 30)
    outer, inner = Box(7, 3, 25, 17), Box(9, 8, 20, 12)
    cut = picture[outer.slices]
    assert np.array_equal(cut[inner.slices_in(outer)], picture[inner.slices])
    assert outer.slices_in(outer) == (slice(0, outer.height), slice(0, outer.width))


def test_what_two_boxes_share_and_what_holds_both() -> None:
    """Right and bottom are exclusive: boxes that only touch share nothing."""
    a, b = Box(0, 0, 10, 10), Box(6, 4, 20, 8)
    assert shared(a, b) == Box(6, 4, 10, 8)
    assert shared(a, Box(10, 0, 12, 10)) is None
    assert around([a, b]) == Box(0, 0, 20, 10)
    assert Box(6, 4, 10, 8).within(a)
    assert not b.within(a)


def test_a_grown_box_stays_in_the_picture() -> None:
    """Growing stops at the border."""
    assert Box(2, 5, 8, 9).grown(4, 10, 20) == Box(0, 1, 10, 13)


def test_an_empty_box_is_refused() -> None:
    """A box always has pixels."""
    with pytest.raises(BadArray, match="left < right"):
        Box(4, 0, 4, 2)


def test_the_box_of_a_mask_is_tight() -> None:
    """Every set pixel is inside, and no side can move in; an empty mask has none."""
    mask = np.zeros((9, 9), bool)
    mask[2, 6] = mask[5, 3] = True
    assert box_of(mask) == Box(3, 2, 7, 6)
    assert box_of(np.zeros((3, 3), bool)) is None


def test_sixteen_bits_round_to_the_nearest_of_eight() -> None:
    """257 steps of 16 bits make one of 8; an 8-bit picture comes back as it is."""
    deep = np.array([[0, 128, 129, 257, 65535]], np.uint16)
    assert as_eight_bit(deep).tolist() == [[0, 0, 1, 1, 255]]
    flat = np.zeros((1, 1), np.uint8)
    assert as_eight_bit(flat) is flat


def test_masks_and_alphas_of_the_wrong_kind_are_refused() -> None:
    """Arrays are checked, never repaired."""
    with pytest.raises(BadArray, match="must be bool"):
        check_mask(np.zeros((2, 2), np.uint8), (2, 2))
    with pytest.raises(BadArray, match="float32"):
        check_alpha(np.zeros((2, 2)), (2, 2))
    with pytest.raises(BadArray, match=r"within 0\.\.1"):
        check_alpha(np.full((2, 2), 1.5, np.float32), (2, 2))
