"""The repairs: what they ask for, their price, and the edits they tell."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from delaminate.server.limits import LIMITS
from studio_stack.conftest import point, told, until


def choose(page: Page, *layers: str) -> None:
    """Select layers."""
    page.evaluate("ids => { view.scene.select(null); for (const id of ids) view.scene.select(id, 'toggle'); }", layers)


def repair(page: Page, kind: str) -> None:
    """Open a repair of the selected layers."""
    page.locator("repair-panel .kinds").get_by_role("button", name=kind, exact=True).click()


def run(page: Page, does: str) -> Any:
    """Run it once its price is there; the edits it told."""
    page.locator("repair-panel .price").get_by_text("unit").wait_for()
    page.locator("repair-panel").get_by_role("button", name=does).click()
    [event] = told(page, "revise")
    assert told(page, "price")[-1] == event
    return event["edits"]


def test_redo_with_a_box_drawn_on_the_canvas(page: Page) -> None:
    """The box is told in pixels of the picture, whichever corner came first."""
    choose(page, "l1")
    repair(page, "Redo")
    page.mouse.move(*point(page, 50, 48))
    page.mouse.down()
    page.mouse.move(*point(page, 12, 10), steps=3)
    page.mouse.up()
    [edit] = run(page, "Redo the layer")
    box = edit.pop("box")
    assert edit == {"kind": "redo", "layer": "l1"}
    assert [abs(a - b) <= 1 for a, b in zip(box, (12, 10, 51, 49), strict=True)] == [True] * 4


def test_redo_with_points_and_a_phrase(page: Page) -> None:
    """Clicks on the canvas are points; one can be taken back."""
    choose(page, "l1")
    repair(page, "Redo")
    page.get_by_role("button", name="Click points").click()
    for at in ((20, 20), (60, 60), (40, 30)):
        page.mouse.click(*point(page, *at))
    page.get_by_role("button", name="Discard: Point 2").click()
    page.get_by_label("Or say what it is").fill(" the red disc ")
    [edit] = run(page, "Redo the layer")
    assert edit == {"kind": "redo", "layer": "l1", "phrase": "the red disc", "points": [[20, 20], [40, 30]]}


def test_redo_by_keyboard_alone(page: Page) -> None:
    """Arrows move a crosshair from the middle, Enter sets the corners."""
    choose(page, "l1")
    repair(page, "Redo")
    page.locator("layer-canvas canvas").focus()
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Enter")
    [edit] = run(page, "Redo the layer")
    assert edit["box"] == [50, 40, 60, 50]


def test_nothing_can_run_before_it_is_said_what(page: Page) -> None:
    """A redo without mark and phrase has no price and no run."""
    choose(page, "l1")
    repair(page, "Redo")
    assert page.get_by_role("button", name="Redo the layer").is_disabled()
    page.wait_for_timeout(350)
    assert told(page, "price") == []


def test_one_set_of_edits_is_priced_once(page: Page) -> None:
    """Running it asks no second time, and a view that is replaced before it asked never asks."""
    choose(page, "l4")
    repair(page, "Remove")
    run(page, "Remove the layer")
    page.wait_for_timeout(350)
    assert len(told(page, "price")) == 1
    page.evaluate("show({})")
    choose(page, "l1")
    repair(page, "Redo")
    page.get_by_label("Or say what it is").fill("the red disc")
    page.evaluate("show({})")
    page.wait_for_timeout(350)
    assert told(page, "price") == []


def test_merge_takes_the_selection_and_what_is_ticked(page: Page) -> None:
    """In the order of the picture, bottom to top."""
    choose(page, "l2", "l1")
    repair(page, "Merge")
    page.get_by_label("SALE", exact=True).check()
    page.get_by_label("Name (optional)").fill("fruit")
    assert run(page, "Merge the layers") == [{"kind": "merge", "layers": ["l1", "l2", "l4"], "name": "fruit"}]


def test_split_needs_an_instruction(page: Page) -> None:
    """And takes a number of layers."""
    choose(page, "l2")
    repair(page, "Split")
    assert page.get_by_role("button", name="Split the layer").is_disabled()
    page.get_by_label("What to take out of it").fill("the handle")
    page.get_by_label("At most this many layers").fill("2")
    [edit] = run(page, "Split the layer")
    assert edit == {"kind": "split", "layer": "l2", "instruction": "the handle", "maxLayers": 2}


def test_repairs_offer_as_much_as_the_service_takes_and_no_more(page: Page) -> None:
    """Every length and number is the service's own: what can be typed is not refused for its size."""
    choose(page, "l2")
    for kind, label, kept, most in (
        ("Redo", "Or say what it is", "maxLength", LIMITS.words),
        ("Split", "What to take out of it", "maxLength", LIMITS.words),
        ("Split", "At most this many layers", "max", str(LIMITS.parts)),
        ("Merge", "Name (optional)", "maxLength", LIMITS.name),
        ("Refill", "What should be there (optional)", "maxLength", LIMITS.words),
        ("Refill", "Seed", "max", str(LIMITS.seed)),
    ):
        repair(page, kind)
        field = page.locator("repair-panel").get_by_label(label, exact=label == "Name")
        assert field.evaluate(f"field => field.{kept}") == most, label
        repair(page, kind)


def test_refill_offers_the_models_that_are_ready(page: Page) -> None:
    """The others are shown as not set up."""
    choose(page, "l2")
    repair(page, "Refill")
    assert page.get_by_role("radio", name="Big").is_disabled()
    page.get_by_label("What should be there (optional)").fill("sky")
    page.get_by_label("Seed").fill("7")
    [edit] = run(page, "Refill the hole")
    wanted = {"kind": "refill", "layer": "l2", "inpaintModel": "content-aware", "inpaintPrompt": "sky", "seed": 7}
    assert edit == wanted


@pytest.mark.parametrize(("kind", "does"), [("Remove", "Remove the layer")])
def test_remove_shows_its_price_first(page: Page, kind: str, does: str) -> None:
    """It runs only from the button beside its price."""
    choose(page, "l4")
    repair(page, kind)
    assert told(page, "revise") == []
    assert run(page, does) == [{"kind": "remove", "layer": "l4"}]


def test_a_price_that_comes_late_is_not_shown_for_other_edits(page: Page) -> None:
    """Answers to questions that no longer stand are dropped; an error is said in its words."""
    page.evaluate(
        """() => {
          window.replies = [];
          view.addEventListener("price", event => {
            event.stopImmediatePropagation();
            replies.push(event.detail.reply);
          }, { capture: true });
        }"""
    )
    choose(page, "l2")
    repair(page, "Remove")
    until(page, "replies.length === 1")
    repair(page, "Remove")
    repair(page, "Remove")
    until(page, "replies.length === 2")
    page.evaluate("replies[1]({ error: 'Too many layers' }); replies[0](3)")
    assert page.locator("repair-panel .price").inner_text() == "Too many layers"


def test_repairs_of_several_layers_and_of_the_background(page: Page) -> None:
    """Several can only be merged; of the background nothing can be repaired."""

    def offered() -> list[str]:
        return page.locator("repair-panel .kinds button:enabled").all_inner_texts()

    choose(page, "l1", "l2")
    assert offered() == ["Merge"]
    choose(page, "background")
    assert offered() == []


def test_while_a_repair_runs_nothing_else_can_be_asked_for(page: Page) -> None:
    """What is done and how far it is are shown; afterwards the form is gone and the view is kept."""
    choose(page, "l1")
    repair(page, "Remove")
    page.evaluate("view.scene.change('l2', { visible: false })")
    page.evaluate("view.stack = { ...view.stack, busy: { text: 'Removing it', progress: 0.25 } }")
    status = page.locator("repair-progress")
    assert status.inner_text() == "Removing it"
    assert status.get_by_role("progressbar").evaluate("bar => bar.value") == 0.25
    assert page.get_by_role("button", name="Remove the layer").is_disabled()
    assert page.get_by_role("button", name="Undo").is_disabled()
    page.evaluate("view.stack = { ...view.stack, busy: false, layers: view.stack.layers.filter(l => l.id !== 'l1') }")
    assert not status.is_visible()
    assert page.locator("repair-panel form").is_hidden()
    assert page.evaluate("view.scene.selection") == []
    assert page.evaluate("view.scene.look('l2').visible") is False


def test_undo_is_told_by_button_and_key(page: Page) -> None:
    """Not while there is nothing to undo."""
    page.get_by_role("button", name="Undo").click()
    page.locator("layer-row").first.click()
    page.keyboard.press("Control+z")
    assert len(told(page, "undo")) == 2
    page.evaluate("view.stack = { ...view.stack, canUndo: false }")
    page.keyboard.press("Control+z")
    assert len(told(page, "undo")) == 2


def test_downloads_are_grouped_by_purpose_and_each_says_one_line(page: Page) -> None:
    """By keyboard: the menu opens on its first row, arrows reach the others, Escape closes it."""
    page.get_by_role("button", name="Download", exact=True).press("Enter")
    menu = page.get_by_role("dialog", name="Download")
    assert [head.inner_text() for head in menu.get_by_role("heading", level=3).all()] == [
        "One picture",
        "Edit the layers in …",
        "Show it",
        "Keep everything",
    ]
    assert menu.get_by_text("All layers.").is_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert told(page, "export") == [{"format": "psd", "arranged": False}]


def test_an_arrangement_is_downloaded_only_in_what_can_hold_it(page: Page) -> None:
    """With something moved the menu opens on the arrangement, and the exact picture is one click away."""
    page.evaluate("view.scene.change('l1', { dx: 5 })")
    page.get_by_role("button", name="Download", exact=True).click()
    menu = page.get_by_role("dialog", name="Download")
    assert menu.get_by_role("button", name="My arrangement").get_attribute("aria-pressed") == "true"
    assert not menu.get_by_text("Everything.").is_visible()
    menu.get_by_role("button", name="Exact picture").click()
    assert menu.get_by_text("Everything.").is_visible()
    menu.get_by_role("button", name="My arrangement").click()
    menu.get_by_text("All layers.").click()
    assert told(page, "export") == [{"format": "psd", "arranged": True}]


def test_the_selection_and_the_background_go_out_as_one_png(page: Page) -> None:
    """By button, by menu, and by Ctrl+C to the clipboard."""
    page.evaluate("view.scene.select('l1'); view.scene.select('l2', 'toggle')")
    out = page.get_by_role("group", name="Take the selection out")
    out.get_by_role("button", name="Save PNG").click()
    out.get_by_role("button", name="Full size").click()
    page.locator("layer-canvas canvas").focus()
    page.keyboard.press("Control+c")
    page.get_by_role("button", name="Download", exact=True).click()
    page.get_by_role("dialog", name="Download").get_by_role("button", name="Background alone").click()
    both = {"format": "png", "layers": ["l1", "l2"], "arranged": False}
    ground = {"format": "png", "layers": ["background"], "arranged": False}
    assert told(page, "export") == [{**both, "trim": True}, both, ground]
    assert told(page, "copy") == [{**both, "trim": True}]
