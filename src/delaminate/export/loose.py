"""From the loose layers of an edited file to a stack that looks the same.

In an editor layers are moved, resized, hidden, reordered and made fainter; a stack has a background over the whole
canvas and layers inside it. What cannot be kept as it was is turned into pixels that look the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from delaminate.errors import BadInput, PictureTooLarge
from delaminate.export.dropped import Dropped, named
from delaminate.picture import MAX_PIXELS
from delaminate.picture.about import About
from delaminate.pixels import Box, Rgba, levels
from delaminate.stack import Layer, LayerStack, Role


@dataclass(frozen=True, eq=False)
class Loose:
    """One visible layer as a file holds it: its top left corner may lie anywhere; `pixels` is H×W×4, H and W ≥ 1."""

    name: str
    left: int
    top: int
    pixels: Rgba
    target: str | None = None
    text: str | None = None


@dataclass(frozen=True, eq=False)
class Canvas:
    """What a file says of the whole picture; `bits` is 8 or 16, `opaque` that it has no alpha channel.

    No layer may have more than `max_pixels` pixels either.

    Raises
    ------
    PictureTooLarge
        If it has more than `max_pixels` pixels: said before anything is allocated.
    """

    width: int
    height: int
    bits: int = 8
    opaque: bool = False
    icc: bytes | None = None
    dpi: tuple[float, float] | None = None
    max_pixels: int = MAX_PIXELS
    about: About | None = None

    def __post_init__(self) -> None:
        if self.width * self.height > self.max_pixels:
            raise PictureTooLarge(
                f"it says {self.width} x {self.height} pixels, more than the limit of {self.max_pixels:,}; "
                "scale it down or raise the limit (max_pixels, --max-pixels)"
            )


@dataclass(frozen=True, eq=False)
class Reading:
    """A stack read from a file, and what of the file it does not hold."""

    stack: LayerStack
    dropped: tuple[Dropped, ...] = ()


def with_opacity(pixels: Rgba, opacity: float) -> Rgba:
    """The pixels with their alpha times `opacity`, 0..1; the same array at 1."""
    if opacity >= 1:
        return pixels
    fainter = pixels.copy()
    fainter[..., 3] = np.rint(pixels[..., 3] * max(opacity, 0.0))
    return fainter


def clipped(layer: Loose, width: int, height: int) -> Loose | None:
    """The part of the layer on the canvas, or None where none is."""
    rows, columns = layer.pixels.shape[:2]
    left, top = max(layer.left, 0), max(layer.top, 0)
    right, bottom = min(layer.left + columns, width), min(layer.top + rows, height)
    if right <= left or bottom <= top:
        return None
    pixels = layer.pixels[top - layer.top : bottom - layer.top, left - layer.left : right - layer.left]
    return replace(layer, left=left, top=top, pixels=pixels)


def stacked(canvas: Canvas, layers: Sequence[Loose], dropped: Sequence[Dropped] = ()) -> Reading:
    """Put visible layers, bottom to top, on a canvas.

    The lowest layer becomes the background if it covers the canvas; else a transparent background goes under all.

    Raises
    ------
    BadInput
        If there is no layer at all.
    """
    if not layers:
        raise BadInput("it has no visible layers to put together; save it with its layers")
    on_canvas = [(layer, clipped(layer, canvas.width, canvas.height)) for layer in layers]
    outside = [layer.name for layer, part in on_canvas if part is None]
    parts = [part for _, part in on_canvas if part is not None]
    box = Box(0, 0, canvas.width, canvas.height)
    if not parts or parts[0].pixels.shape[:2] != (canvas.height, canvas.width):
        depth = np.uint8 if canvas.bits == 8 else np.uint16
        parts.insert(0, Loose("background", 0, 0, np.zeros((canvas.height, canvas.width, 4), depth)))
    ground = Layer("background", parts[0].name, Role.BACKGROUND, box, parts[0].pixels)
    above = [
        Layer(f"l{number}", part.name, _role(part), _box(part), part.pixels, target=part.target, text=part.text)
        for number, part in enumerate(parts[1:], 1)
    ]
    opaque = canvas.opaque and bool((ground.pixels[..., 3] == levels(ground.pixels)).all())
    stack = LayerStack(canvas.width, canvas.height, (ground, *above), opaque, canvas.icc, canvas.dpi, canvas.about)
    if outside:
        dropped = [
            *dropped,
            Dropped("layers outside the canvas", f"{named(outside)} cannot be seen and were left out."),
        ]
    return Reading(stack, tuple(dropped))


def _role(part: Loose) -> Role:
    return Role.OBJECT if part.text is None else Role.TEXT


def _box(part: Loose) -> Box:
    rows, columns = part.pixels.shape[:2]
    return Box(part.left, part.top, part.left + columns, part.top + rows)
