"""Multilevel foreground: Germer, Uelwer, Conrad and Harmeling, "Fast Multi-Level Foreground Estimation", ICPR 2020."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from delaminate.core import Core, library, pointer
from delaminate.errors import BadInput
from delaminate.pixels import Alpha, Colour, Mask, Rgb, box_of, check_alpha, check_pixels, levels

Floats: TypeAlias = NDArray[np.float32]
Ints: TypeAlias = NDArray[np.int32]

_FOREGROUND, _BACKGROUND = 1, 2
"""What a known cell is: its colour is all foreground, or all background."""

_SMALL = 32
"""Up to this many pixels a side a level is cheap and gets more sweeps."""


@dataclass(frozen=True, eq=False)
class _Level:
    """One resolution: cells are the pixels to estimate and their neighbours, in raster order."""

    order: Ints
    known: NDArray[np.uint8]
    alpha: Floats
    colour: Floats
    sweeps: tuple[tuple[Ints, Ints], ...]
    """For the two colours of a chequerboard: the cells to estimate, and N×4 the cells beside them or −1."""


@dataclass(frozen=True)
class Multilevel:
    """Alpha → the thing's own colour, from the coarsest level to the finest.

    Parameters
    ----------
    regularity : weight that keeps neighbouring colours alike where alpha is constant.
    sweeps : passes over a level; small levels get five times as many.
    core : which implementation runs; they differ by rounding only.

    Raises
    ------
    BadInput
        If an option is out of range.

    Notes
    -----
    Only pixels with 0 < alpha < 1 are estimated: about 120 bytes each, and 20 per pixel of their bounding box. One
    thread, so the bytes depend on nothing but the input. Where alpha is 0 or 1 the picture's own colour comes back.
    """

    regularity: float = 5e-3
    sweeps: int = 2
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
        fore, back = np.empty((0, 3), np.float32), np.empty((0, 3), np.float32)
        above: _Level | None = None
        for picture, share, some in reversed(pyramid):
            level = _level(picture, share, some)
            coarse, fore, back = (fore, back), level.colour.copy(), level.colour.copy()
            if above is not None:
                y, x = np.nonzero(some)
                parent = above.order[y // 2, x // 2]
                fore[level.known == 0], back[level.known == 0] = coarse[0][parent], coarse[1][parent]
            above = level
            rounds = self.sweeps * (5 if max(some.shape) <= _SMALL else 1)
            for _ in range(rounds):
                for cells, beside in level.sweeps:
                    self._sweep(level, cells, beside, fore, back)
        return fore[level.known == 0]

    def _sweep(self, level: _Level, cells: Ints, beside: Ints, fore: Floats, back: Floats) -> None:
        compiled = library("matting", self.core)
        if compiled is None:
            _sweep_numpy(level, cells, beside, np.float32(self.regularity), fore, back)
            return
        compiled.delaminate_matting_foreground(
            ctypes.c_int64(cells.size),
            *(pointer(array) for array in (cells, beside, level.known, level.alpha, level.colour)),
            ctypes.c_float(self.regularity),
            pointer(fore),
            pointer(back),
        )


def _halved(colour: Colour, alpha: Alpha, soft: Mask) -> tuple[Colour, Alpha, Mask]:
    """Means of 2×2 blocks; a block is soft when one of its pixels is. Odd borders are repeated."""
    height, width = soft.shape
    odd = ((0, height % 2), (0, width % 2))
    blocks = ((height + 1) // 2, 2, (width + 1) // 2, 2)
    return (
        np.pad(colour, (*odd, (0, 0)), mode="edge").reshape(*blocks, 3).mean(axis=(1, 3)),
        np.pad(alpha, odd, mode="edge").reshape(blocks).mean(axis=(1, 3)),
        np.pad(soft, odd).reshape(blocks).any(axis=(1, 3)),
    )


def _level(colour: Colour, alpha: Alpha, soft: Mask) -> _Level:
    padded = np.pad(soft, 1)
    cells = padded.copy()
    for axis in (0, 1):
        for step in (-1, 1):
            cells |= np.roll(padded, step, axis)
    inside = cells[1:-1, 1:-1]
    order = np.full(padded.shape, -1, np.int32)
    order[1:-1, 1:-1][inside] = np.arange(np.count_nonzero(inside), dtype=np.int32)
    share = alpha[inside]
    known = np.where(soft[inside], 0, np.where(share >= 0.5, _FOREGROUND, _BACKGROUND)).astype(np.uint8)
    sweeps = []
    flat, row = order.ravel(), order.shape[1]
    y, x = np.nonzero(soft)
    at = (y + 1) * row + x + 1
    for parity in (0, 1):
        some = at[(y + x) % 2 == parity]
        beside = np.stack([flat[some - row], flat[some - 1], flat[some + 1], flat[some + row]], axis=1)
        sweeps.append((flat[some], np.ascontiguousarray(beside)))
    return _Level(order[1:-1, 1:-1], known, share, np.ascontiguousarray(colour[inside]), tuple(sweeps))


def _sweep_numpy(level: _Level, cells: Ints, beside: Ints, regularity: np.float32, fore: Floats, back: Floats) -> None:
    a = level.alpha[cells][:, None]
    b = 1 - a
    wf, wb = np.full_like(a, regularity), np.full_like(a, regularity)
    sf, sb = regularity * fore[cells], regularity * back[cells]
    for neighbour in beside.T:
        there = neighbour >= 0
        weight = (regularity + np.abs(a[:, 0] - level.alpha[neighbour]))[:, None]
        for other, total, colours, side in ((_BACKGROUND, wf, sf, fore), (_FOREGROUND, wb, sb, back)):
            w = weight * (there & (level.known[neighbour] != other))[:, None]
            total += w
            colours += w * side[neighbour]
    colour = level.colour[cells]
    ff, fb, bb = a * a + wf, a * b, b * b + wb
    scale = 1 / (ff * bb - fb * fb)
    rf, rb = a * colour + sf, b * colour + sb
    fore[cells] = np.clip((bb * rf - fb * rb) * scale, 0, 1)
    back[cells] = np.clip((ff * rb - fb * rf) * scale, 0, 1)
