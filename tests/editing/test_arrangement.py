"""A stack as somebody arranged it: what keeps every pixel, what is interpolated, and what other programs see of it."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import psd_tools
import pytest
from PIL import Image

from delaminate.composite import flatten
from delaminate.editing.arrangement import Arrangement, Placed, arranged, covered_box, in_order, only
from delaminate.errors import UnknownName
from delaminate.export import openraster, psd
from delaminate.pixels import Box
from delaminate.stack import Blend, LayerStack
from stacks import drawn_stack

MUCH = Arrangement(
    (
        Placed("background", opacity=0.75),
        Placed("l3", x=-40, y=-30, blend=Blend.SCREEN),
        Placed("l1", "the first", x=20, y=11, scale_x=-1, opacity=0.6, blend=Blend.MULTIPLY),
        Placed("l4", rotation=-21.5, scale_x=1.4, scale_y=1.4, y=20),
        Placed("l2", visible=False),
    ),
    ground=(250, 240, 20),
)


def test_an_empty_arrangement_is_the_exact_stack() -> None:
    """The same layers, the same objects."""
    stack = drawn_stack()
    done = arranged(stack, Arrangement())
    assert [one.pixels is other.pixels for one, other in zip(done.layers, stack.layers, strict=True)] == [True] * 5
    assert np.array_equal(flatten(done), flatten(stack))


@pytest.mark.parametrize("bits", [8, 16])
def test_moves_flips_and_quarter_turns_keep_every_pixel(bits: int) -> None:
    """What is moved there and back, flipped twice or turned four times is what it was."""
    layer = drawn_stack(bits).layers[1]
    stack = drawn_stack(bits)
    moved = arranged(stack, Arrangement((Placed("l1", x=7, y=-3),))).layers[1]
    assert moved.box == layer.box.shifted(7, -3)
    assert np.array_equal(moved.pixels, layer.pixels)
    flipped = arranged(stack, Arrangement((Placed("l1", scale_x=-1),))).layers[1]
    assert np.array_equal(flipped.pixels, layer.pixels[:, ::-1])
    turned = arranged(stack, Arrangement((Placed("l1", rotation=90),))).layers[1]
    assert np.array_equal(turned.pixels, np.rot90(layer.pixels, -1))


def test_a_layer_is_cut_at_the_canvas_and_left_out_beyond_it() -> None:
    """Half outside keeps its inner half."""
    stack = drawn_stack()
    half = arranged(stack, Arrangement((Placed("l1", x=-30),)))
    assert half.layers[1].box.left == 0
    gone = arranged(stack, Arrangement((Placed("l1", x=5000),)))
    assert [layer.id for layer in gone.layers] == ["background", "l2", "l3", "l4"]


def test_a_layer_scaled_by_two_covers_four_times_the_area() -> None:
    """About its middle, with clean edges: no colour of the layer darkens towards its rim."""
    stack = drawn_stack()
    before = stack.layers[1]
    after = arranged(stack, Arrangement((Placed("l1", scale_x=2, scale_y=2),))).layers[1]
    area = [float(layer.pixels[..., 3].astype(float).sum()) for layer in (before, after)]
    whole = after.box.left > 0 and after.box.top > 0
    assert not whole or abs(area[1] / area[0] - 4) < 0.05
    faint = (after.pixels[..., 3] > 0) & (after.pixels[..., 3] < 60)
    assert after.pixels[faint][:, 0].min() > 100


def test_what_is_not_named_keeps_its_place_above_what_it_lies_on() -> None:
    """A repair may have added a layer since the arrangement was made."""
    assert in_order(["b", "l1", "l5", "l2"], ["b", "l2", "l1"]) == ["b", "l2", "l1", "l5"]
    with pytest.raises(UnknownName, match="no layer 'l9'"):
        arranged(drawn_stack(), Arrangement((Placed("l9"),)))


def test_a_selection_lies_on_transparency_unless_the_background_is_in_it() -> None:
    """And its box is what its layers cover."""
    stack = drawn_stack()
    some = only(stack, ["l1", "l2"])
    assert not some.opaque
    assert flatten(some)[0, 0, 3] == 0
    assert covered_box(some) == Box(15, 15, 66, 52)
    assert np.array_equal(flatten(only(stack, ["background"])), stack.background.pixels)


def _seen(stack: LayerStack) -> np.ndarray:
    return flatten(stack)[..., :3].astype(int)


def test_a_psd_of_an_arrangement_flattens_elsewhere_to_the_same_within_two_levels(tmp_path: Path) -> None:
    """psd-tools composites the layers itself: places, opacity, blend modes, visibility and ground are in the file."""
    stack = arranged(replace(drawn_stack(), icc=None), MUCH)
    psd.write(stack, tmp_path / "a.psd")
    document = psd_tools.PSDImage.open(tmp_path / "a.psd")
    merged = np.asarray(Image.open(tmp_path / "a.psd").convert("RGB")).astype(int)
    composed = document.composite(force=True, ignore_preview=True)
    assert composed is not None
    assert np.abs(merged - _seen(stack)).max() == 0
    assert np.abs(np.asarray(composed.convert("RGB")).astype(int) - _seen(stack)).max() <= 2
    named = {layer.name: layer for layer in document.descendants()}
    assert (named["the first"].opacity, named["the first"].blend_mode.name) == (153, "MULTIPLY")
    assert [layer.name for layer in document.descendants() if not layer.visible] == [drawn_stack().layers[2].name]


def test_openraster_holds_opacity_visibility_and_blend_modes(tmp_path: Path) -> None:
    """In the words of its specification."""
    openraster.write(arranged(drawn_stack(), MUCH), tmp_path / "a.ora")
    with zipfile.ZipFile(tmp_path / "a.ora") as archive:
        tree = ElementTree.fromstring(archive.read("stack.xml"))
    told = [(one.get("opacity"), one.get("visibility"), one.get("composite-op")) for one in tree.iter("layer")]
    assert ("0.6", "visible", "svg:multiply") in told
    assert ("1.0", "visible", "svg:screen") in told
    assert ("1.0", "hidden", "svg:src-over") in told
