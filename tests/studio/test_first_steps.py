"""What meets a person who never read the documents: hints, menus, keys, and that layers are seen to have come off."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import psd_tools
from PIL import Image
from playwright.sync_api import Page, Position, expect
from steps import at, bounds, finished, give, names, planned, split
from studio_server import Studio

Open = Callable[..., Page]


def item(page: Page, name: str) -> None:
    """Choose from the menu that is open."""
    page.get_by_role("menu").get_by_role("menuitem", name=name).click()


def test_a_first_stack_opens_exploded_and_later_ones_as_they_were_left(opened: Open, studio: Studio) -> None:
    """A first-timer sees that layers came off; who works flat gets it flat, after a reload too."""
    page = opened(studio)
    planned(page, studio)
    split(page)
    view = finished(page, flat=False)
    expect(page.locator("exploded-view .plane")).to_have_count(5)
    expect(view.get_by_role("button", name="Exploded")).to_have_attribute("aria-pressed", "true")
    view.get_by_role("button", name="Layers", exact=True).first.click()
    page.reload()
    expect(page.locator("layer-canvas canvas")).to_be_visible()
    expect(page.locator("exploded-view")).to_be_hidden()


COUNT = """
addEventListener("pointerdown", () =>
  sessionStorage.setItem("clicks", Number(sessionStorage.getItem("clicks")) + 1), true);
"""


def test_who_never_read_a_page_gets_a_cut_out_and_a_psd_in_eight_clicks(
    opened: Open, studio: Studio, tmp_path: Path
) -> None:
    """Choose a picture, remove its background, move what is left, save PNG and PSD; each press counts."""
    page = opened(studio)
    page.add_init_script(COUNT)
    page.reload()
    give(page)
    page.get_by_role("button", name="Remove background").click()
    view = finished(page, flat=False)
    expect(view.locator("layer-row")).to_have_count(2)
    canvas = bounds(page.locator("layer-canvas canvas"))
    from_ = on(page, 84, 120)
    page.mouse.move(canvas["x"] + from_["x"], canvas["y"] + from_["y"])
    page.mouse.down()
    page.mouse.move(canvas["x"] + from_["x"] + 60, canvas["y"] + from_["y"] + 30, steps=5)
    page.mouse.up()
    with page.expect_download() as png_file:
        page.get_by_role("button", name="Save PNG").click()
    page.get_by_role("button", name="Download", exact=True).click()
    with page.expect_download() as psd_file:
        page.get_by_role("dialog", name="Download").get_by_role("button").filter(has_text=".psd").click()
    clicks = int(page.evaluate("sessionStorage.getItem('clicks')"))
    assert 5 <= clicks <= 8
    png_file.value.save_as(tmp_path / "cut.png")
    assert Image.open(tmp_path / "cut.png").mode == "RGBA"
    psd_file.value.save_as(tmp_path / "moved.psd")
    moved = psd_tools.PSDImage.open(tmp_path / "moved.psd")
    [thing] = [layer for layer in moved if layer.name != "background"]
    assert thing.left > 36
    assert thing.top > 60
    assert [layer.visible for layer in moved if layer.name == "background"] == [False]


def test_each_first_action_has_one_hint_that_comes_once(opened: Open, studio: Studio) -> None:
    """It goes with the action or when it is closed, and a second picture has none."""
    page = opened(studio)
    hint = page.locator(".coach:visible")
    give(page)
    expect(hint).to_contain_text("Click a thing")
    page.locator(".stage-frame").click(position={"x": 100, "y": 100})
    expect(hint).not_to_contain_text("Click a thing")
    page.get_by_label("What shall come off?").fill("every box")
    page.get_by_role("button", name=re.compile("Find the layers|Look again")).click()
    expect(hint).to_contain_text("What is tinted comes off")
    hint.get_by_role("button", name="Got it").click()
    expect(hint).to_have_count(0)
    split(page)
    finished(page, flat=False)
    expect(hint).to_contain_text("Drag to turn")
    page.locator("stack-view").get_by_role("button", name="Layers", exact=True).first.click()
    expect(hint).to_contain_text("Drag a layer")
    page.locator("layer-list").get_by_text("box at 36", exact=True).click()
    page.locator("layer-canvas canvas").focus()
    page.keyboard.press("ArrowRight")
    expect(hint).to_have_count(0)
    page.get_by_role("link", name="New", exact=True).click()
    planned(page, studio)
    expect(hint).to_have_count(0)
    split(page)
    finished(page)
    expect(hint).to_have_count(0)


def test_a_question_mark_lists_all_keys(opened: Open, studio: Studio) -> None:
    """Also a button for the mouse; a question mark that is typed is only a letter."""
    page = opened(studio)
    dialog = page.get_by_role("dialog", name="Keys and gestures")
    page.get_by_role("button", name="Keys and gestures").click()
    expect(dialog.get_by_text("Shift+click").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("?")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    give(page)
    page.get_by_label("What shall come off?").press("?")
    expect(page.get_by_label("What shall come off?")).to_have_value("?")
    expect(dialog).to_be_hidden()


def test_a_right_click_on_a_layer_offers_what_can_be_done(opened: Open, studio: Studio) -> None:
    """On the canvas and in the list, by pointer and by key; each item does it."""
    page = opened(studio)
    planned(page, studio)
    split(page)
    finished(page)
    rows = page.locator("layer-row")
    first = rows.filter(has_text="box at 36")
    page.locator("layer-canvas canvas").click(button="right", position=on(page, 84, 120))
    expect(page.get_by_role("menu", name="box at 36")).to_be_visible()
    item(page, "To the back")
    expect(rows.nth(3)).to_contain_text("box at 36")
    first.click(button="right")
    item(page, "Hide")
    expect(first).to_have_attribute("data-hidden", "")
    first.click(button="right")
    item(page, "Rename")
    page.keyboard.insert_text("Red")
    page.keyboard.press("Enter")
    red = page.locator("layer-row", has_text="Red")
    expect(red).to_be_visible()
    # By keys alone: the menu has the focus, its arrows and letters choose, Escape gives the focus back.
    red.focus()
    page.keyboard.press("Shift+F10")
    expect(page.get_by_role("menuitem", name="Rename")).to_be_focused()
    page.keyboard.press("Escape")
    expect(red).to_be_focused()
    page.keyboard.press("Shift+F10")
    expect(page.get_by_role("menuitem", name="Rename")).to_be_focused()
    page.keyboard.press("b")
    page.keyboard.press("Enter")
    expect(rows.nth(2)).to_contain_text("Red")
    red.click(button="right")
    item(page, "Refill")
    expect(page.locator("repair-panel").get_by_role("button", name="Refill the hole")).to_be_visible()
    red.click(button="right")
    page.keyboard.press("Home")
    page.mouse.click(300, 500)
    expect(page.get_by_role("menu")).to_have_count(0)
    page.locator("layer-row").last.click(button="right")
    expect(page.get_by_role("menuitem", name="Remove")).to_have_count(0)


def on(page: Page, x: float, y: float) -> Position:
    """Where a pixel of the picture lies on the canvas."""
    place: list[float] = page.evaluate(
        """([x, y]) => {
          const { canvas } = document.querySelector('stack-view');
          return canvas.view.toScreen(x, y).map(one => one / canvas.density);
        }""",
        [x, y],
    )
    return {"x": place[0], "y": place[1]}


def test_a_right_click_in_the_plan_offers_what_can_be_done(opened: Open, studio: Studio) -> None:
    """On a thing and beside one."""
    page = opened(studio)
    planned(page, studio)
    frame = page.locator(".stage-frame")
    frame.click(button="right", position=at(page, 84, 120))
    item(page, "Move down")
    assert names(page)[:2] == ["box at 216", "box at 36"]
    page.locator(".plan-row").first.locator(".plan-number").click(button="right")
    item(page, "Remove")
    assert names(page)[0] == "box at 36"
    frame.click(button="right", position=at(page, 264, 120))
    item(page, "Mark the thing here")
    expect(page.get_by_label("Name of the layer").first).to_have_value("box at 216")
    frame.click(button="right", position=at(page, 264, 120))
    item(page, "Erase some of it")
    eraser = page.get_by_role("group", name="Brush", exact=True).get_by_role("button", name="Eraser")
    expect(eraser).to_have_attribute("aria-pressed", "true")


def test_eyes_and_looking_at_one_layer_agree(opened: Open, studio: Studio) -> None:
    """While one is looked at alone, the eyes of the others are closed; opening one shows it as well."""
    page = opened(studio)
    planned(page, studio)
    split(page)
    view = finished(page)
    rows = page.locator("layer-row")
    rows.first.get_by_role("button", name="Show only box at 36").click()
    expect(rows.get_by_role("button", name=re.compile("^Show box|^Show background"))).to_have_count(4)
    expect(view.get_by_text("Looking at 1 of 5 layers.")).to_be_visible()
    rows.nth(1).get_by_role("button", name="Show box at 216").click()
    expect(rows.nth(1).get_by_role("button", name="Hide box at 216")).to_be_visible()
    expect(view.get_by_text("Looking at 2 of 5 layers.")).to_be_visible()
    view.get_by_role("button", name="Show all layers").click()
    expect(rows.get_by_role("button", name=re.compile("^Hide"))).to_have_count(5)
    assert page.evaluate("document.querySelector('stack-view').scene.isArranged") is False


def test_a_thumbnail_shows_the_whole_layer(opened: Open, studio: Studio) -> None:
    """However wide it is: both ends of the layer are in it."""
    page = opened(studio)
    planned(page, studio)
    split(page)
    finished(page)
    sides = (
        page.locator("layer-row")
        .last.locator(".thumb")
        .evaluate(
            """thumb => {
          const { width, height } = thumb, row = height / 2;
          const { data } = thumb.getContext('2d').getImageData(0, row, width, 1);
          const seen = [...Array(width).keys()].filter(x => data[x * 4 + 3] > 0);
          return [seen[0], width - 1 - seen.at(-1)];
        }"""
        )
    )
    assert min(sides) >= 2
    assert abs(sides[0] - sides[1]) <= 2
