"""Type layers in PSD and PSB: psd-tools reads the words and their look, and nobody sees another picture."""

from __future__ import annotations

import dataclasses
import io
from pathlib import Path
from typing import Any

import numpy as np
import psd_tools
import pytest
from psd_tools.constants import Justification, TextType
from psd_tools.psd.tagged_blocks import TypeToolObjectSetting

import delaminate
from delaminate.composite import flatten
from delaminate.export import psd
from delaminate.export.append import append
from delaminate.export.cut_as import CutAs
from delaminate.export.psd_text import type_tool
from delaminate.export.text_as import TextAs
from delaminate.export.typography import Line, Look, estimate
from delaminate.pixels import Box
from delaminate.stack import Role
from stacks import drawn_stack

_LINE = Line("SALE (50\\100) 🍎", Box(20, 30, 120, 60), 58.0)
_LOOK = Look((_LINE,), 40.0, (200, 30, 60), "left", bold=True)


def _setting(look: Look) -> Any:
    """The block of the look, as psd-tools reads it, to its last byte."""
    file = io.BytesIO(type_tool(look))
    found = TypeToolObjectSetting.read(file)
    assert file.read() == b""
    return found


@pytest.mark.parametrize("suffix", [".psd", ".psb"])
@pytest.mark.parametrize(("bits", "opaque"), [(8, True), (8, False), (16, True), (16, False)])
@pytest.mark.parametrize("cut", list(CutAs))
def test_live_text_changes_nothing_that_is_seen(
    suffix: str, bits: int, opaque: bool, cut: CutAs, tmp_path: Path
) -> None:
    """Neither the flattened picture nor names and places; the pixel layer lies under the type layer, hidden."""
    stack = drawn_stack(bits, opaque)
    psd.write(stack, tmp_path / f"a{suffix}", TextAs.LIVE, cut)
    again = delaminate.read(tmp_path / f"a{suffix}")
    assert np.array_equal(flatten(again), flatten(stack))
    assert [layer.name for layer in again.layers] == [layer.name for layer in stack.layers]
    assert (again.layers[-1].role, again.layers[-1].text) == (Role.TEXT, "SALE")
    document = psd_tools.PSDImage.open(tmp_path / f"a{suffix}")
    below, above = document[-2], document[-1]
    assert (above.kind, above.name, above.visible) == ("type", "SALE", True)
    assert (below.kind, below.name, below.visible) == ("pixel", "SALE (pixels)", False)
    assert above.bbox == below.bbox == stack.layers[-1].box.as_tuple()
    if bits == 8:
        shown = above.topil()
        assert shown is not None
        assert np.array_equal(np.asarray(shown), stack.layers[-1].pixels)


def test_by_default_text_stays_pixels_and_that_is_told(tmp_path: Path) -> None:
    """Photoshop may set type layers anew where the font is not there."""
    told = delaminate.write(drawn_stack(), tmp_path / "a.psd")
    assert all(layer.kind != "type" for layer in psd_tools.PSDImage.open(tmp_path / "a.psd").descendants())
    assert any("--text live writes type layers" in loss.why for loss in told)
    told = delaminate.write(drawn_stack(), tmp_path / "b.psd", text="live")
    assert any(loss.what == "the font" and "Arial" in loss.why for loss in told)


def test_psd_tools_reads_words_font_size_colour_and_place(tmp_path: Path) -> None:
    """Of the word on the drawn stack: as the estimate has them."""
    stack = drawn_stack()
    look = estimate(stack.layers[-1], stack)
    assert look is not None
    psd.write(stack, tmp_path / "a.psd", TextAs.LIVE)
    layer: Any = psd_tools.PSDImage.open(tmp_path / "a.psd")[-1]
    assert layer.text == "SALE"
    assert layer.text_type is TextType.POINT
    setting = layer.typesetting
    (paragraph,) = list(setting)
    (run,) = paragraph.runs
    assert run.text.strip("\r") == "SALE"
    assert run.style.font_name in ("ArialMT", "Arial-BoldMT")
    assert run.style.font_size == pytest.approx(look.fitting_size, abs=1e-4)
    assert run.style.fill_color == pytest.approx((1.0, *(value / 255 for value in look.colour)), abs=1e-4)
    assert layer.transform[:4] == (1.0, 0.0, -0.0, 1.0)
    assert layer.transform[5] == pytest.approx(look.lines[0].baseline)


def test_brackets_backslashes_and_letters_beyond_the_basic_plane_survive() -> None:
    """In the descriptor and in the engine's own text."""
    found = _setting(_LOOK)
    assert found.text_data[b"Txt "].value.rstrip("\0") == _LINE.text
    engine = found.text_data[b"EngineData"].value
    assert engine["EngineDict"]["Editor"]["Text"].value == _LINE.text + "\r"
    units = len((_LINE.text + "\r").encode("utf-16-be")) // 2
    assert [int(length) for length in engine["EngineDict"]["StyleRun"]["RunLengthArray"]] == [units]
    assert engine["ResourceDict"]["FontSet"][0]["Name"].value == "Arial-BoldMT"


@pytest.mark.parametrize(
    ("align", "x", "justified"),
    [("left", 20, Justification.LEFT), ("center", 70, Justification.CENTER), ("right", 120, Justification.RIGHT)],
)
def test_lines_are_paragraphs_with_their_edge_and_their_pitch(align: str, x: float, justified: Justification) -> None:
    """The text begins where the first baseline meets the edge that the lines share."""
    lines = (Line("One line", Box(20, 30, 120, 60), 58.0), Line("another", Box(30, 80, 110, 110), 106.0))
    found = _setting(Look(lines, 40.0, (0, 0, 0), align, bold=False))
    assert found.transform == pytest.approx((1, 0, 0, 1, x, 58.0))
    engine = found.text_data[b"EngineData"].value["EngineDict"]
    assert [int(length) for length in engine["ParagraphRun"]["RunLengthArray"]] == [9, 8]
    properties = engine["ParagraphRun"]["RunArray"][0]["ParagraphSheet"]["Properties"]
    assert int(properties["Justification"]) == justified.value
    style = engine["StyleRun"]["RunArray"][0]["StyleSheet"]["StyleSheetData"]
    assert (float(style["Leading"]), bool(style["AutoLeading"])) == (48.0, False)


def test_turned_text_is_turned_about_the_middle_of_its_pixels() -> None:
    """Upwards: the line that lies level about the pivot runs from below to above."""
    line = Line("UP", Box(60, 90, 140, 110), 110.0)
    look = Look((line,), 20.0, (0, 0, 0), "center", bold=False, degrees=-90.0, pivot=(100.0, 100.0))
    xx, xy, yx, yy, tx, ty = _setting(look).transform
    assert (xx, xy, yx, yy) == pytest.approx((0, -1, 1, 0), abs=1e-9)
    assert (tx, ty) == pytest.approx((110, 100))  # the baseline is right of the middle


def test_a_column_of_ideographs_is_set_downwards() -> None:
    """From the top, about the middle of its width."""
    line = Line("新春大売", Box(40, 20, 80, 200), 200.0)
    found = _setting(Look((line,), 40.0, (0, 0, 0), "left", bold=False, column=True))
    assert found.text_data[b"Ornt"].enum == b"Vrtc"
    assert found.transform[4:] == (60.0, 20.0)
    shapes = found.text_data[b"EngineData"].value["EngineDict"]["Rendered"]["Shapes"]
    assert int(shapes["WritingDirection"]) == 2


def test_type_layers_go_into_a_document_too(tmp_path: Path) -> None:
    """With --into as in a new file."""
    delaminate.write(drawn_stack(), tmp_path / "design.psd")
    append(drawn_stack(), tmp_path / "design.psd", "cuts", TextAs.LIVE, background=True)
    group: Any = psd_tools.PSDImage.open(tmp_path / "design.psd")[-1]
    assert [layer.kind for layer in group][-2:] == ["pixel", "type"]
    assert np.array_equal(flatten(delaminate.read(tmp_path / "design.psd")), flatten(drawn_stack()))


def test_a_text_layer_without_ink_or_words_stays_a_pixel_layer(tmp_path: Path) -> None:
    """There is nothing to set."""
    stack = drawn_stack()
    for changed in ({"text": "  "}, {"pixels": np.zeros_like(stack.layers[-1].pixels)}):
        last = dataclasses.replace(stack.layers[-1], role=Role.TEXT, **changed)
        odd = dataclasses.replace(stack, layers=(*stack.layers[:-1], last))
        psd.write(odd, tmp_path / "a.psd", TextAs.LIVE)
        assert all(layer.kind != "type" for layer in psd_tools.PSDImage.open(tmp_path / "a.psd").descendants())


def test_words_of_several_lines_are_read_back_and_go_on_as_live_text(tmp_path: Path) -> None:
    """From the PSD into a slide, whatever their letters."""
    stack = drawn_stack()
    words = "SALE (50\\100)\n新春 🍎"
    last = dataclasses.replace(stack.layers[-1], text=words)
    psd.write(dataclasses.replace(stack, layers=(*stack.layers[:-1], last)), tmp_path / "a.psd", TextAs.LIVE)
    again = delaminate.read(tmp_path / "a.psd")
    assert again.layers[-1].text is not None
    assert again.layers[-1].text.split() == words.split()
    told = delaminate.write(again, tmp_path / "a.pptx")
    assert any(loss.what == "the font" for loss in told)
