"""How soon the studio's page can be used on loopback: `python benchmarks/studio.py`, with a studio of its own.

Milliseconds from the navigation until the page has been painted and a click would hit the control that chooses a
picture (which is HTML's own and works before any script has run), told by the page's own clock, and as a ratio to the
first paint of a page of the same server with hardly anything on it. First visits are those of a browser that has been
used but never for this. Needs `pip install '.[server,test-studio]'` and Debian's chromium.
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


WATCH = """
const look = () => {
  const control = document.querySelector("input[type=file]");
  const box = control?.getBoundingClientRect();
  if (box?.width && control === document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2))
    window.ready = performance.now();
  else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
"""Looks once a frame, so that the time is at most a frame too long."""


PAINTED = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def opened(page: Page, address: str) -> float:
    """Milliseconds of one visit to the studio."""
    first = painted(page, address)
    return max(first, float(page.wait_for_function("() => window.ready").json_value()))


def painted(page: Page, address: str) -> float:
    """Milliseconds until a page is painted."""
    page.goto("about:blank")
    page.goto(address)
    return float(page.wait_for_function(PAINTED).json_value())


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
                page.add_init_script(WATCH)
                opened(page, found[0])
                first, again, bare = [], [], []
                for _ in range(ROUNDS):
                    again.append(opened(page, found[0]))
                    bare.append(painted(page, f"{found[0]}healthz"))
                    with browser.new_context() as stranger:
                        new = stranger.new_page()
                        new.add_init_script(WATCH)
                        first.append(opened(new, found[0]))
        finally:
            studio.terminate()
            studio.wait()
    cold, warm, least = (statistics.median(times) for times in (first, again, bare))
    print(f"first visit {cold:.0f} ms, later ones {warm:.0f} ms;", end=" ")
    print(f"{cold / least:.1f} and {warm / least:.1f} times an empty page")


if __name__ == "__main__":
    main()
