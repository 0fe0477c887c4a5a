"""Errors of an alpha against the true one: SAD, MSE, gradient, connectivity.

All after Rhemann, Rother, Wang, Gelautz, Kohli and Rott, "A Perceptually Motivated Online Benchmark for Image Matting",
CVPR 2009. `region` is where to look (the unknown part of a trimap); None looks everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from delaminate.pixels import Alpha, Mask

SIGMA = 1.4
"""Pixels; of the Gaussian whose derivative the gradient error takes (Rhemann et al., section 4)."""
STEP, THETA = 0.1, 0.15
"""Threshold step and tolerance of the connectivity error (same section)."""


@dataclass(frozen=True)
class MattingError:
    """0 is perfect for all four.

    Parameters
    ----------
    sad : sum of absolute differences, in thousands of pixels.
    mse : mean squared difference, 0..1.
    gradient : sum of squared differences of gradient magnitudes, in thousands.
    connectivity : sum of differences in connectedness to the largest opaque part, in thousands.
    """

    sad: float
    mse: float
    gradient: float
    connectivity: float


def matting_error(alpha: Alpha, true: Alpha, region: Mask | None = None) -> MattingError:
    """All four. `alpha` and `true` are float32 H×W in 0..1; `region` has at least one pixel."""
    where = np.ones(alpha.shape, np.bool_) if region is None else region
    off = (alpha.astype(np.float64) - true)[where]
    return MattingError(
        sad=float(np.abs(off).sum() / 1000),
        mse=float(np.square(off).mean()),
        gradient=gradient_error(alpha, true, where),
        connectivity=connectivity_error(alpha, true, where),
    )


def gradient_error(alpha: Alpha, true: Alpha, region: Mask) -> float:
    """Thousands: Σ (|∇α| − |∇α*|)² with Gaussian derivatives."""
    from scipy.ndimage import gaussian_gradient_magnitude

    sizes = [gaussian_gradient_magnitude(a.astype(np.float64), SIGMA, mode="nearest") for a in (alpha, true)]
    return float(np.square(sizes[0] - sizes[1])[region].sum() / 1000)


def connectivity_error(alpha: Alpha, true: Alpha, region: Mask) -> float:
    """Thousands: Σ |φ(α) − φ(α*)|, φ falling with the distance to the level at which a pixel leaves the source region.

    The source region is the largest part that is connected in both alphas at a threshold.
    """
    level = _connected_level(alpha, true)
    phi = [_connectedness(a.astype(np.float64), level) for a in (alpha, true)]
    return float(np.abs(phi[0] - phi[1])[region].sum() / 1000)


def _connected_level(alpha: Alpha, true: Alpha) -> NDArray[np.float64]:
    """Largest threshold at which each pixel still belongs to the source region."""
    from scipy.ndimage import label

    level = np.zeros(alpha.shape)
    inside = np.ones(alpha.shape, np.bool_)
    for k in range(1, round(1 / STEP) + 1):
        parts, count = label((alpha >= k * STEP) & (true >= k * STEP) & inside)
        if count == 0:
            break
        sizes = np.bincount(parts.ravel())
        sizes[0] = 0
        inside = parts == sizes.argmax()
        level[inside] = k * STEP
    return level


def _connectedness(alpha: NDArray[np.float64], level: NDArray[np.float64]) -> NDArray[np.float64]:
    away = alpha - level
    return 1 - away * (away >= THETA)
