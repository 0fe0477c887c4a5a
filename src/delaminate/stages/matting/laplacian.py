"""The matting Laplacian on the unknown band, and conjugate gradients on it (Levin, Lischinski and Weiss 2008).

Only 3×3 windows that touch an unknown pixel matter. Their pixels are *cells*: a raster-ordered list of the unknown
pixels and of everything within two pixels of them, so that each of the five rows of the 25-point stencil is one
contiguous stretch of the list. The matrix is symmetric: 13 coefficients per cell hold it.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from delaminate.compiled import Core, library, pointer
from delaminate.contracts import Tick, no_tick
from delaminate.pixels import Mask
from delaminate.stages.matting.trimap import grown

Floats: TypeAlias = NDArray[np.float32]
Ints: TypeAlias = NDArray[np.int32]
Indices: TypeAlias = NDArray[np.int64]
Steps: TypeAlias = Callable[[int, float], int]
"""Makes so many steps, fewer once the goal is met; gives the number made."""

OFFSETS = [(0, 0), (0, 1), (0, 2), *((dy, dx) for dy in (1, 2) for dx in range(-2, 3))]
"""A pixel and its later neighbours within two rows and columns, in raster order."""

MARGIN = 3
"""Pixels to pad a picture by: one that repeats the border, so that border pixels lie in nine windows like all others,
and two more so that stencils stay inside."""

_CHUNK = 25
"""Steps between two ticks."""


@dataclass(frozen=True, eq=False)
class Band:
    """The unknown pixels of a padded picture and where their neighbours are.

    Parameters
    ----------
    cells : flat indices in the padded picture, ascending.
    unknown : which cells are unknown.
    runs : int32 R×6, unknown cells that follow each other in a row: first, length, steps to the rows −2, −1, +1, +2.
    windows : int32 W×4, centres of 3×3 windows: first, length, steps to the rows −1, +1.
    """

    cells: Indices
    unknown: Mask
    runs: Ints
    windows: Ints


def band_of(unknown: Mask) -> Band:
    """Lay out the band of a H×W mask of unknown pixels, padded by `MARGIN` with its outer two rows and columns False.

    The layout takes 5 bytes per pixel of the mask while it is made, and keeps 9 per cell.
    """
    cells = grown(unknown, 2)
    where: Indices = np.flatnonzero(cells)
    order = np.full(unknown.shape, -1, np.int32)
    order.ravel()[where] = np.arange(where.size, dtype=np.int32)
    centres = grown(unknown, 1)
    for side in (slice(0, MARGIN), slice(-MARGIN, None)):
        centres[side] = False
        centres[:, side] = False
    return Band(
        cells=where,
        unknown=unknown.ravel()[where],
        runs=_runs(unknown, order, (-2, -1, 1, 2)),
        windows=_runs(centres, order, (-1, 1)),
    )


def _runs(inside: Mask, order: Ints, rows: tuple[int, ...]) -> Ints:
    edge = np.diff(inside.view(np.int8).ravel(), prepend=np.int8(0))
    first, past = np.flatnonzero(edge > 0), np.flatnonzero(edge < 0)
    flat = order.ravel()
    start = flat[first]
    steps = [flat[first + dy * inside.shape[1]] - start for dy in rows]
    return np.ascontiguousarray(np.stack([start, past - first, *steps], axis=1).astype(np.int32))


def laplacian(band: Band, colour: Floats, epsilon: float, pull: Floats, core: Core = "auto") -> Floats:
    """The coefficients of every cell at `OFFSETS`, float32 13×N.

    Parameters
    ----------
    colour : N×3, 0..1, of the cells.
    epsilon : ε of equation 12: larger is smoother, smaller follows the colours more closely.
    pull : float32 N, added to the diagonal: how strongly each cell is drawn to a value of its own.
    """
    planes = np.zeros((len(OFFSETS), band.cells.size), np.float32)
    compiled = library("matting", core)
    if compiled is None:
        _laplacian_numpy(band, colour, epsilon, planes)
    else:
        compiled.delaminate_matting_laplacian(
            ctypes.c_int64(band.cells.size),
            pointer(colour),
            ctypes.c_int64(len(band.windows)),
            pointer(band.windows),
            ctypes.c_double(epsilon),
            pointer(planes),
        )
    planes[0] += pull
    return planes


def _stretched(runs: Ints) -> tuple[Indices, Indices]:
    """Every cell of the runs, and N×S the same cells in the other rows the runs point to."""
    length = runs[:, 1].astype(np.int64)
    within = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
    cells = np.repeat(runs[:, 0].astype(np.int64), length) + within
    return cells, np.repeat(runs[:, 2:].astype(np.int64), length, axis=0) + cells[:, None]


def _laplacian_numpy(band: Band, colour: Floats, epsilon: float, planes: Floats) -> None:
    centre, rows = _stretched(band.windows)
    # Some windows at a time: each needs about 2 kB of scratch.
    for part in np.array_split(np.arange(centre.size), 1 + (centre.size >> 14)):
        middle = np.stack([rows[part, 0], centre[part], rows[part, 1]], axis=1)
        cell = (middle[:, :, None] + np.arange(-1, 2)).reshape(-1, 9)
        c = colour[cell].astype(np.float64)
        c -= c.mean(axis=1, keepdims=True)
        inverse = np.linalg.inv(c.transpose(0, 2, 1) @ c + epsilon * np.eye(3))
        weight = (np.eye(9) - 1 / 9 - c @ inverse @ c.transpose(0, 2, 1)).astype(np.float32)
        for i in range(9):
            for j in range(i, 9):
                plane = OFFSETS.index((j // 3 - i // 3, j % 3 - i % 3))
                planes[plane, cell[:, i]] += weight[:, i, j]


def solve(
    band: Band,
    planes: Floats,
    right: Floats,
    start: Floats,
    *,
    tolerance: float = 1e-4,
    most: int = 1000,
    core: Core = "auto",
    tick: Tick = no_tick,
) -> Floats:
    """Alpha of the cells: `start` at the known ones, the solution of Lα = `right` at the unknown ones.

    Parameters
    ----------
    planes : L, of `laplacian`.
    right : float32 N: the pull of each cell times the value it is drawn to.
    start : float32 N, the known values and a guess for the others.
    tolerance : stop when the root mean square of the residual, scaled by the diagonal, is this small. At 1e-4 alpha
        is within about 0.001 of the limit, at 1e-3 within 0.01.
    most : stop after so many steps in any case.

    Returns
    -------
    Floats
        float32 N, not clipped to 0..1.

    Notes
    -----
    Conjugate gradients scaled by the diagonal. 20 bytes per cell beside `planes`.
    """
    inverse = np.where(band.unknown, 1 / np.maximum(planes[0], np.float32(1e-12)), np.float32(0)).astype(np.float32)
    goal = tolerance**2 * max(1, int(np.count_nonzero(band.unknown)))
    system = _System(band, planes, inverse, np.where(band.unknown, right, np.float32(0)), start.astype(np.float32))
    compiled = library("matting", core)
    steps = _steps_numpy(system) if compiled is None else _steps_compiled(compiled, system)
    done, made = 0, _CHUNK
    while done < most and made == _CHUNK:
        made = steps(min(_CHUNK, most - done), goal)
        done += made
        tick(done / most)
    return system.alpha


@dataclass(frozen=True, eq=False)
class _System:
    """What conjugate gradients work on; `residual` and `alpha` change with every step."""

    band: Band
    planes: Floats
    inverse: Floats
    residual: Floats
    alpha: Floats


def _steps_compiled(compiled: ctypes.CDLL, system: _System) -> Steps:
    direction, image = np.zeros_like(system.alpha), np.zeros_like(system.alpha)
    rho = np.full(1, -1.0)
    arrays = (system.band.runs, system.planes, system.inverse, system.alpha, system.residual, direction, image)
    run = compiled.delaminate_matting_solve
    run.restype = ctypes.c_int64

    def steps(most: int, goal: float) -> int:
        count, runs = ctypes.c_int64(system.alpha.size), ctypes.c_int64(len(system.band.runs))
        pointers = [pointer(array) for array in arrays]
        return int(run(count, runs, *pointers, ctypes.c_int64(most), ctypes.c_double(goal), pointer(rho)))

    return steps


def _steps_numpy(system: _System) -> Steps:
    cell, rows = _stretched(system.band.runs)
    row = {0: cell, -2: rows[:, 0], -1: rows[:, 1], 1: rows[:, 2], 2: rows[:, 3]}
    later = [row[dy] + dx for dy, dx in OFFSETS]
    earlier = [row[-dy] - dx for dy, dx in OFFSETS[1:]]
    values = [plane[cell] for plane in system.planes]
    values += [plane[where] for plane, where in zip(system.planes[1:], earlier, strict=True)]

    def applied(to: Floats) -> Floats:
        """L times a vector, cell by cell from its neighbours."""
        image = np.zeros_like(to)
        for value, neighbour in zip(values, later + earlier, strict=True):
            image[cell] += value * to[neighbour]
        return image

    alpha, r = system.alpha, system.residual
    r -= applied(alpha)
    p = system.inverse * r
    rho = float((r * p).sum(dtype=np.float64))

    def steps(most: int, goal: float) -> int:
        nonlocal alpha, r, p, rho
        for step in range(most):
            if rho <= goal:
                return step
            q = applied(p)
            curvature = float((p * q).sum(dtype=np.float64))
            if not curvature > 0:
                return step
            alpha += np.float32(rho / curvature) * p
            r -= np.float32(rho / curvature) * q
            z = system.inverse * r
            rho, before = float((r * z).sum(dtype=np.float64)), rho
            p = z + np.float32(rho / before) * p
        return most

    return steps
