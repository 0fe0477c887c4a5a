"""How see-through a drawn shape is, from what its ground looks like around it and through it.

Over a ground B a pane of colour F and coverage a shows C = a·F + (1 − a)·B. Where the ground is a known smooth field
that varies, the slope of C against B is 1 − a. On an even ground a pane and a paint cannot be told apart.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from delaminate.pixels import Mask
from delaminate.stages.segmentation.embedded.backdrop import powers


def coverage(rgb: NDArray[np.uint8], inside: Mask, ground: Mask) -> float | None:
    """Coverage of a pane, or None where it cannot be known or it is opaque.

    Parameters
    ----------
    rgb : uint8 h×w×3.
    inside : h×w, pixels that show the pane and nothing on it.
    ground : h×w, pixels that show the ground and nothing on it.

    Returns
    -------
    float or None
        0.05..0.95.
    """
    height, width = rgb.shape[:2]
    if min(int(inside.sum()), int(ground.sum())) < 200:
        return None
    yy, xx = np.meshgrid(
        (np.arange(height) / height - 0.5).astype(np.float32),
        (np.arange(width) / width - 0.5).astype(np.float32),
        indexing="ij",
    )
    known = np.flatnonzero(ground.ravel())[:: max(1, int(ground.sum()) // 6000)]
    seen = np.flatnonzero(inside.ravel())[:: max(1, int(inside.sum()) // 6000)]
    basis = powers(yy.ravel(), xx.ravel(), 2)
    colours = rgb.reshape(-1, 3).astype(np.float64)
    coefficients = np.linalg.lstsq(basis[known], colours[known], rcond=None)[0]
    if np.abs(colours[known] - basis[known] @ coefficients).mean() > 4:
        return None
    behind = basis[seen] @ coefficients
    shown = colours[seen]
    behind -= behind.mean(axis=0)
    shown = shown - shown.mean(axis=0)
    spread = float((behind**2).mean())
    if spread < 4:  # levels²: the ground is too even to tell
        return None
    slope = float((behind * shown).mean()) / spread
    rest = float(((shown - slope * behind) ** 2).mean())
    if not 0.05 < slope < 0.95 or rest > 0.15 * spread + 4:
        return None
    return 1 - slope
