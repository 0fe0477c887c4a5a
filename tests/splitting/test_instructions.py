"""Sentences that once went wrong, from the words to the layers, with the embedded engine on small drawings."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

import delaminate
from delaminate.contracts import Decomposition, Outcome
from delaminate.stack import Role

INK, PAPER = (40, 50, 70), (236, 232, 224)


def shapes() -> Image.Image:
    """A circle, a square, a triangle and a star in a row."""
    picture = Image.new("RGB", (480, 160), PAPER)
    pen = ImageDraw.Draw(picture)
    pen.ellipse((20, 40, 100, 120), fill=(200, 60, 50))
    pen.rectangle((140, 40, 220, 120), fill=(60, 120, 200))
    pen.polygon([(300, 40), (260, 120), (340, 120)], fill=(70, 160, 90))
    angles = [np.pi * n / 5 - np.pi / 2 for n in range(10)]
    radii = [46 if n % 2 == 0 else 18 for n in range(10)]
    star = [(415 + r * np.cos(a), 82 + r * np.sin(a)) for r, a in zip(radii, angles, strict=True)]
    pen.polygon(star, fill=(230, 180, 40))
    return picture


def poster() -> Image.Image:
    """Two lines of text over a red disc and a yellow box."""
    picture = Image.new("RGB", (480, 360), PAPER)
    pen = ImageDraw.Draw(picture)
    pen.text((40, 16), "BIG SALE", INK, ImageFont.load_default(48))
    pen.text((40, 76), "Saturday only", INK, ImageFont.load_default(24))
    pen.ellipse((60, 130, 220, 290), fill=(200, 40, 40))
    pen.rectangle((290, 170, 410, 290), fill=(230, 190, 40))
    return picture


def named(result: Decomposition) -> list[str]:
    """What the layers are called, the background left out, from left to right."""
    layers = sorted(result.stack.layers[1:], key=lambda layer: layer.box.left)
    return [layer.name for layer in layers]


@pytest.mark.parametrize(
    ("sentence", "lefts"),
    [("the squares", [140]), ("the triangles", [260]), ("every circle", [20]), ("les carrés", [140])],
)
def test_the_plural_of_a_shape_takes_that_shape_only(sentence: str, lefts: list[int]) -> None:
    """Not every shape there is, called by the same name."""
    result = delaminate.split(shapes(), sentence)
    assert [round(layer.box.left, -1) for layer in result.stack.layers[1:]] == [round(left, -1) for left in lefts]


def test_two_plurals_of_shapes_share_nothing() -> None:
    """ "The stars and the triangles": each finds its own."""
    result = delaminate.split(shapes(), "the stars and the triangles")
    assert named(result) == ["triangle", "star"]
    assert [report.outcome for report in result.report.targets] == [Outcome.EXTRACTED] * 2


@pytest.mark.parametrize("sentence", ["everything except the text", "tout sauf le texte", "leave the text"])
def test_text_that_stays_stays_line_by_line(sentence: str) -> None:
    """Only the disc and the box come off, and the background still shows the letters."""
    result = delaminate.split(poster(), sentence)
    assert result.report.max_error == 0
    assert len(result.stack.layers) == 3
    assert all(layer.role is not Role.TEXT for layer in result.stack.layers)
    seen = result.stack.background.pixels[16:100, 40:250, :3]
    assert (seen == np.asarray(poster())[16:100, 40:250]).all()


@pytest.mark.parametrize(("sentence", "most"), [("split into 2 layers", 2), ("at most 3 layers", 3)])
def test_no_more_layers_than_were_asked_for(sentence: str, most: int) -> None:
    """Lines of text share one, things another; nothing is left out for it."""
    every = delaminate.split(poster(), "split the poster into layers")
    result = delaminate.split(poster(), sentence)
    assert len(every.stack.layers) - 1 > most == len(result.stack.layers) - 1
    assert result.report.max_error == 0
    lifted = [np.zeros((360, 480), np.bool_), np.zeros((360, 480), np.bool_)]
    for cover, split in zip(lifted, (every, result), strict=True):
        for layer in split.stack.layers[1:]:
            cover[layer.box.slices] |= layer.pixels[..., 3] > 127
    assert (lifted[0] != lifted[1]).mean() < 0.01


def test_bands_are_one_layer_each_and_exact() -> None:
    """What is written is in front, things are between, the paper is the background."""
    result = delaminate.split(poster(), "foreground, midground, background")
    assert [layer.name for layer in result.stack.layers] == ["background", "midground", "foreground"]
    assert result.report.max_error == 0
    assert [report.target for report in result.report.targets] == ["foreground", "midground", "background"]
    assert result.report.targets[-1].outcome is Outcome.KEPT


def test_a_word_that_nobody_knows_is_not_found() -> None:
    """Never a guess that is called like the sentence."""
    result = delaminate.split(poster(), "asdfghjkl")
    assert [report.outcome for report in result.report.targets] == [Outcome.NOT_FOUND]
    assert len(result.stack.layers) == 1
    assert "Not understood: asdfghjkl." in result.report.notes
