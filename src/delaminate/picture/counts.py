"""What a file holds of scans, frames and pages, counted on its bytes before anything is decoded.

A picture of a hundred kilobytes can ask a decoder for hours of work: a progressive JPEG may repeat its last scan, and
every repetition goes over the whole picture (ITU-T T.81, G.1.1). Nobody's encoder writes more than a few dozen.
"""

from __future__ import annotations

import re
import struct

from delaminate.picture.decoded import NotRead

MOST_SCANS = 100
"""Of a JPEG. Encoders write about ten; one for each bit of each coefficient band would still be fewer."""
MOST_FRAMES = 10_000
"""Of an animation or a document of pages, of which only the first is used."""

_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])", re.DOTALL)
"""A marker in entropy-coded data, where a plain 0xFF is followed by 0 and restarts are no end (T.81, B.1.1.2)."""
_ALONE = (0x01, 0xD8, *range(0xD0, 0xD8))
"""Markers without a length: TEM, SOI, RST."""
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9


def check(data: memoryview, kind: str) -> None:
    """Refuse a file that asks for more scans or frames than any honest one.

    Parameters
    ----------
    data : the whole file.
    kind : one of `kinds.READ`; those without scans or frames pass.

    Raises
    ------
    NotRead
        With how many there are allowed.
    """
    if kind == "JPEG" and scans(data) > MOST_SCANS:
        raise NotRead(f"a JPEG of more than {MOST_SCANS} scans", "save it anew in a picture editor")
    counted = _FRAMES.get(kind)
    if counted is not None and counted(data) > MOST_FRAMES:
        raise NotRead(f"a file of more than {MOST_FRAMES:,} frames or pages", "save the one you want as a PNG")


def scans(data: memoryview) -> int:
    """Scans of a JPEG; counting stops behind `MOST_SCANS`."""
    at, found = 2, 0
    while found <= MOST_SCANS:
        mark = _MARKER.search(data, at)
        if mark is None or mark[1][0] == _END_OF_IMAGE:
            return found
        at = mark.end()
        if mark[1][0] in _ALONE:
            continue
        found += mark[1][0] == _START_OF_SCAN
        if at + 2 > len(data):
            return found
        at += max(2, struct.unpack_from(">H", data, at)[0])
    return found


def gif_frames(data: memoryview) -> int:
    """Image descriptors of a GIF (GIF89a, 1990); counting stops behind `MOST_FRAMES`."""
    at, found, end = 13 + _table(data, 10), 0, len(data)
    while at < end and found <= MOST_FRAMES:
        if data[at] == 0x2C and at + 11 <= end:
            found += 1
            at += 11 + _table(data, at + 9)
        elif data[at] == 0x21:
            at += 2
        else:
            return found
        while at < end and data[at]:
            at += 1 + data[at]
        at += 1
    return found


def _table(data: memoryview, at: int) -> int:
    """Bytes of a colour table, from the flags that announce it."""
    return 3 << (data[at] & 7) + 1 if at < len(data) and data[at] & 0x80 else 0


def webp_frames(data: memoryview) -> int:
    """ANMF chunks of a WebP (RFC 9649, section 2.7.1)."""
    at, found = 12, 0
    while at + 8 <= len(data) and found <= MOST_FRAMES:
        name, size = struct.unpack_from("<4sI", data, at)
        found += name == b"ANMF"
        at += 8 + size + size % 2
    return found


def tiff_pages(data: memoryview) -> int:
    """Directories of a TIFF or BigTIFF in their chain; a chain that comes back to where it was counts as endless."""
    order = "<" if bytes(data[:2]) == b"II" else ">"
    large = len(data) > 4 and struct.unpack_from(order + "H", data, 2)[0] == 43
    entry, word, count = (20, "Q", "Q") if large else (12, "I", "H")
    place, found, seen = 8 if large else 4, 0, set[int]()
    while place + struct.calcsize(word) <= len(data) and found <= MOST_FRAMES:
        at = struct.unpack_from(order + word, data, place)[0]
        if at == 0 or at + struct.calcsize("<" + count) > len(data):
            return found
        if at in seen:
            return MOST_FRAMES + 1
        seen.add(at)
        found += 1
        place = at + struct.calcsize("<" + count) + entry * struct.unpack_from(order + count, data, at)[0]
    return found


_FRAMES = {"GIF": gif_frames, "WEBP": webp_frames, "TIFF": tiff_pages}
