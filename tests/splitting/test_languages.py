"""A drawing and a photograph, a dozen languages: the thing that is named comes off, whoever names it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import Any

import cv2
import numpy as np
import pytest

from delaminate.contracts import Found, Instruction, Outcome, Plan, Segmenter, Stages, Tick, no_tick
from delaminate.engines import engine
from delaminate.evaluation.generation.catalogue import draw, thing
from delaminate.picture import open_picture
from delaminate.pixels import Box
from delaminate.splitting.split import split
from photographs import photograph

PLACES = {"umbrella": Box(30, 50, 190, 210), "apple": Box(210, 50, 370, 210), "car": Box(390, 50, 550, 210)}
CAT, ROOM = (70, 130), (slice(60, None), slice(245, None))
"""Row and column between the eyes, and the part of the picture that shows the room only."""


@dataclass(frozen=True)
class SeenOnce:
    """A segmenter that looks at its one picture once for all sentences."""

    of: Segmenter
    seen: Any

    def prepare(self, rgb: np.ndarray, tick: Tick = no_tick) -> Any:
        """What was seen before."""
        return self.seen

    def __call__(self, prepared: Any, plan: Plan, tick: Tick = no_tick) -> tuple[tuple[Found, ...], ...]:
        """As the segmenter answers."""
        return self.of(prepared, plan, tick)


def looked_at(rgb: np.ndarray) -> tuple[np.ndarray, Stages]:
    """A picture, and the embedded engine that has seen it."""
    stages = engine("embedded")
    return rgb, replace(stages, segmenter=SeenOnce(stages.segmenter, stages.segmenter.prepare(rgb)))


@pytest.fixture(scope="module")
def drawing() -> tuple[np.ndarray, Stages]:
    """An umbrella, an apple and a car in a row on a pale ground."""
    rgb = np.full((260, 580, 3), (224, 232, 236), np.uint8)
    for noun, place in PLACES.items():
        drawn = draw(thing(noun), place.width, Random(noun)).pixels
        height, width = drawn.shape[:2]
        part = rgb[place.top : place.top + height, place.left : place.left + width]
        alpha = drawn[..., 3:] / 255
        part[:] = np.round(drawn[..., :3] * alpha + part * (1 - alpha))
    return looked_at(rgb)


@pytest.fixture(scope="module")
def cat() -> tuple[np.ndarray, Stages]:
    """The head of a cat before a blurred room."""
    return looked_at(cv2.resize(photograph("chelsea"), (271, 180), interpolation=cv2.INTER_AREA))


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
def test_the_thing_that_is_named_comes_off_a_drawing(
    drawing: tuple[np.ndarray, Stages], sentence: str, noun: str, name: str
) -> None:
    """Its layer lies where it was drawn and has the user's word; nothing else comes off; the stack is exact."""
    rgb, stages = drawing
    done = split(open_picture(rgb), Instruction(sentence), stages)
    _, layer = done.stack.layers
    place = PLACES[noun]
    assert place.left < (layer.box.left + layer.box.right) / 2 < place.right
    assert layer.name == name
    assert done.report.differing_pixels == 0


@pytest.mark.parametrize(
    ("sentence", "name"),
    [
        ("just the cat please", "cat"),
        ("je veux le chat", "chat"),
        ("quita el fondo y deja el gato", "gato"),
        ("separe o gato do fundo", "gato"),
        ("estrai il gatto", "gatto"),
        ("die Katze freistellen", "Katze"),
        ("maak de kat los van de achtergrond", "kat"),
        ("wytnij kota z tła", "kota"),
        ("отдели кошку от фона", "кошку"),
        ("把猫咪抠出来", "猫咪"),
        ("猫だけを切り抜いてください", "猫"),
        ("고양이만 따로 분리해줘", "고양이"),
    ],
)
def test_the_thing_that_is_named_comes_off_a_photograph(
    cat: tuple[np.ndarray, Stages], sentence: str, name: str
) -> None:
    """The cat's face is in the layer, the room is not; it has the user's word; the stack is exact."""
    rgb, stages = cat
    done = split(open_picture(rgb), Instruction(sentence), stages)
    _, layer = done.stack.layers
    alpha = np.zeros(rgb.shape[:2], np.uint8)
    alpha[layer.box.slices] = layer.pixels[..., 3]
    assert alpha[CAT] > 200
    assert alpha[ROOM].mean() < 100
    assert layer.name == name
    assert done.report.differing_pixels == 0
    assert done.report.targets[0].outcome is not Outcome.NOT_FOUND
