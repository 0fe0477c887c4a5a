"""See-through things: shadows, glass, bubbles and smoke; uint8 height × width × 4, straight alpha."""

from __future__ import annotations

from random import Random

import numpy as np
from PIL import Image, ImageFilter

from delaminate.evaluation.generation.noise import clouds
from delaminate.evaluation.generation.sketch import Colour, Sketch, flat, linear, radial, shade
from delaminate.pixels import Rgba


def cast_shadow(pixels: Rgba, blur: int, strength: float, colour: Colour = (14, 12, 24)) -> Rgba:
    """The silhouette, blurred; 3·blur pixels larger on every side than `pixels`."""
    alpha = np.pad(pixels[..., 3], 3 * blur)
    soft = np.asarray(Image.fromarray(alpha).filter(ImageFilter.GaussianBlur(blur)))
    return _coloured(np.rint(soft * strength), colour)


def contact_shadow(width: int, depth: int, strength: float, colour: Colour = (16, 12, 20)) -> Rgba:
    """A soft pool on the ground under something `width` pixels wide."""
    margin = depth
    x = (np.arange(width + 2 * margin) + 0.5 - margin - width / 2) / (width / 2)
    y = (np.arange(2 * depth) + 0.5 - depth) / depth
    far = np.sqrt(np.square(x)[None, :] + np.square(y)[:, None])
    fall = np.clip(1.15 - far, 0, 1)
    return _coloured(np.rint(255 * strength * fall * fall * (3 - 2 * fall)), colour)


def glass_pane(rng: Random, width: int, height: int, colour: Colour) -> Rgba:
    """A tinted pane with a bright rim and a slanted gleam."""
    drawn = Sketch(width, height)
    tall = height / width
    radius = rng.uniform(0.03, 0.09)
    body, rim = rng.uniform(0.2, 0.36), 5 / width
    drawn.box(0, 0, 1, tall, flat(shade(colour, 0.8), 0.62), radius)
    pane = Sketch(width, height)
    pane.box(
        rim, rim, 1 - rim, tall - rim, linear(shade(colour, 0.5), shade(colour, 0.15), 60, body, body + 0.1), radius
    )
    x = rng.uniform(0.1, 0.4)
    gleam = [(x, rim), (x + 0.2, rim), (x - 0.02, tall - rim), (x - 0.22, tall - rim)]
    pane.polygon(gleam, flat((255, 255, 255), 0.16), onto=True)
    out, inner = drawn.pixels(), pane.pixels()
    inside = inner[..., 3] > 30
    out[inside] = inner[inside]
    return out


def bubble(side: int) -> Rgba:
    """A soap bubble: almost nothing in the middle, a bright rim, a highlight."""
    drawn = Sketch(side)
    drawn.oval(0.5, 0.5, 0.49, 0.49, radial((255, 255, 255), (206, 232, 255), (0.5, 0.5), 0.5, 0.03, 0.5))
    drawn.oval(0.33, 0.3, 0.12, 0.07, radial((255, 255, 255), (255, 255, 255), reach=0.5, opacity=0.85, fade=0), -40)
    drawn.oval(0.68, 0.72, 0.07, 0.04, radial((255, 255, 255), (255, 255, 255), reach=0.5, opacity=0.5, fade=0), -40)
    return drawn.pixels()


def smoke(rng: Random, width: int, height: int, colour: Colour) -> Rgba:
    """A plume that rises from the bottom middle, widens and thins out."""
    billow = clouds(rng, height, width, max(width, height) / 5, 5)
    y = 1 - (np.arange(height) + 0.5) / height
    lean = rng.uniform(-0.3, 0.3)
    middle = 0.5 + lean * y * y + 0.08 * (clouds(rng, height, 1, height / 4, 2)[:, 0] - 0.5)
    spread = 0.05 + 0.3 * y
    x = (np.arange(width) + 0.5)[None, :] / width
    across = np.clip(1 - np.square((x - middle[:, None]) / spread[:, None]), 0, 1)
    fade = np.clip(np.minimum(1, (1 - y) * 2.4), 0, 1) * np.clip(y * 12, 0, 1)
    alpha = across * fade[:, None] * np.clip(billow * 2.6 - 0.75, 0, 1) * rng.uniform(0.75, 0.95)
    out = _coloured(np.rint(alpha * 255), colour)
    tone = (billow - 0.5) * 60
    for channel in range(3):
        out[..., channel] = np.where(out[..., 3] > 0, np.clip(np.rint(colour[channel] + tone), 0, 255), 0)
    return out


def _coloured(alpha: np.ndarray, colour: Colour) -> Rgba:
    out = np.zeros((*alpha.shape, 4), np.uint8)
    out[..., 3] = np.clip(alpha, 0, 255)
    out[..., :3] = np.where(out[..., 3:] > 0, np.array(colour, np.uint8), 0)
    return out
