"""How the letters of a text layer look: size, colour, weight and alignment, estimated from its pixels.

Good enough to edit the words where they stand; the font itself is not recognised. Proportions are those of Helvetica
and its metric twins (Adobe Core 14 AFM files): capitals 0.72 of the font size, small letters 0.53, descenders 0.21.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from delaminate.export.text_as import TextAs
from delaminate.export.turned_text import Level, is_column, levelled
from delaminate.pixels import Box, as_eight_bit, box_of
from delaminate.stack import Layer, LayerStack

ASCENT = 0.905
"""From the top of a line to its baseline, in font sizes (Helvetica's metric twins)."""

_CAPITAL, _SMALL, _DESCENDER, _IDEOGRAPH = 0.72, 0.53, 0.21, 0.88
_LOW, _HANGING = set("acemnorsuvwxz.,:;-_~…"), set("gjpqy,;()[]{}|Qµç")
_BOLD_STROKE = 0.125
"""Stroke over font size: 0.09 in Helvetica, 0.15 in Helvetica Bold."""

# fmt: off
_WIDTHS = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
    556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
    260, 334, 584,
)
# fmt: on
"""Advance widths of the characters from space to tilde in thousandths of the font size."""

_BOLD_WIDER = 1.07


@dataclass(frozen=True)
class Line:
    """One line of text, where its ink lies on the canvas, and its baseline, in pixels from the top."""

    text: str
    ink: Box
    baseline: float


@dataclass(frozen=True)
class Look:
    """The estimate: `size` in pixels of the canvas, `colour` 8-bit RGB, `align` "left", "center" or "right".

    Turned text stands in `lines` as if it were level; `degrees` turn it clockwise about `pivot` to where it is. A
    `column` is one of upright ideographs, from top to bottom.
    """

    lines: tuple[Line, ...]
    size: float
    colour: tuple[int, int, int]
    align: str
    bold: bool
    degrees: float = 0.0
    pivot: tuple[float, float] = (0.0, 0.0)
    column: bool = False

    @property
    def fitting_size(self) -> float:
        """The size at which no line set in Helvetica is wider than its pixels; at most `size`."""
        if self.column:
            return self.size
        wider = _BOLD_WIDER if self.bold else 1.0
        return min(self.size, *(line.ink.width / (_width(line.text) * wider) for line in self.lines))

    @property
    def hex_colour(self) -> str:
        return "{:02X}{:02X}{:02X}".format(*self.colour)


def live_text(layer: Layer, stack: LayerStack, text: TextAs) -> Look | None:
    """The look of a layer that is to become live text, None for all others."""
    if text is TextAs.PIXELS or not (layer.text and layer.text.strip()):
        return None
    return estimate(layer, stack)


def estimate(layer: Layer, stack: LayerStack) -> Look | None:
    """Look at the pixels of a text layer; None where nothing is painted."""
    pixels = as_eight_bit(layer.pixels)
    ink = pixels[..., 3] > 127
    words = [line.strip() for line in (layer.text or "").splitlines() if line.strip()]
    seen = box_of(ink)
    if seen is None or not words:
        return None
    solid = pixels[ink & (pixels[..., 3] >= min(250, int(pixels[..., 3].max())))][:, :3]
    red, green, blue = (round(float(value)) for value in np.median(solid, axis=0))
    colour = (red, green, blue)
    if len(words) == 1:
        place = seen.shifted(layer.box.left, layer.box.top)
        if is_column(words[0], seen.width, seen.height):
            return _column(words[0], place, colour)
        if (level := levelled(ink[seen.slices], words[0])) is not None:
            return _turned(words[0], level, place, colour)
    inks = [box for band in _bands(ink, len(words), seen) if (box := _ink(ink, band)) is not None]
    if len(inks) != len(words):
        words, inks = [" ".join(words)], [seen]
    sizes = [box.height / sum(_extent(line)) for line, box in zip(words, inks, strict=True)]
    size = float(np.median(sizes))
    lines = tuple(
        Line(line, box.shifted(layer.box.left, layer.box.top), layer.box.top + box.bottom - _extent(line)[1] * size)
        for line, box in zip(words, inks, strict=True)
    )
    return Look(lines, size, colour, _alignment(lines, stack.width), _stroke(ink) / size > _BOLD_STROKE)


def _column(words: str, place: Box, colour: tuple[int, int, int]) -> Look:
    """Ideographs one below the other; a gap between two counts as spacing, not as size."""
    letters = sum(not letter.isspace() for letter in words)
    size = min(place.width / (_IDEOGRAPH + 0.02), 1.1 * place.height / letters)
    return Look((Line(words, place, float(place.bottom)),), size, colour, "left", bold=False, column=True)


def _turned(words: str, level: Level, place: Box, colour: tuple[int, int, int]) -> Look | None:
    """The look of the line laid level about the middle of its place."""
    seen = box_of(level.ink)
    if seen is None:
        return None
    pivot = ((place.left + place.right) / 2, (place.top + place.bottom) / 2)
    rows, columns = level.ink.shape
    ink = seen.shifted(round(pivot[0] - columns / 2), round(pivot[1] - rows / 2))
    above, below = _extent(words)
    size = ink.height / (above + below)
    bold = _stroke(level.ink) / size > _BOLD_STROKE
    line = Line(words, ink, ink.bottom - below * size)
    return Look((line,), size, colour, "center", bold, level.degrees, pivot)


def _extent(line: str) -> tuple[float, float]:
    """How far the letters reach above and below the baseline, in font sizes."""
    if any(ord(letter) > 0x2E80 for letter in line):
        return _IDEOGRAPH - 0.06, 0.06
    above = _SMALL if set(line) - {" "} <= _LOW | set("gpqy") else _CAPITAL
    return above, _DESCENDER if set(line) & _HANGING else 0.0


def _width(line: str) -> float:
    """Width of a line in Helvetica, in font sizes; letters beyond ASCII count as wide as digits, ideographs 1."""
    widths = (
        _WIDTHS[ord(letter) - 32] if " " <= letter <= "~" else 1000 if ord(letter) > 0x2E80 else 556 for letter in line
    )
    return sum(widths) / 1000


def _bands(ink: NDArray[np.bool_], count: int, seen: Box) -> list[tuple[int, int]]:
    """Rows of each line: cut at the widest empty gaps, evenly where there are too few."""
    rows = ink[seen.top : seen.bottom].any(axis=1)
    edges = np.flatnonzero(np.diff(rows.astype(np.int8)))
    gaps = [(int(start) + 1, int(stop) + 1) for start, stop in zip(edges[::2], edges[1::2], strict=False)]
    widest = sorted(sorted(gaps, key=lambda gap: gap[0] - gap[1])[: count - 1])
    if len(widest) == count - 1:
        cuts = [(start + stop) // 2 for start, stop in widest]
    else:
        cuts = [seen.height * k // count for k in range(1, count)]
    tops = [seen.top, *(seen.top + cut for cut in cuts)]
    return list(zip(tops, [*tops[1:], seen.bottom], strict=True))


def _ink(ink: NDArray[np.bool_], band: tuple[int, int]) -> Box | None:
    box = box_of(ink[band[0] : band[1]])
    return box.shifted(0, band[0]) if box else None


def _alignment(lines: tuple[Line, ...], width: int) -> str:
    """Of several lines the edge they share best; of one line whether it is centred on the canvas."""
    left, right = (np.array([getattr(line.ink, edge) for line in lines], float) for edge in ("left", "right"))
    if len(lines) == 1:
        return "center" if abs(left[0] + right[0] - width) < 0.04 * width else "left"
    spread = {"left": np.ptp(left), "center": np.ptp((left + right) / 2), "right": np.ptp(right)}
    return min(spread, key=lambda edge: float(spread[edge]))


def _stroke(ink: NDArray[np.bool_]) -> float:
    """Mean width of the strokes in pixels: twice the area over the outline (Cauchy–Crofton from grid crossings)."""
    framed = np.pad(ink, 1)
    crossings = np.count_nonzero(framed[1:] != framed[:-1]) + np.count_nonzero(framed[:, 1:] != framed[:, :-1])
    return 2 * float(ink.sum()) / (crossings * np.pi / 4)
