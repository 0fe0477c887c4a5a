"""What the boxes of an AVIF or HEIF file say of depth and colours (ISO/IEC 14496-12, 23008-12)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from delaminate.picture.colour_signal import Signal

_MOST_META = 1 << 24


@dataclass(frozen=True)
class Boxes:
    """`bits` per channel, 8 where nothing is said; the code points, where there are some; the embedded profile."""

    bits: int
    signal: Signal | None
    icc: bytes | None


def boxes_of(file: BinaryIO) -> Boxes:
    """Read the properties of the pictures in a file; the first of each kind is the main picture's."""
    file.seek(0)
    meta = _meta(file)
    bits, signal, icc = 0, None, None
    for kind, data in _properties(meta):
        if kind == b"av1C" and len(data) > 2 and not bits:
            bits = 12 if data[2] & 0x20 else 10 if data[2] & 0x40 else 8
        elif kind == b"hvcC" and len(data) > 17 and not bits:
            bits = 8 + (data[17] & 7)
        elif kind == b"colr" and data[:4] == b"nclx" and signal is None and len(data) >= 10:
            signal = Signal(int.from_bytes(data[4:6], "big"), int.from_bytes(data[6:8], "big"))
        elif kind == b"colr" and data[:4] in (b"prof", b"rICC") and icc is None:
            icc = data[4:]
    return Boxes(bits or 8, signal, icc)


def _meta(file: BinaryIO) -> bytes:
    while len(head := file.read(8)) == 8:
        size, kind = int.from_bytes(head[:4], "big"), head[4:]
        if size == 1:
            size = int.from_bytes(file.read(8), "big") - 8
        if kind == b"meta":
            return file.read(min(max(size - 8, 0), _MOST_META) if size else _MOST_META)[4:]
        if size < 8:
            break
        file.seek(size - 8, 1)
    return b""


def _properties(meta: bytes) -> Iterator[tuple[bytes, bytes]]:
    for kind, data in _inside(meta):
        if kind == b"iprp":
            for inner, properties in _inside(data):
                if inner == b"ipco":
                    yield from _inside(properties)


def _inside(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big") or len(data) - at
        if size < 8:
            return
        yield data[at + 4 : at + 8], data[at + 8 : at + size]
        at += size
