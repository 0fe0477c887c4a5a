"""Frozen layers and stacks: order, names, bounds, roles. Data only; `composite.py` flattens, `export/` writes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from html import escape
from typing import TYPE_CHECKING

from delaminate import shown
from delaminate.errors import BadStack
from delaminate.picture.about import About
from delaminate.pixels import Box, Mask, Rgba, as_eight_bit, check_pixels, levels

if TYPE_CHECKING:
    from PIL import Image


class Role(StrEnum):
    """What a layer is in the picture."""

    BACKGROUND = "background"
    OBJECT = "object"
    PERSON = "person"
    TEXT = "text"
    SHAPE = "shape"
    SHADOW = "shadow"
    EFFECT = "effect"


class Blend(StrEnum):
    """How a layer's colour meets what lies below it."""

    NORMAL = "normal"
    MULTIPLY = "multiply"
    SCREEN = "screen"


@dataclass(frozen=True)
class Look:
    """How a layer is shown where somebody arranged it; as it was cut it is `Look()`, and only then a stack is exact.

    Parameters
    ----------
    opacity : 0..1, times its own alpha.
    """

    visible: bool = True
    opacity: float = 1.0
    blend: Blend = Blend.NORMAL


AS_CUT = Look()


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer, cropped to what it covers.

    Parameters
    ----------
    id : unique within its stack ("background", "l1", …).
    name : what people call it; any Unicode text.
    role : what it is.
    box : where `pixels` lie on the canvas.
    pixels : uint8 or uint16, box.height × box.width × 4, straight alpha.
    confidence : 0..1, how sure the segmenter is that this is what was asked for.
    target : the words of the instruction it answers, or None.
    text : for text layers the recognised string.
    invented : pixels of the box that were made up rather than seen, or None where none were.
    look : how it is shown; other than as it was cut only in what somebody arranged.
    """

    id: str
    name: str
    role: Role
    box: Box
    pixels: Rgba
    confidence: float = 1.0
    target: str | None = None
    text: str | None = None
    invented: Mask | None = None
    look: Look = AS_CUT

    def __post_init__(self) -> None:
        check_pixels(self.pixels)
        if self.pixels.shape != (self.box.height, self.box.width, 4):
            raise BadStack(f"layer {self.name!r} has pixels {self.pixels.shape} for the box {self.box.as_tuple()}")
        if self.invented is not None and self.invented.shape != self.pixels.shape[:2]:
            raise BadStack(f"layer {self.name!r} has an invented mask {self.invented.shape} of another size")

    @property
    def image(self) -> Image.Image:
        """The layer as a Pillow image, RGBA at 8 bits, cropped to its box."""
        from PIL import Image

        return Image.fromarray(as_eight_bit(self.pixels))

    def __repr__(self) -> str:
        sure = "" if self.role is Role.BACKGROUND else f", {self.confidence:.0%} sure"
        return f"<Layer {self.id} {self.name!r}, {self.role}, {self.box.as_tuple()}{sure}>"

    def _repr_png_(self) -> bytes:
        return shown.png(self.pixels)


@dataclass(frozen=True, eq=False)
class LayerStack:
    """Layers from bottom to top on one canvas; the first is the background and covers it all.

    Parameters
    ----------
    width, height : canvas in pixels.
    layers : bottom to top.
    opaque : whether the input had no alpha channel; the flattened picture then has none either.
    icc : the input's ICC profile, to be written back to every file.
    dpi : horizontal and vertical resolution in pixels per inch, when the input stated one.
    about : the input's EXIF, XMP and IPTC, to be written into the background and the flattened picture.

    Raises
    ------
    BadStack
        If there is no background, ids repeat, a layer leaves the canvas, or depths differ.
    """

    width: int
    height: int
    layers: tuple[Layer, ...]
    opaque: bool = True
    icc: bytes | None = field(default=None, repr=False)
    dpi: tuple[float, float] | None = None
    about: About | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not self.layers or self.layers[0].role is not Role.BACKGROUND:
            raise BadStack("a stack starts with its background layer")
        if self.layers[0].box != self.canvas:
            raise BadStack("the background must cover the canvas")
        if len({layer.id for layer in self.layers}) != len(self.layers):
            raise BadStack("layer ids must be unique within a stack")
        for layer in self.layers:
            box = layer.box
            if box.left < 0 or box.top < 0 or box.right > self.width or box.bottom > self.height:
                raise BadStack(f"layer {layer.name!r} leaves the canvas")
            if layer.pixels.dtype != self.layers[0].pixels.dtype:
                raise BadStack(f"layer {layer.name!r} has another depth than the background")

    @property
    def canvas(self) -> Box:
        return Box(0, 0, self.width, self.height)

    @property
    def background(self) -> Layer:
        return self.layers[0]

    @property
    def bits(self) -> int:
        """Bits per channel, 8 or 16."""
        return 8 if levels(self.layers[0].pixels) == 255 else 16

    def __iter__(self) -> Iterator[Layer]:
        """From bottom to top."""
        return iter(self.layers)

    def __repr__(self) -> str:
        names = ", ".join(repr(layer.name) for layer in self.layers)
        return f"<LayerStack {self.width} × {self.height}, {self.bits} bits: {names}>"

    def _repr_html_(self) -> str:
        """Top to bottom, as layer panels show them."""
        rows = [
            (
                shown.inline(layer.pixels, 120, layer.name),
                escape(layer.name),
                escape(layer.role),
                "" if layer.role is Role.BACKGROUND else f"{layer.confidence:.0%}",
                ", ".join(map(str, layer.box.as_tuple())),
            )
            for layer in reversed(self.layers)
        ]
        return shown.table(("", "layer", "role", "sure", "left, top, right, bottom"), rows)
