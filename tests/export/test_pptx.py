"""PPTX: pictures at their places, names as alternative texts, text as text."""

from __future__ import annotations

import dataclasses
import io
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pptx import Presentation
from pptx.util import Emu

from delaminate.errors import UnwritableOutput
from delaminate.export import pptx
from delaminate.export.text_as import TextAs
from delaminate.pixels import Box
from delaminate.stack import LayerStack
from stacks import NAMES, drawn_stack


def _shapes(path: Path) -> list[Any]:
    """All shapes of the slide, groups opened."""
    found = []
    for shape in Presentation(str(path)).slides[0].shapes:
        found += list(shape.shapes) if hasattr(shape, "shapes") else [shape]
    return found


def _pictures(path: Path) -> list[Any]:
    return [shape for shape in _shapes(path) if hasattr(shape, "image")]


def _hidden(shape: Any) -> bool:
    return bool(shape._element.nvPicPr.cNvPr.get("hidden") == "1")


def test_pictures_are_cropped_in_place_and_named(tmp_path: Path) -> None:
    """Position and size in the picture's own inches, alternative text and pixels of every layer."""
    stack = drawn_stack()
    pptx.write(stack, tmp_path / "a.pptx", TextAs.PIXELS)
    pictures = _pictures(tmp_path / "a.pptx")
    places = [tuple(Emu(side).pt for side in (p.left, p.top, p.width, p.height)) for p in pictures]
    boxes = [layer.box for layer in stack.layers]
    assert places == [(box.left, box.top, box.width, box.height) for box in boxes]
    assert tuple(p._element.nvPicPr.cNvPr.get("descr") for p in pictures) == NAMES
    images = [np.asarray(Image.open(io.BytesIO(p.image.blob))) for p in pictures]
    assert all(np.array_equal(image, layer.pixels) for image, layer in zip(images, stack.layers, strict=True))


def test_text_layers_become_text_boxes_over_their_hidden_pictures(tmp_path: Path) -> None:
    """String, colour and size."""
    stack = drawn_stack()
    pptx.write(stack, tmp_path / "a.pptx")
    (box,) = [shape for shape in _shapes(tmp_path / "a.pptx") if shape.has_text_frame and shape.text_frame.text]
    run = box.text_frame.paragraphs[0].runs[0]
    assert (box.text_frame.text, str(run.font.color.rgb)) == ("SALE", "E6CC1A")
    assert 14 <= run.font.size.pt <= 24
    assert [_hidden(picture) for picture in _pictures(tmp_path / "a.pptx")] == [False] * 4 + [True]


def test_the_picture_of_a_text_may_lie_beside_the_slide(tmp_path: Path) -> None:
    """One slide's width to the right, and visible there."""
    stack = drawn_stack()
    pptx.write(stack, tmp_path / "a.pptx", TextAs.BESIDE)
    picture = _pictures(tmp_path / "a.pptx")[-1]
    assert Emu(picture.left).pt == stack.width + stack.layers[-1].box.left
    assert not _hidden(picture)


@pytest.mark.parametrize(("width", "dpi"), [(8000, None), (8000, 100.0), (20, 300.0)])
def test_a_slide_has_sides_of_one_to_56_inches(width: int, dpi: float | None, tmp_path: Path) -> None:
    """Whatever size and resolution the picture has, PowerPoint opens it."""
    ground = np.full((width // 2, width, 4), 255, np.uint8)
    layer = dataclasses.replace(drawn_stack().background, box=Box(0, 0, width, width // 2), pixels=ground)
    stack = LayerStack(width, width // 2, (layer,), dpi=(dpi, dpi) if dpi else None)
    pptx.write(stack, tmp_path / "a.pptx")
    deck: Any = Presentation(str(tmp_path / "a.pptx"))
    assert 1 <= Emu(deck.slide_height).inches <= Emu(deck.slide_width).inches <= 56


def test_a_missing_library_is_named_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python takes None in its table of modules for “not installed”."""
    monkeypatch.setitem(sys.modules, "pptx", None)
    with pytest.raises(UnwritableOutput, match=r"run: pip install python-pptx"):
        pptx.write(drawn_stack(), tmp_path / "a.pptx")
    assert not list(tmp_path.iterdir())
