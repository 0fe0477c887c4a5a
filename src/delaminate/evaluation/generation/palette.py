"""Colours by their everyday names, and schemes that go together."""

from __future__ import annotations

from random import Random

from delaminate.evaluation.generation.sketch import Colour

NAMED: dict[str, Colour] = {
    "red": (208, 44, 48),
    "orange": (240, 134, 36),
    "yellow": (248, 204, 52),
    "green": (66, 158, 74),
    "teal": (28, 150, 148),
    "blue": (46, 108, 206),
    "purple": (122, 68, 178),
    "pink": (240, 122, 166),
    "brown": (136, 86, 52),
    "grey": (136, 142, 150),
    "white": (242, 242, 238),
    "black": (44, 44, 52),
}

SCHEMES: tuple[tuple[Colour, Colour, Colour, Colour], ...] = (
    ((255, 236, 224), (246, 196, 180), (122, 52, 58), (222, 106, 92)),
    ((18, 26, 58), (62, 34, 102), (252, 240, 214), (246, 184, 66)),
    ((226, 240, 222), (160, 204, 168), (30, 70, 52), (70, 128, 92)),
    ((250, 246, 236), (232, 222, 200), (42, 40, 48), (200, 82, 52)),
    ((216, 236, 252), (140, 190, 236), (22, 52, 98), (240, 98, 88)),
    ((60, 8, 20), (134, 16, 34), (255, 232, 190), (250, 170, 40)),
    ((255, 246, 196), (252, 208, 94), (84, 44, 22), (226, 84, 54)),
    ((12, 60, 66), (20, 116, 112), (236, 250, 240), (250, 206, 96)),
    ((246, 230, 250), (208, 170, 230), (72, 34, 96), (232, 96, 150)),
    ((34, 36, 42), (70, 74, 86), (246, 246, 248), (90, 200, 170)),
)
"""Two colours for a background, one that reads on both, and an accent."""


def tinted(rng: Random, colour: Colour, spread: int = 14) -> Colour:
    """The colour moved a little, so that no two red apples are alike."""
    red, green, blue = (min(255, max(0, c + rng.randint(-spread, spread))) for c in colour)
    return red, green, blue


def lightness(colour: Colour) -> float:
    """Luma of the stored values, 0..255 (Rec. 601)."""
    return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]


def legible_on(ground: Colour) -> Colour:
    """Near-black or near-white, whichever reads on `ground`."""
    return (28, 28, 34) if lightness(ground) > 140 else (250, 250, 246)
