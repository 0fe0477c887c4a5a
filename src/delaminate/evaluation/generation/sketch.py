"""Vector drawing in unit coordinates: filled shapes with painted shading, supersampled, for the generator's things.

Only IEEE-exact steps touch the pixels (no float32 transcendental, no reduction whose order depends on the processor),
so that a seed gives the same bytes on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from delaminate.pixels import Rgba

Colour: TypeAlias = tuple[int, int, int]
Points: TypeAlias = Sequence[tuple[float, float]]
Field: TypeAlias = NDArray[np.float32]
Paint: TypeAlias = Callable[[Field, Field], Field]
"""Coordinates across the shape's own box (0..1, H×W each) → H×W×4 straight colour, 0..255 with alpha 0..1."""

GRAIN = 3
"""Samples per pixel and axis."""


def shade(colour: Colour, amount: float) -> Colour:
    """Towards white for amount > 0, towards black for amount < 0; ±1 is all the way."""
    end = 255 if amount > 0 else 0
    red, green, blue = (round(c + (end - c) * abs(amount)) for c in colour)
    return red, green, blue


def flat(colour: Colour, opacity: float = 1.0) -> Paint:
    """One colour everywhere."""
    return linear(colour, colour, opacity=opacity)


def linear(start: Colour, end: Colour, degrees: float = 90.0, opacity: float = 1.0, fade: float | None = None) -> Paint:
    """From `start` to `end` along a direction (0 right, 90 down); `fade` is the opacity at the end."""
    dx, dy = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    low = min(dx, 0.0) + min(dy, 0.0)
    span = abs(dx) + abs(dy)

    def paint(u: Field, v: Field) -> Field:
        return _mixed(np.clip((u * dx + v * dy - low) / span, 0, 1), start, end, opacity, fade)

    return paint


def radial(
    inner: Colour,
    outer: Colour,
    centre: tuple[float, float] = (0.5, 0.5),
    reach: float = 0.7,
    opacity: float = 1.0,
    fade: float | None = None,
) -> Paint:
    """From `inner` at `centre` to `outer` at `reach` (both in parts of the shape's box)."""

    def paint(u: Field, v: Field) -> Field:
        far = np.sqrt(np.square(u - centre[0]) + np.square(v - centre[1])) / reach
        return _mixed(np.clip(far, 0, 1), inner, outer, opacity, fade)

    return paint


def ball(colour: Colour) -> Paint:
    """The shading of something round, lit from the upper left."""

    def paint(u: Field, v: Field) -> Field:
        far = np.clip(np.sqrt(np.square(u - 0.34) + np.square(v - 0.28)) / 0.85, 0, 1)
        lit = _mixed(np.clip(far * 2, 0, 1), shade(colour, 0.45), colour, 1.0, None)
        dark = _mixed(np.clip(far * 2 - 1, 0, 1), colour, shade(colour, -0.5), 1.0, None)
        return np.where((far < 0.5)[..., None], lit, dark)

    return paint


def _mixed(t: NDArray[Any], start: Colour, end: Colour, opacity: float, fade: float | None) -> Field:
    out = np.empty((*t.shape, 4), np.float32)
    for channel in range(3):
        out[..., channel] = start[channel] + (end[channel] - start[channel]) * t
    out[..., 3] = opacity if fade is None else opacity + (fade - opacity) * t
    return out


def oval(cx: float, cy: float, rx: float, ry: float, turn: float = 0.0, count: int = 96) -> Points:
    """The outline of an ellipse, turned by `turn` degrees."""
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    steps = [2 * math.pi * k / count for k in range(count)]
    return [
        (
            cx + rx * math.cos(a) * cos - ry * math.sin(a) * sin,
            cy + rx * math.cos(a) * sin + ry * math.sin(a) * cos,
        )
        for a in steps
    ]


def star(cx: float, cy: float, outer: float, inner: float, tips: int = 5, turn: float = -90.0) -> Points:
    """A star with `tips` tips."""
    radii = [outer, inner] * tips
    angles = [math.radians(turn + 180 * k / tips) for k in range(2 * tips)]
    return [(cx + r * math.cos(a), cy + r * math.sin(a)) for r, a in zip(radii, angles, strict=True)]


def smooth(points: Points, count: int = 14) -> Points:
    """A closed Catmull-Rom curve through the points."""
    out = []
    n = len(points)
    for k in range(n):
        p0, p1, p2, p3 = (points[(k + j) % n] for j in (-1, 0, 1, 2))
        for step in range(count):
            t = step / count
            x, y = (_catmull_rom(p0[i], p1[i], p2[i], p3[i], t) for i in (0, 1))
            out.append((x, y))
    return out


def _catmull_rom(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t * t * t)


class Sketch:
    """A drawing of `width` × `height` pixels; shapes take coordinates in units of the width, less the margins.

    `margin` pixels stay free on every side, for outlines. `grain` 1 gives hard, stair-stepped edges, as pixel art has.
    """

    def __init__(self, width: int, height: int | None = None, margin: int = 0, grain: int = GRAIN) -> None:
        self.width, self.height, self.grain = width, width if height is None else height, grain
        self._scale = (width - 2 * margin) * grain
        self._margin = margin * grain
        self._pixels: Field = np.zeros((self.height * grain, self.width * grain, 4), np.float32)

    def polygon(self, points: Points, paint: Paint, *, onto: bool = False) -> None:
        """Fill a polygon; `onto` paints only what is painted already."""
        corners = self._placed(points)

        def fill(draw: ImageDraw.ImageDraw, dx: float, dy: float) -> None:
            draw.polygon([(x - dx, y - dy) for x, y in corners], 255)

        self._fill(fill, corners, paint, onto)

    def blob(self, points: Points, paint: Paint, *, onto: bool = False) -> None:
        """Fill a smooth closed curve through the points."""
        self.polygon(smooth(points), paint, onto=onto)

    def oval(
        self,
        cx: float,
        cy: float,
        rx: float,
        ry: float,
        paint: Paint,
        turn: float = 0,
        *,
        onto: bool = False,
    ) -> None:
        """Fill an ellipse."""
        self.polygon(oval(cx, cy, rx, ry, turn), paint, onto=onto)

    def box(
        self,
        left: float,
        top: float,
        right: float,
        bottom: float,
        paint: Paint,
        radius: float = 0.0,
        *,
        onto: bool = False,
    ) -> None:
        """Fill a rectangle with rounded corners."""
        corners = self._placed([(left, top), (right, bottom)])

        def fill(draw: ImageDraw.ImageDraw, dx: float, dy: float) -> None:
            x, y = corners[0][0] - dx, corners[0][1] - dy
            spot = (x, y, max(corners[1][0] - dx - 1, x), max(corners[1][1] - dy - 1, y))
            draw.rounded_rectangle(spot, radius * self._scale, fill=255)

        self._fill(fill, corners, paint, onto)

    def line(self, points: Points, width: float, paint: Paint, *, onto: bool = False) -> None:
        """Draw a line with round ends through the points."""
        pixels = self._placed(points)
        half = width * self._scale / 2
        reach = [(x + d, y + d) for x, y in pixels for d in (-half, half)]

        def fill(draw: ImageDraw.ImageDraw, dx: float, dy: float) -> None:
            moved = [(x - dx, y - dy) for x, y in pixels]
            draw.line(moved, fill=255, width=max(1, round(2 * half)), joint="curve")
            for x, y in moved:
                draw.ellipse((x - half, y - half, x + half, y + half), fill=255)

        self._fill(fill, reach, paint, onto)

    def _placed(self, points: Points) -> list[tuple[float, float]]:
        return [(x * self._scale + self._margin, y * self._scale + self._margin) for x, y in points]

    def _fill(
        self,
        fill: Callable[[ImageDraw.ImageDraw, float, float], None],
        reach: Points,
        paint: Paint,
        onto: bool,
    ) -> None:
        xs, ys = [p[0] for p in reach], [p[1] for p in reach]
        left, top = max(math.floor(min(xs)), 0), max(math.floor(min(ys)), 0)
        right = min(math.ceil(max(xs)) + 1, self._pixels.shape[1])
        bottom = min(math.ceil(max(ys)) + 1, self._pixels.shape[0])
        if right <= left or bottom <= top:
            return
        mask = Image.new("L", (right - left, bottom - top))
        fill(ImageDraw.Draw(mask), left, top)
        inside = np.asarray(mask) > 0
        u = ((np.arange(left, right) + 0.5 - min(xs)) / max(max(xs) - min(xs), 1)).astype(np.float32)
        v = ((np.arange(top, bottom) + 0.5 - min(ys)) / max(max(ys) - min(ys), 1)).astype(np.float32)
        colour = paint(*np.broadcast_arrays(u[None, :], v[:, None]))
        spot = self._pixels[top:bottom, left:right]
        a = colour[..., 3] * inside
        if onto:
            a = a * (spot[..., 3] > 0)
        b = spot[..., 3] * (1 - a)
        total = np.maximum(a + b, np.float32(1e-6))
        for channel in range(3):
            spot[..., channel] = (colour[..., channel] * a + spot[..., channel] * b) / total
        spot[..., 3] = a + b

    def outlined(self, colour: Colour, width: float) -> None:
        """Draw a line of `width` units around all that is painted, below it."""
        solid = Image.fromarray((self._pixels[..., 3] > 0.5).astype(np.uint8) * 255)
        grown = np.asarray(solid.filter(ImageFilter.GaussianBlur(width * self._scale))) > 40
        b = self._pixels[..., 3]
        ring = grown & (b < 1)
        for channel in range(3):
            mixed = self._pixels[..., channel] * b + colour[channel] * (1 - b)
            self._pixels[..., channel] = np.where(ring, mixed, self._pixels[..., channel])
        self._pixels[..., 3] = np.where(ring, 1, b)

    def pixels(self) -> Rgba:
        """The drawing, uint8 height × width × 4, straight alpha; colour is the mean weighted by alpha."""
        g = self.grain
        weight = sum((self._pixels[y::g, x::g, 3] for y in range(g) for x in range(g)), np.float32(0))
        out = np.zeros((self.height, self.width, 4), np.uint8)
        for channel in range(3):
            part = sum(
                (self._pixels[y::g, x::g, channel] * self._pixels[y::g, x::g, 3] for y in range(g) for x in range(g)),
                np.float32(0),
            )
            out[..., channel] = np.clip(np.rint(part / np.maximum(weight, np.float32(1e-6))), 0, 255)
        out[..., 3] = np.clip(np.rint(weight * np.float32(255 / (g * g))), 0, 255)
        return out
