"""What people do on the page, one function a step, found by what they see: labels, roles and texts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import FilePayload, FloatRect, Locator, Page, Position, Route, expect
from studio_server import Studio, blocks, png

PICTURES = Path(__file__).parent / "pictures"
"""Where screenshots are left to be looked at; ignored by git."""
SPLIT = re.compile(r"Split into \d+ layers?")
COME = """() => {
  const { stack, pictures } = document.querySelector("stack-view");
  return pictures.ready(stack);
}"""
FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""Two: what follows the first one's layout, such as the size of a canvas, is drawn in the second."""


def give(page: Page, content: bytes | None = None, name: str = "blocks.png", kind: str = "image/png") -> None:
    """Choose a picture; blocks on a plain ground unless another is given."""
    file: FilePayload = {"name": name, "mimeType": kind, "buffer": png(blocks()) if content is None else content}
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a picture").click()
    chooser.value.set_files(file)


def several(page: Page, *names: str) -> None:
    """Choose blocks of these names at once; one that ends in .txt is no picture."""
    files: list[FilePayload] = [
        {
            "name": name,
            "mimeType": "image/png",
            "buffer": b"no picture" if name.endswith(".txt") else png(blocks(2 + number % 3)),
        }
        for number, name in enumerate(names)
    ]
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a picture").click()
    chooser.value.set_files(files)


def ask(page: Page, words: str = "every box") -> None:
    """Say what should come off, and wait for the plan."""
    field = page.get_by_label("What shall come off?")
    field.fill(words)
    field.press("Enter")
    expect(page.get_by_role("button", name=SPLIT)).to_be_visible(timeout=300_000)


def planned(page: Page, studio: Studio, words: str = "every box") -> None:
    """Open the studio on a picture with its plan."""
    give(page)
    ask(page, words)


def split(page: Page) -> str:
    """Run the plan; the id of the job."""
    page.get_by_role("button", name=SPLIT).click()
    page.wait_for_url(re.compile("#/job/job_"))
    return page.url.rpartition("/")[2]


def finished(page: Page, *, flat: bool = True) -> Locator:
    """Wait for the stack, until all of it is drawn in its place: a press on a layer that has not come meets nothing.

    The exploded view, which a first stack opens with, is laid flat unless it is wanted.
    """
    view = page.locator("stack-view")
    expect(view).to_be_visible(timeout=600_000)
    page.wait_for_function(COME)
    if flat and page.locator("exploded-view").is_visible():
        view.get_by_role("button", name="Layers", exact=True).first.click()
    page.evaluate(FRAMES)
    return view


def bounds(shown: Locator) -> FloatRect:
    """Where something lies on the page; what is drawn anew while it is measured is measured again."""
    expect(shown).to_be_visible()
    while (box := shown.bounding_box()) is None:
        expect(shown).to_be_visible()
    return box


def at(page: Page, x: float, y: float) -> Position:
    """Where a pixel of the blocks lies in the picture that is planned on, once that has its place."""
    box = bounds(page.locator(".stage-frame"))
    return {"x": box["width"] * x / 720, "y": box["height"] * y / 240}


def names(page: Page) -> list[str]:
    """The names in the plan, front first."""
    return [field.input_value() for field in page.get_by_label("Name of the layer").all()]


def held(page: Page, addresses: str) -> list[Route]:
    """Keep requests back, in the order in which they come; `next_of` gives them."""
    kept: list[Route] = []

    def keep(route: Route) -> None:
        kept.append(route)

    page.route(addresses, keep)
    return kept


def next_of(page: Page, kept: list[Route]) -> Route:
    """The next of the requests that are kept back, as soon as it comes."""
    while not kept:
        page.wait_for_timeout(50)
    return kept.pop(0)


def job(studio: Studio, job_id: str) -> dict[str, Any]:
    """The job as the API tells it."""
    answer: dict[str, Any] = httpx.get(f"{studio.url}v1/jobs/{job_id}", timeout=30).json()["job"]
    return answer


def layer_bytes(studio: Studio, job_id: str) -> dict[str, bytes]:
    """Name → file of every layer of a finished job."""
    found = {}
    for layer in job(studio, job_id)["metadata"]["output"]["layers"]:
        asset = httpx.get(f"{studio.url}v1/assets/{layer['assetId']}", timeout=30).json()["asset"]
        found[str(layer["name"])] = httpx.get(asset["url"], timeout=30).content
    return found
