"""One layer is put right through the page; every other keeps its bytes; and back again."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect
from steps import finished, held, job, layer_bytes, next_of, planned, split
from studio_server import Studio, blocks

Open = Callable[..., Page]


def repaired(page: Page, layer: str, kind: str, does: str) -> None:
    """Choose a layer, choose a repair, run it; on one's own machine it has no price."""
    page.locator("layer-list").get_by_text(layer, exact=True).click()
    panel = page.locator("repair-panel")
    panel.locator(".kinds").get_by_role("button", name=kind, exact=True).click()
    if kind == "Redo":
        panel.get_by_label("Or say what it is").fill("the box")
    expect(panel.get_by_role("button", name=does)).to_be_enabled()
    panel.get_by_role("button", name=does).click()


def test_one_layer_is_filled_anew_and_all_others_keep_every_byte(opened: Open, studio: Studio) -> None:
    """The address is that of the new job; undo leads back to the old one, which is as it was."""
    page = opened(studio)
    planned(page, studio)
    first = split(page)
    finished(page)
    before = layer_bytes(studio, first)
    repaired(page, "box at 216", "Refill", "Refill the hole")
    page.wait_for_url(lambda url: "#/job/" in url and first not in url)
    second = page.url.rpartition("/")[2]
    expect(page.locator("repair-progress")).to_be_hidden(timeout=180_000)
    assert job(studio, second)["metadata"]["revises"] == first
    after = layer_bytes(studio, second)
    assert set(after) == set(before)
    same = {name for name in before if before[name] == after[name]}
    assert same >= {"box at 36", "box at 396", "box at 576"}
    page.get_by_role("button", name="Undo").click()
    page.wait_for_url(lambda url: url.endswith(first))
    assert layer_bytes(studio, first) == before


def test_a_page_that_is_loaded_anew_as_a_repair_ends_shows_what_came_of_it(opened: Open, studio: Studio) -> None:
    """What was repaired is opened meanwhile; however late it comes, it is not what is left."""
    page = opened(studio)
    planned(page, studio)
    first = split(page)
    finished(page)
    repaired(page, "box at 216", "Remove", "Remove the layer")
    page.wait_for_url(lambda url: "#/job/" in url and first not in url)
    second = page.url.rpartition("/")[2]
    expect(page.locator("layer-row")).to_have_count(4)
    done = job(studio, second)
    told = [{**done, "status": "in-progress", "progress": 0.5}, done]
    stream = "".join(f"data: {json.dumps({'job': one})}\n\n" for one in told)
    page.route("**/events", lambda route: route.fulfill(body=stream, content_type="text/event-stream"))
    before = held(page, f"**/v1/jobs/{first}")
    page.reload()
    opening = next_of(page, before)
    page.wait_for_timeout(1000)
    with page.expect_response(f"**/v1/jobs/{first}"):
        opening.continue_()
    finished(page)
    expect(page.locator("layer-row")).to_have_count(4)
    page.wait_for_timeout(1000)
    expect(page.locator("repair-progress")).to_be_hidden()
    expect(page.locator("layer-row")).to_have_count(4)


def test_a_layer_is_renamed_to_markup_and_shown_as_text(opened: Open, studio: Studio) -> None:
    """Nothing of it runs, nothing of it is loaded."""
    hostile = "<img src=x onerror=\"document.title='owned'\">"
    page = opened(studio)
    planned(page, studio)
    page.get_by_label("Name of the layer").first.fill(hostile)
    expect(page.locator(".mark-tag").first).to_contain_text(hostile)
    split(page)
    finished(page)
    expect(page.locator("layer-list").get_by_text(hostile)).to_be_visible()
    page.get_by_role("link", name="History").click()
    expect(page.locator(".history-picture").first).to_be_visible()
    assert page.title() != "owned"
    assert page.locator("img[src='x']").count() == 0


def test_the_layers_of_a_revision_still_add_up(opened: Open, studio: Studio) -> None:
    """A layer that is removed goes back into what lies behind it."""
    page = opened(studio)
    planned(page, studio)
    first = split(page)
    finished(page)
    page.locator("layer-list").get_by_text("box at 36", exact=True).click()
    panel = page.locator("repair-panel")
    panel.locator(".kinds").get_by_role("button", name="Remove", exact=True).click()
    panel.locator("form button[type=submit]").click()
    page.wait_for_url(lambda url: "#/job/" in url and first not in url)
    expect(page.locator("layer-list").get_by_text("box at 36", exact=True)).to_have_count(0)
    second = page.url.rpartition("/")[2]
    flat = None
    for content in layer_bytes(studio, second).values():
        layer = Image.open(io.BytesIO(content)).convert("RGBA")
        flat = layer if flat is None else Image.alpha_composite(flat, layer)
    assert flat is not None
    assert np.array_equal(np.asarray(flat.convert("RGB")), np.asarray(blocks()))
