"""What the canvas shows, and what can be done on it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

from delaminate.composite import flatten
from studio_stack.conftest import Shown, point, screen


def worst(seen: Any, wanted: Any) -> int:
    """The largest difference of colour in levels."""
    return int(np.abs(seen[..., :3].astype(int) - wanted[..., :3].astype(int)).max())


def selected(page: Page) -> list[str]:
    """Ids of the selected layers."""
    ids: list[str] = page.evaluate("view.scene.selection")
    return ids


def test_the_canvas_shows_the_flattened_stack(page: Page, shown_stack: Shown) -> None:
    """At 100 % the pixels are those of the composite, but for the rounding of the browser's premultiplied blend."""
    assert worst(screen(page), flatten(shown_stack.stack)) <= 3


def test_a_hidden_layer_leaves_the_canvas(page: Page, shown_stack: Shown) -> None:
    """Without a layer the canvas shows the stack without it."""
    page.get_by_role("button", name="Hide SALE").click()
    stack = shown_stack.stack
    without = replace(stack, layers=stack.layers[:-1])
    seen = screen(page)
    assert worst(seen, flatten(without)) <= 3
    assert worst(seen, flatten(stack)) > 100


@pytest.mark.parametrize(("at", "wanted"), [((30, 30), "l1"), ((44, 33), "l2"), ((60, 70), "background")])
def test_a_click_selects_the_topmost_layer_under_it(page: Page, at: tuple[int, int], wanted: str) -> None:
    """What counts is the layer's alpha, not its box."""
    page.mouse.click(*point(page, *at))
    assert selected(page) == [wanted]


def test_a_layer_dragged_away_shows_what_is_behind_and_can_be_put_back(page: Page, shown_stack: Shown) -> None:
    """The drag changes the arrangement, says so, and one button puts the layer back."""
    page.mouse.move(*point(page, 30, 30))
    page.mouse.down()
    page.mouse.move(*point(page, 30, 55), steps=3)
    page.mouse.up()
    look = page.evaluate("view.scene.look('l1')")
    assert (look["dx"], look["dy"], look["visible"], look["opacity"]) == (0, 25, True, 1)
    assert page.locator("exact-line").get_by_text("Your arrangement: 1 moved").is_visible()
    page.locator("button.put-back").click()
    assert worst(screen(page), flatten(shown_stack.stack)) <= 3
