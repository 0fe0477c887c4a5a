"""Candidate regions: everything in the picture that might be a thing, before anybody judges which of them are.

Four sources that fail in different places: components that differ from the fitted backdrop, what a smooth flood from
the border leaves standing, smooth areas themselves (drawn shapes), and the nodes of a merge tree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.errors import BadArray
from delaminate.pixels import Box, Mask, box_of
from delaminate.stages.segmentation.embedded.backdrop import Backdrop
from delaminate.stages.segmentation.embedded.merge_tree import MergeTree
from delaminate.stages.segmentation.embedded.view import View


class Source(StrEnum):
    """Where a candidate comes from."""

    BACKDROP = "backdrop"
    FLOOD = "flood"
    SMOOTH = "smooth"
    TREE = "tree"
    CUT = "cut"
    FIGURE = "figure"


@dataclass(frozen=True, eq=False)
class Region:
    """A candidate: its pixels in the view, its source, box and area, how long it lasted in the merge tree."""

    mask: Mask
    source: Source
    box: Box
    area: int
    life: float = 0.0

    @classmethod
    def of(cls, mask: Mask, source: Source, life: float = 0.0) -> Region:
        """The region of a mask with at least one pixel."""
        box = box_of(mask)
        if box is None:
            raise BadArray("a region needs at least one pixel")
        return cls(mask, source, box, int(mask[box.slices].sum()), life)


_SMALLEST = 0.0008
_LARGEST = 0.9
_CROSS = np.ones((3, 3), np.uint8)


def components(mask: Mask, smallest: float = _SMALLEST, largest: float = _LARGEST) -> list[Mask]:
    """8-connected components between two shares of the picture's area, as bool masks of the same shape."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    low, high = smallest * mask.size, largest * mask.size
    return [labels == i for i in range(1, count) if low < stats[i, cv2.CC_STAT_AREA] < high]


def holes_filled(mask: Mask, largest: float = 1.0) -> Mask:
    """The mask with its enclosed holes filled, each at most `largest` times the mask's area."""
    box = box_of(mask)
    if box is None:
        return mask
    part = mask[box.slices]
    padded = cv2.copyMakeBorder((~part).view(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=[1])
    _, labels, stats, _ = cv2.connectedComponentsWithStats(padded, connectivity=4)
    outside = labels[0, 0]
    limit = largest * int(part.sum())
    small = stats[:, cv2.CC_STAT_AREA] <= limit
    small[[0, outside]] = False
    if not small.any():
        return mask
    filled = mask.copy()
    filled[box.slices] |= small[labels[1:-1, 1:-1]]
    return filled


def _closed(mask: Mask, radius: int) -> Mask:
    if radius == 0:
        return mask
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return np.asarray(cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, disc) > 0)


def _dilated(mask: Mask) -> Mask:
    return np.asarray(cv2.dilate(mask.astype(np.uint8), _CROSS) > 0)


def _opened(mask: Mask) -> Mask:
    return np.asarray(cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, _CROSS) > 0)


def from_backdrop(backdrop: Backdrop) -> list[Region]:
    """Components that differ from the backdrop, plain, with small gaps closed, and with holes filled."""
    if backdrop.share < 0.3:
        return []
    figure = _opened(backdrop.distance > backdrop.tolerance)
    found = []
    for radius in (0, 2, 5):
        for mask in components(_closed(figure, radius)):
            found.append(Region.of(mask, Source.BACKDROP))
            filled = holes_filled(mask)
            if filled.sum() > 1.02 * mask.sum():
                found.append(Region.of(filled, Source.BACKDROP))
    return found


def from_flood(view: View) -> list[Region]:
    """What is left when smooth areas that reach the border are taken away, and the smooth areas inside."""
    height, width = view.shape
    found = []
    for threshold in (1.2, 2.5, 4.5):
        smooth = (view.gradient < threshold).astype(np.uint8)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(smooth, connectivity=4)
        rim = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
        contact = np.bincount(rim, minlength=count)
        contact[0] = 0
        reaches = contact >= 0.06 * rim.size
        ground = _dilated(np.asarray(np.isin(labels, np.flatnonzero(reaches))))
        for mask in components(_dilated(_opened(~ground))):
            found.append(Region.of(mask, Source.FLOOD))
            filled = holes_filled(mask)
            if filled.sum() > 1.02 * mask.sum():
                found.append(Region.of(filled, Source.FLOOD))
        areas = stats[:, cv2.CC_STAT_AREA]
        for i in np.argsort(-areas[1:], kind="stable")[:40] + 1:
            if 0.002 * height * width < areas[i] < 0.6 * height * width and not reaches[i]:
                found.append(Region.of(holes_filled(_dilated(labels == i)), Source.SMOOTH))
    return found


def from_tree(tree: MergeTree, most: int = 250, smallest: float = 0.002, largest: float = 0.6) -> list[Region]:
    """The nodes that lasted longest, as they are (holes are filled where that changes little)."""
    total = tree.labels.size
    nodes = [i for i in range(tree.area.size - 1) if smallest * total < tree.area[i] < largest * total]
    nodes.sort(key=lambda i: (-tree.life[i], i))
    return [Region.of(holes_filled(tree.mask(i), 0.15), Source.TREE, float(tree.life[i])) for i in nodes[:most]]


def without_twins(regions: list[Region]) -> list[Region]:
    """The regions with exact repetitions dropped; the first of its kind stays."""
    seen: set[tuple[Box, bytes]] = set()
    kept = []
    for region in regions:
        key = region.box, np.packbits(region.mask[region.box.slices]).tobytes()
        if key not in seen:
            seen.add(key)
            kept.append(region)
    return kept


def box_overlaps(boxes: list[Box]) -> NDArray[np.float32]:
    """Intersection over union of every pair of boxes; float32 n×n."""
    edges = np.array([b.as_tuple() for b in boxes], np.float32).reshape(-1, 4)
    low = np.maximum(edges[:, None, :2], edges[None, :, :2])
    high = np.minimum(edges[:, None, 2:], edges[None, :, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=2)
    area = np.prod(edges[:, 2:] - edges[:, :2], axis=1)
    return np.asarray(shared / (area[:, None] + area[None] - shared), np.float32)


def spread_out(boxes: list[Box], scores: NDArray[np.float32], most: int, overlap: float = 0.6) -> list[int]:
    """Indices of the best boxes, none of which shares more than `overlap` (IoU) with a better one."""
    pairs = box_overlaps(boxes)
    kept: list[int] = []
    for i in np.argsort(-scores, kind="stable"):
        if len(kept) == most:
            break
        if not kept or float(pairs[i, kept].max()) <= overlap:
            kept.append(int(i))
    return kept


def intersections(masks: Sequence[Mask]) -> NDArray[np.int64]:
    """Common pixels of every pair of regions; n×n. Counts a quarter of the pixels: n is a few hundred."""
    packed = np.stack([np.packbits(mask[::2, ::2]) for mask in masks])
    words = np.pad(packed, ((0, 0), (0, -packed.shape[1] % 8))).view(np.uint64)
    shared = np.zeros((len(masks),) * 2, np.int64)
    for i, word in enumerate(words):
        shared[i, i:] = shared[i:, i] = np.bitwise_count(words[i:] & word).sum(axis=1)
    return shared
