"""How soon the studio's page can be used on loopback: `python benchmarks/studio.py`, with a studio of its own.

Milliseconds from the navigation until the button that chooses a picture is drawn and reacts, and as a ratio to a page
of the same server that has nothing on it. Needs `pip install '.[server,test-studio]'` and Debian's chromium.
"""

from __future__ import annotations

import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROUNDS = 9
COMMAND = [str(Path(sys.executable).with_name("delaminate")), "studio", "--no-browser", "--port", "0"]


def opened(page: Page, address: str, button: str | None) -> float:
    """Milliseconds of one visit."""
    page.goto("about:blank")
    page.goto(address)
    if button is not None:
        page.get_by_role("button", name=button).click(trial=True)
    return float(page.evaluate("performance.now()"))


def main() -> None:
    """Measure and print one line."""
    with tempfile.TemporaryDirectory() as folder:
        studio = subprocess.Popen([*COMMAND, "--data", folder], stdout=subprocess.PIPE, text=True)
        assert studio.stdout is not None
        found = re.search(r"http://\S+/", studio.stdout.readline())
        assert found is not None
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
                page = browser.new_page()
                first = opened(page, found[0], "Choose a picture")
                again = [opened(page, found[0], "Choose a picture") for _ in range(ROUNDS)]
                bare = [opened(page, f"{found[0]}healthz", None) for _ in range(ROUNDS)]
        finally:
            studio.terminate()
            studio.wait()
    middle, least = statistics.median(again), statistics.median(bare)
    print(f"first visit {first:.0f} ms, later ones {middle:.0f} ms, {middle / least:.1f} times an empty page")


if __name__ == "__main__":
    main()
