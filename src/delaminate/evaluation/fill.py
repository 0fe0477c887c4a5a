"""Errors of a filled hole against what truly lies there.

PSNR alone rewards blur, so texture (gradient energy, ideal 1) and the error of the local log-variance stand beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from delaminate.pixels import Mask, Rgb, levels

WINDOW = 7
"""Pixels; side of the window of the local variance."""
QUIET = 4.0
"""Added to a variance (8-bit levels squared) before its logarithm, so that flat areas do not decide."""

ROUNDING = 1 / 12
"""Gradient energy per pixel, in 8-bit levels squared, of central differences of values rounded to whole levels."""


@dataclass(frozen=True)
class FillError:
    """Measured inside the hole only.

    Parameters
    ----------
    psnr : dB over the three channels; 100 where nothing differs.
    ssim : −1..1, 1 is perfect; luma, Gaussian window of 11 pixels (Wang, Bovik, Sheikh and Simoncelli 2004).
    texture : mean gradient energy as a share of the true one; 1 is right, less is blurred, more is noisy. Both are
        raised by that of rounding, so that a flat truth does not divide by nothing.
    logvar : mean |log σ² − log σ²*| over 7×7 windows of luma; 0 is perfect.
    """

    psnr: float
    ssim: float
    texture: float
    logvar: float


def fill_error(filled: Rgb, true: Rgb, hole: Mask) -> FillError:
    """Compare a filled picture with the true one.

    Parameters
    ----------
    filled, true : H×W×3 of one depth.
    hole : H×W, at least one pixel.
    """
    from scipy.ndimage import uniform_filter

    scale = 255 / levels(true)
    off = (filled.astype(np.float64) - true)[hole] * scale
    mine, theirs = (_luma(picture) * scale for picture in (filled, true))
    variances = [
        np.maximum(uniform_filter(y * y, WINDOW) - np.square(uniform_filter(y, WINDOW)), 0) + QUIET
        for y in (mine, theirs)
    ]
    energies = [_energy(y, hole) for y in (mine, theirs)]
    return FillError(
        psnr=psnr(float(np.square(off).mean())),
        ssim=float(_ssim(mine, theirs)[hole].mean()),
        texture=(energies[0] + ROUNDING) / (energies[1] + ROUNDING),
        logvar=float(np.abs(np.log(variances[0]) - np.log(variances[1]))[hole].mean()),
    )


def psnr(mse: float) -> float:
    """dB for a mean squared error in 8-bit levels; the ceiling is 100."""
    return 100.0 if mse <= 0 else min(100.0, float(10 * np.log10(255**2 / mse)))


def _luma(picture: Rgb) -> NDArray[np.float64]:
    """Rec. 601, on stored values."""
    return picture[..., 0] * 0.299 + picture[..., 1] * 0.587 + picture[..., 2] * 0.114


def _energy(luma: NDArray[np.float64], hole: Mask) -> float:
    down, right = np.gradient(luma)
    return float((np.square(down) + np.square(right))[hole].mean())


def _ssim(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.ndimage import gaussian_filter

    def mean(plane: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(gaussian_filter(plane, 1.5, truncate=3.5))

    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    a, b = mean(one), mean(other)
    va, vb, cov = mean(one * one) - a * a, mean(other * other) - b * b, mean(one * other) - a * b
    return (2 * a * b + c1) * (2 * cov + c2) / ((a * a + b * b + c1) * (va + vb + c2))
