"""What was split before: by picture, searched, opened, deleted."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from playwright.sync_api import Page, expect
from steps import finished, give, job, planned, split
from studio_server import Studio

Open = Callable[..., Page]


def without_a_box(page: Page, layer: str) -> str:
    """Remove a layer of the stack that is shown; the id of the revision."""
    before = page.url
    page.locator("layer-list").get_by_text(layer, exact=True).click()
    panel = page.locator("repair-panel")
    panel.locator(".kinds").get_by_role("button", name="Remove", exact=True).click()
    panel.locator("form button[type=submit]").click()
    page.wait_for_url(lambda url: "#/job/" in url and url != before)
    expect(page.locator("layer-list").get_by_text(layer, exact=True)).to_have_count(0)
    return page.url.rpartition("/")[2]


def test_splits_are_grouped_by_picture_with_their_repairs_folded(opened: Open, start: Callable[..., Studio]) -> None:
    """One picture with two splits, of which one was repaired twice and once in vain; each step still opens."""
    studio = start()
    page = opened(studio)
    planned(page, studio)
    first = split(page)
    finished(page)
    second = without_a_box(page, "box at 36")
    third = without_a_box(page, "box at 216")
    layer = job(studio, third)["metadata"]["output"]["layers"][1]["id"]
    wanted = {"edits": [{"kind": "refill", "layer": layer, "inpaintPrompt": "broken"}]}
    failed = httpx.post(f"{studio.url}v1/jobs/{third}/revise", json=wanted).json()["job"]["jobId"]
    while job(studio, failed)["status"] != "failure":
        page.wait_for_timeout(200)
    page.get_by_role("link", name="Split again").click()
    page.get_by_label("What shall come off?").fill("all the blocks")
    page.get_by_role("button", name="Look again").click()
    split(page)
    finished(page)
    page.get_by_role("link", name="History").click()
    expect(page.locator(".history-picture")).to_have_count(1)
    expect(page.get_by_role("heading", name="blocks.png")).to_be_visible()
    expect(page.get_by_text("1 picture", exact=True)).to_be_visible()
    rows = page.locator(".history-split")
    expect(rows).to_have_count(2)
    assert rows.first.get_by_role("link").first.get_attribute("href") != f"#/job/{third}"
    old = rows.last
    assert old.locator(".history-asked").get_attribute("href") == f"#/job/{third}"
    expect(page.get_by_text("Failed")).to_have_count(0)
    old.get_by_text("2 repairs").click()
    expect(old.get_by_role("listitem")).to_have_count(3)
    old.get_by_role("link", name="As it was split").click()
    page.wait_for_url(lambda url: url.endswith(first))
    finished(page)
    page.get_by_role("link", name="New", exact=True).click()
    expect(page.locator(".recent .card")).to_have_count(1)
    page.get_by_role("link", name="History").click()
    old.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="and its 2 repairs")).to_be_visible()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(rows).to_have_count(1)
    for job_id in (first, second, third, failed):
        assert httpx.get(f"{studio.url}v1/jobs/{job_id}").status_code == 404


def test_jobs_are_found_by_words_pictures_and_layers(opened: Open, start: Callable[..., Studio]) -> None:
    """Then opened."""
    studio = start()
    page = opened(studio)
    for name, words in (("sea.png", "every box"), ("hill.png", "all the blocks")):
        give(page, name=name)
        page.get_by_label("What shall come off?").fill(words)
        page.get_by_role("button", name="Find the layers").click()
        made = split(page)
        finished(page)
        page.get_by_role("link", name="New", exact=True).click()
    page.get_by_role("link", name="History").click()
    cards = page.locator(".history-picture")
    expect(cards).to_have_count(2)
    picture = cards.first.locator("img")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    search = page.get_by_label("Search the history")
    for words, count in (("BLOCKS", 1), ("sea", 1), ("box at 396", 2), ("sea blocks", 0), ("hill blocks", 1)):
        search.fill(words)
        expect(cards).to_have_count(count)
    expect(page.get_by_text("1 picture for “hill blocks”")).to_be_visible()
    cards.get_by_role("link", name="all the blocks").click()
    finished(page)
    assert page.url.endswith(made)


def test_an_empty_history_says_so(opened: Open, start: Callable[..., Studio]) -> None:
    """A sentence, not an empty page."""
    page = opened(start(), "#/history")
    expect(page.get_by_text("Nothing yet.")).to_be_visible()
