"""The parts of a hole, what surrounds each, and which of them are best filled together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.pixels import Box, Mask

_MOST_PARTS = 2000
"""Beyond this many parts, those nearer to each other than the ring is wide count as one."""

_ENCLOSED = 0.1
"""A part with less than this share of usable ring lies inside something that is no background."""

_LEAST_MARGIN = 96


@dataclass(frozen=True, eq=False)
class Part:
    """One connected part of the hole.

    Parameters
    ----------
    box : around the part and its ring, in the array's pixels.
    inside : box.height × box.width, the part.
    ring : box.height × box.width, known pixels around it; the usable ones unless it is `enclosed`.
    enclosed : whether hardly anything around it is usable: it lies in another layer's thing.
    """

    box: Box
    inside: Mask
    ring: Mask
    enclosed: bool


def _labels(hole: Mask, width: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Number of the part each pixel lies in, 0 outside; and a row of left, top, width, height, area for each."""
    count, labels, rows, _ = cv2.connectedComponentsWithStats(hole.view(np.uint8), connectivity=8)
    if count > _MOST_PARTS:
        joined = cv2.dilate(hole.view(np.uint8), np.ones((2 * width + 1, 2 * width + 1), np.uint8))
        _, labels, rows, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
        labels[~hole] = 0
    return np.asarray(labels, np.int32), np.asarray(rows, np.int32)


def parts(hole: Mask, usable: Mask, width: int) -> Iterator[Part]:
    """The 8-connected parts of the hole, each with the ring of known pixels up to `width` away from it."""
    labels, rows = _labels(hole, width)
    height, across = hole.shape
    for number, (left, top, w, h, _) in enumerate(rows[1:].tolist(), start=1):
        box = Box(left, top, left + w, top + h).grown(width, across, height)
        inside = labels[box.slices] == number
        away = cv2.distanceTransform((~inside).view(np.uint8), cv2.DIST_L2, 5)
        ring = (away <= width) & ~hole[box.slices]
        own = ring & usable[box.slices]
        enclosed = np.count_nonzero(own) <= _ENCLOSED * np.count_nonzero(ring)
        yield Part(box, inside, ring if enclosed else own, bool(enclosed))


def groups(boxes: list[Box], context: float, width: int, height: int) -> list[tuple[Box, list[int]]]:
    """Which parts to fill in one go: those whose surroundings overlap so much that joining them costs no more.

    Parameters
    ----------
    boxes : of the parts.
    context : margin around a box, as a multiple of its longer side.
    width, height : of the picture.

    Returns
    -------
    list
        For each group the box of its surroundings, and the numbers of its parts.
    """
    found: list[tuple[Box, list[int]]] = []
    for number, box in enumerate(boxes):
        margin = max(_LEAST_MARGIN, int(context * max(box.width, box.height)))
        here, members = box.grown(margin, width, height), [number]
        while True:
            near = next((g for g in found if _joined(g[0], here).area <= g[0].area + here.area), None)
            if near is None:
                break
            found.remove(near)
            here, members = _joined(near[0], here), near[1] + members
        found.append((here, members))
    return found


def _joined(a: Box, b: Box) -> Box:
    return Box(min(a.left, b.left), min(a.top, b.top), max(a.right, b.right), max(a.bottom, b.bottom))
