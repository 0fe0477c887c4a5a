"""Layers and groups with blend modes look as psd-tools' own compositor shows them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import psd_tools
import pytest
from psd_tools.api.layers import Group
from psd_tools.api.layers import Layer as PsdLayer
from psd_tools.constants import BlendMode

from delaminate.composite import flatten
from delaminate.export import openraster, openraster_reader, psd, psd_reader
from delaminate.export.psd_channels import BLENDS
from delaminate.pixels import Box
from delaminate.stack import Layer, LayerStack, Role

_RANDOM = np.random.default_rng(7)


def _noise(width: int, height: int, opaque: bool) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    pixels = _RANDOM.integers(0, 256, (height, width, 4), dtype=np.uint8)
    if opaque:
        pixels[..., 3] = 255
    return pixels


def _stack() -> LayerStack:
    """Noise, and on it two see-through noises that answer one target, so that files have them in a group."""
    layers = [Layer("background", "ground", Role.BACKGROUND, Box(0, 0, 32, 24), _noise(32, 24, opaque=True))]
    for number, box in enumerate((Box(6, 4, 26, 20), Box(2, 8, 18, 22)), 1):
        pixels = _noise(box.width, box.height, opaque=False)
        layers.append(Layer(f"l{number}", f"noise {number}", Role.OBJECT, box, pixels, target="the noise"))
    return LayerStack(32, 24, tuple(layers), True)


def _top(document: psd_tools.PSDImage) -> PsdLayer:
    """The topmost layer of the group of noises."""
    group = document[-1]
    assert isinstance(group, Group)
    return group[-1]


def _differs(path: Path) -> float:
    """Levels between what is read and what psd-tools puts together, of 99 pixels in 100.

    A mode with a jump, as "lighter colour" has, turns a level of rounding below it into many in a pixel or two.
    """
    wanted = np.asarray(psd_tools.PSDImage.open(path).composite(force=True).convert("RGB")).astype(int)
    mine = flatten(psd_reader.read(path).stack)[..., :3].astype(int)
    return float(np.percentile(np.abs(mine - wanted).max(axis=2), 99))


@pytest.mark.parametrize("key", [*BLENDS], ids=[*BLENDS.values()])
def test_a_layers_mode_looks_as_it_does_elsewhere(key: bytes, tmp_path: Path) -> None:
    """Within a level; the layer is still one of its own, and the mode is told."""
    psd.write(_stack(), tmp_path / "a.psd")
    document = psd_tools.PSDImage.open(tmp_path / "a.psd")
    _top(document).blend_mode = BlendMode(key)
    document.save(tmp_path / "b.psd")
    assert _differs(tmp_path / "b.psd") <= 2
    reading = psd_reader.read(tmp_path / "b.psd")
    assert [layer.name for layer in reading.stack.layers] == ["ground", "noise 1", "noise 2"]
    (loss,) = reading.dropped
    assert loss.what == f"blend mode “{key.decode().strip()}”"
    assert "“noise 2” has the colours that it shows over what lies below" in loss.why


@pytest.mark.parametrize("opacity", [255, 128])
@pytest.mark.parametrize(
    ("group", "layer"),
    [("MULTIPLY", "NORMAL"), ("SCREEN", "MULTIPLY"), ("PASS_THROUGH", "MULTIPLY"), ("NORMAL", "MULTIPLY")],
)
def test_a_groups_mode_is_that_of_all_its_layers_together(group: str, layer: str, opacity: int, tmp_path: Path) -> None:
    """Blended by themselves first, or, where the group passes through, each with what lies below the group."""
    psd.write(_stack(), tmp_path / "a.psd")
    document = psd_tools.PSDImage.open(tmp_path / "a.psd")
    document[-1].blend_mode, document[-1].opacity = BlendMode[group], opacity
    _top(document).blend_mode = BlendMode[layer]
    document.save(tmp_path / "b.psd")
    assert _differs(tmp_path / "b.psd") <= 3


@pytest.mark.parametrize("mode", ["svg:multiply", "svg:screen", "svg:plus", "svg:luminosity"])
def test_openraster_modes_are_put_together_and_told(mode: str, tmp_path: Path) -> None:
    """The same as Photoshop's of that name; the sentence names mode and layer."""
    openraster.write(_stack(), tmp_path / "a.ora")
    with zipfile.ZipFile(tmp_path / "a.ora") as given, zipfile.ZipFile(tmp_path / "b.ora", "w") as out:
        for name in given.namelist():
            data = given.read(name)
            if name == "stack.xml":
                data = data.replace(b'composite-op="svg:src-over"', f'composite-op="{mode}"'.encode(), 1)
            out.writestr(name, data)
    reading = openraster_reader.read(tmp_path / "b.ora")
    psd.write(_stack_again(tmp_path), tmp_path / "a.psd")
    document = psd_tools.PSDImage.open(tmp_path / "a.psd")
    named = {"svg:plus": "linear_dodge"}.get(mode, mode.removeprefix("svg:")).upper()
    _top(document).blend_mode = BlendMode[named]
    wanted = np.asarray(document.composite(force=True).convert("RGB")).astype(int)
    assert np.abs(flatten(reading.stack)[..., :3].astype(int) - wanted).max() <= 2
    told = f"composite mode {mode}: “noise 2” has the colours that it shows over what lies below."
    assert [str(loss) for loss in reading.dropped] == [told]


def _stack_again(folder: Path) -> LayerStack:
    return openraster_reader.read(folder / "a.ora").stack


def test_a_mode_nobody_knows_is_read_as_normal_and_told(tmp_path: Path) -> None:
    """Dissolve is drawn by chance; it has no one look."""
    psd.write(_stack(), tmp_path / "a.psd")
    document = psd_tools.PSDImage.open(tmp_path / "a.psd")
    _top(document).blend_mode = BlendMode.DISSOLVE
    document.save(tmp_path / "b.psd")
    (loss,) = psd_reader.read(tmp_path / "b.psd").dropped
    assert str(loss) == "unknown blend mode “diss”: “noise 2” is read without it."
