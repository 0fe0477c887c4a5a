"""Flat colours near the hole come back exactly flat: fills that come close to one are moved onto it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.pixels import Mask, Rgb

_LEAST_SHARE = 0.3
"""Below this share of flat pixels the picture is no drawing."""

_MOST_COLOURS = 64
_NEAR = 6
"""Levels of 8 bits within which a colour is taken for the palette's."""


def packed(colours: Rgb) -> NDArray[np.int64]:
    """n×3 integers as one number each, for counting."""
    wide = colours.astype(np.int64)
    return np.asarray(wide[:, 0] << 32 | wide[:, 1] << 16 | wide[:, 2])


def unpacked(numbers: NDArray[np.int64]) -> NDArray[np.float32]:
    """The n×3 colours of packed numbers."""
    return np.stack([numbers >> 32, numbers >> 16 & 0xFFFF, numbers & 0xFFFF], axis=-1).astype(np.float32)


def palette(rgb: Rgb, known: Mask) -> NDArray[np.float32]:
    """The flat colours of a drawing.

    Parameters
    ----------
    rgb : H×W×3, the surroundings of the hole.
    known : H×W, pixels that count.

    Returns
    -------
    NDArray
        float32 n×3, at most 64 colours, each at least 1 % of the flat pixels; n is 0 for photographs. A pixel is flat
        when its eight neighbours have its very colour.
    """
    kernel = np.ones((3, 3), np.uint8)
    spread: Rgb = np.asarray(cv2.absdiff(cv2.dilate(rgb, kernel), cv2.erode(rgb, kernel)), rgb.dtype)
    flat = (spread[..., 0] | spread[..., 1] | spread[..., 2] == 0) & (cv2.erode(known.astype(np.uint8), kernel) > 0)
    count = int(np.count_nonzero(flat))
    if count <= _LEAST_SHARE * np.count_nonzero(known):
        return np.empty((0, 3), np.float32)
    numbers, often = np.unique(packed(rgb[flat]), return_counts=True)
    return unpacked(numbers[often > max(50, 0.01 * count)][:_MOST_COLOURS])


def snapped(colours: NDArray[np.float32], to: NDArray[np.float32], unit: int) -> NDArray[np.float32]:
    """The colours, n×3, with those within 6 levels of a palette colour moved onto it; `unit` is one 8-bit level."""
    least = np.full(len(colours), np.float32(_NEAR * unit))
    out = colours.copy()
    for colour in to:
        distance = np.abs(colours - colour).max(axis=1)
        nearer = distance < least
        least[nearer] = distance[nearer]
        out[nearer] = colour
    return out
