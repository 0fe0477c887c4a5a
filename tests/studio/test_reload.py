"""Reload at every step: what was typed, marked, painted, arranged and repaired is there again."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect
from steps import SPLIT, finished, give, names, split
from studio_server import Studio
from test_brush import on_page, stroke

Open = Callable[..., Page]


def test_a_reload_at_any_step_loses_nothing(opened: Open, slow: Studio) -> None:
    """From the first word to the repaired stack, with its line of undo."""
    page = opened(slow)
    give(page)
    words = page.get_by_label("What shall come off?")
    words.fill("every")
    page.reload()
    expect(words).to_have_value("every")
    words.fill("every box")
    words.press("Enter")
    expect(page.get_by_role("button", name=SPLIT)).to_be_visible(timeout=300_000)
    page.get_by_label("Name of the layer").first.fill("mine")
    page.get_by_role("button", name="Remove box at 576").click()
    page.locator(".plan-row").first.locator(".plan-number").click(button="right")
    page.get_by_role("menuitem", name="Erase some of it").click()
    page.get_by_role("group", name="Brush", exact=True).get_by_label("Size of the brush").fill("80")
    with page.expect_response(lambda answer: answer.url.endswith("/action") and answer.ok):
        stroke(page, on_page(page, 20, 170), on_page(page, 150, 170))
    expect(page.get_by_role("button", name=SPLIT)).to_be_enabled()
    page.reload()
    expect(page.get_by_label("Name of the layer")).to_have_count(3)
    assert names(page) == ["mine", "box at 216", "box at 396"]
    made = split(page)
    expect(page.locator(".run-layer")).to_have_count(3)
    page.reload()
    finished(page)
    row = page.locator("layer-row", has_text="mine")
    row.click()
    page.locator("layer-canvas canvas").focus()
    with page.expect_response(lambda answer: answer.url.endswith("/arrangement") and answer.ok):
        page.keyboard.press("Shift+ArrowRight")
    page.reload()
    finished(page)
    expect(row).to_contain_text("moved")
    # Erased before the cut: the block of 120 rows ends where the eraser went.
    box = page.evaluate("document.querySelector('stack-view').stack.layers.find(one => one.name === 'mine').bbox")
    assert abs(box[3] - 130) <= 4
    page.locator("layer-row", has_text="box at 396").click()
    panel = page.locator("repair-panel")
    panel.locator(".kinds").get_by_role("button", name="Remove", exact=True).click()
    panel.locator("form button[type=submit]").click()
    page.wait_for_url(lambda url: "#/job/" in url and made not in url)
    page.reload()
    finished(page)
    expect(page.locator("layer-row")).to_have_count(3)
    expect(row).to_contain_text("moved")
    page.get_by_role("button", name="Undo").click()
    page.wait_for_url(re.compile(f"{made}$"))
    expect(page.locator("layer-row")).to_have_count(4)
    expect(row).to_contain_text("moved")
