"""A ball and its soft shadow on grounds of four kinds, drawn for the tests."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from delaminate.pixels import Alpha, Mask, Rgb
from drawings import disc

WIDTH, HEIGHT = 360, 300


def ground(kind: str) -> Rgb:
    """A lit ground of the kind; uint8 HEIGHT × WIDTH × 3."""
    down = np.linspace(0, 1, HEIGHT)[:, None, None]
    if kind == "flat":
        plane = np.full((HEIGHT, WIDTH, 3), (214, 190, 150), np.float64)
    elif kind == "graded":
        plane = (1 - down) * np.array((240, 220, 180.0)) + down * np.array((150, 180, 220.0)) + np.zeros((1, WIDTH, 1))
    elif kind == "table":
        plane = np.where(down < 0.6, np.array((190, 215, 235.0)), np.array((176, 128, 84.0))) + np.zeros((1, WIDTH, 1))
    else:
        grain = np.random.default_rng(7).normal(0, 9, (HEIGHT, WIDTH, 1))
        plane = np.array((170, 180, 150.0)) + grain
    return np.clip(np.rint(plane), 0, 255).astype(np.uint8)


def pool(x: int, y: int, wide: float, tall: float, depth: float) -> Alpha:
    """A soft elliptic shadow's coverage."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    inside = np.hypot((columns - x) / wide, (rows - y) / tall) < 1
    soft = Image.fromarray((inside * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(tall * 0.45))
    return (np.asarray(soft) / 255 * depth).astype(np.float32)


def ball_on(kind: str, depth: float) -> tuple[Rgb, Mask, Rgb, Alpha]:
    """A ball on a ground with its shadow: picture, mask of the ball, the ground as if lit, the shadow's coverage."""
    bright = ground(kind)
    mask = disc(WIDTH, HEIGHT, 180, 150, 48)
    dark = pool(186, 196, 54, 14, depth)
    picture = np.rint(bright * (1 - dark[..., None]) + 12 * dark[..., None]).astype(np.uint8)
    picture[mask] = (200, 40, 50)
    return picture, mask, bright, dark
