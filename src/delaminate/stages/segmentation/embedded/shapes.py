"""Drawn shapes: cards, bands, circles, buttons: smooth inside, sharp at the rim, and not the ground itself."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.lab import lab_of
from delaminate.pixels import Box, Mask, box_of
from delaminate.stages.segmentation.embedded.backdrop import Backdrop, fit_backdrop
from delaminate.stages.segmentation.embedded.proposals import holes_filled
from delaminate.stages.segmentation.embedded.view import View, gradient_of


@dataclass(frozen=True, eq=False)
class Shape:
    """`mask` is the whole shape with what lies on it filled in, `seen` the part that shows; both bool h×w."""

    mask: Mask
    seen: Mask
    box: Box
    score: float


def find_shapes(view: View, backdrop: Backdrop, things: list[Mask], written: Mask) -> list[Shape]:
    """Every drawn shape of a view, largest first.

    Parameters
    ----------
    backdrop : the ground; smooth areas that agree with it are not shapes.
    things : objects already found; a smooth area inside one of them is a part of it.
    written : pixels of text; they count as the surface they stand on.
    """
    inside_things = np.zeros(view.shape, np.bool_)
    for thing in things:
        inside_things |= thing
    found: list[Shape] = []
    for threshold in (2.5, 1.2):
        smooth = (view.gradient < threshold) | written
        _, labels, stats, _ = cv2.connectedComponentsWithStats(smooth.astype(np.uint8), connectivity=4)
        order = np.argsort(-stats[1:, cv2.CC_STAT_AREA], kind="stable") + 1
        for i in order[:60]:
            area = int(stats[i, cv2.CC_STAT_AREA])
            if area < 0.0025 * labels.size:
                break
            seen = np.asarray(labels == i)
            if (seen & written).sum() > 0.6 * area:
                continue
            seen = np.asarray(cv2.dilate(seen.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
            shape = _judged(view, backdrop, seen, inside_things)
            if shape is not None and not any(_same(shape, other) for other in found):
                found.append(shape)
    return sorted(found, key=lambda s: (-int(s.mask.sum()), s.box))


def _same(a: Shape, b: Shape) -> bool:
    shared = int((a.mask & b.mask).sum())
    return shared > 0.8 * min(int(a.mask.sum()), int(b.mask.sum())) and shared > 0.6 * max(
        int(a.mask.sum()), int(b.mask.sum())
    )


def _judged(view: View, backdrop: Backdrop, seen: Mask, inside_things: Mask) -> Shape | None:
    """The shape a smooth area shows, or None if it is ground, part of a thing, or has no rim."""
    area = int(seen.sum())
    if (seen & inside_things).sum() > 0.5 * area or area > 0.85 * seen.size:
        return None
    off = float((backdrop.distance[seen] > backdrop.tolerance).mean())
    rim = np.concatenate([seen[0], seen[-1], seen[:, 0], seen[:, -1]])
    if off < 0.5 or rim.mean() > 0.5:
        return None
    surface = fit_backdrop(view.lab, seen)
    if surface.share < 0.8 or surface.tolerance > 11:
        return None
    # Whatever lies on the shape and is enclosed by it belongs to its full extent; so do bites out of a convex outline.
    mask = holes_filled(seen)
    mask = _completed(mask, inside_things)
    box = box_of(mask)
    if box is None:
        return None
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    points = np.concatenate([c[:, 0] for c in contours])
    x, y = points[:, 0], points[:, 1]
    height, width = view.shape
    inner = (x > 0) & (y > 0) & (x < width - 1) & (y < height - 1)
    if inner.sum() < 8:
        return None
    strongest = cv2.dilate(view.gradient, np.ones((3, 3), np.uint8))[y[inner], x[inner]]
    hull = float(cv2.contourArea(cv2.convexHull(max(contours, key=cv2.contourArea))))
    solidity = float(mask.sum()) / max(hull, 1.0)
    edge = float(np.percentile(strongest, 20))
    if edge < 0.6 or solidity < 0.6:
        return None
    return Shape(mask, seen, box, float(np.clip(0.4 + 0.04 * edge, 0, 0.9) * min(1.0, solidity + 0.1)))


def _completed(mask: Mask, covered: Mask) -> Mask:
    """A shape with the bites that objects take out of its outline given back, where they lie in its convex hull."""
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    hull = np.zeros(mask.shape, np.uint8)
    cv2.fillConvexPoly(hull, cv2.convexHull(np.concatenate(contours)), 1)
    return np.asarray(mask | ((hull > 0) & covered))


def paint_over(view: View, written: Mask) -> View:
    """The view with text painted over from its surroundings, so that letters are not taken for things."""
    if not written.any():
        return view
    hole = cv2.dilate(written.astype(np.uint8), np.ones((3, 3), np.uint8))
    rgb: NDArray[np.uint8] = np.asarray(cv2.inpaint(view.rgb, hole, 3, cv2.INPAINT_TELEA), np.uint8)
    lab = lab_of(rgb)
    return View(view.width, view.height, rgb, lab, gradient_of(lab))
