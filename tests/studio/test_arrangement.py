"""What is arranged is kept: over a reload, in one line of undo and redo, and in every download that can hold it."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psd_tools
from PIL import Image
from playwright.sync_api import Download, Page, expect
from steps import finished, job, planned, split
from studio_server import Studio, blocks

Open = Callable[..., Page]
PRESS = """(canvas, keys) => {
  canvas.focus();
  for (const [held, key] of keys.map(name => name.split("+")).map(parts => [parts.slice(0, -1), parts.at(-1)]))
    canvas.dispatchEvent(new KeyboardEvent("keydown", { key, shiftKey: held.includes("Shift"), bubbles: true }));
}"""
LOOK = "id => document.querySelector('stack-view').scene.look(id)"


def stack_of(page: Page, studio: Studio) -> str:
    """A finished stack of four boxes; the id of its job."""
    planned(page, studio)
    made = split(page)
    view = finished(page)
    expect(view.locator("layer-row")).to_have_count(5)
    return made


def kept(studio: Studio, job_id: str) -> dict[str, dict[str, object]]:
    """What the service keeps of every layer."""
    return {one["id"]: one for one in job(studio, job_id)["metadata"]["arrangement"]["layers"]}


def saved(page: Page, click: Callable[[], None]) -> Download:
    """The download that a click starts."""
    with page.expect_download(timeout=300_000) as started:
        click()
    return started.value


def chosen(page: Page, name: str) -> None:
    """Select a layer in the list."""
    page.locator("layer-list").get_by_text(name, exact=True).click()


def nudge(page: Page, *keys: str) -> None:
    """Press keys on the canvas as quickly as a hand does, and wait until the service keeps what they did.

    Pressed from here, a busy machine would set them so far apart that they were steps of their own.
    """
    with page.expect_response(lambda answer: answer.url.endswith("/arrangement") and answer.ok):
        page.locator("layer-canvas canvas").evaluate(PRESS, keys)


def test_an_arrangement_survives_a_reload_and_is_undone_and_redone_by_keys(opened: Open, studio: Studio) -> None:
    """Moves, opacity, names and repairs are steps of one line, which a reload keeps too."""
    page = opened(studio)
    made = stack_of(page, studio)
    chosen(page, "box at 36")
    nudge(page, "Shift+ArrowRight", "ArrowDown", "ArrowDown")
    row = page.locator("layer-row", has_text="box at 36")
    row.locator(".name").dblclick()
    with page.expect_response(lambda answer: answer.url.endswith("/arrangement") and answer.ok):
        page.keyboard.insert_text("Red")
        page.keyboard.press("Enter")
    page.reload()
    finished(page)
    expect(page.locator("layer-list").get_by_text("Red", exact=True)).to_be_visible()
    [red] = [name for name, one in kept(studio, made).items() if one["name"] == "Red"]
    assert [page.evaluate(LOOK, red)[key] for key in ("dx", "dy")] == [10, 2]
    page.locator("layer-canvas canvas").focus()
    page.keyboard.press("Control+z")
    expect(page.locator("layer-list").get_by_text("box at 36", exact=True)).to_be_visible()
    page.keyboard.press("Control+z")
    assert page.evaluate(LOOK, red)["dx"] == 0
    page.keyboard.press("Control+Shift+z")
    assert page.evaluate(LOOK, red)["dx"] == 10
    page.keyboard.press("Control+y")
    expect(page.locator("layer-list").get_by_text("Red", exact=True)).to_be_visible()
    # A repair is a step too.
    chosen(page, "box at 216")
    panel = page.locator("repair-panel")
    panel.locator(".kinds").get_by_role("button", name="Remove", exact=True).click()
    panel.locator("form button[type=submit]").click()
    page.wait_for_url(lambda url: "#/job/" in url and made not in url)
    expect(page.locator("layer-list").get_by_text("box at 216", exact=True)).to_have_count(0)
    assert page.evaluate(LOOK, red)["dx"] == 10
    second = page.url.rpartition("/")[2]
    page.get_by_role("button", name="Undo").click()
    page.wait_for_url(lambda url: url.endswith(made))
    expect(page.locator("layer-list").get_by_text("box at 216", exact=True)).to_be_visible()
    page.locator("stack-tools").get_by_role("button", name="Redo").click()
    page.wait_for_url(lambda url: url.endswith(second))
    expect(page.locator("layer-list").get_by_text("Red", exact=True)).to_be_visible()


def test_a_psd_of_my_arrangement_flattens_to_what_the_canvas_shows(
    opened: Open, studio: Studio, tmp_path: Path
) -> None:
    """Within two levels, in psd-tools: moved, turned, scaled, faded, multiplied, hidden, on a colour."""
    page = opened(studio, width=1500, height=900)
    stack_of(page, studio)
    page.evaluate(
        """() => {
          const { scene } = document.querySelector('stack-view');
          const [ground, a, b, c, d] = scene.order;
          scene.change(a, { dx: 150, dy: 20, opacity: 0.6, blend: 'multiply' });
          scene.change(b, { rotation: 33.3, scaleX: 1.3, scaleY: 1.3 });
          scene.change(c, { scaleX: -0.45, scaleY: 0.45, dx: -40, blend: 'screen' });
          scene.change(d, { visible: false });
          scene.change(ground, { visible: false });
          scene.setGround('#e8d9a0');
        }"""
    )
    page.get_by_role("button", name="Download", exact=True).click()
    menu = page.get_by_role("dialog", name="Download")
    expect(menu.get_by_role("button", name="My arrangement")).to_have_attribute("aria-pressed", "true")
    file = saved(page, menu.get_by_role("button").filter(has_text=".psd").click)
    assert file.suggested_filename == "blocks-arranged.psd"
    file.save_as(tmp_path / "a.psd")
    shown = page.evaluate(
        """async () => {
          const { canvas, scene } = document.querySelector('stack-view');
          scene.select(null);
          canvas.zoom(view => view.zoomTo(1));
          await new Promise(done => canvas.addEventListener('drawn', done, { once: true }));
          const { x, y } = canvas.view, { width, height } = scene.stack;
          const copy = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
          copy.drawImage(canvas.canvas, -x, -y);
          return [width, height, [...copy.getImageData(0, 0, width, height).data]];
        }"""
    )
    seen = np.asarray(shown[2], np.uint8).reshape(shown[1], shown[0], 4)[..., :3].astype(int)
    composed = psd_tools.PSDImage.open(tmp_path / "a.psd").composite(force=True, ignore_preview=True)
    assert composed is not None
    elsewhere = np.asarray(composed.convert("RGB")).astype(int)
    assert elsewhere.shape == seen.shape
    assert np.abs(elsewhere - seen).max() <= 2
    # The exact one is still exact.
    page.get_by_role("button", name="Download", exact=True).click()
    menu.get_by_role("button", name="Exact picture").click()
    exact = saved(page, menu.get_by_role("button").filter(has_text=".psd").click)
    assert exact.suggested_filename == "blocks.psd"
    exact.save_as(tmp_path / "b.psd")
    assert np.array_equal(np.asarray(Image.open(tmp_path / "b.psd").convert("RGB")), np.asarray(blocks()))


def test_a_layer_goes_out_as_png_by_button_and_its_names_differ(opened: Open, studio: Studio, tmp_path: Path) -> None:
    """Trimmed, full size, several as one, the background alone; none has another's name."""
    page = opened(studio)
    stack_of(page, studio)
    chosen(page, "box at 36")
    out = page.get_by_role("group", name="Take the selection out")
    trimmed = saved(page, out.get_by_role("button", name="Save PNG").click)
    whole = saved(page, out.get_by_role("button", name="Full size").click)
    page.locator("layer-list").get_by_text("box at 216", exact=True).click(modifiers=["Control"])
    both = saved(page, out.get_by_role("button", name="Save PNG").click)
    page.get_by_role("button", name="Download", exact=True).click()
    menu = page.get_by_role("dialog", name="Download")
    ground = saved(page, menu.get_by_role("button", name=re.compile("Background alone")).click)
    files = {one.suggested_filename: one for one in (trimmed, whole, both, ground)}
    assert set(files) == {
        "blocks-box-at-36.png",
        "blocks-box-at-36-full-size.png",
        "blocks-2-layers.png",
        "blocks-background.png",
    }
    sizes = {}
    for name, file in files.items():
        file.save_as(tmp_path / name)
        image = Image.open(tmp_path / name)
        sizes[name] = (image.size, image.mode)
    assert sizes["blocks-box-at-36.png"] == ((96, 120), "RGBA")
    assert sizes["blocks-box-at-36-full-size.png"] == ((720, 240), "RGBA")
    assert sizes["blocks-2-layers.png"] == ((276, 120), "RGBA")
    assert sizes["blocks-background.png"][0] == (720, 240)


def test_a_layer_is_copied_and_dragged_out(opened: Open, studio: Studio) -> None:
    """The clipboard holds a PNG with transparency; the little picture leads to a file that needs no key."""
    page = opened(studio)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    stack_of(page, studio)
    chosen(page, "box at 36")
    page.get_by_role("group", name="Take the selection out").get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied as a picture with transparency.")).to_be_visible()
    size = page.evaluate(
        """async () => {
          const [item] = await navigator.clipboard.read();
          const image = await createImageBitmap(await item.getType('image/png'));
          return [image.width, image.height];
        }"""
    )
    assert size == [96, 120]
    told = page.evaluate(
        """() => {
          const row = document.querySelector('stack-view').querySelectorAll('layer-row')[3];
          const data = new DataTransfer();
          row.querySelector('.thumb').dispatchEvent(new DragEvent('dragstart', { bubbles: true, dataTransfer: data }));
          return data.getData('DownloadURL');
        }"""
    )
    kind, name, *address = told.split(":")
    assert (kind, name.startswith("blocks-box-at-")) == ("image/png", True)
    answer = page.request.get(":".join(address))
    assert Image.open(io.BytesIO(answer.body())).mode == "RGBA"
