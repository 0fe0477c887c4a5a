"""Closed-form matting: Levin, Lischinski and Weiss, "A Closed-Form Solution to Natural Image Matting", PAMI 2008."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from delaminate.compiled import Core
from delaminate.contracts import Tick, no_tick
from delaminate.errors import BadInput
from delaminate.pixels import Alpha, Mask, Rgb, box_of, check_mask, check_pixels, levels
from delaminate.stages.matting.laplacian import MARGIN, Band, Floats, Indices, band_of, laplacian, solve
from delaminate.stages.matting.trimap import (
    UNKNOWN,
    Codes,
    Trimap,
    band,
    codes,
    depth,
    flat,
    flat_regions,
    narrowed,
    settle_flat,
    widened,
)

_HAZE = 0.02
"""Alpha this near to 0 or 1 is 0 or 1: what is left of the solve's blur, not of the picture."""

_ROUGH, _FINE = 1e-3, 1e-4
"""Tolerances of a solve that only says where the band must grow, and of the last, which goes on from it."""

_PIXEL_ART = 0.98
"""Share of the band that lies in flat 2×2 blocks from which on the picture counts as enlarged pixel art."""


@dataclass(frozen=True, eq=False)
class _Crop:
    """What stays the same while the band changes: the picture, the mask, and what follows from them."""

    rgb: Rgb
    mask: Mask
    code: Codes
    pure: Mask
    pull: Alpha


@dataclass(frozen=True)
class ClosedForm:
    """Mask → alpha by the local colour-line model, on a band around the edge of the mask.

    Parameters
    ----------
    radius : half the width of the band as a share of the thing's long side; it is narrower in thin strokes.
    least, most : bounds of that half width, in pixels.
    epsilon : smoothness of the colour lines, for colours 0..1.
    trust : how much the mask counts against the colours, growing from 0 at its edge to this at `radius` from it.
    rounds : how often the band may grow by its radius where alpha is still soft at its rim (hair); 0 keeps it.
    core : which implementation solves; both agree to about 0.001.

    Raises
    ------
    BadInput
        If an option is out of range.

    Notes
    -----
    Works on the mask's bounding box and its margin: about 30 bytes per pixel of it while the trimap is made, and 150
    per unknown pixel while the band is solved. The bytes depend on nothing but the input.
    """

    radius: float = 0.008
    least: float = 3.0
    most: float = 24.0
    epsilon: float = 3e-6
    rounds: int = 2
    trust: float = 3e-3
    core: Core = "auto"

    def __post_init__(self) -> None:
        if not (
            self.radius > 0 and 1 <= self.least <= self.most and self.epsilon > 0 and min(self.rounds, self.trust) >= 0
        ):
            raise BadInput("closed-form matting needs radius > 0, 1 ≤ least ≤ most, epsilon > 0, rounds and trust ≥ 0")

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
        crop = self._crop(rgb, mask, radius)
        parts = self.rounds + 2

        def solved(unknown: _Unknown, guess: Alpha, part: int, tolerance: float = _ROUGH) -> Alpha:
            return unknown.solved(guess, tolerance, self.core, lambda done: tick((part + done) / parts))

        start = band(mask, radius)
        edge = start == UNKNOWN
        pixel_art = np.count_nonzero(crop.pure & edge) >= _PIXEL_ART * np.count_nonzero(edge)
        first = trimap = settle_flat(crop.code, start, mask, crop.pure)
        unknown = self._unknown(crop, trimap)
        alpha = solved(unknown, mask.astype(np.float32), 0)
        reach = int(np.ceil(radius))
        for part in range(1, self.rounds + 1):
            wider = settle_flat(crop.code, widened(trimap, alpha, reach), mask, crop.pure)
            if np.array_equal(wider, trimap):
                break
            trimap, unknown = wider, self._unknown(crop, wider)
            alpha = solved(unknown, alpha, part)
        back = narrowed(trimap, alpha, first, reach * (self.rounds + 1))
        if not np.array_equal(back, trimap):
            trimap, unknown = back, self._unknown(crop, back)
        alpha = solved(unknown, alpha, parts - 1, _FINE)
        tick(1.0)
        return _clean(_voted(crop.code, alpha, mask, trimap) if pixel_art else alpha, mask)

    def _crop(self, rgb: Rgb, mask: Mask, radius: float) -> _Crop:
        code = codes(rgb)
        nearness: Alpha = np.minimum(depth(mask) / np.float32(radius), np.float32(1))
        pull: Alpha = np.float32(self.trust) * nearness * nearness
        return _Crop(rgb, mask, code, flat(code), pull)

    def _unknown(self, crop: _Crop, trimap: Trimap) -> _Unknown:
        layout = band_of(np.pad(np.pad(trimap == UNKNOWN, 1, mode="edge"), MARGIN - 1))
        height, width = trimap.shape
        # Clipping the places of the cells repeats the border without a padded copy of the picture.
        y, x = (places - MARGIN for places in np.divmod(layout.cells, width + 2 * MARGIN))
        at = np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)
        colour = crop.rgb[at].astype(np.float32) / np.float32(levels(crop.rgb))
        pull = crop.pull[at]
        planes = laplacian(layout, colour, self.epsilon, pull, self.core)
        inside = layout.unknown & (y == at[0]) & (x == at[1])
        return _Unknown(trimap, layout, at, planes, pull * crop.mask[at], inside)


@dataclass(frozen=True, eq=False)
class _Unknown:
    """The unknown pixels of a trimap and the equations for their alpha.

    Parameters
    ----------
    layout, planes : see `laplacian`.
    at : rows and columns of the cells, on the border for those beyond it.
    right : what the cells are drawn to, times how much.
    inside : which cells are unknown pixels.
    """

    trimap: Trimap
    layout: Band
    at: tuple[Indices, Indices]
    planes: Floats
    right: Floats
    inside: Mask

    def solved(self, guess: Alpha, tolerance: float, core: Core, tick: Tick) -> Alpha:
        """Alpha, from a guess for the unknown pixels."""
        alpha = self.trimap.astype(np.float32) * np.float32(0.5)
        np.copyto(alpha, guess, where=self.trimap == UNKNOWN)
        if self.inside.any():
            values = solve(
                self.layout, self.planes, self.right, alpha[self.at], tolerance=tolerance, core=core, tick=tick
            )
            alpha[self.at[0][self.inside], self.at[1][self.inside]] = np.clip(values[self.inside], 0, 1)
        return alpha


def _voted(code: Codes, alpha: Alpha, mask: Mask, trimap: Trimap) -> Alpha:
    """Binary alpha for enlarged pixel art: every block of one colour is in or out, by alpha and mask together."""
    unknown = trimap == UNKNOWN
    regions = flat_regions(code, unknown)
    size = np.bincount(regions.ravel())
    votes = np.bincount(regions.ravel(), weights=(alpha + mask).ravel())
    inside = votes > size
    return np.where(unknown, inside[regions], alpha > 0.5).astype(np.float32)


def _clean(alpha: Alpha, mask: Mask) -> Alpha:
    """Without haze, and without specks: patches of alpha that touch no pixel of the mask."""
    import cv2

    clean: Alpha = alpha * (alpha >= _HAZE)
    np.copyto(clean, np.float32(1), where=alpha > 1 - _HAZE)
    count, patch = cv2.connectedComponents((clean > 0).view(np.uint8), connectivity=8)
    touched = np.bincount(patch[mask], minlength=count) > 0
    if not touched[1:].all():
        clean[~touched[patch]] = 0
    return clean
