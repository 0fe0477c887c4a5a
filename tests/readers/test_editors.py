"""ImageMagick, GIMP and Krita open PSD, OpenRaster and TIFF with the same picture and the same layers.

"Exact" is 0 levels. Editors that blend the layers themselves round once more or once less than alpha-over at 8 bits
does: 1 level for an opaque stack, 2 where the alpha is blended too.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from delaminate.composite import flatten
from delaminate.export.formats import write
from delaminate.stack import LayerStack
from programs import apart, pixels_of, run
from stacks import drawn_stack

DEPTHS = pytest.mark.parametrize("bits", [8, 16])
STACKS = pytest.mark.parametrize(("bits", "opaque"), [(8, True), (8, False), (16, True), (16, False)])


def _written(stack: LayerStack, folder: Path, suffix: str) -> Path:
    (path,) = write(stack, folder / f"stack{suffix}").paths
    return path


@STACKS
@pytest.mark.parametrize("suffix", [".psd", ".psb", ".tif"])
def test_imagemagick_shows_the_flattened_picture(
    suffix: str, bits: int, opaque: bool, tmp_path: Path, home: Path
) -> None:
    """From the merged picture: bit for bit, but for white blended in and out again in a transparent PSD."""
    stack = drawn_stack(bits, opaque)
    path = _written(stack, tmp_path, suffix)
    run("convert", f"{path}[0]", tmp_path / "out.png", home=home)
    exact = opaque or suffix == ".tif"
    assert apart(flatten(stack), pixels_of(tmp_path / "out.png")) <= (0 if exact else 1)


@DEPTHS
@pytest.mark.parametrize("suffix", [".psd", ".psb", ".tif"])
def test_imagemagick_finds_every_layer_in_its_place(suffix: str, bits: int, tmp_path: Path, home: Path) -> None:
    """Their pixels, bit for bit, and their offsets."""
    stack = drawn_stack(bits)
    path = _written(stack, tmp_path, suffix)
    said = run("convert", path, "-format", "%wx%h%X%Y\n", "info:", home=home).split()
    boxes = [layer.box for layer in stack.layers]
    places = [f"{box.width}x{box.height}+{box.left}+{box.top}" for box in boxes]
    assert [place for place in said[1:] if place in places] == places
    run("convert", path, "-delete", "0--2", "+repage", tmp_path / "top.png", home=home)
    assert apart(stack.layers[-1].pixels, pixels_of(tmp_path / "top.png")) == 0


@STACKS
@pytest.mark.parametrize("suffix", [".psd", ".tif"])
def test_gimp_opens_the_same_picture(suffix: str, bits: int, opaque: bool, tmp_path: Path, home: Path) -> None:
    """GIMP 2.10 merges the visible layers of a PSD; of a TIFF it loads the page."""
    stack = dataclasses.replace(drawn_stack(bits, opaque), icc=None)
    path = _written(stack, tmp_path, suffix)
    script = (
        f'(let* ((image (car (gimp-file-load RUN-NONINTERACTIVE "{path}" "x")))'
        " (layer (car (gimp-image-merge-visible-layers image CLIP-TO-IMAGE))))"
        f' (file-png-save-defaults RUN-NONINTERACTIVE image layer "{tmp_path / "out.png"}" "x"))'
    )
    batch = ("--batch-interpreter", "plug-in-script-fu-eval", "-b", script, "-b", "(gimp-quit 0)")
    run("gimp", "-i", "-d", "-f", *batch, home=home)
    exact = suffix == ".tif"
    assert apart(flatten(stack), pixels_of(tmp_path / "out.png")) <= (0 if exact else 1 if opaque else 2)


@DEPTHS
@pytest.mark.parametrize("suffix", [".psd", ".ora"])
def test_krita_opens_the_same_picture(suffix: str, bits: int, tmp_path: Path, home: Path) -> None:
    """With the profile in the file; Krita takes a 16-bit picture without one for linear light."""
    stack = drawn_stack(bits)
    path = _written(stack, tmp_path, suffix)
    run("xvfb-run", "-a", "krita", "--export", "--export-filename", tmp_path / "out.png", path, home=home)
    assert apart(flatten(stack), pixels_of(tmp_path / "out.png")) <= (0 if bits == 8 else 1)
