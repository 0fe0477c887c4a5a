"""A hole in one flat colour: the colour itself, exactly."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaminate.stages.inpainting.content_aware.palette import packed, unpacked

LEAST_RING = 24
"""Ring pixels without which nothing can be said about the surroundings."""

_NEAR = 3
"""Levels around the median within which a pixel belongs to the colour."""

_CLEAN_SHARE, _CLEAN_DEVIATION = 0.97, 0.75
"""A clean ring: nearly all of it near, and hardly varying."""

_RINGING, _RINGING_SHARE, _NEAR_SHARE, _ONE_COLOUR = 16, 0.985, 0.8, 0.5
"""A flat ring after JPEG: half of it one very colour (no grain), most of it near, and no more than ringing beyond."""


def flat_colour(ring: NDArray[Any], unit: int) -> NDArray[np.float32] | None:
    """The colour of flat surroundings.

    Parameters
    ----------
    ring : n×3, uint8 or uint16: the known pixels around the hole.
    unit : one 8-bit level in the ring's unit, 1 or 257.

    Returns
    -------
    NDArray | None
        float32 3, the commonest colour, when the ring is flat as drawn or as JPEG leaves it; None otherwise, and for
        fewer than 24 pixels.
    """
    if len(ring) < LEAST_RING:
        return None
    away = np.abs(ring.astype(np.float32) - np.median(ring, axis=0)).max(axis=1)
    near = away <= _NEAR * unit
    if near.mean() < _NEAR_SHARE:
        return None
    numbers, often = np.unique(packed(ring[near]), return_counts=True)
    clean = near.mean() >= _CLEAN_SHARE and ring[near].std(axis=0).max() < _CLEAN_DEVIATION * unit
    compressed = often.max() >= _ONE_COLOUR * len(ring) and (away <= _RINGING * unit).mean() >= _RINGING_SHARE
    if not (clean or compressed):
        return None
    return np.asarray(unpacked(numbers[[often.argmax()]])[0])
