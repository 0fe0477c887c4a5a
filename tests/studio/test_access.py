"""Everybody can use it: with a keyboard only, with a screen reader, in the dark, on a narrow screen, without motion."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from steps import ask, finished, give, names, planned, split
from studio_server import Studio, blocks, png

Open = Callable[..., Page]
SCREENS = ("home", "picture", "plan", "run", "stack", "repair", "history")


def shown(page: Page, studio: Studio, screen: str) -> None:
    """Bring the page to a screen, by the steps that lead there."""
    if screen == "home":
        return
    if screen == "history":
        page.get_by_role("link", name="History").click()
        expect(page.locator(".history-card").or_(page.get_by_text("Nothing yet."))).not_to_have_count(0)
        return
    give(page)
    expect(page.get_by_role("button", name="Find the layers")).to_be_visible()
    if screen == "picture":
        return
    ask(page)
    if screen == "plan":
        return
    split(page)
    if screen == "run":
        expect(page.locator('.run-layer[data-state="now"]')).to_be_visible()
        return
    finished(page)
    expect(page.locator("layer-list")).to_contain_text("box at 36")
    if screen == "repair":
        page.locator("layer-list").get_by_text("box at 36", exact=True).click()
        page.locator("repair-panel .kinds").get_by_role("button", name="Refill", exact=True).click()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
def test_axe_finds_nothing_serious(opened: Open, studio: Studio, slow: Studio, scheme: str, screen: str) -> None:
    """Contrast, names, roles, focus order: on every screen, in both schemes."""
    server = slow if screen == "run" else studio
    # The checker is put into the page by the test; the page's own policy would not let it in.
    page = opened(server, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")
    shown(page, server, screen)
    found = Axe().run(page).response["violations"]
    bad = [one for one in found if one["impact"] in ("serious", "critical")]
    assert bad == [], json.dumps([(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in bad], indent=1)


@pytest.mark.parametrize("screen", SCREENS)
def test_nothing_is_cut_off_at_360_pixels(opened: Open, studio: Studio, slow: Studio, screen: str) -> None:
    """No screen scrolls sideways."""
    server = slow if screen == "run" else studio
    page = opened(server, width=360, height=740)
    shown(page, server, screen)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_all_of_it_works_with_the_keyboard_alone(opened: Open, studio: Studio) -> None:
    """From the first Tab to the stack; the focus is always seen, and no mouse event is sent."""
    page = opened(studio)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    tab_to(page, "Choose a picture")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files({"name": "blocks.png", "mimeType": "image/png", "buffer": png(blocks())})
    expect(page.get_by_role("button", name="Find the layers")).to_be_visible()
    tab_to(page, "What shall come off?")
    page.keyboard.type("every box")
    page.keyboard.press("Enter")
    expect(page.locator(".plan-row")).to_have_count(4)
    tab_to(page, "Move down box at 36")
    page.keyboard.press("Enter")
    assert names(page)[:2] == ["box at 216", "box at 36"]
    tab_to(page, "Remove box at 216")
    page.keyboard.press("Enter")
    tab_to(page, "Draw a box")
    page.keyboard.press("Enter")
    expect(page.locator(".mark-box")).to_have_count(4)
    expect(page.locator(".mark-box:focus")).to_have_count(1)
    before = page.evaluate("document.activeElement.style.left")
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    assert page.evaluate("document.activeElement.style.left") != before
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
    tab_to(page, "Split into 4 layers")
    page.keyboard.press("Enter")
    finished(page)


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the control of that name has the focus."""
    for _ in range(120):
        page.keyboard.press("Tab")
        told = page.evaluate(
            "(() => { const one = document.activeElement;"
            " return one.getAttribute('aria-label') ?? one.labels?.[0]?.textContent ?? one.textContent })()"
        )
        if told.strip().startswith(name):
            return
    raise AssertionError(f"Tab never reaches {name!r}")


def test_motion_is_reduced_where_that_is_wished(opened: Open, slow: Studio) -> None:
    """Nothing turns or breathes."""
    page = opened(slow, reduced_motion="reduce")
    planned(page, slow)
    split(page)
    now = page.locator('.mark-box[data-state="now"]')
    expect(now).to_be_visible()
    assert now.evaluate("one => parseFloat(getComputedStyle(one).animationDuration)") < 0.001


def test_progress_is_said_aloud(opened: Open, slow: Studio) -> None:
    """In a live region that is there from the start."""
    page = opened(slow)
    region = page.get_by_role("status").and_(page.locator("#announcer"))
    expect(region).to_have_attribute("aria-live", "polite")
    planned(page, slow)
    expect(region).to_have_text("4 layers found")
