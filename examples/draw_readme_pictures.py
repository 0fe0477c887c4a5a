"""Draw the pictures of the README from a real split of the example poster: draw_readme_pictures.py FOLDER

Writes FOLDER/apart.webp (the layers coming off the poster and going back, animated), FOLDER/poster.webp (what goes in),
FOLDER/background.webp (what is behind everything) and FOLDER/layers.webp (all layers side by side, with their names);
FOLDER/coffee.webp and FOLDER/cat.webp are photographs, what comes off them and what the fill makes of the rest. The
photographs are those of scikit-image (extra test), which are CC0.
"""

from __future__ import annotations

import math
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from draw_poster import poster as drawn
from PIL import Image, ImageDraw, ImageFont, ImageStat

import delaminate
from delaminate.stack import LayerStack

WORDS = "the blue jug, the red apple, the yellow lemon and every text line"
TALL = 520
"""Pixels of the poster's height on the page."""
PAPER, INK = (250, 249, 247), (40, 40, 46)
STEPS, PAUSE, STEP = 12, 1100, 70
"""Frames of the way apart; milliseconds at either end and of a frame."""


def canvas_of(stack: LayerStack, index: int, size: tuple[int, int]) -> Image.Image:
    """A layer on the whole canvas, reduced."""
    layer = stack.layers[index]
    whole = Image.new("RGBA", (stack.width, stack.height))
    whole.paste(layer.image, (layer.box.left, layer.box.top))
    return whole.resize(size, Image.Resampling.LANCZOS)


def tilted(sheet: Image.Image, lean: float) -> Image.Image:
    """A sheet seen from the side: narrower, and leaning by a share of its width."""
    width, height = sheet.size
    narrow, drop = round(width * (1 - 0.45 * lean)), round(0.18 * lean * width)
    slope = drop / max(1, narrow)
    return sheet.transform(
        (narrow, height + drop),
        Image.Transform.AFFINE,
        (width / narrow, 0, 0, slope, 1, -drop),
        Image.Resampling.BICUBIC,
    )


def apart(sheets: list[Image.Image], share: float, size: tuple[int, int]) -> Image.Image:
    """All sheets at one instant; `share` is 0 together, 1 apart."""
    frame = Image.new("RGBA", size, (*PAPER, 255))
    eased = (1 - math.cos(math.pi * share)) / 2
    width = sheets[0].width
    gap = (size[0] - width * 0.62) / max(1, len(sheets) - 1) * eased
    left = (size[0] - width) / 2 * (1 - eased) + 12 * eased
    for number, sheet in enumerate(sheets):
        seen = tilted(sheet, eased)
        if number and eased:
            edge = Image.new("RGBA", sheet.size, (40, 60, 110, round(14 * eased)))
            ImageDraw.Draw(edge).rectangle((0, 0, sheet.width - 1, sheet.height - 1), outline=(70, 80, 110, 90))
            frame.alpha_composite(tilted(edge, eased), (round(left + gap * number), 24))
        frame.alpha_composite(seen, (round(left + gap * number), 24))
    return frame.convert("RGB")


def named(stack: LayerStack, tall: int) -> Image.Image:
    """Every layer cropped to itself, on a light board, with its name below."""
    face = ImageFont.load_default(15)
    cells: list[Image.Image] = []
    for layer in reversed(stack.layers):
        image = layer.image
        image.thumbnail((tall, tall))
        cell = Image.new("RGB", (tall + 20, tall + 52), PAPER)
        draw_on = ImageDraw.Draw(cell)
        bright = (
            ImageStat.Stat(image.convert("L"), image.getchannel("A").point(lambda a: 255 * (a > 128))).mean[0] > 200
        )
        board, square = ((96, 98, 106), (84, 86, 94)) if bright else (PAPER, (236, 235, 232))
        draw_on.rectangle((10, 10, tall + 9, tall + 9), fill=board)
        for y in range(0, tall, 10):
            for x in range(0, tall, 10):
                if (x + y) // 10 % 2:
                    draw_on.rectangle((x + 10, y + 10, x + 19, y + 19), fill=square)
        cell.paste(image, (10 + (tall - image.width) // 2, 10 + (tall - image.height) // 2), image)
        name = layer.name if len(layer.name) <= 20 else f"{layer.name[:19]}…"
        draw_on.text((cell.width // 2, tall + 30), name, INK, face, anchor="mm")
        cells.append(cell)
    columns = math.ceil(len(cells) / 2)
    sheet = Image.new("RGB", (columns * cells[0].width, 2 * cells[0].height), PAPER)
    for number, cell in enumerate(cells):
        sheet.paste(cell, (number % columns * cell.width, number // columns * cell.height))
    return sheet


def cut_out(name: str) -> Image.Image:
    """A photograph of scikit-image, its subject on a board, and what lies behind it."""
    folder = find_spec("skimage.data")
    assert folder is not None
    assert folder.origin is not None
    with Image.open(Path(folder.origin).with_name(f"{name}.png")) as file:
        photograph = file.convert("RGB")
    stack = delaminate.split(photograph, "isolate the main subject").stack
    subject = Image.new("RGB", photograph.size, PAPER)
    draw_on = ImageDraw.Draw(subject)
    for y in range(0, subject.height, 14):
        for x in range(y // 14 % 2 * 14, subject.width, 28):
            draw_on.rectangle((x, y, x + 13, y + 13), fill=(226, 225, 222))
    for layer in stack.layers[1:]:
        subject.paste(layer.image, (layer.box.left, layer.box.top), layer.image)
    wide = (320, round(320 * photograph.height / photograph.width))
    strip = Image.new("RGB", (3 * wide[0], wide[1]))
    for number, panel in enumerate((photograph, subject, stack.layers[0].image.convert("RGB"))):
        strip.paste(panel.resize(wide, Image.Resampling.LANCZOS), (number * wide[0], 0))
    return strip


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    poster = drawn()
    result = delaminate.split(poster, WORDS, max_layers=8)
    assert result.exact
    stack = result.stack
    size = (round(stack.width * TALL / stack.height), TALL)
    sheets = [canvas_of(stack, index, size) for index in range(len(stack.layers))]
    frame = (960, TALL + 24 + round(0.18 * size[0]) + 12)
    frames = [apart(sheets, step / STEPS, frame) for step in range(STEPS + 1)]
    there_and_back = [*frames, *frames[-2:0:-1]]
    times = [PAUSE if frame in (frames[0], frames[-1]) else STEP for frame in there_and_back]
    first, *others = there_and_back
    first.save(out / "apart.webp", save_all=True, append_images=others, duration=times, loop=0, quality=50, method=6)
    poster.convert("RGB").resize(size, Image.Resampling.LANCZOS).save(out / "poster.webp", quality=80, method=6)
    sheets[0].convert("RGB").save(out / "background.webp", quality=80, method=6)
    named(stack, 170).save(out / "layers.webp", quality=80, method=6)
    for name, photograph in (("coffee", "coffee"), ("cat", "chelsea")):
        cut_out(photograph).save(out / f"{name}.webp", quality=80, method=6)
    with tempfile.TemporaryDirectory() as folder:
        delaminate.save(result, Path(folder) / "layers")
        preview = Image.open(Path(folder) / "layers" / "preview.png").convert("RGB")
        preview.thumbnail((960, 960))
        preview.save(out / "preview.webp", quality=78, method=6)


if __name__ == "__main__":
    main()
