"""Made things: toys, tools, treasure, sweets, drawn in the unit square."""

from __future__ import annotations

import math
from random import Random

from delaminate.evaluation.generation.sketch import Colour, Sketch, ball, flat, linear, oval, radial, shade, star

INK: Colour = (34, 32, 40)
GOLD: Colour = (244, 194, 64)
STEEL: Colour = (188, 196, 206)
GLASS: Colour = (206, 232, 246)
WOOD: Colour = (158, 106, 62)


def _gleam(s: Sketch, x: float, y: float, rx: float, ry: float, turn: float = 0) -> None:
    s.oval(x, y, rx, ry, radial((255, 255, 255), (255, 255, 255), reach=0.5, opacity=0.85, fade=0), turn, onto=True)


def potion(s: Sketch, c: Colour, rng: Random) -> None:
    s.box(0.4, 0.16, 0.6, 0.5, linear(shade(GLASS, 0.3), shade(GLASS, -0.15), 0))
    s.oval(0.5, 0.64, 0.34, 0.33, ball(GLASS))
    s.blob([(0.2, 0.58), (0.5, 0.62), (0.8, 0.58), (0.8, 0.74), (0.64, 0.93), (0.36, 0.93), (0.2, 0.74)], ball(c))
    for _ in range(4):
        s.oval(rng.uniform(0.32, 0.68), rng.uniform(0.66, 0.86), 0.025, 0.025, flat(shade(c, 0.5)), onto=True)
    s.box(0.36, 0.14, 0.64, 0.22, linear(shade(GLASS, 0.2), shade(GLASS, -0.3), 0), 0.03)
    s.box(0.41, 0.03, 0.59, 0.15, linear(shade(WOOD, 0.2), shade(WOOD, -0.25), 0), 0.02)
    _gleam(s, 0.33, 0.54, 0.06, 0.12, 25)


def bottle(s: Sketch, c: Colour, _: Random) -> None:
    s.blob(
        [
            (0.43, 0.12),
            (0.57, 0.12),
            (0.58, 0.34),
            (0.7, 0.5),
            (0.7, 0.94),
            (0.5, 0.98),
            (0.3, 0.94),
            (0.3, 0.5),
            (0.42, 0.34),
        ],
        linear(shade(c, 0.35), shade(c, -0.4), 0),
    )
    s.box(0.42, 0.03, 0.58, 0.13, linear(shade(STEEL, 0.3), shade(STEEL, -0.3), 0), 0.02)
    s.box(0.29, 0.58, 0.71, 0.82, linear((255, 250, 236), (226, 216, 196), 0), onto=True)
    s.box(0.36, 0.66, 0.64, 0.69, flat(c), onto=True)
    s.box(0.4, 0.73, 0.6, 0.75, flat(INK), onto=True)
    _gleam(s, 0.37, 0.5, 0.03, 0.3)


def cup(s: Sketch, c: Colour, _: Random) -> None:
    s.polygon(oval(0.76, 0.52, 0.19, 0.2), flat(shade(c, -0.25)))
    s.oval(0.76, 0.52, 0.11, 0.12, flat(shade(c, -0.55)))
    s.blob(
        [(0.12, 0.26), (0.74, 0.26), (0.72, 0.7), (0.6, 0.92), (0.26, 0.92), (0.14, 0.7)],
        linear(shade(c, 0.3), shade(c, -0.3), 0),
    )
    s.oval(0.43, 0.27, 0.33, 0.08, flat(shade(c, 0.45)))
    s.oval(0.43, 0.28, 0.28, 0.055, flat((92, 54, 32)))


def ball_toy(s: Sketch, c: Colour, rng: Random) -> None:
    s.oval(0.5, 0.5, 0.45, 0.45, ball(c))
    if rng.random() < 0.6:
        s.blob(
            [(0.05, 0.42), (0.5, 0.56), (0.95, 0.42), (0.95, 0.58), (0.5, 0.74), (0.05, 0.58)],
            flat((250, 248, 240)),
            onto=True,
        )
    s.oval(0.5, 0.5, 0.46, 0.46, radial(c, shade(c, -0.6), (0.36, 0.3), 0.85, 0.0, 0.5), onto=True)
    _gleam(s, 0.34, 0.28, 0.1, 0.06, -35)


def balloon(s: Sketch, c: Colour, rng: Random) -> None:
    s.line([(0.5, 0.72), (0.5 + rng.uniform(-0.06, 0.06), 0.84), (0.48, 0.98)], 0.014, flat((120, 116, 116)))
    s.polygon([(0.5, 0.68), (0.56, 0.77), (0.44, 0.77)], flat(shade(c, -0.3)))
    s.blob(
        [(0.5, 0.03), (0.76, 0.13), (0.84, 0.36), (0.7, 0.6), (0.5, 0.71), (0.3, 0.6), (0.16, 0.36), (0.24, 0.13)],
        ball(c),
    )
    _gleam(s, 0.34, 0.24, 0.06, 0.12, 25)


def star_toy(s: Sketch, c: Colour, _: Random) -> None:
    s.polygon(star(0.5, 0.53, 0.48, 0.21), linear(shade(c, 0.35), shade(c, -0.25), 60))
    for k in range(5):
        a, b = (math.radians(-90 + 72 * k + d) for d in (0, 36))
        edge = [
            (0.5, 0.53),
            (0.5 + 0.48 * math.cos(a), 0.53 + 0.48 * math.sin(a)),
            (0.5 + 0.21 * math.cos(b), 0.53 + 0.21 * math.sin(b)),
        ]
        s.polygon(edge, flat(shade(c, -0.3), 0.35), onto=True)


def heart(s: Sketch, c: Colour, _: Random) -> None:
    s.blob(
        [
            (0.5, 0.28),
            (0.68, 0.12),
            (0.92, 0.22),
            (0.93, 0.46),
            (0.74, 0.72),
            (0.5, 0.93),
            (0.26, 0.72),
            (0.07, 0.46),
            (0.08, 0.22),
            (0.32, 0.12),
        ],
        ball(c),
    )
    _gleam(s, 0.27, 0.3, 0.08, 0.05, -35)


def coin(s: Sketch, c: Colour, _: Random) -> None:
    s.oval(0.5, 0.5, 0.45, 0.45, linear(shade(c, 0.2), shade(c, -0.4), 60))
    s.oval(0.5, 0.5, 0.36, 0.36, linear(shade(c, -0.2), shade(c, 0.35), 60))
    s.polygon(star(0.5, 0.52, 0.24, 0.11), flat(shade(c, -0.35)))


def gem(s: Sketch, c: Colour, _: Random) -> None:
    s.polygon([(0.24, 0.16), (0.76, 0.16), (0.97, 0.4), (0.5, 0.95), (0.03, 0.4)], linear(c, shade(c, -0.4)))
    s.polygon([(0.24, 0.16), (0.36, 0.4), (0.03, 0.4)], flat(shade(c, 0.3)))
    s.polygon([(0.76, 0.16), (0.64, 0.4), (0.97, 0.4)], flat(shade(c, -0.1)))
    s.polygon([(0.24, 0.16), (0.76, 0.16), (0.64, 0.4), (0.36, 0.4)], flat(shade(c, 0.55)))
    s.polygon([(0.36, 0.4), (0.64, 0.4), (0.5, 0.95)], linear(shade(c, 0.35), shade(c, -0.2)))


def key(s: Sketch, c: Colour, _: Random) -> None:
    metal = linear(shade(c, 0.3), shade(c, -0.35))
    s.box(0.36, 0.45, 0.96, 0.55, metal, 0.03)
    s.box(0.74, 0.52, 0.8, 0.7, metal, 0.01)
    s.box(0.86, 0.52, 0.93, 0.76, metal, 0.01)
    ring = [*oval(0.24, 0.5, 0.21, 0.24), (0.45, 0.5), (0.34, 0.5), *reversed(oval(0.24, 0.5, 0.1, 0.12)), (0.34, 0.5)]
    s.polygon(ring, metal)


def chest(s: Sketch, c: Colour, _: Random) -> None:
    s.blob(
        [(0.06, 0.44), (0.1, 0.22), (0.3, 0.14), (0.7, 0.14), (0.9, 0.22), (0.94, 0.44), (0.5, 0.46)],
        linear(shade(c, 0.25), shade(c, -0.2)),
    )
    s.box(0.06, 0.42, 0.94, 0.9, linear(c, shade(c, -0.4)), 0.03)
    for x in (0.06, 0.24, 0.68, 0.86):
        s.box(x, 0.12, x + 0.08, 0.91, linear(shade(GOLD, 0.2), shade(GOLD, -0.3)), 0.01, onto=True)
    s.box(0.06, 0.42, 0.94, 0.49, flat(shade(GOLD, -0.2)), onto=True)
    s.box(0.42, 0.38, 0.58, 0.6, linear(shade(GOLD, 0.4), GOLD), 0.03)
    s.oval(0.5, 0.48, 0.03, 0.03, flat(INK))


def crate(s: Sketch, c: Colour, _: Random) -> None:
    s.box(0.06, 0.08, 0.94, 0.94, linear(shade(c, 0.1), shade(c, -0.2)), 0.02)
    for y in (0.25, 0.42, 0.59, 0.76):
        s.box(0.06, y, 0.94, y + 0.015, flat(shade(c, -0.45)), onto=True)
    s.polygon([(0.1, 0.8), (0.8, 0.1), (0.92, 0.2), (0.2, 0.92)], linear(shade(c, 0.3), shade(c, 0.05)), onto=True)
    for box in ((0.06, 0.08, 0.94, 0.2), (0.06, 0.82, 0.94, 0.94), (0.06, 0.08, 0.18, 0.94), (0.82, 0.08, 0.94, 0.94)):
        s.box(*box, linear(shade(c, 0.25), shade(c, -0.1)))


def sword(s: Sketch, c: Colour, _: Random) -> None:
    s.polygon(
        [(0.86, 0.06), (0.94, 0.14), (0.44, 0.68), (0.32, 0.56)], linear(shade(STEEL, 0.5), shade(STEEL, -0.3), 45)
    )
    s.line([(0.22, 0.5), (0.5, 0.78)], 0.08, flat(GOLD))
    s.line([(0.34, 0.66), (0.14, 0.86)], 0.08, linear(shade(c, 0.2), shade(c, -0.3)))
    s.oval(0.11, 0.89, 0.06, 0.06, ball(GOLD))


def shield(s: Sketch, c: Colour, rng: Random) -> None:
    outline = [(0.5, 0.04), (0.9, 0.14), (0.88, 0.52), (0.72, 0.8), (0.5, 0.97), (0.28, 0.8), (0.12, 0.52), (0.1, 0.14)]
    s.polygon(outline, linear(shade(STEEL, 0.4), shade(STEEL, -0.4), 45))
    inner = [(0.5 + (x - 0.5) * 0.82, 0.48 + (y - 0.48) * 0.84) for x, y in outline]
    s.polygon(inner, linear(shade(c, 0.2), shade(c, -0.3), 45))
    if rng.random() < 0.5:
        s.polygon(star(0.5, 0.46, 0.22, 0.1), flat(GOLD))
    else:
        s.polygon([(0.44, 0.1), (0.56, 0.1), (0.56, 0.88), (0.44, 0.88)], flat(shade(c, 0.7)))


def crown(s: Sketch, c: Colour, _: Random) -> None:
    s.polygon(
        [(0.08, 0.24), (0.3, 0.52), (0.5, 0.14), (0.7, 0.52), (0.92, 0.24), (0.84, 0.84), (0.16, 0.84)],
        linear(shade(GOLD, 0.35), shade(GOLD, -0.25)),
    )
    s.box(0.15, 0.72, 0.85, 0.86, linear(shade(GOLD, 0.1), shade(GOLD, -0.35)), 0.02)
    for x, y in ((0.08, 0.22), (0.5, 0.12), (0.92, 0.22)):
        s.oval(x, y, 0.055, 0.055, ball(c))
    for x in (0.3, 0.5, 0.7):
        s.oval(x, 0.79, 0.04, 0.04, ball(c))


def gift(s: Sketch, c: Colour, _: Random) -> None:
    band = shade(c, 0.75)
    for k in (-1, 1):
        s.blob(
            [(0.5, 0.28), (0.5 + 0.12 * k, 0.06), (0.5 + 0.3 * k, 0.1), (0.5 + 0.26 * k, 0.26)],
            linear(band, shade(band, -0.3)),
        )
    s.box(0.1, 0.4, 0.9, 0.96, linear(c, shade(c, -0.3), 20), 0.02)
    s.box(0.05, 0.26, 0.95, 0.44, linear(shade(c, 0.15), shade(c, -0.1), 20), 0.02)
    s.box(0.43, 0.26, 0.57, 0.96, linear(band, shade(band, -0.2), 0))


def book(s: Sketch, c: Colour, _: Random) -> None:
    s.polygon([(0.16, 0.12), (0.84, 0.06), (0.9, 0.86), (0.2, 0.95)], linear(shade(c, -0.2), shade(c, -0.5), 0))
    s.polygon([(0.2, 0.88), (0.86, 0.79), (0.87, 0.85), (0.21, 0.93)], flat((246, 240, 224)))
    s.polygon([(0.16, 0.1), (0.82, 0.04), (0.86, 0.8), (0.2, 0.88)], linear(shade(c, 0.2), shade(c, -0.15), 30))
    s.polygon([(0.34, 0.28), (0.7, 0.24), (0.71, 0.4), (0.35, 0.44)], flat(GOLD))
    s.line([(0.22, 0.1), (0.26, 0.87)], 0.03, flat(shade(c, -0.35)), onto=True)


def umbrella(s: Sketch, c: Colour, _: Random) -> None:
    s.line([(0.5, 0.14), (0.5, 0.82), (0.55, 0.92), (0.64, 0.9), (0.66, 0.82)], 0.035, flat(WOOD))
    dome = [(0.5 - 0.46 * math.cos(math.pi * k / 40), 0.5 - 0.42 * math.sin(math.pi * k / 40)) for k in range(41)]
    hem = [(0.96 - 0.92 * k / 40, 0.5 - 0.05 * abs(math.sin(k * math.pi / 10))) for k in range(41)]
    s.polygon([*dome, *hem], ball(c))
    s.blob(
        [(0.5, 0.08), (0.66, 0.3), (0.72, 0.52), (0.5, 0.47), (0.28, 0.52), (0.34, 0.3)],
        flat(shade(c, 0.55), 0.8),
        onto=True,
    )


def lamp(s: Sketch, c: Colour, _: Random) -> None:
    s.box(0.46, 0.48, 0.54, 0.9, linear(shade(STEEL, 0.2), shade(STEEL, -0.4), 0))
    s.blob(
        [(0.26, 0.92), (0.5, 0.84), (0.74, 0.92), (0.74, 0.96), (0.26, 0.96)],
        linear(shade(STEEL, 0.1), shade(STEEL, -0.4)),
    )
    s.polygon([(0.32, 0.08), (0.68, 0.08), (0.88, 0.54), (0.12, 0.54)], linear(shade(c, 0.35), shade(c, -0.15), 0))


def clock(s: Sketch, c: Colour, rng: Random) -> None:
    s.oval(0.5, 0.5, 0.46, 0.46, linear(shade(c, 0.25), shade(c, -0.35), 60))
    s.oval(0.5, 0.5, 0.37, 0.37, flat((252, 250, 242)))
    for k in range(12):
        a = math.radians(30 * k)
        s.oval(0.5 + 0.3 * math.cos(a), 0.5 + 0.3 * math.sin(a), 0.018, 0.018, flat(INK))
    for reach, width in ((0.19, 0.035), (0.27, 0.022)):
        a = rng.uniform(0, 2 * math.pi)
        s.line([(0.5, 0.5), (0.5 + reach * math.cos(a), 0.5 + reach * math.sin(a))], width, flat(INK))


def envelope(s: Sketch, c: Colour, _: Random) -> None:
    s.box(0.04, 0.2, 0.96, 0.82, linear(shade(c, 0.55), shade(c, 0.25)), 0.03)
    s.polygon([(0.04, 0.8), (0.4, 0.48), (0.6, 0.48), (0.96, 0.8)], flat(shade(c, 0.4)), onto=True)
    s.polygon([(0.05, 0.22), (0.95, 0.22), (0.5, 0.6)], linear(shade(c, 0.15), shade(c, -0.15)))
    s.oval(0.5, 0.56, 0.08, 0.08, ball((206, 52, 60)))


def robot(s: Sketch, c: Colour, rng: Random) -> None:
    s.line([(0.5, 0.18), (0.5, 0.06)], 0.03, flat((100, 104, 114)))
    s.oval(0.5, 0.06, 0.045, 0.045, ball((230, 70, 60)))
    for k in (-1, 1):
        s.line([(0.5 + 0.22 * k, 0.62), (0.5 + 0.38 * k, 0.72)], 0.08, flat(shade(c, -0.35)))
        s.oval(0.5 + 0.4 * k, 0.74, 0.06, 0.06, ball(STEEL))
        s.box(0.5 + 0.13 * k - 0.07, 0.8, 0.5 + 0.13 * k + 0.07, 0.97, linear(shade(c, -0.2), shade(c, -0.5), 0), 0.02)
    s.box(0.25, 0.52, 0.75, 0.86, linear(shade(c, 0.2), shade(c, -0.3), 20), 0.06)
    s.box(0.36, 0.6, 0.64, 0.74, linear((54, 60, 76), (30, 34, 44)), 0.02)
    s.box(0.2, 0.16, 0.8, 0.5, linear(shade(c, 0.4), shade(c, -0.1), 20), 0.08)
    for x in (0.38, 0.62):
        s.oval(x, 0.31, 0.075, 0.075, flat((250, 250, 250)))
        s.oval(x + rng.uniform(-0.02, 0.02), 0.32, 0.036, 0.036, flat(INK))
    s.box(0.38, 0.41, 0.62, 0.445, flat(INK), 0.015)


def cupcake(s: Sketch, c: Colour, rng: Random) -> None:
    s.polygon([(0.2, 0.56), (0.8, 0.56), (0.7, 0.95), (0.3, 0.95)], linear((214, 160, 110), (160, 106, 66), 0))
    for x in (0.32, 0.44, 0.56, 0.68):
        s.line([(x, 0.58), (0.5 + (x - 0.5) * 0.8, 0.94)], 0.014, flat((130, 84, 52)), onto=True)
    for y, r in ((0.52, 0.36), (0.36, 0.27), (0.22, 0.17)):
        s.oval(0.5, y, r, 0.13, ball(c))
    for _ in range(14):
        s.oval(rng.uniform(0.26, 0.74), rng.uniform(0.2, 0.56), 0.014, 0.014, flat((255, 255, 255)), onto=True)
    s.oval(0.5, 0.1, 0.07, 0.07, ball((206, 40, 56)))


def planet(s: Sketch, c: Colour, rng: Random) -> None:
    s.oval(0.5, 0.5, 0.48, 0.13, linear(shade(c, 0.6), shade(c, 0.1), 0), -18)
    s.oval(0.5, 0.49, 0.36, 0.08, flat(shade(c, -0.6)), -18)
    s.oval(0.5, 0.5, 0.3, 0.3, ball(c))
    for _ in range(3):
        s.oval(rng.uniform(0.3, 0.7), rng.uniform(0.3, 0.7), 0.06, 0.04, flat(shade(c, -0.3), 0.6), onto=True)
    front = [
        (
            0.5 + 0.42 * math.cos(a) * 0.951 + 0.105 * math.sin(a) * 0.309,
            0.5 - 0.42 * math.cos(a) * 0.309 + 0.105 * math.sin(a) * 0.951,
        )
        for a in (math.pi * k / 40 for k in range(41))
    ]
    s.line(front, 0.05, linear(shade(c, 0.6), shade(c, 0.1), 0))
