"""The smooth areas round a hole: flat colours and gradients, each up to the strong edges about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.compiled.components import components
from delaminate.pixels import Mask

UNKNOWN, ROUGH = -1, 0
"""Labels of what is not known, and of what is no smooth area."""

_EXTENT, _EXTENT_OF_GRAIN = 8.0, 4.0
"""Levels a 3×3 window may span without an edge: at least, and for every level of grain."""

_GRAINY = 1.0
"""Levels of grain from which it is smoothed away first."""

_RINGING = 12.0
"""Levels that JPEG's ringing reaches beside an edge."""

_BLOCKS, _FAINT = 1.25, 0.15
"""How much rougher one of the eight phases must be than the median, and the least roughness that tells."""

_LEAST_AREA = 6
_ALIKE = 7.0
"""Levels between two areas, where they meet, below which they are one; and two more for every level of grain."""

_RIM = 4.0
"""Pixels round a smooth area that still belong to it: the width of an edge."""

_GRAIN = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)


@dataclass(frozen=True, eq=False)
class Regions:
    """Labels of a picture: `UNKNOWN`, `ROUGH`, or the number of a smooth area (1..count); and the picture's grain.

    `core` is True well inside smooth areas, off their edges.
    """

    labels: NDArray[np.int32]
    core: Mask
    count: int
    noise: float


def grain_of(grey: NDArray[np.float32], known: Mask) -> float:
    """Standard deviation of white noise in levels (Immerkær 1996, with a median so that edges have no say)."""
    inner = cv2.erode(known.view(np.uint8), np.ones((3, 3), np.uint8)) > 0
    if np.count_nonzero(inner) < 64:
        return 0.0
    rough = np.abs(cv2.filter2D(grey, -1, _GRAIN, borderType=cv2.BORDER_REFLECT))[inner]
    return float(np.median(rough) / (6 * 0.6745))


def nearest_known(picture: NDArray[Any], known: Mask) -> NDArray[Any]:
    """The picture with what is not known painted in the colour of the nearest known pixel."""
    _, which = cv2.distanceTransformWithLabels((~known).view(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    first = np.zeros(int(which.max()) + 1, np.int64)
    first[which[known]] = np.flatnonzero(known)
    return np.asarray(picture.reshape(-1, picture.shape[-1])[first[which]])


def compressed_of(grey: NDArray[np.float32]) -> bool:
    """Whether faint second differences come in steps of eight pixels: the blocks of JPEG."""
    for axis in (0, 1):
        rough = np.abs(np.diff(grey, 2, axis=axis))
        mean = np.where(rough > _RINGING, 0, rough).mean(axis=1 - axis)
        if mean.size < 64:
            continue
        phases = np.array([mean[k::8].mean() for k in range(8)])
        if phases.max() > _BLOCKS * max(float(np.median(phases)), _FAINT):
            return True
    return False


def calm_of(rgb: NDArray[np.float32], noise: float, compressed: bool) -> Mask:
    """Middles of 3×3 windows without an edge: up to the very edge, and in narrow wedges."""
    if compressed:
        rgb = np.asarray(cv2.bilateralFilter(rgb, 7, _RINGING, 2.0, borderType=cv2.BORDER_REFLECT), np.float32)
    elif noise > _GRAINY:
        rgb = np.asarray(cv2.bilateralFilter(rgb, 5, 4 * noise, 2.0, borderType=cv2.BORDER_REFLECT), np.float32)
    window = np.ones((3, 3), np.uint8)
    red, green, blue = cv2.split(cv2.dilate(rgb, window) - cv2.erode(rgb, window))
    extent = np.maximum(np.maximum(red, green), blue)
    return np.asarray(extent <= max(_EXTENT, _EXTENT_OF_GRAIN * noise))


def regions_of(rgb: NDArray[np.float32], known: Mask) -> Regions:
    """Divide what is known into smooth areas.

    Parameters
    ----------
    rgb : float32 H×W×3 in levels of 8 bits, sensible everywhere (`nearest_known`).
    """
    red, green, blue = cv2.split(rgb)
    grey = np.asarray((red + green + blue) / np.float32(3), np.float32)
    noise = grain_of(grey, known)
    calm = calm_of(rgb, noise, compressed_of(grey)) & known
    count, labels, rows, _ = cv2.connectedComponentsWithStats(calm.view(np.uint8), connectivity=4)
    large = rows[:, cv2.CC_STAT_AREA] >= _LEAST_AREA
    large[0] = False
    core = large[labels]
    if not core.any():
        return Regions(np.where(known, ROUGH, UNKNOWN).astype(np.int32), core, 0, noise)
    away, which = cv2.distanceTransformWithLabels(
        (~core).view(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    first = np.zeros(int(which.max()) + 1, np.int64)
    first[which[core]] = np.flatnonzero(core)
    first = first[which]
    near = np.where(known & (away <= _RIM), labels.ravel()[first], 0).astype(np.int32)
    number = _merged(near, rgb.reshape(-1, 3), first, count, _ALIKE + 2 * noise)
    number[~large] = 0
    merged = number[near]
    used = np.bincount(merged.ravel()) > 0
    used[0] = False
    order = np.cumsum(used, dtype=np.int32) * used
    return Regions(np.where(known, order[merged], UNKNOWN).astype(np.int32), core, int(order.max()), noise)


def _merged(
    labels: NDArray[np.int32], colours: NDArray[np.float32], first: NDArray[np.int64], count: int, alike: float
) -> NDArray[np.int32]:
    """For every label the one it is joined to: areas that meet in nearly one colour are one, cut up by compression.

    Parameters
    ----------
    colours : float32 n×3, of every pixel.
    first : H×W, the nearest calm pixel.
    """
    keys, apart = [], []
    for one, other in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])):
        a, b = labels[one], labels[other]
        seam = (a != b) & (a > 0) & (b > 0)
        p, q = first[one][seam], first[other][seam]
        keys.append(np.minimum(a[seam], b[seam]).astype(np.int64) * count + np.maximum(a[seam], b[seam]))
        apart.append(np.abs(colours[p] - colours[q]).max(axis=1))
    every, rank = np.unique(np.concatenate(keys), return_inverse=True)
    if every.size == 0:
        return np.arange(count, dtype=np.int32)
    mean = np.bincount(rank, np.concatenate(apart)) / np.bincount(rank)
    row, column = np.divmod(every[mean < alike], count)
    group = components(count, row, column)
    names = np.zeros(int(group.max()) + 1, np.int32)
    names[group[::-1]] = np.arange(count, dtype=np.int32)[::-1]  # the first label of each group
    return np.asarray(names[group])
