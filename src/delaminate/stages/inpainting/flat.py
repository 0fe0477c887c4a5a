"""A hole in one flat colour: the colour itself, exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from delaminate.pixels import Rgb
from delaminate.stages.inpainting.palette import packed, unpacked

LEAST_RING = 24
"""Ring pixels without which nothing can be said about the surroundings."""

_NEAR = 3
"""Levels around the median within which a pixel belongs to the colour."""

_SHARE, _DEVIATION = 0.97, 0.75


def flat_colour(ring: Rgb, unit: int) -> NDArray[np.float32] | None:
    """The colour of flat surroundings.

    Parameters
    ----------
    ring : n×3, uint8 or uint16: the known pixels around the hole.
    unit : one 8-bit level in the ring's unit, 1 or 257.

    Returns
    -------
    NDArray | None
        float32 3, the commonest colour, when 97 % of the ring lie within 3 levels of its median and vary by less than
        0.75; None otherwise, and for fewer than 24 pixels.
    """
    if len(ring) < LEAST_RING:
        return None
    near = np.abs(ring.astype(np.float32) - np.median(ring, axis=0)).max(axis=1) <= _NEAR * unit
    if near.mean() < _SHARE or ring[near].std(axis=0).max() >= _DEVIATION * unit:
        return None
    numbers, often = np.unique(packed(ring[near]), return_counts=True)
    return np.asarray(unpacked(numbers[[often.argmax()]])[0])
