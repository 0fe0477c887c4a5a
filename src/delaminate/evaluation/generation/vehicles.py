"""Vehicles and a house, drawn in the unit square."""

from __future__ import annotations

from random import Random

from delaminate.evaluation.generation.sketch import Colour, Sketch, ball, flat, linear, shade

INK: Colour = (34, 32, 40)
STEEL: Colour = (188, 196, 206)
WOOD: Colour = (158, 106, 62)


def rocket(s: Sketch, c: Colour, _: Random) -> None:
    for k in (-1, 1):
        s.blob(
            [(0.5 + 0.14 * k, 0.58), (0.5 + 0.34 * k, 0.76), (0.5 + 0.32 * k, 0.92), (0.5 + 0.12 * k, 0.8)],
            linear(c, shade(c, -0.4)),
        )
    s.polygon([(0.42, 0.8), (0.58, 0.8), (0.55, 0.88), (0.45, 0.88)], flat((90, 94, 104)))
    s.blob(
        [(0.5, 0.02), (0.63, 0.16), (0.69, 0.44), (0.62, 0.78), (0.5, 0.83), (0.38, 0.78), (0.31, 0.44), (0.37, 0.16)],
        linear((252, 252, 250), (166, 172, 186), 0),
    )
    s.polygon(
        [(0.3, 0.0), (0.7, 0.0), (0.7, 0.18), (0.5, 0.22), (0.3, 0.18)],
        linear(shade(c, 0.2), shade(c, -0.3), 0),
        onto=True,
    )
    s.oval(0.5, 0.42, 0.12, 0.12, flat(shade(c, -0.2)))
    s.oval(0.5, 0.42, 0.085, 0.085, ball((90, 170, 220)))


def car(s: Sketch, c: Colour, _: Random) -> None:
    s.blob([(0.2, 0.48), (0.32, 0.24), (0.64, 0.23), (0.8, 0.47), (0.5, 0.52)], linear(shade(c, 0.25), shade(c, -0.1)))
    s.polygon([(0.27, 0.47), (0.35, 0.3), (0.47, 0.29), (0.47, 0.47)], linear((226, 242, 250), (140, 176, 200)))
    s.polygon([(0.51, 0.47), (0.51, 0.29), (0.62, 0.29), (0.73, 0.47)], linear((226, 242, 250), (140, 176, 200)))
    s.blob(
        [(0.04, 0.56), (0.16, 0.45), (0.8, 0.45), (0.96, 0.54), (0.97, 0.7), (0.9, 0.74), (0.1, 0.74), (0.03, 0.7)],
        linear(shade(c, 0.15), shade(c, -0.4)),
    )
    s.oval(0.93, 0.58, 0.035, 0.035, flat((255, 240, 180)))
    for x in (0.26, 0.75):
        s.oval(x, 0.73, 0.125, 0.125, ball(INK))
        s.oval(x, 0.73, 0.06, 0.06, ball(STEEL))


def boat(s: Sketch, c: Colour, _: Random) -> None:
    s.box(0.48, 0.06, 0.52, 0.74, flat(WOOD))
    s.polygon([(0.53, 0.08), (0.9, 0.62), (0.53, 0.62)], linear((255, 255, 252), (214, 214, 210), 0))
    s.polygon([(0.46, 0.14), (0.46, 0.62), (0.16, 0.62)], linear(shade(c, 0.2), c, 0))
    s.polygon([(0.06, 0.7), (0.94, 0.7), (0.8, 0.92), (0.22, 0.92)], linear(shade(c, 0.05), shade(c, -0.4)))


def house(s: Sketch, c: Colour, _: Random) -> None:
    s.box(0.68, 0.12, 0.78, 0.4, linear((170, 90, 74), (120, 60, 50), 0))
    s.box(0.14, 0.42, 0.86, 0.95, linear((252, 242, 222), (214, 196, 166), 20))
    s.polygon([(0.5, 0.06), (0.97, 0.48), (0.03, 0.48)], linear(shade(c, 0.2), shade(c, -0.35)))
    s.box(0.42, 0.64, 0.6, 0.95, linear(WOOD, shade(WOOD, -0.3)), 0.01)
    for x in (0.22, 0.67):
        s.box(x, 0.6, x + 0.13, 0.74, flat((250, 250, 250)))
        s.box(x + 0.015, 0.615, x + 0.115, 0.725, linear((150, 200, 230), (90, 140, 190)))
