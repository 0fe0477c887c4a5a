"""Measuring regions."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from delaminate.stages.segmentation.embedded.objectness import grown


@pytest.mark.parametrize("radius", [6, 11, 30])
def test_a_mask_grows_by_opencvs_disc(radius: int) -> None:
    """Pixel for pixel, also at the edges, in pictures smaller than the disc too."""
    rng = np.random.default_rng(radius)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2)
    for height, width in ((1, 1), (5, 90), (70, 3), (64, 101)):
        noise = cv2.GaussianBlur(rng.random((height, width), np.float32), (0, 0), 3)
        mask = (noise >= np.quantile(noise, 0.9)).astype(np.uint8)
        assert np.array_equal(grown(mask, radius), cv2.dilate(mask, disc))
