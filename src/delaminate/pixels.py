"""The array contract, written once.

========  =======================  ==========================================================
name      array                    meaning
========  =======================  ==========================================================
Rgb       uint8 | uint16, H×W×3    straight (not premultiplied) colour as stored in the file
Rgba      uint8 | uint16, H×W×4    the same with alpha last; 0 is transparent
Colour    float32, H×W×3           colour in *levels* of the depth at hand: 0..255 or 0..65535
Alpha     float32, H×W             coverage, 0..1
Mask      bool, H×W                membership
Box       four ints                left, top, right, bottom in pixels; right and bottom exclusive
========  =======================  ==========================================================

Rows run down, columns run right, the origin is the top left corner of the top left pixel. Colour values keep the
file's own transfer curve (usually sRGB): compositing happens on stored values, as Pillow and Photoshop do by default.
Arrays are checked where they enter the package and never repaired silently.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from delaminate.errors import BadArray

Rgb: TypeAlias = np.ndarray[tuple[int, int, int], np.dtype[Any]]  # of the two depths which is known at run time only
Rgba: TypeAlias = np.ndarray[tuple[int, int, int], np.dtype[Any]]
Colour: TypeAlias = np.ndarray[tuple[int, int, int], np.dtype[np.float32]]
Nearness: TypeAlias = NDArray[np.float32]
"""H×W, larger is nearer; in no unit."""
Alpha: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.float32]]
Mask: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.bool_]]


@dataclass(frozen=True, order=True)
class Box:
    """A pixel rectangle [left, right) × [top, bottom); never empty.

    Raises
    ------
    BadArray
        If right ≤ left or bottom ≤ top.
    """

    left: int
    top: int
    right: int
    bottom: int

    def __post_init__(self) -> None:
        if self.right <= self.left or self.bottom <= self.top:
            raise BadArray(f"a box needs left < right and top < bottom, got {self.as_tuple()}")

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def area(self) -> int:
        """Pixels inside."""
        return self.width * self.height

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index of the box in an array whose first axes are rows and columns."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def slices_in(self, other: Box) -> tuple[slice, slice]:
        """Index of this box, which lies within the other, in an array that covers just the other."""
        return self.shifted(-other.left, -other.top).slices

    def as_tuple(self) -> tuple[int, int, int, int]:
        return self.left, self.top, self.right, self.bottom

    def grown(self, margin: int, width: int, height: int) -> Box:
        """The box grown by `margin` pixels on every side, kept inside a width × height picture."""
        return Box(
            max(self.left - margin, 0),
            max(self.top - margin, 0),
            min(self.right + margin, width),
            min(self.bottom + margin, height),
        )

    def meets(self, other: Box) -> bool:
        """Whether the two boxes share a pixel."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def within(self, other: Box) -> bool:
        """Whether every pixel of this box lies in the other."""
        return (
            self.left >= other.left
            and self.top >= other.top
            and self.right <= other.right
            and self.bottom <= other.bottom
        )

    def shifted(self, dx: int, dy: int) -> Box:
        return Box(self.left + dx, self.top + dy, self.right + dx, self.bottom + dy)


def shared(a: Box, b: Box) -> Box | None:
    """The part of two boxes that they have in common, or None."""
    if not a.meets(b):
        return None
    return Box(max(a.left, b.left), max(a.top, b.top), min(a.right, b.right), min(a.bottom, b.bottom))


def around(boxes: Sequence[Box]) -> Box:
    """The smallest box that holds all of them; there must be one."""
    return Box(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )


def box_of(mask: NDArray[Any]) -> Box | None:
    """The smallest box holding every non-zero pixel of a H×W array, or None where there is none."""
    rows = np.flatnonzero(mask.any(axis=1))
    if rows.size == 0:
        return None
    columns = np.flatnonzero(mask[rows[0] : rows[-1] + 1].any(axis=0))
    return Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def levels(pixels: NDArray[Any]) -> int:
    """The largest value of the array's depth: 255 for uint8, 65535 for uint16.

    Raises
    ------
    BadArray
        For any other dtype.
    """
    if pixels.dtype == np.uint8:
        return 255
    if pixels.dtype == np.uint16:
        return 65535
    raise BadArray(f"pixels must be uint8 or uint16, got {pixels.dtype}")


def check_pixels(pixels: NDArray[Any]) -> None:
    """Refuse anything that is not a non-empty uint8 or uint16 H×W×3 or H×W×4 array."""
    levels(pixels)
    if pixels.ndim != 3 or pixels.shape[2] not in (3, 4):
        raise BadArray(f"a picture must be H×W×3 or H×W×4, got shape {pixels.shape}")
    if 0 in pixels.shape:
        raise BadArray(f"a picture needs at least one pixel, got shape {pixels.shape}")


def check_mask(mask: NDArray[Any], shape: tuple[int, ...]) -> None:
    """Refuse a mask that is not bool and of the given (height, width)."""
    if mask.dtype != np.bool_ or mask.shape != shape[:2]:
        raise BadArray(f"a mask must be bool of shape {tuple(shape[:2])}, got {mask.dtype} {mask.shape}")


def check_alpha(alpha: NDArray[Any], shape: tuple[int, ...]) -> None:
    """Refuse an alpha that is not float32 of the given (height, width) within 0..1."""
    if alpha.dtype != np.float32 or alpha.shape != shape[:2]:
        raise BadArray(f"an alpha must be float32 of shape {tuple(shape[:2])}, got {alpha.dtype} {alpha.shape}")
    if alpha.size and not (float(alpha.min()) >= 0.0 and float(alpha.max()) <= 1.0):
        raise BadArray("an alpha must lie within 0..1")


def as_eight_bit(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """The picture at 8 bits per channel; uint8 comes back as it is, uint16 is divided by 257 and rounded."""
    if pixels.dtype == np.uint8:
        return pixels
    return ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
