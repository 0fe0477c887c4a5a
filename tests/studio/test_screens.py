"""Pictures of every screen at 1440 and 390 pixels, light and dark, for people to look at; with what must be on each."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from steps import PICTURES
from studio_server import Studio
from test_access import screens

Open = Callable[..., Page]


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_screen_is_pictured(opened: Open, slow: Studio, scheme: str, width: int, height: int) -> None:
    """Each has its heading and one main landmark."""
    PICTURES.mkdir(exist_ok=True)
    page = opened(slow, width=width, height=height, color_scheme=scheme)
    for screen in screens(page):
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        expect(page.get_by_role("main")).to_have_count(1)
        page.wait_for_timeout(400)
        # A menu or a dialog lies in the window, not on the page.
        whole = width < 500 and screen not in ("menu", "keys")
        page.screenshot(path=PICTURES / f"{screen}-{scheme}-{width}.png", full_page=whole)
