"""Which of some points is nearest to a place, and the normal distribution; exact, deterministic, and in numpy alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_AT_ONCE = 256
"""Places looked at together: few enough that what is near one of them is near all."""

_ERF = (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)


def nearest(points: NDArray[np.float64], places: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """The distance from every place to the nearest point, and which that is; the first of several.

    Parameters
    ----------
    points : n×2, at least one.
    places : m×2; quick where neighbours in this order are near each other, as pixels row by row are.
    """
    away, which = np.empty(len(places)), np.empty(len(places), np.intp)
    for start in range(0, len(places), _AT_ONCE):
        part = places[start : start + _AT_ONCE]
        low, high = part.min(axis=0), part.max(axis=0)
        from_middle = np.hypot(*(points - (low + high) / 2).T)
        # Whatever is nearest to a place of the part is no farther from its middle than this.
        near = np.flatnonzero(from_middle <= from_middle.min() + 2 * float(np.hypot(*((high - low) / 2))) + 1e-9)
        square = ((part[:, None] - points[near][None]) ** 2).sum(axis=2)
        best = square.argmin(axis=1)
        which[start : start + _AT_ONCE] = near[best]
        away[start : start + _AT_ONCE] = np.sqrt(square[np.arange(len(part)), best])
    return away, which


def normal_share(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Φ, the share of the normal distribution below `z`, within 1e-7 (Abramowitz and Stegun 1964, 7.1.26)."""
    x = np.abs(z) / np.sqrt(2)
    t = 1 / (1 + 0.3275911 * x)
    series = np.zeros_like(t)
    for factor in reversed(_ERF):
        series = (series + factor) * t
    tail = series * np.exp(-x * x) / 2
    return np.asarray(np.where(z < 0, tail, 1 - tail))
