"""Adds layers to a PSD or PSB: new records and channels behind the old ones, whose bytes are copied.

Adobe Photoshop File Formats Specification (2019). Of all else only lengths, the number of layers and the merged picture
change; the thumbnail, which would show the old one, is left out.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaminate.composite import flatten, shown
from delaminate.errors import BadInput
from delaminate.export.append import added_of, at_depth, in_place_of, misfits
from delaminate.export.cut_as import CutAs
from delaminate.export.dropped import Dropped, invented_dropped, names_shortened
from delaminate.export.loose import Canvas
from delaminate.export.psd import type_dropped
from delaminate.export.psd_channels import read_record
from delaminate.export.psd_layers import LONGEST_NAME, Further, Widths, further_layers, merged_planes, packed_planes
from delaminate.export.psd_reader import read_tagged
from delaminate.export.text_as import TextAs
from delaminate.picture.cursor import Cursor
from delaminate.picture.photoshop import RGB, Header, Resources, planes_of, read_header, read_resources
from delaminate.picture.samples import white_taken_out
from delaminate.pixels import Box, Rgba, levels
from delaminate.stack import Layer, LayerStack, Role

_THUMBNAILS = (1033, 1036)
_PER_LAYER = {1026: bytes(2), 1072: b"\x01"}
"""Entries of a new layer: it is linked with no other, and its group is switched on."""

_MOST_BYTES = 2_000_000_000


@dataclass(frozen=True, eq=False)
class _Document:
    """The parts of a file; all but the first two are of its bytes.

    `before` and `after` are what of the layer section lies around the layer info with its length; `key` is that of
    the block that holds the info, empty where it lies in the section itself.
    """

    header: Header
    resources: Resources
    head: memoryview
    blocks: memoryview
    before: memoryview
    key: bytes
    info: memoryview
    after: memoryview
    image: memoryview

    @property
    def negative(self) -> bool:
        """Whether the merged picture's next channel is its transparency."""
        return len(self.info) >= 2 and struct.unpack_from(">h", self.info)[0] < 0

    @property
    def count(self) -> int:
        return abs(struct.unpack_from(">h", self.info)[0]) if len(self.info) >= 2 else 0


def canvas_of(path: Path, max_pixels: int) -> Canvas:
    """Size and depth of the document.

    Raises
    ------
    BadInput
        If layers cannot be added to it.
    """
    with path.open("rb") as file:
        header = read_header(Cursor(memoryview(file.read(26))))
    if header.mode != RGB or header.bits not in (8, 16):
        raise BadInput("it is not RGB of 8 or 16 bits; change its mode and save it again")
    return Canvas(header.width, header.height, header.bits, max_pixels=max_pixels)


def append(
    stack: LayerStack, path: Path, group: str, text: TextAs, cut: CutAs, max_pixels: int, background: bool
) -> tuple[Dropped, ...]:
    """Add the stack's layers above all others; returns what of them the document does not hold."""
    document = _parts(memoryview(path.read_bytes()))
    widths, fitting = Widths(document.header.large), at_depth(stack, document.header.bits)
    seen = flatten(fitting) if cut is CutAs.MASKS else None
    layers = added_of(fitting, background)
    planes, ground = _merged(document, layers)
    further = further_layers(fitting, layers, group, widths, seen, text, ground)
    info = _info(document, further, max_pixels)
    blocks = _kept(document.blocks, further.count)
    if not widths.large and sum(map(len, (document.before, info, document.after, document.image))) > _MOST_BYTES:
        raise BadInput(f"{path.name} would be larger than a PSD can be; save it as a .psb first")
    with in_place_of(path) as file:
        file.writelines((document.head, struct.pack(">I", len(blocks)), blocks))
        file.writelines(_section(document, info, widths))
        file.writelines([document.image] if planes is None else packed_planes(planes, widths))
    lost = type_dropped(stack, text) + names_shortened(stack, LONGEST_NAME) + invented_dropped(stack)
    return (*misfits(stack, document.header.bits, document.resources.icc), *lost)


def _parts(data: memoryview) -> _Document:
    file = Cursor(data)
    header = read_header(file)
    file.block("I")
    head = data[: len(data) - file.left]
    blocks = file.block("I").rest()
    resources = read_resources(Cursor(blocks))
    section = file.block(header.length).rest()
    before, key, info, after = _around_info(section, header)
    return _Document(header, resources, head, blocks, before, key, info, after, file.rest())


def _around_info(section: memoryview, header: Header) -> tuple[memoryview, bytes, memoryview, memoryview]:
    """The layer section as what is before the layer info, its block's key, the info, and what is behind."""
    cursor, none = Cursor(section), section[:0]
    if not section:
        return none, b"" if header.bits == 8 else b"Lr16", none, none
    first = cursor.block(header.length).rest()
    if len(first):
        return none, b"", first, cursor.rest()
    here = len(section) - cursor.left
    if cursor.left >= 4:
        cursor.block("I")
        here = len(section) - cursor.left
        while cursor.left >= 12:
            at = len(section) - cursor.left
            key, block = read_tagged(cursor, header.large)
            if key in (b"Lr16", b"Layr"):
                return section[:at], key, block.rest(), cursor.rest()
    if header.bits == 8:
        return none, b"", none, section[struct.calcsize(">" + header.length) :]
    return section[:here], b"Lr16", none, section[here:]


def _info(document: _Document, further: Further, max_pixels: int) -> bytes:
    """The new layer info: old records, new records, old channels, new channels."""
    info = Cursor(document.info)
    count = abs(info.number("h")) if info.left else 0
    start = len(document.info) - info.left
    records = [read_record(info, document.header.large, max_pixels) for _ in range(count)]
    middle = len(document.info) - info.left
    for record in records:
        for _, size in record.channels:
            info.take(size)
    end = len(document.info) - info.left
    total = count + further.count
    if total > 32_767:
        raise BadInput("it has as many layers as a Photoshop document can have")
    sign = -1 if document.negative else 1
    old = document.info
    parts = (
        struct.pack(">h", sign * total),
        *(old[start:middle], further.records, old[middle:end], further.channels),
    )
    made = b"".join(parts)
    return made + bytes(-len(made) % 4)


def _section(document: _Document, info: bytes, widths: Widths) -> Iterator[bytes | memoryview]:
    """The layer section with its length, around the new info."""
    parts: list[bytes | memoryview]
    if not document.key:
        after = document.after if len(document.after) >= 4 else bytes(4)  # no global layer mask
        parts = [widths.length(len(info)), info, after]
    else:
        before = document.before if len(document.before) else widths.length(0) + bytes(4)
        parts = [before, b"8BIM" + document.key + widths.length(len(info)), info, document.after]
    yield widths.length(sum(map(len, parts)))
    yield from parts


def _kept(blocks: memoryview, more: int) -> bytes:
    """The image resources but for the thumbnails; those with an entry for each layer have `more` of them."""
    cursor = Cursor(blocks)
    kept: list[bytes | memoryview] = []
    while cursor.left >= 12:
        at = len(blocks) - cursor.left
        cursor.take(4)
        number, name = cursor.number("H"), cursor.number("B")
        cursor.take(name + (name + 1) % 2)
        head = blocks[at : len(blocks) - cursor.left]
        size = cursor.number("I")
        data = bytes(cursor.take(size))
        cursor.take(min(size % 2, cursor.left))
        if number in _THUMBNAILS:
            continue
        data += _PER_LAYER.get(number, b"") * more
        kept += [head, struct.pack(">I", len(data)), data, bytes(len(data) % 2)]
    return b"".join(kept)


def _merged(document: _Document, layers: Sequence[Layer]) -> tuple[list[NDArray[Any]] | None, Layer | None]:
    """The channels of the merged picture with the layers over it, and what it was as a layer where there was none.

    None stays as it was: a file saved without its merged picture.
    """
    header = document.header
    if not document.resources.merged:
        if not document.count:
            raise BadInput("it holds neither layers nor a merged picture; save it again with Maximize Compatibility on")
        return None, None
    planes = planes_of(Cursor(document.image), header, header.channels)
    clear = header.channels > 3 and document.negative
    seen = _seen(planes, clear)
    ground = None
    if not document.count:
        box = Box(0, 0, header.width, header.height)
        ground = Layer("background", "Background", Role.BACKGROUND, box, seen.copy())
    touched = np.zeros(seen.shape[:2], np.bool_)
    for layer in layers:
        shown(np.ascontiguousarray(layer.pixels), layer.look, seen[layer.box.slices])
        touched[layer.box.slices] |= layer.pixels[..., 3] > 0
    made = merged_planes(seen, not clear)
    old = [planes[..., number] for number in range(header.channels)]
    return [np.where(touched, new, was) for new, was in zip(made, old, strict=False)] + old[len(made) :], ground


def _seen(planes: Rgba, clear: bool) -> Rgba:
    """What the channels show, H×W×4; `clear` says that the fourth is transparency."""
    if clear:
        return white_taken_out(np.ascontiguousarray(planes[..., :4]))
    full = np.full(planes.shape[:2], levels(planes), planes.dtype)
    return np.dstack([planes[..., :3], full])
