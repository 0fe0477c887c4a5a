"""Visible alpha, soft intersection over union, and float alpha-over: what the stack measures share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaminate.pixels import Alpha, Colour, Rgba, levels

Unit = NDArray[np.float32]
"""Straight RGBA with every channel in 0..1, H×W×4."""


def as_unit(pixels: Rgba) -> Unit:
    """uint8 or uint16 H×W×4 as float32 0..1."""
    return pixels.astype(np.float32) / np.float32(levels(pixels))


def visible_alphas(alphas: Sequence[Alpha]) -> list[Alpha]:
    """What each layer shows: its alpha times what all layers above let through. Bottom to top, 0..1."""
    through = np.ones_like(alphas[0])
    seen = []
    for alpha in reversed(alphas):
        seen.append(alpha * through)
        through = through * (1 - alpha)
    return seen[::-1]


def soft_iou(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Σ min / Σ max of two coverages, 0..1; 0 where both are empty (Jaccard index of fuzzy sets, Ruzicka 1958)."""
    either = np.maximum(one, other).sum()
    return float(np.minimum(one, other).sum() / either) if either > 0 else 0.0


def flatten_float(layers: Sequence[Unit]) -> Colour:
    """Alpha-over without rounding, bottom to top; the lowest counts as opaque. H×W×3 in 0..1."""
    colour = layers[0][..., :3].copy()
    for layer in layers[1:]:
        alpha = layer[..., 3:]
        colour = layer[..., :3] * alpha + colour * (1 - alpha)
    return colour


def merge_float(above: Unit, below: Unit) -> Unit:
    """`above` over `below` as one layer (Porter and Duff 1984), straight alpha."""
    top = above[..., 3:]
    rest = below[..., 3:] * (1 - top)
    total = top + rest
    colour = (above[..., :3] * top + below[..., :3] * rest) / np.maximum(total, np.float32(1e-6))
    return np.concatenate([colour, total], axis=2)
