"""A service with keys: asked for when it wants one, kept for the tab only."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from steps import finished, planned, split
from studio_server import Studio

from delaminate.server.accounts import api_keys
from delaminate.server.database import open_database
from delaminate.server.settings import Settings

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def guarded(start: Callable[..., Studio]) -> Studio:
    """As `delaminate serve` runs it."""
    return start(keys=True)


@pytest.fixture(scope="module")
def key(guarded: Studio) -> tuple[str, str]:
    """A key of its one project."""
    tables = open_database(Settings(data=guarded.folder).tables_url)
    with tables.begin() as connection:
        return api_keys.create(connection, "shop")


def sign_in(page: Page, key: tuple[str, str]) -> None:
    """Type a key into the dialog."""
    dialog = page.get_by_role("dialog", name="This service asks for a key")
    dialog.get_by_label("API key").fill(key[0])
    dialog.get_by_label("Secret").fill(key[1])
    dialog.get_by_role("button", name="Go on").click()


def test_a_key_is_asked_for_once_and_goes_on_where_it_was(
    opened: Open, guarded: Studio, key: tuple[str, str], complaints: list[str]
) -> None:
    """A wrong one is told; then everything works, streams too."""
    page = opened(guarded)
    sign_in(page, (key[0], "wrong"))
    expect(page.get_by_role("alert")).to_contain_text("unknown")
    sign_in(page, key)
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert all("401" in one for one in complaints)
    complaints.clear()
    planned(page, guarded)
    split(page)
    finished(page)


def test_a_key_lives_in_its_tab_only(
    opened: Open, guarded: Studio, key: tuple[str, str], complaints: list[str]
) -> None:
    """A reload keeps it, another tab is asked, and signing out forgets it."""
    page = opened(guarded)
    sign_in(page, key)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    assert page.evaluate("localStorage.length") == 0
    assert page.context.cookies() == []
    other = opened(guarded, like=page)
    expect(other.get_by_role("dialog", name="This service asks for a key")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("dialog", name="This service asks for a key")).to_be_visible()
    complaints.clear()
