"""Coverage and colour of glass from what goes on across its outline.

Over a ground B a pane of colour F and coverage c shows C = c·F + (1 − c)·B. Just outside its outline B is seen, just
inside C, and where the ground varies along the outline both vary together: the slope of C against B is 1 − c, the same
in all channels and on all sides (the compositing of Porter and Duff 1984, read backwards). On an even ground the slope
cannot be known; then the least coverage that could show this, and a little, is taken.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from delaminate.pixels import Alpha, Box, Colour, Mask, box_of
from delaminate.stages.segmentation.embedded.see_through.veil import Floats, covered_least

_DEEP = 14
"""Units across the outline that are looked at, to each side; a unit is a pixel of a picture 960 wide."""
_BEYOND, _RIM = 8, 8
"""Units outside that count as ground, and units inside that a rim may take."""
_EVEN = 12.0
"""Mean square (levels²) that the ground must vary by before a slope is believed."""
_BLOCK = 4
"""Units along the outline that are averaged."""


@dataclass(frozen=True, eq=False)
class Relation:
    """What inside and outside of an outline have to do with each other.

    Parameters
    ----------
    slope : of inside against outside; None where the ground is too even to tell.
    agreement : correlation of the two, −1..1.
    fit : 0..1, how much of the variation the slope explains.
    share : of the outline that follows it, 0..1.
    outside, inside : mean colours, levels.
    rim : colour by depth in units from the outline inwards; _DEEP×3.
    """

    slope: float | None
    agreement: float
    fit: float
    share: float
    outside: Floats
    inside: Floats
    rim: Floats

    @property
    def score(self) -> float:
        """How much speaks for glass, 0..1."""
        if float(np.abs(self.inside - self.outside).max()) < 4:
            return 0.0
        if self.slope is None:
            return 0.5 * self.share
        if not 0.15 < self.slope < 0.9 or self.agreement < 0.5:
            return 0.1
        own = (self.inside - self.slope * self.outside) / (1 - self.slope)
        if float(own.min()) < -30 or float(own.max()) > 285:  # no colour there is
            return 0.1
        return float((0.5 * np.clip((self.agreement - 0.5) * 2, 0, 1) + 0.5 * self.fit) * min(1.0, self.share / 0.65))


def depth_of(mask: Mask) -> Floats:
    """Pixels to the outline, positive inside, negative outside."""
    inside = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)
    outside = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray(np.where(mask, inside - 0.5, 0.5 - outside), np.float32)


def relation(rgb: Floats, mask: Mask, unit: float) -> Relation | None:
    """How the two sides of an outline go together; None where too little of the outline can be seen.

    Parameters
    ----------
    rgb, mask : a crop with room round the mask.
    unit : pixels of a unit.
    """
    depth = cv2.GaussianBlur(depth_of(mask), (0, 0), 1.5 * unit)
    slope_y, slope_x = np.gradient(depth)
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    points = max(contours, key=len)[:: max(1, round(unit)), 0].astype(np.float32)
    x, y = points[:, 0], points[:, 1]
    at = (points[:, 1].astype(int), points[:, 0].astype(int))
    normal_x, normal_y = slope_x[at], slope_y[at]
    length = np.maximum(np.hypot(normal_x, normal_y), 1e-3)
    steps = (np.arange(-_DEEP, _DEEP) + 0.5)[:, None] * unit
    there_x, there_y = x + steps * normal_x / length, y + steps * normal_y / length
    seen = (there_x >= 0) & (there_y >= 0) & (there_x <= rgb.shape[1] - 1) & (there_y <= rgb.shape[0] - 1)
    colours = cv2.remap(rgb, there_x.astype(np.float32), there_y.astype(np.float32), cv2.INTER_LINEAR)
    whole = seen[_DEEP - _BEYOND :].all(axis=0)
    if whole.sum() < 60:
        return None
    colours = colours[:, whole]
    count = max(8, colours.shape[1] // _BLOCK)
    blocks = np.stack([part.mean(axis=1) for part in np.array_split(colours, count, axis=1)], axis=1)
    outside, inside = blocks[_DEEP - _BEYOND : _DEEP - 2].mean(axis=0), blocks[_DEEP + _RIM :].mean(axis=0)
    return _related(outside, inside, blocks)


def _related(outside: Floats, inside: Floats, blocks: Floats) -> Relation:
    """The trimmed regression of inside on outside, one slope for the three channels."""
    keep = np.ones(len(outside), np.bool_)
    slope, agreement, spread, error = 1.0, 0.0, 0.0, np.zeros(len(outside))
    for _ in range(8):
        ground, shown = outside[keep].mean(axis=0), inside[keep].mean(axis=0)
        varies, follows = outside[keep] - ground, inside[keep] - shown
        spread, other = float(np.square(varies).mean()), float(np.square(follows).mean())
        common = float((varies * follows).mean())
        agreement = common / float(np.sqrt(spread * other + 1e-9))
        least = common / (spread + 1e-9)
        # Fine texture does not meet itself across the outline, which flattens the slope: the ratio of spreads counts.
        ratio = float(np.sqrt(other / (spread + 1e-9)))
        weight = float(np.clip(2 * agreement - 1, 0, 1))
        slope = weight * least + (1 - weight) * ratio
        error = np.abs(inside - shown - slope * (outside - ground)).mean(axis=1)
        before, keep = keep, error <= max(3.0, 2.5 * float(np.median(error)))
        if np.array_equal(before, keep):
            break
    typical = float(np.median(error))
    fit = 1 - min(1.0, typical / (0.7 * float(np.sqrt(spread)) + 2))
    rim = np.median(blocks[_DEEP:], axis=1)
    return Relation(
        slope if spread >= _EVEN else None,
        agreement,
        fit,
        float(keep.mean()),
        np.asarray(np.median(outside, axis=0) if spread < _EVEN else outside[keep].mean(axis=0), np.float32),
        np.asarray(np.median(inside, axis=0) if spread < _EVEN else inside[keep].mean(axis=0), np.float32),
        np.asarray(rim, np.float32),
    )


def solved(mask: Mask, found: Relation, unit: float) -> tuple[Alpha, Colour]:
    """Coverage and own colour of a pane over the crop of its mask: one of each in the middle, by depth in the rim."""
    least = covered_least(found.outside, found.inside)
    cover = 1 - found.slope if found.slope is not None and 0.1 < found.slope < 0.95 else 0.0
    if not least <= cover:
        cover = min(0.9, max(1.15 * least, 0.25))
    own = _own(found.inside, found.outside, cover)
    covers, colours = np.full(_DEEP, cover, np.float32), np.tile(own, (_DEEP, 1))
    ground = np.median(found.outside[None], axis=0)
    for depth in range(_RIM):
        towards = own - ground
        seen = float(((found.rim[depth] - ground) * towards).sum() / max(1.0, float(np.square(towards).sum())))
        if seen > 1.2 * cover + 0.04:  # a rim: thicker, and of its own colour
            needed = covered_least(ground, found.rim[depth])
            covers[depth] = np.clip(max(needed, min(seen, 0.62)), cover, 0.9)
            colours[depth] = _own(found.rim[depth], ground, float(covers[depth]))
    at = np.clip(np.floor(depth_of(mask) / unit), 0, _DEEP - 1).astype(np.int64)
    return np.where(mask, covers[at], np.float32(0)), np.asarray(colours[at], np.float32)


def _own(seen: Floats, ground: Floats, cover: float) -> Floats:
    return np.asarray(np.clip((seen - (1 - cover) * ground) / max(cover, 1e-3), 0, 255), np.float32)


def crop_of(box: Box, width: int, height: int, unit: float) -> Box:
    """The box with the room that `relation` wants round a mask."""
    return box.grown(round((_DEEP + 3) * unit), width, height)


def unit_of(width: int, height: int) -> float:
    """Pixels of a unit in a picture of that size."""
    return max(1.0, max(width, height) / 960)


def glass_in(rgb: Floats, mask: Mask, unit: float) -> tuple[float, float | None, Alpha, Colour] | None:
    """Score, slope, coverage and colour of the glass that a mask may be; None where it cannot be looked at."""
    found = relation(rgb, mask, unit) if box_of(mask) is not None else None
    if found is None:
        return None
    return found.score, found.slope, *solved(mask, found, unit)
