"""How much a region looks like a thing: measured on its contour, its inside, its surroundings and the other candidates.

`Measures` measures; `Judge` turns the measurements into the intersection over union to be expected with a true object.
The judge is a small ensemble of regression trees trained on composites (see `training/` in the repository); the idea of
learning to rank bottom-up regions is Carreira and Sminchisescu's (CPMC, 2012), the measurements are ours.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.stages.segmentation.embedded.backdrop import Backdrop
from delaminate.stages.segmentation.embedded.proposals import Region, Source, box_overlaps, intersections
from delaminate.stages.segmentation.embedded.view import View

Floats = NDArray[np.float32]

MEASURES = (
    "log area", "box fill", "solidity", "compactness", "aspect", "holes",
    "rim share", "rim top", "rim bottom", "rim sides", "off centre x", "off centre y",
    "edge mean", "edge low", "edge lowest", "contrast mean", "contrast low", "contrast lowest",
    "histogram distance", "inside spread", "ring spread", "inside off backdrop", "ring off backdrop", "backdrop share",
    "rarity", "ring rarity", "saturation", "life", "agreement", "agreement close", "covered", "covers",
    "is backdrop", "is flood", "is smooth", "is tree", "is cut", "picture edge", "box agreement",
)  # fmt: skip
"""What `Measures` measures, in column order."""


def _rarity(view: View) -> Floats:
    """How unusual each colour is in this picture: mean Lab distance to all pixels, h×w (Zhai and Shah 2006)."""
    bins = np.clip(np.rint(view.lab / 12).astype(np.int64) + 16, 0, 31)
    key = (bins[..., 0] * 32 + bins[..., 1]) * 32 + bins[..., 2]
    used, inverse, count = np.unique(key, return_inverse=True, return_counts=True)
    colours = np.stack([used // 1024, used // 32 % 32, used % 32], axis=1).astype(np.float32) * 12
    distance = np.sqrt(((colours[:, None] - colours[None]) ** 2).sum(axis=2))
    rare = (distance * count).sum(axis=1) / count.sum()
    return np.asarray(rare[inverse].reshape(key.shape), np.float32)


def _codes(view: View) -> NDArray[np.uint16]:
    """A coarse colour code per pixel, 6×7×7 bins of Lab."""
    scaled = (view.lab + np.array([0, 87.5, 87.5], np.float32)) / np.array([100, 175, 175], np.float32)
    bins = (np.clip(scaled, 0, 0.999) * np.array([6, 7, 7])).astype(np.uint16)
    return np.asarray((bins[..., 0] * 7 + bins[..., 1]) * 7 + bins[..., 2], np.uint16)


_AT = {name: column for column, name in enumerate(MEASURES)}
_REACHES = (2, 3, 4, 5, 6)
"""Pixels a contour looks to either side, by the size of the region."""


@dataclass(eq=False)
class Measures:
    """Measures regions of one view; what was found out about a region on its own is kept for the next time."""

    view: View
    backdrop: Backdrop
    _rows: dict[Region, Floats] = field(default_factory=dict, init=False)
    _codes: NDArray[np.uint16] = field(init=False)
    _maps: Floats = field(init=False)
    """Off the backdrop (0 or 1), rarity and saturation of every pixel."""
    _strongest: Floats = field(init=False)
    """The largest gradient next to every pixel."""
    _edge: float = field(init=False)
    _around: dict[int, tuple[Floats, Floats]] = field(init=False)
    """For each reach the mean colour around every pixel and how much of the window lies in the picture."""

    def __call__(self, regions: list[Region]) -> Floats:
        """Measurements of every region; float32 n×len(MEASURES). Those of agreement are among the regions given."""
        if not regions:
            return np.zeros((0, len(MEASURES)), np.float32)
        table = np.stack([self.alone(region) for region in regions])
        shared = intersections([region.mask for region in regions]).astype(np.float32)
        area = shared.diagonal()
        iou = shared / np.maximum(area[:, None] + area[None] - shared, 1)
        inside_of = (shared / np.maximum(area[:, None], 1) > 0.9) & (iou < 0.7)  # row in column
        boxes = box_overlaps([region.box for region in regions])
        for name, others in (
            ("agreement", iou > 0.7),
            ("agreement close", iou > 0.85),
            ("covered", inside_of),
            ("covers", inside_of.T),
            ("box agreement", boxes > 0.8),
        ):
            table[:, _AT[name]] = np.log1p(others.sum(axis=1))
        table[:, _AT["life"]] /= max(region.life for region in regions) or 1.0
        return table

    def __post_init__(self) -> None:
        lab, gradient = self.view.lab, self.view.gradient
        self._codes = _codes(self.view)
        off = self.backdrop.distance > self.backdrop.tolerance
        self._maps = np.dstack([off, _rarity(self.view), np.hypot(lab[..., 1], lab[..., 2])]).astype(np.float32)
        self._strongest = np.asarray(cv2.dilate(gradient, np.ones((3, 3), np.uint8)), np.float32)
        self._edge = float(np.percentile(gradient, 90)) + 1.0
        one = np.ones(self.view.shape, np.float32)
        self._around = {reach: (_means(lab, reach), _means(one, reach)) for reach in _REACHES}

    def alone(self, region: Region) -> Floats:
        """What can be said of a region without the others, with its life in the tree as it is; kept for the next time.

        One after the other: these are many small steps, which two threads take no faster than one.
        """
        if region not in self._rows:
            self._rows[region] = self._measured(region)
        return self._rows[region]

    def _measured(self, region: Region) -> Floats:
        height, width = self.view.shape
        box, area = region.box, float(region.area)
        margin = int(np.clip(0.3 * np.sqrt(area), 6, 30))
        crop = box.grown(margin, width, height).slices
        m8 = region.mask[crop].view(np.uint8)
        contours, _ = cv2.findContours(m8, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        points = np.concatenate([c[:, 0] for c in contours])
        hull = sum(float(cv2.contourArea(cv2.convexHull(c))) for c in contours)
        outline = sum(float(cv2.contourArea(c)) for c in contours)
        y, x = points[:, 1] + crop[0].start, points[:, 0] + crop[1].start
        top, bottom = y <= 0, y >= height - 1
        sides = (x <= 0) | (x >= width - 1)
        inner = ~(top | bottom | sides)
        edge, contrast = np.zeros(1, np.float32), np.zeros(1, np.float32)
        if inner.any():
            y, x = y[inner], x[inner]
            edge = np.sort(self._strongest[y, x])
            contrast = np.sort(self._contrast(m8, crop, area, y, x))
        ring = grown(m8, margin) - m8
        around = int(np.count_nonzero(ring))
        inside, spread = self._inside(crop, m8)
        outside, ring_spread = self._inside(crop, ring) if around else (np.zeros(3), 0.0)
        codes = [cv2.calcHist([self._codes[crop]], [0], part, [294], [0, 294]) for part in (m8, ring)]
        common = np.minimum(codes[0] / area, codes[1] / max(1, around)).sum()
        off, rarity, saturation = inside
        return np.array([
            np.log(area / region.mask.size),
            area / box.area, area / max(hull, area), len(points) ** 2 / (4 * np.pi * area),
            np.log(box.width / box.height), 0.0 if hull == 0 else outline / area,
            1 - inner.mean(), top.mean(), bottom.mean(), sides.mean(),
            abs((box.left + box.right) / 2 / width - 0.5), (box.top + box.bottom) / 2 / height - 0.5,
            edge.mean(), _quantile(edge, 0.25), _quantile(edge, 0.1),
            contrast.mean(), _quantile(contrast, 0.25), _quantile(contrast, 0.1),
            1 - common, spread, ring_spread, off, outside[0], self.backdrop.share,
            rarity, outside[1], saturation, region.life, 0, 0, 0, 0,
            *(region.source is source for source in _SOURCES), self._edge, 0,
        ], np.float32)  # fmt: skip

    def _contrast(
        self, m8: NDArray[np.uint8], crop: tuple[slice, slice], area: float, y: NDArray[np.intp], x: NDArray[np.intp]
    ) -> Floats:
        """Lab distance between the mean colours just inside and just outside a region at points of its contour."""
        reach = int(np.clip(0.03 * np.sqrt(area), _REACHES[0], _REACHES[-1]))
        weight = m8.astype(np.float32)
        here = y - crop[0].start, x - crop[1].start
        share = _means(weight, reach)[here][:, None]
        colour = _means(self.view.lab[crop] * weight[..., None], reach)[here]
        whole_colour, whole_share = self._around[reach]
        beyond = whole_colour[y, x] - colour
        rest = whole_share[y, x][:, None] - share
        return np.asarray(
            np.linalg.norm(colour / np.maximum(share, 1e-3) - beyond / np.maximum(rest, 1e-3), axis=1), np.float32
        )

    def _inside(self, crop: tuple[slice, slice], part: NDArray[Any]) -> tuple[NDArray[np.float64], float]:
        """Under a mask: the means of the maps, and the largest standard deviation of a Lab channel."""
        means = cv2.mean(self._maps[crop], part)[:3]
        return np.array(means), float(cv2.meanStdDev(self.view.lab[crop], mask=part)[1].max())


_SOURCES = (Source.BACKDROP, Source.FLOOD, Source.SMOOTH, Source.TREE, Source.CUT)


def _means(plane: Floats, reach: int) -> Floats:
    """Means of square windows; what lies outside counts as zero."""
    return np.asarray(cv2.blur(plane, (2 * reach + 1,) * 2, borderType=cv2.BORDER_CONSTANT), np.float32)


@functools.cache
def _half_widths(radius: int) -> list[tuple[int, list[int]]]:
    """Rows of OpenCV's disc, by how far they reach to either side."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2)
    rows: dict[int, list[int]] = {}
    for row, reach in enumerate(disc.sum(axis=1, dtype=int) // 2):
        rows.setdefault(int(reach), []).append(row)
    return list(rows.items())


def grown(mask: NDArray[np.uint8], radius: int) -> NDArray[np.uint8]:
    """A mask of 0 and 1 (h×w, not empty) grown by a disc: what `cv2.dilate` gives, row by row of the disc.

    Distances along the rows are worked out once; then every row of the disc costs a comparison instead of a pass for
    each of its pixels.
    """
    height, width = mask.shape
    used = np.flatnonzero(mask.any(axis=1))
    top, bottom = int(used[0]), int(used[-1]) + 1
    at, far = np.arange(width, dtype=np.int16), np.int16(1 << 14)
    inside = mask[top:bottom].view(np.bool_)
    left = np.maximum.accumulate(np.where(inside, at, -far), axis=1)
    right = np.minimum.accumulate(np.where(inside, at, far)[:, ::-1], axis=1)[:, ::-1]
    away = np.minimum(at - left, right - at)
    out = np.zeros((height + 2 * radius, width), np.bool_)
    for reach, rows in _half_widths(radius):
        near = away <= reach
        for row in rows:
            out[top + row : bottom + row] |= near
    return out[radius : radius + height].view(np.uint8)


def _quantile(ordered: Floats, share: float) -> float:
    """A quantile of ascending values, between its neighbours in proportion."""
    at = share * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return float(ordered[low] + (ordered[high] - ordered[low]) * (at - low))


@dataclass(frozen=True, eq=False)
class Judge:
    """Boosted regression trees in flat arrays: node i asks `feature[i]` ≤ `threshold[i]`, leaves have feature −1."""

    feature: NDArray[np.int16]
    threshold: Floats
    left: NDArray[np.int16]
    right: NDArray[np.int16]
    value: Floats
    roots: NDArray[np.int32]
    base: float

    def __call__(self, table: Floats) -> Floats:
        """Expected intersection over union with what it was trained to judge; float32 n, 0..1."""
        itself = np.arange(len(self.feature))
        asks, leaf = np.maximum(self.feature, 0), self.feature < 0
        left, right = np.where(leaf, itself, self.left), np.where(leaf, itself, self.right)
        rows, at = np.arange(len(table))[:, None], np.repeat(self.roots[None], len(table), axis=0)
        while True:  # every row is in all trees at once; who has reached a leaf stays there
            step = np.where(table[rows, asks[at]] <= self.threshold[at], left[at], right[at])
            if np.array_equal(step, at):
                break
            at = step
        total = np.full(len(table), self.base, np.float64)
        for values in self.value[at].T:
            total += values
        return np.clip(total, 0, 1).astype(np.float32)


@functools.cache
def trained_judges() -> tuple[Judge, Judge]:
    """The judges shipped with the package: of boxes (is there an object just here?) and of regions."""
    with np.load(Path(__file__).with_name("judges.npz"), allow_pickle=False) as stored:
        box, region = (judge_of(stored, which) for which in ("box", "region"))
    return box, region


def judge_of(stored: Mapping[str, NDArray[Any]], which: str) -> Judge:
    """A judge from the arrays of a file, each named `which` and what it is."""
    part = {name: stored[f"{which}_{name}"] for name in ("feature", "threshold", "left", "right", "value", "roots")}
    return Judge(**part, base=float(stored[f"{which}_base"]))
