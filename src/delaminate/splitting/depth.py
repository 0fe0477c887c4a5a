"""A picture in bands of distance: what is found is put in order of nearness, and each band becomes one layer.

How near a thing is, is told by the cues of pictorial depth (Palmer, Vision Science, 1999, ch. 5): what covers another
is in front of it; of things on one ground the lower foot is nearer; larger and sharper is nearer; what is written over
the picture is nearest. Where a depth network is there, it tells instead. The last band is the background: what no other
band takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import cv2
import numpy as np

from delaminate.contracts import Found
from delaminate.pixels import Mask, Nearness, Rgb, as_eight_bit, box_of
from delaminate.splitting.horizon import floor_of
from delaminate.splitting.overlaps import common, joined
from delaminate.stack import Role

_FOOT, _SIZE, _SHARP = 0.55, 0.25, 0.2
"""What the height of the foot, the size and the sharpness count for."""
_MEETS = 0.05
"""Share of the smaller thing that two things must share for one to cover the other."""
_FEWEST_WITH_FLOOR = 2
"""Bands of which the floor has none: before the background are the things alone."""
_SAMPLES = 160
"""Depths of which the bands' limits are found."""
_SMOOTH = 5
"""Pixels over which depths of the ground are averaged, so that no dust of single pixels changes bands."""
_LEAST_GROUND = 0.002
"""Share of the picture that ground must have to be in a band."""
_FARTHER = 0.02
"""How much farther than what covers it a thing is put."""


def banded(
    rgb: Rgb, found: Sequence[Found], names: Sequence[str], depth: Nearness | None = None
) -> tuple[tuple[Found, ...], ...]:
    """For each band but the last, front to back, one finding of all its things; empty where no thing is left for it.

    Parameters
    ----------
    rgb : H×W×3, the picture.
    found : the things of the picture; none twice.
    names : of the bands front to back, at least two.
    depth : H×W, larger is nearer, where a network tells; the ground is then cut by distance, too. Else the floor is
        told from wall or sky where the ground parts, and is in the last band before the background.
    """
    members = _by_cues(rgb, found, len(names)) if depth is None else _by_depth(found, len(names), depth)
    bands = [(joined(parts, name),) if parts else () for name, parts in zip(names, members, strict=False)]
    # A nearer band lies over a farther one, whatever its things say of each other.
    return tuple(
        tuple(_at(band, front=float(len(bands) - place), name=names[place]) for band in group)
        for place, group in enumerate(bands)
    )


def _by_cues(rgb: Rgb, found: Sequence[Found], bands: int) -> list[list[Found]]:
    """What is in each band but the last, by what the picture shows."""
    near = nearness(rgb, found)
    order = sorted(range(len(found)), key=lambda i: (-near[i], i))
    members = [[found[i] for i in order[start:stop]] for start, stop in _breaks([near[i] for i in order], bands - 1)]
    floor = floor_of(rgb, _taken(rgb.shape[0], rgb.shape[1], found)) if bands > _FEWEST_WITH_FLOOR else None
    if floor is not None:
        members[-1].append(floor)
    return members


def _by_depth(found: Sequence[Found], bands: int, depth: Nearness) -> list[list[Found]]:
    """The same by a network's depths: things whole, by their median, the ground between them pixel by pixel."""
    told = np.quantile(depth, np.linspace(1, 0, _SAMPLES)).tolist()
    limits = [(told[start - 1] + told[start]) / 2 for start, _ in _breaks(told, bands)[1:]]
    members: list[list[Found]] = [[] for _ in range(bands - 1)]
    for one in found:
        near = float(np.median(depth[one.box.slices][one.mask]))
        place = 0 if one.role is Role.TEXT else sum(near < limit for limit in limits)
        if place < bands - 1:
            members[place].append(one)
    taken = _taken(depth.shape[0], depth.shape[1], found)
    smooth = cv2.blur(depth, (_SMOOTH, _SMOOTH))
    for place in range(bands - 1):
        upper = limits[place - 1] if place else np.inf
        mask = (smooth >= limits[place]) & (smooth < upper) & ~taken
        box = box_of(mask)
        if box is not None and int(mask.sum()) > _LEAST_GROUND * mask.size:
            members[place].append(Found(box, mask[box.slices], "ground"))
    return members


def _taken(height: int, width: int, found: Sequence[Found]) -> Mask:
    mask = np.zeros((height, width), np.bool_)
    for one in found:
        mask[one.box.slices] |= one.mask
    return mask


def _at(found: Found, front: float, name: str) -> Found:
    return replace(found, front=front, name=name)


def nearness(rgb: Rgb, found: Sequence[Found]) -> list[float]:
    """How near each finding is, 0 (far) to 1; what covers another is nearer than that."""
    if not found:
        return []
    height, width = rgb.shape[:2]
    sharp = np.array([_sharpness(rgb, one) for one in found])
    sharp = sharp / max(float(sharp.max()), 1e-6)
    near = []
    for one, edge in zip(found, sharp, strict=True):
        size = min(1.0, 2 * (int(one.mask.sum()) / (height * width)) ** 0.5)
        value = _FOOT * one.box.bottom / height + _SIZE * size + _SHARP * float(edge)
        near.append(1.0 if one.role is Role.TEXT else min(value, 0.99))
    # Twice is enough for what covers what covers what in pictures that are made by hand.
    for _ in range(2):
        for i, j in combinations(range(len(found)), 2):
            a, b = found[i], found[j]
            if a.front == b.front or common(a, b) < _MEETS * min(int(a.mask.sum()), int(b.mask.sum())):
                continue
            front, back = (i, j) if a.front > b.front else (j, i)
            near[back] = min(near[back], near[front] - _FARTHER)
    return near


def _sharpness(rgb: Rgb, found: Found) -> float:
    """Strength of the finest edges inside a thing: the 90th percentile of the Laplacian."""
    crop = as_eight_bit(rgb[found.box.slices]).mean(axis=2).astype(np.float32)
    edges = np.abs(cv2.Laplacian(crop, cv2.CV_32F))[found.mask]
    return float(np.percentile(edges, 90)) if edges.size else 0.0


def _breaks(near: Sequence[float], bands: int) -> list[tuple[int, int]]:
    """Where a falling row of values is cut so that the bands are as even within as can be (Fisher 1958, exact).

    Returns one span a band; spans at the end are empty where there are fewer values than bands.
    """
    n = len(near)
    parts = min(bands, n)
    if not parts:
        return [(0, 0)] * bands
    values = np.asarray(near, np.float64)
    sums, squares = np.concatenate([[0], values.cumsum()]), np.concatenate([[0], (values**2).cumsum()])

    def spread(start: int, stop: int) -> float:
        return float(squares[stop] - squares[start] - (sums[stop] - sums[start]) ** 2 / (stop - start))

    best = {(0, 0): (0.0, 0)}
    for part in range(1, parts + 1):
        for stop in range(part, n + 1):
            options = [
                (best[part - 1, start][0] + spread(start, stop), start)
                for start in range(part - 1, stop)
                if (part - 1, start) in best
            ]
            best[part, stop] = min(options)
    spans: list[tuple[int, int]] = []
    stop = n
    for part in range(parts, 0, -1):
        start = best[part, stop][1]
        spans.append((start, stop))
        stop = start
    return spans[::-1] + [(n, n)] * (bands - parts)
