"""What a classifier of photographs says of regions: each by itself on grey, and in its surroundings.

Regions of about the same pixels share one look; a picture has hundreds of candidates and some thirty that differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.pixels import Box, Mask, Rgb, as_eight_bit, box_of
from delaminate.stages.segmentation.embedded.classifier import Classifier
from delaminate.stages.segmentation.embedded.proposals import intersections
from delaminate.stages.segmentation.embedded.view import View

Floats = NDArray[np.float32]

_SIDE = 224
_MARGIN = 0.08
"""Margin of a look, as a share of the region's longer side."""
_GREY = 127
"""What a region by itself stands on: the middle of the classifier's input."""
ALIKE = 0.8
"""Overlap from which regions share a look."""
_WINDOWS = ((1.0, 1), (0.67, 2), (0.45, 3))
"""Windows the picture is looked through: their share of either side, and how many fit along it."""


@dataclass(frozen=True, eq=False)
class Sights:
    """Of n regions: class probabilities `alone` on grey and `there` in the picture, n×1000.

    `features` are those of both, n×2×1280. `looked` are the numbers of the regions that were looked
    at; the others have what the nearest of those has.
    """

    alone: Floats
    there: Floats
    features: Floats
    looked: NDArray[np.int64]


def square(rgb: Rgb, view: View, mask: Mask, *, alone: bool) -> NDArray[np.uint8]:
    """A region of the view (not empty) at full size in a grey square, with its surroundings or without; uint8."""
    box = box_of(mask)
    assert box is not None
    h, w = view.shape
    half = max(box.width, box.height) / 2 * (1 + 2 * _MARGIN) + 1
    cx, cy = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    inner = Box(max(0, int(cx - half)), max(0, int(cy - half)), min(w, int(cx + half) + 1), min(h, int(cy + half) + 1))
    sx, sy = view.width / w, view.height / h
    rows = slice(int(inner.top * sy), max(int(inner.top * sy) + 1, round(inner.bottom * sy)))
    columns = slice(int(inner.left * sx), max(int(inner.left * sx) + 1, round(inner.right * sx)))
    scale = _SIDE / (2 * half)
    size = max(1, min(_SIDE, round(inner.width * scale))), max(1, min(_SIDE, round(inner.height * scale)))
    crop = as_eight_bit(rgb[rows, columns])
    how = cv2.INTER_AREA if crop.shape[1] >= size[0] else cv2.INTER_CUBIC
    part = np.asarray(cv2.resize(crop, size, interpolation=how), np.uint8)
    if alone:
        soft = cv2.resize(mask[inner.slices].astype(np.float32), size, interpolation=cv2.INTER_LINEAR)[..., None]
        part = np.rint(part * soft + _GREY * (1 - soft)).astype(np.uint8)
    out = np.full((_SIDE, _SIDE, 3), _GREY, np.uint8)
    x = min(_SIDE - size[0], max(0, round((inner.left - cx + half) * scale)))
    y = min(_SIDE - size[1], max(0, round((inner.top - cy + half) * scale)))
    out[y : y + size[1], x : x + size[0]] = part
    return out


def sights_of(classifier: Classifier, rgb: Rgb, view: View, masks: Sequence[Mask], worth: Floats, most: int) -> Sights:
    """Look at regions, those of most worth first, at no more than `most`."""
    if not masks:
        none = np.zeros((0, 1000), np.float32)
        return Sights(none, none, np.zeros((0, 2, 1280), np.float32), np.zeros(0, np.int64))
    common = intersections(masks).astype(np.float32)
    area = np.maximum(common.diagonal(), 1)
    overlap = common / (area[:, None] + area[None] - common)
    looked: list[int] = []
    for i in np.argsort(-worth, kind="stable"):
        if len(looked) == most:
            break
        if not looked or overlap[i, looked].max() < ALIKE:
            looked.append(int(i))
    crops = [square(rgb, view, masks[i], alone=True) for i in looked]
    crops += [square(rgb, view, masks[i], alone=False) for i in looked]
    seen = classifier.look(crops)
    n = len(looked)
    nearest = overlap[:, looked].argmax(axis=1)
    # What resembles nothing that was looked at is not known at all.
    known = (overlap[np.arange(len(masks)), np.array(looked)[nearest]] > 0.5)[:, None]
    alone, there, features = (
        seen.probabilities[:n][nearest],
        seen.probabilities[n:][nearest],
        np.stack([seen.features[:n], seen.features[n:]], axis=1)[nearest],
    )
    return Sights(
        np.where(known, alone, 0).astype(np.float32),
        np.where(known, there, 0).astype(np.float32),
        np.where(known[..., None], features, 0).astype(np.float32),
        np.array(looked, np.int64),
    )


def windows_of(shape: tuple[int, int]) -> list[Box]:
    """The boxes a picture of h×w is looked through: all of it, four of two thirds, nine of not quite a half."""
    h, w = shape
    found = []
    for share, along in _WINDOWS:
        tall, wide = max(1, round(share * h)), max(1, round(share * w))
        for j in range(along):
            for i in range(along):
                left = round((w - wide) * i / max(1, along - 1))
                top = round((h - tall) * j / max(1, along - 1))
                found.append(Box(left, top, left + wide, top + tall))
    return found


def through_windows(classifier: Classifier, view: View, boxes: Sequence[Box]) -> Floats:
    """Class probabilities of what is seen through each window of the view; float32 n×1000."""
    return classifier.probabilities([view.rgb[box.slices] for box in boxes])
