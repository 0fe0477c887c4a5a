"""LibreOffice shows the PPTX, Chromium and Inkscape the SVG, Chromium the page, as the picture they were made from."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from delaminate.composite import flatten
from delaminate.export import html, pptx, svg
from delaminate.export.text_as import TextAs
from delaminate.pixels import Box, box_of
from delaminate.stack import Layer, LayerStack, Role
from programs import apart, pixels_of, run
from stacks import HEIGHT, WIDTH, drawn_stack

_LOSSLESS = (
    'pdf:impress_pdf_Export:{"UseLosslessCompression":{"type":"boolean","value":"true"},'
    '"ReduceImageResolution":{"type":"boolean","value":"false"}}'
)


def _screenshot(address: str, folder: Path, home: Path, width: int = WIDTH, height: int = HEIGHT) -> Path:
    run(
        "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-color-profile=srgb",
        f"--user-data-dir={home / 'chromium'}", f"--window-size={width},{height}", f"--screenshot={folder / 'out.png'}",
        address, home=home,
    )  # fmt: skip
    return folder / "out.png"


def _slide(path: Path, folder: Path, home: Path) -> Path:
    run("soffice", "--headless", "--convert-to", _LOSSLESS, "--outdir", folder, path, home=home)
    run("pdftoppm", "-r", "72", "-png", "-singlefile", folder / f"{path.stem}.pdf", folder / "out", home=home)
    return folder / "out.png"


def _plain() -> LayerStack:
    """Without a profile and a resolution: one pixel of the picture is one of the screen."""
    return dataclasses.replace(drawn_stack(), icc=None, dpi=(72.0, 72.0))


def test_chromium_shows_the_svg_as_the_flattened_picture(tmp_path: Path, home: Path) -> None:
    """A browser rounds each of the blends of up to three layers by itself."""
    svg.write(_plain(), tmp_path / "a.svg")
    assert apart(flatten(_plain()), pixels_of(_screenshot(f"file://{tmp_path / 'a.svg'}", tmp_path, home))) <= 3


def test_inkscape_shows_the_svg_as_the_flattened_picture(tmp_path: Path, home: Path) -> None:
    """It knows xlink:href only, as Qt and Illustrator do."""
    svg.write(_plain(), tmp_path / "a.svg")
    run("inkscape", tmp_path / "a.svg", "-o", tmp_path / "out.png", home=home)
    assert apart(flatten(_plain()), pixels_of(tmp_path / "out.png")) <= 3


@pytest.mark.parametrize("degrees", [-90, 180])
def test_libreoffice_and_inkscape_show_turned_text_where_the_pixels_were(
    degrees: int, tmp_path: Path, home: Path
) -> None:
    """The ink of the text box lies on the ink of the layer, whose own picture is hidden."""
    stack = _turned(degrees)
    place = stack.layers[-1].box
    pptx.write(stack, tmp_path / "a.pptx")
    svg.write(stack, tmp_path / "a.svg", TextAs.LIVE)
    run("inkscape", tmp_path / "a.svg", "-o", tmp_path / "svg.png", home=home)
    for shown in (pixels_of(_slide(tmp_path / "a.pptx", tmp_path, home)), pixels_of(tmp_path / "svg.png")):
        found = box_of(shown[..., :3].min(axis=2) < 128)
        assert found is not None
        assert found.as_tuple() == pytest.approx(place.as_tuple(), abs=14)  # the font is narrower


def _turned(degrees: int) -> LayerStack:
    """White paper and black words in a stroke font, turned."""
    words, side = np.zeros((300, 300), np.uint8), 300
    cv2.putText(words, "GRAND OPENING", (22, 160), cv2.FONT_HERSHEY_DUPLEX, 1.0, 255, 3)
    ink = np.rot90(words, -degrees // 90)
    box = box_of(ink > 0)
    assert box is not None
    pixels = np.zeros((box.height, box.width, 4), np.uint8)
    pixels[..., 3] = ink[box.slices]
    whole, paper = Box(0, 0, side, side), np.full((side, side, 4), 255, np.uint8)
    ground = Layer("background", "paper", Role.BACKGROUND, whole, paper)
    text = Layer("l1", "words", Role.TEXT, box, pixels, text="GRAND OPENING")
    return LayerStack(side, side, (ground, text), dpi=(72.0, 72.0))


def test_chromium_shows_live_text_where_the_pixels_were(tmp_path: Path, home: Path) -> None:
    """Not the same font, but the same colour, and the same place to 3 pixels."""
    svg.write(_plain(), tmp_path / "a.svg", TextAs.LIVE)
    shown = pixels_of(_screenshot(f"file://{tmp_path / 'a.svg'}", tmp_path, home))
    assert _ink(shown) == pytest.approx(_plain().layers[-1].box.as_tuple(), abs=3)


def test_chromium_shows_the_bare_page_as_the_flattened_picture(tmp_path: Path, home: Path) -> None:
    """The address with #bare shows the picture alone."""
    html.write(_plain(), tmp_path / "a.html")
    shown = pixels_of(_screenshot(f"file://{tmp_path / 'a.html'}#bare", tmp_path, home))
    assert apart(flatten(_plain()), shown) <= 3


@pytest.mark.parametrize("view", ["exploded", "parallax", "flat"])
def test_chromium_draws_every_view_of_the_page(view: str, tmp_path: Path, home: Path) -> None:
    """The pictures fill a good part of the window: the script ran."""
    html.write(_plain(), tmp_path / "a.html")
    shown = pixels_of(_screenshot(f"file://{tmp_path / 'a.html'}#{view}", tmp_path, home, 900, 600))
    colourful = np.ptp(shown[:, :600, :3].astype(int), axis=2) > 30
    assert 0.1 < colourful.mean() < 0.95


def test_libreoffice_shows_the_slide_as_the_flattened_picture(tmp_path: Path, home: Path) -> None:
    """Through a PDF at one pixel a point: resampled, so edges may move by a part of a pixel."""
    pptx.write(_plain(), tmp_path / "a.pptx", TextAs.PIXELS)
    shown = pixels_of(_slide(tmp_path / "a.pptx", tmp_path, home))
    error = np.abs(shown.astype(int) - flatten(_plain()).astype(int))[..., :3]
    assert error.mean() < 5
    assert np.percentile(error, 90) < 16


def test_libreoffice_shows_live_text_where_the_pixels_were(tmp_path: Path, home: Path) -> None:
    """And it is text: it can be copied out of the PDF."""
    pptx.write(_plain(), tmp_path / "a.pptx")
    shown = pixels_of(_slide(tmp_path / "a.pptx", tmp_path, home))
    assert _ink(shown) == pytest.approx(_plain().layers[-1].box.as_tuple(), abs=4)
    assert run("pdftotext", tmp_path / "a.pdf", "-", home=home).strip() == "SALE"


def _ink(shown: NDArray[Any]) -> tuple[int, ...]:
    """The box of the pixels drawn in the text's colour, around the place of the text layer."""
    layer = _plain().layers[-1]
    colour = layer.pixels[layer.pixels[..., 3] > 200][0, :3].astype(int)
    around = layer.box.grown(8, WIDTH, HEIGHT)
    near = np.abs(shown[around.slices][..., :3].astype(int) - colour).max(axis=2) < 60
    found = box_of(near)
    assert found is not None
    return found.shifted(around.left, around.top).as_tuple()
