"""A picture in bands of distance: what is found is put in order of nearness, and each band becomes one layer.

How near a thing is, is told by the cues of pictorial depth (Palmer, Vision Science, 1999, ch. 5): what covers another
is in front of it; of things on one ground the lower foot is nearer; larger and sharper is nearer; what is written over
the picture is nearest. The last band is the background: what no other band takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import cv2
import numpy as np

from delaminate.contracts import Found
from delaminate.pixels import Rgb, as_eight_bit
from delaminate.splitting.overlaps import common, joined
from delaminate.stack import Role

_FOOT, _SIZE, _SHARP = 0.55, 0.25, 0.2
"""What the height of the foot, the size and the sharpness count for."""
_MEETS = 0.05
"""Share of the smaller thing that two things must share for one to cover the other."""
_FARTHER = 0.02
"""How much farther than what covers it a thing is put."""


def banded(rgb: Rgb, found: Sequence[Found], names: Sequence[str]) -> tuple[tuple[Found, ...], ...]:
    """For each band but the last, front to back, one finding of all its things; empty where no thing is left for it.

    Parameters
    ----------
    rgb : H×W×3, the picture.
    found : the things of the picture; none twice.
    names : of the bands front to back, at least two.
    """
    near = nearness(rgb, found)
    order = sorted(range(len(found)), key=lambda i: (-near[i], i))
    breaks = _breaks([near[i] for i in order], len(names) - 1)
    bands = []
    for name, (start, stop) in zip(names, breaks, strict=False):
        parts = [found[i] for i in order[start:stop]]
        band = joined(parts, name) if parts else None
        bands.append(() if band is None else (band,))
    # A nearer band lies over a farther one, whatever its things say of each other.
    return tuple(
        tuple(_at(band, front=float(len(bands) - place), name=names[place]) for band in group)
        for place, group in enumerate(bands)
    )


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
