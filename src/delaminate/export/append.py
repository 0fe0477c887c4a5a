"""Layers added to a Photoshop or OpenRaster document that exists, above all that is in it, as one group."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from delaminate.errors import BadInput, UnreadablePicture
from delaminate.export.atomic import replacing
from delaminate.export.cut_as import CutAs
from delaminate.export.dropped import Dropped, Written, depth_dropped, named
from delaminate.export.loose import Canvas
from delaminate.export.text_as import TextAs
from delaminate.picture import MAX_PIXELS
from delaminate.pixels import Rgba, as_eight_bit
from delaminate.stack import Layer, LayerStack

_APPENDERS = {".psd": "psd_append", ".psb": "psd_append", ".ora": "openraster_append"}


def append(
    stack: LayerStack,
    path: Path,
    group: str,
    text: TextAs | None = None,
    cut: CutAs = CutAs.ALPHA,
    max_pixels: int = MAX_PIXELS,
    *,
    background: bool = False,
) -> Written:
    """Lay the stack's layers over those of a document, in a group of that name.

    What was in the document stays as it was, byte for byte in its layers; only the picture of all layers together is
    made anew. The document is replaced when the new one is whole.

    Parameters
    ----------
    text : what text layers become in PSD and PSB; None is pixels.
    cut : what hides the rest of a layer in PSD and PSB.
    background : add the background too, which hides all that the document shows where it is opaque.

    Raises
    ------
    BadInput
        If the document is of a kind that nothing is added to, damaged, or of another size than the stack; or if there
        is nothing to add.
    UnwritableOutput
        If the file cannot be written; it is as it was.
    """
    check_document(path, stack.width, stack.height, max_pixels)
    layers = added_of(stack, background)
    if not layers:
        raise BadInput(
            f"nothing was added to {path.name}: there is no layer but the background (--with-background adds it)"
        )
    with _refusing(path):
        dropped: tuple[Dropped, ...] = _appender(path).append(
            stack, path, group, text or TextAs.PIXELS, cut, max_pixels, background
        )
    return Written((path,), dropped, added=f"{named(layer.name for layer in layers)} in the group {named([group])}")


def added_of(stack: LayerStack, background: bool) -> tuple[Layer, ...]:
    """The layers that go into a document, bottom to top: all but the background, unless it is wanted too."""
    return stack.layers if background else stack.layers[1:]


def check_document(path: Path, width: int, height: int, max_pixels: int = MAX_PIXELS) -> None:
    """Refuse, before any work is spent, a document that layers of this size cannot be added to.

    Raises
    ------
    BadInput
        With the reason.
    """
    with _refusing(path):
        canvas: Canvas = _appender(path).canvas_of(path, max_pixels)
    if (canvas.width, canvas.height) != (width, height):
        raise BadInput(
            f"{path.name} has {canvas.width} x {canvas.height} pixels and the layers {width} x {height}; "
            "give both the same size"
        )


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """Whatever is wrong with the document is said with its name."""
    try:
        yield
    except OSError as error:
        raise UnreadablePicture(f"{path} cannot be read: {error.strerror or error}") from error
    except BadInput as error:
        raise type(error)(f"nothing can be added to {path.name}: {error}") from error


def _appender(path: Path) -> Any:
    """The module that adds to files of this kind."""
    name = _APPENDERS.get(path.suffix.lower())
    if name is None:
        raise BadInput(f"it ends in none of {', '.join(_APPENDERS)}")
    return import_module(f"delaminate.export.{name}")


@contextmanager
def in_place_of(path: Path) -> Iterator[BinaryIO]:
    """`replacing`, for a file that is there: through a link, and with the permissions that it had."""
    path = path.resolve()
    mode = path.stat().st_mode
    with replacing(path) as file:
        Path(file.name).chmod(stat.S_IMODE(mode))
        yield file


def at_depth(stack: LayerStack, bits: int) -> LayerStack:
    """The same stack at another depth: bytes are spread over 16 bits, 16 bits are rounded."""
    if bits == stack.bits:
        return stack
    layers = (replace(layer, pixels=_at_depth(layer.pixels, bits)) for layer in stack.layers)
    return replace(stack, layers=tuple(layers))


def _at_depth(pixels: Rgba, bits: int) -> Rgba:
    return as_eight_bit(pixels) if bits == 8 else pixels.astype(np.uint16) * np.uint16(257)


def misfits(stack: LayerStack, bits: int, icc: bytes | None) -> Iterable[Dropped]:
    """What of the layers does not fit a document of that depth and profile."""
    if bits < stack.bits:
        yield from depth_dropped(stack, "the document has")
    if icc != stack.icc and stack.icc is not None:
        yield Dropped("colour profile", "the document has another one, and the numbers were left as they are.")
