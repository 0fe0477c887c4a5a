"""The membrane: the smoothest surface through known values (Laplace's equation), by push-pull and relaxation."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.compiled import library, pointer
from delaminate.pixels import Mask

Surface = NDArray[np.float32]

_CROSS = np.array([[0, 0.25, 0], [0.25, 0, 0.25], [0, 0.25, 0]], np.float32)

_GRID = 1 << 18
"""Cells on which a correction is solved: corrections are smooth, so that more would not show."""


def membrane(values: Surface, known: Mask, rounds: int = 30) -> Surface:
    """Continue `values` from where they are known.

    Parameters
    ----------
    values : float32 H×W, used where `known`.
    rounds : relaxations on each level of the pyramid.

    Returns
    -------
    Surface
        float32 H×W: `values` where known, the membrane elsewhere; zeros where nothing is known.

    Notes
    -----
    Burt's pyramid extrapolation (Burt 1988; Gortler et al. 1996, "push-pull") as a start, refined by Jacobi steps
    towards Laplace's equation on every level. About 20 bytes of scratch per pixel.
    """
    if known.all() or not known.any():
        return np.where(known, values, np.float32(0))
    held = known.astype(np.float32)
    base: list[tuple[Surface, Surface]] = [(values * held, held)]
    while min(base[-1][1].shape) > 1 and not base[-1][1].all():
        base.append(_pushed(*base[-1]))
    surface = None
    for colour, weight in reversed(base):
        seen = weight > 0
        here = colour / np.maximum(weight, np.float32(1e-12))
        if surface is None:
            surface = np.where(seen, here, here[seen].mean(dtype=np.float64).astype(np.float32))
            continue
        pulled = cv2.resize(surface, here.shape[::-1], interpolation=cv2.INTER_LINEAR)
        surface = np.where(seen, here, pulled)
        for _ in range(rounds if not seen.all() else 0):
            cv2.filter2D(surface, -1, _CROSS, dst=pulled, borderType=cv2.BORDER_REPLICATE)
            np.copyto(surface, pulled, where=~seen)
    assert surface is not None
    return surface


def _pushed(colour: Surface, weight: Surface) -> tuple[Surface, Surface]:
    """Sums over 2×2, the weights saturating at 1 so that one known pixel counts as much as four."""
    height, width = weight.shape
    odd = ((0, height % 2), (0, width % 2))
    colour, weight = (np.pad(a, odd).reshape((height + 1) // 2, 2, -1, 2).sum(axis=(1, 3)) for a in (colour, weight))
    kept: Surface = np.minimum(weight, np.float32(1))
    return np.asarray(colour * (kept / np.maximum(weight, np.float32(1e-12))), np.float32), kept


def membrane_fill(rgb: NDArray[Any], hole: Mask, known: Mask) -> NDArray[Any]:
    """Colours of the hole, n×3 float32 in the picture's own unit and in reading order, as a membrane over `known`."""
    out = np.empty((int(np.count_nonzero(hole)), 3), np.float32)
    for channel in range(3):
        out[:, channel] = membrane(rgb[..., channel].astype(np.float32), known)[hole]
    return out


Correction = Callable[[NDArray[Any], NDArray[Any]], Surface]


def correction(
    rows: NDArray[Any], columns: NDArray[Any], residual: Surface, shape: tuple[int, int], blur: float
) -> Correction:
    """A smooth surface through scattered residuals, to be added to what lies between them.

    Parameters
    ----------
    rows, columns : n integers each, where the residuals were seen.
    residual : float32 n×c.
    shape : of the array the positions lie in.
    blur : standard deviation in pixels of the Gaussian the residuals are averaged with first.

    Returns
    -------
    Correction
        rows, columns (m each) → float32 m×c.
    """
    step = max(1, int(np.ceil(np.sqrt(shape[0] * shape[1] / _GRID))))
    grid = -(-shape[0] // step), -(-shape[1] // step)
    cell = (rows // step).astype(np.int64) * grid[1] + columns // step
    size = grid[0] * grid[1]
    count = np.bincount(cell, minlength=size).reshape(grid).astype(np.float32)
    spread = max(blur / step, 0.5)
    share = np.maximum(cv2.GaussianBlur(count, (0, 0), spread), np.float32(1e-4))
    surfaces = []
    for channel in residual.T:
        total = np.bincount(cell, weights=channel, minlength=size).reshape(grid).astype(np.float32)
        mean = cv2.GaussianBlur(total, (0, 0), spread) / share
        surfaces.append(membrane(np.asarray(mean, np.float32), count > 0, rounds=4))
    surface = np.ascontiguousarray(np.stack(surfaces, axis=-1))

    def at(y: NDArray[Any], x: NDArray[Any]) -> Surface:
        return _between(surface, (y + 0.5) / step - 0.5, (x + 0.5) / step - 0.5)

    return at


def _between(surface: Surface, y: NDArray[Any], x: NDArray[Any]) -> Surface:
    """Bilinear values of an H×W×c surface at n places, in the same bytes with and without the compiled core."""
    compiled = library("patchmatch")
    if compiled is not None:
        out = np.empty((len(y), surface.shape[2]), np.float32)
        places = np.ascontiguousarray(y, np.float64), np.ascontiguousarray(x, np.float64)
        size = (ctypes.c_int32(side) for side in surface.shape)
        addresses = (pointer(place) for place in places)
        compiled.pm_between(pointer(surface), *size, *addresses, ctypes.c_int64(len(y)), pointer(out))
        return out
    y = np.clip(y, 0, surface.shape[0] - 1).astype(np.float32)
    x = np.clip(x, 0, surface.shape[1] - 1).astype(np.float32)
    v, u = y.astype(np.int32), x.astype(np.int32)
    below, right = np.minimum(v + 1, surface.shape[0] - 1), np.minimum(u + 1, surface.shape[1] - 1)
    s, t = (y - v)[:, None], (x - u)[:, None]
    upper = surface[v, u] * (1 - t) + surface[v, right] * t
    lower = surface[below, u] * (1 - t) + surface[below, right] * t
    return np.asarray(upper * (1 - s) + lower * s, dtype=np.float32)
