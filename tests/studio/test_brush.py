"""A mask is put right with the brush, before the cut and after it, and the layers still add up exactly."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Literal

import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect
from steps import SPLIT, at, bounds, finished, give, held, job, layer_bytes, names, next_of, planned, split
from studio_server import Studio, blocks

Open = Callable[..., Page]


def stroke(page: Page, *path: tuple[float, float]) -> None:
    """Drag along points of the page."""
    page.mouse.move(*path[0])
    page.mouse.down()
    for x, y in path[1:]:
        page.mouse.move(x, y, steps=6)
    page.mouse.up()


def on_page(page: Page, x: float, y: float) -> tuple[float, float]:
    """A pixel of the blocks in the plan, on the page."""
    box, place = bounds(page.locator(".stage-frame")), at(page, x, y)
    return box["x"] + place["x"], box["y"] + place["y"]


def on_canvas(page: Page, x: float, y: float) -> tuple[float, float]:
    """A pixel of the blocks in the stack, on the page."""
    found = page.evaluate(
        """([x, y]) => {
          const { canvas } = document.querySelector('stack-view');
          const box = canvas.getBoundingClientRect();
          return canvas.view.toScreen(x, y).map((v, i) => v / canvas.density + [box.left, box.top][i]);
        }""",
        [x, y],
    )
    return found[0], found[1]


def is_exact(studio: Studio, job_id: str) -> bool:
    """Whether the layers add up to the blocks."""
    flat = None
    for content in layer_bytes(studio, job_id).values():
        layer = Image.open(io.BytesIO(content)).convert("RGBA")
        flat = layer if flat is None else Image.alpha_composite(flat, layer)
    assert flat is not None
    return np.array_equal(np.asarray(flat.convert("RGB")), np.asarray(blocks()))


def boxes(studio: Studio, job_id: str) -> dict[str, list[int]]:
    """Name → box of every layer."""
    return {layer["name"]: layer["bbox"] for layer in job(studio, job_id)["metadata"]["output"]["layers"]}


def test_a_thing_is_painted_larger_and_smaller_before_the_cut(opened: Open, studio: Studio) -> None:
    """The brush adds ground to the right of the first block, the eraser takes its lower half."""
    page = opened(studio)
    planned(page, studio)
    page.locator(".stage-frame").click(position=at(page, 84, 120))
    page.get_by_role("button", name="Brush", exact=True).first.click()
    controls = page.get_by_role("group", name="Brush", exact=True)
    controls.get_by_label("Size of the brush").fill("30")
    with page.expect_response(lambda answer: answer.url.endswith("/action") and answer.ok):
        stroke(page, on_page(page, 120, 100), on_page(page, 170, 100))
    controls.get_by_role("button", name="Eraser").click()
    controls.get_by_label("Size of the brush").fill("80")
    with page.expect_response(lambda answer: answer.url.endswith("/action") and answer.ok):
        stroke(page, on_page(page, 20, 170), on_page(page, 200, 170))
    go = page.get_by_role("button", name=SPLIT)
    expect(go).to_be_enabled()
    made = split(page)
    finished(page)
    left, top, right, bottom = boxes(studio, made)["box at 36"]
    assert (left, top) == (36, 60)
    assert abs(right - 185) <= 4
    assert abs(bottom - 130) <= 4
    assert is_exact(studio, made)


def test_a_thing_whose_mask_has_not_come_is_chosen_and_painted_on(opened: Open, studio: Studio) -> None:
    """Where its box is; the eraser takes its lower half and no more, once the mask is there."""
    page = opened(studio)
    masks = held(page, "**/masks/**")
    planned(page, studio)
    page.locator(".stage-frame").click(position=at(page, 264, 120))
    expect(page.locator('.mark-box[data-chosen="true"]')).to_have_attribute("aria-label", "2 box at 216, thing")
    page.get_by_role("button", name="Brush", exact=True).first.click()
    controls = page.get_by_role("group", name="Brush", exact=True)
    controls.get_by_role("button", name="Eraser").click()
    controls.get_by_label("Size of the brush").fill("80")
    stroke(page, on_page(page, 200, 170), on_page(page, 330, 170))
    with page.expect_response(lambda answer: answer.url.endswith("/action") and answer.ok):
        for _ in range(4):
            next_of(page, masks).continue_()
    made = split(page)
    finished(page)
    found = boxes(studio, made)
    assert len(found) == 5
    assert found["box at 216"][:3] == [216, 60, 312]
    assert abs(found["box at 216"][3] - 130) <= 4
    assert is_exact(studio, made)


def test_a_painted_mask_is_added_to_and_taken_from_by_clicks(opened: Open, studio: Studio) -> None:
    """Shift and Alt work on what was painted as on what was found; the painted part stays as it was painted."""
    page = opened(studio)
    give(page)
    page.get_by_role("button", name="Brush", exact=True).first.click()
    page.get_by_role("group", name="Brush", exact=True).get_by_label("Size of the brush").fill("40")
    with page.expect_response(lambda answer: answer.url.endswith("/action") and answer.ok):
        stroke(page, on_page(page, 20, 30), on_page(page, 140, 30))
    page.get_by_label("Name of the layer").fill("stripe")
    page.get_by_role("button", name="Select", exact=True).click()
    clicks: list[tuple[int, Literal["Shift", "Alt"]]] = [(264, "Shift"), (84, "Shift"), (264, "Alt")]
    for x, key in clicks:
        with page.expect_response(lambda answer: answer.url.endswith("/propose") and answer.ok):
            page.locator(".stage-frame").click(position=at(page, x, 120), modifiers=[key])
    expect(page.get_by_role("button", name=SPLIT)).to_be_enabled()
    assert names(page) == ["stripe"]
    made = split(page)
    finished(page)
    left, top, right, bottom = boxes(studio, made)["stripe"]
    # The stroke of 40 pixels and the first block; the second one came and went.
    assert abs(left - 0) <= 3
    assert abs(top - 10) <= 3
    assert abs(right - 160) <= 3
    assert bottom == 180
    assert is_exact(studio, made)


def test_something_nobody_found_is_painted_from_nothing_and_keeps_to_edges(opened: Open, studio: Studio) -> None:
    """A brush larger than the block, begun on the block, takes the block alone."""
    page = opened(studio)
    give(page)
    page.get_by_role("button", name="Brush", exact=True).first.click()
    controls = page.get_by_role("group", name="Brush", exact=True)
    controls.get_by_label("Size of the brush").fill("180")
    controls.get_by_label("Keep to edges").check()
    with page.expect_response(lambda answer: answer.url.endswith("/action") and answer.ok):
        stroke(page, on_page(page, 264, 120), on_page(page, 266, 120))
    expect(page.get_by_label("Name of the layer")).to_have_count(1)
    page.get_by_label("Name of the layer").fill("green one")
    expect(page.get_by_role("button", name=SPLIT)).to_be_enabled()
    assert names(page) == ["green one"]
    made = split(page)
    finished(page)
    box = boxes(studio, made)["green one"]
    assert max(abs(one - other) for one, other in zip(box, [216, 60, 312, 180], strict=True)) <= 2
    assert is_exact(studio, made)


def test_a_layer_is_mended_with_the_eraser_after_the_cut(opened: Open, studio: Studio) -> None:
    """What is erased goes back to the background; a reload on the way loses nothing; undo brings it back."""
    page = opened(studio)
    planned(page, studio)
    first = split(page)
    finished(page)
    before = layer_bytes(studio, first)
    page.locator("layer-list").get_by_text("box at 396", exact=True).click()
    panel = page.locator("repair-panel")
    panel.locator(".kinds").get_by_role("button", name="Brush", exact=True).click()
    controls = panel.get_by_role("group", name="Brush", exact=True)
    controls.get_by_role("button", name="Eraser").click()
    controls.get_by_label("Size of the brush").fill("60")
    stroke(page, on_canvas(page, 380, 160), on_canvas(page, 510, 160))
    expect(panel.get_by_role("button", name="Cut along it")).to_be_enabled()
    page.reload()
    finished(page)
    page.locator("layer-list").get_by_text("box at 396", exact=True).click()
    panel.locator(".kinds").get_by_role("button", name="Brush", exact=True).click()
    panel.get_by_role("button", name="Cut along it").click()
    page.wait_for_url(lambda url: "#/job/" in url and first not in url)
    expect(page.locator("repair-progress")).to_be_hidden(timeout=180_000)
    second = page.url.rpartition("/")[2]
    assert abs(boxes(studio, second)["box at 396"][3] - 130) <= 4
    assert is_exact(studio, second)
    after = layer_bytes(studio, second)
    assert {name for name in before if before[name] != after[name]} == {"box at 396", "background"}
    page.get_by_role("button", name="Undo").click()
    page.wait_for_url(lambda url: url.endswith(first))
