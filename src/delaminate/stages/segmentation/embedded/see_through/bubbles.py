"""Bubbles: discs with a bright rim in which the ground goes on.

Rings vote for their middles as in the circle transform (Duda and Hart 1972), each pixel with the direction of its
gradient, over a geometric series of radii; the profile from the middle to the rim then decides.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.pixels import Box
from delaminate.stages.segmentation.embedded.see_through.veil import Floats, Sort, Veil, reduced

_LONG = 288
_RADII = np.unique(np.rint(np.geomspace(6, 60, 24)).astype(int))
_TRIED = 40
_ANGLES = 48
_PROFILE = np.array([0.15, 0.3, 0.45, 0.6, 0.7, 0.8, 0.88, 0.95])
"""Shares of the radius at which the profile is looked at."""
_MIDDLE = 0.45
"""Of what the rim is off the ground, how much the middle of a bubble may be."""
_RING = 0.75
_PLAIN = 0.8


@dataclass(frozen=True)
class Disc:
    """A disc in pixels of the picture, how surely it is a bubble, 0..1, and whether plainly."""

    x: float
    y: float
    radius: float
    score: float
    plain: bool


def bubbles(rgb: NDArray[np.uint8]) -> list[Veil]:
    """Bubbles of a picture, the surest first.

    Parameters
    ----------
    rgb : H×W×3.
    """
    return [veil for disc in discs(rgb) if (veil := _solved(rgb, disc)) is not None]


def discs(rgb: NDArray[np.uint8]) -> list[Disc]:
    """At most six discs that may be bubbles, no two in one place."""
    small, scale = reduced(rgb, _LONG)
    kept: list[tuple[float, float, float]] = []
    for _, x, y, radius in sorted(_rings(small), reverse=True):
        if all(
            np.hypot(x - a, y - b) > 0.5 * max(radius, c) or abs(radius - c) > 0.35 * max(radius, c) for a, b, c in kept
        ):
            kept.append((x, y, radius))
        if len(kept) == _TRIED:
            break
    judged = [disc for place in kept if (disc := _judged(small, *place, scale)) is not None]
    out: list[Disc] = []
    for disc in sorted(judged, key=lambda one: -one.score):
        if all(np.hypot(disc.x - other.x, disc.y - other.y) > 0.8 * max(disc.radius, other.radius) for other in out):
            out.append(disc)
    return out[:6]


def _rings(rgb: Floats) -> list[tuple[float, float, float, float]]:
    """Votes for rings that are lighter inside: vote, x, y and radius."""
    grey = cv2.GaussianBlur(rgb.mean(axis=2), (0, 0), 0.8)
    slope_x, slope_y = (cv2.Sobel(grey, cv2.CV_32F, *order) / 8 for order in ((1, 0), (0, 1)))
    size = np.hypot(slope_x, slope_y)
    clip = 1 / np.maximum(size, np.maximum(1.0, 1.2 * cv2.blur(size, (41, 41))))
    slope_x, slope_y = slope_x * clip, slope_y * clip
    found = []
    for radius in _RADII:
        reach = int(radius) + 2
        yy, xx = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32)
        far = np.hypot(yy, xx)
        ring = np.clip(1.2 - np.abs(far - radius), 0, 1)
        ring /= ring.sum() * np.maximum(far, 1)
        votes = -(cv2.filter2D(slope_x, -1, ring * xx) + cv2.filter2D(slope_y, -1, ring * yy))
        peaks = np.argwhere((votes >= cv2.dilate(votes, np.ones((7, 7), np.uint8))) & (votes > 0.3))
        found += [(float(votes[y, x]), float(x), float(y), float(radius)) for y, x in peaks]
    return found


def _polar(rgb: Floats, x: float, y: float, radii: NDArray[np.float64]) -> tuple[Floats, NDArray[np.bool_]]:
    """Colours at radii × angles round a place, and which of them lie in the picture."""
    turn = np.arange(_ANGLES) * 2 * np.pi / _ANGLES
    at_x, at_y = x + np.outer(radii, np.cos(turn)), y + np.outer(radii, np.sin(turn))
    inside = (at_x >= 0) & (at_y >= 0) & (at_x <= rgb.shape[1] - 1) & (at_y <= rgb.shape[0] - 1)
    colours = cv2.remap(
        rgb, at_x.astype(np.float32), at_y.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(colours, np.float32), inside


def _judged(rgb: Floats, x: float, y: float, radius: float, scale: float) -> Disc | None:
    """The disc with a finer radius; None where it has no lighter rim or too little of it lies in the picture."""
    best: tuple[float, float, Floats] | None = None
    for tried in radius + np.array([-1, -0.5, 0, 0.5, 1]):
        colours, inside = _polar(rgb, x, y, tried + np.array([-2, -1.2, 1.2, 2]))
        if inside[3].mean() < 0.6:
            return None
        step = (colours[:2].mean(axis=0) - colours[2:].mean(axis=0)).mean(axis=1)[inside[3]]
        if best is None or float(np.median(step)) > best[0]:
            best = (float(np.median(step)), float(tried), step)
    assert best is not None
    radius, step = best[1], best[2]
    lighter = float((step > 1).mean())
    around, inside = _polar(rgb, x, y, np.array([1.08, 1.18, 1.3]) * radius + 1)
    ring = around.mean(axis=0)
    ground = np.median(ring[inside[0]], axis=0)
    rough = float(np.median(np.abs(ring - ground)))
    rise = np.median(_polar(rgb, x, y, _PROFILE * radius)[0], axis=1) - ground
    profile = rise.mean(axis=1)
    rim, middle = float(profile[-2:].max()), float(np.abs(rise[:3].mean(axis=0)).max())
    if rim < 3 or lighter < 0.7:
        return None
    through = 1 - min(1.0, max(0.0, middle / max(6.0, rim) - _MIDDLE) / (1 - _MIDDLE))
    score = 0.4 * (lighter - 0.7) / 0.3 + 0.3 * through + 0.3 * min(1.0, rim / (2 * rough + 6))
    # A ring that one does not see through begins at once; a bubble's grows from the middle on.
    grows = float(np.diff(profile).max()) < 0.55 * rim and float(profile[3:5].mean()) > 0.25 * rim
    if not grows:
        score *= _RING
    plain = grows and score >= _PLAIN and lighter > 0.9 and middle < _MIDDLE * rim and rim > 5 + 1.6 * rough
    return Disc((x + 0.5) / scale, (y + 0.5) / scale, (radius + 0.5) / scale, float(score), plain)


def _solved(rgb: NDArray[np.uint8], disc: Disc) -> Veil | None:
    """Coverage by the distance from the middle, with what shines on it; its colour is the lightest on the way."""
    height, width = rgb.shape[:2]
    reach = 1.4 * disc.radius
    room = Box(
        max(0, round(disc.x - reach)),
        max(0, round(disc.y - reach)),
        min(width, round(disc.x + reach)),
        min(height, round(disc.y + reach)),
    )
    part = rgb[room.slices].astype(np.float32)
    yy, xx = np.mgrid[room.top : room.bottom, room.left : room.right].astype(np.float32)
    yy, xx = (yy + 0.5 - disc.y) / disc.radius, (xx + 0.5 - disc.x) / disc.radius
    far = np.hypot(yy, xx)
    ring = (far > 1.05) & (far < 1.4)
    if ring.sum() < 40:
        return None
    basis = np.stack([np.ones_like(xx), xx, yy], axis=-1)
    keep = ring.copy()
    for _ in range(4):
        plane = np.linalg.lstsq(basis[keep], part[keep], rcond=None)[0]
        error = np.abs(part - basis @ plane).max(axis=2)
        keep = ring & (error <= max(3.0, 2.5 * float(np.median(error[keep]))))
    ground = np.asarray(basis @ plane, np.float32)
    at_rim = (far > 0.85) & (far < 0.98)
    rise = np.median((part - ground)[at_rim], axis=0)
    base = np.median(ground[at_rim], axis=0)
    if float(rise.max()) < 2:
        return None
    own = np.clip(base + rise / max(1e-3, float(np.max(rise / np.maximum(255 - base, 8)))), 0, 255)
    towards = own - ground
    cover = ((part - ground) * towards).sum(axis=2)
    cover = cover / np.maximum(np.square(towards).sum(axis=2), 100)
    bins = np.linspace(0, 1.04, 27)
    by_ring = [(low, cover[(far >= low) & (far < high)]) for low, high in itertools.pairwise(bins)]
    middle = [(low + 0.02, float(np.median(ring_of))) for low, ring_of in by_ring if ring_of.size]
    profile = np.maximum(np.interp(far, *np.array(middle).T), 0)
    rough = 1.5 * float(np.median(np.abs(cover[ring] - np.median(cover[ring])))) + 0.02
    smooth = cv2.GaussianBlur(cover.astype(np.float32), (0, 0), max(0.8, 0.015 * disc.radius))
    shines = (smooth > profile + 4 * rough + 0.08) & (far < 0.95)
    alpha = np.where(shines, smooth, profile) * np.clip((1.02 - far) * disc.radius + 0.5, 0, 1)
    alpha = np.clip(alpha, 0, 0.97).astype(np.float32)
    paint = np.broadcast_to(own.astype(np.float32), part.shape)
    return Veil(Sort.BUBBLE, room, alpha, np.ascontiguousarray(paint), disc.score, disc.plain)
