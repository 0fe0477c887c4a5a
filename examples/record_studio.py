"""Record the studio at work as an animated picture: record_studio.py OUT.webp [FRAMES_FOLDER]

One real run on the example poster, from the first screen to a layer that is moved. Only waiting is cut short:
a few frames of it are kept. Needs the extras server and test-studio, and Debian's chromium.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from draw_poster import poster
from PIL import Image, ImageDraw
from playwright.sync_api import FilePayload, Locator, Page, sync_playwright

COMMAND = [str(Path(sys.executable).with_name("delaminate")), "studio", "--no-browser", "--port", "0"]
WORDS = "the blue jug, the red apple, the yellow lemon and the title"
SEEN, SHOWN = (1200, 750), (960, 600)
"""The browser's window; the frames."""
STEP, LOOK = 90, 1500
"""Milliseconds of a frame in which something moves, and of one that is to be read."""
PATIENCE_MS = 600_000
ARROW = [(0, 0), (0, 19), (5, 15), (8, 22), (11, 21), (8, 14), (14, 14)]


@dataclass
class Film:
    """Frames of a page, and where the pointer is on it."""

    page: Page
    frames: list[Image.Image] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    at: tuple[float, float] = (SEEN[0] * 0.5, SEEN[1] * 0.86)

    def take(self, milliseconds: int = STEP) -> None:
        """A frame of what is seen now, with the pointer, which no screenshot has."""
        frame = Image.open(io.BytesIO(self.page.screenshot())).convert("RGB")
        ImageDraw.Draw(frame).polygon([(self.at[0] + x, self.at[1] + y) for x, y in ARROW], "black", "white")
        small = frame.resize(SHOWN, Image.Resampling.LANCZOS)
        if self.frames and small.tobytes() == self.frames[-1].tobytes():
            self.times[-1] += milliseconds
        else:
            self.frames.append(small)
            self.times.append(milliseconds)

    def go(self, x: float, y: float, frames: int = 5) -> None:
        """Move the pointer, seen on the way."""
        left, top = self.at
        for number in range(1, frames + 1):
            self.at = (left + (x - left) * number / frames, top + (y - top) * number / frames)
            self.page.mouse.move(*self.at)
            self.take()

    def press(self, what: Locator) -> None:
        """Go there and click."""
        box = what.bounding_box()
        assert box is not None
        self.go(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        self.page.mouse.click(*self.at)

    def drag(self, x: float, y: float, frames: int = 10) -> None:
        """Hold the button down on the way."""
        self.page.mouse.down()
        self.go(x, y, frames)
        self.page.mouse.up()

    def save(self, out: Path) -> None:
        """As one animated WebP."""
        first, *others = self.frames
        first.save(out, save_all=True, append_images=others, duration=self.times, loop=0, quality=58, method=6)


def act(film: Film, picture: bytes) -> None:
    """From the first screen to a layer that is moved."""
    page = film.page
    film.take(LOOK)
    file: FilePayload = {"name": "poster.png", "mimeType": "image/png", "buffer": picture}
    with page.expect_file_chooser() as chooser:
        film.press(page.get_by_role("button", name="Choose a picture"))
    chooser.value.set_files(file)
    sentence = page.get_by_label("What shall come off?")
    sentence.wait_for()
    page.wait_for_load_state("networkidle")
    film.take(LOOK // 2)
    film.press(sentence)
    for end in range(4, len(WORDS) + 4, 4):
        sentence.fill(WORDS[:end])
        film.take()
    sentence.press("Enter")
    go_on = page.get_by_role("button", name=re.compile(r"Split into \d+ layers?"))
    wait(film, go_on)
    film.take(2 * LOOK)
    film.press(go_on)
    view = page.locator("stack-view")
    wait(film, view)
    page.locator("exploded-view .plane").last.wait_for()
    page.wait_for_load_state("networkidle")
    film.take(LOOK)
    space = page.locator("exploded-view .space").bounding_box()
    assert space is not None
    film.go(space["x"] + space["width"] * 0.45, space["y"] + space["height"] * 0.80)
    film.drag(film.at[0] - 110, film.at[1] - 20, 12)
    film.take(LOOK // 2)
    film.drag(film.at[0] + 70, film.at[1] + 10, 8)
    film.take(LOOK)
    film.press(view.get_by_role("button", name="Layers", exact=True).first)
    film.take(LOOK // 2)
    film.go(*middle_of(page, "blue jug"), 6)
    film.drag(film.at[0] - 60, film.at[1] - 70, 12)
    film.take(2 * LOOK)


def wait(film: Film, what: Locator, most: int = 14) -> None:
    """Until it is seen: a frame a second, of which the first and the last are kept when there are many."""
    begun = len(film.frames)
    while not what.is_visible():
        film.take(3 * STEP)
        time.sleep(0.6)
    kept = range(begun, len(film.frames))
    spare = {kept[round(n * (len(kept) - 1) / max(1, most - 1))] for n in range(most)} if len(kept) > most else {*kept}
    film.frames = [one for n, one in enumerate(film.frames) if n < begun or n in spare]
    film.times = [one for n, one in enumerate(film.times) if n < begun or n in spare]


def middle_of(page: Page, name: str) -> tuple[float, float]:
    """Where the middle of a layer lies in the window."""
    told: list[float] = page.evaluate(
        """(name) => {
          const { canvas, scene } = document.querySelector('stack-view');
          const { left, top } = canvas.getBoundingClientRect();
          const { bbox } = scene.stack.layers.find(layer => layer.name === name);
          const at = canvas.view.toScreen((bbox[0] + bbox[2]) / 2, (bbox[1] + bbox[3]) / 2);
          return [left + at[0] / canvas.density, top + at[1] / canvas.density];
        }""",
        name,
    )
    return told[0], told[1]


def main() -> None:
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    out = Path(sys.argv[1])
    file = io.BytesIO()
    poster().convert("RGB").save(file, "PNG")
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
                page = browser.new_page(viewport={"width": SEEN[0], "height": SEEN[1]}, reduced_motion="reduce")
                page.set_default_timeout(PATIENCE_MS)
                page.goto(found[0])
                page.wait_for_load_state("networkidle")
                film = Film(page)
                act(film, file.getvalue())
        finally:
            studio.terminate()
            studio.wait()
    film.save(out)
    if len(sys.argv) == 3:
        shots = Path(sys.argv[2])
        shots.mkdir(parents=True, exist_ok=True)
        for number, frame in enumerate(film.frames):
            frame.save(shots / f"{number:03}.png")
    print(f"{len(film.frames)} frames, {sum(film.times) / 1000:.0f} s, {out.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
