"""What belongs to a thing and what does not, after its mask was found: pieces left over, and openings seen through.

A mask that stops short of a stem or a leaf leaves it behind, where it is cloned into the hole; a mask that fills a
jug's handle takes the ground along. Both are told by the ground alone: what can be reached from far away without
crossing an edge, or has a colour that the ground has far away, is ground. What cannot, and touches the thing, is the
thing's; what lies inside the thing and has the colours of the ground there, is the ground's.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.lab import lab_of
from delaminate.pixels import Box, Mask, Rgb, box_of
from delaminate.splitting.rim import rim_of

LONGEST = 384
"""Longest side, in pixels, of the copy that is looked at."""
STEP = 5.0
"""Difference of colour (CIE76) between neighbours that counts as an edge."""
BIN = (8.0, 6.0, 6.0)
"""Sides of the boxes of colour (L, a, b) in which the ground's colours are counted."""
COMMON = 4e-4
"""Share of the ground that must have a colour for it to be the ground's."""
PIECE = 0.15
"""Most area of a piece left over, in areas of the thing; what is larger is another thing."""
OPENING = 0.008
"""Least area of an opening, in areas of the thing: eyes and highlights are smaller."""
RIM = 3
"""Widest border, in pixels of the copy, that is taken along."""
ALONG = 0.5
"""Least share of the thing's outline that has a border before one is taken along."""
RARE = 0.04
"""Most of the thing, besides, that may have the colours of an opening: a white shirt before a white wall is no hole."""

ALIKE = 8.0
"""Difference of colour (CIE76) up to which an opening looks like the ground near it."""
SOME = 0.03
"""Least share of the ground near an opening that looks like it."""
BUSY = 0.01
"""Share of the surroundings that may be unlike the ground, away from the thing, before pieces are not looked for."""

Plane = NDArray[np.float32]


def completed_mask(rgb: Rgb, mask: Mask, others: Mask) -> Mask:
    """The mask with the pieces that belong to the thing, and without the openings that do not.

    Parameters
    ----------
    rgb : H×W×3, a crop with room round the thing.
    mask : H×W, the thing.
    others : H×W, what else was found.

    Returns
    -------
    Mask
        H×W; the mask itself where nothing is to be mended or the ground is too busy to tell.
    """
    height, width = mask.shape
    scale = min(1.0, LONGEST / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    lab: Plane = lab_of(np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)))
    thing = _share(mask, size) > 0.5
    strange = _share(others, size) > 0.02
    spread = box_of(thing)
    if spread is None:
        return mask
    free = ~_grown(thing, 1) & ~_grown(strange, 1)
    away = cv2.distanceTransform((~thing).astype(np.uint8), cv2.DIST_L2, 5)
    far = free & (away > min(0.35 * max(spread.width, spread.height), 0.6 * float(away[free].max(initial=0))))
    if int(far.sum()) < 50:
        return mask
    common = _Colours(lab[far])
    edge = _steepness(lab)
    ground = _reached(far, free & (edge < STEP)) | (free & common.hold(lab))
    area = int(thing.sum())
    strange_ground = free & ~ground
    # Where much away from the thing is unlike the ground too, the ground is too busy to tell what is not its own.
    ring = free & ~far & (away > 0.1 * max(spread.width, spread.height))
    apart = strange_ground & ~_reached(_grown(thing, 3) & strange_ground, strange_ground)
    busy = float((_thick(apart) & ring).sum()) > BUSY * ring.sum()
    added = (
        np.zeros_like(thing)
        if busy
        else _pieces(thing, strange_ground, area, lab, strange) | _rim(thing, strange_ground)
    )
    taken = _openings(thing, lab, edge, ground, area)
    out = mask
    if added.any():
        out = out | _enlarged(_grown(added, 1), (width, height)) & ~others
    if taken.any():
        out = out & ~_enlarged(taken, (width, height))
    border = rim_of(rgb, out, others)
    return out | border if border.any() else out


class _Colours:
    """Which colours a set of pixels has, counted in boxes of Lab space, neighbours included."""

    def __init__(self, lab: Plane) -> None:
        self._shape = (14, 44, 44)
        counts = np.bincount(self._places(lab), minlength=int(np.prod(self._shape))).reshape(self._shape)
        self._held = np.asarray(counts > max(3.0, COMMON * len(lab)))
        grown = self._held.copy()
        for axis in range(3):
            for step in (-1, 1):
                grown |= np.roll(self._held, step, axis)
        self._held = grown

    def _places(self, lab: Plane) -> NDArray[np.int64]:
        flat = lab.reshape(-1, 3)
        index = [
            np.clip(((flat[:, k] + (0 if k == 0 else 128)) / BIN[k]).astype(np.int64), 0, self._shape[k] - 1)
            for k in range(3)
        ]
        return np.ravel_multi_index(tuple(index), self._shape).astype(np.int64)

    def hold(self, lab: Plane) -> Mask:
        """Where a picture has one of the colours."""
        return np.asarray(self._held.ravel()[self._places(lab)].reshape(lab.shape[:2]))


def _share(mask: Mask, size: tuple[int, int]) -> Plane:
    return np.asarray(cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA))


def _enlarged(mask: Mask, size: tuple[int, int]) -> Mask:
    return np.asarray(cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_LINEAR) > 0.5)


def _grown(mask: Mask, times: int) -> Mask:
    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=times) > 0)


def _frame(mask: Mask) -> Mask:
    out = np.zeros_like(mask)
    out[[0, -1]] = True
    out[:, [0, -1]] = True
    return out


def _thick(mask: Mask) -> Mask:
    """The mask without what is thinner than three pixels."""
    return np.asarray(cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0)


def _steepness(lab: Plane) -> Plane:
    """Largest difference of colour to a neighbour."""
    out = np.zeros(lab.shape[:2], np.float32)
    for axis in (0, 1):
        change = np.square(np.diff(lab, axis=axis))
        step = np.sqrt(change[..., 0] + change[..., 1] + change[..., 2])
        first = (slice(None, -1), slice(None)) if axis == 0 else (slice(None), slice(None, -1))
        second = (slice(1, None), slice(None)) if axis == 0 else (slice(None), slice(1, None))
        out[first] = np.maximum(out[first], step)
        out[second] = np.maximum(out[second], step)
    return out


def _reached(start: Mask, open_: Mask) -> Mask:
    """What of `open_` is connected to `start`."""
    _, labels = cv2.connectedComponents((open_ | start).astype(np.uint8), connectivity=4)
    inside = np.unique(labels[start])
    return np.asarray(np.isin(labels, inside[inside > 0]))


def _pieces(thing: Mask, strange: Mask, area: int, lab: Plane, others: Mask) -> Mask:
    """Small pieces that are no ground and touch the thing, and are more like it than like another: a stem, a leaf."""
    # The thing's own soft rim is no piece.
    solid = _thick(strange)
    count, labels = cv2.connectedComponents(_grown(solid, 1).astype(np.uint8) & strange.astype(np.uint8))
    outside = _reached(_frame(thing) & ~thing, ~thing)
    touching = set(np.unique(labels[_grown(thing, 3)]).tolist()) - {0}
    out = np.zeros_like(thing)
    height, width = thing.shape
    for label in range(1, count):
        one = labels == label
        inner = box_of(one)
        if label not in touching or inner is None or not 6 <= int(one.sum()) <= PIECE * area:
            continue
        if not outside[one].any():  # an opening, darker than the ground elsewhere
            continue
        if _looks_like(lab, one, others) < _looks_like(lab, one, thing):
            continue
        if inner.left > 0 and inner.top > 0 and inner.right < width and inner.bottom < height:
            out |= one
    return out


def _looks_like(lab: Plane, piece: Mask, thing: Mask) -> float:
    """How far the colour of a piece is from the most alike of a thing beside it (CIE76), infinite if none is."""
    beside = _grown(piece, 6) & thing & ~_grown(piece, 1)
    if not beside.any():
        return float("inf")
    return float(np.percentile(np.linalg.norm(lab[beside] - np.median(lab[piece], axis=0), axis=1), 20))


def _rim(thing: Mask, strange: Mask) -> Mask:
    """A border, outline or halo that the mask stopped short of: no ground, a few pixels wide, all along the thing."""
    # The soft edge of a right mask is one pixel wide: a border shows in the second.
    second = _grown(thing, 2) & ~_grown(thing, 1)
    if float(strange[second].mean()) < ALONG:
        return np.zeros_like(thing)
    rim = _grown(thing, RIM) & strange
    _, labels = cv2.connectedComponents((rim | _grown(thing, 1)).astype(np.uint8), connectivity=8)
    return rim & np.isin(labels, np.unique(labels[thing]))


def _openings(thing: Mask, lab: Plane, edge: Plane, ground: Mask, area: int) -> Mask:
    """Places inside the thing that look like the ground near them, are rare in it otherwise, and have a sharp rim."""
    same = thing & _Colours(lab[ground]).hold(lab) & (edge < 2 * STEP)
    out = np.zeros_like(thing)
    count, labels = cv2.connectedComponents(_thick(same).astype(np.uint8), connectivity=4)
    height, width = thing.shape
    for label in range(1, count):
        one = labels == label
        inner = box_of(one)
        if inner is None or int(one.sum()) < OPENING * area:
            continue
        whole = _grown(one, 1) & thing
        if (_grown(whole, 1) & ~thing).any():
            continue
        near = inner.grown(4 + 2 * max(inner.width, inner.height), width, height).slices
        off = np.sqrt(np.square(lab[near][ground[near]] - lab[one].mean(axis=0)).sum(axis=1))
        alike = float((off < ALIKE).mean()) if off.size else 0.0
        elsewhere = thing & ~_grown(whole, 2) & _Colours(lab[one]).hold(lab)
        sharp = float((edge[_grown(whole, 1) & ~one] > 2 * STEP).mean())
        if alike > SOME and int(elsewhere.sum()) <= RARE * area and sharp > 0.7:
            out |= whole
    return out


def room(box: Box, width: int, height: int) -> Box:
    """How far round a thing its pieces and its ground are looked for."""
    return box.grown(16 + round(0.6 * max(box.width, box.height)), width, height)
