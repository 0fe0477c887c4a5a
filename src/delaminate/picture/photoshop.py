"""The merged picture of a PSD or PSB file, in every colour mode but duotone's inks and multichannel.

Adobe Photoshop File Formats Specification (2019). Nothing is allocated that the file's own bytes could not fill.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaminate.errors import UnreadablePicture
from delaminate.picture.colour_spaces import from_cmyk, from_grey, from_lab, srgb_encoded
from delaminate.picture.cursor import Cursor
from delaminate.picture.decoded import Damaged, Decoded, NotRead
from delaminate.picture.icc import kept
from delaminate.picture.packbits import decode
from delaminate.picture.samples import from_numbers, white_taken_out

BITMAP, GREY, INDEXED, RGB, CMYK, MULTICHANNEL, DUOTONE, LAB = 0, 1, 2, 3, 4, 7, 8, 9
_COLOURS = {BITMAP: 1, GREY: 1, INDEXED: 1, RGB: 3, CMYK: 4, DUOTONE: 1, LAB: 3}
NAMES = {**{BITMAP: "1", GREY: "L", INDEXED: "P", RGB: "RGB", CMYK: "CMYK"}, **{DUOTONE: "L", LAB: "LAB"}}
_RESOLUTION, _ICC, _TRANSPARENT_INDEX, VERSION = 1005, 1039, 1047, 1057
_REMARKS = {1028: "iptc", 1058: "exif", 1060: "xmp"}
_DEPTHS = (1, 8, 16, 32)


@dataclass(frozen=True)
class Header:
    """The first 26 bytes."""

    large: bool
    channels: int
    width: int
    height: int
    bits: int
    mode: int

    @property
    def length(self) -> str:
        """`Cursor`'s code of a section's length."""
        return "Q" if self.large else "I"


@dataclass(frozen=True)
class Resources:
    """What the image resources say; `merged` is False where the file was saved without a merged picture."""

    icc: bytes | None = None
    dpi: tuple[float, float] | None = None
    clear_index: int | None = None
    merged: bool = True
    remarks: dict[Any, Any] = field(default_factory=dict, repr=False)
    """EXIF, XMP and IPTC, as `about_of` takes them."""


def read_header(file: Cursor) -> Header:
    """Read and check the header.

    Raises
    ------
    UnreadablePicture
        If it is none or contradicts itself.
    """
    if bytes(file.take(4)) != b"8BPS":
        raise UnreadablePicture("it does not begin as one")
    version = file.number("H")
    file.take(6)
    channels, height, width, bits, mode = (file.number(code) for code in "HIIHH")
    if version not in (1, 2) or not 0 < channels <= 56 or not width or not height or bits not in _DEPTHS:
        raise UnreadablePicture("its header contradicts itself")
    return Header(version == 2, channels, width, height, bits, mode)


def size_of(file: Cursor) -> tuple[int, int]:
    """Width and height, as the header says them.

    Raises
    ------
    Damaged
        If it is no header.
    """
    try:
        header = read_header(file)
    except UnreadablePicture as error:
        raise Damaged(str(error)) from error
    return header.width, header.height


def read_resources(file: Cursor) -> Resources:
    """The colour profile, the resolution in pixels per inch, two marks, and EXIF, XMP and IPTC."""
    icc, dpi, clear, merged = None, None, None, True
    remarks: dict[Any, Any] = {}
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
        elif number == _TRANSPARENT_INDEX and size >= 2:
            clear = int.from_bytes(data[:2], "big")
        elif number == VERSION and size >= 5:
            merged = data[4] != 0
        elif number in _REMARKS:
            remarks[_REMARKS[number]] = bytes(data)
    return Resources(icc, dpi, clear, merged, remarks)


def transparent(section: Cursor, header: Header) -> bool:
    """Whether the layer section says, by a negative count of layers, that the merged picture has transparency."""
    info = section.block(header.length) if section.left >= 4 else section
    if info.left >= 2:
        return info.peek("h") < 0
    if section.left >= 4:
        section.block("I")
        while section.left >= 12:
            section.take(4)
            key = bytes(section.take(4))
            block = section.block("Q" if header.large and key in (b"Lr16", b"Lr32", b"Layr") else "I")
            if key in (b"Lr16", b"Lr32", b"Layr") and block.left >= 2:
                return block.peek("h") < 0
            section.take(min(-block.left % 4, section.left))
    return False


def read(data: memoryview) -> Decoded:
    """Decode the merged picture.

    Raises
    ------
    NotRead
        If it is of a kind that is not read, or was saved without one.
    Damaged
        If the file contradicts itself or ends too early.
    """
    try:
        file = Cursor(data)
        header = read_header(file)
        palette = bytes(file.block("I").rest())
        resources = read_resources(file.block("I"))
        clear = transparent(file.block(header.length), header)
        if header.mode not in _COLOURS or header.channels < _COLOURS[header.mode]:
            what = "multichannel colours" if header.mode == MULTICHANNEL else "an unknown colour mode"
            raise NotRead(f"a Photoshop document of {what}")
        if not resources.merged:
            raise NotRead(
                "a Photoshop document saved without its merged picture", "save it again with Maximize Compatibility on"
            )
        return merged(file, header, palette, resources, clear)
    except UnreadablePicture as error:
        raise Damaged(str(error)) from error


def merged(file: Cursor, header: Header, palette: bytes, resources: Resources, clear: bool) -> Decoded:
    """The image data section at the cursor, as RGB or RGBA; `clear` is what `transparent` said."""
    colours = _COLOURS[header.mode]
    alpha = clear and header.channels > colours and header.mode != INDEXED
    planes = planes_of(file, header, colours + alpha)
    notes: list[str] = []
    if header.bits == 32:
        planes, _ = from_numbers(_light_encoded(planes))
        notes.append("32 bits per channel, which are linear light, were brought to 16 bits in sRGB")
    others = header.channels - colours - alpha
    if others > 0:
        notes.append(
            "saved selections and spot colours were not used"
            if others > 1
            else "a saved selection or spot colour was not used"
        )
    colour, name = planes[..., :colours], NAMES[header.mode]
    icc = resources.icc
    if header.mode == INDEXED:
        pixels = _looked_up(colour[..., 0], palette, resources.clear_index)
        notes.append("converted from mode P to RGB")
    elif header.mode == CMYK:
        pixels = from_cmyk(np.iinfo(colour.dtype).max - colour, icc, notes)
    elif header.mode == LAB:
        pixels = from_lab(np.ascontiguousarray(colour), False, notes) if header.bits == 8 else _deep_lab(colour, notes)
    elif header.mode == RGB:
        pixels = colour
    else:
        pixels, icc = from_grey(colour[..., 0], icc, name, notes)
    if header.mode != RGB and header.bits != 32 and header.mode in (INDEXED, CMYK, LAB):
        icc = None
    if header.mode == RGB:
        icc, note = kept(icc, "RGB ")
        notes += [note] if note else []
    if header.bits == 32:
        icc = None
    if alpha:
        pixels = white_taken_out(np.concatenate([pixels, planes[..., -1:].astype(pixels.dtype)], axis=2))
        name = {"RGB": "RGBA", "L": "LA"}.get(name, name)
    if header.bits == 16 and name == "L":
        name = "I;16"
    return Decoded(pixels, name, icc, tuple(notes), resources.dpi, info=resources.remarks)


def planes_of(file: Cursor, header: Header, wanted: int) -> NDArray[Any]:
    """The first channels of the image data section, H×W×wanted, in native order; one bit becomes 0 and 255, 1 black."""
    compression = file.number("H")
    row = (header.width * header.bits + 7) // 8
    rows = header.height * header.channels
    if compression == 0:
        raw: Any = file.take(rows * row)
    elif compression == 1:
        count = np.dtype(">u4" if header.large else ">u2")
        lengths = np.frombuffer(file.take(rows * count.itemsize), count).astype(np.uint32)[: header.height * wanted]
        raw = decode(file.take(int(lengths.sum(dtype=np.uint64))), lengths, row)
    else:
        raise UnreadablePicture("its merged picture has an unknown compression")
    plane = np.frombuffer(raw, np.uint8, header.height * wanted * row).reshape(wanted, header.height, row)
    if header.bits == 1:
        plane = np.unpackbits(plane, axis=2, count=header.width)
        return np.where(plane.transpose(1, 2, 0) > 0, np.uint8(0), np.uint8(255))
    kind = {8: "u1", 16: ">u2", 32: ">f4"}[header.bits]
    values = plane.view(kind).transpose(1, 2, 0)
    return np.ascontiguousarray(values.astype(values.dtype.newbyteorder("=")))


def _light_encoded(planes: NDArray[Any]) -> NDArray[Any]:
    found = np.nan_to_num(planes, nan=0.0, posinf=0.0, neginf=0.0)
    colours = 3 if found.shape[2] > 2 else 1
    found[..., :colours] = srgb_encoded(found[..., :colours])
    return np.asarray(np.clip(found, 0, 1))


def _deep_lab(colour: NDArray[Any], notes: list[str]) -> NDArray[Any]:
    """Photoshop's 16-bit Lab: L = 100 is 65535 or, rounded as it does, 65280; a and b lie 128 · 256 too high."""
    shifted = colour.copy()
    shifted[..., 1:] ^= 0x8000
    return from_lab(shifted, True, notes)


def _looked_up(numbers: NDArray[Any], palette: bytes, clear: int | None) -> NDArray[np.uint8]:
    """Through the 256 reds, greens and blues; a transparent index makes an alpha channel."""
    if len(palette) < 768:
        raise UnreadablePicture("its palette is too short")
    entries = np.frombuffer(palette, np.uint8, 768).reshape(3, 256).T
    found: NDArray[np.uint8] = entries[numbers]
    if clear is None or clear > 255:
        return found
    return np.dstack([found, np.where(numbers == clear, 0, 255).astype(np.uint8)])
