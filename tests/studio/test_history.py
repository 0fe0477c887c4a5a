"""What was split before: shown, searched, opened, deleted."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from playwright.sync_api import Page, expect
from steps import finished, planned, split
from studio_server import Studio

Open = Callable[..., Page]


def test_jobs_are_listed_with_their_pictures_and_found_by_their_words(
    opened: Open, start: Callable[..., Studio]
) -> None:
    """Then opened, and deleted after a question."""
    studio = start()
    page = opened(studio)
    for words in ("every box", "all the blocks"):
        planned(page, studio, words)
        job_id = split(page)
        finished(page)
        page.get_by_role("link", name="New", exact=True).click()
    page.get_by_role("link", name="History").click()
    cards = page.locator(".history-card")
    expect(cards).to_have_count(2)
    picture = cards.first.locator("img")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    page.get_by_label("Search by instruction").fill("BLOCKS")
    expect(cards).to_have_count(1)
    expect(page.get_by_text("1 job for “BLOCKS”")).to_be_visible()
    cards.get_by_role("link").click()
    finished(page)
    assert page.url.endswith(job_id)
    page.get_by_role("link", name="History").click()
    expect(cards).to_have_count(2)
    page.get_by_role("button", name="Delete all the blocks").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(cards).to_have_count(1)
    assert httpx.get(f"{studio.url}v1/jobs/{job_id}").status_code == 404


def test_an_empty_history_says_so(opened: Open, start: Callable[..., Studio]) -> None:
    """A sentence, not an empty page."""
    page = opened(start(), "#/history")
    expect(page.get_by_text("Nothing yet.")).to_be_visible()
