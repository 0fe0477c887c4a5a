"""A picture as the tensor a vision model takes: scaled, normalised, channels first."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from delaminate.pixels import Rgb, as_eight_bit

IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Mean and standard deviation of the channels for models that began with ImageNet."""

HALVES = (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)


def pixel_values(
    rgb: Rgb,
    width: int,
    height: int,
    normal: tuple[tuple[float, ...], tuple[float, ...]],
) -> Any:
    """torch float32 1×3×height×width of a H×W×3 picture, as the libraries' own processors make it.

    They need torchvision for the scaling; this needs it not, and averages where it shrinks.
    """
    import torch

    how = cv2.INTER_AREA if width * height < rgb.shape[0] * rgb.shape[1] else cv2.INTER_LINEAR
    small = cv2.resize(as_eight_bit(rgb), (width, height), interpolation=how)
    mean, deviation = (np.asarray(part, np.float32) for part in normal)
    values = (small.astype(np.float32) / np.float32(255) - mean) / deviation
    return torch.from_numpy(np.ascontiguousarray(values.transpose(2, 0, 1)[None]))
