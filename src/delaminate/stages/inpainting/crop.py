"""The way round a model that fills: a padded crop about the hole, at a size the model likes, and back through the hole.

The model never sees what it is to replace: the hole is covered by a membrane first. Of what it returns only the hole
is used, moved by what it changed along the rim, so that neither a shift of colours nor a re-rendered neighbourhood
reaches the picture.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.errors import BadArray, StageFailed
from delaminate.pixels import Box, Mask, Rgb, as_eight_bit, box_of, check_mask, check_pixels, levels
from delaminate.stages.inpainting.content_aware.membrane import correction, membrane_fill

EMPTY = (
    "Fill the masked area with the empty background only: continue the surrounding surfaces, textures, lighting, "
    "perspective and grain seamlessly, as if nothing had ever been there. Add nothing new: no objects, no people, "
    "no animals, no text, no shadows of removed things."
)
"""The prompt for "what is behind": nothing new."""

Render: TypeAlias = Callable[[NDArray[np.uint8], Mask], NDArray[Any]]
"""A model at work: uint8 h×w×3 and the hole h×w in, a picture of the same size with values 0..255 out."""

_LEAST_MARGIN = 32
_RIM = 8
_MOST_SHIFT = 40.0


@dataclass(frozen=True)
class Fit:
    """The sizes a model works at.

    Parameters
    ----------
    multiple : both sides are multiples of it.
    least, most : pixels of the whole canvas.
    longest : pixels of a side, a multiple of `multiple`.
    ratio : how much longer than the other a side may be.
    context : margin about the hole, as a multiple of the hole's longer side.
    """

    multiple: int = 16
    least: int = 512 * 512
    most: int = 1024 * 1024
    longest: int = 2048
    ratio: float = 4.0
    context: float = 0.5


@dataclass(frozen=True)
class Canvas:
    """What the model gets: `box` of the picture, scaled to `inner` of a width × height canvas.

    What of the canvas lies outside `inner` repeats the edge of the picture.
    """

    box: Box
    inner: Box
    width: int
    height: int


def canvas_for(hole: Box, width: int, height: int, fit: Fit) -> Canvas:
    """The canvas for a hole in a width × height picture.

    It is as large as the padded box about the hole where the model takes that, else the nearest the model takes.
    """
    margin = max(_LEAST_MARGIN, int(fit.context * max(hole.width, hole.height)))
    box = hole.grown(margin, width, height)
    wide, high = max(float(box.width), box.height / fit.ratio), max(float(box.height), box.width / fit.ratio)
    area = wide * high
    scale = min(math.sqrt(min(max(area, fit.least), fit.most) / area), fit.longest / max(wide, high))
    across = max(1, round(wide * scale / fit.multiple))
    down = max(1, round(high * scale / fit.multiple))
    unit = fit.multiple * fit.multiple
    while max(across, down) > fit.ratio * min(across, down) or across * down * unit < fit.least:
        across, down = (across + 1, down) if across <= down else (across, down + 1)
    while across * down * unit > fit.most or max(across, down) * fit.multiple > fit.longest:
        across, down = (across - 1, down) if across >= down else (across, down - 1)
    w, h = across * fit.multiple, down * fit.multiple
    inner_w = w if wide == box.width else min(w, max(1, round(box.width * h / box.height)))
    inner_h = h if high == box.height else min(h, max(1, round(box.height * w / box.width)))
    left, top = (w - inner_w) // 2, (h - inner_h) // 2
    return Canvas(box, Box(left, top, left + inner_w, top + inner_h), w, h)


def fill_through(rgb: Rgb, hole: Mask, fit: Fit, render: Render, who: str) -> Rgb:
    """Fill a hole with what a model makes of a crop.

    Parameters
    ----------
    rgb : H×W×3, uint8 or uint16; not changed.
    hole : H×W, at least one pixel.
    render : the model.
    who : its name, for messages.

    Returns
    -------
    Rgb
        The bounding box of the hole in rgb's dtype, identical to `rgb` outside the hole.

    Raises
    ------
    BadArray
        If the arrays disagree or the hole is empty.
    StageFailed
        If the model returns something else than a picture of the size it was given.

    Notes
    -----
    Memory: about 60 bytes per pixel of the canvas and 20 per pixel of the hole's bounding box.
    """
    check_pixels(rgb)
    check_mask(hole, rgb.shape)
    box = box_of(hole)
    if box is None or rgb.shape[2] != 3:
        raise BadArray("filling needs an H×W×3 picture and a hole of at least one pixel")
    canvas = canvas_for(box, hole.shape[1], hole.shape[0], fit)
    picture, inside = _laid_out(rgb, hole, canvas)
    made = np.asarray(render(picture, inside))
    if made.shape != picture.shape or not np.isfinite(made).all():
        raise StageFailed(f"{who} returned an array {made.shape} for a picture of {picture.shape}")
    shifted = joined(made.astype(np.float32), picture, inside)
    return _back(rgb, hole, box, shifted, canvas)


def _laid_out(rgb: Rgb, hole: Mask, canvas: Canvas) -> tuple[NDArray[np.uint8], Mask]:
    """The crop on its canvas with the hole covered, and the hole there."""
    size = canvas.inner.width, canvas.inner.height
    # Picture and hole are scaled alike, so that no pixel outside the small hole carries anything of the large one.
    how = cv2.INTER_AREA if canvas.inner.area < canvas.box.area else cv2.INTER_LINEAR
    crop = np.ascontiguousarray(as_eight_bit(rgb[canvas.box.slices]))
    part = hole[canvas.box.slices]
    shares = cv2.resize(part.astype(np.float32), size, interpolation=how)
    small = np.asarray(cv2.resize(crop, size, interpolation=how), np.uint8)
    frame = canvas.inner
    edges = frame.top, canvas.height - frame.bottom, frame.left, canvas.width - frame.right
    picture = np.asarray(cv2.copyMakeBorder(small, *edges, cv2.BORDER_REPLICATE), np.uint8)
    inside = np.asarray(cv2.copyMakeBorder((shares > 0).astype(np.uint8), *edges, cv2.BORDER_REPLICATE)) > 0
    if inside.all():
        picture[...] = 128
    else:
        picture[inside] = np.clip(np.rint(membrane_fill(picture, inside, ~inside)), 0, 255).astype(np.uint8)
    return picture, inside


def joined(made: NDArray[np.float32], picture: NDArray[np.uint8], inside: Mask) -> NDArray[np.float32]:
    """The model's picture, moved inside the hole by the smooth continuation of what it changed along the rim."""
    near = cv2.dilate(inside.view(np.uint8), np.ones((2 * _RIM + 1, 2 * _RIM + 1), np.uint8)) > 0
    rows, columns = np.nonzero(near & ~inside)
    if rows.size == 0:
        return made
    residual = np.clip(picture[rows, columns].astype(np.float32) - made[rows, columns], -_MOST_SHIFT, _MOST_SHIFT)
    shift = correction(rows, columns, residual, inside.shape, 4.0 * _RIM)
    holes = np.nonzero(inside)
    made[holes] += shift(*holes)
    return made


def _back(rgb: Rgb, hole: Mask, box: Box, made: NDArray[np.float32], canvas: Canvas) -> Rgb:
    """The hole's bounding box at full size, from the canvas."""
    size = canvas.box.width, canvas.box.height
    how = cv2.INTER_AREA if canvas.inner.area > canvas.box.area else cv2.INTER_CUBIC
    full = cv2.resize(np.ascontiguousarray(made[canvas.inner.slices]), size, interpolation=how)
    part = full[box.slices_in(canvas.box)]
    top = levels(rgb)
    out = rgb[box.slices].copy()
    inside = hole[box.slices]
    out[inside] = np.clip(np.rint(part[inside] * np.float32(top / 255)), 0, top).astype(rgb.dtype)
    return out
