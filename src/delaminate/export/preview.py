"""A contact sheet: the flattened picture, then every layer on a checkerboard with its name, role and confidence."""

from __future__ import annotations

import functools
import math
import unicodedata
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from delaminate.composite import flatten
from delaminate.contracts import Decomposition
from delaminate.pixels import Rgba, as_eight_bit
from delaminate.stack import Layer, LayerStack, Role

_Colour: TypeAlias = tuple[int, int, int]

_PAGE, _CARD, _LINE = (244, 244, 246), (255, 255, 255), (222, 222, 226)
_INK, _FAINT, _AMBER = (28, 28, 32), (118, 118, 126), (176, 108, 0)
_LIGHT_BOARD, _DARK_BOARD, _SQUARE = (255, 232), (132, 116), 10
_BRIGHT = 200
"""Mean level from which a layer (white lettering, say) is shown on the dark board."""

_MARGIN, _GAP, _PAD, _WIDTH, _CAPTION, _HEADER = 40, 24, 14, 320, 62, 76
_FACE, _LONGEST = 17, 200
_UNCERTAIN = 0.5
_PLAINER = str.maketrans("–—‘’×", "--''x")


@dataclass(frozen=True)
class _Cell:
    """Size of the picture inside a card, of the card's picture area, and how much the canvas is scaled."""

    width: int
    height: int
    area: int
    scale: float


def contact_sheet(decomposition: Decomposition) -> Image.Image:
    """Draw the sheet as an RGB image about 1,450 pixels wide.

    Notes
    -----
    Every layer is brought to the size of its cell first; memory beyond that is one flattened canvas.
    """
    stack = decomposition.stack
    cell = _cell(stack)
    count = len(stack.layers) + 1
    rows = math.ceil(count / (4 if cell.area > _WIDTH * 0.6 else 3))
    columns = math.ceil(count / rows)
    card = (_WIDTH + 2 * _PAD, cell.area + 2 * _PAD + _CAPTION)
    size = (
        2 * _MARGIN + columns * card[0] + (columns - 1) * _GAP,
        2 * _MARGIN + _HEADER + rows * card[1] + (rows - 1) * _GAP,
    )
    sheet = Image.new("RGB", size, _PAGE)
    _write_header(sheet, decomposition)
    blank = _blank_card(card)
    whole = _thumbnail(flatten(stack), cell)
    entries = [(whole, (0, 0), "all layers together", "flattened", _FAINT)]
    for z, layer in enumerate(stack.layers):
        at = (round(layer.box.left * cell.scale), round(layer.box.top * cell.scale))
        entries.append((_thumbnail(layer.pixels, cell), at, _title(layer, z), *_subtitle(layer)))
    for index, (picture, at, title, subtitle, colour) in enumerate(entries):
        x = _MARGIN + index % columns * (card[0] + _GAP)
        y = _MARGIN + _HEADER + index // columns * (card[1] + _GAP)
        sheet.paste(blank, (x - _GAP // 2, y - _GAP // 2))
        left, top = x + _PAD + (_WIDTH - cell.width) // 2, y + _PAD + (cell.area - cell.height) // 2
        sheet.paste(_on_checkerboard(picture, at, cell), (left, top))
        _write(sheet, (x + _PAD, y + _PAD + cell.area + 14), title, (_FACE, _INK))
        _write(sheet, (x + _PAD, y + _PAD + cell.area + 38), subtitle, (13, colour))
    return sheet


def _cell(stack: LayerStack) -> _Cell:
    area = round(_WIDTH * min(max(stack.height / stack.width, 0.4), 1.3))
    scale = min(_WIDTH / stack.width, area / stack.height)
    return _Cell(max(1, round(stack.width * scale)), max(1, round(stack.height * scale)), area, scale)


def _thumbnail(pixels: Rgba, cell: _Cell) -> Image.Image:
    size = (max(1, round(pixels.shape[1] * cell.scale)), max(1, round(pixels.shape[0] * cell.scale)))
    image = Image.fromarray(np.ascontiguousarray(as_eight_bit(pixels)))
    # Small pictures (sprites, icons) keep their square pixels.
    how = Image.Resampling.NEAREST if cell.scale >= 2 else Image.Resampling.LANCZOS
    return image.resize(size, how, reducing_gap=None if cell.scale >= 1 else 2.0)


def _on_checkerboard(picture: Image.Image, at: tuple[int, int], cell: _Cell) -> Image.Image:
    seen = np.asarray(picture)[np.asarray(picture)[..., 3] > 127, :3]
    light, dark = _DARK_BOARD if seen.size and seen.mean() > _BRIGHT else _LIGHT_BOARD
    y, x = np.mgrid[: cell.height, : cell.width] // _SQUARE
    board = Image.fromarray(np.where((x + y) % 2, dark, light).astype(np.uint8)).convert("RGB")
    board.paste(picture, at, picture)
    ImageDraw.Draw(board).rectangle((0, 0, cell.width - 1, cell.height - 1), outline=_LINE)
    return board


def _blank_card(size: tuple[int, int]) -> Image.Image:
    """A white card with round corners and a soft shadow, on half a gap of page all round."""
    edge, finer = _GAP // 2, 4
    whole = (size[0] + 2 * edge, size[1] + 2 * edge)
    mask = Image.new("L", (whole[0] * finer, whole[1] * finer))
    corners = (edge * finer, edge * finer, (edge + size[0]) * finer - 1, (edge + size[1]) * finer - 1)
    ImageDraw.Draw(mask).rounded_rectangle(corners, 12 * finer, fill=255)
    mask = mask.resize(whole, Image.Resampling.BOX)
    card = Image.new("RGB", whole, _PAGE)
    shadow = mask.filter(ImageFilter.GaussianBlur(4)).point(lambda value: value * 0.10)
    card.paste((0, 0, 0), (0, 2), shadow)
    card.paste(_CARD, (0, 0), mask)
    return card


def _write_header(sheet: Image.Image, decomposition: Decomposition) -> None:
    stack, report = decomposition.stack, decomposition.report
    asked = _shown(decomposition.instruction.text)
    above = f"“{asked}”" if asked else "layers"
    exact = report.max_error == 0 and report.differing_pixels == 0
    proof = "add up to the picture exactly" if exact else f"differ from the picture by up to {report.max_error} levels"
    layers = "1 layer" if len(stack.layers) == 2 else f"{len(stack.layers) - 1} layers"
    below = f"{stack.width} x {stack.height} pixels  ·  {layers} and a background  ·  {proof}"
    _write(sheet, (_MARGIN, _MARGIN - 6), above, (24, _INK), sheet.width - 2 * _MARGIN)
    _write(sheet, (_MARGIN, _MARGIN + 30), below, (14, _FAINT), sheet.width - 2 * _MARGIN)


def _title(layer: Layer, z: int) -> str:
    return _shown(layer.name) or f"{layer.role.value} {z}"


def _subtitle(layer: Layer) -> tuple[str, _Colour]:
    if layer.role is Role.BACKGROUND:
        return "filled in where layers were lifted", _FAINT
    words = f"{layer.role.value}  ·  {layer.confidence:.0%} sure"
    return (f"{words}  ·  a guess", _AMBER) if layer.confidence < _UNCERTAIN else (words, _FAINT)


def _shown(text: str) -> str:
    """The text on one line, accents dropped where the font lacks them; empty where it lacks whole letters ("苹果")."""
    line = unicodedata.normalize("NFC", " ".join(text.split())).translate(_PLAINER)
    letters = [letter if _has_glyph(letter) else unicodedata.normalize("NFKD", letter)[0] for letter in line]
    return "".join(letters) if all(map(_has_glyph, letters)) else ""


@functools.cache
def _has_glyph(letter: str) -> bool:
    """Whether the font that comes with Pillow draws the letter as anything but its box for missing ones."""
    font = ImageFont.load_default(_FACE)
    return letter.isprintable() and bytes(font.getmask(letter)) != bytes(font.getmask("\uffff"))


def _write(sheet: Image.Image, at: tuple[int, int], text: str, face: tuple[int, _Colour], width: int = _WIDTH) -> None:
    """One line; `face` is its size and colour; too long a text ends in an ellipsis."""
    size, ink = face
    font = ImageFont.load_default(size)
    text = text[:_LONGEST]
    if font.getlength(text) > width:
        while text and font.getlength(text + "…") > width:
            text = text[:-1]
        text = text.rstrip() + "…"
    ImageDraw.Draw(sheet).text(at, text, fill=ink, font=font)
