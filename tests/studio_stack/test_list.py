"""The list of layers: what it says, and all it does by keyboard and pointer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from playwright.sync_api import Locator, Page

from delaminate.composite import flatten
from studio_stack.conftest import HOSTILE, Shown, screen, told


def row(page: Page, layer: str) -> Locator:
    """The row of a layer."""
    index = page.evaluate("id => view.scene.order.toReversed().indexOf(id)", layer)
    return page.locator("layer-row").nth(index)


def test_names_are_shown_as_text_whatever_they_hold(page: Page) -> None:
    """A name that would like to be markup is a name."""
    assert row(page, "l3").locator(".name").inner_text() == HOSTILE
    assert page.locator("outcome-list .target").nth(1).inner_text() == HOSTILE
    assert page.locator("stack-view img").count() == 0


def test_arrows_walk_the_list_and_shift_keeps_what_was_chosen(page: Page) -> None:
    """The topmost layer comes first; one row is in the order of tabs."""
    row(page, "l4").click()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("view.scene.selection") == ["l3"]
    page.keyboard.press("Shift+ArrowDown")
    assert page.evaluate("view.scene.selection") == ["l3", "l2"]
    assert page.locator("layer-row[tabindex='0']").count() == 1


def test_shift_click_selects_all_rows_between(page: Page) -> None:
    """As in every list."""
    row(page, "l4").click()
    row(page, "l2").click(modifiers=["Shift"])
    assert sorted(page.evaluate("view.scene.selection")) == ["l2", "l3", "l4"]


def test_alt_and_arrows_reorder_the_view_and_a_reset_undoes_it(page: Page, shown_stack: Shown) -> None:
    """The canvas follows the order; a line says that it is not the exact one and offers a way back."""
    row(page, "l1").click()
    page.keyboard.press("Alt+ArrowUp")
    assert page.evaluate("view.scene.order") == ["background", "l2", "l1", "l3", "l4"]
    assert page.locator(":focus").evaluate("row => row.layer") == "l1"
    ground, one, two, *above = shown_stack.stack.layers
    turned = flatten(replace(shown_stack.stack, layers=(ground, two, one, *above)))
    seen = screen(page)[..., :3].astype(int)
    assert np.abs(seen - turned[..., :3]).max() <= 3
    line = page.locator("exact-line")
    assert "order changed" in line.inner_text()
    line.get_by_role("button", name="Back to the exact picture").click()
    assert page.evaluate("view.scene.order") == ["background", "l1", "l2", "l3", "l4"]
    assert not line.locator(".departs").is_visible()


def test_a_row_is_dragged_to_another_place(page: Page) -> None:
    """The second row dropped above the first makes its layer the topmost."""
    first, second = (row(page, layer).bounding_box() for layer in ("l4", "l3"))
    assert first is not None
    assert second is not None
    page.mouse.move(second["x"] + 120, second["y"] + 20)
    page.mouse.down()
    page.mouse.move(first["x"] + 120, first["y"] + 4, steps=4)
    page.mouse.up()
    assert page.evaluate("view.scene.order") == ["background", "l1", "l2", "l4", "l3"]


def test_the_background_stays_at_the_bottom(page: Page) -> None:
    """It covers everything: above others it would hide them all."""
    row(page, "background").click()
    page.keyboard.press("Alt+ArrowUp")
    assert page.evaluate("view.scene.order[0]") == "background"


def test_solo_shows_one_layer_over_the_checkerboard(page: Page) -> None:
    """Where that layer is clear, the squares are seen, and the layer can be seen through none."""
    row(page, "l1").get_by_role("button", name="Show only").click()
    seen = screen(page)
    squares = {tuple(pixel) for pixel in seen[60:, :80].reshape(-1, 4).tolist()}
    assert len(squares) == 2
    assert all(alpha == 255 for *_, alpha in squares)
    assert tuple(seen[30, 30, :3].tolist()) not in {square[:3] for square in squares}


def test_half_opacity_is_half_the_layer(page: Page, shown_stack: Shown) -> None:
    """The slider blends the layer with what is behind it."""
    row(page, "l1").click()
    row(page, "l1").get_by_role("slider").fill("50")
    pixels = flatten(shown_stack.stack)[30, 20, :3].astype(int)
    behind = shown_stack.stack.background.pixels[30, 20, :3].astype(int)
    assert np.abs(screen(page)[30, 20, :3].astype(int) - (pixels + behind) / 2).max() <= 3


def test_f2_and_a_double_click_rename_and_that_is_one_step(page: Page) -> None:
    """The new name is shown at once; Escape keeps the old one."""
    row(page, "l4").click()
    page.keyboard.press("F2")
    page.keyboard.insert_text("Offer")
    page.keyboard.press("Escape")
    assert told(page, "settled") == []
    row(page, "l4").locator(".name").dblclick()
    page.keyboard.insert_text("Offer")
    page.keyboard.press("Enter")
    assert [step["arrangement"]["layers"][-1]["name"] for step in told(page, "settled")] == ["Offer"]
    assert row(page, "l4").locator(".name").inner_text() == "Offer"
