"""Cut-outs as another hand would draw them: other proportions, other colours, flat, shaded, in lines, as a silhouette.

What the corpus holds is drawn by few hands; a network that learns it as it is learns those hands. Shape is what stays.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def bent(rng: np.random.Generator, premultiplied: Floats, alpha: Floats) -> tuple[Floats, Floats]:
    """Wider or taller, sheared and wavy; same size, h×w×3 (0..255) and h×w (0..1)."""
    edge = alpha.shape[0]
    if edge < 12:
        return premultiplied, alpha
    y, x = np.meshgrid(*2 * [np.linspace(-1, 1, edge, dtype=np.float32)], indexing="ij")
    across, down = (float(v) for v in np.exp(rng.normal(0, 0.14, 2)))
    sheared = rng.normal(0, 0.1)
    wave = cv2.resize(rng.normal(0, 0.07, (4, 4, 2)).astype(np.float32), (edge, edge), interpolation=cv2.INTER_CUBIC)
    far = max(across, down, 1.0) * (1 + abs(sheared) / 2)  # what goes wider must not leave the square
    from_x = (x * far / across + sheared * y + wave[..., 0] + 1) * np.float32((edge - 1) / 2)
    from_y = (y * far / down + wave[..., 1] + 1) * np.float32((edge - 1) / 2)
    rgba = np.dstack([premultiplied, alpha])
    moved = cv2.remap(rgba, from_x.astype(np.float32), from_y.astype(np.float32), cv2.INTER_LINEAR)
    return np.asarray(moved[..., :3], np.float32), np.asarray(moved[..., 3], np.float32)


def restyled(rng: np.random.Generator, premultiplied: Floats, alpha: Floats, free: bool) -> Floats:
    """Other colours and another way of drawing; `free` says that colours may change altogether. Premultiplied."""
    cover = alpha[..., None]
    colour: Floats = np.asarray(np.clip(premultiplied / np.maximum(cover, 1e-3), 0, 255), np.float32)
    if rng.random() < 0.3:
        colour = _flat(rng, colour)
    kind = rng.random() if free else 1.0
    if kind < 0.25:
        colour = _turned_hue(rng, colour)
    elif kind < 0.33:
        colour = np.asarray(colour[..., rng.permutation(3)], np.float32)
    elif kind < 0.45:
        colour = _two_colours(rng, colour)
    elif kind < 0.53:
        colour = _plain(rng, colour, 0)
    if rng.random() < 0.15:
        colour = _lined(rng, colour, alpha, free)
    if rng.random() < 0.35:
        colour = _lit(rng, colour)
    return np.asarray(np.clip(colour, 0, 255) * cover, np.float32)


def _flat(rng: np.random.Generator, colour: Floats) -> Floats:
    """Few levels, fine detail gone."""
    smooth = cv2.medianBlur(np.rint(colour).astype(np.uint8), int(rng.choice([3, 5]))).astype(np.float32)
    step = np.float32(rng.uniform(30, 90))
    return np.asarray((np.floor(smooth / step) + 0.5) * step, np.float32)


def _turned_hue(rng: np.random.Generator, colour: Floats) -> Floats:
    hsv = cv2.cvtColor(colour.astype(np.float32) / 255, cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0] + rng.uniform(20, 340)) % 360
    hsv[..., 1] = np.clip(hsv[..., 1] * rng.uniform(0.4, 1.5), 0, 1)
    return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB) * 255, np.float32)


def _two_colours(rng: np.random.Generator, colour: Floats) -> Floats:
    """Light and dark become two colours."""
    light = colour.mean(axis=2, keepdims=True) / 255
    dark, bright = rng.uniform(0, 160, 3), rng.uniform(90, 255, 3)
    return np.asarray(dark + (bright - dark) * light, np.float32)


def _plain(rng: np.random.Generator, colour: Floats, least: float) -> Floats:
    """One colour throughout."""
    return np.asarray(np.broadcast_to(rng.uniform(least, 255, 3), colour.shape), np.float32)


def _lined(rng: np.random.Generator, colour: Floats, alpha: Floats, free: bool) -> Floats:
    """Lines where colours and coverage change, on what was there or, where it is free, on one colour."""
    grey = np.dstack([colour.mean(axis=2), 255 * alpha])
    steep = np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)).max(axis=2)
    line = np.clip(steep / np.float32(rng.uniform(120, 320)), 0, 1)[..., None]
    if free and rng.random() < 0.5:
        colour = _plain(rng, colour, 120)
    return np.asarray(colour * (1 - line) + line * rng.uniform(0, 60), np.float32)


def _lit(rng: np.random.Generator, colour: Floats) -> Floats:
    """Brighter from one side."""
    height, width = colour.shape[:2]
    turn = rng.uniform(0, 2 * np.pi)
    slope = np.linspace(-1, 1, height)[:, None] * np.sin(turn) + np.linspace(-1, 1, width)[None] * np.cos(turn)
    return np.asarray(colour * (1 + rng.uniform(0.1, 0.5) * slope)[..., None], np.float32)
