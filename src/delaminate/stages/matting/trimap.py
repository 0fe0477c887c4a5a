"""Mask → trimap: what is surely the thing, what is surely not, and the band between where alpha is to be found."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from delaminate.compiled import Core, in_bands, library, pointer
from delaminate.compiled.components import components
from delaminate.pixels import Alpha, Mask, Rgb

Trimap: TypeAlias = NDArray[np.uint8]
"""uint8 H×W: `BACKGROUND`, `UNKNOWN` or `FOREGROUND`."""

Codes: TypeAlias = NDArray[Any]
"""uint32 or uint64 H×W: see `codes`."""

BACKGROUND, UNKNOWN, FOREGROUND = 0, 1, 2

_RIDGE = 0.6
"""Share of its local half-thickness a stroke thinner than the band loses to the band; the rest is its inner ridge."""

_CLEAR = 0.75
"""Share of a flat region that must lie on one side of the mask's edge for the mask to decide about it."""

_SETTLED = 0.2
"""How far from 0 or 1 alpha may be where the band ends before the band counts as too narrow there."""


def grown(mask: Mask, reach: int) -> Mask:
    """`mask` and everything within `reach` pixels of it, diagonal steps counting as one."""
    import cv2

    kernel = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    return np.asarray(cv2.dilate(mask.view(np.uint8), kernel)).view(np.bool_)


def _round(mask: Mask, reach: int) -> Mask:
    """`mask` and everything within a distance of `reach` pixels."""
    import cv2

    if not mask.any():
        return mask

    apart = cv2.distanceTransform((~mask).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    return np.asarray(apart <= reach)


def _both(work: Callable[[Mask], NDArray[Any]], first: Mask, second: Mask) -> list[NDArray[Any]]:
    """What becomes of two masks, worked out side by side."""
    out = [first, second]

    def one(start: int, stop: int) -> None:
        out[start:stop] = [work(mask) for mask in (first, second)[start:stop]]

    in_bands(one, 2, 2)
    return out


def depth(mask: Mask) -> Alpha:
    """Distance of every pixel to the other side of the mask's edge, in pixels; float32 H×W."""
    import cv2

    def within(side: Mask) -> NDArray[Any]:
        return np.asarray(cv2.distanceTransform(side.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5))

    return np.asarray(sum(_both(within, mask, ~mask)), np.float32)


def _core(inside: Mask, radius: float) -> Mask:
    """Pixels deeper inside than `radius`, and the inner ridge of whatever is thinner than that."""
    import cv2

    depth = cv2.distanceTransform(inside.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    reach = 2 * int(np.ceil(radius)) + 1
    thickness = cv2.dilate(depth, np.ones((reach, reach), np.uint8))
    return np.asarray(depth > np.minimum(np.float32(radius), np.float32(_RIDGE) * thickness))


def band(mask: Mask, radius: float) -> Trimap:
    """The band of `radius` pixels on both sides of the edge of `mask` (H×W, bool).

    No part of the mask, and no gap in it, is lost to the band however thin it is.
    """
    trimap = np.full(mask.shape, UNKNOWN, np.uint8)
    foreground, background = _both(lambda side: _core(side, radius), mask, ~mask)
    trimap[foreground] = FOREGROUND
    trimap[background] = BACKGROUND
    return trimap


def codes(rgb: Rgb) -> Codes:
    """One integer per colour of H×W×3 `rgb`, so that colours are compared at once."""
    bits = 8 * rgb.dtype.itemsize
    wide = np.uint32 if bits == 8 else np.uint64
    code: Codes = rgb[..., 0].astype(wide)
    for channel in (1, 2):
        code <<= wide(bits)
        code |= rgb[..., channel]
    return code


def flat(code: Codes) -> Mask:
    """Pixels that lie in a 2×2 block of one exact colour: no mixed pixel along an edge does. `code` is of `codes`."""
    level = code[:, 1:] == code[:, :-1]
    same = level[1:] & level[:-1] & (code[1:, :-1] == code[:-1, :-1])
    inside: Mask = np.zeros(code.shape, np.bool_)
    for rows in (np.s_[:-1], np.s_[1:]):
        for columns in (np.s_[:-1], np.s_[1:]):
            inside[rows, columns] |= same
    return inside


def flat_regions(code: Codes, where: Mask, core: Core = "auto") -> NDArray[np.int32]:
    """Number the 4-connected regions of one exact colour among the pixels `where`, from 1; 0 elsewhere; H×W."""
    right, below = code[:, 1:] == code[:, :-1], code[1:] == code[:-1]
    number = np.zeros(where.shape, np.int32)
    compiled = library("regions", core)
    if compiled is not None:
        asked = np.ascontiguousarray(where)
        run = compiled.delaminate_regions_number
        run.argtypes = [*(ctypes.c_void_p,) * 3, *(ctypes.c_int64,) * 2, ctypes.c_void_p]
        run(pointer(asked), pointer(right), pointer(below), *where.shape, pointer(number))
        return number
    here: NDArray[np.int64] = np.flatnonzero(where)
    number.ravel()[here] = np.arange(here.size, dtype=np.int32)
    first, second = [], []
    for a, b, level in ((np.s_[:, :-1], np.s_[:, 1:], right), (np.s_[:-1], np.s_[1:], below)):
        joined = where[a] & where[b] & level
        first.append(number[a][joined])
        second.append(number[b][joined])
    number.ravel()[here] = components(here.size, np.concatenate(first), np.concatenate(second)) + 1
    return number


def settle_flat(code: Codes, trimap: Trimap, mask: Mask, pure: Mask) -> Trimap:
    """Make known what has one exact colour, for that holds no mixture: graphics stay crisp and the band gets smaller.

    A region that reaches known foreground only, or known background only, is that. One that reaches neither, such as
    the outline of a drawing, is what the mask mostly says, if it says so clearly. `pure` is `flat(code)`.
    """
    regions = flat_regions(code, grown(trimap == UNKNOWN, 1) & pure).ravel()
    where: NDArray[np.int64] = np.flatnonzero(regions)
    of, given = regions[where], trimap.ravel()[where]
    size = np.bincount(of)
    reaches = {k: np.bincount(of[given == k], minlength=size.size) > 0 for k in (BACKGROUND, FOREGROUND)}
    alone = ~reaches[BACKGROUND] & ~reaches[FOREGROUND]
    inside = np.bincount(of[mask.ravel()[where]], minlength=size.size) / np.maximum(size, 1)
    says = {BACKGROUND: inside <= 1 - _CLEAR, FOREGROUND: inside >= _CLEAR}
    settled = trimap.copy()
    for known, other in ((BACKGROUND, FOREGROUND), (FOREGROUND, BACKGROUND)):
        only = (reaches[known] & ~reaches[other]) | (alone & says[known])
        settled.ravel()[where[(given == UNKNOWN) & only[of]]] = known
    return settled


def _rim(trimap: Trimap, alpha: Alpha, known: int) -> Mask:
    """Unknown pixels beside `known` ones whose alpha has not settled to theirs."""
    off = np.abs(alpha - np.float32(known == FOREGROUND)) > _SETTLED
    return np.asarray(off & (trimap == UNKNOWN) & grown(trimap == known, 1))


def widened(trimap: Trimap, alpha: Alpha, reach: int) -> Trimap:
    """The band grown by `reach` pixels wherever alpha has not settled at its rim: hair, fuzz, or a mask that is off."""
    wider = trimap.copy()
    known = trimap == BACKGROUND, trimap == FOREGROUND

    def unsettled(side: Mask) -> Mask:
        return _round(_rim(trimap, alpha, BACKGROUND if side is known[0] else FOREGROUND), reach) & side

    for found in _both(unsettled, *known):
        wider[found] = UNKNOWN
    if not (wider == FOREGROUND).any():
        wider[trimap == FOREGROUND] = FOREGROUND
    return wider


def narrowed(trimap: Trimap, alpha: Alpha, first: Trimap, reach: int) -> Trimap:
    """Take back foreground of the `first` trimap within `reach` pixels of where alpha still has not settled to 1.

    There the picture does not tell thing from background (same colours on both sides), so the mask decides.
    """
    lost = _round(_rim(trimap, alpha, FOREGROUND), reach) & (first == FOREGROUND)
    back = trimap.copy()
    back[lost] = FOREGROUND
    return back
