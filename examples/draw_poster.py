"""Draw the project's own example picture, a market poster: draw_poster.py OUT.png

Everything is drawn here, at twice the size and then reduced, so that edges are soft as in a real picture.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

WIDTH, HEIGHT, FINER = 1000, 1400, 2

Colour = tuple[int, int, int]
Draw = ImageDraw.ImageDraw

NAVY, CREAM, TEAL = (27, 42, 73), (255, 246, 228), (14, 116, 124)


def mask(paint: Callable[[Draw], object]) -> Image.Image:
    """A grey canvas on which `paint` drew in white; coordinates are those of the finished poster times FINER."""
    canvas = Image.new("L", (WIDTH * FINER, HEIGHT * FINER))
    paint(ImageDraw.Draw(canvas))
    return canvas


def rounded(shape: Image.Image, radius: float) -> Image.Image:
    """The shape with its corners and notches rounded: blurred, then cut where it is half."""
    return shape.filter(ImageFilter.GaussianBlur(radius * FINER)).point(lambda value: (value - 112) * 8)


def scaled(*numbers: float) -> list[float]:
    return [number * FINER for number in numbers]


def gradient(top: Colour, bottom: Colour) -> Image.Image:
    share = np.linspace(0, 1, HEIGHT * FINER)[:, None, None]
    rows = (1 - share) * np.array(top) + share * np.array(bottom)
    return Image.fromarray(np.repeat(np.rint(rows).astype(np.uint8), WIDTH * FINER, axis=1))


def ball(shape: Image.Image, light: Colour, middle: Colour, dark: Colour) -> Image.Image:
    """The shape's colours under a lamp at the top left, as RGBA."""
    left, top, right, bottom = shape.getbbox() or (0, 0, 1, 1)
    y, x = np.mgrid[top:bottom, left:right].astype(np.float32)
    u, v = (x - left) / (right - left) - 0.34, (y - top) / (bottom - top) - 0.28
    share = np.clip(np.hypot(u, v) / 0.85, 0, 1)[..., None]
    near, far = np.clip(share * 2, 0, 1), np.clip(share * 2 - 1, 0, 1)
    colour = (1 - near) * np.array(light) + near * ((1 - far) * np.array(middle) + far * np.array(dark))
    lit = Image.new("RGBA", shape.size)
    lit.paste(Image.fromarray(np.rint(colour).astype(np.uint8)), (left, top))
    lit.putalpha(shape)
    return lit


def shadow(poster: Image.Image, x: float, y: float, wide: float) -> None:
    """A soft shadow on the ground below (x, y)."""
    soft = mask(lambda draw: draw.ellipse(scaled(x - wide, y - wide / 7, x + wide, y + wide / 7), fill=120))
    poster.paste(NAVY, (0, 0), soft.filter(ImageFilter.GaussianBlur(9 * FINER)))


def shine(poster: Image.Image, box: tuple[float, ...], strength: int) -> None:
    soft = mask(lambda draw: draw.ellipse(scaled(*box), fill=strength))
    poster.paste((255, 255, 255), (0, 0), soft.filter(ImageFilter.GaussianBlur(8 * FINER)))


def apple(poster: Image.Image, x: float, y: float, r: float) -> None:
    def body(draw: Draw) -> None:
        draw.ellipse(scaled(x - r, y - 0.86 * r, x + 0.22 * r, y + 0.84 * r), fill=255)
        draw.ellipse(scaled(x - 0.22 * r, y - 0.86 * r, x + r, y + 0.84 * r), fill=255)
        draw.ellipse(scaled(x - 0.72 * r, y - 0.5 * r, x + 0.72 * r, y + 0.95 * r), fill=255)

    shadow(poster, x + 10, y + 0.93 * r, 0.95 * r)
    poster.alpha_composite(ball(rounded(mask(body), 9), (246, 110, 92), (208, 38, 44), (118, 12, 30)))
    draw = ImageDraw.Draw(poster)
    stem = [(x, y - 0.7 * r), (x + 0.03 * r, y - 0.98 * r), (x + 0.13 * r, y - 1.2 * r)]
    draw.line(
        [(a * FINER, b * FINER) for a, b in stem], fill=(92, 58, 32), width=round(0.08 * r * FINER), joint="curve"
    )
    leaf = mask(lambda it: it.ellipse(scaled(x + 0.1 * r, y - 1.28 * r, x + 0.82 * r, y - 0.9 * r), fill=255))
    leaf = leaf.rotate(18, center=(x * FINER, y * FINER - r * FINER), resample=Image.Resampling.BICUBIC)
    poster.alpha_composite(ball(leaf, (150, 205, 92), (84, 158, 62), (40, 104, 48)))
    shine(poster, (x - 0.62 * r, y - 0.58 * r, x - 0.28 * r, y - 0.2 * r), 150)


def lemon(poster: Image.Image, x: float, y: float, r: float) -> None:
    def body(draw: Draw) -> None:
        draw.ellipse(scaled(x - r, y - 0.7 * r, x + r, y + 0.7 * r), fill=255)
        draw.ellipse(scaled(x + 0.82 * r, y - 0.2 * r, x + 1.2 * r, y + 0.2 * r), fill=255)
        draw.ellipse(scaled(x - 1.12 * r, y - 0.16 * r, x - 0.8 * r, y + 0.16 * r), fill=255)

    shadow(poster, x + 8, y + 0.76 * r, r)
    turned = mask(body).rotate(14, center=(x * FINER, y * FINER), resample=Image.Resampling.BICUBIC)
    poster.alpha_composite(ball(turned, (255, 242, 140), (248, 205, 48), (196, 138, 16)))
    shine(poster, (x - 0.52 * r, y - 0.44 * r, x - 0.1 * r, y - 0.16 * r), 170)


def jug(poster: Image.Image, x: float, y: float, r: float) -> None:
    """A blue jug with its handle on the right; (x, y) is the middle of the belly."""

    def body(draw: Draw) -> None:
        draw.ellipse(scaled(x - r, y - r, x + r, y + 1.06 * r), fill=255)
        draw.polygon(
            scaled(x - 0.52 * r, y - 1.75 * r, x + 0.5 * r, y - 1.75 * r, x + 0.72 * r, y, x - 0.72 * r, y), fill=255
        )
        draw.polygon(scaled(x - 0.85 * r, y - 1.9 * r, x + 0.52 * r, y - 1.75 * r, x - 0.5 * r, y - 1.35 * r), fill=255)
        draw.rectangle(scaled(x - 0.62 * r, y + 0.7 * r, x + 0.62 * r, y + 1.12 * r), fill=255)

    def handle(draw: Draw) -> None:
        draw.ellipse(scaled(x + 0.12 * r, y - 1.5 * r, x + 1.32 * r, y + 0.32 * r), fill=255)
        draw.ellipse(scaled(x + 0.3 * r, y - 1.26 * r, x + 1.08 * r, y + 0.08 * r), fill=0)

    shadow(poster, x + 12, y + 1.1 * r, 1.05 * r)
    whole = rounded(ImageChops.lighter(mask(handle), mask(body)), 7)
    poster.alpha_composite(ball(whole, (138, 186, 232), (56, 112, 190), (22, 50, 112)))
    shine(poster, (x - 0.66 * r, y - 0.6 * r, x - 0.34 * r, y + 0.1 * r), 130)


def text(
    poster: Image.Image, y: float, words: str, size: float, ink: Colour, *, bold: float = 0, x: float = WIDTH / 2
) -> None:
    """One line of text, centred at x."""
    face = ImageFont.load_default(size * FINER)
    stroke = round(bold * FINER)
    # A bold made of strokes needs letters further apart than the face sets them.
    widths = [face.getlength(letter) + 2 * stroke for letter in words]
    left = x * FINER - sum(widths) / 2
    draw = ImageDraw.Draw(poster)
    for letter, width in zip(words, widths, strict=True):
        draw.text((left + stroke, y * FINER), letter, ink, face, "lm", stroke_width=stroke, stroke_fill=ink)
        left += width


def poster(without: str = "") -> Image.Image:
    """The finished picture, 1000 × 1400, RGB; `without` leaves out one of `POSTER`, and what it casts."""
    sheet = gradient((255, 236, 200), (250, 178, 140)).convert("RGBA")
    sun = mask(lambda draw: draw.ellipse(scaled(190, 400, 810, 1020), fill=255))
    sheet.alpha_composite(ball(sun, (255, 224, 130), (255, 196, 92), (250, 164, 78)))
    ground = mask(lambda draw: draw.ellipse(scaled(-300, 960, 1300, 1900), fill=255))
    sheet.paste((238, 216, 170), (0, 0), ground)
    for name, paint in POSTER.items():
        if name != without:
            paint(sheet)
    return sheet.convert("RGB").resize((WIDTH, HEIGHT), Image.Resampling.BOX)


def badge(sheet: Image.Image) -> None:
    sheet.paste((196, 46, 58), (0, 0), mask(lambda draw: draw.ellipse(scaled(745, 320, 945, 520), fill=255)))
    text(sheet, 420, "FREE", 62, CREAM, bold=2, x=845)


def band(sheet: Image.Image) -> None:
    shape = mask(lambda draw: draw.rounded_rectangle(scaled(90, 1235, 910, 1345), 24 * FINER, fill=255))
    sheet.paste(TEAL, (0, 0), shape)
    text(sheet, 1288, "10 JULY  HARBOUR SQUARE", 54, CREAM, bold=1)


POSTER: dict[str, Callable[[Image.Image], None]] = {
    "title": lambda sheet: text(sheet, 150, "SUMMER MARKET", 96, NAVY, bold=3),
    "subtitle": lambda sheet: text(sheet, 262, "fresh fruit every saturday", 52, (150, 62, 44)),
    "jug": lambda sheet: jug(sheet, 640, 820, 150),
    "apple": lambda sheet: apple(sheet, 345, 925, 135),
    "lemon": lambda sheet: lemon(sheet, 560, 1085, 92),
    "badge": badge,
    "band": band,
}
"""What lies on the poster, from the back to the front."""


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: draw_poster.py OUT.png")
    out = Path(sys.argv[1])
    out.parent.mkdir(parents=True, exist_ok=True)
    poster().save(out)
    print(f"drew {out}")


if __name__ == "__main__":
    main()
