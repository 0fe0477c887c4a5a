"""How fast the studio answers a hand at 12 megapixels: `python benchmarks/studio_work.py`, with a studio of its own.

Three things, each told by the page's own clock in Debian's Chromium without a window:

- milliseconds from a click into the plan until the proposed mask is drawn, at first sight and then thoroughly, the
  picture having been looked at before; the service's processor seconds for the same clicks stand beside, as they do not
  depend on who else uses the machine;
- frames a second while a brush is drawn across the whole picture, in the plan and in the stack;
- bytes of all that the first view loads.

The picture is the example poster, enlarged. Needs `pip install '.[server,test-studio]'`.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import FilePayload, FloatRect, Page, Response, sync_playwright

from delaminate.server.api.studio import FOLDER

COMMAND = [str(Path(sys.executable).with_name("delaminate")), "studio", "--no-browser", "--port", "0"]
SIZE = (4000, 3000)
PATIENCE_MS = 600_000
PLACES = [(x, y) for y in (0.3, 0.5, 0.7) for x in (0.2, 0.4, 0.6, 0.8)]
"""Of the picture, 0..1."""
STROKES = 12

# From the press to the frame in which a mask of the new row is seen, and to that in which it is the thorough one.
CLICK = """() => new Promise((done) => {
  const begun = performance.now();
  let first = 0;
  const look = () => {
    const mark = document.querySelector('.mark-box[data-masked]');
    if (mark && !first) first = performance.now() - begun;
    if (mark && !mark.hasAttribute("data-waits")) done([first, performance.now() - begun]);
    else if (performance.now() - begun > 60000) done(null);
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})"""
FRAMES = """() => {
  window.frames_ = [];
  const look = (now) => { window.frames_.push(now); window.framing = requestAnimationFrame(look); };
  window.framing = requestAnimationFrame(look);
}"""
COUNTED = """() => {
  cancelAnimationFrame(window.framing);
  const at = window.frames_;
  const apart = at.slice(1).map((one, i) => one - at[i]);
  return [(1000 * apart.length) / (at.at(-1) - at[0]), Math.max(...apart)];
}"""


def picture() -> bytes:
    """The example poster at 12 megapixels."""
    with Image.open(FOLDER / "examples" / "market.png") as small:
        large = small.convert("RGB").resize(SIZE, Image.Resampling.LANCZOS)
    file = io.BytesIO()
    large.save(file, "JPEG", quality=92)
    return file.getvalue()


def processor_seconds(process: int) -> float:
    """What a process and its children have used."""
    total = 0.0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            told = (folder / "stat").read_text(encoding="ascii").rpartition(")")[2].split()
        except OSError:
            continue
        if int(folder.name) == process or int(told[1]) == process:
            total += (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")
    return total


def first_view(page: Page, address: str) -> int:
    """Bytes of everything that the first view loads."""
    heard: list[Response] = []

    def hear(response: Response) -> None:
        heard.append(response)

    page.on("response", hear)
    page.goto(address)
    page.wait_for_load_state("networkidle")
    page.remove_listener("response", hear)
    return sum(len(response.body()) for response in heard if "/v1/" not in response.url)


def clicks(page: Page, process: int) -> tuple[list[float], list[float], float]:
    """Milliseconds of each click until a mask is seen and until it is the thorough one; processor seconds of one."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a picture").click()
    file: FilePayload = {"name": "poster.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    # The page asks for the middle, so that the picture is prepared when somebody points at it.
    with page.expect_response(lambda answer: answer.url.endswith("/propose")):
        chooser.value.set_files(file)
    box = page.locator(".stage-frame").bounding_box()
    assert box is not None
    begun, seen, thorough = processor_seconds(process), [], []
    for x, y in PLACES:
        page.evaluate(f"void (window.clicked = ({CLICK})())")
        page.mouse.click(box["x"] + box["width"] * x, box["y"] + box["height"] * y)
        told = page.evaluate("window.clicked")
        if told is not None:
            seen.append(float(told[0]))
            thorough.append(float(told[1]))
        for remove in page.get_by_role("button", name=re.compile("^Remove (?!background)")).all():
            remove.click()
    return seen, thorough, (processor_seconds(process) - begun) / len(PLACES)


def brushed(page: Page, box: FloatRect) -> tuple[float, float]:
    """Frames a second of strokes across a picture, and the longest time between two."""
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.evaluate(FRAMES)
    for number in range(1, STROKES + 1):
        x = box["x"] + (box["width"] - 20 if number % 2 else 20)
        page.mouse.move(x, box["y"] + 20 + (box["height"] - 40) * number / STROKES, steps=24)
    fps, longest = page.evaluate(COUNTED)
    page.mouse.up()
    return float(fps), float(longest)


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        studio = subprocess.Popen([*COMMAND, "--data", folder], stdout=subprocess.PIPE, text=True)
        assert studio.stdout is not None
        found = re.search(r"http://\S+/", studio.stdout.readline())
        assert found is not None
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
                )
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                page.set_default_timeout(PATIENCE_MS)
                print(f"first view: {first_view(page, found[0]) / 1000:.0f} kB", flush=True)
                seen, thorough, seconds = clicks(page, studio.pid)
                print(
                    f"click to proposed mask: {statistics.median(seen):.0f} ms (median of {len(seen)}), "
                    f"slowest {max(seen):.0f} ms; thorough {statistics.median(thorough):.0f} ms; "
                    f"the service's processor {1000 * seconds:.0f} ms each",
                    flush=True,
                )
                page.mouse.click(700, 450)
                page.locator(".mark-box:not([data-waits])").first.wait_for()
                page.get_by_role("button", name="Brush", exact=True).first.click()
                box = page.locator(".stage-frame").bounding_box()
                assert box is not None
                fps, longest = brushed(page, box)
                print(f"brush in the plan: {fps:.0f} frames a second, longest {longest:.0f} ms", flush=True)
                page.get_by_role("button", name=re.compile("Split into")).click()
                page.locator("layer-row").first.wait_for()
                layers = page.locator("stack-view").get_by_role("button", name="Layers", exact=True)
                layers.first.click()
                page.locator("layer-row").first.click()
                page.locator("repair-panel .kinds").get_by_role("button", name="Brush", exact=True).click()
                box = page.locator("layer-canvas canvas").bounding_box()
                assert box is not None
                fps, longest = brushed(page, box)
                print(f"brush in the stack: {fps:.0f} frames a second, longest {longest:.0f} ms", flush=True)
        finally:
            studio.terminate()
            studio.wait()


if __name__ == "__main__":
    main()
