"""Reads PSD and PSB back into a stack: visible layers, with masks and opacity turned into alpha.

Adobe Photoshop File Formats Specification (2019). Nothing is allocated that the file's own bytes could not fill, so
that a damaged file costs a sentence and neither memory nor time.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from delaminate.errors import BadInput, UnreadablePicture
from delaminate.export.dropped import Dropped, named
from delaminate.export.group_blending import Group, Placed, plainly
from delaminate.export.loose import Canvas, Loose, Reading, stacked, with_opacity
from delaminate.export.old_names import OldNames
from delaminate.export.psd_channels import BLENDED, Record, apply_mask, layer_pixels, read_record
from delaminate.export.psd_layers import is_black
from delaminate.picture import MAX_PIXELS, open_picture
from delaminate.picture.about import about_of
from delaminate.picture.cursor import Cursor
from delaminate.picture.photoshop import GREY, MULTICHANNEL, RGB, Header, read_header, read_resources
from delaminate.pixels import levels

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


def read(path: Path, max_pixels: int = MAX_PIXELS, encoding: str | None = None) -> Reading:
    """Read a .psd or .psb file: RGB and grey of 8 or 16 bits with their layers, all else as its merged picture.

    Parameters
    ----------
    encoding : of layer names that are not in Unicode; None tries UTF-8, the locale's and what looks like Japanese.

    Returns
    -------
    Reading
        Hidden layers are left out, opacity and layer masks are turned into alpha, a group's name becomes its layers'
        `target`; blend modes are turned into colours that look the same, and told; clipping, adjustments and effects
        are listed as dropped.

    Raises
    ------
    UnreadablePicture
        If the file is missing, damaged or no PSD.
    BadInput
        If it holds neither layers nor a merged picture that can be read, or more than `max_pixels` pixels.
    """
    try:
        data = memoryview(path.read_bytes())
    except OSError as error:
        raise UnreadablePicture(f"{path} cannot be read: {error.strerror}") from error
    try:
        return _read_document(data, max_pixels, OldNames(encoding))
    except UnreadablePicture as error:
        raise UnreadablePicture(f"{path.name} is damaged or no Photoshop file: {error}") from error
    except BadInput as error:
        raise type(error)(f"{path.name} cannot be used: {error}") from error


def _read_document(data: memoryview, max_pixels: int, names: OldNames) -> Reading:
    file = Cursor(data)
    header = read_header(file)
    file.block("I")
    resources = read_resources(file.block("I"))
    info, negative = _find_layers(file.block(header.length), header)
    grey = header.mode == GREY
    layered = info.left >= 2 and info.peek("h") != 0
    if not layered or header.mode not in (RGB, GREY) or header.bits not in (8, 16):
        return _merged(data, header, layered, max_pixels)
    opaque = header.channels == (1 if grey else 3) or not negative
    icc = None if grey else resources.icc
    about, _ = about_of(resources.remarks, keep_place=True)  # it is the file's own
    canvas = Canvas(header.width, header.height, header.bits, opaque, icc, resources.dpi, max_pixels, about)
    _check_merged(file, header)
    reading = read_layers(info, canvas, header.large, names)
    if grey and resources.icc:
        lost = Dropped("colour profile", "it describes grey, and the layers are read as RGB.")
        return Reading(reading.stack, (*reading.dropped, lost))
    return reading


def _merged(data: memoryview, header: Header, layered: bool, max_pixels: int) -> Reading:
    """The merged picture as the only layer, with what that loses."""
    if header.width * header.height > max_pixels or header.mode == MULTICHANNEL:
        Canvas(header.width, header.height, max_pixels=max_pixels)
    picture = open_picture(bytes(data), max_pixels=max_pixels)
    pixels = picture.pixels
    if picture.opaque:
        pixels = np.dstack([pixels, np.full(pixels.shape[:2], levels(pixels), pixels.dtype)])
    bits = 8 * pixels.dtype.itemsize
    canvas = Canvas(header.width, header.height, bits, picture.opaque, picture.icc, picture.dpi, max_pixels)
    dropped = [Dropped("colours", f"{note}.") for note in picture.notes]
    if layered:
        dropped.insert(
            0, Dropped("layers", "only RGB and grey of 8 and 16 bits have theirs read; this is the merged picture.")
        )
    return stacked(canvas, [Loose("background", 0, 0, pixels)], dropped)


def _find_layers(section: Cursor, header: Header) -> tuple[Cursor, bool]:
    """The layer info, wherever it lies, and whether its count is negative: the merged picture has transparency."""
    info = section.block(header.length) if section.left else section
    if not info.left and section.left >= 4:
        section.block("I")
        while section.left >= 12 and not info.left:
            key, block = read_tagged(section, header.large)
            if key in (b"Lr16", b"Layr"):
                info = block
    return info, info.left >= 2 and info.peek("h") < 0


def _check_merged(file: Cursor, header: Header) -> None:
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
    key = file.key()
    size = file.number("Q" if large and key in _WIDE_BLOCKS else "I")
    block = Cursor(file.take(size), file.order)
    file.take(min(-size % 4, file.left))
    return key, block


def read_layers(info: Cursor, canvas: Canvas, large: bool, names: OldNames) -> Reading:
    """The stack of a layer info section, which TIFFs carry as well."""
    count = abs(info.number("h")) if info.left else 0
    records = [read_record(info, large, canvas.max_pixels) for _ in range(count)]
    read_as, told = names.read([record.old_name for record in records if isinstance(record.old_name, bytes)])
    records = [
        record if record.old_name is None else replace(record, name=read_as(record.old_name)) for record in records
    ]
    # Channel data follow the records, bottom to top; groups are known only from their tops, so top to bottom it is.
    channels = [[Cursor(info.take(size), info.order) for _, size in record.channels] for record in records]
    layers: list[Placed] = []
    dropped: list[Dropped] = []
    groups: list[tuple[Record, Group]] = []
    for record, data in zip(reversed(records), reversed(channels), strict=True):
        within = groups[-1][1] if groups else None
        if record.divider in (_OPEN_FOLDER, _CLOSED_FOLDER):
            groups.append((record, Group(record.name, record.opacity / 255, within, record.mode, record.through)))
            if not any(group.hidden for group, _ in groups):
                dropped += record.losses()
        elif record.divider == _END_OF_GROUP:
            if groups:
                groups.pop()
        elif not record.hidden and not any(group.hidden for group, _ in groups):
            if record.empty:
                dropped += record.losses()
                continue
            layer = _layer(record, data, within, canvas, large)
            plain = record.mode == "multiply" and is_black(layer.pixels)  # a shadow, as we write it
            layers.append(Placed(layer, within, "" if plain else record.mode))
            dropped += [loss for loss in record.losses() if not (plain and loss.what.startswith(BLENDED))]
    found, joined = plainly(layers[::-1], canvas)
    return stacked(canvas, found, [*_together(dropped), *joined, *told])


def _layer(record: Record, data: list[Cursor], group: Group | None, canvas: Canvas, large: bool) -> Loose:
    pixels = layer_pixels(record, data, canvas.bits, large)
    pixels = apply_mask(record, data, pixels, large)
    target = group.name if group else None
    faint = with_opacity(pixels, record.opacity / 255)
    return Loose(record.name, record.left, record.top, faint, target, record.text)


def _together(dropped: list[Dropped]) -> list[Dropped]:
    """One entry per kind of loss, naming all layers it befell."""
    kinds: dict[str, list[str]] = {}
    for loss in dropped:
        kinds.setdefault(loss.what, []).append(loss.why)
    return [Dropped(what, f"{named(names)} {_become(what)}.") for what, names in kinds.items()]


def _become(what: str) -> str:
    return "has the colours that it shows over what lies below" if what.startswith(BLENDED) else "is read without it"
