"""The layer section of a Photoshop file, which layered TIFFs carry as well.

Adobe Photoshop File Formats Specification (2019), "Layer and Mask Information Section". Layers are cropped and keep
straight alpha, so nothing is rounded; 8-bit channels are PackBits rows as Photoshop writes them, 16-bit channels, where
PackBits gains nothing, Deflate.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from io import BytesIO
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from delaminate.compiled import threads
from delaminate.export.groups import grouped
from delaminate.export.psd_text import type_tool
from delaminate.export.text_as import TextAs
from delaminate.export.typography import Look, live_text
from delaminate.picture.packbits import encode
from delaminate.pixels import Rgba, levels
from delaminate.stack import AS_CUT, Blend, Layer, LayerStack, Role

PACKBITS, ZIP = 1, 2
_ALPHA_FIRST, _MASK = (-1, 0, 1, 2), -2
_OPEN_FOLDER, _END_OF_GROUP = 1, 3
_END_NAME = "</Layer group>"

_BLENDS = {Blend.NORMAL: b"norm", Blend.MULTIPLY: b"mul ", Blend.SCREEN: b"scrn"}
_CURRENT, _HIDDEN, _NO_PIXELS = 8, 2, 16
"""Flags of a layer: they are current; it is not seen; its pixels do not matter."""

LONGEST_NAME = 255
"""UTF-16 units of a layer's name that Photoshop takes; it refuses files with longer ones."""


@dataclass(frozen=True)
class Widths:
    """How numbers are stored: lengths have 4 bytes in PSD and TIFF, 8 in PSB; row lengths 2 and 4.

    `order` is struct's sign of the byte order. In a TIFF of Windows it is "<": there keys stand backwards as well, and
    only pixels stay as they are.
    """

    large: bool
    order: str = ">"

    def pack(self, codes: str, *values: int) -> bytes:
        return struct.pack(self.order + codes, *values)

    def length(self, value: int) -> bytes:
        return self.pack("Q" if self.large else "I", value)

    def key(self, letters: bytes) -> bytes:
        return letters if self.order == ">" else letters[::-1]

    @property
    def row(self) -> str:
        return self.order + ("u4" if self.large else "u2")

    def tagged(self, key: bytes, data: bytes) -> bytes:
        """A tagged block of additional information with a 4-byte length, padded to a multiple of four."""
        data += bytes(-len(data) % 4)
        return self.key(b"8BIM") + self.key(key) + self.pack("I", len(data)) + data

    def unicode(self, text: str, most: int | None = None) -> bytes:
        """Adobe's Unicode string: the number of UTF-16 units, at most `most`, then the units."""
        units = text.encode("utf-16-be" if self.order == ">" else "utf-16-le", "surrogatepass")
        if most is not None and len(units) > 2 * most:
            units = units[: 2 * most]
            if 0xD8 <= units[-2 if self.order == ">" else -1] <= 0xDB:  # half of a pair
                units = units[:-2]
        return self.pack("I", len(units) // 2) + units


BIG = Widths(large=False)


@dataclass(frozen=True)
class _Record:
    """What the layer list holds in one place: a layer, or the top or the end of a group."""

    name: str
    layer: Layer | None = None
    divider: int = 0
    mask: NDArray[np.generic] | None = None
    text: Look | None = None


def _records(stack: LayerStack, layers: Sequence[Layer], seen: Rgba | None, text: TextAs) -> Iterator[_Record]:
    """Those layers of the stack, bottom to top; a group's end lies under its layers, its name above them.

    Live text is a type layer that holds the pixels as well, as Photoshop's own do: who does not set text shows them.
    Under it they lie once more, hidden, for when the words were changed.
    """
    for target, together in grouped(layers):
        if target:
            yield _Record(_END_NAME, divider=_END_OF_GROUP)
        for layer in together:
            look = live_text(layer, stack, text)
            below = layer
            if look is not None:
                below = replace(layer, name=f"{layer.name} (pixels)", look=replace(layer.look, visible=False))
            masked = seen is not None and layer is not stack.background
            yield _masked(below, seen) if seen is not None and masked else _Record(below.name, below)
            if look is not None:
                yield _Record(layer.name, layer, text=look)
        if target:
            yield _Record(target, divider=_OPEN_FOLDER)


def _masked(layer: Layer, seen: Rgba) -> _Record:
    """The layer opaque, with its alpha as a mask; where nothing was cut out, the picture as it is seen."""
    pixels = np.where(layer.pixels[..., 3:] > 0, layer.pixels, seen[layer.box.slices])
    pixels[..., 3] = levels(pixels)
    return _Record(layer.name, replace(layer, pixels=pixels), mask=layer.pixels[..., 3])


def write_layers(
    stack: LayerStack, file: BinaryIO, widths: Widths, seen: Rgba | None = None, text: TextAs = TextAs.PIXELS
) -> None:
    """Write the layer info (without its leading length) at the file's position; the file must be seekable.

    Parameters
    ----------
    seen : the flattened picture, to write cuts as layer masks over it; None writes them as transparency.
    text : whether text layers become type layers.

    Memory beside the stack: the packed channels of one layer.
    """
    records = list(_records(stack, stack.layers, seen, text))
    # A negative count says that the merged picture has transparency.
    file.write(widths.pack("h", len(records) if stack.opaque else -len(records)))
    _write_all(records, file, widths)


def _write_all(records: list[_Record], file: BinaryIO, widths: Widths) -> int:
    """Write the records and, behind them, their channels; returns where the channels begin."""
    places = [_write_record(record, file, widths) for record in records]
    begin = file.tell()
    for record, place in zip(records, places, strict=True):
        sizes = []
        for channel in _channels(record, widths):
            file.write(channel)
            sizes.append(len(channel))
        end = file.tell()
        for at, size in zip(place, sizes, strict=True):
            file.seek(at)
            file.write(widths.length(size))
        file.seek(end)
    return begin


@dataclass(frozen=True)
class Further:
    """Layers to be laid over those that a file has: so many records, their bytes, and those of their channels."""

    count: int
    records: bytes
    channels: bytes


def further_layers(
    stack: LayerStack,
    layers: Sequence[Layer],
    group: str,
    widths: Widths,
    seen: Rgba | None = None,
    text: TextAs = TextAs.PIXELS,
    ground: Layer | None = None,
) -> Further:
    """Those layers of the stack in one group; `ground`, where it is given, is a layer by itself under the group."""
    records = [] if ground is None else [_Record(ground.name, ground)]
    records += [_Record(_END_NAME, divider=_END_OF_GROUP), *_records(stack, layers, seen, text)]
    records.append(_Record(group, divider=_OPEN_FOLDER))
    file = BytesIO()
    begin = _write_all(records, file, widths)
    data = file.getvalue()
    return Further(len(records), data[:begin], data[begin:])


def _write_record(record: _Record, file: BinaryIO, widths: Widths) -> list[int]:
    """One layer record; returns where in the file its channels' lengths stand, to be filled in later."""
    box = record.layer.box if record.layer else None
    file.write(widths.pack("4i", box.top, box.left, box.bottom, box.right) if box else bytes(16))
    channels = _ALPHA_FIRST if record.mask is None else (*_ALPHA_FIRST, _MASK)
    file.write(widths.pack("H", len(channels)))
    places = []
    for channel in channels:
        file.write(widths.pack("h", channel))
        places.append(file.tell())
        file.write(widths.length(0))
    look = record.layer.look if record.layer else AS_CUT
    flags = _CURRENT | (0 if record.layer else _NO_PIXELS) | (0 if look.visible else _HIDDEN)
    blend = widths.key(_shade(record.layer) or _BLENDS[look.blend])
    file.write(widths.key(b"8BIM") + blend + bytes((round(255 * look.opacity), 0, flags, 0)))
    extra = _mask_data(record, widths) + bytes(4)  # no blend ranges
    extra += _pascal(record.name) + widths.tagged(b"luni", widths.unicode(record.name, LONGEST_NAME))
    if record.text:
        extra += widths.tagged(b"TySh", type_tool(record.text))
    if record.divider:
        through = widths.key(b"pass" if record.divider == _OPEN_FOLDER else b"norm")
        extra += widths.tagged(b"lsct", widths.pack("I", record.divider) + widths.key(b"8BIM") + through)
    file.write(widths.pack("I", len(extra)) + extra)
    return places


def _shade(layer: Layer | None) -> bytes:
    """Multiply for a black shadow, as designers have shadows: it looks as normal does, to the bit; else empty."""
    shadow = layer is not None and layer.role is Role.SHADOW and layer.look.blend == AS_CUT.blend
    return b"mul " if shadow and layer is not None and is_black(layer.pixels) else b""


def is_black(pixels: Rgba) -> bool:
    """Whether all that is seen of the pixels is black, so that laying it over and multiplying are the same."""
    return not pixels[..., :3][pixels[..., 3] > 0].any()


def _mask_data(record: _Record, widths: Widths) -> bytes:
    """Where the mask lies, that outside it nothing is seen, and its length before it."""
    if record.mask is None or record.layer is None:
        return bytes(4)
    box = record.layer.box
    return widths.pack("I4iBBxx", 20, box.top, box.left, box.bottom, box.right, 0, 0)


def _pascal(name: str) -> bytes:
    """The name for old readers: at most 255 bytes of MacRoman after a length byte, padded to a multiple of four."""
    short = name.encode("mac_roman", "replace")[:255]
    return (bytes((len(short),)) + short).ljust((len(short) + 4) // 4 * 4, b"\0")


def _channels(record: _Record, widths: Widths) -> list[bytes]:
    """Alpha, the colours and the mask, each with its two bytes that name the compression."""
    layer = record.layer
    if layer is None:
        return [bytes(2)] * 4
    planes = [layer.pixels[..., channel] for channel in (3, 0, 1, 2)]
    planes += [] if record.mask is None else [record.mask]
    if layer.pixels.dtype == np.uint8:
        return _each(lambda plane: _packed_channel(plane, widths), planes)
    return _each(lambda plane: _deflated_channel(plane, widths), planes)


def _each(work: Callable[[NDArray[np.generic]], bytes], planes: list[NDArray[np.generic]]) -> list[bytes]:
    with ThreadPoolExecutor(threads()) as pool:
        return list(pool.map(work, planes))


def _packed_channel(plane: NDArray[np.generic], widths: Widths) -> bytes:
    lengths, packed = encode(plane.view(np.uint8))
    return widths.pack("H", PACKBITS) + lengths.astype(widths.row).tobytes() + packed


def _deflated_channel(plane: NDArray[np.generic], widths: Widths) -> bytes:
    """Big-endian rows, Deflate level 1; not with prediction, which Krita 5.1 undoes wrongly at 16 bits."""
    return widths.pack("H", ZIP) + zlib.compress(plane.astype(">u2").tobytes(), 1)


def merged_picture(flat: Rgba, opaque: bool, widths: Widths) -> Iterator[bytes]:
    """The image data section: the flattened picture as PackBits, channel after channel."""
    return packed_planes(merged_planes(flat, opaque), widths)


def merged_planes(flat: Rgba, opaque: bool) -> list[NDArray[np.generic]]:
    """The channels of a merged picture, H×W each.

    Photoshop stores the colours of a transparent picture blended with white, and readers take the white out again.
    """
    planes = [np.asarray(flat[..., channel]) for channel in range(3 if opaque else 4)]
    if not opaque:
        full = np.uint64(levels(flat))
        a = planes[3].astype(np.uint64)
        planes[:3] = [((p * a + full * (full - a) + full // 2) // full).astype(flat.dtype) for p in planes[:3]]
    return planes


def packed_planes(planes: Sequence[NDArray[np.generic]], widths: Widths) -> Iterator[bytes]:
    """The image data section of channels of 8 or 16 bits: all lengths of rows first, then the rows."""
    packed = []
    yield widths.pack("H", PACKBITS)
    for plane in planes:
        big = plane if plane.itemsize == 1 else plane.astype(">u2")
        lengths, rows = encode(big.view(np.uint8))
        yield lengths.astype(widths.row).tobytes()
        packed.append(rows)
    yield from packed


def layer_info(stack: LayerStack, widths: Widths) -> bytes:
    """The layer info in memory, for a TIFF."""
    file = BytesIO()
    write_layers(stack, file, widths)
    return file.getvalue()
