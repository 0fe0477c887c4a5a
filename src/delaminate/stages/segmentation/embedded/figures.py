"""What stands out in a picture and in parts of it, by a saliency network, and the regions that gives.

The network answers for one crop how much each pixel belongs to what stands out in it. Asked about the whole picture
that is the main thing; asked about the surroundings of a rough region, it is the whole of what the region is part of.
Every crop is looked at once.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.pixels import Box, Mask, Rgb, as_eight_bit, box_of
from delaminate.stages.segmentation.embedded.view import View

Floats = NDArray[np.float32]

_LONGEST = 480
"""Pixels of a crop's longer side: the network looks at 320, and no map larger than this is made."""
_LONGEST_WHOLE = 1024
"""The same of the whole picture, whose outline comes from the map itself."""
_FAINT = 0.15
"""Share from which a pixel may belong to what stands out."""
_HALF = 0.5
"""Share from which a pixel belongs to what stands out."""
_PIECES = 4
"""Most pieces of one answer that count as things of their own."""
_SMALLEST = 0.004
"""Least share of the crop that a piece has."""
MARGINS = (0.15, 0.5)
"""Margins round a rough region, as shares of its longer side: near it the region itself stands out, further off the
thing it belongs to."""
_CLEAR = 0.92
"""Clarity from which looking at the picture's mirror image as well tells nothing new."""
_AS_LARGE = 0.35
"""Share of the largest piece from which another is about as large."""
_NARROWEST = 12
"""Pixels of the view a crop has at least, either way."""


@dataclass(eq=False)
class Figures:
    """Answers for crops of a picture (`rgb`, H×W×3) in pixels of its `view`; `network` takes RGB and gives 0..1."""

    rgb: Rgb
    view: View
    network: Callable[[NDArray[np.uint8]], Floats]
    _maps: dict[Box, Floats] = field(default_factory=dict, init=False)
    _ahead: Future[Floats] | None = field(default=None, init=False)

    def look_ahead(self) -> bool:
        """Begin to look at the whole picture, in a thread of its own, while something else is done.

        Returns
        -------
        bool
            Whether that began now; False where it was looked at before.
        """
        if self._ahead is not None or "fine" in vars(self):
            return False
        alone = ThreadPoolExecutor(1)
        self._ahead = alone.submit(self._looked_at_all)
        alone.shutdown(wait=False)
        return True

    def of(self, box: Box) -> Floats:
        """How much each pixel of a box of the view belongs to what stands out in it; float32, 0..1."""
        if box not in self._maps:
            h, w = self.view.shape
            sx, sy = self.view.width / w, self.view.height / h
            left, top = int(box.left * sx), int(box.top * sy)
            right, bottom = max(left + 1, round(box.right * sx)), max(top + 1, round(box.bottom * sy))
            found = self._asked(self.rgb[top:bottom, left:right], _LONGEST)
            self._maps[box] = np.asarray(
                cv2.resize(found, (box.width, box.height), interpolation=cv2.INTER_LINEAR), np.float32
            )
        return self._maps[box]

    def _asked(self, crop: Rgb, longest: int) -> Floats:
        scale = longest / max(crop.shape[:2])
        if scale < 1:
            size = (max(1, round(crop.shape[1] * scale)), max(1, round(crop.shape[0] * scale)))
            crop = np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_AREA))
        return self.network(np.ascontiguousarray(as_eight_bit(crop)))

    def _looked_at_all(self) -> Floats:
        """The answer for the whole picture; where it is unsure, the mean of that and of its mirror image's."""
        found = self._asked(self.rgb, _LONGEST_WHOLE)
        if _clarity(found) >= _CLEAR:
            return found
        mirrored = self._asked(self.rgb[:, ::-1], _LONGEST_WHOLE)[:, ::-1]
        return np.asarray((found + mirrored) / 2, np.float32)

    @cached_property
    def fine(self) -> Floats:
        """The answer for the whole picture, finer than the view where the picture is; float32 h×w, 0..1."""
        return self._looked_at_all() if self._ahead is None else self._ahead.result()

    @cached_property
    def whole(self) -> Floats:
        """The answer for the whole picture at the size of the view."""
        h, w = self.view.shape
        return np.asarray(cv2.resize(self.fine, (w, h), interpolation=cv2.INTER_AREA), np.float32)

    @property
    def clarity(self) -> float:
        """How plainly something stands out in the picture, 0..1: what surely does, of what may."""
        return _clarity(self.whole)

    @cached_property
    def counted(self) -> int:
        """How many things of about the same size stand out in the picture."""
        _, _, stats, _ = cv2.connectedComponentsWithStats((self.whole > _HALF).astype(np.uint8), connectivity=8)
        areas = stats[1:, cv2.CC_STAT_AREA]
        return int((areas > _AS_LARGE * areas.max(initial=1)).sum())

    def outline(self) -> tuple[Box, Mask] | None:
        """What stands out in the picture at full size: its box and its mask there; None where nothing does."""
        small = box_of(self.fine > _HALF)
        if small is None:
            return None
        height, width = self.rgb.shape[:2]
        h, w = self.fine.shape
        if (h, w) == (height, width):
            return small, self.fine[small.slices] > _HALF
        near = small.grown(1, w, h)
        sx, sy = width / w, height / h
        box = Box(round(near.left * sx), round(near.top * sy), round(near.right * sx), round(near.bottom * sy))
        soft = cv2.resize(self.fine[near.slices], (box.width, box.height), interpolation=cv2.INTER_LINEAR)
        full = np.asarray(soft > _HALF)
        tight = box_of(full)
        return None if tight is None else (tight.shifted(box.left, box.top), np.ascontiguousarray(full[tight.slices]))

    def around(self, box: Box, margin: float) -> Box:
        """A box with a margin, as a share of its longer side, no smaller than makes sense to look at."""
        h, w = self.view.shape
        wide = box.grown(int(margin * max(box.width, box.height)) + 2, w, h)
        short = max(0, _NARROWEST - min(wide.width, wide.height))
        return wide.grown(short, w, h) if short else wide

    def pieces(self, box: Box) -> list[Mask]:
        """What stands out in a box: all of it, and its largest pieces; masks of the view, the largest first."""
        whole = box == Box(0, 0, *self.view.shape[::-1])
        found = (self.whole if whole else self.of(box)) > _HALF
        count, labels, stats, _ = cv2.connectedComponentsWithStats(found.astype(np.uint8), connectivity=8)
        areas = stats[1:, cv2.CC_STAT_AREA]
        order = [i + 1 for i in np.argsort(-areas, kind="stable") if areas[i] > _SMALLEST * found.size][:_PIECES]
        masks = [labels == i for i in order]
        if len(order) > 1:
            masks.insert(0, np.isin(labels, order))
        return [_placed(mask, box, self.view.shape) for mask in masks if count > 1]

    def cut_off(self, mask: Mask) -> float:
        """How much of a side of its box a region has where a crop ended that was looked at, not the picture; 0..1."""
        own, picture = box_of(mask), Box(0, 0, *self.view.shape[::-1])
        if own is None:
            return 0.0
        inside = mask[own.slices]
        sides = {"left": inside[:, 0], "right": inside[:, -1], "top": inside[0], "bottom": inside[-1]}
        ended = (
            float(line.mean())
            for crop in self._maps
            if own.within(crop)
            for side, line in sides.items()
            if getattr(own, side) == getattr(crop, side) != getattr(picture, side)
        )
        return max(ended, default=0.0)

    def piece_of(self, rough: Mask, box: Box) -> Mask | None:
        """Of what stands out in a box the piece that shares most with a rough region; None where nothing does."""
        part = rough[box.slices]
        count, labels = cv2.connectedComponents((self.of(box) > _HALF).astype(np.uint8), connectivity=8)
        common = np.bincount(labels[part], minlength=count)
        if count < 2 or not common[1:].any():
            return None
        return _placed(labels == 1 + int(common[1:].argmax()), box, self.view.shape)


def _clarity(answer: Floats) -> float:
    return float((answer > _HALF).sum() / max(1, int((answer > _FAINT).sum())))


def _placed(mask: Mask, box: Box, shape: tuple[int, int]) -> Mask:
    whole = np.zeros(shape, np.bool_)
    whole[box.slices] = mask
    return whole
