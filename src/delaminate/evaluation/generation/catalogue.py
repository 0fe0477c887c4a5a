"""What the generator can draw, by noun, with the colours it comes in and the group it belongs to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Literal, TypeAlias

import numpy as np

from delaminate.evaluation.generation import nature, objects, vehicles
from delaminate.evaluation.generation.palette import NAMED, tinted
from delaminate.evaluation.generation.sketch import Colour, Sketch
from delaminate.pixels import Rgba, box_of

Style: TypeAlias = Literal["plain", "outlined", "sticker", "pixel"]
STYLES: tuple[Style, ...] = ("plain", "outlined", "sticker", "pixel")


@dataclass(frozen=True)
class Thing:
    """A noun and how to draw it; `group` is what several of its kind are called together, in the plural."""

    noun: str
    group: str
    colours: tuple[str, ...]
    draw: Callable[[Sketch, Colour, Random], None]


_BRIGHT = ("red", "blue", "green", "yellow", "purple", "orange", "pink")

THINGS: tuple[Thing, ...] = (
    Thing("apple", "fruits", ("red", "green", "yellow"), nature.apple),
    Thing("pear", "fruits", ("green", "yellow"), nature.pear),
    Thing("orange", "fruits", ("orange",), nature.orange),
    Thing("cherries", "fruits", ("red", "purple"), nature.cherries),
    Thing("banana", "fruits", ("yellow",), nature.banana),
    Thing("mushroom", "plants", ("red", "brown", "purple", "orange"), nature.mushroom),
    Thing("flower", "plants", ("red", "pink", "purple", "white", "orange"), nature.flower),
    Thing("tree", "plants", ("green", "orange", "pink"), nature.tree),
    Thing("pine tree", "plants", ("green", "teal"), nature.pine),
    Thing("cactus", "plants", ("green", "teal"), nature.cactus),
    Thing("fish", "animals", _BRIGHT, nature.fish),
    Thing("bird", "animals", ("red", "blue", "yellow", "teal"), nature.bird),
    Thing("ladybird", "animals", ("red", "orange", "yellow"), nature.ladybird),
    Thing("snail", "animals", ("pink", "brown", "green", "orange"), nature.snail),
    Thing("ghost", "characters", ("white", "pink", "teal"), nature.ghost),
    Thing("robot", "characters", ("grey", "blue", "orange", "teal"), objects.robot),
    Thing("potion", "items", ("red", "blue", "green", "purple", "yellow"), objects.potion),
    Thing("bottle", "items", ("green", "brown", "blue", "red"), objects.bottle),
    Thing("coin", "items", ("yellow", "grey", "orange"), objects.coin),
    Thing("gem", "items", ("red", "blue", "green", "purple", "teal"), objects.gem),
    Thing("key", "items", ("yellow", "grey", "orange"), objects.key),
    Thing("treasure chest", "items", ("brown", "red", "purple"), objects.chest),
    Thing("crate", "items", ("brown", "orange"), objects.crate),
    Thing("sword", "items", ("brown", "blue", "red"), objects.sword),
    Thing("shield", "items", ("red", "blue", "green", "purple"), objects.shield),
    Thing("crown", "items", ("red", "blue", "green"), objects.crown),
    Thing("book", "items", ("red", "blue", "green", "purple", "brown"), objects.book),
    Thing("gift", "items", _BRIGHT, objects.gift),
    Thing("envelope", "items", ("blue", "pink", "yellow", "teal"), objects.envelope),
    Thing("clock", "items", ("red", "blue", "teal", "black"), objects.clock),
    Thing("cup", "items", ("red", "blue", "white", "teal", "yellow"), objects.cup),
    Thing("lamp", "items", ("yellow", "red", "teal", "white"), objects.lamp),
    Thing("umbrella", "items", _BRIGHT, objects.umbrella),
    Thing("cupcake", "items", ("pink", "white", "purple", "teal"), objects.cupcake),
    Thing("ball", "toys", _BRIGHT, objects.ball_toy),
    Thing("balloon", "toys", _BRIGHT, objects.balloon),
    Thing("star", "toys", ("yellow", "orange", "blue", "pink"), objects.star_toy),
    Thing("heart", "toys", ("red", "pink", "purple"), objects.heart),
    Thing("planet", "toys", ("orange", "purple", "teal", "blue"), objects.planet),
    Thing("rocket", "vehicles", ("red", "blue", "orange", "green"), vehicles.rocket),
    Thing("car", "vehicles", _BRIGHT, vehicles.car),
    Thing("boat", "vehicles", ("red", "blue", "orange", "teal"), vehicles.boat),
    Thing("house", "buildings", ("red", "blue", "brown", "green"), vehicles.house),
)


def thing(noun: str) -> Thing:
    """The thing of that noun."""
    return next(t for t in THINGS if t.noun == noun)


@dataclass(frozen=True, eq=False)
class Drawn:
    """A thing drawn in one colour, cropped to what it covers."""

    noun: str
    group: str
    colour: str
    pixels: Rgba

    @property
    def name(self) -> str:
        return f"{self.colour} {self.noun}" if self.colour != self.noun else self.noun


def draw(what: Thing, side: int, rng: Random, colour: str | None = None, style: Style = "plain") -> Drawn:
    """Draw a thing within side × side pixels."""
    colour = colour or rng.choice(what.colours)
    paint = tinted(rng, NAMED[colour])
    if style == "pixel":
        coarse = rng.choice((28, 32, 40))
        sketch = Sketch(coarse, grain=1)
        what.draw(sketch, paint, rng)
        scale = max(1, round(side / coarse))
        pixels = sketch.pixels().repeat(scale, axis=0).repeat(scale, axis=1)
    else:
        sketch = Sketch(side, margin=0 if style == "plain" else max(2, side // 20))
        what.draw(sketch, paint, rng)
        if style == "outlined":
            sketch.outlined((32, 28, 36), 0.014)
        if style == "sticker":
            sketch.outlined((255, 255, 255), 0.025)
        pixels = sketch.pixels()
    box = box_of(pixels[..., 3])
    if box is None:
        raise ValueError(f"{what.noun} draws nothing")
    return Drawn(what.noun, what.group, colour, np.ascontiguousarray(pixels[box.slices]))
