"""Text in the fonts of the machine."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from delaminate.evaluation.generation.sketch import Colour
from delaminate.pixels import Rgba, box_of

FONT_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "/Library/Fonts",
    "/System/Library/Fonts",
    "~/Library/Fonts",
    os.path.join(os.environ.get("WINDIR", ""), "Fonts"),  # noqa: PTH118 the variable may be empty
)
_NOT_FOR_WORDS = (
    "emoji",
    "symbol",
    "math",
    "icon",
    "dingbat",
    "braille",
    "music",
    "extralight",
    "ornament",
    "d050000l",
)


@dataclass(frozen=True)
class Typeface:
    """A font file, or Pillow's built-in font where `path` is None; `name` is family and style."""

    name: str
    path: Path | None

    @property
    def bold(self) -> bool:
        return any(word in self.name.lower() for word in ("bold", "black", "heavy", "extra"))

    def at(self, size: int) -> ImageFont.FreeTypeFont:
        if self.path is None:
            built_in = ImageFont.load_default(size)
            if not isinstance(built_in, ImageFont.FreeTypeFont):
                raise OSError("this Pillow was built without FreeType")
            return built_in
        # The basic layout does the same with and without the optional shaping library.
        return ImageFont.truetype(str(self.path), size, layout_engine=ImageFont.Layout.BASIC)


@functools.cache
def typefaces() -> tuple[Typeface, ...]:
    """Every Latin text font found in the usual folders, by name, after Pillow's own."""
    found: dict[str, Typeface] = {}
    for folder in FONT_FOLDERS:
        root = Path(folder).expanduser()
        for path in sorted(root.rglob("*")) if root.is_dir() and folder != "Fonts" else ():
            if path.suffix.lower() not in {".ttf", ".otf"}:
                continue
            try:
                font = ImageFont.truetype(str(path), 20, layout_engine=ImageFont.Layout.BASIC)
            except OSError:
                continue
            name = " ".join(part for part in font.getname() if part)
            usable = not any(word in name.lower() for word in _NOT_FOR_WORDS) and _has_letters(font)
            if usable and name not in found:
                found[name] = Typeface(name, path)
    own = Typeface(" ".join(part for part in Typeface("", None).at(20).getname() if part), None)
    return (own, *(found[name] for name in sorted(found)))


def _has_letters(font: ImageFont.FreeTypeFont) -> bool:
    missing = bytes(font.getmask("\uffff"))
    shapes = [bytes(font.getmask(letter)) for letter in "Aag5"]
    return missing not in shapes and len(set(shapes)) == len(shapes) and all(any(shape) for shape in shapes)


def choose(rng: Random, *, bold: bool) -> Typeface:
    """A typeface; every other one is Pillow's own, which is there on every machine."""
    fitting = [face for face in typefaces() if face.bold == bold] or list(typefaces())
    return rng.choice(fitting)


@dataclass(frozen=True)
class Lettering:
    """How a line is set: typeface, size in pixels, colour (`second` at the bottom), outline, and turn in degrees."""

    face: Typeface
    size: int
    colour: Colour
    second: Colour | None = None
    outline: Colour | None = None
    turn: float = 0.0


def set_line(text: str, style: Lettering, widest: int | None = None) -> Rgba:
    """One line of text, cropped to its ink; set smaller where it would be wider than `widest` pixels."""
    size = style.size
    ink = _ink(text, style, size)
    while widest is not None and ink.shape[1] > widest and size > 8:
        size = max(8, min(size - 1, int(size * widest / ink.shape[1])))
        ink = _ink(text, style, size)
    return ink


def _ink(text: str, style: Lettering, size: int) -> Rgba:
    font = style.face.at(size)
    stroke = max(1, size // 18) if style.outline else 0
    left, top, right, bottom = font.getbbox(text, stroke_width=stroke)
    room = (int(right - left) + 8, int(bottom - top) + 8)
    at = (4 - left, 4 - top)
    body = Image.new("L", room)
    ImageDraw.Draw(body).text(at, text, fill=255, font=font)
    whole = Image.new("L", room)
    ImageDraw.Draw(whole).text(at, text, fill=255, font=font, stroke_width=stroke)
    pixels = np.zeros((room[1], room[0], 4), np.uint8)
    pixels[..., 3] = np.asarray(whole)
    down = np.linspace(0, 1, room[1])[:, None]
    second = style.second or style.colour
    share = np.asarray(body) / 255.0 if style.outline else np.ones((room[1], room[0]))
    for channel in range(3):
        face = style.colour[channel] + (second[channel] - style.colour[channel]) * down
        rim = (style.outline or style.colour)[channel]
        pixels[..., channel] = np.rint(face * share + rim * (1 - share))
    pixels[pixels[..., 3] == 0] = 0
    if style.turn:
        pixels = _turned(pixels, style.turn)
    box = box_of(pixels[..., 3])
    return pixels if box is None else np.ascontiguousarray(pixels[box.slices])


def _turned(pixels: Rgba, degrees: float) -> Rgba:
    """Rotated with premultiplied colours, so that no dark rim appears."""
    alpha = pixels[..., 3:].astype(np.uint16)
    premultiplied = np.dstack([(pixels[..., :3] * alpha + 127) // 255, alpha]).astype(np.uint8)
    planes = [
        np.asarray(Image.fromarray(premultiplied[..., k]).rotate(degrees, Image.Resampling.BILINEAR, expand=True))
        for k in range(4)
    ]
    a = planes[3].astype(np.uint16)
    colour = [np.minimum((planes[k] * np.uint16(255) + a // 2) // np.maximum(a, 1), 255) for k in range(3)]
    out = np.dstack([*colour, a]).astype(np.uint8)
    out[a == 0] = 0
    return out
