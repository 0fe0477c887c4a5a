"""The plan, looked at and changed before it runs."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect
from steps import ask, finished, give, job, names, planned, split
from studio_server import Studio

from delaminate.server.limits import LIMITS

Open = Callable[..., Page]


def test_the_plan_is_shown_as_named_boxes_with_its_price(opened: Open, studio: Studio) -> None:
    """One box on the picture for each row, where the thing is, and what it costs."""
    page = opened(studio)
    planned(page, studio)
    boxes = page.locator(".mark-box")
    expect(boxes).to_have_count(4)
    assert [box.get_attribute("aria-label") for box in boxes.all()] == [
        f"{name}, box {n}" for n, name in enumerate(names(page), 1)
    ]
    frame, first = page.locator(".stage-frame").bounding_box(), boxes.first.bounding_box()
    assert frame is not None
    assert first is not None
    # The blocks are 96 of 720 pixels wide.
    assert abs(first["width"] / frame["width"] - 96 / 720) < 0.02
    expect(page.get_by_text(re.compile(r"At most \d+ compute units"))).to_be_visible()


def test_the_page_takes_as_much_as_the_service_does_and_no_more(opened: Open, studio: Studio) -> None:
    """The numbers come from the service: what can be typed is not refused for its size."""
    page = opened(studio)
    planned(page, studio)
    assert page.locator("#instruction").evaluate("field => field.maxLength") == LIMITS.words
    assert page.locator("#fill-hint").evaluate("field => field.maxLength") == LIMITS.words
    assert page.locator("#layers").evaluate("field => field.max") == str(LIMITS.layers)
    assert page.get_by_label("Name of the layer").first.evaluate("field => field.maxLength") == LIMITS.mark_name


def test_rows_are_renamed_removed_and_reordered(opened: Open, studio: Studio) -> None:
    """And the job is asked for exactly that."""
    page = opened(studio)
    planned(page, studio)
    before = names(page)
    page.get_by_label("Name of the layer").nth(1).fill("the second one")
    page.get_by_role("button", name=f"Remove {before[3]}").click()
    page.get_by_role("button", name=f"Move down {before[0]}").click()
    assert names(page) == ["the second one", before[0], before[2]]
    expect(page.locator(".mark-box")).to_have_count(3)
    targets = job(studio, split(page))["metadata"]["input"]["plan"]["targets"]
    assert [target["name"] for target in targets] == ["the second one", before[0], before[2]]


def test_a_row_is_dragged_to_another_place(opened: Open, studio: Studio) -> None:
    """By its handle."""
    page = opened(studio)
    planned(page, studio)
    before = names(page)
    page.locator(".plan-grip").first.hover()
    page.mouse.down()
    page.locator(".plan-row").last.hover(position={"x": 30, "y": 20})
    page.mouse.up()
    assert names(page) == [*before[1:], before[0]]


def test_a_box_is_drawn_and_a_point_clicked(opened: Open, studio: Studio) -> None:
    """Both are sent in pixels of the picture, and need no words."""
    page = opened(studio)
    give(page)
    page.get_by_role("button", name="Draw a box").click()
    frame = page.locator(".stage-frame")
    page.wait_for_load_state("networkidle")  # the frame has its place when the picture is there
    box = frame.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.04, box["y"] + box["height"] * 0.2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.8, steps=4)
    page.mouse.up()
    page.get_by_label("Name of the layer").first.fill("red one")
    page.get_by_role("button", name="Click a thing").click()
    frame.click(position={"x": box["width"] * 0.35, "y": box["height"] * 0.5})
    page.get_by_label("Name of the layer").first.fill("green one")
    assert names(page) == ["green one", "red one"]
    targets = job(studio, split(page))["metadata"]["input"]["plan"]["targets"]
    x, y = targets[0]["point"]
    assert abs(x - 252) < 5
    assert abs(y - 120) < 5
    left, top, right, bottom = targets[1]["box"]
    assert max(abs(left - 29), abs(top - 48), abs(right - 144), abs(bottom - 192)) < 5


def test_a_box_is_moved_and_its_corner_dragged(opened: Open, studio: Studio) -> None:
    """It goes where the pointer goes and keeps its size; a corner changes it."""
    page = opened(studio)
    planned(page, studio)
    mark = page.locator(".mark-box").last
    before = mark.bounding_box()
    assert before is not None
    middle = (before["x"] + before["width"] / 2, before["y"] + before["height"] / 2)
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] - 60, middle[1] + 20, steps=4)
    page.mouse.up()
    chosen = page.locator('.mark-box[data-chosen="true"]')
    after = chosen.bounding_box()
    assert after is not None
    assert abs(after["x"] - before["x"] + 60) < 4
    assert abs(after["width"] - before["width"]) < 4
    corner = page.locator('.mark-corner[data-corner="se"]').bounding_box()
    assert corner is not None
    page.mouse.move(corner["x"] + 6, corner["y"] + 6)
    page.mouse.down()
    page.mouse.move(corner["x"] - 30, corner["y"] - 24, steps=4)
    page.mouse.up()
    smaller = page.locator('.mark-box[data-chosen="true"]').bounding_box()
    assert smaller is not None
    assert smaller["width"] < after["width"] - 20


def test_what_was_not_found_is_told_and_can_be_marked(opened: Open, studio: Studio) -> None:
    """The tiny engine finds nothing for a second target."""
    page = opened(studio)
    give(page)
    ask(page, "every box and the cat")
    expect(page.get_by_text("Not found.")).to_be_visible()
    page.get_by_role("button", name="Show where it is").click()
    box = page.locator(".stage-frame").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + 80, box["y"] + 80, steps=3)
    page.mouse.up()
    expect(page.get_by_text("Not found.")).to_have_count(0)
    expect(page.locator(".mark-box")).to_have_count(5)


def test_an_instruction_that_says_nothing_is_answered_with_a_sentence(
    opened: Open, studio: Studio, complaints: list[str]
) -> None:
    """The service's own, below the field."""
    page = opened(studio)
    give(page)
    field = page.get_by_label("What shall come off?")
    field.fill("!!!")
    field.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("names nothing")
    complaints.clear()


def test_a_reload_keeps_the_picture_and_the_words(opened: Open, studio: Studio) -> None:
    """The address has the picture, the tab the words."""
    page = opened(studio)
    planned(page, studio, "every single box")
    page.reload()
    expect(page.get_by_label("What shall come off?")).to_have_value("every single box")
    expect(page.get_by_alt_text("Your picture blocks.png")).to_be_visible()


def test_a_plan_without_edits_gives_the_layers_it_showed(opened: Open, studio: Studio) -> None:
    """Names and number."""
    page = opened(studio)
    planned(page, studio)
    shown = names(page)
    job_id = split(page)
    finished(page)
    layers = job(studio, job_id)["metadata"]["output"]["layers"]
    assert sorted(layer["name"] for layer in layers[1:]) == sorted(shown)
