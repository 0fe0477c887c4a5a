"""Closed-form matting: Levin, Lischinski and Weiss, "A Closed-Form Solution to Natural Image Matting", PAMI 2008."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from delaminate.contracts import Tick, no_tick
from delaminate.core import Core
from delaminate.errors import BadInput
from delaminate.pixels import Alpha, Mask, Rgb, box_of, check_mask, check_pixels, levels
from delaminate.stages.matting.laplacian import MARGIN, band_of, laplacian, solve
from delaminate.stages.matting.trimap import (
    UNKNOWN,
    Trimap,
    band,
    depth,
    flat,
    flat_regions,
    narrowed,
    settle_flat,
    widened,
)

_HAZE = 0.02
"""Alpha this near to 0 or 1 is 0 or 1: what is left of the solve's blur, not of the picture."""

_PIXEL_ART = 0.98
"""Share of the band that lies in flat 2×2 blocks from which on the picture counts as enlarged pixel art."""


@dataclass(frozen=True)
class ClosedForm:
    """Mask → alpha by the local colour-line model, on a band around the edge of the mask.

    Parameters
    ----------
    radius : half the width of the band as a share of the thing's long side; it is narrower in thin strokes.
    least, most : bounds of that half width, in pixels.
    epsilon : smoothness of the colour lines, for colours 0..1.
    rounds : how often the band may grow by its radius where alpha is still soft at its rim (hair); 0 keeps it.
    core : which implementation solves; both agree to about 0.001.

    Raises
    ------
    BadInput
        If an option is out of range.

    Notes
    -----
    Works on the mask's bounding box and its margin: about 30 bytes per pixel of it while the trimap is made, and 150
    per unknown pixel while the band is solved. One thread, so the bytes depend on nothing but the input.
    """

    radius: float = 0.008
    least: float = 3.0
    most: float = 24.0
    epsilon: float = 3e-6
    rounds: int = 2
    trust: float = 3e-3
    core: Core = "auto"

    def __post_init__(self) -> None:
        if not (self.radius > 0 and 1 <= self.least <= self.most and self.epsilon > 0 and self.rounds >= 0):
            raise BadInput("closed-form matting needs radius > 0, 1 ≤ least ≤ most, epsilon > 0 and rounds ≥ 0")

    def __call__(self, rgb: Rgb, mask: Mask, tick: Tick = no_tick) -> Alpha:
        """Soft coverage of the thing under `mask`; see `contracts.Matter`."""
        check_pixels(rgb)
        check_mask(mask, rgb.shape)
        alpha = np.zeros(mask.shape, np.float32)
        box = box_of(mask)
        if box is None:
            return alpha
        if mask.all():
            return np.ones_like(alpha)
        radius = min(max(self.radius * max(box.width, box.height), self.least), self.most)
        margin = int(np.ceil(radius)) * (1 + self.rounds) + MARGIN
        here = box.grown(margin, mask.shape[1], mask.shape[0]).slices
        alpha[here] = self._matte(rgb[here][..., :3], np.ascontiguousarray(mask[here]), radius, tick)
        return alpha

    def _matte(self, rgb: Rgb, mask: Mask, radius: float, tick: Tick) -> Alpha:
        parts = self.rounds + 2

        def ticking(part: int) -> Tick:
            return lambda done: tick((part + done) / parts)

        pure = flat(rgb) if min(mask.shape) > 1 else np.zeros_like(mask)
        start = band(mask, radius)
        pull = np.float32(self.trust) * (np.minimum(depth(mask), radius) / np.float32(radius)) ** 2
        pixel_art = bool(pure[start == UNKNOWN].mean() >= _PIXEL_ART) if (start == UNKNOWN).any() else False
        first = trimap = settle_flat(rgb, start, mask, pure)
        alpha = self._solved(rgb, trimap, mask.astype(np.float32), mask, pull, ticking(0))
        reach = int(np.ceil(radius))
        for part in range(1, self.rounds + 1):
            wider = settle_flat(rgb, widened(trimap, alpha, reach), mask, pure)
            if np.array_equal(wider, trimap):
                break
            trimap = wider
            alpha = self._solved(rgb, trimap, alpha, mask, pull, ticking(part))
        back = narrowed(trimap, alpha, first, reach * (self.rounds + 1))
        if not np.array_equal(back, trimap):
            trimap = back
            alpha = self._solved(rgb, trimap, alpha, mask, pull, ticking(parts - 1))
        if pixel_art:
            alpha = _voted(rgb, alpha, mask, trimap)
        tick(1.0)
        return _clean(alpha, mask)

    def _solved(self, rgb: Rgb, trimap: Trimap, guess: Alpha, mask: Mask, pull: Alpha, tick: Tick) -> Alpha:
        unknown = trimap == UNKNOWN
        alpha: Alpha = np.where(unknown, guess, trimap.astype(np.float32) / 2)
        if not unknown.any():
            return alpha
        padded = np.pad(np.pad(unknown, 1, mode="edge"), MARGIN - 1)
        layout = band_of(padded)
        # Padding only the flat indices keeps the picture itself uncopied.
        y, x = np.divmod(layout.cells, padded.shape[1])
        height, width = unknown.shape
        at = np.clip(y - MARGIN, 0, height - 1), np.clip(x - MARGIN, 0, width - 1)
        colour = rgb[at].astype(np.float32) / np.float32(levels(rgb))
        planes = laplacian(layout, colour, self.epsilon, self.core)
        values = solve(
            layout, planes, alpha[at], pull=pull[at], towards=mask[at].astype(np.float32), core=self.core, tick=tick
        )
        inside = layout.unknown & (y >= MARGIN) & (y < height + MARGIN) & (x >= MARGIN) & (x < width + MARGIN)
        alpha[at[0][inside], at[1][inside]] = np.clip(values[inside], 0, 1)
        return alpha


def _voted(rgb: Rgb, alpha: Alpha, mask: Mask, trimap: Trimap) -> Alpha:
    """Binary alpha for enlarged pixel art: every block of one colour is in or out, by alpha and mask together."""
    unknown = trimap == UNKNOWN
    regions = flat_regions(rgb, unknown)
    size = np.bincount(regions.ravel())
    votes = np.bincount(regions.ravel(), weights=(alpha + mask).ravel())
    inside = votes > size
    return np.where(unknown, inside[regions], alpha > 0.5).astype(np.float32)


def _clean(alpha: Alpha, mask: Mask) -> Alpha:
    """Without haze, and without specks: patches of alpha that touch no pixel of the mask."""
    import cv2

    clean = np.where(alpha < _HAZE, 0, np.where(alpha > 1 - _HAZE, 1, alpha)).astype(np.float32)
    count, patch = cv2.connectedComponents((clean > 0).view(np.uint8), connectivity=8)
    touched = np.bincount(patch[mask], minlength=count) > 0
    clean[~touched[patch]] = 0
    return clean
