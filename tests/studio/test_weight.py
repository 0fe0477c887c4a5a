"""How heavy the page is, how soon it can be used, and that a large picture does not make it slow."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import Page, Response, expect
from steps import ask, finished, give, split
from studio_server import Studio, blocks

from delaminate.server.api.studio import FOLDER

Open = Callable[..., Page]
OWN_BYTES = 150_000
LARGE = (6000, 4000)


def test_the_first_view_is_light_and_asks_nobody_else(opened: Open, studio: Studio) -> None:
    """All that the first view loads, pictures included, from one origin."""
    page = opened(studio)
    page.wait_for_load_state("networkidle")
    heard: list[Response] = []

    def hear(response: Response) -> None:
        heard.append(response)

    page.on("response", hear)
    # A page with a route has no cache.
    page.route("**/*", lambda route: route.continue_())
    page.reload()
    page.wait_for_load_state("networkidle")
    assert {response.url.startswith(studio.url) for response in heard} == {True}
    files = [response for response in heard if "/v1/" not in response.url]
    assert len(files) > 10
    assert sum(len(response.body()) for response in files) < OWN_BYTES


def test_no_script_waits_for_another_to_be_found() -> None:
    """The page names every module of its first view, so that all come at once; `benchmarks/studio.py` has the time."""
    page = (FOLDER / "index.html").read_text(encoding="utf-8")
    named = {(FOLDER.parent / href).resolve() for href in re.findall(r'modulepreload" href="([^"]+)"', page)}
    assert named == imported(FOLDER / "js" / "app.js") - {(FOLDER / "js" / "app.js").resolve()}


def imported(script: Path) -> set[Path]:
    """A module and all that it imports before it runs."""
    found: set[Path] = set()
    left = [script.resolve()]
    while left:
        one = left.pop()
        found.add(one)
        said = re.findall(r'^import (?:.*? from )?"(.+?)";', one.read_text(encoding="utf-8"), re.MULTILINE)
        left += [path for name in said if (path := (one.parent / name).resolve()) not in found]
    return found


def test_a_picture_of_24_megapixels_stays_usable(opened: Open, studio: Studio) -> None:
    """It is shown scaled down, never at full size, and the page answers while it is worked on."""
    picture = blocks(scale=1).resize(LARGE, Image.Resampling.NEAREST)
    file = io.BytesIO()
    picture.save(file, "PNG")
    page = opened(studio)
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url) if request.resource_type == "image" else None)
    give(page, file.getvalue(), "large.png")
    ask(page)
    shown = page.locator(".stage-image")
    assert (
        shown.evaluate("image => image.decode().then(() => Math.max(image.naturalWidth, image.naturalHeight))") <= 2048
    )
    fetched.clear()
    split(page)
    view = finished(page)
    expect(view.get_by_text("box at 300", exact=True)).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert {urlsplit(url).path.split("/")[1] for url in fetched} == {"previews"}
    # Frames go on; the limit says only when to give up.
    drawn = page.evaluate(
        "new Promise(done => { let n = 0; setTimeout(() => done(n), 120000);"
        " const go = () => (n += 1) < 10 ? requestAnimationFrame(go) : done(n);"
        " requestAnimationFrame(go) })"
    )
    assert drawn == 10
