"""Text that is not level, in SVG and PPTX."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from pptx import Presentation

from delaminate.export import pptx, svg
from delaminate.export.text_as import TextAs
from delaminate.export.turned_text import is_column, levelled
from delaminate.export.typography import estimate
from delaminate.pixels import Box, box_of
from delaminate.stack import Layer, LayerStack, Role

_SVG = "{http://www.w3.org/2000/svg}"


def _written(text: str, degrees: float) -> NDArray[np.bool_]:
    """Ink of a line in a serif stroke font, which is not the one the estimate draws, turned clockwise."""
    plate = np.zeros((700, 700), np.uint8)
    (width, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_TRIPLEX, 1.4, 3)
    cv2.putText(plate, text, (350 - width // 2, 364), cv2.FONT_HERSHEY_TRIPLEX, 1.4, 255, 3)
    turned: Any = cv2.warpAffine(plate, cv2.getRotationMatrix2D((350, 350), -degrees, 1), (700, 700))
    ink: NDArray[np.bool_] = turned > 127
    return ink


def _stack(ink: NDArray[np.bool_], text: str) -> LayerStack:
    height, width = ink.shape
    box = box_of(ink)
    assert box is not None
    ground = np.full((height, width, 4), 255, np.uint8)
    pixels = np.zeros((box.height, box.width, 4), np.uint8)
    pixels[..., 0], pixels[..., 3] = 200, ink[box.slices] * np.uint8(255)
    whole = Box(0, 0, width, height)
    return LayerStack(
        width, height,
        (Layer("background", "g", Role.BACKGROUND, whole, ground), Layer("l1", "t", Role.TEXT, box, pixels, text=text)),
    )  # fmt: skip


@pytest.mark.parametrize("text", ["GRAND OPENING", "Free entry today", "50% off", "Open 9 to 5"])
@pytest.mark.parametrize("degrees", [0, 12, 30, 60, 90, 135, 180, -20, -45, -90, -120, -165])
def test_the_turn_of_a_line_is_seen_from_its_ink(text: str, degrees: float) -> None:
    """Also which end comes first; level lines stay as they are."""
    box = box_of(ink := _written(text, degrees))
    assert box is not None
    level = levelled(ink[box.slices], text)
    found = 0.0 if level is None else level.degrees
    assert abs((found - degrees + 180) % 360 - 180) <= 4


@pytest.mark.parametrize("degrees", [25, -90, 180])
def test_the_size_of_turned_letters_is_that_of_level_ones(degrees: float) -> None:
    """Not the height of the box around them."""
    sizes = []
    for turn in (0.0, degrees):
        stack = _stack(_written("GRAND OPENING", turn), "GRAND OPENING")
        look = estimate(stack.layers[1], stack)
        assert look is not None
        sizes.append(look.size)
    assert abs(sizes[1] / sizes[0] - 1) < 0.12


@pytest.mark.parametrize("degrees", [25, -90, 180, 100])
def test_a_text_box_is_turned_about_where_the_pixels_are(tmp_path: Path, degrees: float) -> None:
    """Its middle lies on the middle of the ink."""
    stack = _stack(_written("GRAND OPENING", degrees), "GRAND OPENING")
    pptx.write(stack, tmp_path / "a.pptx")
    deck = Presentation(str(tmp_path / "a.pptx"))
    shape = next(shape for shape in deck.slides[0].shapes if shape.has_text_frame)
    assert abs((shape.rotation - degrees + 180) % 360 - 180) <= 4
    scale = deck.slide_width / stack.width
    box = stack.layers[1].box
    assert abs((shape.left + shape.width / 2) / scale - (box.left + box.right) / 2) < 0.03 * stack.width
    assert abs((shape.top + shape.height / 2) / scale - (box.top + box.bottom) / 2) < 0.03 * stack.width


def test_text_in_an_svg_is_turned_about_its_middle(tmp_path: Path) -> None:
    """By a transform, which every program knows."""
    stack = _stack(_written("GRAND OPENING", -90), "GRAND OPENING")
    svg.write(stack, tmp_path / "a.svg", TextAs.LIVE)
    text = next(ElementTree.parse(tmp_path / "a.svg").iter(f"{_SVG}text"))
    box = stack.layers[1].box
    assert text.get("transform") == f"rotate(-90.00 {(box.left + box.right) / 2:g} {(box.top + box.bottom) / 2:g})"


def test_ideographs_in_a_column_become_a_column(tmp_path: Path) -> None:
    """Vertical text on the slide and in the SVG, of the width of the ink."""
    ink = np.zeros((400, 100), np.bool_)
    for number in range(5):
        ink[20 + 70 * number : 60 + 70 * number, 30:70] = True
    stack = _stack(ink, "新春大売出")
    look = estimate(stack.layers[1], stack)
    assert look is not None
    assert look.column
    assert 40 <= look.size <= 50
    pptx.write(stack, tmp_path / "a.pptx")
    shape = next(s for s in Presentation(str(tmp_path / "a.pptx")).slides[0].shapes if s.has_text_frame)
    assert shape.text_frame._txBody.bodyPr.get("vert") == "eaVert"
    svg.write(stack, tmp_path / "a.svg", TextAs.LIVE)
    text = next(ElementTree.parse(tmp_path / "a.svg").iter(f"{_SVG}text"))
    assert "vertical-rl" in text.get("style", "")
    assert not is_column("GRAND", 20, 100)
    assert not is_column("新春", 100, 40)


def test_names_in_a_psd_end_after_255_letters(tmp_path: Path) -> None:
    """Photoshop refuses files with longer ones; half of a surrogate pair is not written; told."""
    from delaminate.export import psd, psd_reader

    ground = np.full((4, 4, 4), 255, np.uint8)
    name = "n" * 254 + "🦜" + "m" * 9
    stack = LayerStack(4, 4, (Layer("background", name, Role.BACKGROUND, Box(0, 0, 4, 4), ground),))
    written = psd.write(stack, tmp_path / "a.psd")
    assert psd_reader.read(tmp_path / "a.psd").stack.background.name == "n" * 254
    assert any(loss.what == "the ends of long names" for loss in written.dropped)
