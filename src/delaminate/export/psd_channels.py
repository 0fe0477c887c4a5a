"""One layer of a Photoshop file as it is stored: its record, its channels, its mask."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaminate.errors import PictureTooLarge, UnreadablePicture
from delaminate.export.dropped import Dropped
from delaminate.picture.cursor import Cursor
from delaminate.picture.packbits import decode
from delaminate.pixels import Rgba

Plane = NDArray[Any]

_RAW, _PACKBITS, _ZIP, _ZIP_PREDICTED = range(4)
_RED, _GREEN, _BLUE, _ALPHA, _MASK = 0, 1, 2, -1, -2
_HIDDEN, _MASK_RELATIVE, _MASK_DISABLED = 2, 1, 2

_WORDS = b"Txt TEXT"
_EFFECTS = {b"lrFX", b"lfx2", b"lfxs"}
_VECTOR_MASKS = {b"vmsk", b"vsms"}
_ADJUSTMENTS = {
    *(b"levl", b"curv", b"expA", b"vibA", b"hue ", b"hue2", b"blnc", b"blwh", b"phfl", b"mixr", b"clrL"),
    *(b"nvrt", b"post", b"thrs", b"selc", b"grdm", b"brit", b"SoCo", b"GdFl", b"PtFl"),
}


BLENDED = "blend mode"
BLENDS = {
    b"mul ": "multiply", b"scrn": "screen", b"over": "overlay", b"dark": "darken", b"lite": "lighten",
    b"div ": "color-dodge", b"idiv": "color-burn", b"hLit": "hard-light", b"sLit": "soft-light",
    b"diff": "difference", b"smud": "exclusion", b"lddg": "plus", b"lbrn": "linear-burn", b"fsub": "subtract",
    b"fdiv": "divide", b"lLit": "linear-light", b"vLit": "vivid-light", b"pLit": "pin-light", b"hMix": "hard-mix",
    b"dkCl": "darker-color", b"lgCl": "lighter-color", b"hue ": "hue", b"sat ": "saturation", b"colr": "color",
    b"lum ": "luminosity",
}  # fmt: skip
"""Photoshop's keys of modes, as `blending.MODES` calls them."""


@dataclass(frozen=True)
class MaskBox:
    """Where a layer mask lies; outside it the mask has the value `outside`, 0 or 255."""

    top: int
    left: int
    bottom: int
    right: int
    outside: int
    flags: int


@dataclass(frozen=True)
class Record:
    """One entry of the layer list; `old_name` is its name in an unknown encoding, where there is no other.

    `text` is what a type layer says, lines by themselves.
    """

    name: str
    top: int
    left: int
    bottom: int
    right: int
    channels: tuple[tuple[int, int], ...]
    blend: bytes
    opacity: float
    clipped: bool
    hidden: bool
    divider: int
    mask: MaskBox | None
    keys: frozenset[bytes]
    old_name: bytes | None = None
    group_blend: bytes = b""
    text: str | None = None

    @property
    def _mode(self) -> bytes:
        return self.group_blend or self.blend

    @property
    def mode(self) -> str:
        """One of `blending.MODES`; "" for normal and for those nobody knows."""
        return BLENDS.get(self._mode, "")

    @property
    def through(self) -> bool:
        """Whether it is a pass-through group."""
        return self._mode == b"pass"

    @property
    def empty(self) -> bool:
        return self.right <= self.left or self.bottom <= self.top

    def losses(self) -> list[Dropped]:
        """What a stack cannot hold of this layer or group; `why` is its name only."""
        told = BLENDED if self.mode else "unknown blend mode"
        kinds = {
            f"{told} “{self.blend.decode('latin-1').strip()}”": self._mode not in (b"norm", b"pass"),
            "clipping": self.clipped,
            "layer effects": bool(self.keys & _EFFECTS),
            "vector mask": bool(self.keys & _VECTOR_MASKS),
            "adjustment": bool(self.keys & _ADJUSTMENTS),
            "mask of a group": self.divider != 0 and self.mask is not None,
        }
        return [Dropped(what, self.name) for what, lost in kinds.items() if lost]


def read_record(file: Cursor, large: bool, max_pixels: int) -> Record:
    """Read one layer record at the cursor; a layer or mask of more than `max_pixels` pixels is refused."""
    top, left, bottom, right = (file.number("i") for _ in range(4))
    _check_area(right - left, bottom - top, max_pixels)
    channels = tuple((file.number("h"), file.number("Q" if large else "I")) for _ in range(file.number("H")))
    if file.key() != b"8BIM":
        raise UnreadablePicture("a layer record is not one")
    blend = file.key()
    opacity, clipping, flags, _ = (file.number("B") for _ in range(4))
    extra = file.block("I")
    mask = _read_mask(extra.block("I"), max_pixels)
    extra.block("I")
    old_name: bytes | None = _read_pascal(extra)
    name = ""
    divider, fill, keys, group_blend = 0, 255, set(), b""
    text: str | None = None
    while extra.left >= 12:
        signature, key = extra.key(), extra.key()
        if signature not in (b"8BIM", b"8B64"):
            raise UnreadablePicture("what follows a layer's name is not a tagged block")
        data = extra.block("Q" if large and signature == b"8B64" else "I")
        keys.add(key)
        if key == b"luni":
            name, old_name = _read_unicode(data), None
        elif key in (b"lsct", b"lsdk"):
            divider = data.number("I")
            if data.left >= 8 and data.key() == b"8BIM":
                group_blend = data.key()
        elif key == b"iOpa":
            fill = data.number("B")
        elif key == b"TySh":
            text = _read_words(data)
    return Record(
        name, top, left, bottom, right, channels, blend, opacity * fill / 255, clipping != 0, bool(flags & _HIDDEN),
        divider, mask, frozenset(keys), old_name, group_blend if divider in (1, 2) else b"", text,
    )  # fmt: skip


def _check_area(width: int, height: int, max_pixels: int) -> None:
    if max(width, 0) * max(height, 0) > max_pixels:
        raise PictureTooLarge(f"a layer has more pixels than the limit of {max_pixels:,}; make it smaller")


def _read_mask(data: Cursor, max_pixels: int) -> MaskBox | None:
    if data.left < 18:
        return None
    top, left, bottom, right = (data.number("i") for _ in range(4))
    _check_area(right - left, bottom - top, max_pixels)
    return MaskBox(top, left, bottom, right, data.number("B"), data.number("B"))


def _read_pascal(file: Cursor) -> bytes:
    length = file.number("B")
    name = bytes(file.take(length))
    file.take(-(length + 1) % 4)
    return name


def _read_unicode(data: Cursor) -> str:
    units = data.number("I")
    return bytes(data.take(2 * units)).decode("utf-16-be" if data.order == ">" else "utf-16-le", "replace").rstrip("\0")


def _read_words(data: Cursor) -> str | None:
    """The words of a type layer, from its descriptor: the item "Txt ", wherever it stands."""
    content = bytes(data.rest())
    at = content.find(_WORDS)
    if at < 0:
        return None
    units = Cursor(memoryview(content)[at + len(_WORDS) :], data.order)
    count = units.number("I") if units.left >= 4 else 0
    if not 0 < 2 * count <= units.left:
        return None
    coding = "utf-16-be" if data.order == ">" else "utf-16-le"
    words = bytes(units.take(2 * count)).decode(coding, "replace").rstrip("\0\r")
    return words.replace("\r", "\n") or None


def layer_pixels(record: Record, data: list[Cursor], bits: int, large: bool) -> Rgba:
    """Decode a layer's colour and alpha; without an alpha channel it is opaque."""
    height, width = record.bottom - record.top, record.right - record.left
    ids = [number for number, _ in record.channels]
    grey = _RED in ids and not {_GREEN, _BLUE} & set(ids)
    if not grey and not {_RED, _GREEN, _BLUE} <= set(ids):
        raise UnreadablePicture(f"layer {record.name!r} lacks a colour channel")
    pixels = np.empty((height, width, 4), np.uint8 if bits == 8 else np.uint16)
    pixels[..., 3] = np.iinfo(pixels.dtype).max
    for number, channel in zip(ids, data, strict=True):
        if number in (_RED, _GREEN, _BLUE, _ALPHA):
            pixels[..., number] = _plane(channel, height, width, bits, large)  # -1, alpha, is also the last of four
    if grey:
        pixels[..., _GREEN] = pixels[..., _BLUE] = pixels[..., _RED]
    return pixels


def apply_mask(record: Record, data: list[Cursor], pixels: Rgba, large: bool) -> Rgba:
    """Alpha times the layer mask, where there is one and it is switched on."""
    mask = record.mask
    found = [channel for (number, _), channel in zip(record.channels, data, strict=True) if number == _MASK]
    if mask is None or mask.flags & _MASK_DISABLED or not found:
        return pixels
    full = int(np.iinfo(pixels.dtype).max)
    cover = np.full(pixels.shape[:2], full if mask.outside else 0, np.uint64)
    dx, dy = (0, 0) if mask.flags & _MASK_RELATIVE else (record.left, record.top)
    left, top, right, bottom = mask.left - dx, mask.top - dy, mask.right - dx, mask.bottom - dy
    if right > left and bottom > top:
        plane = _plane(found[0], bottom - top, right - left, 8 * pixels.itemsize, large)
        rows, columns = pixels.shape[:2]
        a, b, c, d = max(top, 0), min(bottom, rows), max(left, 0), min(right, columns)
        if b > a and d > c:
            cover[a:b, c:d] = plane[a - top : b - top, c - left : d - left]
    masked = pixels.copy()
    masked[..., 3] = (pixels[..., 3] * cover + full // 2) // full
    return masked


def _plane(channel: Cursor, height: int, width: int, bits: int, large: bool) -> Plane:
    """One channel, H×W of the document's depth, in any of the four compressions."""
    compression = channel.number("H")
    row_bytes = width * bits // 8
    size = height * row_bytes
    if compression == _RAW:
        packed: Any = channel.take(size)
    elif compression == _PACKBITS:
        count = channel.order + ("u4" if large else "u2")
        lengths = np.frombuffer(channel.take(height * np.dtype(count).itemsize), count).astype(np.uint32)
        packed = decode(channel.take(channel.left), lengths, row_bytes)
    elif compression in (_ZIP, _ZIP_PREDICTED):
        packed = _inflated(channel.take(channel.left), size)
    else:
        raise UnreadablePicture("a channel has an unknown compression")
    plane: Plane = np.frombuffer(packed, np.uint8 if bits == 8 else ">u2").reshape(height, width)
    if compression == _ZIP_PREDICTED:
        depth = np.uint8 if bits == 8 else np.uint16
        return np.cumsum(plane, axis=1, dtype=depth)
    return plane


def _inflated(packed: memoryview, size: int) -> bytes:
    try:
        data = zlib.decompressobj().decompress(packed, size)
    except zlib.error as error:
        raise UnreadablePicture("compressed channel data are damaged") from error
    if len(data) != size:
        raise UnreadablePicture("compressed channel data end too early")
    return data
