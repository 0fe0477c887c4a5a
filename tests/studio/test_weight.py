"""How heavy the page is, how soon it can be used, and that a large picture does not make it slow."""

from __future__ import annotations

import io
from collections.abc import Callable
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import Page, Response, expect
from steps import ask, finished, give, held, next_of, split
from studio_server import Studio, blocks

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


def test_a_picture_can_be_chosen_before_any_script_has_come(opened: Open, studio: Studio) -> None:
    """The control is the page's own; what was chosen is taken as soon as the script is there."""
    page = opened(studio)
    script = held(page, "**/js/app.js")
    page.reload(wait_until="commit")
    give(page)
    assert page.evaluate("customElements.get('home-screen')") is None
    next_of(page, script).continue_()
    expect(page.get_by_label("What shall come off?")).to_be_visible()


def test_a_screen_that_is_not_home_never_shows_home(opened: Open, studio: Studio) -> None:
    """The page as it comes is the home screen, which waits out of sight when the address names another."""
    page = opened(studio)
    script = held(page, "**/js/app.js")
    page.goto(f"{studio.url}?again#/history", wait_until="commit")
    expect(page.get_by_role("link", name="History")).to_be_visible()
    expect(page.get_by_role("button", name="Choose a picture")).to_be_hidden()
    next_of(page, script).continue_()
    expect(page.get_by_role("heading", name="History")).to_be_visible()
    page.get_by_role("link", name="New").click()
    expect(page.get_by_role("button", name="Choose a picture")).to_be_visible()


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
    expect(view.locator("layer-list").get_by_text("box at 300", exact=True)).to_be_visible()
    assert {urlsplit(url).path.split("/")[1] for url in fetched} == {"previews"}
    # Frames go on; the limit says only when to give up.
    drawn = page.evaluate(
        "new Promise(done => { let n = 0; setTimeout(() => done(n), 120000);"
        " const go = () => (n += 1) < 10 ? requestAnimationFrame(go) : done(n);"
        " requestAnimationFrame(go) })"
    )
    assert drawn == 10
