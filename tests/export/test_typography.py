"""The look of text, estimated from pixels that were set with a known font."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from delaminate.export.typography import Look, estimate
from delaminate.pixels import Box, box_of
from delaminate.stack import Layer, LayerStack, Role

WIDTH, HEIGHT = 400, 200


def _look(text: str, size: int = 40, at: tuple[int, int] = (20, 20), align: str = "left") -> Look:
    """Set the text, cut the layer out as a split does, and estimate."""
    image = Image.new("L", (WIDTH, HEIGHT))
    font = ImageFont.load_default(size)
    ImageDraw.Draw(image).multiline_text(at, text, 255, font, align=align)
    alpha = np.asarray(image)
    box = box_of(alpha)
    assert box is not None
    pixels = np.dstack([*(np.full_like(alpha, value) for value in (200, 30, 60)), alpha])[box.slices]
    ground = Layer("background", "b", Role.BACKGROUND, Box(0, 0, WIDTH, HEIGHT), np.zeros((HEIGHT, WIDTH, 4), np.uint8))
    layer = Layer("l1", text, Role.TEXT, box, pixels, text=text)
    look = estimate(layer, LayerStack(WIDTH, HEIGHT, (ground, layer)))
    assert look is not None
    return look


@pytest.mark.parametrize("text", ["SALE", "Sale", "page", "nouns", "1984", "Hxpq"])
def test_the_size_is_right_to_a_tenth_whatever_the_letters(text: str) -> None:
    """Capitals, small letters, descenders, digits."""
    assert _look(text).size == pytest.approx(40, rel=0.12)


def test_the_colour_is_that_of_the_solid_pixels() -> None:
    """Soft edges have no say."""
    assert _look("Sale").hex_colour == "C81E3C"


def test_lines_are_found_with_their_baselines() -> None:
    """A line apart, each with its own ink."""
    look = _look("First line\nSecond one\nThird")
    assert [line.text for line in look.lines] == ["First line", "Second one", "Third"]
    gaps = np.diff([line.baseline for line in look.lines])
    assert gaps[0] == pytest.approx(gaps[1], abs=2)
    assert all(a.ink.bottom <= b.ink.top for a, b in zip(look.lines, look.lines[1:], strict=False))


@pytest.mark.parametrize("align", ["left", "center", "right"])
def test_the_alignment_of_several_lines_is_the_edge_they_share(align: str) -> None:
    """As it was set."""
    assert _look("A long first line\nshort\nmiddling one", align=align, size=30).align == align


def test_a_line_in_the_middle_of_the_canvas_is_centred() -> None:
    """One line has no other edge to share."""
    assert _look("MIDDLE", at=(127, 20)).align == "center"
    assert _look("MIDDLE", at=(5, 20)).align == "left"


def test_the_fitting_size_never_exceeds_the_ink_width() -> None:
    """A narrow font gets a smaller size instead of running out of its place."""
    wide, narrow = _look("SALE").fitting_size, _look("iiiiiiii").fitting_size
    assert wide <= _look("SALE").size
    assert narrow <= _look("iiiiiiii").size
