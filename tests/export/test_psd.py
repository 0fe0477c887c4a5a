"""PSD and PSB: an independent reader (psd-tools) sees what was meant, and edited files look as they do there."""

from __future__ import annotations

import dataclasses
import struct
from pathlib import Path
from typing import Any

import numpy as np
import psd_tools
import pytest
from PIL import Image
from psd_tools.constants import BlendMode, Resource

from delaminate.composite import flatten
from delaminate.errors import BadInput
from delaminate.export import psd, psd_reader
from delaminate.export.cut_as import CutAs
from delaminate.pixels import Box, as_eight_bit
from delaminate.stack import Layer, LayerStack, Role
from stacks import HEIGHT, NAMES, PROFILE, WIDTH, drawn_stack


def _wide_stack(width: int) -> LayerStack:
    ground = np.zeros((2, width, 4), np.uint8)
    ground[..., :3], ground[..., 3] = np.arange(width * 2 * 3).reshape(2, width, 3) // 997, 255
    return LayerStack(width, 2, (Layer("background", "background", Role.BACKGROUND, Box(0, 0, width, 2), ground),))


@pytest.mark.parametrize("suffix", [".psd", ".psb"])
def test_psd_tools_sees_names_groups_places_profile_and_the_same_layers(suffix: str, tmp_path: Path) -> None:
    """Layer by layer, pixel by pixel."""
    stack = drawn_stack()
    psd.write(stack, tmp_path / f"a{suffix}")
    document = psd_tools.PSDImage.open(tmp_path / f"a{suffix}")
    leaves = [layer for layer in document.descendants() if not layer.is_group()]
    assert tuple(layer.name for layer in leaves) == NAMES
    assert [layer.name for layer in document.descendants() if layer.is_group()] == ["the apples"]
    assert [layer.bbox for layer in leaves] == [layer.box.as_tuple() for layer in stack.layers]
    assert all(np.array_equal(np.asarray(a.topil()), b.pixels) for a, b in zip(leaves, stack.layers, strict=True))
    assert document.image_resources.get_data(Resource.ICC_PROFILE) == PROFILE
    assert document.image_resources.get_data(Resource.RESOLUTION_INFO).horizontal == 72 * 65536


def test_the_merged_picture_is_the_flattened_one(tmp_path: Path) -> None:
    """What programs show that do not read layers; Pillow is one."""
    stack = drawn_stack()
    psd.write(stack, tmp_path / "a.psd")
    with Image.open(tmp_path / "a.psd") as image:
        assert np.array_equal(np.asarray(image), flatten(stack)[..., :3])


def test_the_merged_picture_of_a_transparent_stack_is_blended_with_white(tmp_path: Path) -> None:
    """As Photoshop stores it; the alpha is stored as it is."""
    stack = drawn_stack(opaque=False)
    psd.write(stack, tmp_path / "a.psd")
    document: Any = psd_tools.PSDImage.open(tmp_path / "a.psd")
    merged = document._record.image_data.get_data(document._record.header)
    red, *_, alpha = (np.frombuffer(plane, np.uint8).reshape(HEIGHT, WIDTH).astype(int) for plane in merged)
    flat = flatten(stack).astype(int)
    assert np.array_equal(alpha, flat[..., 3])
    assert np.abs(red - (flat[..., 0] * alpha + 255 * (255 - alpha)) / 255).max() <= 0.5


def test_long_sides_become_a_psb(tmp_path: Path) -> None:
    """PSD ends at 30,000 pixels; the result says where the file is."""
    stack = _wide_stack(30_001)
    written = psd.write(stack, tmp_path / "wide.psd")
    assert written.paths == (tmp_path / "wide.psb",)
    assert struct.unpack(">H", written.paths[0].read_bytes()[4:6]) == (2,)
    assert np.array_equal(flatten(psd_reader.read(written.paths[0]).stack), flatten(stack))


def test_sides_beyond_psb_are_refused(tmp_path: Path) -> None:
    """With the limit, and without a file."""
    with pytest.raises(BadInput, match="PSB ends at 300,000 pixels"):
        psd.write(_wide_stack(300_001), tmp_path / "wide.psd")
    assert not list(tmp_path.iterdir())


def _edited(stack: LayerStack, folder: Path, edit: str) -> LayerStack:
    """Write, edit as a designer would (with psd-tools), and read again."""
    psd.write(stack, folder / "a.psd")
    document = psd_tools.PSDImage.open(folder / "a.psd")
    layer = document[-1]
    if edit == "move":
        layer.left, layer.top = layer.left - 5, layer.top + 3
    elif edit == "move out":
        layer.left = WIDTH - 4
    elif edit == "hide":
        layer.visible = False
    elif edit == "fade":
        layer.opacity = 128
    elif edit == "reorder":
        layer.move_down(1)
    elif edit == "hide a group":
        next(layer for layer in document if layer.is_group()).visible = False
    document.save(folder / "b.psd")
    return psd_reader.read(folder / "b.psd").stack


def _expected(stack: LayerStack, edit: str) -> LayerStack:
    *below, top = stack.layers
    if edit == "move":
        top = dataclasses.replace(top, box=top.box.shifted(-5, 3))
    elif edit == "move out":
        box = Box(WIDTH - 4, top.box.top, WIDTH, top.box.bottom)
        top = dataclasses.replace(top, box=box, pixels=top.pixels[:, :4])
    elif edit == "fade":
        faint = top.pixels.copy()
        faint[..., 3] = np.rint(top.pixels[..., 3] * (128 / 255))
        top = dataclasses.replace(top, pixels=faint)
    elif edit == "reorder":
        below[-1], top = top, below[-1]
    elif edit == "hide a group":
        below = [layer for layer in below if layer.target is None]
    return dataclasses.replace(stack, layers=(*below, *(() if edit == "hide" else (top,))))


@pytest.mark.parametrize("edit", ["move", "move out", "hide", "fade", "reorder", "hide a group"])
def test_an_edited_file_reads_back_as_it_looks(edit: str, tmp_path: Path) -> None:
    """The same flattened picture as the same edit of the stack."""
    stack = drawn_stack()
    assert np.array_equal(flatten(_edited(stack, tmp_path, edit)), flatten(_expected(stack, edit)))


def test_a_hidden_background_leaves_transparency(tmp_path: Path) -> None:
    """What remains is drawn on nothing."""
    stack = drawn_stack()
    psd.write(stack, tmp_path / "a.psd")
    document = psd_tools.PSDImage.open(tmp_path / "a.psd")
    document[0].visible = False
    document.save(tmp_path / "b.psd")
    back = psd_reader.read(tmp_path / "b.psd").stack
    assert not back.opaque
    assert flatten(back)[-1, 0].tolist() == [0, 0, 0, 0]


def test_blend_modes_and_clipping_are_reported(tmp_path: Path) -> None:
    """A stack has neither; the mode is turned into colours."""
    psd.write(drawn_stack(), tmp_path / "a.psd")
    document = psd_tools.PSDImage.open(tmp_path / "a.psd")
    document[-1].blend_mode = BlendMode.MULTIPLY
    document[-2].clipping = True
    document.save(tmp_path / "b.psd")
    said = {loss.what: loss.why for loss in psd_reader.read(tmp_path / "b.psd").dropped}
    assert set(said) == {"blend mode “mul”", "clipping"}
    assert "SALE" in said["blend mode “mul”"]


def test_a_layer_mask_becomes_alpha(tmp_path: Path) -> None:
    """psd-tools writes alpha as a mask where the document has none of its own."""
    document = psd_tools.PSDImage.new("RGB", (30, 20), color=(10, 20, 30))
    picture = Image.new("RGBA", (12, 8), (200, 100, 50, 255))
    picture.putalpha(Image.linear_gradient("L").resize((12, 8)))
    document.append(psd_tools.api.layers.PixelLayer.frompil(picture, document, "masked", top=4, left=5))
    document.save(tmp_path / "a.psd")
    layer = psd_reader.read(tmp_path / "a.psd").stack.layers[-1]
    assert np.array_equal(layer.pixels, np.asarray(picture))


@pytest.mark.parametrize("suffix", [".psd", ".psb"])
@pytest.mark.parametrize(("bits", "opaque"), [(8, True), (8, False), (16, True)])
def test_cuts_may_be_layer_masks_over_the_picture(tmp_path: Path, bits: int, opaque: bool, suffix: str) -> None:
    """The flattened picture is the same bit for bit; psd-tools sees a mask and, under it, what was seen there."""
    stack = drawn_stack(bits, opaque)
    psd.write(stack, tmp_path / f"a{suffix}", cut=CutAs.MASKS)
    assert np.array_equal(flatten(psd_reader.read(tmp_path / f"a{suffix}").stack), flatten(stack))
    document = psd_tools.PSDImage.open(tmp_path / f"a{suffix}")
    seen = as_eight_bit(flatten(stack))
    pixels = [layer for layer in document.descendants() if not layer.is_group()]
    assert not pixels[0].has_mask()
    for found, layer in zip(pixels[1:], stack.layers[1:], strict=True):
        assert found.has_mask()
        assert found.mask is not None
        assert (found.mask.left, found.mask.top, found.mask.right, found.mask.bottom) == layer.box.as_tuple()
        under = found.topil()
        assert under is not None
        if bits == 8:
            clear = layer.pixels[..., 3] == 0
            assert np.array_equal(np.asarray(under.convert("RGB"))[clear], seen[layer.box.slices][clear][:, :3])


@pytest.mark.parametrize("bits", [8, 16])
def test_a_black_shadow_is_a_multiply_layer_and_looks_the_same(bits: int, tmp_path: Path) -> None:
    """psd-tools sees the mode; what is read back is the stack again, and nothing is told as lost."""
    depth, full = (np.uint8, 255) if bits == 8 else (np.uint16, 65535)
    ground = np.full((20, 30, 4), full, depth)
    ground[..., 0] = full // 3
    shade = np.zeros((8, 12, 4), depth)
    shade[..., 3] = np.arange(12) * (full // 24)
    tinted = shade.copy()
    tinted[..., 2] = full // 9
    stack = LayerStack(
        30,
        20,
        (
            Layer("background", "ground", Role.BACKGROUND, Box(0, 0, 30, 20), ground),
            Layer("l1", "shadow", Role.SHADOW, Box(3, 4, 15, 12), shade),
            Layer("l2", "blue shadow", Role.SHADOW, Box(13, 4, 25, 12), tinted),
        ),
        True,
    )
    psd.write(stack, tmp_path / "a.psd")
    modes = [layer.blend_mode for layer in psd_tools.PSDImage.open(tmp_path / "a.psd")]
    assert modes == [BlendMode.NORMAL, BlendMode.MULTIPLY, BlendMode.NORMAL]
    reading = psd_reader.read(tmp_path / "a.psd")
    assert np.array_equal(flatten(reading.stack), flatten(stack))
    assert reading.dropped == ()
