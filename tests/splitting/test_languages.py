"""One drawing, a dozen languages: the thing that is named comes off, whoever names it."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest

from delaminate.contracts import Instruction
from delaminate.engines import engine
from delaminate.evaluation.generation.catalogue import draw, thing
from delaminate.pixels import Box

PLACES = {"umbrella": Box(30, 50, 190, 210), "apple": Box(210, 50, 370, 210), "car": Box(390, 50, 550, 210)}


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    """An umbrella, an apple and a car in a row on a pale ground."""
    rgb = np.full((260, 580, 3), (224, 232, 236), np.uint8)
    for noun, place in PLACES.items():
        drawn = draw(thing(noun), place.width, Random(noun)).pixels
        height, width = drawn.shape[:2]
        part = rgb[place.top : place.top + height, place.left : place.left + width]
        alpha = drawn[..., 3:] / 255
        part[:] = np.round(drawn[..., :3] * alpha + part * (1 - alpha))
    return rgb


@pytest.fixture(scope="module")
def prepared(picture: np.ndarray) -> Any:
    """What the embedded engine sees in it, looked at once."""
    return engine("embedded").segmenter.prepare(picture)


@pytest.mark.parametrize(
    ("sentence", "noun", "name"),
    [
        ("cut out the umbrella, please", "umbrella", "umbrella"),
        ("détoure le parapluie", "umbrella", "parapluie"),
        ("recorta la manzana", "apple", "manzana"),
        ("isole o carro", "car", "carro"),
        ("scontorna l'ombrello", "umbrella", "ombrello"),
        ("den Regenschirm freistellen", "umbrella", "Regenschirm"),
        ("knip de appel uit", "apple", "appel"),
        ("wytnij samochód", "car", "samochód"),
        ("вырежи зонтик", "umbrella", "зонтик"),
        ("把雨伞抠出来", "umbrella", "雨伞"),
        ("りんごを切り抜いて", "apple", "りんご"),
        ("자동차를 잘라내줘", "car", "자동차"),
    ],
)
def test_the_thing_that_is_named_comes_off(
    picture: np.ndarray, prepared: Any, sentence: str, noun: str, name: str
) -> None:
    """Its box lies where it was drawn, and its layer has the user's word."""
    stages = engine("embedded")
    plan = stages.planner(Instruction(sentence), picture)
    ((found, *_),) = stages.segmenter(prepared, plan)
    place = PLACES[noun]
    middle = (found.box.left + found.box.right) / 2
    assert place.left < middle < place.right, found.box
    assert found.name == name
