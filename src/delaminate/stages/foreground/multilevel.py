"""Multilevel foreground: Germer, Uelwer, Conrad and Harmeling, "Fast Multi-Level Foreground Estimation", ICPR 2020."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.compiled import Core, library, pointer
from delaminate.errors import BadInput
from delaminate.pixels import Alpha, Colour, Mask, Rgb, box_of, check_alpha, check_pixels, levels

Floats: TypeAlias = NDArray[np.float32]
Ints: TypeAlias = NDArray[np.int32]

_FOREGROUND, _BACKGROUND = 1, 2
"""What a known cell is: its colour is all foreground, or all background."""

_SMALL = 32
"""Up to this many pixels a side a level is cheap and gets more sweeps."""


@dataclass(frozen=True, eq=False)
class _Half:
    """The cells to estimate on one colour of a chequerboard, and N×4 the cells beside them, −1 where there is none."""

    cells: Ints
    beside: Ints


@dataclass(frozen=True, eq=False)
class _Level:
    """One resolution: cells are the pixels to estimate and their neighbours, in raster order."""

    order: Ints
    known: NDArray[np.uint8]
    alpha: Floats
    colour: Floats
    halves: tuple[_Half, ...]
    regularity: float


@dataclass(frozen=True)
class Multilevel:
    """Alpha → the thing's own colour, from the coarsest level to the finest.

    Parameters
    ----------
    regularity : weight that keeps neighbouring colours alike where alpha is constant.
    sweeps : passes over a level; small levels get twice as many.
    core : which implementation runs; they differ by rounding only.

    Raises
    ------
    BadInput
        If an option is out of range.

    Notes
    -----
    Only pixels with 0 < alpha < 1 are estimated: about 120 bytes each, and 25 per pixel of their bounding box. One
    thread, so the bytes depend on nothing but the input. Where alpha is 0 or 1 the picture's own colour comes back.
    """

    regularity: float = 1e-5
    sweeps: int = 8
    core: Core = "auto"

    def __post_init__(self) -> None:
        if not (self.regularity > 0 and self.sweeps >= 1):
            raise BadInput("multilevel foreground needs regularity > 0 and at least one sweep")

    def __call__(self, rgb: Rgb, alpha: Alpha) -> Colour:
        """Colours in levels of `rgb`, within 0 and the largest; see `contracts.ForegroundEstimator`."""
        check_pixels(rgb)
        check_alpha(alpha, rgb.shape)
        full = np.float32(levels(rgb))
        colour = rgb[..., :3].astype(np.float32)
        soft = (alpha > 0) & (alpha < 1)
        box = box_of(soft)
        if box is None:
            return colour
        here = box.grown(1, alpha.shape[1], alpha.shape[0]).slices
        colour[here][soft[here]] = self._estimate(colour[here] / full, alpha[here], soft[here]) * full
        return colour

    def _estimate(self, colour: Colour, alpha: Alpha, soft: Mask) -> Floats:
        """Foreground of the soft pixels, N×3 in 0..1."""
        pyramid = [(colour, alpha, soft)]
        while max(pyramid[-1][2].shape) > 1:
            pyramid.append(_halved(*pyramid[-1]))
        compiled = library("matting", self.core)
        sweep = partial(partial, _sweep_numpy) if compiled is None else partial(_sweep_compiled, compiled)
        fore, back = np.empty((0, 3), np.float32), np.empty((0, 3), np.float32)
        above: _Level | None = None
        for picture, share, some in reversed(pyramid):
            level = _level(picture, share, some, self.regularity)
            coarse, fore, back = (fore, back), level.colour.copy(), level.colour.copy()
            if above is not None:
                y, x = np.nonzero(some)
                parent = above.order[y // 2, x // 2]
                fore[level.known == 0], back[level.known == 0] = coarse[0][parent], coarse[1][parent]
            above = level
            passes = self.sweeps * (2 if max(some.shape) <= _SMALL else 1)
            halves = [sweep(level, half, fore, back) for half in level.halves]
            for _ in range(passes):
                for half in halves:
                    half()
        return np.asarray(fore[above.known == 0]) if above else fore


def _halved(colour: Colour, alpha: Alpha, soft: Mask) -> tuple[Colour, Alpha, Mask]:
    """Means of 2×2 blocks; a block is soft when one of its pixels is. Odd borders are repeated."""
    height, width = soft.shape
    planes: list[Any] = [colour, alpha, soft.view(np.uint8)]
    if height % 2 or width % 2:
        planes = [cv2.copyMakeBorder(each, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE) for each in planes]
    size = ((width + 1) // 2, (height + 1) // 2)
    colours, shares = (np.asarray(cv2.resize(each, size, interpolation=cv2.INTER_AREA)) for each in planes[:2])
    either = planes[2][::2] | planes[2][1::2]
    return colours, shares, (either[:, ::2] | either[:, 1::2]).view(np.bool_)


def _level(colour: Colour, alpha: Alpha, soft: Mask, regularity: float) -> _Level:
    padded: Mask = np.pad(soft, 1)
    cells = padded.copy()
    for axis in (0, 1):
        for step in (-1, 1):
            cells |= np.roll(padded, step, axis)
    inside = cells[1:-1, 1:-1]
    order: Ints = np.full(padded.shape, -1, np.int32)
    order[1:-1, 1:-1][inside] = np.arange(int(np.count_nonzero(inside)), dtype=np.int32)
    share = alpha[inside]
    known = np.where(soft[inside], 0, np.where(share >= 0.5, _FOREGROUND, _BACKGROUND)).astype(np.uint8)
    halves = []
    flat, row = order.ravel(), order.shape[1]
    at: NDArray[np.int64] = np.flatnonzero(padded)
    odd = (at // row + at % row) % 2
    for parity in (0, 1):
        some = at[odd == parity]
        beside = np.stack([flat[some - row], flat[some - 1], flat[some + 1], flat[some + row]], axis=1)
        halves.append(_Half(flat[some], np.ascontiguousarray(beside)))
    return _Level(order[1:-1, 1:-1], known, share, colour[inside], tuple(halves), regularity)


def _sweep_compiled(
    compiled: ctypes.CDLL, level: _Level, half: _Half, fore: Floats, back: Floats
) -> Callable[[], None]:
    arrays = (half.cells, half.beside, level.known, level.alpha, level.colour, fore, back)
    given = (ctypes.c_int64(half.cells.size), *(pointer(array) for array in arrays), ctypes.c_float(level.regularity))
    return partial(compiled.delaminate_matting_foreground, *given)


def _sweep_numpy(level: _Level, half: _Half, fore: Floats, back: Floats) -> None:
    r = np.float32(level.regularity)
    a = level.alpha[half.cells][:, None]
    b = 1 - a
    wf, wb = np.full_like(a, r), np.full_like(a, r)
    sf, sb = r * fore[half.cells], r * back[half.cells]
    for neighbour in half.beside.T:
        weight = (r + np.abs(a[:, 0] - level.alpha[neighbour])) * (neighbour >= 0)
        w = (weight * (level.known[neighbour] != _BACKGROUND))[:, None]
        wf += w
        sf += w * fore[neighbour]
        w = (weight * (level.known[neighbour] != _FOREGROUND))[:, None]
        wb += w
        sb += w * back[neighbour]
    colour = level.colour[half.cells]
    ff, fb, bb = a * a + wf, a * b, b * b + wb
    scale = 1 / (ff * bb - fb * fb)
    rf, rb = a * colour + sf, b * colour + sb
    fore[half.cells] = np.clip((bb * rf - fb * rb) * scale, 0, 1)
    back[half.cells] = np.clip((ff * rb - fb * rf) * scale, 0, 1)
