"""Where a structure fill is denied by the hole's border: a stretch of it looks otherwise and runs into the hole."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.pixels import Mask, Rgb, as_eight_bit
from delaminate.stages.inpainting.content_aware.regions import nearest_known

_OTHER = 24.0
"""Levels, beside three for every level of grain, from which the border looks unlike the fill beside it."""

_DENIED = 5
"""Length of border in pixels from which it counts that it looks unlike the fill beside it; shorter is an edge's end."""

_INTO = 0.3
"""Share of the edges at such a stretch that must run into the hole, by energy."""

_ALIKE, _LARGE = 40.0, 0.3
"""Levels between the colours of two stretches of one thing, and the share of the border of one that needs no other."""


def denied_by(colours: NDArray[np.float32], filled: Mask, rgb: Rgb, hole: Mask, known: Mask, noise: float) -> Mask:
    """What of the fill is nearest to stretches of the border that look otherwise, and whose edges run into the hole.

    There something goes on that no join and no area told of. Where its edge runs along the border, or nothing like it
    is on another side of the hole, it only ends there.

    Parameters
    ----------
    colours : float32 H×W×3 in levels, where `filled`.
    noise : standard deviation of the grain, in levels.
    """
    border = (cv2.dilate(filled.view(np.uint8), np.ones((3, 3), np.uint8)) > 0) & known & ~hole
    nothing = np.zeros_like(hole)
    if not border.any():
        return nothing
    seen = as_eight_bit(rgb).astype(np.float32)
    side = 2 * _DENIED + 1
    denied = border & (_unlike(colours, filled, seen) > _OTHER + 3 * noise)
    together = cv2.boxFilter(denied.astype(np.float32), -1, (side, side), normalize=False)
    denied &= together >= _DENIED
    count, stretches = cv2.connectedComponents(cv2.dilate(denied.view(np.uint8), np.ones((side, side), np.uint8)))
    into, any_way = _edges_into(seen, hole, known)
    number = stretches[known]
    share = np.bincount(number, into[known], count) / np.maximum(np.bincount(number, any_way[known], count), 1e-6)
    entering = (share > _INTO) & (np.arange(count) > 0)
    denied &= (entering & _two_sided(seen[denied], stretches[denied], count, _LARGE * np.count_nonzero(border)))[
        stretches
    ]
    if not denied.any():
        return nothing
    return nearest_known(denied[..., None], border)[..., 0] & filled


def _two_sided(colours: NDArray[np.float32], number: NDArray[Any], count: int, large: float) -> Mask:
    """For each of the stretches whether another has its colours, or it is large: what is on one side only just ends."""
    size = np.bincount(number, minlength=count)
    sums = np.stack([np.bincount(number, channel, count) for channel in colours.T], axis=1)
    mean = sums / np.maximum(size, 1)[:, None]
    alike = np.abs(mean[:, None] - mean[None]).max(axis=2) < _ALIKE
    alike &= (size > 0)[None] & ~np.eye(count, dtype=np.bool_)
    return np.asarray(alike.any(axis=1) | (size > large))


def _unlike(colours: NDArray[np.float32], filled: Mask, seen: NDArray[np.float32]) -> NDArray[np.float32]:
    """By how many levels a pixel is off the range of what was filled within two pixels of it."""
    window, far = np.ones((5, 5), np.uint8), np.float32(1e4)
    off = np.zeros(filled.shape, np.float32)
    for channel in range(3):
        made, here = colours[..., channel], seen[..., channel]
        least = cv2.erode(np.where(filled, made, far), window)
        most = cv2.dilate(np.where(filled, made, -far), window)
        off = np.maximum(off, np.maximum(least - here, here - most))
    return off


def _edges_into(seen: NDArray[np.float32], hole: Mask, known: Mask) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Energy of the known picture's edges near the hole: of what runs into the hole, and of all."""
    away = cv2.GaussianBlur(hole.astype(np.float32), (0, 0), 3)
    down, right = cv2.Sobel(away, cv2.CV_32F, 0, 1), cv2.Sobel(away, cv2.CV_32F, 1, 0)
    size = np.maximum(np.hypot(down, right), 1e-9)
    inner = cv2.erode(known.view(np.uint8), np.ones((3, 3), np.uint8)) > 0
    dy, dx = cv2.Sobel(seen, cv2.CV_32F, 0, 1), cv2.Sobel(seen, cv2.CV_32F, 1, 0)
    along = (dy * -right[..., None] + dx * down[..., None]) / size[..., None]
    into, any_way = (along**2).sum(axis=2), (dy**2 + dx**2).sum(axis=2)
    return np.where(inner, into, 0).astype(np.float32), np.where(inner, any_way, 0).astype(np.float32)
