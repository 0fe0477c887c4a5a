"""Text that is not level: which way a line of text runs, seen from its ink, and its ink laid level.

The long side of the ink tells the slope; which end comes first is told by letters drawn with a plain stroke font
(Hershey's, in OpenCV) and compared with the ink both ways round. Ideographs one below the other stand upright: they are
no turned line but a column.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_LEVEL_DEGREES = 4.0
"""Letters that reach up or down tilt the smallest rectangle around a level line by so much."""

_LONG = 2.2
"""Length over height from which the slope of a line can be told."""

_SURER = 0.12
"""How much better upside down must fit before a level line is taken to be so."""

_FEWEST_LETTERS = 3


@dataclass(frozen=True, eq=False)
class Level:
    """Ink laid level: `ink` is bool, its middle is the middle of the layer's box; `degrees` turn it back, clockwise."""

    ink: NDArray[np.bool_]
    degrees: float


def is_column(text: str, width: int, height: int) -> bool:
    """Whether the text is a column of upright ideographs or kana."""
    letters = [letter for letter in text if not letter.isspace()]
    return len(letters) > 1 and height > 1.5 * width and all(ord(letter) > 0x2E80 for letter in letters)


def levelled(ink: NDArray[np.bool_], text: str) -> Level | None:
    """The ink of one line of text laid level, or None where it is level as it is."""
    import cv2

    rows, columns = np.nonzero(ink)
    if rows.size < 3 or len(text.strip()) < _FEWEST_LETTERS:
        return None
    points = np.stack([columns, rows], axis=1).astype(np.float32)
    _, (width, height), angle = cv2.minAreaRect(cv2.convexHull(points))
    if height > width:
        width, height, angle = height, width, angle + 90
    if height < 1 or width < _LONG * height:
        return None
    slope = (angle + 90) % 180 - 90  # of the long side, clockwise from level, -90 to 90
    if abs(slope) <= _LEVEL_DEGREES:
        upright, turned = _fit(ink, text), _fit(ink[::-1, ::-1], text)
        return Level(np.ascontiguousarray(ink[::-1, ::-1]), 180.0) if turned > upright + _SURER else None
    if abs(abs(slope) - 90) <= _LEVEL_DEGREES:
        upwards = Level(np.ascontiguousarray(np.rot90(ink, -1)), -90.0)
        downwards = Level(np.ascontiguousarray(np.rot90(ink, 1)), 90.0)
        return downwards if _fit(downwards.ink, text) > _fit(upwards.ink, text) + _SURER / 4 else upwards
    level = _turned(ink, slope)
    other = np.ascontiguousarray(level[::-1, ::-1])
    if _fit(other, text) > _fit(level, text) + _SURER:
        return Level(other, slope + 180 if slope <= 0 else slope - 180)
    return Level(level, slope)


def _turned(ink: NDArray[np.bool_], degrees: float) -> NDArray[np.bool_]:
    """The ink turned anticlockwise about its middle, on a canvas that holds all of it."""
    import cv2

    height, width = ink.shape
    side = int(np.hypot(height, width)) + 3
    matrix: Any = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    matrix[:, 2] += side / 2 - np.array([width / 2, height / 2])
    found: Any = cv2.warpAffine(ink.astype(np.uint8) * 255, matrix, (side, side), flags=cv2.INTER_LINEAR)
    level: NDArray[np.bool_] = found > 127
    return level


def _fit(ink: NDArray[np.bool_], text: str) -> float:
    """How well letters drawn with strokes lie on the ink, -1 to 1; 0 for letters that cannot be drawn."""
    import cv2

    if not text.isascii():
        return 0.0
    (width, height), base = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 1.5, 4)
    drawn = np.zeros((height + 2 * base + 8, width + 8), np.uint8)
    cv2.putText(drawn, text, (4, height + 4), cv2.FONT_HERSHEY_SIMPLEX, 1.5, 255, 4)
    size = (20 * max(4, len(text)), 40)
    one, other = (cv2.GaussianBlur(cv2.resize(_cut(part), size), (0, 0), 4).ravel() for part in (drawn, ink * 255))
    return float(np.corrcoef(one, other)[0, 1])


def _cut(ink: NDArray[Any]) -> NDArray[np.float32]:
    rows, columns = np.nonzero(ink)
    return ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1].astype(np.float32)
