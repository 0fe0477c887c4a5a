"""What the network of shadows sees of a thing and the ground around it, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.pixels import Colour, Mask, box_of

SIDE = 128
"""Pixels a side of what the network sees."""
DARK = 12.0
"""Levels added before taking logarithms, so that noise in black does not count."""
FAR = 0.4
"""Distance, in lengths of the thing, from which the ground counts as lit."""

Plane = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class View:
    """A thing and its surroundings, `height` × `width` of SIDE × SIDE pixels, the rest empty.

    Parameters
    ----------
    planes : float32, 7 × SIDE × SIDE: colour beside that of the ground far away (logarithms), thing, other things,
        ground, and how bright that ground is.
    near : height × width, the thing with its rim.
    ground : height × width, what is neither thing nor other thing.
    """

    planes: Plane
    near: Mask
    ground: Mask


def size_of(height: int, width: int) -> tuple[int, int]:
    """Width and height of the copy that the network sees."""
    scale = SIDE / max(height, width)
    return max(8, min(SIDE, round(width * scale))), max(8, min(SIDE, round(height * scale)))


def view_of(small: Colour, thing: Plane, theirs: Plane) -> View | None:
    """What the network sees; None where there is no ground or no thing.

    Parameters
    ----------
    small : height × width × 3, a copy of at most SIDE pixels a side, levels 0..255.
    thing, theirs : height × width, the share that the thing and that others have of each pixel.
    """
    height, width = thing.shape
    solid = thing > 0.5
    spread = box_of(solid)
    square = np.ones((3, 3), np.uint8)
    near = np.asarray(cv2.dilate((thing > 0.02).astype(np.uint8), square) > 0)
    ground = np.asarray(~near & ~(cv2.dilate((theirs > 0.02).astype(np.uint8), square) > 0))
    if spread is None or int(ground.sum()) < 50:
        return None
    away = cv2.distanceTransform((~solid).astype(np.uint8), cv2.DIST_L2, 5)
    far = ground & (away > min(FAR * max(spread.width, spread.height), 0.6 * float(away[ground].max())))
    if int(far.sum()) < 30:
        return None
    logs = np.log(small + np.float32(DARK))
    usual = np.median(logs[far], axis=0).astype(np.float32)
    planes = np.zeros((7, SIDE, SIDE), np.float32)
    planes[:3, :height, :width] = np.where(ground[..., None], np.clip(logs - usual, -2, 2), 0).transpose(2, 0, 1)
    planes[3, :height, :width] = thing
    planes[4, :height, :width] = theirs
    planes[5, :height, :width] = ground
    planes[6, :height, :width] = usual.mean() - 4.5
    return View(planes, near, ground)
