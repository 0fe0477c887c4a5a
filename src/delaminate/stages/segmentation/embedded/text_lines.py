"""Lines of text, cut out glyph by glyph at full size."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.lab import lab_of
from delaminate.pixels import Alpha, Box, Mask, Rgb, as_eight_bit, box_of
from delaminate.stages.segmentation.embedded.backdrop import fit_backdrop
from delaminate.stages.segmentation.embedded.text_reader import Writing

_LONGEST = 2000
"""Pixels of the longer side the reader looks at; what it cannot read at that size it cannot read at all."""

GLANCE = 960
"""The same where nobody asks for text and it only must not be taken for ground: a third of the work."""

_SHORTEST = 9
"""Pixels of the shorter side below which there is nothing to read; the reader would enlarge a ribbon a hundredfold."""

_REACH, _GROUND = 0.3, 0.35
"""How far outline, glow and shadow of a line reach, and how wide the ground around those is, in heights of the line."""
_AURA = 0.03
"""Coverage by what belongs to glyphs and is none: what it really is, whoever solves for exactness finds out."""
_BLURRED = 5
"""Pixels across which a glyph's edge is blurred at most."""
_OFF = 1.5
"""Lab distance, beside three deviations of the ground, from which a pixel near glyphs is no ground."""
_OPEN = 0.25
"""Share of the outer rim that may be off; with more of it the ground is not known here."""

_LEAST_SCORE = 0.6
_CJK = range(0x2E80, 0xFFF0)


@dataclass(frozen=True, eq=False)
class Line:
    """One line of text.

    Parameters
    ----------
    text : as recognised.
    score : 0..1, the reader's own confidence.
    height : of the line in pixels of the full picture, measured across the writing direction.
    box : where `alpha` lies.
    alpha : float32, box.height × box.width, coverage by glyphs.
    area : the quadrilateral the reader saw, bool over `box`.
    """

    text: str
    score: float
    height: float
    box: Box
    alpha: Alpha
    area: Mask

    @property
    def mask(self) -> Mask:
        return self.alpha > 0.5


def read_lines(
    rgb: Rgb, read: Callable[[NDArray[np.uint8]], Iterable[Writing]], longest: int = _LONGEST
) -> tuple[Line, ...]:
    """Every line of text in a H×W×3 picture, top to bottom, as `read` (a `TextReader`) sees it at so many pixels.

    Stray single letters are left out: dice, logos and eyes look like them.
    """
    height, width = rgb.shape[:2]
    scale = min(1.0, longest / max(height, width))
    small = as_eight_bit(rgb)
    if scale < 1:
        size = (round(width * scale), round(height * scale))
        small = np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_AREA), np.uint8)
    if min(small.shape[:2]) < _SHORTEST:
        return ()
    lines = []
    for seen in read(small):
        words, score = seen.text.strip(), seen.score
        if score < _LEAST_SCORE or len(words) < 2 or (score < 0.9 and len(words) < 3 and ord(words[-1]) in _CJK):
            continue
        line = _cut_out(rgb, seen.quad / scale, words, score)
        if line is not None:
            lines.append(line)
    return tuple(sorted(lines, key=lambda line: (line.box.top, line.box.left)))


def _cut_out(rgb: Rgb, quad: NDArray[np.float64], text: str, score: float) -> Line | None:
    """The glyphs inside a quadrilateral (4×2 corners x, y, clockwise from the top left), or None if there are none."""
    height, width = rgb.shape[:2]
    across = (np.linalg.norm(quad[3] - quad[0]) + np.linalg.norm(quad[2] - quad[1])) / 2
    margin = int(0.25 * across) + 3
    left, top = (int(v) for v in np.floor(quad.min(axis=0)))
    right, bottom = (int(v) + 1 for v in np.ceil(quad.max(axis=0)))
    if right <= 0 or bottom <= 0 or left >= width or top >= height or right - left < 2 or bottom - top < 2:
        return None
    box = Box(max(left, 0), max(top, 0), min(right, width), min(bottom, height)).grown(margin, width, height)
    lab = lab_of(np.ascontiguousarray(as_eight_bit(rgb[box.slices])))
    corners = np.rint(quad - (box.left, box.top)).astype(np.int32)
    inside = np.zeros(lab.shape[:2], np.uint8)
    cv2.fillPoly(inside, [corners], 1)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * margin + 1, 2 * margin + 1))
    core = cv2.erode(inside, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3)), iterations=max(1, int(across / 24)))
    ring = (cv2.dilate(inside, disc) > 0) & (core == 0)
    if not ring.any():  # nothing around it to tell ink from ground by
        return None
    alpha = _glyphs(lab, inside > 0, ring)
    if (alpha > 0.5).sum() < max(8, 0.02 * int(inside.sum())):
        return None
    wide = box.grown(int((_REACH + _GROUND) * across) + 3, width, height)
    alpha, inside = _placed(alpha, box, wide), _placed(inside, box, wide)
    alpha[_aura(lab_of(np.ascontiguousarray(as_eight_bit(rgb[wide.slices]))), alpha, float(across))] = _AURA
    box, seen = wide, box_of(alpha > 0)
    assert seen is not None
    part = seen.slices
    return Line(
        text,
        score,
        float(across),
        seen.shifted(box.left, box.top),
        np.ascontiguousarray(alpha[part]),
        np.ascontiguousarray(inside[part] > 0),
    )


def _placed(values: NDArray[Any], box: Box, wide: Box) -> NDArray[Any]:
    """Values over a box laid into a wider one, with nothing around them."""
    out = np.zeros((wide.height, wide.width), values.dtype)
    out[box.slices_in(wide)] = values
    return out


def _aura(lab: NDArray[np.float32], alpha: Alpha, across: float) -> Mask:
    """What belongs to glyphs and is none of them: outline, glow, shadow, the smear of compression.

    It hangs together with them, differs from the ground around the line, and has faded where that ground begins.

    Parameters
    ----------
    lab, alpha : of one crop, as wide as ground is looked for.
    across : height of the line in pixels.
    """
    ink = (alpha > 0.3).view(np.uint8)

    def near(pixels: float) -> Mask:
        side = 2 * max(2, int(pixels)) + 1
        return cv2.dilate(ink, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))) > 0

    reached, beyond = near(_REACH * across), near((_REACH + _GROUND) * across)
    ring = beyond & ~reached
    nothing = np.zeros_like(reached)
    if np.count_nonzero(ring) < 50:
        return nothing
    backdrop = fit_backdrop(lab, ring)
    if backdrop.share < 0.8:  # of several grounds nobody knows which is where: the blurred rim of the glyphs goes
        return np.asarray((cv2.dilate(ink, np.ones((_BLURRED, _BLURRED), np.uint8)) > 0) & (alpha < _AURA))
    # The field says what is ground; from that its colours are carried on to the glyphs, which follows it more closely.
    known = ring & (backdrop.distance < backdrop.tolerance)
    weight = cv2.GaussianBlur(known.astype(np.float32), (0, 0), _GROUND * across)[..., None]
    carried = cv2.GaussianBlur(lab * known[..., None], (0, 0), _GROUND * across) / np.maximum(weight, np.float32(1e-6))
    rim = reached & ~near(_REACH * across - 2)
    off = nothing
    for away in (backdrop.distance, np.linalg.norm(lab - carried, axis=2)):
        unlike = reached & _beyond_noise(np.asarray(cv2.GaussianBlur(away, (0, 0), 0.8), np.float32), ring)
        if rim.any() and float(unlike[rim].mean()) <= _OPEN:
            off = off | unlike
    count, labels = cv2.connectedComponents((off | (ink > 0)).view(np.uint8), connectivity=8)
    with_ink = np.zeros(count, np.bool_)
    with_ink[np.unique(labels[ink > 0])] = True
    with_ink[0] = False
    return np.asarray(off & with_ink[labels] & (alpha < _AURA))


def _beyond_noise(away: NDArray[np.float32], ground: Mask) -> Mask:
    """Where a distance is larger than it is on the ground, its deviations there counted."""
    usual = float(np.median(away[ground]))
    return np.asarray(away > usual + _OFF + 3 * 1.4826 * float(np.median(np.abs(away[ground] - usual))))


def _glyphs(lab: NDArray[np.float32], inside: Mask, ring: Mask) -> Alpha:
    """Glyph coverage: what differs from the surface the text stands on, scaled by how much full ink differs."""
    backdrop = fit_backdrop(lab, ring)
    busy = backdrop.share < 0.8
    difference = _unlike(lab, inside, ring) if busy else backdrop.distance
    values = difference[inside]
    solid = inside & (difference > max(_otsu(values), 50.0 if busy else 0.5 * backdrop.tolerance))
    if not solid.any():
        return np.zeros(lab.shape[:2], np.float32)
    ink = float(np.percentile(difference[solid], 60))
    floor = 0.3 * ink if busy else min(0.35 * ink, max(0.12 * ink, backdrop.tolerance * 0.5))
    alpha: Alpha = np.clip((difference - floor) / max(0.85 * ink - floor, 1e-3), 0, 1).astype(np.float32)
    # Only what hangs together with ink inside the quadrilateral; a stroke may leave it, a background edge may not stay.
    touched = (alpha > 0.15).astype(np.uint8)
    count, labels = cv2.connectedComponents(touched, connectivity=8)
    total = np.bincount(labels.ravel(), minlength=count)
    within = np.bincount(labels[inside], minlength=count)
    inked = np.bincount(labels[solid], minlength=count)
    keep = (within >= 0.6 * total) & (inked > 0)
    keep[0] = False
    alpha[~keep[labels]] = 0
    return alpha


def _unlike(lab: NDArray[np.float32], inside: Mask, ring: Mask) -> NDArray[np.float32]:
    """On a busy ground: 0..100, how much nearer a pixel is to the colours of the ink than to those of the ground.

    Ink is what is common inside the line and rare around it, among six colour clusters (k-means).
    """
    near = inside | ring
    pixels = lab[near]
    sample = np.ascontiguousarray(pixels[:: max(1, len(pixels) // 8000)])
    if len(sample) < 6:
        return np.zeros(lab.shape[:2], np.float32)
    cv2.setRNGSeed(1)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 0.5)
    _, _, centres = cv2.kmeans(sample, 6, np.empty(0, np.int32), stop, 2, cv2.KMEANS_PP_CENTERS)
    distance = np.stack([np.linalg.norm(lab - centre, axis=2) for centre in centres])
    nearest = distance.argmin(axis=0)
    here = np.bincount(nearest[inside & ~ring], minlength=6) / max(1, int((inside & ~ring).sum()))
    around = np.bincount(nearest[ring], minlength=6) / max(1, int(ring.sum()))
    ink = here > 3 * around
    if not ink.any() or ink.all():
        return np.zeros(lab.shape[:2], np.float32)
    to_ink, to_ground = distance[ink].min(axis=0), distance[~ink].min(axis=0)
    return np.asarray(100 * to_ground / np.maximum(to_ink + to_ground, 1e-3), np.float32)


def _otsu(values: NDArray[np.float32]) -> float:
    """Otsu's threshold (1979) of float values."""
    top = float(values.max(initial=0.0))
    if top <= 0:
        return 0.0
    scaled = np.clip(values / top * 255, 0, 255).astype(np.uint8).reshape(-1, 1)
    level, _ = cv2.threshold(scaled, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return float(level) / 255 * top
