"""A real browser, a real server, and a page whose console must stay silent."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright
from studio_server import Studio

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-features=PreloadTopChromeWebUI,Translate,OptimizationHints",
]

# How long a test waits for what must come; on a busy machine everything takes its time.
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    program = shutil.which("chromium")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("chromium is not installed, and CI must have it")
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Studio]]:
    """Starts studios and ends them with the session."""
    running: list[Studio] = []

    def started(**how: Any) -> Studio:
        studio = Studio(tmp_path_factory.mktemp("studio") / "data", **how)
        studio.folder.mkdir()
        studio.start()
        running.append(studio)
        return studio

    yield started
    for studio in running:
        studio.stop()


@pytest.fixture(scope="session")
def studio(start: Callable[..., Studio]) -> Studio:
    """With the tiny engine, which is done at once."""
    return start()


@pytest.fixture(scope="session")
def slow(start: Callable[..., Studio]) -> Studio:
    """With the tiny engine, which takes three seconds for every layer, so that a busy machine still sees it work."""
    return start(pause=3.0)


@pytest.fixture(scope="session")
def embedded(start: Callable[..., Studio]) -> Studio:
    """`delaminate studio` as people run it, with the real engine."""
    return start(command=[str(Path(sys.executable).with_name("delaminate")), "studio", "--no-browser"])


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What pages said in their consoles; a test that makes one complain looks at it and clears it."""
    heard: list[str] = []
    yield heard
    assert heard == []


@pytest.fixture
def opened(browser: Browser, complaints: list[str]) -> Iterator[Callable[..., Page]]:
    """Opens pages, each with a profile of its own unless it is to be like another one."""
    contexts: list[BrowserContext] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(f"{message.text} {message.location.get('url', '')}")

    def page(
        studio: Studio, address: str = "", *, like: Page | None = None, width: int = 1440, height: int = 900, **how: Any
    ) -> Page:
        if like is None:
            contexts.append(browser.new_context(viewport={"width": width, "height": height}, **how))
        made = (contexts[-1] if like is None else like.context).new_page()
        made.set_default_timeout(PATIENCE_MS)
        made.on("console", hear)
        made.on("pageerror", lambda error: complaints.append(str(error)))
        made.on("filechooser", lambda _: None)  # whoever asks for one as it opens may ask too late on a busy machine
        made.goto(studio.url + address)
        return made

    yield page
    for context in contexts:
        context.close()
