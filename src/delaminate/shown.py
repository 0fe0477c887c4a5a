"""Layers as notebooks show them: small PNGs on a checkerboard, and HTML that needs nothing but itself."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from delaminate.pixels import Rgba, as_eight_bit

LONGEST = 640
"""Pixels of the longer side of a picture that is shown by itself."""

_SQUARE, _LIGHT, _DARK = 8, 255, 226
_CELL = "padding:4px 14px 4px 0;text-align:left;vertical-align:middle"


def png(pixels: Rgba, longest: int = LONGEST) -> bytes:
    """Pixels over a checkerboard, no larger than asked for.

    Parameters
    ----------
    pixels : uint8 or uint16 h×w×4, straight alpha.
    """
    image = Image.fromarray(as_eight_bit(pixels))
    if image.width == 0 or image.height == 0:
        image = Image.new("RGBA", (1, 1))
    image.thumbnail((longest, longest), reducing_gap=2.0)
    board = Image.fromarray(_board(image.width, image.height)).convert("RGBA")
    board.alpha_composite(image)
    file = io.BytesIO()
    board.convert("RGB").save(file, "PNG")
    return file.getvalue()


def _board(width: int, height: int) -> NDArray[np.uint8]:
    rows, columns = np.arange(height)[:, None] // _SQUARE, np.arange(width)[None] // _SQUARE
    return np.where((rows + columns) % 2, np.uint8(_DARK), np.uint8(_LIGHT))


def inline(pixels: Rgba, longest: int, title: str) -> str:
    """An `<img>` that carries its picture; `title` is any text."""
    data = base64.b64encode(png(pixels, longest)).decode()
    return f'<img src="data:image/png;base64,{data}" alt="{escape(title)}" style="max-width:none">'


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """An HTML table; cells are markup, so text in them is escaped by whoever made it."""
    top = "".join(f'<th style="{_CELL}">{escape(cell)}</th>' for cell in head)
    body = "".join("<tr>" + "".join(f'<td style="{_CELL}">{cell}</td>' for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
