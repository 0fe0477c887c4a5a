"""Fruit, plants and creatures, drawn in the unit square."""

from __future__ import annotations

import math
from random import Random

from delaminate.evaluation.generation.sketch import Colour, Sketch, ball, flat, linear, oval, radial, shade

LEAF: Colour = (72, 148, 66)
BARK: Colour = (112, 74, 46)
INK: Colour = (34, 32, 40)


def _gleam(s: Sketch, x: float, y: float, size: float = 0.07) -> None:
    s.oval(
        x, y, size, size * 0.6, radial((255, 255, 255), (255, 255, 255), reach=0.5, opacity=0.8, fade=0), -35, onto=True
    )


def _leaf(s: Sketch, x: float, y: float, reach: float, turn: float) -> None:
    tip = (x + reach * math.cos(turn), y + reach * math.sin(turn))
    bow = (-0.28 * reach * math.sin(turn), 0.28 * reach * math.cos(turn))
    middle = ((x + tip[0]) / 2, (y + tip[1]) / 2)
    sides = [(middle[0] + k * bow[0], middle[1] + k * bow[1]) for k in (1, -1)]
    s.blob([(x, y), sides[0], tip, sides[1]], linear(shade(LEAF, 0.2), shade(LEAF, -0.25)))


def apple(s: Sketch, c: Colour, rng: Random) -> None:
    s.line([(0.5, 0.28), (0.52 + rng.uniform(-0.04, 0.06), 0.1)], 0.04, flat(BARK))
    outline = [
        (0.5, 0.26),
        (0.72, 0.2),
        (0.9, 0.42),
        (0.82, 0.76),
        (0.62, 0.92),
        (0.5, 0.88),
        (0.38, 0.92),
        (0.18, 0.76),
        (0.1, 0.42),
        (0.28, 0.2),
    ]
    s.blob(outline, ball(c))
    _leaf(s, 0.52, 0.18, 0.26, rng.uniform(-0.5, 0.1))
    _gleam(s, 0.3, 0.38, 0.08)


def pear(s: Sketch, c: Colour, rng: Random) -> None:
    s.line([(0.5, 0.2), (0.55, 0.04)], 0.035, flat(BARK))
    s.blob(
        [
            (0.5, 0.12),
            (0.64, 0.24),
            (0.7, 0.46),
            (0.86, 0.7),
            (0.7, 0.93),
            (0.5, 0.96),
            (0.3, 0.93),
            (0.14, 0.7),
            (0.3, 0.46),
            (0.36, 0.24),
        ],
        ball(c),
    )
    _gleam(s, 0.36, 0.5, 0.07)
    if rng.random() < 0.6:
        _leaf(s, 0.53, 0.12, 0.24, -0.3)


def orange(s: Sketch, c: Colour, rng: Random) -> None:
    s.oval(0.5, 0.54, 0.42, 0.41, ball(c))
    for _ in range(40):
        s.oval(rng.uniform(0.12, 0.88), rng.uniform(0.16, 0.92), 0.008, 0.008, flat(shade(c, -0.2)), onto=True)
    s.polygon(oval(0.5, 0.16, 0.05, 0.03), flat(BARK))
    _leaf(s, 0.5, 0.15, 0.24, -0.35)
    _gleam(s, 0.32, 0.34, 0.09)


def cherries(s: Sketch, c: Colour, _: Random) -> None:
    s.line([(0.3, 0.68), (0.42, 0.3), (0.6, 0.1)], 0.03, flat(LEAF))
    s.line([(0.7, 0.7), (0.66, 0.36), (0.6, 0.1)], 0.03, flat(shade(LEAF, -0.2)))
    _leaf(s, 0.6, 0.1, 0.32, 0.25)
    for x, y in ((0.28, 0.74), (0.71, 0.76)):
        s.oval(x, y, 0.2, 0.2, ball(c))
        _gleam(s, x - 0.08, y - 0.09, 0.045)


def banana(s: Sketch, c: Colour, _: Random) -> None:
    s.blob(
        [
            (0.12, 0.2),
            (0.2, 0.18),
            (0.34, 0.5),
            (0.62, 0.68),
            (0.92, 0.62),
            (0.94, 0.7),
            (0.7, 0.9),
            (0.36, 0.84),
            (0.14, 0.56),
        ],
        linear(shade(c, 0.25), shade(c, -0.25), 60),
    )
    s.polygon([(0.1, 0.12), (0.2, 0.1), (0.21, 0.22), (0.12, 0.24)], flat(BARK))
    s.polygon([(0.91, 0.61), (0.97, 0.63), (0.96, 0.71), (0.92, 0.71)], flat(BARK))


def mushroom(s: Sketch, c: Colour, rng: Random) -> None:
    s.blob(
        [(0.38, 0.5), (0.62, 0.5), (0.64, 0.78), (0.7, 0.94), (0.3, 0.94), (0.36, 0.78)],
        linear((250, 240, 222), (206, 186, 160), 0),
    )
    s.blob([(0.05, 0.55), (0.14, 0.28), (0.5, 0.07), (0.86, 0.28), (0.95, 0.55), (0.5, 0.62)], ball(c))
    for x, y, r in ((0.3, 0.34, 0.07), (0.55, 0.22, 0.08), (0.72, 0.42, 0.06), (0.45, 0.48, 0.05)):
        s.oval(x + rng.uniform(-0.02, 0.02), y, r, r * 0.85, flat((255, 250, 240)), onto=True)


def flower(s: Sketch, c: Colour, rng: Random) -> None:
    s.line([(0.5, 0.4), (0.48, 0.7), (0.52, 0.97)], 0.045, flat(LEAF))
    _leaf(s, 0.5, 0.82, 0.3, -0.7)
    _leaf(s, 0.5, 0.86, 0.28, math.pi + 0.6)
    petals = rng.randint(5, 8)
    for k in range(petals):
        a = 2 * math.pi * k / petals
        s.oval(0.5 + 0.2 * math.cos(a), 0.34 + 0.2 * math.sin(a), 0.17, 0.1, ball(c), math.degrees(a))
    s.oval(0.5, 0.34, 0.11, 0.11, ball((250, 204, 60)))


def tree(s: Sketch, c: Colour, rng: Random) -> None:
    s.polygon([(0.44, 0.55), (0.56, 0.55), (0.6, 0.97), (0.4, 0.97)], linear(shade(BARK, 0.2), shade(BARK, -0.3), 0))
    for x, y, r in ((0.3, 0.46, 0.21), (0.7, 0.46, 0.21), (0.5, 0.28, 0.24), (0.5, 0.5, 0.2)):
        s.oval(x + rng.uniform(-0.03, 0.03), y + rng.uniform(-0.03, 0.03), r, r, ball(c))


def pine(s: Sketch, c: Colour, _: Random) -> None:
    s.box(0.44, 0.8, 0.56, 0.98, linear(shade(BARK, 0.1), shade(BARK, -0.3), 0))
    for top, bottom, half in ((0.44, 0.86, 0.38), (0.24, 0.64, 0.3), (0.04, 0.42, 0.22)):
        s.polygon([(0.5, top), (0.5 + half, bottom), (0.5 - half, bottom)], linear(shade(c, 0.15), shade(c, -0.4)))


def cactus(s: Sketch, c: Colour, rng: Random) -> None:
    body = linear(shade(c, 0.25), shade(c, -0.3), 0)
    s.line([(0.62, 0.6), (0.82, 0.58), (0.82, 0.38)], 0.13, body)
    s.line([(0.38, 0.7), (0.18, 0.68), (0.18, 0.5)], 0.12, body)
    s.box(0.37, 0.06, 0.63, 0.97, body, 0.13)
    for _ in range(26):
        x, y = rng.uniform(0.4, 0.6), rng.uniform(0.12, 0.92)
        s.line([(x, y), (x + 0.02, y - 0.015)], 0.008, flat((240, 240, 214)), onto=True)
    if rng.random() < 0.5:
        s.oval(0.5, 0.07, 0.09, 0.06, ball((236, 96, 150)))


def fish(s: Sketch, c: Colour, rng: Random) -> None:
    s.blob([(0.72, 0.5), (0.96, 0.26), (0.9, 0.5), (0.96, 0.76)], linear(shade(c, 0.1), shade(c, -0.35), 0))
    s.blob([(0.36, 0.3), (0.52, 0.12), (0.66, 0.32)], flat(shade(c, -0.2)))
    s.oval(0.42, 0.5, 0.38, 0.25, ball(c))
    for x in (0.44, 0.58) if rng.random() < 0.6 else ():
        s.box(x, 0.2, x + 0.06, 0.8, flat(shade(c, 0.6)), onto=True)
    s.oval(0.22, 0.43, 0.065, 0.065, flat((255, 255, 255)))
    s.oval(0.21, 0.43, 0.032, 0.032, flat(INK))
    s.line([(0.08, 0.58), (0.16, 0.6)], 0.018, flat(shade(c, -0.6)), onto=True)


def bird(s: Sketch, c: Colour, _: Random) -> None:
    s.line([(0.46, 0.8), (0.46, 0.96)], 0.03, flat((230, 150, 40)))
    s.line([(0.58, 0.8), (0.58, 0.96)], 0.03, flat((230, 150, 40)))
    s.polygon([(0.08, 0.34), (0.26, 0.28), (0.26, 0.42)], flat((244, 170, 46)))
    s.blob([(0.7, 0.5), (0.98, 0.4), (0.94, 0.54), (0.74, 0.7)], flat(shade(c, -0.3)))
    s.oval(0.52, 0.6, 0.3, 0.25, ball(c))
    s.oval(0.36, 0.34, 0.18, 0.18, ball(c))
    s.blob([(0.42, 0.56), (0.66, 0.5), (0.82, 0.68), (0.56, 0.74)], linear(shade(c, 0.3), shade(c, -0.2)))
    s.oval(0.31, 0.31, 0.035, 0.035, flat(INK))


def ladybird(s: Sketch, c: Colour, _: Random) -> None:
    for y in (0.4, 0.58, 0.76):
        s.line([(0.1, y + 0.04), (0.9, y + 0.04)], 0.03, flat(INK))
    s.oval(0.5, 0.26, 0.2, 0.17, ball(INK))
    s.oval(0.5, 0.58, 0.36, 0.36, ball(c))
    s.line([(0.5, 0.22), (0.5, 0.94)], 0.02, flat(INK), onto=True)
    for x, y in ((0.32, 0.48), (0.68, 0.48), (0.28, 0.7), (0.72, 0.7), (0.4, 0.84), (0.6, 0.84)):
        s.oval(x, y, 0.06, 0.06, flat(INK), onto=True)


def ghost(s: Sketch, c: Colour, _: Random) -> None:
    hem = [(0.14 + 0.72 * k / 24, 0.9 + 0.05 * math.cos(k * math.pi / 3)) for k in range(24, -1, -1)]
    dome = [(0.5 - 0.36 * math.cos(math.pi * k / 30), 0.42 - 0.36 * math.sin(math.pi * k / 30)) for k in range(31)]
    s.polygon([*dome, *hem], linear(shade(c, 0.4), c))
    for x in (0.37, 0.63):
        s.oval(x, 0.42, 0.065, 0.09, flat(INK))
    s.oval(0.5, 0.62, 0.06, 0.05, flat(INK))


def snail(s: Sketch, c: Colour, _: Random) -> None:
    skin: Colour = (226, 186, 130)
    s.blob([(0.04, 0.86), (0.14, 0.44), (0.24, 0.44), (0.3, 0.74), (0.96, 0.82), (0.98, 0.92), (0.1, 0.94)], ball(skin))
    for x in (0.1, 0.24):
        s.line([(0.18, 0.48), (x, 0.26)], 0.025, flat(shade(skin, -0.1)))
        s.oval(x, 0.25, 0.032, 0.032, flat(INK))
    s.oval(0.58, 0.52, 0.32, 0.32, ball(c))
    curl = [
        (0.58 + 0.28 * (1 - k / 40) * math.cos(k / 3.2), 0.52 + 0.28 * (1 - k / 40) * math.sin(k / 3.2))
        for k in range(38)
    ]
    s.line(curl, 0.028, flat(shade(c, -0.45)), onto=True)
