"""Backgrounds: gradients, rays, cloth, wood, studio, landscapes and tiles; opaque uint8 height × width × 3."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from delaminate.evaluation.generation.noise import Plane, clouds, grains
from delaminate.evaluation.generation.palette import tinted
from delaminate.evaluation.generation.sketch import Colour, Sketch, flat, linear, shade
from delaminate.pixels import Rgb

Backdrop: TypeAlias = Callable[[Random, int, int, Colour, Colour], Rgb]
"""Draws height × width pixels out of two colours."""


def _mix(t: Plane, start: Colour, end: Colour) -> Plane:
    return np.stack([start[k] + (end[k] - start[k]) * t for k in range(3)], axis=-1)


def _as_pixels(colour: Plane) -> Rgb:
    return np.clip(np.rint(colour), 0, 255).astype(np.uint8)


def _grid(height: int, width: int) -> tuple[Plane, Plane]:
    return (np.arange(width) + 0.5)[None, :] / width + np.zeros((height, 1)), (np.arange(height) + 0.5)[
        :, None
    ] / height + np.zeros((1, width))


def gradient(rng: Random, height: int, width: int, start: Colour, end: Colour) -> Rgb:
    """A straight blend of the two colours."""
    x, y = _grid(height, width)
    a = rng.choice((0.0, 0.4, 0.8, 1.0))
    return _as_pixels(_mix(x * (1 - a) + y * a, start, end))


def plain(rng: Random, height: int, width: int, start: Colour, end: Colour) -> Rgb:
    """One flat colour."""
    return np.broadcast_to(np.array(rng.choice((start, end)), np.uint8), (height, width, 3)).copy()


def vignette(_: Random, height: int, width: int, start: Colour, end: Colour) -> Rgb:
    """Light in the middle."""
    x, y = _grid(height, width)
    far = np.sqrt((x - 0.5) ** 2 + (y - 0.5) ** 2) / 0.75
    return _as_pixels(_mix(np.clip(far, 0, 1), start, end))


def rays(rng: Random, height: int, width: int, start: Colour, end: Colour) -> Rgb:
    """Sunburst: sharp wedges from a point."""
    drawn = Sketch(width, height, grain=2)
    tall = height / width
    drawn.box(0, 0, 1, tall, flat(start))
    cx, cy, count, turn = 0.5, tall * rng.uniform(0.4, 0.6), rng.choice((12, 16, 20, 24)), rng.random()
    for k in range(count):
        a, b = (2 * math.pi * (k + turn + d) / count for d in (0, 0.5))
        far = 2.0 * (1 + tall)
        edge = [
            (cx, cy),
            (cx + far * math.cos(a), cy + far * math.sin(a)),
            (cx + far * math.cos(b), cy + far * math.sin(b)),
        ]
        drawn.polygon(edge, flat(end))
    return drawn.pixels()[..., :3]


def dots(rng: Random, height: int, width: int, start: Colour, end: Colour) -> Rgb:
    """A lattice of dots."""
    drawn = Sketch(width, height, grain=2)
    tall, step = height / width, rng.uniform(0.05, 0.1)
    drawn.box(0, 0, 1, tall, flat(start))
    for row in range(int(tall / step) + 2):
        for column in range(int(1 / step) + 2):
            drawn.oval((column + 0.5 * (row % 2)) * step, row * step, step * 0.2, step * 0.2, flat(end))
    return drawn.pixels()[..., :3]


def cloth(rng: Random, height: int, width: int, start: Colour, end: Colour) -> Rgb:
    """Woven checks."""
    cell = rng.randint(28, 60)
    rows, columns = (np.arange(n) // cell % 2 for n in (height, width))
    weave = (rows[:, None] + columns[None, :]) / 2.0
    thread = ((np.arange(height)[:, None] + np.arange(width)[None, :]) % 6 < 3) * 8.0 - 4
    grain = (clouds(rng, height, width, 5, 2) - 0.5) * 26
    return _as_pixels(_mix(weave, start, end) + (thread + grain)[..., None])


def wood(rng: Random, height: int, width: int, start: Colour, end: Colour) -> Rgb:
    """Planks with grain; the scheme's colours only tint it."""
    base: Colour = (176, 128, 82)
    across = rng.randint(70, 130)
    out = np.empty((height, width, 3))
    for top in range(0, height, across):
        rows = min(across, height - top)
        streaks = clouds(rng, rows * 6, width // 6 + 2, 26, 4)[:, : width // 6 + 1].repeat(6, axis=1)[::6, :width]
        tone = tinted(rng, base, 16)
        out[top : top + rows] = _mix(streaks, shade(tone, -0.28), shade(tone, 0.22))
        out[top : top + 2] *= 0.55
    tint = np.array([(a + b) / 2 for a, b in zip(start, end, strict=True)]) - 128
    return _as_pixels(out + tint * 0.12)


def paper(rng: Random, height: int, width: int, start: Colour, end: Colour) -> Rgb:
    """Grainy paper, as scans have it."""
    soft = clouds(rng, height, width, 180, 3)
    return _as_pixels(_mix(soft * 0.6, start, end) + (grains(rng, height, width)[..., None] - 0.5) * 14)


def studio(rng: Random, height: int, width: int, start: Colour, end: Colour) -> Rgb:
    """A wall, a floor and soft light."""
    x, y = _grid(height, width)
    edge = rng.uniform(0.58, 0.7)
    floor = np.clip((y - edge) / 0.05, 0, 1)
    light = np.sqrt((x - 0.45) ** 2 + (y - 0.4) ** 2)
    wall = _mix(np.clip(light, 0, 1), shade(start, 0.25), end)
    ground = _mix(np.clip((y - edge) * 2.2, 0, 1), shade(end, 0.05), shade(start, 0.1))
    noise = (grains(rng, height, width) - 0.5) * 3
    return _as_pixels(wall * (1 - floor)[..., None] + ground * floor[..., None] + noise[..., None])


def hills(rng: Random, height: int, width: int, start: Colour, end: Colour) -> Rgb:
    """Sky, clouds or stars, and three ranges of hills."""
    tall = height / width
    night = rng.random() < 0.3
    sky = ((20, 24, 60), (72, 62, 120)) if night else rng.choice((((120, 190, 240), (226, 242, 250)), (start, end)))
    ground = tinted(rng, rng.choice(((96, 166, 76), (206, 168, 96), (66, 130, 110), (150, 120, 160))))
    drawn = Sketch(width, height, grain=2)
    drawn.box(0, 0, 1, tall, linear(*sky))
    for _ in range(60 if night else 0):
        r = rng.uniform(0.0008, 0.002)
        drawn.oval(rng.random(), rng.uniform(0, tall * 0.6), r, r, flat((255, 250, 224)))
    for _ in range(0 if night else rng.randint(2, 4)):
        x, y, r = rng.random(), rng.uniform(0.06, tall * 0.35), rng.uniform(0.03, 0.06)
        for dx, dy, k in ((-1.2, 0.25, 0.7), (0, 0, 1), (1.1, 0.2, 0.8), (0.4, 0.35, 0.9), (-0.5, 0.35, 0.8)):
            drawn.oval(x + dx * r, y + dy * r, r * k, r * k * 0.7, flat((255, 255, 255), 0.85))
    for depth in range(3):
        level = tall * (0.5 + 0.16 * depth)
        a, b, p = rng.uniform(0.02, 0.07), rng.uniform(3, 8), rng.uniform(0, 6)
        ridge = [(k / 60, level + a * math.sin(b * k / 60 + p)) for k in range(61)]
        tone = shade(ground, 0.3 - 0.25 * depth - (0.35 if night else 0))
        drawn.polygon([*ridge, (1, tall), (0, tall)], linear(tone, shade(tone, -0.25)))
    return drawn.pixels()[..., :3]


def sea(rng: Random, height: int, width: int, start: Colour, end: Colour) -> Rgb:  # noqa: ARG001 water has its own colours
    """Under water: light from above, sand, weeds."""
    tall = height / width
    drawn = Sketch(width, height, grain=2)
    drawn.box(0, 0, 1, tall, linear((70, 180, 214), (14, 62, 116)))
    for _ in range(5):
        x, w = rng.random(), rng.uniform(0.03, 0.08)
        beam = [(x, 0), (x + w, 0), (x + w * 3 - 0.2, tall), (x - 0.25, tall)]
        drawn.polygon(beam, linear((255, 255, 255), (255, 255, 255), opacity=0.16, fade=0.0))
    for _ in range(rng.randint(6, 12)):
        x, h = rng.random(), rng.uniform(0.08, 0.26)
        weed = [(x + 0.012 * math.sin(k), tall - h * k / 8) for k in range(9)]
        drawn.line(weed, rng.uniform(0.008, 0.016), linear((40, 130, 92), (18, 74, 70)))
    sand = [(k / 40, tall * 0.88 + 0.015 * math.sin(k * 0.6)) for k in range(41)]
    drawn.polygon([*sand, (1, tall), (0, tall)], linear((226, 204, 150), (176, 150, 100)))
    return drawn.pixels()[..., :3]


def bricks(rng: Random, height: int, width: int, start: Colour, end: Colour) -> Rgb:
    """A wall of bricks."""
    high, wide = rng.randint(26, 44), rng.randint(64, 110)
    rows = np.arange(height) // high
    shift = (rows % 2) * (wide // 2)
    columns = (np.arange(width)[None, :] + shift[:, None]) // wide
    tone = grains(rng, int(rows[-1]) + 1, int(columns.max()) + 1)[rows[:, None], columns]
    joint = (np.arange(height) % high < 4)[:, None] | ((np.arange(width)[None, :] + shift[:, None]) % wide < 4)
    rough = (clouds(rng, height, width, 8, 2) - 0.5) * 30
    colour = _mix(tone * 0.7, shade(end, -0.1), shade(start, -0.2)) + rough[..., None]
    return _as_pixels(np.where(joint[..., None], np.array(shade(start, 0.4), float), colour))


def tiles(rng: Random, height: int, width: int, start: Colour, end: Colour) -> Rgb:
    """A pixel-art room: wall tiles above, floor tiles below, four pixels to a dot."""
    dot, side = 4, 16
    rows, columns = -(-height // dot), -(-width // dot)
    y, x = np.arange(rows)[:, None], np.arange(columns)[None, :]
    wall = y < rows * 0.62
    tone = grains(rng, rows // side + 1, columns // side + 1)[y // side, x // side]
    speck: NDArray[np.bool_] = grains(rng, rows, columns) < 0.06
    colour = np.where(
        wall[..., None], _mix(tone * 0.3, shade(end, -0.35), end), _mix(tone * 0.35, shade(start, -0.15), start)
    )
    edge = (y % side == 0) | (x % side == 0)
    colour = colour * np.where(edge, 0.8, np.where(speck, 0.9, 1.0))[..., None]
    return _as_pixels(colour).repeat(dot, axis=0).repeat(dot, axis=1)[:height, :width]


def bokeh(rng: Random, height: int, width: int, start: Colour, end: Colour) -> Rgb:
    """Lights out of focus."""
    tall = height / width
    drawn = Sketch(width, height, grain=2)
    drawn.box(0, 0, 1, tall, linear(shade(start, -0.2), shade(end, -0.2), 70))
    for _ in range(rng.randint(14, 26)):
        r = rng.uniform(0.02, 0.09)
        drawn.oval(
            rng.random(), rng.uniform(0, tall), r, r, flat(shade(rng.choice((start, end)), 0.5), rng.uniform(0.08, 0.3))
        )
    return drawn.pixels()[..., :3]


GRAPHIC: tuple[Backdrop, ...] = (gradient, plain, vignette, rays, dots, paper, gradient)
LANDSCAPES: tuple[Backdrop, ...] = (hills, sea, bricks, tiles, hills)
SURFACES: tuple[Backdrop, ...] = (wood, cloth, studio, paper, vignette, bokeh, studio)
