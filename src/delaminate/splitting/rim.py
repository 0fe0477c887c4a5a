"""A thin border that a mask stopped short of: a card's bevel, a sticker's outline, a sprite's dark line.

Along most of the outline there is then something a few pixels wide that the ground beside it is not, however that is
textured: its mean and its spread near by say what it is.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.pixels import Mask, Rgb, box_of, levels

_LONGEST = 1400
"""Longest side, in pixels, of the copy that is looked at."""
_SECOND = (1.5, 2.6)
"""How far from the mask a border shows, in pixels: the soft edge of a right mask is nearer."""
_WIDEST = 4.6
"""Widest border, in pixels."""
_GROUND = (6.0, 15.0)
"""From where to where beside the mask the ground is looked at, and its first pixels, which a border does not reach."""
_BEGINS = 8.0
_WINDOW = 23
"""Side of the window in which the ground's mean and spread are taken."""
_OFF, _SPREADS = 7.0, 3.0
"""Difference of colour (CIE76), and spreads of the ground, from which a pixel is none of it."""
_EVENLY, _DARKEST = 0.12, 0.3
"""How far apart the shares of light are that a shadow leaves of the channels, and the least that it leaves."""
_ALONG, _ENDED = 0.5, 0.2
"""Least share of the outline that has a border, and most of it that has one still where the ground begins."""


def rim_of(rgb: Rgb, mask: Mask, others: Mask) -> Mask:
    """The border of a thing that its mask lacks; H×W, empty where there is none.

    Parameters
    ----------
    rgb : H×W×3.
    mask, others : H×W, the thing and what else was found.

    Notes
    -----
    Some twenty passes over the thing's box.
    """
    nothing = np.zeros_like(mask)
    tight = box_of(mask)
    if tight is None:
        return nothing
    height, width = mask.shape
    room = tight.grown(24, width, height)
    scale = min(1.0, _LONGEST / max(room.width, room.height))
    size = (max(1, round(room.width * scale)), max(1, round(room.height * scale)))
    small = cv2.resize(rgb[room.slices], size, interpolation=cv2.INTER_AREA).astype(np.float32)
    lab = np.asarray(cv2.cvtColor(small / np.float32(levels(rgb)), cv2.COLOR_RGB2LAB), np.float32)
    thing = cv2.resize(mask[room.slices].astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.5
    strange = cv2.resize(others[room.slices].astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0
    away = cv2.distanceTransform((~thing).astype(np.uint8), cv2.DIST_L2, 5)
    ground = (away > _GROUND[0]) & (away <= _GROUND[1]) & ~strange
    off, known = _unlike(lab, ground)
    off &= ~_shaded(small, ground)
    second = (away > _SECOND[0]) & (away <= _SECOND[1]) & known & ~strange
    begins = (away > _GROUND[0]) & (away <= _BEGINS) & known & ~strange
    if second.sum() < 30 or float(off[second].mean()) < _ALONG or float(off[begins].mean()) > _ENDED:
        return nothing
    border = off & (away > 0) & (away <= _WIDEST) & ~strange
    _, labels = cv2.connectedComponents((border | thing).astype(np.uint8), connectivity=8)
    border &= np.isin(labels, np.unique(labels[thing]))
    out = nothing
    full = cv2.resize(border.astype(np.float32), (room.width, room.height), interpolation=cv2.INTER_LINEAR) > 0.5
    out[room.slices] = full & ~mask[room.slices] & ~others[room.slices]
    return out


def _shaded(rgb: NDArray[np.float32], ground: Mask) -> Mask:
    """Where a pixel is the ground near it, only darker: a shadow, which is found by itself."""
    counts = ground.astype(np.float32)[..., None]
    weight = np.maximum(cv2.boxFilter(counts, -1, (_WINDOW, _WINDOW), normalize=False), 1)[..., None]
    mean = cv2.boxFilter(rgb * counts, -1, (_WINDOW, _WINDOW), normalize=False) / weight
    light = rgb / np.maximum(mean, 1)
    return np.asarray((np.ptp(light, axis=2) < _EVENLY) & (light.min(axis=2) > _DARKEST) & (light.max(axis=2) < 1))


def _unlike(lab: NDArray[np.float32], ground: Mask) -> tuple[Mask, Mask]:
    """Where a pixel is none of the ground near it, and where there is enough ground to tell."""
    counts = ground.astype(np.float32)
    window = (_WINDOW, _WINDOW)
    weight = cv2.boxFilter(counts, -1, window, normalize=False)
    safe = np.maximum(weight, 1)
    mean = cv2.boxFilter(lab * counts[..., None], -1, window, normalize=False) / safe[..., None]
    square = cv2.boxFilter(np.square(lab).sum(axis=2) * counts, -1, window, normalize=False) / safe
    spread = np.sqrt(np.maximum(square - np.square(mean).sum(axis=2), 0))
    known = np.asarray(weight >= _WINDOW)
    return np.asarray((np.linalg.norm(lab - mean, axis=2) > np.maximum(_OFF, _SPREADS * spread)) & known), known
