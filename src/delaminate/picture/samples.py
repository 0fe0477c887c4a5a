"""Sample values of any width to the two depths of a picture, 8 and 16 bits."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def scaled(values: NDArray[Any], bits: int) -> NDArray[Any]:
    """Whole numbers of `bits` bits, 1 to 16, at 8 bits where they fit in 8, else at 16; black and white stay so.

    Values are spread evenly and rounded: v · (2ⁿ − 1) / (2ᵇ − 1), as libpng and ImageMagick do it.
    """
    target, kind = (255, np.uint8) if bits <= 8 else (65535, np.uint16)
    if bits in (8, 16):
        return values.astype(kind, copy=False)
    top = (1 << bits) - 1
    table = ((np.arange(top + 1, dtype=np.uint64) * (2 * target) + top) // (2 * top)).astype(kind)
    found: NDArray[Any] = table[values]
    return found


def from_numbers(values: NDArray[Any]) -> tuple[NDArray[np.uint16], bool]:
    """Signed and wide integers and floats at 16 bits, and whether they had to be stretched.

    There is no agreed white: 0..65535 of integers and 0..1 of floats are taken as they are, any other range is
    stretched from its darkest to its brightest value. Not-a-number and infinity become black.
    """
    whole = values.dtype.kind in "iu"
    low, high = 0.0, 65535.0 if whole else 1.0
    if not whole:
        values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    darkest, brightest = float(values.min()), float(values.max())
    stretched = darkest < low or brightest > high
    if stretched:
        low, high = darkest, brightest
    elif whole:
        return values.astype(np.uint16), False
    step = 65535.0 / max(high - low, np.finfo(np.float64).tiny)
    found = np.empty(values.shape, np.uint16)
    for row in range(values.shape[0]):  # a row at a time: doubles of the whole picture would be four times as large
        found[row] = np.rint(np.clip((values[row].astype(np.float64) - low) * step, 0, 65535))
    return found, stretched


def straight(pixels: NDArray[Any]) -> NDArray[Any]:
    """H×W×4 with colours that were multiplied with their alpha divided by it again; clear pixels become black."""
    full = int(np.iinfo(pixels.dtype).max)
    found = np.empty_like(pixels)
    for row in range(pixels.shape[0]):
        colour, alpha = pixels[row, :, :3].astype(np.uint64), pixels[row, :, 3:].astype(np.uint64)
        found[row, :, :3] = np.minimum((colour * full + alpha // 2) // np.maximum(alpha, 1), full) * (alpha > 0)
    found[..., 3] = pixels[..., 3]
    return found


def white_taken_out(pixels: NDArray[Any]) -> NDArray[Any]:
    """H×W×4 with colours that were blended with white (Photoshop's merged picture) as they were before."""
    full = int(np.iinfo(pixels.dtype).max)
    found = np.empty_like(pixels)
    for row in range(pixels.shape[0]):
        colour, alpha = pixels[row, :, :3].astype(np.int64), pixels[row, :, 3:].astype(np.int64)
        ink = (full - colour) * full
        ink = np.minimum((ink + alpha // 2) // np.maximum(alpha, 1), full)
        found[row, :, :3] = (full - ink) * (alpha > 0)
    found[..., 3] = pixels[..., 3]
    return found
