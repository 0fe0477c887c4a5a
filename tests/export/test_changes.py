"""An edited stack compared with the one it was: every change is named, and the rest is proved untouched."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import psd_tools
import pytest

import delaminate
from delaminate.errors import BadInput
from delaminate.stack import Layer, LayerStack, Look
from stacks import NAMES, drawn_stack, small_stack


def _with(stack: LayerStack, number: int, **changed: object) -> LayerStack:
    layers = list(stack.layers)
    layers[number] = dataclasses.replace(layers[number], **changed)  # type: ignore[arg-type]
    return dataclasses.replace(stack, layers=tuple(layers))


def _painted(layer: Layer) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    pixels = layer.pixels.copy()
    pixels[10:14, 10:15, :3] = 7
    return pixels


def test_nothing_is_changed_by_writing_and_reading(tmp_path: Path) -> None:
    """All pixels are untouched, through PSD, OpenRaster and TIFF."""
    stack = drawn_stack()
    for suffix in (".psd", ".ora", ".tif"):
        delaminate.write(stack, tmp_path / f"a{suffix}")
        found = delaminate.compare(stack, tmp_path / f"a{suffix}")
        assert (found.layers, found.touched, found.outside) == ((), 0, 0)
        assert str(found) == "nothing was changed: all 9,600 pixels are as they were"


def test_a_layer_that_psd_tools_moved_is_told_with_the_way(tmp_path: Path) -> None:
    """And pixels beyond its old and new place are the same."""
    delaminate.write(drawn_stack(), tmp_path / "a.psd")
    document = psd_tools.PSDImage.open(tmp_path / "a.psd")
    document[-1].left += 3
    document[-1].top += 5
    document.save(tmp_path / "b.psd")
    found = delaminate.compare(tmp_path / "a.psd", tmp_path / "b.psd")
    assert [(change.name, change.what) for change in found.layers] == [("SALE", "moved by 3, 5 pixels")]
    assert found.outside == 0
    assert 0 < found.differing <= found.touched < 2000


@pytest.mark.parametrize("bits", [8, 16])
def test_paint_is_told_with_its_place_and_its_pixels(bits: int) -> None:
    """20 pixels of the first disc, and no other pixel of the canvas."""
    stack = drawn_stack(bits)
    box = stack.layers[1].box
    found = delaminate.compare(stack, _with(stack, 1, pixels=_painted(stack.layers[1])))
    (change,) = found.layers
    assert (change.name, change.what) == (NAMES[1], "was repainted in 20 pixels")
    assert change.box is not None
    assert change.box.as_tuple() == (box.left + 10, box.top + 10, box.left + 15, box.top + 14)
    assert (found.touched, found.outside) == (20, 0)


def test_colours_of_clear_pixels_do_not_count() -> None:
    """Editors drop them."""
    stack = drawn_stack()
    pixels = stack.layers[1].pixels.copy()
    pixels[pixels[..., 3] == 0] = 0
    pixels[0, 0, :3] = 99
    assert delaminate.compare(stack, _with(stack, 1, pixels=pixels)).layers == ()


def test_names_order_looks_and_what_is_gone_or_new_are_told() -> None:
    """Each by itself."""
    stack = drawn_stack()

    def told(after: LayerStack) -> list[str]:
        found = delaminate.compare(stack, after)
        assert found.outside == 0
        return [f"{change.name}: {change.what}" for change in found.layers]

    assert told(_with(stack, 4, name="SOLD")) == ["SOLD: was “SALE” before"]
    assert told(dataclasses.replace(stack, layers=stack.layers[:-1])) == ["SALE: is gone or hidden"]
    more = (*stack.layers, dataclasses.replace(stack.layers[1], id="l9", name="new"))
    assert told(dataclasses.replace(stack, layers=more)) == ["new: was added"]
    ground, one, two, *rest = stack.layers
    turned = dataclasses.replace(stack, layers=(ground, two, one, *rest))
    assert told(turned) == [f"{NAMES[1]}: lies above “{NAMES[2]}” now"]
    assert told(_with(stack, 4, look=Look(opacity=0.5))) == ["SALE: is shown in another way"]


def test_stacks_of_different_canvases_cannot_be_compared() -> None:
    """Size and depth are named."""
    with pytest.raises(
        BadInput, match="have 12 x 9 pixels of 8 bits, and what they are compared with 120 x 80 pixels of 8 bits"
    ):
        delaminate.compare(drawn_stack(), small_stack())
    with pytest.raises(BadInput, match="of 16 bits, and what they are compared with 120 x 80 pixels of 8 bits"):
        delaminate.compare(drawn_stack(8), drawn_stack(16))
