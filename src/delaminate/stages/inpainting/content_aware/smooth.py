"""A hole in a smooth gradient: a low polynomial through its surroundings, their slow residual, and their noise."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.pixels import Mask
from delaminate.stages.inpainting.content_aware.flat import LEAST_RING
from delaminate.stages.inpainting.content_aware.membrane import correction

_ORDERS = (1, 2)
_SAMPLES = 20_000
"""Ring pixels the polynomial is fitted to; more would not change it."""

_MOST_NOISE = 8.0
_INLIERS = 0.95
_WINDOW = 9
_WHITE, _SLOW = 1.3, 2.5
"""Levels of slow residual below which there is no structure left, whatever the noise; and above which there is."""

_AUDIBLE = 0.6
"""Levels of noise worth imitating."""


@dataclass(frozen=True, eq=False)
class Plane:
    """A polynomial in x and y, scaled to the ring for conditioning."""

    order: int
    middle: tuple[float, float]
    size: float
    coefficients: NDArray[np.float64]

    def at(self, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> NDArray[np.float32]:
        """float32 n×3."""
        return _product(_basis(rows, columns, self.middle, self.size, self.order), self.coefficients).astype(np.float32)


def _basis(
    rows: NDArray[np.intp], columns: NDArray[np.intp], middle: tuple[float, float], size: float, order: int
) -> NDArray[np.float64]:
    y, x = (rows - middle[0]) / size, (columns - middle[1]) / size
    terms = [np.ones_like(x), x, y]
    if order == 2:
        terms += [x * x, x * y, y * y]
    return np.stack(terms, axis=-1)


def _product(basis: NDArray[np.float64], coefficients: NDArray[np.float64]) -> NDArray[np.float64]:
    """A matrix product summed in one order whatever the number of threads, unlike a linear algebra library's."""
    return np.asarray(np.einsum("np,pc->nc", basis, coefficients))


def _solved(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Least squares, so that a ring of one row, which leaves the system singular, gives the flattest answer."""
    return np.asarray(np.linalg.lstsq(left, right, rcond=None)[0], np.float64)


def fitted(rows: NDArray[np.intp], columns: NDArray[np.intp], values: NDArray[np.float32], order: int) -> Plane:
    """Least squares with Cauchy weights, five rounds: what is no part of the gradient loses its say."""
    middle = float(rows.mean()), float(columns.mean())
    size = max(float(np.ptp(rows)), float(np.ptp(columns)), 1.0) / 2
    some = slice(None, None, -(-rows.size // _SAMPLES))
    basis = _basis(rows[some], columns[some], middle, size, order)
    wanted = values[some].astype(np.float64)
    weight = np.ones(len(basis))
    coefficients: NDArray[np.float64] = np.zeros((basis.shape[1], 3))
    for _ in range(5):
        weighted = basis * weight[:, None]
        coefficients = _solved(_product(basis.T, weighted), _product(weighted.T, wanted))
        error = np.abs(wanted - _product(basis, coefficients)).max(axis=1)
        scale = 1.4826 * np.median(error) + 0.3
        weight = 1 / (1 + (error / (2.5 * scale)) ** 2)
    return Plane(order, middle, size, coefficients)


def _slow_part(ring: Mask, values: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Means of n×3 ring values over 9×9 windows, and of how many pixels each is."""
    total = _window_mean(ring.astype(np.float32))[ring]
    mean: NDArray[np.float32] = np.empty_like(values)
    for channel in range(3):
        spread = np.zeros(ring.shape, np.float32)
        spread[ring] = values[:, channel]
        mean[:, channel] = _window_mean(spread)[ring]
    mean /= np.maximum(total, np.float32(1e-6))[:, None]
    return mean, np.asarray(total * np.float32(_WINDOW**2))


def _window_mean(values: NDArray[np.float32]) -> NDArray[np.float32]:
    window = (_WINDOW, _WINDOW)
    return np.asarray(cv2.blur(values, window, borderType=cv2.BORDER_CONSTANT), dtype=np.float32)


def smooth_fill(
    values: NDArray[np.float32], ring: Mask, hole: Mask, blur: float, rng: np.random.Generator
) -> NDArray[np.float32] | None:
    """Continue a gradient.

    Parameters
    ----------
    values : float32 n×3, colours of the ring in levels of 8 bits, in reading order.
    ring, hole : H×W, a crop around the hole.
    blur : pixels over which the ring's slow residual is averaged.
    rng : source of the noise.

    Returns
    -------
    NDArray | None
        float32 m×3 for the pixels of the hole in reading order. None when the ring is no polynomial of first or second
        order plus white noise of less than 8 levels, with at most 5 % of other things in it.
    """
    if len(values) < LEAST_RING:
        return None
    rows, columns = np.nonzero(ring)
    for order in _ORDERS:
        plane = fitted(rows, columns, values, order)
        residual = values - plane.at(rows, columns)
        error = np.abs(residual).max(axis=1)
        noise = 1.4826 * np.median(np.abs(residual), axis=0).max()
        inlier = error < 4 * (1.4826 * np.median(error) + 0.3) + 1
        if noise >= _MOST_NOISE or inlier.mean() <= _INLIERS:
            continue
        clean = ring.copy()
        clean[rows[~inlier], columns[~inlier]] = False
        slow, count = _slow_part(clean, residual[inlier])
        full = count > 12
        if np.count_nonzero(full) < LEAST_RING:
            continue
        wave = slow[full].std(axis=0).max()
        if wave >= _SLOW or wave >= max(_WHITE, 2 * noise / np.sqrt(np.median(count[full]))):
            continue
        y, x = np.nonzero(hole)
        out = np.clip(plane.at(y, x), values.min(axis=0) - 4, values.max(axis=0) + 4)
        surface = correction(rows[inlier], columns[inlier], residual[inlier], ring.shape, blur)
        out += surface(y, x)
        rough = residual[inlier] - surface(rows[inlier], columns[inlier])
        if rough.std(axis=0).max() > _AUDIBLE:
            out += rough[rng.integers(0, len(rough), len(out))]
        return out
    return None
