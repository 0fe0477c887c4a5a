"""The picture at the size segmentation thinks at, with the maps every method reads."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.lab import lab_of
from delaminate.pixels import Box, Mask, Rgb, as_eight_bit, box_of

LONG_SIDE = 400
"""Pixels of the longer side. Finding needs no more; matting brings the full size back."""


@dataclass(frozen=True, eq=False)
class View:
    """The picture at thinking size.

    Parameters
    ----------
    width, height : of the full picture, pixels.
    rgb : uint8 h×w×3.
    lab : float32 h×w×3, CIE L*a*b* of `rgb` (L 0..100, a and b about ±100).
    gradient : float32 h×w, Sobel magnitude of the strongest Lab channel after a σ = 0.8 blur, in Lab units per pixel.
    """

    width: int
    height: int
    rgb: NDArray[np.uint8]
    lab: NDArray[np.float32]
    gradient: NDArray[np.float32]

    @property
    def shape(self) -> tuple[int, int]:
        return self.rgb.shape[0], self.rgb.shape[1]

    def enlarged(self, mask: Mask) -> tuple[Box, Mask] | None:
        """A mask of this view at full size, cropped to its box, its staircase smoothed away; None if it is empty."""
        small = box_of(mask)
        if small is None:
            return None
        h, w = self.shape
        if (h, w) == (self.height, self.width):
            return small, np.ascontiguousarray(mask[small.slices])
        near = small.grown(2, w, h)
        sx, sy = self.width / w, self.height / h
        box = Box(
            round(near.left * sx),
            round(near.top * sy),
            max(round(near.right * sx), round(near.left * sx) + 1),
            max(round(near.bottom * sy), round(near.top * sy) + 1),
        )
        soft = cv2.resize(mask[near.slices].astype(np.float32), (box.width, box.height), interpolation=cv2.INTER_CUBIC)
        full = np.asarray(soft > 0.5)
        tight = box_of(full)
        if tight is None:
            return None
        return tight.shifted(box.left, box.top), np.ascontiguousarray(full[tight.slices])

    def reduced(self, mask: Mask, share: float = 0.5) -> Mask:
        """A full-size mask at this view's size: True where more than `share` of the pixels below are."""
        if mask.shape == self.shape:
            return mask
        h, w = self.shape
        return np.asarray(cv2.resize(mask.astype(np.float32), (w, h), interpolation=cv2.INTER_AREA) > share)


def gradient_of(lab: NDArray[np.float32], sigma: float = 0.8) -> NDArray[np.float32]:
    """Sobel magnitude of the strongest channel, Lab units per pixel; float32 h×w."""
    strongest = np.zeros(lab.shape[:2], np.float32)
    for channel in range(3):
        plane = cv2.GaussianBlur(lab[..., channel], (0, 0), sigma)
        slope = np.hypot(cv2.Sobel(plane, cv2.CV_32F, 1, 0), cv2.Sobel(plane, cv2.CV_32F, 0, 1)) / 8
        np.maximum(strongest, slope, out=strongest)
    return strongest


def view_of(rgb: Rgb, long_side: int = LONG_SIDE) -> View:
    """A H×W×3 picture with its longer side at `long_side` pixels; small ones are enlarged, at most four times."""
    height, width = rgb.shape[:2]
    scale = min(4.0, long_side / max(height, width))
    small = as_eight_bit(rgb)
    if scale != 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        small = np.asarray(cv2.resize(small, size, interpolation=how), np.uint8)
    small = np.ascontiguousarray(small)
    lab = lab_of(small)
    return View(width, height, small, lab, gradient_of(lab))
