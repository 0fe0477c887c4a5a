"""Everybody can use it: with a keyboard only, with a screen reader, in the dark, on a narrow screen, without motion."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from steps import ask, finished, give, names, planned, several, split
from studio_server import Studio, blocks, png

Open = Callable[..., Page]
ALSO = {"rules": {"label-content-name-mismatch": {"enabled": True}}}
"""A rule that axe still tries out: who speaks to the page says what is written on it."""


def screens(page: Page) -> Iterator[str]:
    """Go through the whole page by the steps that people take; the name of each screen while it is shown."""
    yield "home"
    give(page)
    expect(page.get_by_role("button", name="Find the layers")).to_be_enabled()  # pale while the picture goes up
    yield "picture"
    ask(page)
    yield "plan"
    split(page)
    expect(page.locator('.run-layer[data-state="now"]')).to_be_visible()
    yield "run"
    finished(page, flat=False)
    expect(page.locator("layer-list")).to_contain_text("box at 36")
    yield "exploded"
    finished(page)
    yield "stack"
    page.locator("layer-row").first.click(button="right")
    yield "menu"
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys and gestures")).to_be_visible()
    yield "keys"
    page.keyboard.press("Escape")
    page.locator("layer-list").get_by_text("box at 36", exact=True).click()
    tab = page.locator("stack-view .tabs").get_by_role("button", name="Repair")
    if tab.is_visible():  # on a narrow screen the panels lie behind tabs
        tab.click()
    page.locator("repair-panel .kinds").get_by_role("button", name="Refill", exact=True).click()
    yield "repair"
    page.get_by_role("link", name="History").click()
    expect(page.locator(".history-picture")).not_to_have_count(0)
    yield "history"
    page.get_by_role("link", name="New", exact=True).click()
    several(page, "one.png", "two.png")
    expect(page.locator(".batch-row", has_text="Ready")).to_have_count(2)
    yield "batch"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(opened: Open, slow: Studio, scheme: str) -> None:
    """Contrast, names, roles, focus order: on every screen, in both schemes."""
    # The checker is put into the page by the test; the page's own policy would not let it in.
    page = opened(slow, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")
    bad = []
    for screen in screens(page):
        for one in Axe().run(page, options=ALSO).response["violations"]:
            if one["impact"] in ("serious", "critical"):
                bad.append((screen, one["id"], [node["html"][:200] for node in one["nodes"]]))
    assert bad == [], json.dumps(bad, indent=1)


def test_nothing_is_cut_off_at_360_pixels(opened: Open, slow: Studio) -> None:
    """No screen scrolls sideways, and the tools that float over the picture lie within it."""
    page = opened(slow, width=360, height=740)
    reach = """() => [document.documentElement.scrollWidth,
      ...[...document.querySelectorAll(".tools .button")].map(one => one.getBoundingClientRect())
        .flatMap(({ left, right }) => [right, 360 - left])]"""
    wide = {screen: max(page.evaluate(reach)) for screen in screens(page)}
    assert {screen: width for screen, width in wide.items() if width > 360} == {}


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
    expect(page.get_by_role("button", name="Split into 4 layers")).to_be_enabled()
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


@pytest.mark.parametrize(("wish", "moves"), [("reduce", False), ("no-preference", True)])
def test_motion_is_reduced_where_that_is_wished(opened: Open, slow: Studio, wish: str, moves: bool) -> None:
    """The mark of the layer in work breathes, unless nothing shall."""
    page = opened(slow, reduced_motion=wish)
    planned(page, slow)
    split(page)
    page.wait_for_function(
        """moves => {
          const now = document.querySelector('.mark-box[data-state="now"]');
          const seconds = now && parseFloat(getComputedStyle(now).animationDuration);
          return Number.isFinite(seconds) && (seconds > 0.001) === moves;
        }""",
        arg=moves,
    )


def test_progress_is_said_aloud(opened: Open, slow: Studio) -> None:
    """In a live region that is there from the start."""
    page = opened(slow)
    region = page.get_by_role("status").and_(page.locator("#announcer"))
    expect(region).to_have_attribute("aria-live", "polite")
    planned(page, slow)
    expect(region).to_have_text("4 layers found")
