"""The plan, looked at and changed before it runs."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect
from steps import FRAMES, SPLIT, ask, at, bounds, finished, give, held, job, names, next_of, planned, split
from studio_server import Studio

from delaminate.server.limits import LIMITS

Open = Callable[..., Page]
TINT = """([x, y]) => {
  const canvas = document.querySelector('.stage-tints'), k = canvas.width / 720;
  const copy = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  copy.drawImage(canvas, -Math.round(x * k), -Math.round(y * k));
  return copy.getImageData(0, 0, 1, 1).data[3] > 40;
}"""


def regions(studio: Studio, job_id: str) -> list[str]:
    """The names of the masks that a job was asked for, front first."""
    return [one["name"] for one in job(studio, job_id)["metadata"]["input"]["regions"]]


def test_the_plan_is_shown_as_tinted_things_with_names_and_no_price(opened: Open, studio: Studio) -> None:
    """One tint on the picture for each row, where the thing is; on one's own machine nothing costs anything."""
    page = opened(studio)
    planned(page, studio)
    boxes = page.locator(".mark-box")
    expect(boxes).to_have_count(4)
    assert [box.get_attribute("aria-label") for box in boxes.all()] == [
        f"{n} {name}, thing" for n, name in enumerate(names(page), 1)
    ]
    frame, first = bounds(page.locator(".stage-frame")), bounds(boxes.first)
    # The blocks are 96 of 720 pixels wide.
    assert abs(first["width"] / frame["width"] - 96 / 720) < 0.02
    # The first block is red; its tint lies over its middle and not beside it.
    page.wait_for_function(TINT, arg=[84, 120])
    assert not page.evaluate(TINT, [10, 120])
    assert page.get_by_text(re.compile("unit|charge|free", re.IGNORECASE)).count() == 0


def test_the_page_takes_as_much_as_the_service_does_and_no_more(opened: Open, studio: Studio) -> None:
    """The numbers come from the service: what can be typed is not refused for its size."""
    page = opened(studio)
    planned(page, studio)
    expect(page.locator("#layers")).to_have_attribute("max", str(LIMITS.layers))  # they may come after the plan
    assert page.locator("#instruction").evaluate("field => field.maxLength") == LIMITS.words
    assert page.locator("#fill-hint").evaluate("field => field.maxLength") == LIMITS.words
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
    made = split(page)
    finished(page)
    assert regions(studio, made) == ["the second one", before[0], before[2]]
    layers = [layer["name"] for layer in job(studio, made)["metadata"]["output"]["layers"]]
    assert layers == ["background", before[2], before[0], "the second one"]


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


def test_a_click_proposes_the_thing_and_a_box_does_too(opened: Open, studio: Studio) -> None:
    """No words are needed: what is under the pointer gets a name and a mask at once, and both are sent."""
    page = opened(studio)
    give(page)
    frame = page.locator(".stage-frame")
    frame.click(position=at(page, 252, 120))
    expect(page.get_by_label("Name of the layer").first).to_have_value("box at 216")
    page.wait_for_function(TINT, arg=[252, 120])
    page.get_by_role("button", name="Draw a box").click()
    box = bounds(frame)
    start = (box["x"] + box["width"] * 0.04, box["y"] + box["height"] * 0.2)
    drag(page, start, (box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.8))
    page.get_by_label("Name of the layer").first.fill("red one")
    page.wait_for_function(TINT, arg=[84, 120])
    assert names(page) == ["red one", "box at 216"]
    made = split(page)
    finished(page)
    assert regions(studio, made) == ["red one", "box at 216"]
    boxes = {layer["name"]: layer["bbox"] for layer in job(studio, made)["metadata"]["output"]["layers"]}
    assert boxes["box at 216"] == [216, 60, 312, 180]


def test_clicks_that_follow_each_other_at_once_all_count(opened: Open, studio: Studio) -> None:
    """Each is added to what came of those before; nothing can be split before all are answered."""
    page = opened(studio)
    give(page)
    frame = page.locator(".stage-frame")
    frame.click(position=at(page, 84, 120))
    for x in (252, 420):
        frame.click(position=at(page, x, 120), modifiers=["Shift"])
    made = split(page)
    finished(page)
    boxes = {layer["name"]: layer["bbox"] for layer in job(studio, made)["metadata"]["output"]["layers"][1:]}
    assert boxes == {"box at 36": [36, 60, 492, 180]}


def test_a_mark_stays_where_it_was_moved_while_the_service_looked(opened: Open, studio: Studio) -> None:
    """What is found where it was before comes too late."""
    page = opened(studio)
    looks = held(page, "**/layers/propose")
    give(page)
    next_of(page, looks).continue_()  # a first look at the picture, before anything is marked
    frame = bounds(page.locator(".stage-frame"))
    page.get_by_role("button", name="Draw a box").click()
    drag(page, (frame["x"] + 20, frame["y"] + 20), (frame["x"] + 120, frame["y"] + 80))
    before = next_of(page, looks)
    drawn = bounds(page.locator(".mark-box"))
    middle = (drawn["x"] + drawn["width"] / 2, drawn["y"] + drawn["height"] / 2)
    drag(page, middle, (middle[0] + 60, middle[1]))
    moved = bounds(page.locator(".mark-box"))
    assert abs(moved["x"] - drawn["x"] - 60) < 4
    with page.expect_response("**/layers/propose"):
        before.continue_()
    page.evaluate(FRAMES)
    assert bounds(page.locator(".mark-box")) == moved
    next_of(page, looks).continue_()
    expect(page.get_by_role("button", name=SPLIT)).to_be_enabled()
    assert abs(bounds(page.locator(".mark-box"))["x"] - moved["x"]) < 4


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Press at a place of the page, and let go at another."""
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=4)
    page.mouse.up()


def test_shift_adds_to_the_chosen_thing_and_alt_takes_away(opened: Open, studio: Studio) -> None:
    """Two blocks become one row, and one of them leaves it again."""
    page = opened(studio)
    give(page)
    frame = page.locator(".stage-frame")
    frame.click(position=at(page, 84, 120))
    page.wait_for_function(TINT, arg=[84, 120])
    frame.click(position=at(page, 252, 120), modifiers=["Shift"])
    page.wait_for_function(TINT, arg=[252, 120])
    assert names(page) == ["box at 36"]
    frame.click(position=at(page, 84, 120), modifiers=["Alt"])
    page.wait_for_function(f"at => !({TINT})(at)", arg=[84, 120])
    made = split(page)
    finished(page)
    boxes = {layer["name"]: layer["bbox"] for layer in job(studio, made)["metadata"]["output"]["layers"]}
    assert boxes["box at 36"] == [216, 60, 312, 180]


def test_after_another_sentence_the_one_way_on_is_to_look_again(opened: Open, studio: Studio) -> None:
    """The old plan is greyed and cannot be run; with the old words it can."""
    page = opened(studio)
    planned(page, studio)
    go = page.get_by_role("button", name=re.compile("Split into"))
    again = page.get_by_role("button", name="Look again")
    expect(again).to_be_hidden()
    page.get_by_label("What shall come off?").fill("every single box")
    expect(again).to_have_class(re.compile("primary"))
    expect(go).to_be_disabled()
    page.get_by_label("What shall come off?").fill("every box")
    expect(again).to_be_hidden()
    expect(go).to_be_enabled()


def test_edits_of_a_plan_survive_a_reload_a_cancel_and_the_way_back(opened: Open, slow: Studio) -> None:
    """Also those of rows that nobody asked for in words."""
    page = opened(slow)
    planned(page, slow)
    page.get_by_label("Name of the layer").nth(1).fill("mine")
    page.get_by_role("button", name="Remove box at 576").click()
    page.reload()
    expect(page.get_by_label("Name of the layer")).to_have_count(3)
    assert names(page) == ["box at 36", "mine", "box at 396"]
    page.wait_for_function(TINT, arg=[84, 120])
    split(page)
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("link", name="Back to the picture").click()
    expect(page.get_by_label("Name of the layer")).to_have_count(3)
    assert names(page) == ["box at 36", "mine", "box at 396"]


def test_a_row_that_was_deleted_comes_back_and_an_empty_plan_has_a_way_on(opened: Open, studio: Studio) -> None:
    """By the word below, or by keys."""
    page = opened(studio)
    planned(page, studio)
    before = names(page)
    page.get_by_role("button", name=f"Remove {before[0]}").click()
    page.get_by_role("button", name="Undo").click()
    assert names(page) == before
    for name in before:
        page.get_by_role("button", name=f"Remove {name}").click()
    expect(page.get_by_role("button", name="look again", exact=True)).to_be_visible()
    page.get_by_role("heading", name="Nothing found").click()
    page.keyboard.press("Control+z")
    assert names(page) == before[-1:]
    page.keyboard.press("Control+Shift+z")
    expect(page.get_by_label("Name of the layer")).to_have_count(0)
    page.get_by_role("button", name="look again", exact=True).click()
    expect(page.get_by_label("Name of the layer")).to_have_count(4)


def test_the_background_is_removed_with_one_click(opened: Open, studio: Studio) -> None:
    """No words, no plan: the main thing on transparency."""
    page = opened(studio)
    give(page)
    page.get_by_role("button", name="Remove background").click()
    view = finished(page)
    expect(view.get_by_role("button", name="Transparent")).to_have_attribute("aria-pressed", "true")
    wanted = job(studio, page.url.rpartition("/")[2])["metadata"]["input"]
    assert (wanted["separationInstruction"], wanted["maxLayers"]) == ("the main subject", 1)


def test_the_picture_is_zoomed_and_moved_while_planning(opened: Open, studio: Studio) -> None:
    """By wheel and by buttons; a click still meets the thing under it."""
    page = opened(studio)
    give(page)
    frame = page.locator(".stage-frame")
    before = bounds(frame)
    page.get_by_role("button", name="Zoom in (+)").click()
    page.get_by_role("button", name="Zoom in (+)").click()
    after = bounds(frame)
    assert after["width"] > before["width"] * 1.5
    page.mouse.move(before["x"] + before["width"] / 2, before["y"] + before["height"] / 2)
    page.mouse.wheel(0, -200)
    page.get_by_role("button", name="Fit (0)").click()
    assert bounds(frame) == before


def test_a_box_is_moved_and_its_corner_dragged(opened: Open, studio: Studio) -> None:
    """It goes where the pointer goes and keeps its size; a corner changes it."""
    page = opened(studio)
    planned(page, studio)
    # Each mask that arrives draws the marks anew, as tight as it is.
    for middle_of_block in (84, 252, 420, 588):
        page.wait_for_function(TINT, arg=[middle_of_block, 120])
    before = bounds(page.locator(".mark-box").last)
    middle = (before["x"] + before["width"] / 2, before["y"] + before["height"] / 2)
    drag(page, middle, (middle[0] - 60, middle[1] + 20))
    chosen = page.locator('.mark-box[data-chosen="true"]')
    after = bounds(chosen)
    assert abs(after["x"] - before["x"] + 60) < 4
    assert abs(after["width"] - before["width"]) < 4
    corner = bounds(page.locator('.mark-corner[data-corner="se"]'))
    drag(page, (corner["x"] + 6, corner["y"] + 6), (corner["x"] - 30, corner["y"] - 24))
    smaller = bounds(page.locator('.mark-box[data-chosen="true"]'))
    assert smaller["width"] < after["width"] - 20


def test_what_was_not_found_is_told_and_can_be_marked(opened: Open, studio: Studio) -> None:
    """The tiny engine finds nothing for a second target."""
    page = opened(studio)
    give(page)
    ask(page, "every box and the cat")
    expect(page.get_by_text("Not found.")).to_be_visible()
    page.get_by_role("button", name="Show where it is").click()
    box = bounds(page.locator(".stage-frame"))
    drag(page, (box["x"] + 5, box["y"] + 5), (box["x"] + 80, box["y"] + 80))
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
