"""The other views of the stack: before and after, exploded, invented pixels, the proof; and that all can use them."""

from __future__ import annotations

import json
from typing import Literal

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from delaminate.composite import flatten
from studio_stack.conftest import Shown, screen, until


def test_before_is_the_picture_and_after_the_background(page: Page, shown_stack: Shown) -> None:
    """Left of the line the input, right of it what the background alone shows; arrow keys move the line."""
    page.get_by_role("button", name="Before / after").click()
    page.get_by_role("button", name="Background", exact=True).click()
    line = page.get_by_role("slider", name="Before and after")
    line.press("ArrowLeft")
    assert line.get_attribute("aria-valuenow") == "48"
    line.press("Home")
    for _ in range(3):
        line.press("Shift+ArrowRight")
    seen = screen(page)[..., :3].astype(int)
    divide = round(shown_stack.stack.width * 0.3)
    assert np.array_equal(seen[:, :divide], flatten(shown_stack.stack)[:, :divide, :3])
    assert np.array_equal(seen[:, divide:], shown_stack.stack.background.pixels[:, divide:, :3])


def test_the_line_is_dragged(page: Page) -> None:
    """To where the pointer is."""
    page.get_by_role("button", name="Before / after").click()
    page.evaluate("drawn()")
    box = page.get_by_role("slider", name="Before and after").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 22, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 22 + 60, box["y"] + 200, steps=3)
    page.mouse.up()
    scale = page.evaluate("view.canvas.view.scale")
    assert page.evaluate("view.scene.divide") == pytest.approx(0.5 + 60 / (120 * scale), abs=0.02)


def test_invented_pixels_are_hatched_and_no_others(page: Page, shown_stack: Shown) -> None:
    """The tint covers the rows of the mask, more where they are bare."""
    plain = screen(page)[..., :3].astype(int)
    page.get_by_role("button", name="Invented pixels").click()
    changed = np.abs(screen(page)[..., :3].astype(int) - plain).max(axis=2)
    assert changed[:10].max() == changed[20:].max() == 0
    assert changed[12:18, 60:].min() > 10


def test_the_exploded_view_turns_by_keys_and_names_every_layer(page: Page) -> None:
    """Each name is at its sheet; a press on it selects the layer."""
    page.get_by_role("button", name="Exploded").click()
    names = page.get_by_role("group", name="Layers in space").get_by_role("button")
    expect(names).to_have_count(5)
    page.evaluate("window.turned = () => getComputedStyle(document.querySelector('.world')).transform")
    page.evaluate("window.before = turned()")
    page.locator(".space").press("ArrowLeft")
    until(page, "turned() !== before")
    names.filter(has_text="SALE").click()
    assert page.evaluate("view.scene.selection") == ["l4"]


def test_lines_end_where_the_sheets_do(page: Page) -> None:
    """The arithmetic of the lines is the browser's own projection of the sheets' corners."""
    page.get_by_role("button", name="Exploded").click()
    expect(page.get_by_role("group", name="Layers in space").get_by_role("button")).to_have_count(5)
    page.evaluate("drawn()")
    told = page.evaluate(
        """() => {
          const space = document.querySelector("exploded-view"), box = space.getBoundingClientRect();
          return [...document.querySelectorAll(".plane")].map((plane, i) => {
            const corner = document.createElement("i");
            corner.style.cssText = "position:absolute;right:0;bottom:0;width:0;height:0";
            plane.append(corner);
            const at = corner.getBoundingClientRect();
            corner.remove();
            const [x, y] = document.querySelectorAll("polyline")[i].getAttribute("points").split(" ")[0].split(",");
            return [at.left - box.left - x, at.top - box.top - y];
          });
        }"""
    )
    assert np.abs(told).max() < 1.5


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ({"exact": True}, "exact"),
        ({"exact": False, "differingPixels": 1234}, "1,234 pixels differ"),
        ({"exact": None}, "not checked"),
    ],
)
def test_the_proof_is_said_in_words(page: Page, part: dict[str, object], words: str) -> None:
    """Never by colour alone."""
    page.evaluate("part => view.stack = { ...view.stack, ...part }", part)
    assert page.locator(".proof").inner_text() == f"Layers add up to your picture: {words}"


def test_a_picture_that_does_not_load_is_said(page: Page) -> None:
    """The rest of the stack is still shown."""
    page.evaluate(
        """async () => {
          const layers = view.stack.layers.map(l => l.id === "l4" ? { ...l, url: "data:image/png;base64,AAAA" } : l);
          await show({ layers });
        }"""
    )
    assert "its picture did not load" in page.locator("layer-row").first.inner_text()


@pytest.mark.parametrize(
    ("scheme", "mode"), [("light", "Layers"), ("light", "Before / after"), ("dark", "Exploded"), ("dark", "Layers")]
)
def test_axe_finds_no_violation(page: Page, scheme: Literal["light", "dark"], mode: str) -> None:
    """With a layer selected and its form open."""
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.evaluate("view.scene.select('l2')")
    page.get_by_role("button", name=mode, exact=True).click()
    page.locator("repair-panel").get_by_role("button", name="Refill").click()
    found = Axe().run(page, context="stack-view").response["violations"]
    assert [(one["id"], json.dumps(one["nodes"][0]["html"])) for one in found] == []


@pytest.mark.parametrize("width", [360, 390, 768, 1440])
def test_nothing_sticks_out_of_a_small_window(page: Page, width: int) -> None:
    """No sideways scrolling, and every tab of the panel can be reached."""
    page.set_viewport_size({"width": width, "height": 780})
    until(page, f"innerWidth === {width}")
    page.evaluate("drawn()")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("layer-list").is_visible()
    if width < 860:
        page.locator(".tabs").get_by_role("button", name="Repair").click()
        assert page.locator("repair-panel").is_visible()
        assert not page.locator("layer-list").is_visible()


def test_a_new_link_to_the_same_picture_keeps_the_view(page: Page) -> None:
    """Signed links differ every time they are given out: nothing is loaded again, nothing forgotten."""
    page.evaluate("view.scene.change('l1', { dx: 9 }); window.before = view.pictures.layers.get('l1')")
    page.evaluate(
        """() => {
          const layers = view.stack.layers.map(l => ({ ...l, url: l.url + "?Expires=9&Signature=abc" }));
          view.stack = { ...view.stack, layers };
        }"""
    )
    assert page.evaluate("view.scene.look('l1').dx") == 9
    assert page.evaluate("view.pictures.layers.get('l1') === before") is True
