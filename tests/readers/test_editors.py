"""ImageMagick, GIMP and Krita open PSD, OpenRaster and TIFF with the same picture and the same layers.

"Exact" is 0 levels. Editors that blend the layers themselves round once more or once less than alpha-over at 8 bits
does: 1 level for an opaque stack, 2 where the alpha is blended too.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from delaminate.composite import flatten
from delaminate.export import psd
from delaminate.export.append import append
from delaminate.export.cut_as import CutAs
from delaminate.export.formats import read, write
from delaminate.export.text_as import TextAs
from delaminate.stack import LayerStack
from programs import apart, pixels_of, run
from stacks import drawn_stack

DEPTHS = pytest.mark.parametrize("bits", [8, 16])
STACKS = pytest.mark.parametrize(("bits", "opaque"), [(8, True), (8, False), (16, True), (16, False)])


WAYS = pytest.mark.parametrize(
    ("text", "cut"),
    [(TextAs.PIXELS, CutAs.MASKS), (TextAs.LIVE, CutAs.ALPHA), (TextAs.LIVE, CutAs.MASKS)],
    ids=["masks", "live text", "both"],
)


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
    _by_gimp(_written(stack, tmp_path, suffix), tmp_path / "out.png", home)
    exact = suffix == ".tif"
    assert apart(flatten(stack), pixels_of(tmp_path / "out.png")) <= (0 if exact else 1 if opaque else 2)


def _by_gimp(path: Path, out: Path, home: Path) -> None:
    script = (
        f'(let* ((image (car (gimp-file-load RUN-NONINTERACTIVE "{path}" "x")))'
        " (layer (car (gimp-image-merge-visible-layers image CLIP-TO-IMAGE))))"
        f' (file-png-save-defaults RUN-NONINTERACTIVE image layer "{out}" "x"))'
    )
    batch = ("--batch-interpreter", "plug-in-script-fu-eval", "-b", script, "-b", "(gimp-quit 0)")
    run("gimp", "-i", "-d", "-f", *batch, home=home)


def _by_krita(path: Path, out: Path, home: Path) -> None:
    run("xvfb-run", "-a", "krita", "--export", "--export-filename", out, path, home=home)


@WAYS
@DEPTHS
def test_masks_and_type_layers_show_the_same_picture_in_gimp_and_krita(
    bits: int, text: TextAs, cut: CutAs, tmp_path: Path, home: Path
) -> None:
    """Neither shows the hidden pixels below a type layer, and both heed the masks, Krita at 8 bits."""
    stack = drawn_stack(bits)
    psd.write(stack, tmp_path / "a.psd", text, cut)
    _by_krita(tmp_path / "a.psd", tmp_path / "krita.png", home)
    psd.write(dataclasses.replace(stack, icc=None), tmp_path / "b.psd", text, cut)
    _by_gimp(tmp_path / "b.psd", tmp_path / "gimp.png", home)
    coarse = bits == 16 and cut is CutAs.MASKS
    assert apart(flatten(stack), pixels_of(tmp_path / "krita.png")) <= (257 if coarse else 1)
    assert apart(flatten(stack), pixels_of(tmp_path / "gimp.png")) <= 1


@WAYS
@DEPTHS
def test_masks_and_type_layers_show_the_same_picture_in_imagemagick(
    bits: int, text: TextAs, cut: CutAs, tmp_path: Path, home: Path
) -> None:
    """From the merged picture, bit for bit."""
    psd.write(drawn_stack(bits), tmp_path / "a.psd", text, cut)
    run("convert", f"{tmp_path / 'a.psd'}[0]", tmp_path / "out.png", home=home)
    assert apart(flatten(drawn_stack(bits)), pixels_of(tmp_path / "out.png")) == 0


@pytest.mark.parametrize("suffix", [".psd", ".ora"])
def test_a_document_with_added_layers_opens_in_krita(suffix: str, tmp_path: Path, home: Path) -> None:
    """The old layers below and the new group above them make the picture that we read."""
    path = _written(drawn_stack(), tmp_path, suffix)
    clear = np.zeros_like(drawn_stack().background.pixels)
    ground = dataclasses.replace(drawn_stack().background, pixels=clear)
    append(dataclasses.replace(drawn_stack(), layers=(ground, *drawn_stack().layers[1:])), path, "added")
    _by_krita(path, tmp_path / "out.png", home)
    assert apart(flatten(read(path).stack), pixels_of(tmp_path / "out.png")) <= 1


@DEPTHS
@pytest.mark.parametrize("suffix", [".psd", ".ora"])
def test_krita_opens_the_same_picture(suffix: str, bits: int, tmp_path: Path, home: Path) -> None:
    """With the profile in the file; Krita takes a 16-bit picture without one for linear light."""
    stack = drawn_stack(bits)
    path = _written(stack, tmp_path, suffix)
    _by_krita(path, tmp_path / "out.png", home)
    assert apart(flatten(stack), pixels_of(tmp_path / "out.png")) <= (0 if bits == 8 else 1)
