"""How much a region looks like a thing: measured on its contour, its inside, its surroundings and the other candidates.

`describe` measures; `Judge` turns the measurements into the intersection over union to be expected with a true object.
The judge is a small ensemble of regression trees trained on composites (see `training/` in the repository); the idea of
learning to rank bottom-up regions is Carreira and Sminchisescu's (CPMC, 2012), the measurements are ours.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.stages.segmentation.backdrop import Backdrop
from delaminate.stages.segmentation.proposals import Region, Source, box_overlaps, overlaps
from delaminate.stages.segmentation.view import View

Floats = NDArray[np.float32]

MEASURES = (
    "log area", "box fill", "solidity", "compactness", "aspect", "holes",
    "rim share", "rim top", "rim bottom", "rim sides", "off centre x", "off centre y",
    "edge mean", "edge low", "edge lowest", "contrast mean", "contrast low", "contrast lowest",
    "histogram distance", "inside spread", "ring spread", "inside off backdrop", "ring off backdrop", "backdrop share",
    "rarity", "ring rarity", "saturation", "life", "agreement", "agreement close", "covered", "covers",
    "is backdrop", "is flood", "is smooth", "is tree", "is cut", "picture edge", "box agreement",
)  # fmt: skip
"""What `describe` measures, in column order."""


def _rarity(view: View) -> Floats:
    """How unusual each colour is in this picture: mean Lab distance to all pixels, h×w (Zhai and Shah 2006)."""
    bins = np.clip(np.rint(view.lab / 12).astype(np.int64) + 16, 0, 31)
    key = (bins[..., 0] * 32 + bins[..., 1]) * 32 + bins[..., 2]
    used, inverse, count = np.unique(key, return_inverse=True, return_counts=True)
    colours = np.stack([used // 1024, used // 32 % 32, used % 32], axis=1).astype(np.float32) * 12
    distance = np.sqrt(((colours[:, None] - colours[None]) ** 2).sum(axis=2))
    rare = (distance * count).sum(axis=1) / count.sum()
    return np.asarray(rare[inverse].reshape(key.shape), np.float32)


def _codes(view: View) -> NDArray[np.int64]:
    """A coarse colour code per pixel, 6×7×7 bins of Lab."""
    scaled = (view.lab + np.array([0, 87.5, 87.5], np.float32)) / np.array([100, 175, 175], np.float32)
    bins = (np.clip(scaled, 0, 0.999) * np.array([6, 7, 7])).astype(np.int64)
    return np.asarray((bins[..., 0] * 7 + bins[..., 1]) * 7 + bins[..., 2])


def describe(view: View, backdrop: Backdrop, regions: list[Region]) -> Floats:
    """Measure every region.

    Returns
    -------
    float32 n×len(MEASURES).
    """
    height, width = view.shape
    table = np.zeros((len(regions), len(MEASURES)), np.float32)
    if not regions:
        return table
    rarity, codes = _rarity(view), _codes(view)
    saturation = np.hypot(view.lab[..., 1], view.lab[..., 2])
    off = (backdrop.distance > backdrop.tolerance).astype(np.float32)
    picture_edge = float(np.percentile(view.gradient, 90)) + 1.0
    iou, boxes = overlaps(regions), box_overlaps([r.box for r in regions])
    tops = np.array([r.mask[::2, ::2].sum() for r in regions], np.float32)
    shared = iou / (1 + iou) * (tops[:, None] + tops[None])
    inside_of = shared / np.maximum(tops[:, None], 1)  # share of row that lies in column
    longest = max((r.life for r in regions), default=0.0) or 1.0
    for row, region in enumerate(regions):
        box = region.box
        margin = int(np.clip(0.3 * np.sqrt(region.area), 6, 30))
        crop = box.grown(margin, width, height).slices
        mask = region.mask[crop]
        m8 = mask.astype(np.uint8)
        weight = m8.astype(np.float32)
        area = float(region.area)
        contours, _ = cv2.findContours(m8, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        points = np.concatenate([c[:, 0] for c in contours])
        perimeter = float(len(points))
        hull = sum(float(cv2.contourArea(cv2.convexHull(c))) for c in contours)
        y = points[:, 1] + crop[0].start
        x = points[:, 0] + crop[1].start
        top, bottom = y <= 0, y >= height - 1
        sides = (x <= 0) | (x >= width - 1)
        inner = ~(top | bottom | sides)
        size = 2 * int(np.clip(0.03 * np.sqrt(area), 2, 6)) + 1
        blur_in = cv2.blur(weight, (size, size), borderType=cv2.BORDER_CONSTANT)
        blur_out = cv2.blur(1 - weight, (size, size), borderType=cv2.BORDER_CONSTANT)
        lab = view.lab[crop]
        mean_in = cv2.blur(lab * weight[..., None], (size, size), borderType=cv2.BORDER_CONSTANT)
        mean_out = cv2.blur(lab * (1 - weight[..., None]), (size, size), borderType=cv2.BORDER_CONSTANT)
        step = np.linalg.norm(
            mean_in / np.maximum(blur_in, 1e-3)[..., None] - mean_out / np.maximum(blur_out, 1e-3)[..., None], axis=2
        )
        strongest = cv2.dilate(view.gradient[crop], np.ones((3, 3), np.uint8))
        py, px = points[inner, 1], points[inner, 0]
        edge = strongest[py, px] if py.size else np.zeros(1, np.float32)
        contrast = step[py, px] if py.size else np.zeros(1, np.float32)
        reach = 2 * margin // 2 * 2 + 1
        ring = (cv2.dilate(m8, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))) > 0) & ~mask
        inside_codes = np.bincount(codes[crop][mask], minlength=294).astype(np.float32) / area
        around = codes[crop][ring]
        ring_codes = np.bincount(around, minlength=294).astype(np.float32) / max(1, around.size)
        inside_lab, ring_lab = lab[mask], lab[ring] if around.size else lab[mask][:1]
        twins = iou[row] > 0.85
        table[row] = (
            np.log(area / view.gradient.size),
            area / box.area, area / max(hull, area), perimeter**2 / (4 * np.pi * area),
            np.log(box.width / box.height), 0.0 if hull == 0 else sum(cv2.contourArea(c) for c in contours) / area,
            1 - inner.mean(), top.mean(), bottom.mean(), sides.mean(),
            abs((box.left + box.right) / 2 / width - 0.5), (box.top + box.bottom) / 2 / height - 0.5,
            edge.mean(), np.percentile(edge, 25), np.percentile(edge, 10),
            contrast.mean(), np.percentile(contrast, 25), np.percentile(contrast, 10),
            1 - np.minimum(inside_codes, ring_codes).sum(),
            inside_lab.std(axis=0).max(), ring_lab.std(axis=0).max(),
            off[crop][mask].mean(), off[crop][ring].mean() if around.size else 0.0, backdrop.share,
            rarity[crop][mask].mean(), rarity[crop][ring].mean() if around.size else 0.0,
            saturation[crop][mask].mean(), region.life / longest,
            np.log1p((iou[row] > 0.7).sum()), np.log1p(twins.sum()),
            np.log1p(((inside_of[row] > 0.9) & (iou[row] < 0.7)).sum()),
            np.log1p(((inside_of[:, row] > 0.9) & (iou[row] < 0.7)).sum()),
            region.source is Source.BACKDROP, region.source is Source.FLOOD,
            region.source is Source.SMOOTH, region.source is Source.TREE, region.source is Source.CUT, picture_edge,
            np.log1p((boxes[row] > 0.8).sum()),
        )  # fmt: skip
    return table


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
        """Expected intersection over union with a true object; float32 n, 0..1."""
        rows = np.arange(table.shape[0])
        total = np.full(table.shape[0], self.base, np.float64)
        for root in self.roots:
            at = np.full(table.shape[0], root, np.int64)
            while True:
                asks = self.feature[at]
                open_rows = asks >= 0
                if not open_rows.any():
                    break
                goes_left = table[rows, np.maximum(asks, 0)] <= self.threshold[at]
                step = np.where(goes_left, self.left[at], self.right[at])
                at = np.where(open_rows, step, at)
            total += self.value[at]
        return np.clip(total, 0, 1).astype(np.float32)


@functools.cache
def trained_judges() -> tuple[Judge, Judge]:
    """The judges shipped with the package: of boxes (is there an object just here?) and of regions."""
    with np.load(Path(__file__).with_name("judges.npz"), allow_pickle=False) as stored:
        box, region = (_judge(stored, which) for which in ("box", "region"))
    return box, region


def _judge(stored: Mapping[str, NDArray[Any]], which: str) -> Judge:
    part = {name: stored[f"{which}_{name}"] for name in ("feature", "threshold", "left", "right", "value", "roots")}
    return Judge(**part, base=float(stored[f"{which}_base"]))
