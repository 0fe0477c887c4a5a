"""L*a*b* is what the formulas of CIE 15 say, at either depth."""

from __future__ import annotations

import numpy as np
import pytest

from delaminate.lab import lab_of


@pytest.mark.parametrize(
    ("rgb", "lab"),
    [
        ((255, 255, 255), (100.0, 0.0, 0.0)),
        ((0, 0, 0), (0.0, 0.0, 0.0)),
        ((255, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 255, 0), (87.73, -86.18, 83.18)),
        ((0, 0, 255), (32.30, 79.19, -107.86)),
        ((10, 10, 10), (2.74, 0.0, 0.0)),
    ],
)
def test_colours_have_the_published_values(rgb: tuple[int, int, int], lab: tuple[float, float, float]) -> None:
    """Those of Lindbloom's calculator for sRGB and D65, to a tenth; the last is dark enough for the straight part."""
    assert lab_of(np.array([[rgb]], np.uint8))[0, 0] == pytest.approx(lab, abs=0.1)


def test_sixteen_bits_are_the_same_colours() -> None:
    """A level of 8 bits is 257 of 16, and what lies between two levels lies between their colours."""
    rgb = np.random.default_rng(0).integers(0, 256, (9, 11, 3)).astype(np.uint8)
    wide = rgb.astype(np.uint16) * np.uint16(257)
    assert np.allclose(lab_of(wide), lab_of(rgb), atol=1e-4)
    grey = np.array([[[100 * 257 + 128] * 3]], np.uint16)
    low, between, high = (
        float(one[0, 0, 0])
        for one in (lab_of(np.full((1, 1, 3), 100, np.uint8)), lab_of(grey), lab_of(np.full((1, 1, 3), 101, np.uint8)))
    )
    assert low < between < high
