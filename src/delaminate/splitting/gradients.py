"""What soft, grey changes of light add up to: the gradients of a picture without its edges, integrated again.

Differences between neighbours that a soft shadow may have made are kept, those that are sharp or coloured are dropped,
and the field whose differences are closest to those is looked for.
"""

from __future__ import annotations

import ctypes
import functools

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.compiled import Core, in_bands, library, pointer
from delaminate.errors import StageFailed
from delaminate.pixels import Colour, Mask

COARSEST, SWEEPS = 100, 240
"""Shorter side, in pixels, up to which the light is integrated in one go, and the sweeps that takes."""
SHARP = 0.16
"""Change of the logarithm from one pixel to the next above which an edge is the ground's own."""
COLOURED = 0.6
"""Share of a change by which channels may differ in a shadow; light from the sky tints it a little."""
TINT = 0.03
"""The same whatever the change, for noise."""

Plane = NDArray[np.float32]


def integrated(logs: Colour, ground: Mask, outer: Mask, core: Core = "auto") -> Colour:
    """The field whose differences between neighbours are those that a soft shadow may have made; float32 H×W×3.

    Solved on copies of half the size first, which tell how it lies at large (cascadic multigrid, Bornemann and
    Deuflhard, 1996).

    Parameters
    ----------
    logs : logarithms of the colours, H×W×3.
    ground : where they are those of the ground; the field is 0 elsewhere.
    outer : where the field shall be near 0.
    core : both give the same field but for rounding; the compiled one is about ten times as fast.
    """
    height, width = ground.shape
    start, sweeps = np.zeros_like(logs), SWEEPS
    if min(height, width) > COARSEST:
        size = (-(-width // 2), -(-height // 2))
        half = np.asarray(cv2.resize(logs, size, interpolation=cv2.INTER_AREA), np.float32)
        below = integrated(half, share(ground, size) > 0.99, share(outer, size) > 0.5, core)
        start = np.asarray(cv2.resize(below, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
        sweeps = SWEEPS // 3
    right, down = _steps(logs, ground, 1), _steps(logs, ground, 0)
    pull = np.where(outer, np.float32(1e-3), np.float32(1e-6)) * ground
    beside, under = (ground[:, 1:] & ground[:, :-1]).astype(np.float32), (ground[1:] & ground[:-1]).astype(np.float32)
    planes = [np.ascontiguousarray(start[..., k]) for k in range(3)]

    def solve(first: int, stop: int) -> None:
        for k in range(first, stop):
            _solve(pull, beside, under, _against(right[..., k], down[..., k]), planes[k], sweeps, core)

    in_bands(solve, 3, 3)
    return np.stack(planes, axis=-1)


def softly(logs: Colour, ground: Mask, axis: int) -> Mask:
    """Whether each pair of neighbours along an axis may differ by a soft shadow."""
    mean, tint = mean_and_tint(np.diff(logs, axis=axis))
    both = ground[:, 1:] & ground[:, :-1] if axis else ground[1:] & ground[:-1]
    return np.asarray(both & (np.abs(mean) < SHARP) & (tint < TINT + COLOURED * np.abs(mean)))


def mean_and_tint(step: Colour) -> tuple[Plane, Plane]:
    """The mean of the three channels and by how much one differs from it at most, plane by plane; float32 H×W."""
    red, green, blue = (np.ascontiguousarray(step[..., k]) for k in range(3))
    mean = (red + green + blue) / np.float32(3)
    return mean, largest(red - mean, green - mean, blue - mean)


def largest(*planes: Plane) -> Plane:
    """The largest amount among planes, pixel by pixel; numpy's reduction of a short axis is ten times as slow."""
    return functools.reduce(np.maximum, (np.abs(plane) for plane in planes))


def share(mask: Mask, size: tuple[int, int]) -> Plane:
    """A mask at a smaller size (width, height): how much of each pixel it covers, 0..1."""
    return np.asarray(cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA))


def _steps(logs: Colour, ground: Mask, axis: int) -> Colour:
    """Differences between neighbours that a soft shadow may have made; 0 for the others."""
    return np.where(softly(logs, ground, axis)[..., None], np.diff(logs, axis=axis), np.float32(0)).astype(np.float32)


def _against(right: Plane, down: Plane) -> Plane:
    """The negative divergence of steps to the right and down."""
    out = np.zeros((right.shape[0], down.shape[1]), np.float32)
    out[:, 1:] += right
    out[:, :-1] -= right
    out[1:] += down
    out[:-1] -= down
    return out


def _solve(pull: Plane, beside: Plane, under: Plane, wanted: Plane, field: Plane, sweeps: int, core: Core) -> None:
    """Move a field to where springs to zero and to neighbours give what is wanted."""
    compiled = library("gradients", core)
    if compiled is None:
        _solve_numpy(pull, beside, under, wanted, field, sweeps)
        return
    run = compiled.delaminate_gradients_solve
    run.restype = ctypes.c_int64
    run.argtypes = [*(ctypes.c_int64,) * 2, *(ctypes.c_void_p,) * 5, ctypes.c_int64]
    planes = [pointer(one) for one in (pull, beside, under, wanted, field)]
    if run(*field.shape, *planes, sweeps) < 0:
        raise StageFailed("there is not enough memory to look for shadows; close other programs")


def _solve_numpy(pull: Plane, beside: Plane, under: Plane, wanted: Plane, field: Plane, sweeps: int) -> None:
    """What `gradients.c` does: conjugate gradients (Hestenes and Stiefel, 1952)."""

    def image_of(plane: Plane) -> Plane:
        return np.asarray(pull * plane + _against(beside * np.diff(plane, axis=1), under * np.diff(plane, axis=0)))

    rest = wanted - image_of(field)
    way = rest.copy()
    square, start = float(np.vdot(rest, rest)), float(np.vdot(wanted, wanted))
    for _ in range(sweeps):
        if square <= 1e-8 * start or square == 0.0:
            break
        image = image_of(way)
        step = square / float(np.vdot(way, image))
        field += np.float32(step) * way
        rest -= np.float32(step) * image
        square, before = float(np.vdot(rest, rest)), square
        way = rest + np.float32(square / before) * way
