"""A thing's soft shadow on a ground of several plain pieces: a sun, a table and a sky behind it.

A shadow multiplies the light of the ground: in logarithms it adds, softly and alike in all channels, while the edges of
the ground itself are sharp or coloured. So the gradients that are soft and alike are kept, the others dropped, and the
rest is integrated again (the idea of Finlayson, Hordley and Drew, "Removing shadows from images", 2002, without their
camera model). What then is darker near the thing than far from it is its shadow.

Cost: some hundred sweeps over copies of at most `LONGEST` pixels a side, whatever the picture's size: 0.1 s a thing.
"""

from __future__ import annotations

import cv2
import numpy as np

from delaminate.pixels import Box, Colour, Mask, Rgb, box_of, levels
from delaminate.splitting.gradients import (
    COLOURED,
    SHARP,
    TINT,
    Plane,
    integrated,
    largest,
    mean_and_tint,
    share,
    softly,
)
from delaminate.splitting.shadow.light import Shadow

LONGEST = 320
"""Longest side, in pixels, of the copy that is looked at: shadows are soft."""
PLACE = 0.15
"""Least share of the far ground that a connected place of it must have; smaller ones are things."""
OTHER = 0.08
"""Difference between channels of such a change above which it is an edge, however small it is."""
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
HARD = 0.4
"""Most of a shadow's rim, but for the thing, that may have a sharp edge, beside what the ground has anywhere: what ends
so is shaded by itself."""
STRANGER = 0.02
"""Least area of another thing beside, in areas of the thing."""
DARK = 12.0
"""Levels added before taking logarithms, so that noise in black does not count."""


def shadow_on_plain(rgb: Rgb, mask: Mask, others: Mask, box: Box) -> Shadow | None:
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
    thing = share(mask, size)
    near = _grown(thing > 0.02, 1)
    theirs = share(others, size) > 0.02
    ground = ~near & ~_grown(theirs, 1)
    solid = thing > 0.5
    spread = box_of(solid)
    if spread is None or int(ground.sum()) < 50:
        return None
    longest = max(spread.width, spread.height)
    away = _distance(solid)
    outer = ground & (away > min(0.4 * longest, 0.6 * float(away[ground].max())))
    if int(outer.sum()) < 30:
        return None
    logs = np.log(small + np.float32(DARK))
    strangers = _strangers(logs, ground, outer, float(solid.sum()))
    if strangers.any():
        theirs = theirs | strangers
        ground, outer = ground & ~_grown(strangers, 1), outer & ~_grown(strangers, 1)
    if int(outer.sum()) < 30:
        return None
    dark, grain = _darkening(logs, ground, outer)
    if grain > UNEVEN:
        return None
    mean, tint = mean_and_tint(dark)
    lain_on = ground & _reached(logs, ground, outer)
    grey = tint < TINT + COLOURED * np.abs(mean)
    area = max(float(solid.sum()), 0.5 * spread.area)
    found = _attached(
        np.where(grey, mean, np.float32(0)), grain, solid, near, lain_on, outer, ~_soft(logs, ground), area
    )
    if theirs.any() and found.any():
        found &= _own(mean, found, away, _distance(theirs))
    if not found.any():
        return None
    # Beyond the edge it fades out, so that no line stays where it ends.
    fade = np.clip(1.5 - _distance(found) / FADE, 0, 1)[..., None]
    dark = np.minimum(dark, 0) * fade * (lain_on & grey)[..., None]
    light = _carried_on(_light(small, dark, ground), near, ground)
    light = np.asarray(1 - (1 - light) * fade, np.float32)
    whole = np.clip(cv2.resize(light, (width, height), interpolation=cv2.INTER_LINEAR), np.float32(0.1), 1)
    inner = box_of(whole.min(axis=2) < 1 - 1e-3)
    if inner is None:
        return None
    return Shadow(inner.shifted(box.left, box.top), np.ascontiguousarray(whole[inner.slices]))


def _light(shaded: Colour, dark: Colour, ground: Mask) -> Colour:
    """The share of light that is left where the logarithm of a colour and `DARK` is smaller by `dark`."""
    shown = _smooth(shaded, ground)
    whole = (shown + np.float32(DARK)) * np.exp(-dark) - np.float32(DARK)
    return np.asarray(np.clip(shown / np.maximum(whole, np.float32(1)), 0, 1), np.float32)


def _smooth(field: Colour, ground: Mask) -> Colour:
    """A field without its grain, by what lies on the ground alone."""
    weight = cv2.GaussianBlur(ground.astype(np.float32), (0, 0), SMOOTH)
    kept = np.where(ground[..., None], field, np.float32(0)).astype(np.float32)
    return np.asarray(
        cv2.GaussianBlur(kept, (0, 0), SMOOTH) / np.maximum(weight, np.float32(1e-3))[..., None], np.float32
    )


def _distance(mask: Mask) -> Plane:
    """Pixels to the nearest of a mask."""
    return np.asarray(cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5), np.float32)


def _grown(mask: Mask, times: int) -> Mask:
    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=times) > 0)


def _darkening(logs: Colour, ground: Mask, outer: Mask) -> tuple[Colour, float]:
    """How much darker (logarithm, H×W×3) each pixel is than the ground far away, and the unevenness of that."""
    field = integrated(logs, ground, outer)
    rows, columns = np.mgrid[0 : logs.shape[0], 0 : logs.shape[1]].astype(np.float32)
    terms = np.stack([np.ones_like(rows), columns / rows.shape[1] - 0.5, rows / rows.shape[0] - 0.5], axis=-1)
    for channel in range(3):
        plane = field[..., channel]
        plane -= _plane(terms, _robust_plane(terms[outer], plane[outer]))
        plane -= np.median(plane[outer])
    smooth = _smooth(field, ground)
    far = smooth.mean(axis=2)[outer]
    return smooth, float(1.4826 * np.median(np.abs(far - np.median(far))))


def _reached(logs: Colour, ground: Mask, outer: Mask) -> Mask:
    """The ground that can be reached from far away without crossing a sharp edge."""
    sharp = np.zeros_like(ground)
    across, along = _is_edge(np.diff(logs, axis=1), outer[:, 1:]), _is_edge(np.diff(logs, axis=0), outer[1:])
    sharp[:, 1:] |= across
    sharp[1:] |= along
    _, labels = cv2.connectedComponents((ground & ~sharp).astype(np.uint8), connectivity=4)
    sizes = np.bincount(labels[outer & ~sharp])
    sizes[:1] = 0
    return _grown(np.isin(labels, np.flatnonzero(sizes > PLACE * int(outer.sum()))), 1)


def _is_edge(step: Colour, outer: Mask) -> Mask:
    """Whether a difference of neighbours is one of things: sharp, or of another colour than the ground's grain."""
    _, tint = mean_and_tint(step)
    other = max(OTHER, 2 * float(np.percentile(tint[outer], 99))) if outer.any() else OTHER
    return np.asarray((largest(*(step[..., k] for k in range(3))) >= SHARP) | (tint >= other))


def _strangers(logs: Colour, ground: Mask, outer: Mask, area: float) -> Mask:
    """Things that nobody told of: places of another colour than the ground far away, with a sharp edge all round."""
    apart = ground & ~_reached(logs, ground, outer)
    apart = np.asarray(cv2.morphologyEx(apart.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0)
    usual = np.median(logs[outer], axis=0)
    count, labels = cv2.connectedComponents(apart.astype(np.uint8), connectivity=4)
    out = np.zeros_like(apart)
    for label in range(1, count):
        one = labels == label
        step = np.median(logs[one], axis=0) - usual
        grey = float(np.abs(step - step.mean()).max()) < TINT + COLOURED * abs(float(step.mean()))
        if int(one.sum()) >= STRANGER * area and not (grey and step.mean() < 0):
            out |= one
    return out


def _soft(logs: Colour, ground: Mask) -> Mask:
    """Where no neighbour differs by more than a soft shadow makes."""
    out = ground.copy()
    right, down = softly(logs, ground, 1), softly(logs, ground, 0)
    out[:, 1:] &= right
    out[:, :-1] &= right
    out[1:] &= down
    out[:-1] &= down
    return out


def _robust_plane(terms: Plane, values: Plane) -> Plane:
    """Coefficients of a plane through most of the values; what is darker than it counts least."""
    weight, found = np.ones(len(values), np.float32), np.zeros(terms.shape[1], np.float32)
    for _ in range(8):
        # The normal equations of three unknowns; by einsum, as BLAS would keep a second core busy with waiting.
        weighted = (terms * weight[:, None]).astype(np.float64)
        square, right = np.einsum("ni,nj->ij", weighted, weighted), np.einsum("ni,n->i", weighted, values * weight)
        found = np.linalg.lstsq(square, right, rcond=None)[0].astype(np.float32)
        off = values - _plane(terms, found)
        spread = 1.4826 * np.median(np.abs(off)) + 1e-3
        weight = (1 / np.maximum(1, np.abs(off) / np.where(off < 0, spread, 3 * spread))).astype(np.float32)
    return found


def _plane(terms: Plane, coefficients: Plane) -> Plane:
    return np.asarray(np.einsum("...i,i->...", terms, coefficients), np.float32)


def _own(mean: Plane, dark: Mask, away: Plane, from_others: Plane) -> Mask:
    """Where dark places that run into each other are this thing's: each goes to whom its dark core is nearest to."""
    core = dark & (mean < 0.6 * float(np.percentile(mean[dark], 10)))
    count, labels = cv2.connectedComponents(core.astype(np.uint8), connectivity=8)
    mine = np.array([False, *(away[labels == k].mean() <= from_others[labels == k].mean() for k in range(1, count))])
    _, nearest = cv2.distanceTransformWithLabels(
        (~core).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    of_label = np.zeros(int(nearest.max()) + 1, np.bool_)
    of_label[nearest[core]] = mine[labels[core]]
    return np.asarray(of_label[nearest], np.bool_)


def _attached(
    mean: Plane, grain: float, solid: Mask, near: Mask, ground: Mask, outer: Mask, sharp: Mask, area: float
) -> Mask:
    """The dark places that are this thing's shadow: they touch it, and end softly on ground as bright as ever."""
    dark = ground & (mean < -max(EDGE, 2 * grain))
    count, labels = cv2.connectedComponents(dark.astype(np.uint8), connectivity=8)
    touching = set(np.unique(labels[_grown(near, 2)]).tolist()) - {0}
    middle, usual = float(np.nonzero(solid)[0].mean()), float(sharp[outer].mean())
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
        rim = _grown(one, 1) & ~one & ~near
        soft = rim.any() and float((sharp | ~ground)[rim].mean()) - usual <= HARD
        if deep and sized and ends and under and soft:
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
