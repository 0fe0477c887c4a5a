"""Figure from ground by iterated graph cuts on colour mixtures (GrabCut: Rother, Kolmogorov, Blake 2004; OpenCV's)."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.pixels import Box, Mask, Rgb, as_eight_bit
from delaminate.stages.segmentation.embedded.proposals import holes_filled
from delaminate.stages.segmentation.embedded.view import View

_ROUNDS = 4


def _cut(rgb: NDArray[np.uint8], trimap: NDArray[np.uint8], rounds: int = _ROUNDS) -> Mask | None:
    """Run GrabCut on a map of GC_* values; None where one side is empty and nothing can be learned."""
    figure = (trimap == cv2.GC_FGD) | (trimap == cv2.GC_PR_FGD)
    if figure.sum() < 16 or (~figure).sum() < 16:
        return None
    cv2.setRNGSeed(1)
    answer = trimap.copy()
    model_back, model_front = np.zeros((1, 65)), np.zeros((1, 65))
    bgr = np.ascontiguousarray(rgb[..., ::-1])
    cv2.grabCut(bgr, answer, (0, 0, 1, 1), model_back, model_front, rounds, cv2.GC_INIT_WITH_MASK)
    return np.asarray((answer == cv2.GC_FGD) | (answer == cv2.GC_PR_FGD))


def tidy(mask: Mask, share: float = 0.12) -> Mask:
    """Opened and closed by one pixel or two, without parts smaller than `share` of the largest, small holes filled."""
    radius = max(1, round(min(mask.shape) / 250))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    smooth = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, disc)
    smooth = cv2.morphologyEx(smooth, cv2.MORPH_CLOSE, disc)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(smooth)
    if count < 2:
        return mask
    areas = stats[1:, cv2.CC_STAT_AREA]
    keep = np.flatnonzero(areas >= share * areas.max()) + 1
    return holes_filled(np.asarray(np.isin(labels, keep)), 0.015)


def in_box(view: View, box: Box, working: int = 160) -> Mask | None:
    """The thing inside a box of the view: certain ground outside it, likely figure inside.

    Parameters
    ----------
    box : in pixels of the view.
    working : longer side, in pixels, of the crop the cut is made on; time grows with its square.
    """
    height, width = view.shape
    around = box.grown(max(4, (box.width + box.height) // 6), width, height)
    if around == box:
        return None
    inner = box.shifted(-around.left, -around.top)
    trimap = np.full((around.height, around.width), cv2.GC_BGD, np.uint8)
    trimap[inner.slices] = cv2.GC_PR_FGD
    rgb = np.ascontiguousarray(view.rgb[around.slices])
    scale = min(1.0, working / max(around.width, around.height))
    if scale < 1:
        size = (max(2, round(around.width * scale)), max(2, round(around.height * scale)))
        rgb = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
        trimap = np.asarray(cv2.resize(trimap, size, interpolation=cv2.INTER_NEAREST), np.uint8)
    found = _cut(rgb, trimap)
    if found is None or not found.any():
        return None
    if scale < 1:
        soft = cv2.resize(found.astype(np.float32), (around.width, around.height), interpolation=cv2.INTER_LINEAR)
        found = soft > 0.5
    whole = np.zeros((height, width), np.bool_)
    whole[around.slices] = tidy(np.asarray(found))
    return whole if whole.any() else None


def refined(rgb: Rgb, mask: Mask, working: int = 400) -> Mask | None:
    """A mask with its outline moved to where the colours part: its core stays figure, far pixels stay ground.

    Parameters
    ----------
    rgb : H×W×3, a crop around the thing.
    mask : H×W.
    working : longer side, in pixels, of the copy the cut is made on.

    Returns
    -------
    Mask or None
        None where nothing could be learned or the result has little to do with the mask.
    """
    height, width = mask.shape
    scale = min(1.0, working / max(height, width))
    size = (max(2, round(width * scale)), max(2, round(height * scale)))
    small = np.asarray(cv2.resize(as_eight_bit(rgb), size, interpolation=cv2.INTER_AREA), np.uint8)
    m8 = (cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.5).astype(np.uint8)
    radius = max(2, int(0.05 * np.sqrt(m8.sum())))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    trimap = np.full(m8.shape, cv2.GC_BGD, np.uint8)
    trimap[cv2.dilate(m8, disc) > 0] = cv2.GC_PR_BGD
    trimap[m8 > 0] = cv2.GC_PR_FGD
    trimap[cv2.erode(m8, disc) > 0] = cv2.GC_FGD
    found = _cut(np.ascontiguousarray(small), trimap, 2)
    if found is None:
        return None
    found = tidy(found, 0.02)
    before = m8 > 0
    if (found & before).sum() < 0.75 * (found | before).sum():
        return None
    return np.asarray(cv2.resize(found.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR) > 0.5)
