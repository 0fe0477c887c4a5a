"""The sample values of a TIFF page, H×W×samples, whatever their layout: strips, tiles, planes, widths, predictors.

libtiff inside Pillow unpacks what is packed: a directory of our own calls the rows of bytes a grey picture of 8 bits,
so that no depth, byte order or plane is misunderstood, and what the bytes mean is worked out here (TIFF 6.0, 1992;
Adobe Photoshop TIFF Technical Notes, 2002 and 2005, for the predictors). Why: docs/decisions/0403-picture-readers.md.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, TiffImagePlugin

from delaminate.picture import tiff_directory as tags
from delaminate.picture.decoded import Damaged, NotRead
from delaminate.picture.tiff_directory import Directory

NONE, OLD_JPEG, JPEG, PACKBITS = 1, 6, 7, 32773
_FAX = {2, 3, 4}
_BYTES = {5: "LZW", 8: "Deflate", 32946: "Deflate", PACKBITS: "PackBits", 34925: "LZMA", 50000: "Zstandard"}
_PICTURES = {33003: "JPEG 2000", 33004: "JPEG 2000", 33005: "JPEG 2000", 34712: "JPEG 2000", 50001: "WebP"}
_NOT_READ = {
    **{OLD_JPEG: "old-style JPEG", 32809: "ThunderScan", 32766: "NeXT", 32908: "Pixar", 32909: "Pixar Log"},
    **{34676: "SGI Log", 34677: "SGI Log", 34887: "LERC", 50002: "JPEG XL", 52546: "JPEG XL", 34892: "lossy JPEG"},
    **{34661: "JBIG", 22610: "JPEG XR", 34934: "JPEG XR", 34926: "old Zstandard"},
}
_MOST_PACKED = 5000
"""No code of `_BYTES` but the last two makes more bytes of one; a directory that claims more is damaged."""

_MOST_SAMPLES = 64
_UNSIGNED, _SIGNED, _FLOAT, _UNDEFINED = 1, 2, 3, 4
_HORIZONTAL, _FLOATING = 2, 3


@dataclass(frozen=True)
class Layout:
    """How the samples of a page lie: `block` is the width and height of a strip or tile, `kind` numpy's letter."""

    width: int
    height: int
    samples: int
    bits: int
    kind: str
    compression: int
    predictor: int
    planar: bool
    block: tuple[int, int]
    offsets: tuple[int, ...]
    sizes: tuple[int, ...]

    @property
    def per_pixel(self) -> int:
        """Samples of one pixel in one block."""
        return 1 if self.planar else self.samples

    @property
    def across(self) -> int:
        return -(-self.width // self.block[0])

    @property
    def down(self) -> int:
        return -(-self.height // self.block[1])

    @property
    def row_bytes(self) -> int:
        """Bytes of one row of one block."""
        return (self.block[0] * self.per_pixel * self.bits + 7) // 8

    @property
    def lossy(self) -> bool:
        return self.compression in (OLD_JPEG, JPEG, *_PICTURES)


def layout_of(page: Directory) -> Layout:
    """Work out and check how a page is laid out; nothing is decoded.

    Raises
    ------
    NotRead
        If it is of a kind that is not read.
    Damaged
        If it contradicts itself.
    """
    width, height = page.integer(tags.WIDTH, 0), page.integer(tags.LENGTH, 0)
    samples = page.integer(tags.SAMPLES, 1)
    compression = page.integer(tags.COMPRESSION, NONE)
    if compression not in (NONE, JPEG, *_FAX, *_BYTES, *_PICTURES):
        raise NotRead(f"a TIFF with {_NOT_READ.get(compression, f'unknown ({compression})')} compression")
    if not 0 < samples <= _MOST_SAMPLES:
        raise NotRead(f"a TIFF of {samples} channels")
    widths = page.integers(tags.BITS, (1,))[:samples]
    if len(set(widths)) != 1:
        raise NotRead(f"a TIFF whose channels have different depths ({', '.join(map(str, widths))} bits)")
    bits = widths[0]
    kind = _kind(page.integers(tags.SAMPLE_FORMAT, (_UNSIGNED,))[:samples], bits)
    planar = page.integer(tags.PLANAR, 1) == 2 and samples > 1
    tiled = tags.TILE_WIDTH in page or tags.TILE_OFFSETS in page
    if tiled:
        block = page.integer(tags.TILE_WIDTH, 0), page.integer(tags.TILE_LENGTH, 0)
    else:
        block = width, min(page.integer(tags.ROWS_PER_STRIP, height), height) or height
    if min(width, height, *block) < 1 or max(block) > 1 << 20:
        raise Damaged("sizes")
    offsets = page.integers(tags.TILE_OFFSETS if tiled and tags.TILE_OFFSETS in page else tags.STRIP_OFFSETS)
    sizes = page.integers(tags.TILE_SIZES if tiled and tags.TILE_SIZES in page else tags.STRIP_SIZES)
    predictor = page.integer(tags.PREDICTOR, 1) if compression in _BYTES else 1
    found = Layout(width, height, samples, bits, kind, compression, predictor, planar, block, offsets, sizes)
    return _with_sizes(found, len(page.data))


def _kind(formats: tuple[int, ...], bits: int) -> str:
    """Numpy's letter of a sample: u, i or f."""
    form = formats[0] if len(set(formats)) == 1 else -1
    if form in (_UNSIGNED, _UNDEFINED) and (1 <= bits <= 16 or bits in (24, 32, 64)):
        return "u"
    if form == _SIGNED and bits in (8, 16, 32, 64):
        return "i"
    if form == _FLOAT and bits in (16, 32, 64):
        return "f"
    names = {_SIGNED: "signed integers", _FLOAT: "floats", 5: "complex integers", 6: "complex numbers"}
    raise NotRead(f"a TIFF of {bits}-bit {names.get(form, 'numbers')}")


def _with_sizes(layout: Layout, length: int) -> Layout:
    """The layout with one offset and size a block, all inside the file."""
    count = layout.across * layout.down * (layout.samples if layout.planar else 1)
    offsets, sizes = layout.offsets[:count], layout.sizes[:count]
    if len(offsets) != count:
        raise Damaged("blocks are missing")
    if not sizes and layout.compression == NONE:
        sizes = tuple(layout.row_bytes * layout.block[1] for _ in offsets)
        sizes = tuple(min(size, length - at) for size, at in zip(sizes, offsets, strict=True))
    if not sizes and count == 1:
        sizes = (length - offsets[0],)
    if len(sizes) != count or any(
        at < 0 or size < 0 or at + size > length for at, size in zip(offsets, sizes, strict=True)
    ):
        raise Damaged("blocks leave the file")
    raw = layout.row_bytes * layout.block[1] * count
    if layout.compression in _BYTES and layout.compression < 34925 and raw > _MOST_PACKED * max(sum(sizes), 1):
        raise Damaged("more is claimed than the bytes could hold")
    return Layout(**{**vars(layout), "offsets": offsets, "sizes": sizes})


def samples_of(page: Directory, layout: Layout) -> NDArray[Any]:
    """H×W×samples in numpy's native byte order; whole numbers below 9 bits as uint8, up to 16 as uint16.

    Raises
    ------
    NotRead, Damaged
        As `layout_of`, and where blocks do not decode.
    """
    planes = layout.samples if layout.planar else 1
    per_plane = layout.across * layout.down
    parts = [_plane(page, layout, number * per_plane, per_plane) for number in range(planes)]
    return parts[0] if planes == 1 else np.concatenate(parts, axis=2)


def _plane(page: Directory, layout: Layout, first: int, count: int) -> NDArray[Any]:
    """H×W×samples of one plane, or of all where they lie together."""
    blocks = [
        page.data[at : at + size]
        for at, size in zip(layout.offsets[first : first + count], layout.sizes[first : first + count], strict=True)
    ]
    if layout.compression == JPEG:
        return _jpeg(page, layout, blocks)
    if layout.compression in _PICTURES:
        return _pictures(layout, blocks)
    if layout.compression == NONE:
        raw = _stored(page, layout, blocks)
    elif layout.compression in _FAX:
        raw = np.packbits(np.asarray(_repacked(page, layout, blocks, (1,), layout.block[0])), axis=1)
    else:
        raw = np.asarray(_repacked(page, layout, blocks, (8,), layout.row_bytes))
    # From rows across all blocks to blocks side by side; strips are one block across.
    height = raw.shape[0]
    values = _numbers(raw.reshape(height, layout.across, layout.row_bytes), layout, page.order)
    return values.reshape(height, -1, layout.per_pixel)[: layout.height, : layout.width]


def _stored(page: Directory, layout: Layout, blocks: list[memoryview]) -> NDArray[np.uint8]:
    """Bytes that are not packed, as rows across all blocks."""
    rows, size = layout.block[1], layout.row_bytes
    tiled = tags.TILE_WIDTH in page
    raw = np.zeros((layout.down * rows if tiled else layout.height, layout.across * size), np.uint8)
    for number, block in enumerate(blocks):
        top, left = number // layout.across * rows, number % layout.across * size
        bottom = min(top + rows, raw.shape[0])
        if len(block) < (bottom - top) * size:
            raise Damaged("a block is too short")
        part = np.frombuffer(block, np.uint8, (bottom - top) * size)
        raw[top:bottom, left : left + size] = part.reshape(bottom - top, size)
    return _reversed(raw) if page.integer(tags.FILL_ORDER, 1) == 2 and layout.bits < 8 else raw


def _reversed(raw: NDArray[np.uint8]) -> NDArray[np.uint8]:
    table = np.packbits(np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1)[:, ::-1], axis=1)[:, 0]
    found: NDArray[np.uint8] = table[raw]
    return found


def _repacked(
    page: Directory, layout: Layout, blocks: list[memoryview], bits: tuple[int, ...], width: int, photometric: int = 1
) -> Image.Image:
    """The blocks in a TIFF of one page that libtiff decodes, `width` samples wide a block; not predicted."""
    tiled = tags.TILE_WIDTH in page
    entries: list[tuple[int, str, tuple[int, ...] | bytes]] = [
        (tags.WIDTH, "I", (width * layout.across,)),
        (tags.LENGTH, "I", (layout.height,)),
        (tags.BITS, "H", bits),
        (tags.COMPRESSION, "H", (layout.compression,)),
        (tags.PHOTOMETRIC, "H", (photometric,)),
        (tags.FILL_ORDER, "H", (page.integer(tags.FILL_ORDER, 1),)),
        (tags.SAMPLES, "H", (len(bits),)),
        (tags.PLANAR, "H", (1,)),
    ]
    for tag, code in ((tags.T4_OPTIONS, "I"), (tags.T6_OPTIONS, "I"), (tags.SUBSAMPLING, "H")):
        if tag in page and (tag != tags.SUBSAMPLING or photometric == 6):
            entries.append((tag, code, page.integers(tag)))
    if tables := page.raw(tags.JPEG_TABLES):
        entries.append((tags.JPEG_TABLES, "B", tables))
    at, offsets = 8, []
    for block in blocks:
        offsets.append(at)
        at += len(block)
    sizes = tuple(len(block) for block in blocks)
    if tiled:
        entries += [(tags.TILE_WIDTH, "I", (width,)), (tags.TILE_LENGTH, "I", (layout.block[1],))]
        entries += [(tags.TILE_OFFSETS, "I", tuple(offsets)), (tags.TILE_SIZES, "I", sizes)]
    else:
        entries += [(tags.ROWS_PER_STRIP, "I", (layout.block[1],))]
        entries += [(tags.STRIP_OFFSETS, "I", tuple(offsets)), (tags.STRIP_SIZES, "I", sizes)]
    if at > 0xF0000000:
        raise NotRead("a TIFF of more than 4 GB of packed data")
    file = io.BytesIO(b"".join((b"II*\0" + struct.pack("<I", at), *blocks, _directory(entries, at))))
    image = TiffImagePlugin.TiffImageFile(file)
    image.load()
    return image


def _directory(entries: list[tuple[int, str, tuple[int, ...] | bytes]], at: int) -> bytes:
    """A little-endian directory that will lie at `at`, with its values behind it."""
    kinds = {"B": 7, "H": 3, "I": 4}
    rows, values = b"", b""
    behind = at + 2 + 12 * len(entries) + 4
    for tag, code, numbers in sorted(entries):
        raw = numbers if isinstance(numbers, bytes) else struct.pack(f"<{len(numbers)}{code}", *numbers)
        row = struct.pack("<HHI", tag, kinds[code], len(raw) // struct.calcsize(code))
        if len(raw) <= 4:
            rows += row + raw.ljust(4, b"\0")
        else:
            rows += row + struct.pack("<I", behind + len(values))
            values += raw + bytes(len(raw) % 2)
    return struct.pack("<H", len(entries)) + rows + bytes(4) + values


def _jpeg(page: Directory, layout: Layout, blocks: list[memoryview]) -> NDArray[np.uint8]:
    if layout.bits != 8 or layout.per_pixel not in (1, 3, 4):
        raise NotRead(f"a TIFF of {layout.per_pixel} × {layout.bits} bits with JPEG compression")
    photometric = page.integer(tags.PHOTOMETRIC, 1)
    meaning = {1: 1, 3: photometric if photometric == 6 else 2, 4: 5}[layout.per_pixel]
    image = _repacked(page, layout, blocks, (8,) * layout.per_pixel, layout.block[0], meaning)
    values = np.asarray(image)
    return values.reshape(values.shape[0], -1, layout.per_pixel)[: layout.height, : layout.width]


def _pictures(layout: Layout, blocks: list[memoryview]) -> NDArray[Any]:
    """Blocks each of which is a picture file of its own."""
    found = np.zeros((layout.down * layout.block[1], layout.across * layout.block[0], layout.per_pixel), np.uint8)
    if layout.bits != 8:
        raise NotRead(f"a TIFF of {layout.bits} bits with {_PICTURES[layout.compression]} compression")
    for number, block in enumerate(blocks):
        with Image.open(io.BytesIO(block), formats=("WEBP", "JPEG2000")) as image:
            rows, columns = image.height, image.width
            if rows > layout.block[1] or columns != layout.block[0]:
                raise Damaged("a block has another size")
            values = np.asarray(image).reshape(rows, columns, -1)
        if values.shape[2] < layout.per_pixel:
            raise Damaged("a block has another number of channels")
        top, left = number // layout.across * layout.block[1], number % layout.across * columns
        found[top : top + rows, left : left + columns] = values[..., : layout.per_pixel]
    return found[: layout.height, : layout.width]


def _numbers(raw: NDArray[np.uint8], layout: Layout, order: str) -> NDArray[Any]:
    """From rows × blocks × bytes to rows × blocks × samples, with the predictor undone."""
    rows, across, _ = raw.shape
    count, per = layout.block[0] * layout.per_pixel, layout.per_pixel
    if layout.predictor == _FLOATING:
        return _floating(raw, layout)
    if layout.bits in (8, 16, 32, 64):
        kind = f"{layout.kind}{layout.bits // 8}"
        values = np.ascontiguousarray(raw).view(order + kind).astype(kind, copy=False)
        if layout.predictor == _HORIZONTAL:
            whole = values.view(f"u{layout.bits // 8}").reshape(rows, across, layout.block[0], per)
            values = np.cumsum(whole, axis=2, dtype=whole.dtype).view(kind).reshape(rows, across, count)
        return values
    if layout.predictor != 1:
        raise NotRead(f"a TIFF of {layout.bits} bits with a predictor")
    if layout.bits == 24:
        three = raw.reshape(rows, across, count, 3).astype(np.uint32)
        low, high = (0, 2) if order == "<" else (2, 0)
        return three[..., low] | three[..., 1] << 8 | three[..., high] << 16
    return _bits(raw, layout.bits, count)


def _bits(raw: NDArray[np.uint8], bits: int, count: int) -> NDArray[Any]:
    """Samples that do not fill bytes; the highest bit comes first in both byte orders."""
    rows, across, _ = raw.shape
    found = np.empty((rows, across, count), np.uint8 if bits <= 8 else np.uint16)
    weights = 1 << np.arange(bits - 1, -1, -1, dtype=np.uint16)
    for row in range(rows):
        each = np.unpackbits(raw[row], axis=1, count=count * bits).reshape(across, count, bits)
        found[row] = (each * weights).sum(axis=2, dtype=np.uint16) if bits > 1 else each[..., 0]
    return found


def _floating(raw: NDArray[np.uint8], layout: Layout) -> NDArray[Any]:
    """Adobe's floating-point predictor: a row's bytes sorted by their weight, each the difference to the one before."""
    rows, across, _ = raw.shape
    size, per = layout.bits // 8, layout.per_pixel
    if layout.kind != "f" or layout.bits not in (16, 32, 64):
        raise NotRead(f"a TIFF of {layout.bits}-bit whole numbers with a predictor for floats")
    bytes_ = np.cumsum(raw.reshape(rows, across, -1, per), axis=2, dtype=np.uint8)
    sorted_ = bytes_.reshape(rows, across, size, layout.block[0] * per)
    values = np.ascontiguousarray(sorted_.swapaxes(2, 3)).reshape(rows, across, -1).view(f">f{size}")
    return values.astype(f"f{size}")
