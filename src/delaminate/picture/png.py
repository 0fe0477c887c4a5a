"""What a PNG says beside its pixels, and all its bits where Pillow keeps only some (PNG, third edition, W3C 2025)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from delaminate.picture import opencv
from delaminate.picture.colour_signal import Signal, profile_of, profile_of_gamma
from delaminate.picture.decoded import Damaged

_WANTED = {b"tRNS", b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"eXIf", b"pHYs", b"iTXt"}
_MOST_PROFILE = 1 << 24
_GREY, _COLOUR, _PALETTE, _GREY_ALPHA = 0, 2, 3, 4


@dataclass(frozen=True)
class Chunks:
    """The header of a PNG and its chunks before the pixels."""

    depth: int
    colour: int
    found: dict[bytes, bytes]

    @property
    def key(self) -> tuple[int, ...] | None:
        """The transparent colour, in values of the file's own depth: one for grey, three for colour."""
        raw = self.found.get(b"tRNS", b"")
        count = {_GREY: 1, _COLOUR: 3}.get(self.colour, 0)
        if not count or len(raw) < 2 * count:
            return None
        return tuple(value & (1 << self.depth) - 1 for value in struct.unpack_from(f">{count}H", raw))

    @property
    def signal(self) -> Signal | None:
        """What cICP says; it stands above all other chunks."""
        raw = self.found.get(b"cICP", b"")
        return Signal(raw[0], raw[1]) if len(raw) == 4 and raw[2] == 0 else None

    def profile(self) -> tuple[bytes | None, str]:
        """The profile that describes the values, and a note: of cICP, iCCP, sRGB, gAMA with cHRM the first."""
        if self.signal is not None:
            return (None, "") if self.signal.hdr else profile_of(self.signal)
        if b"iCCP" in self.found:
            return _unpacked(self.found[b"iCCP"]), ""
        if b"sRGB" in self.found:
            return None, ""
        gamma, primaries = self.found.get(b"gAMA", b""), self.found.get(b"cHRM", b"")
        stated = struct.unpack(">8I", primaries) if len(primaries) == 32 else ()
        exponent = struct.unpack(">I", gamma)[0] / 100_000 if len(gamma) == 4 else None
        return profile_of_gamma(exponent, tuple(value / 100_000 for value in stated) or None)


def chunks_of(file: BinaryIO) -> Chunks:
    """Walk to the pixels.

    Raises
    ------
    Damaged
        If the header is none.
    """
    file.seek(8)
    found: dict[bytes, bytes] = {}
    depth = colour = -1
    for name, size in _heads(file):
        if name == b"IHDR":
            data = file.read(size)
            if len(data) < 13:
                raise Damaged("header")
            depth, colour = data[8], data[9]
        elif name in _WANTED and size <= _MOST_PROFILE and name not in found:
            found[name] = file.read(size)
        elif name == b"IDAT":
            break
    if depth < 0:
        raise Damaged("header")
    return Chunks(depth, colour, found)


def _heads(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    at = 8
    while True:
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            return
        size = int.from_bytes(head[:4], "big")
        yield head[4:], size
        at += 12 + size


def _unpacked(raw: bytes) -> bytes:
    """The profile inside an iCCP chunk; empty bytes stay for a damaged one."""
    _, _, packed = raw.partition(b"\0")
    try:
        return zlib.decompressobj().decompress(packed[1:], _MOST_PROFILE) or b"?"
    except zlib.error:
        return b"?"


def sixteen_bits(data: bytes, size: tuple[int, int], chunks: Chunks) -> NDArray[np.uint16]:
    """All bits of a 16-bit PNG as H×W×1 to H×W×4 in the order R, G, B, A; raises as `opencv.sixteen_bits`."""
    pixels = opencv.sixteen_bits(data, size)
    if chunks.key is not None:  # OpenCV makes no alpha of a key colour, or makes it of its own accord
        pixels = pixels[..., : 3 if pixels.shape[2] > 2 else 1]
    return pixels
