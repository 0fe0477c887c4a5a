"""A thin border that a mask stopped short of: a card's bevel, a sticker's outline, a sprite's dark line.

Along most of the outline there is then something a few pixels wide that the ground beside it is not, however that is
textured: its mean and its spread near by say what it is.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.lab import lab_of
from delaminate.pixels import Mask, Rgb, box_of

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

Plane = NDArray[np.float32]
Places = tuple[NDArray[np.intp], ...]
"""Rows and columns of n pixels."""


def rim_of(rgb: Rgb, mask: Mask, others: Mask) -> Mask:
    """The border of a thing that its mask lacks; H×W, empty where there is none.

    Parameters
    ----------
    rgb : H×W×3.
    mask, others : H×W, the thing and what else was found.

    Notes
    -----
    Some ten passes over the thing's box; what a pixel is, is asked along the outline alone.
    """
    nothing = np.zeros_like(mask)
    tight = box_of(mask)
    if tight is None:
        return nothing
    height, width = mask.shape
    room = tight.grown(24, width, height)
    scale = min(1.0, _LONGEST / max(room.width, room.height))
    size = (max(1, round(room.width * scale)), max(1, round(room.height * scale)))
    small = np.asarray(cv2.resize(rgb[room.slices], size, interpolation=cv2.INTER_AREA))
    thing, strange = _share(mask[room.slices], size) > 0.5, _share(others[room.slices], size) > 0
    away = cv2.distanceTransform((~thing).astype(np.uint8), cv2.DIST_L2, 5)
    ground = (away > _GROUND[0]) & (away <= _GROUND[1]) & ~strange
    at = np.nonzero((away > 0) & (away <= _BEGINS) & ~strange)
    near = away[at]
    counts = np.maximum(cv2.boxFilter(ground.astype(np.float32), -1, (_WINDOW, _WINDOW), normalize=False), 1)
    known = counts[at] >= _WINDOW
    second = (near > _SECOND[0]) & (near <= _SECOND[1]) & known
    if second.sum() < 30:
        return nothing
    off = _unlike(_seen(small, (away > 0) & (away <= _GROUND[1])), ground, counts, at)
    if float(off[second].mean()) < _ALONG:  # as most things are
        return nothing
    off &= ~_shaded(small.astype(np.float32), ground, counts, at)
    begins = (near > _GROUND[0]) & known
    if float(off[second].mean()) < _ALONG or float(off[begins].mean()) > _ENDED:
        return nothing
    border = np.zeros_like(thing)
    border[at] = off & (near <= _WIDEST)
    _, labels = cv2.connectedComponents((border | thing).astype(np.uint8), connectivity=8)
    border &= np.isin(labels, np.unique(labels[thing]))
    out = nothing
    full = cv2.resize(border.astype(np.float32), (room.width, room.height), interpolation=cv2.INTER_LINEAR) > 0.5
    out[room.slices] = full & ~mask[room.slices] & ~others[room.slices]
    return out


def _share(mask: Mask, size: tuple[int, int]) -> Plane:
    """How much of each pixel of a smaller copy a mask covers, h×w, 0..1."""
    if not mask.any():
        return np.zeros(size[::-1], np.float32)
    return np.asarray(cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA))


def _shaded(rgb: Plane, ground: Mask, counts: Plane, at: Places) -> Mask:
    """Whether pixels are the ground near them, only darker: a shadow, which is found by itself."""
    light = rgb[at] / np.maximum(_mean(rgb, ground, counts, at), 1)
    least, most = light.min(axis=1), light.max(axis=1)
    return np.asarray((most - least < _EVENLY) & (least > _DARKEST) & (most < 1))


def _seen(rgb: Rgb, where: Mask) -> Plane:
    """Colours (L*a*b*) and the sums of their squares, h×w×4; 0 where nobody asks, which is most of a thing's box."""
    out = np.zeros((*where.shape, 4), np.float32)
    lab = lab_of(rgb[where][None])[0]
    out[where] = np.column_stack((lab, np.square(lab).sum(axis=1)))
    return out


def _unlike(seen: Plane, ground: Mask, counts: Plane, at: Places) -> Mask:
    """Whether pixels are none of the ground near them."""
    mean, square = np.split(_mean(seen, ground, counts, at), [3], axis=1)
    spread = np.sqrt(np.maximum(square[:, 0] - np.square(mean).sum(axis=1), 0))
    return np.asarray(np.linalg.norm(seen[at][:, :3] - mean, axis=1) > np.maximum(_OFF, _SPREADS * spread))


def _mean(values: Plane, ground: Mask, counts: Plane, at: Places) -> Plane:
    """Means of h×w×c values over the ground near the n places `at`, n×c; `counts` is how much there is of it."""
    sums = cv2.boxFilter(values * ground[..., None], -1, (_WINDOW, _WINDOW), normalize=False)
    return np.asarray(sums.reshape(values.shape)[at] / counts[at][:, None])
