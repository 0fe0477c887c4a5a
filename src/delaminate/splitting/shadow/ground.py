"""What the ground under a shadow would be without it, guessed from the lit ground around: for grounds that are even."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.pixels import Colour, Mask
from delaminate.splitting.shadow.view import SIDE

BLACK = 8.0
"""Levels that full shade leaves, whatever lies in it: between those of drawn shadows and of photographed ones."""
EVEN, POWER = 0.12, 4
"""Unevenness, as a share of the ground's levels, at which the guess counts half, and how fast it counts less beyond."""
NEIGHBOURHOOD = 7.0
"""Deviation, in pixels of the copy, over which the lit ground is followed where it is neither flat nor graded."""
COMMON = 0.3
"""Share of a row or column that must be lit to tell how it goes on."""
LEAST = 200
"""Fewest pixels of lit ground that are enough for a guess."""

Plane = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class LitGround:
    """A guess at the ground as it would be lit.

    Parameters
    ----------
    colours : h×w×3, levels.
    off : h×w×3, by which share of the guess the ground that is lit differs from it.
    lit : h×w, where that is known.
    """

    colours: Colour
    off: Colour
    lit: Mask

    def trust(self, over: float) -> float:
        """How much the guess is worth, 0..1, where colours are averaged with a deviation of `over` pixels."""
        return 1 / (1 + (self.unevenness(over) / EVEN) ** POWER)

    def unevenness(self, over: float) -> float:
        """By which share the lit ground usually differs from the guess, averaged likewise."""
        weight = self.lit.astype(np.float32)
        inside = self.lit & (blurred(weight, over) > 0.6)
        off = np.abs(averaged(self.off, weight, over)).mean(axis=2)[inside if int(inside.sum()) >= 50 else self.lit]
        return 1.4826 * float(np.median(off)) + 0.3 * float(np.percentile(off, 95))


def lit_ground(seen: Colour, lit: Mask, larger: float = 1.0) -> LitGround | None:
    """The ground's colours (h×w×3, levels), followed from where it is `lit`.

    They are a curved surface, what rows and columns have in common (horizons, planks, tiles), and what differs nearby.
    None where too little is lit. The copy is `larger` than the network's.
    """
    if int(lit.sum()) < LEAST:
        return None
    rows, columns = np.mgrid[0 : lit.shape[0], 0 : lit.shape[1]].astype(np.float32) / (SIDE * larger)
    terms = np.stack([np.ones_like(rows), columns, rows, columns**2, columns * rows, rows**2], axis=-1)
    every = tuple(_robust(terms[lit], seen[..., k][lit]) for k in range(3))
    surface = np.einsum("...i,ki->...k", terms, np.stack(every))
    for axis in (1, 0):
        surface = surface + _common(seen - surface, lit, axis)
    weight, over = lit.astype(np.float32), NEIGHBOURHOOD * larger
    nearby = blurred((seen - surface) * weight[..., None], over)
    colours = surface + nearby / (blurred(weight, over)[..., None] + np.float32(0.02))
    off = (seen - colours) / np.maximum(colours, 20)
    return LitGround(np.asarray(colours, np.float32), np.asarray(off, np.float32), lit)


def gone_between(seen: Colour, whole: Colour) -> Colour:
    """The logarithm of the light that is gone where a ground of the colours `whole` shows those of `seen`."""
    share = np.clip((whole - seen) / np.maximum(whole - BLACK, 10), -0.5, 0.9)
    return np.asarray(-np.log(1 - share), np.float32)


def blurred(field: Plane, over: float) -> Plane:
    """Averages with a deviation of `over` pixels; h×w or h×w×n."""
    return np.asarray(cv2.GaussianBlur(np.ascontiguousarray(field, np.float32), (0, 0), over))


def averaged(field: Plane, weight: Plane, over: float) -> Plane:
    """Averages (h×w×n) with a deviation of `over` pixels of what has weight (h×w); 0 far from everything that has."""
    shares = np.maximum(blurred(weight, over), np.float32(1e-3))[..., None]
    return np.asarray(blurred(field * weight[..., None], over) / shares, np.float32)


def _common(off: Colour, lit: Mask, axis: int) -> Colour:
    """What most lit pixels along an axis are off by; nothing where few are lit."""
    enough = lit.sum(axis=axis) >= COMMON * lit.shape[axis]
    middle = np.zeros((len(enough), 3), np.float32)
    if enough.any():
        along = np.where(lit[..., None], off, np.float32(np.nan))
        some = along[enough] if axis else along[:, enough].transpose(1, 0, 2)
        middle[enough] = _medians(some, lit.sum(axis=axis)[enough])
    return np.expand_dims(middle, axis)


def _medians(values: Plane, counts: NDArray[np.int64]) -> Plane:
    """Medians (n×3) of n×m×3 values, of each n so many and the rest NaN; ten times as quick as `numpy.nanmedian`."""
    ordered, every = np.sort(values, axis=1), np.arange(len(values))
    return np.asarray((ordered[every, (counts - 1) // 2] + ordered[every, counts // 2]) / np.float32(2), np.float32)


def _robust(terms: Plane, values: Plane) -> Plane:
    """Coefficients of a surface through most of the values (iteratively reweighted least squares, Huber's weights)."""
    weight, found = np.ones(len(values), np.float32), np.zeros(terms.shape[1], np.float32)
    for _ in range(4):
        # By einsum, as BLAS would keep a second core busy with waiting.
        weighted = (terms * weight[:, None]).astype(np.float64)
        square, right = np.einsum("ni,nj->ij", weighted, weighted), np.einsum("ni,n->i", weighted, values * weight)
        found = np.linalg.lstsq(square, right, rcond=None)[0].astype(np.float32)
        off = np.abs(values - np.einsum("ni,i->n", terms, found))
        spread = 1.4826 * np.median(off) + 1e-2
        weight = (1 / np.sqrt(np.maximum(1, off / (1.5 * spread)))).astype(np.float32)
    return found
