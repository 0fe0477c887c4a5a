"""EfficientSAM-Ti turns boxes and points into outlines (Xiong et al., "EfficientSAM", CVPR 2024; Apache-2.0)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.errors import StageFailed
from delaminate.models import weights
from delaminate.models.onnx_session import answers, loading, side_of
from delaminate.pixels import Rgb, as_eight_bit
from delaminate.stages.segmentation.cutouts import Corners

_SIDE, _POINTS = 1024, 6
"""Pixels of the square it looks at, and how many points it is told; those that are none are labelled -1."""

_INSIDE, _TOP_LEFT, _BOTTOM_RIGHT, _NONE = 1.0, 2.0, 3.0, -1.0

_load = loading("EfficientSAM", "batched_images", "batched_point_coords", "batched_point_labels")


@dataclass(frozen=True)
class EfficientSam:
    """Cuts one thing out at a time; every cut looks at the picture anew, as the file has encoder and decoder in one.

    Parameters
    ----------
    weights : their name, or a file of the user's.
    """

    weights: str = "efficientsam"

    def missing(self) -> str:
        """What to fetch first; empty when it can work."""
        return weights.missing(self.weights, libraries=())

    def look(self, rgb: Rgb) -> NDArray[np.float32]:
        """The picture as it takes it: float32 1×3×side×side in 0..1, proportions or not."""
        side = side_of(self._session(), "batched_images") or _SIDE
        how = cv2.INTER_AREA if side * side < rgb.shape[0] * rgb.shape[1] else cv2.INTER_LINEAR
        small = cv2.resize(np.ascontiguousarray(as_eight_bit(rgb)), (side, side), interpolation=how)
        return np.ascontiguousarray(small.transpose(2, 0, 1)[None]).astype(np.float32) / np.float32(255)

    def __call__(self, seen: NDArray[np.float32], corners: Corners) -> NDArray[np.float32]:
        """The likeliest outline of what a box holds, or, where it has no extent, of what is at that point.

        Parameters
        ----------
        seen : from `look`.
        corners : shares of the picture's sides.

        Returns
        -------
        float32 h×w over the whole picture, positive inside.
        """
        session, side = self._session(), seen.shape[2]
        left, top, right, bottom = (value * side for value in corners)
        told = [(left, top, _TOP_LEFT), (right, bottom, _BOTTOM_RIGHT)] if right > left else [(left, top, _INSIDE)]
        points = np.zeros((1, 1, _POINTS, 2), np.float32)
        labels = np.full((1, 1, _POINTS), _NONE, np.float32)
        for place, (x, y, label) in enumerate(told):
            points[0, 0, place], labels[0, 0, place] = (x, y), label
        wanted = {one.name: len(one.shape) for one in session.get_inputs()}
        if wanted["batched_point_labels"] == 4:  # OpenCV's export has an axis more
            labels = labels[..., None]
        given = {"batched_images": seen, "batched_point_coords": points, "batched_point_labels": labels}
        try:
            made = answers(session, given)
        except Exception as error:
            raise StageFailed(f"efficientsam failed: {str(error).splitlines()[0]}") from error
        named = {one.name: value for one, value in zip(session.get_outputs(), made, strict=True)}
        masks, sure = named["output_masks"][0, 0], named["iou_predictions"][0, 0]
        return np.ascontiguousarray(masks[int(np.argmax(sure))], np.float32)

    def _session(self) -> Any:
        session, why = weights.loaded(self.weights, _load)
        if session is None:
            raise StageFailed(f"efficientsam cannot work: {why}")
        return session
