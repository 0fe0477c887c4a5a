"""A soft shadow that a thing casts on what is behind it: how much light it leaves, found without being asked for.

A shadow multiplies the light of the ground: in logarithms it adds, softly and alike in all channels, while the edges of
the ground itself are sharp or coloured. So the gradients that are soft and alike are kept, the others dropped, and the
rest is integrated again (the idea of Finlayson, Hordley and Drew, "Removing shadows from images", 2002, without their
camera model). What then is darker near the thing than far from it is its shadow.

Cost: a few hundred sweeps over a copy of at most `LONGEST` pixels a side, whatever the picture's size.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.pixels import Alpha, Box, Colour, Mask, Rgb, box_of, levels, shared

LONGEST = 160
"""Longest side, in pixels, of the copy that is looked at: shadows are soft."""
SHARP = 0.16
"""Change of the logarithm from one pixel to the next above which an edge is the ground's own."""
PLACE = 0.15
"""Least share of the far ground that a connected place of it must have; smaller ones are things."""
COLOURED = 0.6
"""Share of a change by which channels may differ in a shadow; light from the sky tints it a little."""
SMOOTH = 1.5
"""Deviation, in pixels of the copy, over which the grain of the ground is averaged."""
DEEP = 0.1
"""Least darkening (logarithm) at the darkest tenth of a shadow; fainter ones are left where they are."""
ABOVE_GRAIN = 3.5
"""How many deviations of the ground's own unevenness a shadow must be deep."""
UNEVEN = 0.05
"""Unevenness (logarithm) from which a ground's dark places are its own: photographs of rooms, woods and water. Where a
shadow was looked for in photographs this parted what was one (0.02) from what was none (0.07 to 0.12)."""
EDGE = 0.05
"""Darkening at which a shadow ends."""
FADE = 6.0
"""Pixels of the copy over which a shadow is followed beyond its edge."""
LARGEST = 1.5
"""Most area of a shadow, in areas of its thing."""
SMALLEST = 0.02
"""Least area of a shadow, in areas of its thing: contact lines are not worth a guess."""
DARK = 12.0
"""Levels added before taking logarithms, so that noise in black does not count."""

Plane = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Shadow:
    """The light that is left in a shadow.

    Parameters
    ----------
    box : where it lies, in pixels of the picture.
    light : float32, box.height × box.width × 3: the share of the ground's light per channel, 1 outside the shadow.
        It goes on under the thing.
    """

    box: Box
    light: Colour

    def over(self, box: Box) -> Colour:
        """The light over any box of the picture, 1 outside the shadow."""
        out = np.ones((box.height, box.width, 3), np.float32)
        inner = shared(self.box, box)
        if inner is not None:
            out[inner.slices_in(box)] = self.light[inner.slices_in(self.box)]
        return out


def reach(box: Box, width: int, height: int) -> Box:
    """How far round a thing its shadow is looked for."""
    return box.grown(16 + round(0.6 * max(box.width, box.height)), width, height)


def shadow_of(rgb: Rgb, mask: Mask, others: Mask, box: Box) -> Shadow | None:
    """The soft shadow that lies on the ground next to a thing, or None.

    Parameters
    ----------
    rgb : H×W×3, the crop `box` of the picture; `box` is the thing's grown as `reach` says.
    mask : H×W, the thing.
    others : H×W, what else was found: no ground.

    Returns
    -------
    Shadow
        On flat and graded grounds right to a few levels; on uneven ones none is found.
    """
    height, width = mask.shape
    scale = min(1.0, LONGEST / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA).astype(np.float32) * np.float32(255 / levels(rgb))
    thing = _share(mask, size)
    near = _grown(thing > 0.02, 1)
    theirs = _share(others, size) > 0.02
    ground = ~near & ~_grown(theirs, 1)
    solid = thing > 0.5
    spread = box_of(solid)
    if spread is None or int(ground.sum()) < 50:
        return None
    longest = max(spread.width, spread.height)
    away = cv2.distanceTransform((~solid).astype(np.uint8), cv2.DIST_L2, 5)
    outer = ground & (away > min(0.4 * longest, 0.6 * float(away[ground].max())))
    if int(outer.sum()) < 30:
        return None
    logs = np.log(small + np.float32(DARK))
    dark, grain = _darkening(logs, ground, outer)
    if grain > UNEVEN:
        return None
    mean = dark.mean(axis=2)
    lain_on = ground & _reached(logs, ground, outer)
    found = _attached(mean, grain, solid, near, lain_on, outer, max(float(solid.sum()), 0.5 * spread.area))
    if theirs.any():  # a shadow that several share goes to the nearest, each its part
        found &= away <= cv2.distanceTransform((~theirs).astype(np.uint8), cv2.DIST_L2, 5)
    if not found.any():
        return None
    # Beyond the edge it fades out, so that no line stays where it ends.
    beyond = cv2.distanceTransform((~found).astype(np.uint8), cv2.DIST_L2, 5)
    fade = np.clip(1.5 - beyond / FADE, 0, 1) * ground
    light = np.exp(np.minimum(dark, 0) * fade[..., None]).astype(np.float32)
    light = _carried_on(light, near, ground)
    whole = np.clip(cv2.resize(light, (width, height), interpolation=cv2.INTER_LINEAR), np.float32(0.1), 1)
    inner = box_of(whole.min(axis=2) < 1 - 1e-3)
    if inner is None:
        return None
    return Shadow(inner.shifted(box.left, box.top), np.ascontiguousarray(whole[inner.slices]))


def lit(shaded: Rgb, light: Colour) -> Rgb:
    """The ground as it would be without the shadow: its light given back, its texture kept.

    Parameters
    ----------
    shaded, light : H×W×3 over one box.
    """
    full = levels(shaded)
    return np.asarray(np.rint(np.clip(shaded / light, 0, full)), shaded.dtype)


def cast(ground: Rgb, light: Colour) -> tuple[Alpha, Colour]:
    """The layer that, over a ground, leaves it the given light: its coverage (H×W) and its colour (H×W×3, levels)."""
    cover = (1 - light.min(axis=2)).astype(np.float32)
    share = (light - (1 - cover)[..., None]) / np.maximum(cover, np.float32(1e-3))[..., None]
    return cover, (np.clip(share, 0, 1) * ground).astype(np.float32)


def _share(mask: Mask, size: tuple[int, int]) -> Plane:
    return np.asarray(cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA))


def _grown(mask: Mask, times: int) -> Mask:
    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=times) > 0)


def _darkening(logs: Colour, ground: Mask, outer: Mask) -> tuple[Colour, float]:
    """How much darker (logarithm, H×W×3) each pixel is than the ground far away, and the unevenness of that."""
    right, down = _steps(logs, ground, 1), _steps(logs, ground, 0)
    pull = np.where(outer, np.float32(1e-3), np.float32(1e-6)) * ground
    beside, below = (ground[:, 1:] & ground[:, :-1]).astype(np.float32), (ground[1:] & ground[:-1]).astype(np.float32)

    def operator(field: Plane) -> Plane:
        return np.asarray(pull * field + _against(beside * np.diff(field, axis=1), below * np.diff(field, axis=0)))

    rows, columns = np.mgrid[0 : logs.shape[0], 0 : logs.shape[1]].astype(np.float32)
    terms = np.stack([np.ones_like(rows), columns / rows.shape[1] - 0.5, rows / rows.shape[0] - 0.5], axis=-1)
    planes = []
    for channel in range(3):
        field = _solved(operator, _against(right[..., channel], down[..., channel]))
        field -= (terms @ _robust_plane(terms[outer], field[outer])).astype(np.float32)
        planes.append(field - np.median(field[outer]))
    weight = cv2.GaussianBlur(ground.astype(np.float32), (0, 0), SMOOTH)
    dark = np.where(ground[..., None], np.stack(planes, axis=-1), np.float32(0)).astype(np.float32)
    smooth = cv2.GaussianBlur(dark, (0, 0), SMOOTH) / np.maximum(weight, np.float32(1e-3))[..., None]
    far = smooth.mean(axis=2)[outer]
    return smooth.astype(np.float32), float(1.4826 * np.median(np.abs(far - np.median(far))))


def _reached(logs: Colour, ground: Mask, outer: Mask) -> Mask:
    """The ground that can be reached from far away without crossing a sharp edge."""
    sharp = np.zeros_like(ground)
    across, along = (
        np.abs(np.diff(logs, axis=1)).max(axis=2) >= SHARP,
        np.abs(np.diff(logs, axis=0)).max(axis=2) >= SHARP,
    )
    sharp[:, 1:] |= across
    sharp[1:] |= along
    _, labels = cv2.connectedComponents((ground & ~sharp).astype(np.uint8), connectivity=8)
    sizes = np.bincount(labels[outer & ~sharp])
    sizes[:1] = 0
    return _grown(np.isin(labels, np.flatnonzero(sizes > PLACE * int(outer.sum()))), 1)


def _steps(logs: Colour, ground: Mask, axis: int) -> Colour:
    """Differences between neighbours that a soft shadow may have made; 0 for the others."""
    step = np.diff(logs, axis=axis)
    mean = step.mean(axis=2)
    tint = np.abs(step - mean[..., None]).max(axis=2)
    both = ground[:, 1:] & ground[:, :-1] if axis else ground[1:] & ground[:-1]
    soft = both & (np.abs(mean) < SHARP) & (tint < 0.03 + COLOURED * np.abs(mean))
    return np.where(soft[..., None], step, np.float32(0)).astype(np.float32)


def _against(right: Plane, down: Plane) -> Plane:
    """The negative divergence of steps to the right and down."""
    out = np.zeros((right.shape[0], down.shape[1]), np.float32)
    out[:, 1:] += right
    out[:, :-1] -= right
    out[1:] += down
    out[:-1] -= down
    return out


def _solved(operator: Callable[[Plane], Plane], wanted: Plane, sweeps: int = 300) -> Plane:
    """Conjugate gradients (Hestenes and Stiefel, 1952), from zero."""
    field = np.zeros_like(wanted)
    rest = wanted.copy()
    way = rest.copy()
    square = start = float(np.vdot(rest, rest))
    for _ in range(sweeps):
        if square <= 1e-8 * start or square == 0.0:
            break
        image = operator(way)
        step = square / float(np.vdot(way, image))
        field += np.float32(step) * way
        rest -= np.float32(step) * image
        square, before = float(np.vdot(rest, rest)), square
        way = rest + np.float32(square / before) * way
    return field


def _robust_plane(terms: Plane, values: Plane) -> Plane:
    """Coefficients of a plane through most of the values; what is darker than it counts least."""
    weight = np.ones(len(values), np.float32)
    found = np.zeros(terms.shape[1], np.float32)
    for _ in range(8):
        found = np.linalg.lstsq(terms * weight[:, None], values * weight, rcond=None)[0].astype(np.float32)
        off = values - terms @ found
        spread = 1.4826 * np.median(np.abs(off)) + 1e-3
        weight = (1 / np.maximum(1, np.abs(off) / np.where(off < 0, spread, 3 * spread))).astype(np.float32)
    return found


def _attached(mean: Plane, grain: float, solid: Mask, near: Mask, ground: Mask, outer: Mask, area: float) -> Mask:
    """The dark places that are this thing's shadow: they touch it, and end where the ground is as bright as ever."""
    dark = ground & (mean < -max(EDGE, 2 * grain))
    count, labels = cv2.connectedComponents(dark.astype(np.uint8), connectivity=8)
    touching = set(np.unique(labels[_grown(near, 2)]).tolist()) - {0}
    middle = float(np.nonzero(solid)[0].mean())
    longest = float(np.sqrt(area))
    out = np.zeros_like(dark)
    for label in range(1, count):
        if label not in touching:
            continue
        one = labels == label
        deep = -float(np.percentile(mean[one], 10)) >= max(DEEP, ABOVE_GRAIN * grain)
        sized = SMALLEST * area <= int(one.sum()) <= LARGEST * area
        ends = float(outer[one].mean()) <= 0.5
        # Light comes from above: a dark place over a thing is no shadow of it.
        under = float(np.nonzero(one)[0].mean()) >= middle - 0.1 * longest
        if deep and sized and ends and under:
            out |= one
    return out


def _carried_on(light: Colour, near: Mask, ground: Mask) -> Colour:
    """The light with the thing's own place filled from its rim inwards."""
    known = ground.astype(np.float32)
    out = light * known[..., None]
    todo = near.copy()
    while todo.any():
        weight = cv2.GaussianBlur(known, (0, 0), 2)
        reached = todo & (weight > 0.02)
        if not reached.any():
            break
        blurred = cv2.GaussianBlur(out * known[..., None], (0, 0), 2)
        out[reached] = blurred[reached] / weight[reached, None]
        known[reached] = 1
        todo &= ~reached
    out[known == 0] = 1
    return out
