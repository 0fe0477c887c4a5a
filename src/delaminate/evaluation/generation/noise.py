"""Value noise: random values on a grid, joined smoothly. Adds and multiplies only, so every machine gets the same."""

from __future__ import annotations

from random import Random
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Plane: TypeAlias = NDArray[np.float64]


def grains(rng: Random, height: int, width: int) -> Plane:
    """Independent values in 0..1."""
    source: np.random.Generator = np.random.Generator(np.random.PCG64(rng.getrandbits(64)))
    return source.random((height, width))


def clouds(rng: Random, height: int, width: int, cell: float, octaves: int = 4) -> Plane:
    """Noise in 0..1 whose largest features are about `cell` pixels; each octave halves size and weight."""
    total, weight, sum_of_weights = np.zeros((height, width)), 1.0, 0.0
    for _ in range(octaves):
        rows, columns = int(height / cell) + 3, int(width / cell) + 3
        grid = grains(rng, rows, columns)
        y, fy = _steps(height, cell)
        x, fx = _steps(width, cell)
        left = grid[y[:, None], x] * (1 - fy) + grid[y[:, None] + 1, x] * fy
        right = grid[y[:, None], x + 1] * (1 - fy) + grid[y[:, None] + 1, x + 1] * fy
        total += weight * (left * (1 - fx.T) + right * fx.T)
        sum_of_weights += weight
        weight, cell = weight / 2, max(cell / 2, 1.0)
    return total / sum_of_weights


def _steps(count: int, cell: float) -> tuple[NDArray[Any], Plane]:
    at = np.arange(count) / cell
    whole = at.astype(np.int64)
    part = (at - whole)[:, None]
    return whole, part * part * (3 - 2 * part)
