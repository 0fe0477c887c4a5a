"""The behaviour of an inpainter as tests; a subclass says which one."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from delaminate.contracts import Inpainter
from delaminate.errors import BadInput, Cancelled
from delaminate.pixels import box_of

Array = NDArray[Any]


def picture(height: int, width: int, dtype: type = np.uint8) -> Array:
    """Soft waves with grain."""
    y, x = np.mgrid[:height, :width].astype(np.float64)
    waves = 120 + 60 * np.sin(x / 17) + 40 * np.cos(y / 11)
    noisy = waves[..., None] + np.random.default_rng(1).normal(0, 6, (height, width, 3))
    depth = 257 if dtype is np.uint16 else 1
    return np.asarray(np.clip(noisy * depth, 0, 255 * depth), dtype)


def blob(height: int, width: int) -> NDArray[np.bool_]:
    """An ellipse in the middle; at least one pixel."""
    y, x = np.mgrid[:height, :width]
    return np.asarray(((x - width // 2) / max(width, 4)) ** 2 + ((y - height // 2) / max(height, 4)) ** 2 < 0.05)


class InpainterSuite:
    """Every test here holds for every inpainter."""

    @pytest.fixture
    def inpainter(self) -> Inpainter:
        """The one under test."""
        raise NotImplementedError

    @pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
    @pytest.mark.parametrize(("height", "width"), [(60, 90), (1, 1), (20, 5000), (3, 40)])
    def test_it_fills_the_box_of_the_hole_and_nothing_else(
        self, inpainter: Inpainter, height: int, width: int, dtype: type
    ) -> None:
        """Any picture, either depth: the dtype, the shape of the hole's box, and outside the hole the very pixels."""
        rgb, hole = picture(height, width, dtype), blob(height, width)
        box = box_of(hole)
        assert box is not None
        filled = inpainter(rgb, hole, ~hole)
        known = ~hole[box.slices]
        assert filled.dtype == rgb.dtype
        assert filled.shape == (box.height, box.width, 3)
        assert np.array_equal(filled[known], rgb[box.slices][known])

    def test_it_changes_none_of_its_inputs(self, inpainter: Inpainter) -> None:
        """Picture, hole and usable pixels are the caller's."""
        rgb, hole = picture(60, 90), blob(60, 90)
        usable = ~hole
        kept = rgb.copy(), hole.copy(), usable.copy()
        inpainter(rgb, hole, usable)
        assert all(np.array_equal(a, b) for a, b in zip(kept, (rgb, hole, usable), strict=True))

    def test_it_says_the_same_twice(self, inpainter: Inpainter) -> None:
        """Same input and seed, same bytes; also when what was in the hole differs."""
        rgb, hole = picture(60, 90), blob(60, 90)
        other = rgb.copy()
        other[hole] = 255
        first = inpainter(rgb, hole, ~hole, seed=4)
        again = inpainter(rgb, hole, ~hole, seed=4)
        assert np.array_equal(first, again)
        assert np.array_equal(first, inpainter(other, hole, ~hole, seed=4))

    def test_a_hole_as_large_as_the_picture_is_filled(self, inpainter: Inpainter) -> None:
        """With anything, for nothing is known."""
        rgb = picture(40, 50)
        filled = inpainter(rgb, np.ones((40, 50), np.bool_), np.zeros((40, 50), np.bool_))
        assert filled.shape == rgb.shape

    def test_it_fills_where_nothing_is_usable(self, inpainter: Inpainter) -> None:
        """Other things all around do not stop it."""
        hole = blob(40, 50)
        assert inpainter(picture(40, 50), hole, np.zeros_like(hole)).dtype == np.uint8

    def test_a_picture_without_a_hole_is_refused(self, inpainter: Inpainter) -> None:
        """There is nothing to do, which the caller should have noticed."""
        with pytest.raises(BadInput):
            inpainter(picture(9, 9), np.zeros((9, 9), np.bool_), np.ones((9, 9), np.bool_))

    def test_a_hole_of_another_size_is_refused(self, inpainter: Inpainter) -> None:
        """Never repaired silently."""
        with pytest.raises(BadInput):
            inpainter(picture(9, 9), np.ones((9, 8), np.bool_), np.ones((9, 9), np.bool_))

    def test_it_can_be_cancelled(self, inpainter: Inpainter) -> None:
        """What the watcher raises comes through."""

        def stop(_: float) -> None:
            raise Cancelled

        hole = blob(60, 90)
        with pytest.raises(Cancelled):
            inpainter(picture(60, 90), hole, ~hole, tick=stop)

    def test_its_progress_grows_within_bounds(self, inpainter: Inpainter) -> None:
        """From 0 to 1, never back."""
        heard: list[float] = []
        hole = blob(60, 90)
        inpainter(picture(60, 90), hole, ~hole, tick=heard.append)
        assert heard == sorted(heard)
        assert heard[0] >= 0
        assert heard[-1] == 1
