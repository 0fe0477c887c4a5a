"""Several pictures at once: one row each, one wish for all, and all of them out again."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Download, Page, expect
from steps import finished, job, several
from studio_server import Studio

Open = Callable[..., Page]


def test_several_pictures_are_split_with_one_wish_and_saved_together(
    opened: Open, studio: Studio, tmp_path: Path
) -> None:
    """Each has a row with its end or why there is none; a reload keeps them all."""
    page = opened(studio)
    several(page, "sea.png", "hill.png", "notes.txt")
    rows = page.locator(".batch-row")
    expect(rows).to_have_count(3)
    expect(page.get_by_role("heading", name="3 pictures")).to_be_visible()
    expect(rows.nth(2)).to_contain_text(re.compile("picture|image", re.IGNORECASE))
    expect(rows.nth(2).locator(".bad")).to_be_visible()
    page.get_by_label("What shall come off each of them?").fill("every box")
    page.get_by_role("button", name="Split 3 pictures").click()
    expect(page.get_by_text("2 of 3 split")).to_be_visible()
    expect(rows.nth(0)).to_contain_text("2 layers")
    expect(rows.nth(1)).to_contain_text("3 layers")
    page.reload()
    expect(page.get_by_text("2 of 3 split")).to_be_visible()
    saved: list[Download] = []

    def is_last(one: Download) -> bool:
        saved.append(one)
        return len(saved) == 2

    with page.expect_download(is_last):
        page.get_by_role("button", name="Save all").click()
    expect(page.get_by_text("2 files in your downloads.")).to_be_visible()
    files = {one.suggested_filename: one for one in saved}
    assert set(files) == {"sea.png", "hill.png"}
    files["sea.png"].save_as(tmp_path / "sea.png")
    cut = Image.open(io.BytesIO((tmp_path / "sea.png").read_bytes()))
    assert cut.size == (720, 240)
    # The ground is clear, the first block is there.
    assert [cut.convert("RGBA").getpixel(at) for at in ((5, 5), (84, 120))] == [(0, 0, 0, 0), (200, 40, 40, 255)]
    page.get_by_label("Save as").select_option("psd")
    with page.expect_download() as psd:
        page.get_by_role("button", name="Save all").click()
    assert psd.value.suggested_filename in ("sea.psd", "hill.psd")
    rows.nth(1).get_by_role("link", name="Open hill.png").click()
    view = finished(page)
    expect(view.locator("layer-row")).to_have_count(4)


def test_a_batch_is_run_at_once_and_what_failed_is_tried_again(opened: Open, studio: Studio) -> None:
    """One click for "Remove background"; each is then looked at without it."""
    page = opened(studio)
    several(page, "a.png", "b.png")
    page.get_by_role("button", name="Remove background").click()
    expect(page.get_by_text("2 of 2 split")).to_be_visible()
    page.locator(".batch-row").first.get_by_role("link").click()
    view = finished(page)
    expect(view.get_by_role("button", name="Transparent")).to_have_attribute("aria-pressed", "true")
    wanted = job(studio, page.url.rpartition("/")[2])["metadata"]["input"]
    assert (wanted["separationInstruction"], wanted["maxLayers"]) == ("the main subject", 1)
    page.go_back()
    expect(page.get_by_text("2 of 2 split")).to_be_visible()


def test_a_batch_of_another_tab_leads_to_the_history(opened: Open, studio: Studio) -> None:
    """Its files are not here, but what they became is."""
    page = opened(studio, "#/batch/elsewhere")
    expect(page.get_by_role("heading", name="This batch is not here")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="History").click()
    expect(page.get_by_role("heading", name="History")).to_be_visible()
