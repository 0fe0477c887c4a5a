"""A network that fills squares of one size, at the full size of a picture: roughly first, then tile by tile.

What the network is shown has the hole and all that may not be copied covered. A hole that fits into its square with
its surroundings is filled at once. A larger one is filled small, for what goes on through it, and then in tiles at
full size, those with most to see first; every tile is moved to the colours of the small fill, and continues what the
tiles before it painted. The idea is that of "high resolution strategies" of inpainting tools; compare the refinement
of Kulshreshtha et al., "Feature Refinement to Improve High Resolution Image Inpainting", 2022.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.contracts import Tick
from delaminate.errors import StageFailed
from delaminate.pixels import Box, Mask, Rgb, as_eight_bit, box_of, levels
from delaminate.stages.inpainting.crop import joined

Render: TypeAlias = Callable[[NDArray[np.uint8], Mask], NDArray[Any]]
"""A network at work: uint8 side×side×3 and what of it to fill, a picture of that size with values 0..255 out."""

_MARGIN, _LEAST_MARGIN = 0.5, 48
"""What is shown around a hole: a share of its longer side, and the least in pixels."""

_OVERLAP = 0.25
"""Share of a tile that the next one paints again."""

_MOST_TILES = 16
"""Where a hole needs more, it is filled at a smaller size and enlarged."""

_COVER = 128


@dataclass(frozen=True)
class Tiles:
    """Fills the part of a hole that neither flat colour, gradient nor edges explain.

    Parameters
    ----------
    render : the network.
    side : of its squares in pixels.
    who : its name, for messages.
    """

    render: Render
    side: int
    who: str

    def __call__(self, rgb: Rgb, hole: Mask, known: Mask, tick: Tick) -> NDArray[np.float32]:
        """Colours for the pixels of a hole.

        Parameters
        ----------
        rgb : H×W×3, uint8 or uint16; not changed.
        hole : H×W, at least one pixel.
        known : H×W, what may be continued; nothing else is shown to the network.

        Returns
        -------
        float32 N×3 in the picture's own levels, one row for each pixel of the hole in the order of `rgb[hole]`.
        """
        box = box_of(hole)
        assert box is not None
        height, width = hole.shape
        near = box.grown(max(_LEAST_MARGIN, int(_MARGIN * max(box.width, box.height))), width, height)
        shown = np.ascontiguousarray(as_eight_bit(rgb[near.slices]))
        inside, cover = hole[near.slices], ~known[near.slices]
        made = self._filled(shown, inside, cover | inside, tick)
        return np.asarray(made[inside] * np.float32(levels(rgb) / 255), np.float32)

    def _filled(self, rgb: NDArray[np.uint8], hole: Mask, cover: Mask, tick: Tick) -> NDArray[np.float32]:
        """The crop with the hole filled."""
        height, width = hole.shape
        if max(height, width) <= self.side:
            tick(0.0)
            return self._square(rgb, cover, Box(0, 0, width, height))
        small = self._shrunk(rgb, cover, self.side / max(height, width))
        tick(0.0)
        rough = self._square(*small, Box(0, 0, small[0].shape[1], small[0].shape[0]))
        rough = np.asarray(cv2.resize(rough, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
        scale = 1.0
        while len(self._places(hole, scale)) > _MOST_TILES:
            scale *= 0.8
        if scale < 1:
            part, covered = self._shrunk(rgb, cover, scale)
            size = part.shape[1], part.shape[0]
            within = cv2.resize(hole.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0
            rough = np.asarray(cv2.resize(rough, size, interpolation=cv2.INTER_AREA), np.float32)
            made = self._tiled(part, within, covered, rough, tick)
            return np.asarray(cv2.resize(made, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
        return self._tiled(rgb, hole, cover, rough, tick)

    def _tiled(
        self, rgb: NDArray[np.uint8], hole: Mask, cover: Mask, rough: NDArray[np.float32], tick: Tick
    ) -> NDArray[np.float32]:
        """The crop filled at its own size, tile by tile over the small fill."""
        canvas = rgb.astype(np.float32)
        canvas[hole] = rough[hole]
        open_ = cover.copy()
        places = self._places(hole, 1.0)
        places.sort(key=lambda box: (int(np.count_nonzero(open_[box.slices])), box.top, box.left))
        for number, box in enumerate(places):
            tick(number / len(places))
            todo = hole[box.slices] & open_[box.slices]
            if not todo.any():
                continue
            shown = np.clip(np.rint(canvas[box.slices]), 0, 255).astype(np.uint8)
            made = self._square(shown, open_[box.slices], Box(0, 0, box.width, box.height))
            # What goes on through the whole hole was decided on the small picture; the tile brings what that lacks.
            deviation = max(2.0, 0.5 * max(hole.shape) / self.side)
            low = cv2.GaussianBlur(rough[box.slices] - made, (0, 0), deviation, borderType=cv2.BORDER_REFLECT)
            canvas[box.slices][todo] = np.clip(made + low, 0, 255)[todo]
            open_[box.slices] &= ~self._settled(box, hole.shape) | ~hole[box.slices]
        return canvas

    def _settled(self, box: Box, shape: tuple[int, ...]) -> Mask:
        """What of a tile stays as it is painted: all but the border that another tile paints with more to see."""
        keep = np.ones((box.height, box.width), np.bool_)
        border = int(self.side * _OVERLAP) // 2
        if box.left > 0:
            keep[:, :border] = False
        if box.top > 0:
            keep[:border] = False
        if box.right < shape[1]:
            keep[:, -border:] = False
        if box.bottom < shape[0]:
            keep[-border:] = False
        return keep

    def _places(self, hole: Mask, scale: float) -> list[Box]:
        """The tiles of a crop at a scale that touch the hole."""
        height, width = (max(1, round(length * scale)) for length in hole.shape)
        tiles = [
            Box(x, y, min(x + self.side, width), min(y + self.side, height))
            for y in _starts(height, self.side)
            for x in _starts(width, self.side)
        ]
        return [tile for tile in tiles if hole[_at(tile, scale)].any()]

    def _shrunk(self, rgb: NDArray[np.uint8], cover: Mask, scale: float) -> tuple[NDArray[np.uint8], Mask]:
        """Picture and cover, smaller; nothing of what is covered gets into what is seen."""
        size = max(1, round(cover.shape[1] * scale)), max(1, round(cover.shape[0] * scale))
        share = cv2.resize(cover.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        small = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
        return small, np.asarray(share > 0)

    def _square(self, rgb: NDArray[np.uint8], cover: Mask, inner: Box) -> NDArray[np.float32]:
        """What the network makes of at most one square, joined to what is seen around."""
        shown = rgb.copy()
        shown[cover] = _COVER
        edges = 0, self.side - inner.height, 0, self.side - inner.width
        padded = np.asarray(cv2.copyMakeBorder(shown, *edges, cv2.BORDER_REPLICATE), np.uint8)
        whole = np.asarray(cv2.copyMakeBorder(cover.view(np.uint8), *edges, cv2.BORDER_REPLICATE)) > 0
        made = np.asarray(self.render(padded, whole), np.float32)
        if made.shape != padded.shape or not np.isfinite(made).all():
            raise StageFailed(f"{self.who} returned an array {made.shape} for a picture of {padded.shape}")
        return joined(made[inner.slices].copy(), shown, cover)


def _starts(length: int, side: int) -> Iterator[int]:
    """Where tiles begin along a length, the last one flush with its end."""
    if length <= side:
        yield 0
        return
    step = int(side * (1 - _OVERLAP))
    yield from range(0, length - side, step)
    yield length - side


def _at(tile: Box, scale: float) -> tuple[slice, slice]:
    """A tile of a scaled crop as rows and columns of the crop."""
    return (
        slice(int(tile.top / scale), int(np.ceil(tile.bottom / scale))),
        slice(int(tile.left / scale), int(np.ceil(tile.right / scale))),
    )
