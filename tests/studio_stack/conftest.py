"""The stack view alone in a real Chromium, with a drawn stack whose flattened picture is known."""

from __future__ import annotations

import io
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from delaminate.composite import flatten
from delaminate.server.limits import limits_json
from delaminate.stack import LayerStack
from stacks import drawn_stack, with_invented
from studio_stack.showroom import showroom

HOSTILE = "<img src=x onerror=alert(1)>"
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
# As long as the studio's tests wait, for what must come on a busy machine too.
PATIENCE_SECONDS = 60
expect.set_options(timeout=1000 * PATIENCE_SECONDS)
WIDE: ViewportSize = {"width": 900, "height": 600}
EXPORTERS = [
    {"id": "psd", "name": "Photoshop", "extension": "psd", "says": "All layers.", "purpose": "edit", "arranged": True},
    {"id": "png", "name": "PNG", "extension": "png", "says": "No layers.", "purpose": "present", "arranged": True},
    {"id": "zip", "name": "Folder", "extension": "zip", "says": "Everything.", "purpose": "keep", "arranged": False},
]
MODELS = [
    {"id": "content-aware", "name": "Content aware", "price": 0, "ready": True},
    {"id": "big", "name": "Big", "price": 9, "ready": False},
]
OUTCOMES = [
    {"target": "the apples", "outcome": "extracted", "advice": ""},
    {"target": HOSTILE, "outcome": "not found", "advice": "Mark it with a box."},
]


def png(pixels: NDArray[Any]) -> bytes:
    """The picture as a file."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


@dataclass(frozen=True)
class Shown:
    """A stack, what the view is told of it, and its pictures by file name."""

    stack: LayerStack
    told: dict[str, Any]
    pictures: dict[str, bytes]


def shown(stack: LayerStack) -> Shown:
    """What the service would tell of a stack, with pictures of the whole canvas."""
    pictures = {"original.png": png(flatten(stack))}
    layers, invented = [], {}
    for z, layer in enumerate(stack.layers):
        canvas = np.zeros((stack.height, stack.width, 4), np.uint8)
        canvas[layer.box.slices] = layer.pixels
        pictures[f"{layer.id}.png"] = png(canvas)
        if layer.invented is not None:
            mask = np.zeros((stack.height, stack.width), np.uint8)
            mask[layer.box.slices] = layer.invented * 255
            pictures[f"{layer.id}.invented.png"] = png(mask)
            invented[layer.id] = f"/pictures/{layer.id}.invented.png"
        layers.append(
            {
                "id": layer.id,
                "name": layer.name,
                "role": layer.role.value,
                "z": z,
                "bbox": list(layer.box.as_tuple()),
                "url": f"/pictures/{layer.id}.png",
                "width": stack.width,
                "height": stack.height,
                "confidence": layer.confidence,
                "advice": "",
            }
        )
    told = {
        "width": stack.width,
        "height": stack.height,
        "exact": True,
        "differingPixels": 0,
        "originalUrl": "/pictures/original.png",
        "invented": invented,
        "layers": layers,
        "inpaintModels": MODELS,
        "limits": limits_json(),
        "exporters": EXPORTERS,
        "outcomes": OUTCOMES,
        "canUndo": True,
        "busy": False,
    }
    return Shown(stack, told, pictures)


@pytest.fixture(scope="session")
def room() -> Iterator[tuple[Shown, str]]:
    """The drawn stack with a name that would like to be markup, and the address of its page."""
    stack = with_invented(drawn_stack())
    layers = list(stack.layers)
    layers[3] = replace(layers[3], name=HOSTILE)
    one = shown(replace(stack, layers=tuple(layers)))
    with showroom(one.told, one.pictures) as address:
        yield one, address


@pytest.fixture(scope="session")
def shown_stack(room: tuple[Shown, str]) -> Shown:
    """The stack that the page shows."""
    return room[0]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def window(room: tuple[Shown, str], browser: Browser) -> Iterator[tuple[Page, list[str]]]:
    """One page for all tests, as starting one takes longer than they do, and what its console said."""
    page = browser.new_page(viewport=WIDE, reduced_motion="reduce")
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_default_timeout(1000 * PATIENCE_SECONDS)
    page.goto(room[1])
    until(page, "Boolean(window.show)")
    yield page, complaints
    page.close()


@pytest.fixture
def page(window: tuple[Page, list[str]]) -> Iterator[Page]:
    """A new view with its pictures loaded; the test fails when anything was said on the console."""
    page, complaints = window
    complaints.clear()
    page.set_viewport_size(WIDE)
    page.mouse.move(0, 0)
    page.evaluate("show({})")
    yield page
    assert complaints == []


def told(page: Page, kind: str) -> list[dict[str, Any]]:
    """The events of a kind that the view sent, without their type."""
    events: list[dict[str, Any]] = page.evaluate(
        "kind => told.filter(one => one.type === kind).map(({type, ...rest}) => rest)", kind
    )
    return events


def until(page: Page, true: str) -> None:
    """Wait for an expression. Playwright's own wait evaluates text in the page, which its content policy forbids."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends:
        if page.evaluate(true):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"never came true: {true}")


def screen(page: Page) -> NDArray[np.uint8]:
    """The canvas at 100 % with nothing outlined, cut to the picture: H×W×4."""
    page.mouse.move(0, 0)  # from where nothing is hovered, whatever moves
    raw = page.evaluate(
        """async () => {
          const { canvas, scene } = view;
          scene.hover(null);
          scene.select(null);
          canvas.zoom(view => view.zoomTo(1));
          await new Promise(done => canvas.addEventListener("drawn", done, { once: true }));
          const { x, y } = canvas.view, { width, height } = scene.stack;
          const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
          copy.drawImage(canvas.canvas, -x, -y);
          return [...copy.getImageData(0, 0, width, height).data];
        }"""
    )
    width, height = page.evaluate("[view.stack.width, view.stack.height]")
    return np.asarray(raw, np.uint8).reshape(height, width, 4)


def point(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a pixel of the picture lies on the page."""
    at = page.evaluate(
        """([x, y]) => {
          const { canvas } = view, box = canvas.getBoundingClientRect();
          return canvas.view.toScreen(x + 0.5, y + 0.5).map((v, i) => v / canvas.density + [box.left, box.top][i]);
        }""",
        [x, y],
    )
    return at[0], at[1]
