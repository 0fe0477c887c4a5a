"""Draw the pictures that the studio offers to begin with: draw_studio_pictures.py OUT_FOLDER

A poster, a still life and a card, each as PNG and as a small WebP for its button.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from draw_poster import CREAM, FINER, NAVY, TEAL, apple, ball, gradient, jug, lemon, mask, poster, scaled, text
from PIL import Image

SMALL = (320, 240)


def still_life(without: str = "") -> Image.Image:
    """A jug and two fruits on a table, 1000 × 750; `without` leaves out one of `STILL_LIFE`."""
    sheet = gradient((226, 233, 232), (188, 203, 204)).convert("RGBA")
    table = mask(lambda draw: draw.rectangle(scaled(-10, 900, 1010, 1400), fill=255))
    sheet.alpha_composite(ball(table, (214, 176, 134), (190, 146, 102), (138, 98, 64)))
    for name, paint in STILL_LIFE.items():
        if name != without:
            paint(sheet)
    return sheet.convert("RGB").resize((1000, 1400), Image.Resampling.BOX).crop((0, 450, 1000, 1200))


STILL_LIFE: dict[str, Callable[[Image.Image], None]] = {
    "jug": lambda sheet: jug(sheet, 330, 790, 150),
    "apple": lambda sheet: apple(sheet, 600, 905, 110),
    "lemon": lambda sheet: lemon(sheet, 795, 1000, 84),
}


def card(without: str = "") -> Image.Image:
    """An offer with a round badge and a button, 1000 × 750; `without` leaves out one of `CARD`."""
    sheet = gradient((36, 52, 88), (20, 28, 50)).convert("RGBA")
    panel = mask(lambda draw: draw.rounded_rectangle(scaled(70, 70, 930, 680), 40 * FINER, fill=255))
    sheet.paste(CREAM, (0, 0), panel)
    for name, paint in CARD.items():
        if name != without:
            paint(sheet)
    return sheet.convert("RGB").resize((1000, 1400), Image.Resampling.BOX).crop((0, 0, 1000, 750))


def badge(sheet: Image.Image) -> None:
    shape = mask(lambda draw: draw.ellipse(scaled(690, 330, 880, 520), fill=255))
    sheet.alpha_composite(ball(shape, (250, 190, 90), (240, 150, 50), (206, 108, 26)))
    text(sheet, 425, "-50", 70, CREAM, bold=2, x=785)


def button(sheet: Image.Image) -> None:
    shape = mask(lambda draw: draw.rounded_rectangle(scaled(140, 520, 520, 620), 50 * FINER, fill=255))
    sheet.paste(TEAL, (0, 0), shape)
    text(sheet, 570, "ORDER NOW", 46, CREAM, bold=1, x=330)


CARD: dict[str, Callable[[Image.Image], None]] = {
    "headline": lambda sheet: text(sheet, 190, "GOOD MORNING", 68, NAVY, bold=2, x=404),
    "offer": lambda sheet: text(sheet, 290, "two coffees for one", 48, (112, 84, 60), x=352),
    "badge": badge,
    "button": button,
}


def small(picture: Image.Image) -> Image.Image:
    """The middle of it at the size of a button."""
    width, height = picture.size
    share = min(width / SMALL[0], height / SMALL[1])
    left, top = (width - share * SMALL[0]) / 2, (height - share * SMALL[1]) / 2
    return picture.resize(SMALL, Image.Resampling.LANCZOS, (left, top, width - left, height - top))


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: draw_studio_pictures.py OUT_FOLDER")
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    for name, picture in (("market", poster()), ("still-life", still_life()), ("card", card())):
        picture.save(out / f"{name}.png", optimize=True)
        small(picture).save(out / f"{name}-small.webp", quality=85, method=6)
    print(f"drew three pictures in {out}")


if __name__ == "__main__":
    main()
