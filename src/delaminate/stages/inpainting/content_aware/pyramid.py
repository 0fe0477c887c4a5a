"""The picture at halving sizes, with what is hole, what is known and what may be copied at each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.compiled import in_bands
from delaminate.pixels import Mask, Rgb, as_eight_bit
from delaminate.stages.inpainting.content_aware.field import SCALE, Picture

_FEATURE = 3
"""The fourth channel is the blurred gradient magnitude times this: it tells textures of one colour apart."""

_FEATURE_MOST = 510 * SCALE
"""Keeps the sum of 49·4 squared differences within 32 bits."""

_BLOCK = 128
"""Rows worked on at a time, an even number; bounds the scratch memory."""


@dataclass(eq=False)
class Level:
    """One size of the picture.

    Parameters
    ----------
    picture : int16 H×W×4 in eighths of a level; without meaning where not `known`.
    hole : what is to be filled.
    known : pixels whose colours may be compared with; never in the hole, nor on what is unusable.
    whole : pixels all of whose originals may be copied.
    halvings : how often it was halved.
    """

    picture: Picture
    hole: Mask
    known: Mask
    whole: Mask
    halvings: int = 0


def _feature(grey: NDArray[Any], known: NDArray[np.uint8], size: int) -> NDArray[np.float32]:
    """Mean gradient magnitude over size×size known pixels, in steps."""
    inner = cv2.erode(known, np.ones((3, 3), np.uint8))
    slope = np.abs(cv2.Sobel(grey, cv2.CV_16S, 1, 0)) + np.abs(cv2.Sobel(grey, cv2.CV_16S, 0, 1))
    slope[inner == 0] = 0
    window = (size, size)
    share = cv2.blur(inner.astype(np.float32), window)
    return np.asarray(cv2.blur(slope.astype(np.float32), window) / np.maximum(share, np.float32(1e-3)))


def ground_level(
    rgb: Rgb, hole: Mask, usable: Mask, halvings: int, seen: Mask | None = None, workers: int | None = None
) -> Level:
    """The picture at its own size; the feature is blurred to suit a pyramid of `halvings` levels above it.

    `seen` is what may be compared with and not copied, beside what is `usable` for both; `workers` the most threads.
    """
    height, width = hole.shape
    picture = np.empty((height, width, 4), np.int16)
    whole = usable & ~hole
    known = whole if seen is None else (usable | seen) & ~hole
    size = min(max(5, 2**halvings + 1), 33)
    halo = size // 2 + 2

    def block(number: int, _: int) -> None:
        top = number * _BLOCK
        bottom, above = min(top + _BLOCK, height), max(top - halo, 0)
        near = slice(above, min(bottom + halo, height))
        grey = cv2.cvtColor(np.ascontiguousarray(as_eight_bit(rgb[near])), cv2.COLOR_RGB2GRAY)
        feature = _feature(grey, known[near].astype(np.uint8), size)[top - above : bottom - above]
        picture[top:bottom, :, :3] = _steps(rgb[top:bottom])
        picture[top:bottom, :, 3] = np.minimum(feature * _FEATURE, _FEATURE_MOST)

    _block_by_block(block, height, workers)
    return Level(picture, hole, known, whole)


def _steps(rgb: NDArray[Any]) -> NDArray[np.int16]:
    if rgb.dtype == np.uint8:
        return rgb.astype(np.int16) * np.int16(SCALE)
    return np.asarray(np.rint(rgb.astype(np.float32) * np.float32(SCALE / 257)).astype(np.int16))


def _half(array: NDArray[Any]) -> NDArray[Any]:
    """Means of 2×2; an odd last row or column is repeated."""
    height, width = array.shape[:2]
    if height % 2 or width % 2:
        array = cv2.copyMakeBorder(array, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
    half = cv2.resize(array, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA)
    return np.asarray(half)


def halved(level: Level, workers: int | None = None) -> Level:
    """The level at half its size: colours are means over known pixels, and a pixel is known when most of it was."""
    height, width = level.hole.shape
    shape = (height + 1) // 2, (width + 1) // 2
    picture = np.empty((*shape, 4), np.int16)
    hole, known, whole = (np.empty(shape, np.bool_) for _ in range(3))

    def block(number: int, _: int) -> None:
        top = number * _BLOCK
        rows = slice(top, min(top + _BLOCK, height))
        out = slice(top // 2, (rows.stop + 1) // 2)
        weight = level.known[rows].astype(np.float32)
        share = _half(weight)
        colour = _half(level.picture[rows].astype(np.float32) * weight[..., None])
        picture[out] = np.rint(colour / np.maximum(share, np.float32(0.25))[..., None])
        hole[out] = _half(level.hole[rows].astype(np.float32)) > 0.4
        known[out] = (share > 0.4) & ~hole[out]
        whole[out] = _half(level.whole[rows].astype(np.float32)) == 1

    _block_by_block(block, height, workers)
    return Level(picture, hole, known, whole, level.halvings + 1)


def _block_by_block(work: Callable[[int, int], None], height: int, workers: int | None) -> None:
    blocks = -(-height // _BLOCK)
    in_bands(work, blocks, blocks, workers)
