"""Reads PSD and PSB back into a stack: visible layers, with masks and opacity turned into alpha.

Adobe Photoshop File Formats Specification (2019). Nothing is allocated that the file's own bytes could not fill, so
that a damaged file costs a sentence and neither memory nor time.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from delaminate.errors import BadInput, UnreadablePicture
from delaminate.export.dropped import Dropped, named
from delaminate.export.loose import Canvas, Loose, Reading, stacked, with_opacity
from delaminate.export.psd_channels import Record, apply_mask, layer_pixels, read_record
from delaminate.picture import MAX_PIXELS
from delaminate.picture.cursor import Cursor

_RGB_MODE = 3
_RESOLUTION, _ICC = 1005, 1039
_OPEN_FOLDER, _CLOSED_FOLDER, _END_OF_GROUP = 1, 2, 3
_WIDE_BLOCKS = {
    b"LMsk",
    b"Lr16",
    b"Lr32",
    b"Layr",
    b"Mt16",
    b"Mt32",
    b"Mtrn",
    b"Alph",
    b"FMsk",
    b"lnk2",
    b"FEid",
    b"FXid",
    b"PxSD",
}
"""Tagged blocks whose length has 8 bytes in a PSB."""


@dataclass(frozen=True)
class _Header:
    large: bool
    channels: int
    width: int
    height: int
    bits: int

    @property
    def length(self) -> str:
        return "Q" if self.large else "I"


def read(path: Path, max_pixels: int = MAX_PIXELS) -> Reading:
    """Read a .psd or .psb file of 8 or 16 bits in RGB.

    Returns
    -------
    Reading
        Hidden layers are left out, opacity and layer masks are turned into alpha, a group's name becomes its layers'
        `target`; blend modes, clipping, adjustments and effects are listed as dropped.

    Raises
    ------
    UnreadablePicture
        If the file is missing, damaged or no PSD.
    BadInput
        If its colour mode or depth is another, it has no layers, or more than `max_pixels` pixels.
    """
    try:
        data = memoryview(path.read_bytes())
    except OSError as error:
        raise UnreadablePicture(f"{path} cannot be read: {error.strerror}") from error
    try:
        return _read_document(Cursor(data), max_pixels)
    except UnreadablePicture as error:
        raise UnreadablePicture(f"{path.name} is damaged or no Photoshop file: {error}") from error
    except BadInput as error:
        raise type(error)(f"{path.name} cannot be used: {error}") from error


def _read_document(file: Cursor, max_pixels: int) -> Reading:
    header = _read_header(file)
    file.block("I")
    icc, dpi = read_resources(file.block("I"))
    info, negative = _find_layers(file.block(header.length), header)
    opaque = header.channels == 3 or not negative
    canvas = Canvas(header.width, header.height, header.bits, opaque, icc, dpi, max_pixels)
    _check_merged(file, header)
    return read_layers(info, canvas, header.large)


def _read_header(file: Cursor) -> _Header:
    if bytes(file.take(4)) != b"8BPS":
        raise UnreadablePicture("it does not begin as one")
    version = file.number("H")
    file.take(6)
    channels, height, width, bits, mode = (file.number(code) for code in "HIIHH")
    if version not in (1, 2) or not 0 < channels <= 56 or not width or not height:
        raise UnreadablePicture("its header contradicts itself")
    if mode != _RGB_MODE or bits not in (8, 16):
        raise BadInput("it is not an RGB picture of 8 or 16 bits per channel; convert it and save it again")
    return _Header(version == 2, channels, width, height, bits)


def read_resources(file: Cursor) -> tuple[bytes | None, tuple[float, float] | None]:
    """The colour profile and the resolution in pixels per inch, each None where absent."""
    icc, dpi = None, None
    while file.left >= 12:
        file.take(4)
        number = file.number("H")
        name = file.number("B")
        file.take(name + (name + 1) % 2)
        size = file.number("I")
        data = file.take(size)
        file.take(min(size % 2, file.left))
        if number == _ICC and size:
            icc = bytes(data)
        elif number == _RESOLUTION and size >= 12:
            across, down = struct.unpack_from(">I4xI", data)
            dpi = (across / 65536, down / 65536) if across and down else None
    return icc, dpi


def _find_layers(section: Cursor, header: _Header) -> tuple[Cursor, bool]:
    """The layer info, wherever it lies, and whether its count is negative: the merged picture has transparency."""
    info = section.block(header.length) if section.left else section
    if not info.left and section.left >= 4:
        section.block("I")
        while section.left >= 12 and not info.left:
            key, block = read_tagged(section, header.large)
            if key in (b"Lr16", b"Layr"):
                info = block
    return info, info.left >= 2 and info.peek("h") < 0


def _check_merged(file: Cursor, header: _Header) -> None:
    """The merged picture is not needed, but it must be as large as the header says: that proves the header."""
    compression = file.number("H")
    rows = header.height * header.channels
    if compression == 0:
        file.take(rows * header.width * header.bits // 8)
    elif compression == 1:
        lengths = np.frombuffer(file.take(rows * (4 if header.large else 2)), ">u4" if header.large else ">u2")
        file.take(int(lengths.sum(dtype=np.uint64)))


def read_tagged(file: Cursor, large: bool) -> tuple[bytes, Cursor]:
    """The next tagged block: its key and its content."""
    file.take(4)
    key = bytes(file.take(4))
    size = file.number("Q" if large and key in _WIDE_BLOCKS else "I")
    block = Cursor(file.take(size))
    file.take(min(-size % 4, file.left))
    return key, block


def read_layers(info: Cursor, canvas: Canvas, large: bool) -> Reading:
    """The stack of a layer info section, which TIFFs carry as well."""
    count = abs(info.number("h")) if info.left else 0
    records = [read_record(info, large, canvas.max_pixels) for _ in range(count)]
    # Channel data follow the records, bottom to top; groups are known only from their tops, so top to bottom it is.
    channels = [[Cursor(info.take(size)) for _, size in record.channels] for record in records]
    layers: list[Loose] = []
    dropped: list[Dropped] = []
    groups: list[Record] = []
    for record, data in zip(reversed(records), reversed(channels), strict=True):
        if record.divider in (_OPEN_FOLDER, _CLOSED_FOLDER):
            groups.append(record)
            dropped += record.losses()
        elif record.divider == _END_OF_GROUP:
            if groups:
                groups.pop()
        elif not record.hidden and not any(group.hidden for group in groups):
            dropped += record.losses()
            if not record.empty:
                layers.append(_layer(record, data, groups, canvas, large))
    return stacked(canvas, layers[::-1], _together(dropped))


def _layer(record: Record, data: list[Cursor], groups: list[Record], canvas: Canvas, large: bool) -> Loose:
    pixels = layer_pixels(record, data, canvas.bits, large)
    pixels = apply_mask(record, data, pixels, large)
    opacity = record.opacity / 255
    for group in groups:
        opacity *= group.opacity / 255
    target = groups[-1].name if groups else None
    return Loose(record.name, record.left, record.top, with_opacity(pixels, opacity), target)


def _together(dropped: list[Dropped]) -> list[Dropped]:
    """One entry per kind of loss, naming all layers it befell."""
    kinds: dict[str, list[str]] = {}
    for loss in dropped:
        kinds.setdefault(loss.what, []).append(loss.why)
    return [Dropped(what, f"{named(names)} is read without it.") for what, names in kinds.items()]
