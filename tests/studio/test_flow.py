"""From an example to a PSD that is the picture again, with the real engine."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect
from steps import SPLIT, finished, layer_bytes, names, split
from studio_server import Studio

import delaminate
from delaminate.composite import flatten
from delaminate.server.api.studio import FOLDER

Open = Callable[..., Page]


def test_an_example_becomes_layers_and_a_psd_that_flattens_to_it_exactly(
    opened: Open, embedded: Studio, tmp_path: Path
) -> None:
    """Four clicks: the example, split, download, PSD; no word was typed and no page of the documents read."""
    page = opened(embedded)
    page.get_by_role("button", name="A still life").click()
    expect(page.get_by_role("button", name=SPLIT)).to_be_visible(timeout=300_000)
    shown = names(page)
    assert len(shown) >= 2
    job_id = split(page)
    view = finished(page)
    for name in shown:
        expect(view.locator("layer-list").get_by_text(name, exact=True).first).to_be_visible()
    expect(view.locator("exact-line").get_by_text(re.compile("exact")).first).to_be_visible()
    file = download(page, ".psd", tmp_path)
    whole = np.asarray(Image.open(FOLDER / "examples" / "still-life.png").convert("RGB"))
    assert np.array_equal(flatten(delaminate.read(file))[..., :3], whole)
    flat = None
    for content in layer_bytes(embedded, job_id).values():
        layer = Image.open(io.BytesIO(content)).convert("RGBA")
        flat = layer if flat is None else Image.alpha_composite(flat, layer)
    assert flat is not None
    assert flat.size == whole.shape[1::-1]


def download(page: Page, extension: str, folder: Path) -> Path:
    """Download the stack in a format, through the page."""
    page.get_by_role("button", name="Download", exact=True).click()
    with page.expect_download(timeout=300_000) as started:
        page.get_by_role("dialog", name="Download").get_by_role("button").filter(has_text=extension).click()
    file = folder / started.value.suggested_filename
    started.value.save_as(file)
    return file
