"""The integer solve: the colours that make layer over background equal the picture, bit for bit.

For straight alpha a ≥ 1 out of M levels, the flattened value is C exactly when

    |a·F + (M − a)·B − M·C| ≤ (M − 1)/2          (round half away is never met: M is odd)

so the integers F that reproduce C are those of an interval of length (M − 1)/a ≥ 1: one always exists over the
integers, and only the range 0..M can rule it out.  Where it does, in this order: move B (ours to choose under the
layer) by a few levels, then raise alpha to the least value that leaves an F in range.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.errors import BadArray
from delaminate.pixels import Alpha, Colour, Rgb, Rgba, check_alpha, levels

Wide = NDArray[np.int64]

MOVE = 6
"""How far, in 8-bit levels, the background may move under a layer to keep the layer's colour."""


@dataclass(frozen=True, eq=False)
class Solved:
    """`layer` (H×W×4) over `under` (H×W×3) is the picture; `under` differs from what was asked only where alpha > 0."""

    layer: Rgba
    under: Rgb


def _ceil_div(a: Wide, b: Wide) -> Wide:
    return -((-a) // b)


def _range(full: int, weight: Wide, other: Wide, other_weight: Wide, picture: Wide) -> tuple[Wide, Wide]:
    """Smallest and largest integer x with |weight·x + other_weight·other − full·picture| ≤ (full − 1)/2."""
    slack = (full - 1) // 2
    rest = full * picture - other_weight * other
    safe = np.maximum(weight, 1)
    return _ceil_div(rest - slack, safe), (rest + slack) // safe


def _least_alpha(full: int, picture: Wide, under: Wide) -> Wide:
    """Least alpha for which some F in 0..full reproduces the picture over `under`; N, the maximum over channels."""
    slack = (full - 1) // 2
    up = _ceil_div(full * (picture - under) - slack, np.maximum(full - under, 1))
    down = _ceil_div(full * (under - picture) - slack, np.maximum(under, 1))
    need = np.where(picture > under, up, np.where(picture < under, down, 0))
    return np.asarray(np.clip(need, 0, full).max(axis=-1))


def least_alpha(picture: Rgb, under: Rgb) -> Alpha:
    """The least alpha with which some colour over `under` gives the picture: float32 H×W, 0..1; both are H×W×3."""
    full = levels(picture)
    return _least_alpha(full, picture.astype(np.int64), under.astype(np.int64)).astype(np.float32) / np.float32(full)


def solve(picture: Rgb, under: Rgb, alpha: Alpha, foreground: Colour, move: int | None = None) -> Solved:
    """Find the layer that, over `under`, gives the picture back.

    Parameters
    ----------
    picture : H×W×3, uint8 or uint16: what must come out.
    under : the same shape and dtype: the filled background. Where alpha rounds to 0 it is set to the picture.
    alpha : float32 H×W, 0..1.
    foreground : float32 H×W×3 in levels: the colour wanted for the layer.
    move : how far, in levels, the background may move under the layer to keep its colour; None for `MOVE` 8-bit
        levels, 0 where the background is so smooth that any move would show.

    Returns
    -------
    Solved
        Exact for every input. Colours stay as near to `foreground` as exactness allows.

    Notes
    -----
    Only pixels that are covered in part are computed: about 300 bytes of scratch each.
    """
    full = levels(picture)
    check_alpha(alpha, picture.shape)
    if under.shape != picture.shape or under.dtype != picture.dtype or foreground.shape != picture.shape:
        raise BadArray("picture, under and foreground must have one shape, picture and under one dtype")
    step = MOVE * full // 255 if move is None else move
    a_all = np.rint(alpha * np.float32(full)).astype(picture.dtype)
    clear = a_all == 0
    below = under.copy()
    cv2.copyTo(picture, clear.view(np.uint8), below)
    # Where nothing shows through, the picture's own colour gives it back, and no other does.
    layer = cv2.merge([*cv2.split(cv2.copyTo(picture, (~clear).view(np.uint8))), a_all])
    mixed = ~(clear | (a_all == full))
    # A stripe at a time, so that scratch stays small for a layer as large as the picture.
    rows = max(1, (1 << 19) // max(1, alpha.shape[1]))
    for top in range(0, alpha.shape[0], rows):
        cut = slice(top, top + rows)
        where = np.nonzero(mixed[cut])
        if where[0].size == 0:
            continue
        part = _solve_flat(
            full,
            step,
            picture[cut][where].astype(np.int64),
            below[cut][where].astype(np.int64),
            a_all[cut][where].astype(np.int64),
            foreground[cut][where],
        )
        colour, behind, a = part
        stripe = layer[cut]
        stripe[where[0], where[1], :3] = colour
        stripe[where[0], where[1], 3] = a
        below[cut][where] = behind
    return Solved(layer, below)


def beneath(picture: Rgb, layer: Rgba) -> tuple[Rgb, NDArray[np.bool_]]:
    """The opaque background that under given layer pixels gives the picture.

    Parameters
    ----------
    picture : N×3, uint8 or uint16.
    layer : N×4 of the same depth, alpha below full.

    Returns
    -------
    under, possible
        N×3 of the same dtype, and N bool: False where no background does.
    """
    full = levels(picture)
    wide, alpha = picture.astype(np.int64), layer[:, 3:].astype(np.int64)
    over = layer[:, :3].astype(np.int64)
    low, high = _range(full, full - alpha, over, alpha, wide)
    low, high = np.maximum(low, 0), np.minimum(high, full)
    ideal = np.rint((full * wide - alpha * over) / np.maximum(full - alpha, 1)).astype(np.int64)
    possible: NDArray[np.bool_] = np.all(low <= high, axis=1) & (layer[:, 3] < full)
    return np.clip(np.clip(ideal, low, np.maximum(high, low)), 0, full).astype(picture.dtype), possible


def _solve_flat(
    full: int, move: int, c: Wide, b: Wide, a: Wide, wanted: NDArray[np.float32]
) -> tuple[Wide, Wide, Wide]:
    """The solve over N pixels: c, b N×3, a N ≥ 1, wanted N×3. Returns colour N×3, background N×3, alpha N."""
    ideal = np.rint(np.nan_to_num(np.clip(wanted, 0, full))).astype(np.int64)
    low, high = _range(full, a[:, None], b, full - a[:, None], c)
    low, high = np.maximum(low, 0), np.minimum(high, full)
    colour = np.clip(ideal, low, np.maximum(high, low))
    bad: NDArray[np.intp] = np.flatnonzero(np.any(low > high, axis=1))
    if bad.size:
        colour[bad], b[bad], a[bad] = _repair(full, move, c[bad], b[bad], a[bad], ideal[bad])
    return colour, b, a


def _repair(full: int, move: int, c: Wide, b: Wide, a: Wide, ideal: Wide) -> tuple[Wide, Wide, Wide]:
    """Pixels where no colour in range reproduces the picture, so none is opaque: move the background a little, else
    raise alpha."""
    low, high = _range(full, a[:, None], b, full - a[:, None], c)
    low, high = np.maximum(low, 0), np.minimum(high, full)
    colour = np.where(low <= high, np.clip(ideal, low, np.maximum(high, low)), np.clip(low, 0, full))
    # With the colour at the end of its range, which backgrounds work?
    b_low, b_high = _range(full, full - a[:, None], colour, a[:, None], c)
    b_low, b_high = np.maximum(b_low, 0), np.minimum(b_high, full)
    moved = np.clip(b, b_low, np.maximum(b_high, b_low))
    fits = ((b_low <= b_high) & (np.abs(moved - b) <= move)).all(axis=1)
    b = np.where(fits[:, None], moved, b)
    a = np.where(fits, a, np.maximum(a, _least_alpha(full, c, b)))
    low, high = _range(full, a[:, None], b, full - a[:, None], c)
    low, high = np.maximum(low, 0), np.minimum(high, full)
    colour = np.clip(ideal, low, np.maximum(high, low))
    failed: NDArray[np.bool_] = np.any(low > high, axis=1)
    a = np.where(failed, full, a)
    return np.where(failed[:, None], c, colour), b, a
