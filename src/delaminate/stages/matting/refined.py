"""What matters with a model share: the neighbourhood of the mask at a size the model takes, and the band it decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.pixels import Alpha, Mask, Rgb, as_eight_bit, box_of, check_mask, check_pixels
from delaminate.stages.matting.trimap import BACKGROUND, FOREGROUND, Trimap, band

Solve: TypeAlias = Callable[[NDArray[np.uint8], Trimap], NDArray[Any]]
"""A model at work: uint8 h×w×3 and its trimap in, alpha h×w within 0..1 out."""

_LEAST_MARGIN = 16


def refine(rgb: Rgb, mask: Mask, radius: float, most: int, solve: Solve) -> Alpha:
    """Alpha of the thing under a mask; the model decides in a band round the mask's edge, the mask elsewhere.

    Parameters
    ----------
    rgb : H×W×3.
    mask : H×W, bool.
    radius : half the width of the band, as a share of the thing's longer side.
    most : pixels the model is shown at most; what is larger is scaled down for it, and alpha up again.

    Returns
    -------
    Alpha
        float32 H×W.
    """
    check_pixels(rgb)
    check_mask(mask, rgb.shape)
    alpha = np.zeros(mask.shape, np.float32)
    box = box_of(mask)
    if box is None:
        return alpha
    if mask.all():
        return np.ones_like(alpha)
    reach = max(3.0, radius * max(box.width, box.height))
    here = box.grown(max(_LEAST_MARGIN, int(2 * reach)), mask.shape[1], mask.shape[0])
    scale = min(1.0, float(np.sqrt(most / here.area)))
    inside = np.ascontiguousarray(mask[here.slices])
    trimap = band(inside, reach)
    picture = np.ascontiguousarray(as_eight_bit(rgb[here.slices])[..., :3])
    shown, asked = picture, trimap
    if scale < 1:
        size = max(1, int(here.width * scale)), max(1, int(here.height * scale))
        shown = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
        small = cv2.resize(inside.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.5
        asked = band(np.asarray(small), max(2.0, reach * scale))
    solved = np.clip(np.asarray(solve(shown, asked), np.float32), 0, 1)
    if scale < 1:
        solved = np.clip(cv2.resize(solved, (here.width, here.height), interpolation=cv2.INTER_LINEAR), 0, 1)
    alpha[here.slices] = np.where(trimap == FOREGROUND, 1, np.where(trimap == BACKGROUND, 0, solved))
    return alpha
