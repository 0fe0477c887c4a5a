"""What the picture looks like where nothing stands: a smooth colour field fitted robustly to a band of pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from delaminate.pixels import Mask

Floats = NDArray[np.float32]
_MOST = 6000
"""Pixels a fit looks at; more change nothing."""


@dataclass(frozen=True, eq=False)
class Backdrop:
    """A fitted field.

    Parameters
    ----------
    distance : float32 h×w, Lab distance of every pixel from the field.
    tolerance : distance up to which a pixel counts as backdrop, Lab units (3..14).
    share : share of the band that the field explains, 0..1; low for photographs and patterns.
    """

    distance: Floats
    tolerance: float
    share: float


def powers(y: Floats, x: Floats, degree: int) -> NDArray[np.float64]:
    """Monomials of x and y up to a degree of 0, 1 or 2; float64 with the monomials last."""
    columns = [np.ones_like(x)]
    if degree >= 1:
        columns += [x, y]
    if degree >= 2:
        columns += [x * x, x * y, y * y]
    return np.stack(columns, axis=-1).astype(np.float64)


def border_band(height: int, width: int, share: float = 0.03) -> Mask:
    """The outermost pixels of a picture, `share` of the shorter side wide (at least 2)."""
    depth = max(2, int(share * min(height, width)))
    band = np.ones((height, width), np.bool_)
    band[depth:-depth, depth:-depth] = False
    return band


def fit_backdrop(lab: Floats, band: Mask, seed: int = 0) -> Backdrop:
    """Fit polynomials of degree 0, 1 and 2 to the colours under `band` and keep the one that explains most.

    Iteratively trimmed least squares from the most common colour outwards: an object that touches the border is an
    outlier, not part of the backdrop. Higher degrees must earn their place (3.5 % more inliers each).

    Parameters
    ----------
    lab : float32 h×w×3.
    band : h×w, where the backdrop is expected; at least one pixel.
    """
    height, width = lab.shape[:2]
    rows, columns = np.nonzero(band)
    if rows.size > _MOST:
        pick = np.random.default_rng(seed).choice(rows.size, _MOST, replace=False)
        rows, columns = rows[pick], columns[pick]
    colours = lab[rows, columns].astype(np.float64)
    y = (rows / height - 0.5).astype(np.float32)
    x = (columns / width - 0.5).astype(np.float32)
    keys = np.unique(np.rint(colours / 8).astype(np.int64), axis=0, return_inverse=True)[1].ravel()
    start = keys == np.bincount(keys).argmax()
    best: tuple[float, int, NDArray[np.float64], NDArray[np.bool_], float] | None = None
    for degree in (0, 1, 2):
        basis = powers(y, x, degree)
        starts = [start] if best is None else [best[3], np.ones(rows.size, np.bool_)]
        for first in starts:
            fitted = _trimmed_fit(basis, colours, first)
            if fitted is None:
                continue
            coefficients, inliers, tolerance = fitted
            worth = float(inliers.mean()) - 0.035 * degree - 0.01 * tolerance
            if best is None or worth > best[0]:
                best = (worth, degree, coefficients, inliers, tolerance)
    if best is None:  # fewer than four pixels: their mean
        mean = colours.mean(axis=0)
        return Backdrop(np.linalg.norm(lab - mean, axis=2).astype(np.float32), 3.0, 1.0)
    _, degree, coefficients, inliers, tolerance = best
    yy, xx = np.meshgrid(
        (np.arange(height) / height - 0.5).astype(np.float32),
        (np.arange(width) / width - 0.5).astype(np.float32),
        indexing="ij",
    )
    field = np.einsum("hwi,ic->hwc", powers(yy, xx, degree), coefficients).astype(np.float32)
    return Backdrop(np.linalg.norm(lab - field, axis=2).astype(np.float32), tolerance, float(inliers.mean()))


def _trimmed_fit(
    basis: NDArray[np.float64], colours: NDArray[np.float64], inliers: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.bool_], float] | None:
    """Coefficients, inliers and tolerance after at most eight rounds of fit and trim; None with too few pixels."""
    result: tuple[NDArray[np.float64], NDArray[np.bool_], float] | None = None
    for _ in range(8):
        if inliers.sum() < basis.shape[1] * 4:
            break
        known = basis[inliers]
        # The normal equations, by einsum: BLAS would keep a second core busy with waiting.
        square, right = np.einsum("ni,nj->ij", known, known), np.einsum("ni,nc->ic", known, colours[inliers])
        coefficients = np.linalg.lstsq(square, right, rcond=None)[0].astype(np.float64)
        residual = np.linalg.norm(colours - np.einsum("ni,ic->nc", basis, coefficients), axis=1)
        spread = 1.4826 * float(np.median(residual[inliers])) + 0.6
        tolerance = float(np.clip(3.5 * spread, 3, 14))
        before, inliers = inliers, residual < tolerance
        result = (coefficients, inliers, tolerance)
        if np.array_equal(before, inliers):  # so would every further round
            break
    return result
