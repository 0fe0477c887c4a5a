"""CIE L*a*b* (D65) of sRGB pixels (IEC 61966-2-1, CIE 15)."""

from __future__ import annotations

import functools
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.pixels import levels

_TO_WHITE = np.array(
    [[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]], np.float32
)
"""From linear sRGB to X, Y and Z, as shares of the white's."""
_TO_WHITE /= _TO_WHITE.sum(axis=1, keepdims=True)
_DARK = np.float32((6 / 29) ** 3)
"""Share of the white's light below which lightness goes in proportion."""


@functools.cache
def _light(full: int) -> NDArray[np.float32]:
    """Linear light, 0..1, of every sRGB level from 0 to `full`."""
    level = np.arange(full + 1) / full
    return np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4).astype(np.float32)


def lab_of(rgb: NDArray[Any]) -> NDArray[np.float32]:
    """L*a*b* of pixels, H×W×3 of 8 or 16 bits; float32 of the same shape.

    By the formulas: OpenCV fills tables for a tenth of a second first and is up to half a unit off.
    """
    parts = cv2.transform(_light(levels(rgb))[rgb], _TO_WHITE)
    x, y, z = cv2.split(np.where(parts > _DARK, np.cbrt(parts), parts / (3 * _DARK ** (2 / 3)) + np.float32(4 / 29)))
    return np.asarray(cv2.merge((116 * y - 16, 500 * (x - y), 200 * (y - z))), np.float32)
