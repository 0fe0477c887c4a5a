"""Smoke, steam, fog and glow: soft, of one colour, as thick as the picture is off its ground.

The ground is a low polynomial and what whole rows and columns have in common (median polish, Tukey 1977): that takes in
gradients, horizons, boards and checks. What is softly off it, on the way to one colour, is the plume.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.pixels import Box, Mask, box_of
from delaminate.stages.segmentation.embedded.see_through.veil import SHOWS, Floats, Sort, Veil, reduced

_LONG = 288
_SMOKE = ((235.0, 235.0, 238.0), (75.0, 73.0, 78.0))
_GLOW = ((255.0, 240.0, 190.0),)
_BLUR = 2.0
_SIZES = (0.002, 0.5)
"""Shares of the picture between which a plume may cover."""
_FLAT = 1.6
"""Times as wide as high from which something dark lies on the ground."""
_SOFT = 0.5
"""Share without an edge below which nothing is a plume."""
_PLAIN_SOFT, _PLAIN_ABOVE, _PLAIN_NOISE = 0.93, (9.0, 60.0), 3.0
"""How soft, how far above a ground that varies by how many levels a plume is plain."""
_RISING_SOFT, _RISING_ABOVE = 0.88, 8.0
"""The same for what rises from something solid."""


@dataclass(frozen=True, eq=False)
class _Cloud:
    """Something softly off the ground: where, towards which colour, how soft, how far above what the ground varies.

    `rises` says whether it comes from something solid, `worth` what of all this speaks for a plume.
    """

    region: Mask
    colour: Floats
    soft: float
    above: float
    rises: bool
    worth: float


def plumes(rgb: NDArray[np.uint8], sort: Sort, solid: Mask | None = None) -> list[Veil]:
    """The plume of a picture, if there is one.

    Parameters
    ----------
    rgb : H×W×3.
    sort : `Sort.PLUME` or `Sort.GLOW`.
    solid : of any size, where something solid is known to be.
    """
    small, _ = reduced(rgb, _LONG)
    height, width = small.shape[:2]
    out = np.zeros((height, width), np.bool_)
    if solid is not None:
        out |= cv2.resize(solid.astype(np.uint8), (width, height)).view(np.bool_)
    ground = _ground(small, out)
    clouds = _clouds(small, ground, _GLOW if sort is Sort.GLOW else _SMOKE, out)
    best = max(clouds, key=lambda cloud: cloud.worth, default=None)
    if best is None:
        return []
    veil = _solved(small, best, out, sort, rgb.shape[1], rgb.shape[0])
    return [] if veil is None else [veil]


def _ground(rgb: Floats, out: Mask) -> Floats:
    """What the picture is without things: see above.

    Parameters
    ----------
    out : pixels that do not count.
    """
    height, width = out.shape
    left = np.where(out[..., None], np.nan, rgb).astype(np.float32)
    if out.all():
        return np.asarray(rgb, np.float32)
    yy, xx = np.mgrid[:height, :width].astype(np.float32)
    yy, xx = yy / height - 0.5, xx / width - 0.5
    basis = np.stack([xx, yy, xx * yy, xx * xx, yy * yy, np.ones_like(xx)], axis=-1)
    ground = np.zeros_like(left)
    some = (slice(None, None, 4), slice(None, None, 4))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a row may have no pixel that counts
        for _ in range(3):
            counts = ~np.isnan(left[some][..., 0])
            powers, colours = basis[some][counts], left[some][counts]
            keep = np.ones(len(colours), np.bool_)
            fitted = np.zeros((6, 3), np.float32)
            for _ in range(5):
                if keep.sum() < 12:
                    break
                fitted = np.linalg.lstsq(powers[keep], colours[keep], rcond=None)[0]
                error = np.abs(colours - powers @ fitted).max(axis=1)
                keep = error <= max(2.0, 2.5 * float(np.median(error)))
            part = basis @ fitted
            ground, left = ground + part, left - part
            rows = np.nan_to_num(np.nanmedian(left, axis=1))[:, None]
            ground, left = ground + rows, left - rows
            columns = np.nan_to_num(np.nanmedian(left, axis=0))[None]
            ground, left = ground + columns, left - columns
    return np.asarray(ground, np.float32)


def _off(rgb: Floats, ground: Floats) -> Floats:
    return np.asarray(cv2.GaussianBlur(rgb - ground, (0, 0), _BLUR), np.float32)


def _noise(off: Floats) -> float:
    return 1.5 * float(np.median(np.abs(off).max(axis=-1))) + 1.0


def _clouds(rgb: Floats, ground: Floats, colours: tuple[tuple[float, ...], ...], out: Mask) -> list[_Cloud]:
    off = _off(rgb, ground)
    noise = _noise(off)
    smooth = cv2.GaussianBlur(rgb, (0, 0), 1.0)
    slopes = [cv2.Sobel(smooth, cv2.CV_32F, *order) for order in ((1, 0), (0, 1))]
    steep = np.sqrt(np.square(slopes[0]) + np.square(slopes[1])).max(axis=2) / 8
    usual = float(np.percentile(steep[~out], 75)) if not out.all() else 0.0
    found = []
    for colour in colours:
        towards = np.asarray(colour, np.float32) - ground
        length = np.square(towards).sum(axis=2)
        cover = (off * towards).sum(axis=2) / np.maximum(length, 900)
        aside = np.linalg.norm(off - cover[..., None] * towards, axis=2)
        strength = cover * np.sqrt(length)
        seen = (strength > 1.7 * noise) & (aside < 0.6 * strength + noise) & (cover < 1.1) & ~out
        closed = cv2.morphologyEx(seen.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
        count, labels, stats, _ = cv2.connectedComponentsWithStats(closed)
        for i in range(1, count):
            if not _SIZES[0] * out.size <= stats[i, cv2.CC_STAT_AREA] <= _SIZES[1] * out.size:
                continue
            region = np.asarray(labels == i)
            top = float(np.percentile(strength[region], 95))
            near = cv2.dilate(region.astype(np.uint8), np.ones((3, 3), np.uint8)).view(np.bool_)
            soft = float((steep[near] < 1.6 * usual + 0.11 * top).mean())  # no edge there is worth its strength
            if soft > _SOFT:
                worth = float(strength[region].sum()) / noise * (soft - _SOFT) ** 2
                # Dark, soft and flat is the pool of shadow that something stands on.
                dark = float(towards[region].mean()) < 0
                if dark and stats[i, cv2.CC_STAT_WIDTH] > _FLAT * stats[i, cv2.CC_STAT_HEIGHT]:
                    continue
                rises = _rises(region, out)
                worth *= (3.0 if rises else 1.0) * (0.5 if _off_the_side(region) else 1.0)
                found.append(_Cloud(region, np.asarray(colour, np.float32), soft, top / noise, rises, worth))
    return found


def _rises(region: Mask, solid: Mask) -> bool:
    """Whether the foot of a region meets something solid."""
    rows = np.flatnonzero(region.any(axis=1))
    foot = region.copy()
    foot[: rows[-1] - max(4, rows.size // 6)] = False
    near = cv2.dilate(foot.astype(np.uint8), np.ones((9, 9), np.uint8)).view(np.bool_)
    return bool((near & solid).any())


def _off_the_side(region: Mask) -> bool:
    return bool(region[:, 0].any() or region[:, -1].any() or region[-1].any())


def _solved(rgb: Floats, cloud: _Cloud, out: Mask, sort: Sort, width: int, height: int) -> Veil | None:
    """Coverage and colour of a cloud over a ground fitted without it."""
    grown = cv2.dilate(cloud.region.astype(np.uint8), np.ones((15, 15), np.uint8)).view(np.bool_)
    ground = _ground(rgb, out | grown)
    off = _off(rgb, ground)
    noise = _noise(off[~grown])
    towards = cloud.colour - ground
    strength = (off * towards).sum(axis=2) / np.sqrt(np.maximum(np.square(towards).sum(axis=2), 900))
    core = cloud.region & (strength >= np.percentile(strength[cloud.region], 85))
    own = _own(ground[core].mean(axis=0), off[core].mean(axis=0), sort)
    towards = own - ground
    length = np.maximum(np.square(towards).sum(axis=2), 400)
    cover = (off * towards).sum(axis=2) / length - 0.5 * noise / np.sqrt(length)
    near = cv2.dilate(cloud.region.astype(np.uint8), np.ones((13, 13), np.uint8)).astype(np.float32)
    cover = np.clip(cover, 0, 0.95) * np.clip(2 * cv2.GaussianBlur(near, (0, 0), _BLUR), 0, 1)
    full = np.asarray(cv2.resize(cover.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR))
    box = box_of(full > SHOWS)
    if box is None:
        return None
    alpha = np.ascontiguousarray(full[box.slices])
    paint = np.ascontiguousarray(np.broadcast_to(own.astype(np.float32), (box.height, box.width, 3)))
    score = float(np.clip((cloud.soft - _SOFT) * 2, 0, 1) * np.clip(cloud.above / 8, 0.2, 1))
    clear = cloud.soft >= _PLAIN_SOFT and _PLAIN_ABOVE[0] <= cloud.above <= _PLAIN_ABOVE[1] and noise <= _PLAIN_NOISE
    rises = cloud.rises and cloud.soft >= _RISING_SOFT and cloud.above >= _RISING_ABOVE and noise <= _PLAIN_NOISE
    plain = sort is Sort.PLUME and (clear or rises)
    return Veil(sort, Box(*box.as_tuple()), alpha, paint, score, plain)


def _own(ground: Floats, off: Floats, sort: Sort) -> Floats:
    """The plume's colour: on from the ground through what is seen, to where smoke is grey, or a little way."""
    ends = [(255 - g) / d for g, d in zip(ground, off, strict=True) if d > 1e-3]
    ends += [-g / d for g, d in zip(ground, off, strict=True) if d < -1e-3]
    end = min([*ends, 9.0])
    far = 1.25 if sort is Sort.PLUME else 1.6
    if sort is Sort.PLUME and float(np.ptp(ground)) > 12:
        tried = np.linspace(min(1.1, end), end, 40)
        spread = np.ptp(ground + tried[:, None] * off, axis=1)
        if float(spread.min()) < 0.5 * float(np.ptp(ground)):
            far = float(tried[spread.argmin()])
    return np.asarray(np.clip(ground + min(far, end) * off, 0, 255), np.float32)
