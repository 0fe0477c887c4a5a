"""LibreOffice shows the PPTX, Chromium the SVG and the page, as the picture they were made from."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import apart, pixels_of, run
from numpy.typing import NDArray
from stacks import HEIGHT, WIDTH, drawn_stack

from delaminate.composite import flatten
from delaminate.export import html, pptx, svg
from delaminate.export.text_as import TextAs
from delaminate.stack import LayerStack


def _screenshot(address: str, folder: Path, width: int = WIDTH, height: int = HEIGHT) -> Path:
    run(
        "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-color-profile=srgb",
        f"--user-data-dir={folder / 'profile'}", f"--window-size={width},{height}", f"--screenshot={folder / 'out.png'}",
        address, home=folder,
    )  # fmt: skip
    return folder / "out.png"


def _slide(path: Path, folder: Path) -> Path:
    run("soffice", "--headless", "--convert-to", "pdf", "--outdir", folder, path, home=folder)
    run("pdftoppm", "-r", "72", "-png", "-singlefile", folder / f"{path.stem}.pdf", folder / "out", home=folder)
    return folder / "out.png"


def _plain() -> LayerStack:
    """Without a profile and a resolution: one pixel of the picture is one of the screen."""
    return dataclasses.replace(drawn_stack(), icc=None, dpi=(72.0, 72.0))


def test_chromium_shows_the_svg_as_the_flattened_picture(tmp_path: Path) -> None:
    """A browser rounds each of the blends of up to three layers by itself."""
    svg.write(_plain(), tmp_path / "a.svg")
    assert apart(flatten(_plain()), pixels_of(_screenshot(f"file://{tmp_path / 'a.svg'}", tmp_path))) <= 3


def test_chromium_shows_live_text_where_the_pixels_were(tmp_path: Path) -> None:
    """Not the same font, but the same words, colour and place: the text covers most of what the pixels covered."""
    svg.write(_plain(), tmp_path / "a.svg", TextAs.LIVE)
    shown = pixels_of(_screenshot(f"file://{tmp_path / 'a.svg'}", tmp_path))
    assert _covered_by_text(shown) > 0.5


def test_chromium_shows_the_bare_page_as_the_flattened_picture(tmp_path: Path) -> None:
    """The address with #bare shows the picture alone."""
    html.write(_plain(), tmp_path / "a.html")
    shown = pixels_of(_screenshot(f"file://{tmp_path / 'a.html'}#bare", tmp_path))
    assert apart(flatten(_plain()), shown) <= 3


@pytest.mark.parametrize("view", ["exploded", "parallax", "flat"])
def test_chromium_draws_every_view_of_the_page(view: str, tmp_path: Path) -> None:
    """The pictures fill a good part of the window: the script ran."""
    html.write(_plain(), tmp_path / "a.html")
    shown = pixels_of(_screenshot(f"file://{tmp_path / 'a.html'}#{view}", tmp_path, 900, 600))
    colourful = np.ptp(shown[:, :600, :3].astype(int), axis=2) > 30
    assert 0.1 < colourful.mean() < 0.95


def test_libreoffice_shows_the_slide_as_the_flattened_picture(tmp_path: Path) -> None:
    """Through a PDF at one pixel a point: resampled, so edges may move by a part of a pixel."""
    pptx.write(_plain(), tmp_path / "a.pptx", TextAs.PIXELS)
    shown = pixels_of(_slide(tmp_path / "a.pptx", tmp_path))
    error = np.abs(shown.astype(int) - flatten(_plain()).astype(int))[..., :3]
    assert error.mean() < 3
    assert np.percentile(error, 95) < 16


def test_libreoffice_shows_live_text_where_the_pixels_were(tmp_path: Path) -> None:
    """And it is text: it can be copied out of the PDF."""
    pptx.write(_plain(), tmp_path / "a.pptx")
    assert _covered_by_text(pixels_of(_slide(tmp_path / "a.pptx", tmp_path))) > 0.4
    assert run("pdftotext", tmp_path / "a.pdf", "-", home=tmp_path).strip() == "SALE"


def _covered_by_text(shown: NDArray[Any]) -> float:
    """How much of the text layer's solid pixels is drawn in the text's colour."""
    layer = _plain().layers[-1]
    solid = layer.pixels[..., 3] > 200
    colour = layer.pixels[solid][0, :3].astype(int)
    near = np.abs(shown[layer.box.slices][..., :3].astype(int) - colour).max(axis=2) < 60
    return float((near & solid).sum() / solid.sum())
