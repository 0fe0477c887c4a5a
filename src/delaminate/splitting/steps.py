"""The steps of taking one thing off a picture, as `peel` and `revise` share them: edges, hole, fill, halo, trimming."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.contracts import Found, Stages, Tick
from delaminate.errors import StageFailed
from delaminate.pixels import Alpha, Box, Colour, Mask, Rgb, Rgba, box_of, levels

FAINT = 0.02
"""Alpha above which a pixel belongs to the hole."""
THICK = 0.6
"""Coverage above which what shows through is not believed."""
_STEP = 0.1
"""Change of coverage within three pixels that is a hard edge."""
_LINE = 9
"""Pixels across which a line, with its soft edges, runs through a shadow."""
_EDGE = 24.0
"""Levels between neighbours from which on a picture has an edge that no soft shadow makes."""


def surroundings(box: Box, width: int, height: int) -> Box:
    """The box with the margin that the matter and the fill want round a thing."""
    margin = max(12, round(0.02 * max(box.width, box.height)), round(0.008 * max(height, width)))
    return box.grown(margin, width, height)


_DRAWN_RIM = 2
"""Pixels on both sides of a drawn edge that may be covered in part."""


def coverage(rgb: Rgb, mask: Mask, found: Found, box: Box, stages: Stages, tick: Tick) -> Alpha:
    """How much of every pixel the thing covers.

    Parameters
    ----------
    rgb, mask : the crop `box` of the picture and of the finding's mask.
    """
    if found.alpha is None:
        soft = stages.matter(rgb, mask, tick)
        if not found.drawn:
            return soft
        # Whoever drew the mask said where the edge is: only the rim is the matter's, also across one colour.
        rim = grown(mask, _DRAWN_RIM) & grown(~mask, _DRAWN_RIM)
        return np.where(rim, soft, mask.astype(np.float32))
    alpha = np.zeros(mask.shape, np.float32)
    alpha[found.box.slices_in(box)] = found.alpha
    return alpha


def seen_through(rgb: Rgb, alpha: Alpha, paint: Colour) -> tuple[Rgb, Mask]:
    """What shows through something of known coverage and colour, and where too little of it does to be believed.

    Parameters
    ----------
    rgb, alpha, paint : over one box; the colour in levels of the picture.

    Returns
    -------
    rgb, hidden
        The ground, solved from the equation of compositing, and H×W where it must be filled: under what is thick, and
        along the hard edges of its coverage and colour, where half a pixel more or less of it would leave a line.
    """
    full = levels(rgb)
    share = alpha[..., None]
    through = (rgb - share * paint) / np.maximum(1 - share, np.float32(1 - THICK))
    around = np.ones((3, 3), np.uint8)
    steep = cv2.morphologyEx(alpha, cv2.MORPH_GRADIENT, around) > _STEP
    steep |= (cv2.morphologyEx(share * paint / np.float32(full), cv2.MORPH_GRADIENT, around) > _STEP).any(axis=2)
    hidden = (alpha > THICK) | grown(np.asarray(steep), 1)
    shown = np.asarray(np.rint(np.clip(through, 0, full)), rgb.dtype)
    return np.where(share > 0, shown, rgb), np.asarray(hidden)


def completed(mask: Mask, uncovered: Mask) -> Mask:
    """The mask with its enclosed holes given back where a layer in front of it was taken off."""
    if not uncovered.any():
        return mask
    around = np.pad(~mask, 1, constant_values=True).view(np.uint8)
    count, labels = cv2.connectedComponents(around, connectivity=4)
    holes = labels[1:-1, 1:-1].ravel()
    share = np.bincount(holes, uncovered.ravel(), count) / np.maximum(np.bincount(holes, minlength=count), 1)
    given_back = share > 0.5
    given_back[[0, labels[0, 0]]] = False  # the mask itself, and what is around it
    return np.asarray(mask | given_back[labels[1:-1, 1:-1]])


def grown(mask: Mask, pixels: int) -> Mask:
    """A mask grown by so many pixels in city-block distance."""
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    return np.asarray(cv2.dilate(mask.view(np.uint8), cross, iterations=pixels) > 0)


def hole_of(alpha: Alpha, longest: int, lossy: bool) -> Mask:
    """What to fill behind a thing: further than it reaches, furthest where compression smeared it.

    Parameters
    ----------
    longest : the picture's longer side in pixels.
    """
    reach = (8 if lossy else 3) * max(1, round(longest / 1500))
    return grown(alpha > FAINT, reach)


def filled(rgb: Rgb, hole: Mask, usable: Mask, box: Box, stages: Stages, *, prompt: str, seed: int, tick: Tick) -> Rgb:
    """The crop `box` of the picture with the hole filled.

    Parameters
    ----------
    rgb, hole, usable : of the whole picture; the hole lies within the box and has at least one pixel.

    Raises
    ------
    StageFailed
        If the inpainter gives another size or depth than it was asked for.
    """
    patch = stages.inpainter(rgb, hole, usable, prompt=prompt, seed=seed, tick=tick)
    inner = box_of(hole)
    assert inner is not None
    if patch.shape != (inner.height, inner.width, 3) or patch.dtype != rgb.dtype:
        raise StageFailed(
            f"the inpainter {stages.inpainter.name!r} returned {patch.dtype} {patch.shape} "
            f"for a hole of {(inner.height, inner.width, 3)}"
        )
    out = rgb[box.slices].copy()
    cv2.copyTo(patch, hole[inner.slices].view(np.uint8), out[inner.slices_in(box)])
    return out


def is_plain(fill: Rgb, hole: Mask) -> bool:
    """Whether the fill is so smooth that moving it by a few levels would show."""
    red, green, blue = cv2.split(fill)
    grey = np.asarray((red.astype(np.float32) + green + blue) / np.float32(3) * np.float32(255.0 / levels(fill)))
    rough = np.abs(cv2.Laplacian(grey, cv2.CV_32F, borderType=cv2.BORDER_REFLECT)[hole])
    return bool(rough.size and float(np.mean(rough)) < 2.5)


def smooth_beside(rgb: Rgb, hole: Mask, among: Mask) -> Mask:
    """The part of `among` that is one with a hole's rim: no thing with an edge round it, but lines that run across.

    Parameters
    ----------
    rgb : H×W×3.
    hole : H×W; where it is empty, everything in `among` may be meant.
    """
    shown = rgb.astype(np.float32) * np.float32(255 / levels(rgb))
    kernel = np.ones((3, 3), np.uint8)
    step = (cv2.dilate(shown, kernel) - cv2.erode(shown, kernel)).max(axis=2)
    smooth = among & ~grown(np.asarray(step > _EDGE), 1) & ~hole
    _, labels = cv2.connectedComponents(smooth.astype(np.uint8), connectivity=4)
    reached = np.unique(labels[smooth & grown(hole, 3)] if hole.any() else labels)
    found = np.isin(labels, reached[reached > 0]) | hole
    lines = cv2.morphologyEx(found.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((_LINE, _LINE), np.uint8))
    return np.asarray((lines > 0) & among)


def with_halo(before: Rgb, fill: Rgb, alpha: Alpha, hole: Mask) -> Alpha:
    """Give the faint remains round a thing on a plain ground (compression noise, glow, soft shadow) to its layer.

    They get the least alpha that exactness allows, so that the ground comes back as smooth as it was.
    """
    full = levels(before)
    red, green, blue = cv2.split(cv2.absdiff(before, fill))
    difference = np.maximum(np.maximum(red, green), blue)
    ring = hole & (alpha * full < 0.5)
    if not ring.any() or float(np.percentile(difference[ring], 90)) > 24 * full / 255:
        return alpha
    # On a ground with grain, differences as small as the grain are the ground itself.
    grain = 0 if int(np.ptp(fill[hole], axis=0).max()) == 0 else 2 * full // 255
    return np.where(ring & (difference > grain), np.float32(1.0 / full), alpha)


def clear_behind(alpha: NDArray[Any], hole: Mask) -> Mask:
    """Where nothing at all is behind a thing: its surroundings in the input are transparent.

    Parameters
    ----------
    alpha : H×W of the picture's depth.
    """
    full = levels(alpha)
    ring = grown(hole, 3) & ~hole
    around = alpha[ring] if ring.any() else alpha[hole]
    see_through = bool(around.size == 0 or (around < full).mean() > 0.5)
    return np.asarray(hole & see_through | (alpha < full))


def trimmed(layer: Rgba, box: Box) -> tuple[Box, Rgba]:
    """The layer cropped to what it covers; one clear pixel when it covers nothing."""
    inner = _bounds(layer)
    return inner.shifted(box.left, box.top), np.ascontiguousarray(layer[inner.slices])


def trimmed_like(mask: Mask, layer: Rgba) -> Mask:
    """A mask cropped as `trimmed` crops the layer."""
    return np.ascontiguousarray(mask[_bounds(layer).slices])


def _bounds(layer: Rgba) -> Box:
    return box_of(layer[..., 3]) or Box(0, 0, 1, 1)
