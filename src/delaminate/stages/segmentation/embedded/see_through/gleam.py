"""The gleam on a pane: a band of white between two straight lines from side to side, whatever lies behind it.

White of coverage g over a colour C shows C + g·(255 − C) (Porter and Duff 1984). Across a side of the band g can be
read off at every place that is not white already, and it is one and the same on the ground and on all things behind.
A light thing behind the pane may have straight sides, too, but goes on beyond the pane.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.pixels import Alpha
from delaminate.stages.segmentation.embedded.see_through.veil import Floats, Veil, reduced

_LONG = 128
_PLACES = 40
"""Places of a line that are looked at."""
_WITHIN, _OUTSIDE = (0.1, 0.9), (-0.14, -0.06, 1.06, 1.14)
"""Shares of a line's way through the pane that are within it, off its rims, and that are outside."""
_ACROSS = 1.6
"""Pixels of the copy from a line to either side at which the colours are compared."""
_ROOM = 24.0
"""Levels to white that a colour must have to tell how much white lies on it."""
_LEAST, _AGREE, _KNOWN = 0.06, 0.7, 0.5
"""Least coverage, share of the places that agree with it, and share of the places that can tell."""
_BEST = 40
"""So many of the clearest lines are paired."""
_INSIDE, _BESIDE = 230, 3
"""Coverage, of 255, that is all of a band; pixels beside it at which one looks."""
_BODY = 0.05
"""How far the coverage is off the pane's at most where it is no rim."""
_LIGHTER = 3.0
"""Levels by which it is lighter in a gleam."""
_WIDE = (0.05, 0.6)
"""Shares of the pane's side that a gleam is wide."""
_TURN = 0.12
"""Most by which the two sides run apart, in shares of the other side."""


_Under: TypeAlias = Callable[[NDArray[np.float64]], NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class _Lines:
    """Lines from the first row of a picture to the last that are edges of white: ends, white to the right or left."""

    top: Floats
    bottom: Floats
    cover: Floats
    agree: Floats


def with_gleam(rgb: NDArray[np.uint8], veil: Veil) -> Veil:
    """The pane with its gleam, where there is one: more coverage there, and a colour nearer to white.

    Parameters
    ----------
    rgb : uint8 H×W×3, the whole picture.
    """
    height, width = rgb.shape[:2]
    box = veil.box
    room = box.grown(max(4, max(box.width, box.height) // 5), width, height)
    inner = box.slices_in(room)
    part = np.ascontiguousarray(rgb[room.slices])
    middle = veil.alpha > 0.5 * float(np.median(veil.alpha))
    pane = float(np.median(veil.alpha)), np.asarray(np.median(veil.paint[middle], axis=0), np.float32)
    for turned in (False, True):
        crop = part.transpose(1, 0, 2) if turned else part
        rows, columns = (inner[1], inner[0]) if turned else inner
        bands = [_band(np.ascontiguousarray(crop), rows, columns, *pane, instead) for instead in (False, True)]
        band = min((one for one in bands if one is not None), key=lambda one: one.spread, default=None)
        if band is not None:
            white = band.where.T if turned else band.where
            within = veil.mask & (np.abs(veil.alpha - pane[0]) < _BODY)  # it ends before the rim
            share = np.asarray(white[inner] * within, np.float32)
            under = veil.alpha * (1 - share) if band.instead else veil.alpha
            share = share * np.float32(band.cover)
            under = under * (1 - share) if not band.instead else under
            alpha = np.clip(share + under, 0, 1)
            own = share[..., None] * 255 + under[..., None] * veil.paint
            paint = np.where(share[..., None] > 0, own / np.maximum(alpha, 1e-3)[..., None], veil.paint)
            return replace(veil, alpha=np.asarray(alpha, np.float32), paint=np.asarray(paint, np.float32))
    return veil


@dataclass(frozen=True, eq=False)
class _Band:
    """Where in a crop, 0..1, how much white, 0..1, and whether it is there instead of the pane and not on it.

    `spread` is how far places are off that much white, as a share of it.
    """

    where: Alpha
    cover: float
    instead: bool
    spread: float


def _band(
    rgb: NDArray[np.uint8], rows: slice, columns: slice, pane: float, colour: Floats, instead: bool
) -> _Band | None:
    """The upright band on a pane in a crop, or instead of it; `pane` and `colour` are the pane's coverage and own."""

    def under(far: NDArray[np.float64]) -> NDArray[np.float64]:
        """What the white lies on, given what is seen beside it."""
        return (far - pane * colour) / max(1e-3, 1 - pane) if instead else far

    copy, scale = reduced(rgb, _LONG)
    small = np.asarray(cv2.GaussianBlur(copy, (0, 0), 0.7), np.float32)
    top, bottom = rows.start * scale, rows.stop * scale
    left, right = columns.start * scale, columns.stop * scale
    ends = np.arange(left, right)
    pairs = np.stack(np.meshgrid(ends, ends, indexing="ij"), axis=-1).reshape(-1, 2)
    pairs = pairs[np.abs(pairs[:, 0] - pairs[:, 1]) < 0.5 * (bottom - top)]
    lighter_right, lighter_left = (_edges(small, pairs, top, bottom, side, under) for side in (1, -1))
    best: tuple[float, int, int] | None = None
    right_of, left_of = (lines.agree * lines.cover for lines in (lighter_right, lighter_left))
    for i in np.argsort(-right_of, kind="stable")[:_BEST]:
        gap_top, gap_bottom = lighter_left.top - lighter_right.top[i], lighter_left.bottom - lighter_right.bottom[i]
        wide = (gap_top + gap_bottom) / 2 / (right - left)
        alike = np.abs(lighter_left.cover - lighter_right.cover[i]) < 0.3 * lighter_right.cover[i] + 0.02
        fits = (wide > _WIDE[0]) & (wide < _WIDE[1]) & alike
        fits &= np.abs(gap_top - gap_bottom) < _TURN * (bottom - top)
        if fits.any():
            j = int(np.where(fits, left_of, -1).argmax())
            worth = float(right_of[i] + left_of[j])
            if best is None or worth > best[0]:
                best = (worth, int(i), j)
    if best is None:
        return None
    _, i, j = best
    corners = [
        (lighter_right.top[i], top),
        (lighter_left.top[j], top),
        (lighter_left.bottom[j], bottom),
        (lighter_right.bottom[i], bottom),
    ]
    full = np.zeros(rgb.shape[:2], np.uint8)
    points = np.rint((np.array(corners) / scale - 0.5) * 16).astype(np.int32)
    cv2.fillPoly(full, [points], 255, lineType=cv2.LINE_AA, shift=4)
    lines = [(lighter_right.top[i], lighter_right.bottom[i], 1), (lighter_left.top[j], lighter_left.bottom[j], -1)]
    told = [_sides(small, np.array([line[:2]]), top, bottom, line[2]) for line in lines]
    near, far = (np.concatenate([one[k][:, :_PLACES] for one in told], axis=1) for k in (0, 1))
    cover, spread = _typical(_white(near, under(far)))
    return _Band(np.asarray(_ended(full, rgb) / np.float32(255), np.float32), cover, instead, spread)


def _ended(band: NDArray[np.uint8], rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A band without the rows at both ends in which it is no lighter than beside it."""
    grey = rgb.mean(axis=2)
    lighter = np.full(len(band), np.nan)
    for row in np.flatnonzero((band > _INSIDE).any(axis=1)):
        columns = np.flatnonzero(band[row] > _INSIDE)
        beside = [max(0, int(columns[0]) - _BESIDE), min(grey.shape[1] - 1, int(columns[-1]) + _BESIDE)]
        lighter[row] = grey[row, columns].mean() - grey[row, beside].mean()
    shows = np.flatnonzero(lighter > 0.5 * float(np.nanmedian(lighter)))
    out = band.copy()
    if shows.size:
        out[: shows[0]] = out[shows[-1] + 1 :] = 0
    return out


def _typical(cover: NDArray[np.float64]) -> tuple[float, float]:
    """The median of what is known, and how far the rest is from it, as a share of it."""
    middle = float(np.nanmedian(cover))
    return middle, float(np.nanmedian(np.abs(cover - middle))) / max(1e-3, middle)


def _edges(rgb: Floats, pairs: NDArray[np.float64], top: float, bottom: float, side: int, under: _Under) -> _Lines:
    """Of the lines from x to x at two heights those beyond which there is more white; `side` 1 right, −1 left."""
    near, far = _sides(rgb, pairs, top, bottom, side)
    lighter = ((near - far).mean(axis=2)[:, :_PLACES] > _LIGHTER).mean(axis=1) >= _AGREE
    pairs, near, far = pairs[lighter], near[lighter], far[lighter]
    cover = _white(near, under(far))
    cover[:, _PLACES:] = _white(near, far)[:, _PLACES:]  # there is no pane out there
    inside = cover[:, :_PLACES].reshape(len(pairs), 3 * _PLACES)
    known = ~np.isnan(inside)
    enough = known.mean(axis=1) >= _KNOWN
    pairs, inside, known, cover = pairs[enough], inside[enough], known[enough], cover[enough]
    if not len(pairs):
        nothing = np.zeros(0, np.float32)
        return _Lines(nothing, nothing, nothing, nothing)
    typical = np.nanmedian(inside, axis=1)
    near_it = np.abs(inside - typical[:, None]) < 0.25 * typical[:, None] + 0.02
    agree = (near_it & known).sum(axis=1) / known.sum(axis=1)
    beyond = np.nan_to_num(cover[:, _PLACES:].mean(axis=2))
    ends = np.maximum(beyond[:, :2].max(axis=1), beyond[:, 2:].max(axis=1))
    keep = (typical >= _LEAST) & (agree >= _AGREE) & (ends < 0.5 * typical)
    return _Lines(*(np.asarray(one[keep], np.float32) for one in (pairs[:, 0], pairs[:, 1], typical, agree)))


def _sides(
    rgb: Floats, pairs: NDArray[np.float64], top: float, bottom: float, side: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Colours on the one side of lines and on the other, lines × places × 3; those outside of the pane are the last."""
    at = np.concatenate([np.linspace(*_WITHIN, _PLACES), _OUTSIDE])
    x = pairs[:, :1] + at * (pairs[:, 1:] - pairs[:, :1])
    y = np.broadcast_to(top + at * (bottom - top), x.shape)
    off = side * _ACROSS
    return _at(rgb, x + off, y), _at(rgb, x - off, y)


def _white(near: NDArray[np.float64], far: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much white over one colour gives the other, channel by channel; NaN where the one is about white."""
    room = 255 - far
    return np.asarray(np.where(room > _ROOM, (near - far) / np.maximum(room, 1), np.nan))


def _at(rgb: Floats, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Colours at places given by two tables."""
    x, y = x.astype(np.float32), np.ascontiguousarray(y, np.float32)
    return np.asarray(cv2.remap(rgb, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float64)
