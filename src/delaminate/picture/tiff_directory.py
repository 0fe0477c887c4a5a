"""The first directory of a TIFF or BigTIFF file: its tags, as numbers and bytes (TIFF 6.0, 1992; BigTIFF, 2007).

Nothing is allocated that the file's own bytes do not fill, so a damaged file costs neither memory nor time.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from delaminate.picture.decoded import Damaged

_TYPES = {
    **{1: "B", 2: "B", 3: "H", 4: "I", 5: "II", 6: "b", 7: "B", 8: "h", 9: "i", 10: "ii", 11: "f", 12: "d"},
    **{13: "I", 16: "Q", 17: "q", 18: "Q"},
}
_RATIONAL = (5, 10)

WIDTH, LENGTH, BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER = 256, 257, 258, 259, 262, 266
STRIP_OFFSETS, ORIENTATION, SAMPLES, ROWS_PER_STRIP, STRIP_SIZES = 273, 274, 277, 278, 279
X_RESOLUTION, Y_RESOLUTION, PLANAR, T4_OPTIONS, T6_OPTIONS, RESOLUTION_UNIT = 282, 283, 284, 292, 293, 296
WHITE_POINT, PREDICTOR, COLOUR_MAP, TILE_WIDTH, TILE_LENGTH, TILE_OFFSETS, TILE_SIZES = (
    318,
    317,
    320,
    322,
    323,
    324,
    325,
)
INK_SET, EXTRA_SAMPLES, SAMPLE_FORMAT, JPEG_TABLES, SUBSAMPLING, REFERENCE = 332, 338, 339, 347, 530, 532
XMP, IPTC, EXIF, ICC, DNG_VERSION = 700, 33723, 34665, 34675, 50706


@dataclass(frozen=True)
class _Place:
    kind: int
    count: int
    offset: int


class Directory:
    """Tag numbers to values; `more` says whether further directories follow.

    Raises
    ------
    Damaged
        If the file does not begin as a TIFF or the directory lies outside it.
    """

    def __init__(self, data: memoryview) -> None:
        self.data = data
        head = bytes(data[:4])
        if head[:2] not in (b"II", b"MM"):
            raise Damaged("no byte order")
        self.order = "<" if head[:2] == b"II" else ">"
        version = self._number("H", 2)
        if version == 42:
            entry, wide, first = 12, 4, self._number("I", 4)
        elif version == 43 and self._number("H", 4) == 8:
            entry, wide, first = 20, 8, self._number("Q", 8)
        else:
            raise Damaged("no TIFF version")
        code = "Q" if wide == 8 else "I"
        count = self._number("Q" if wide == 8 else "H", first)
        start = first + (8 if wide == 8 else 2)
        if not 0 < count <= 4096 or start + count * entry > len(data):
            raise Damaged("the directory leaves the file")
        self._places: dict[int, _Place] = {}
        for at in range(start, start + count * entry, entry):
            tag, kind = self._number("H", at), self._number("H", at + 2)
            values = self._number(code, at + 4)
            if kind not in _TYPES:
                continue
            inline = at + 4 + wide
            size = values * struct.calcsize("<" + _TYPES[kind])
            self._places[tag] = _Place(kind, values, inline if size <= wide else self._number(code, inline))
        after = start + count * entry
        self.more = after + wide <= len(data) and 0 < self._number(code, after) < len(data)

    def _number(self, code: str, at: int) -> int:
        size = struct.calcsize("<" + code)
        if at < 0 or at + size > len(self.data):
            raise Damaged("a number lies outside the file")
        return int(struct.unpack_from(self.order + code, self.data, at)[0])

    def __contains__(self, tag: int) -> bool:
        return tag in self._places

    def raw(self, tag: int) -> bytes:
        """The bytes of a tag, empty where it is absent or leaves the file."""
        place = self._places.get(tag)
        if place is None:
            return b""
        size = place.count * struct.calcsize("<" + _TYPES[place.kind])
        return bytes(self.data[place.offset : place.offset + size]) if place.offset + size <= len(self.data) else b""

    def numbers(self, tag: int) -> tuple[float, ...]:
        """The values of a tag; rationals are divided. Empty where it is absent.

        Raises
        ------
        Damaged
            If they lie outside the file.
        """
        place = self._places.get(tag)
        if place is None:
            return ()
        raw, code = self.raw(tag), _TYPES[place.kind]
        if place.count and not raw:
            raise Damaged(f"tag {tag} leaves the file")
        values = struct.unpack(f"{self.order}{place.count * len(code)}{code[0]}", raw)
        return tuple(_divided(values)) if place.kind in _RATIONAL else values

    def integers(self, tag: int, default: tuple[int, ...] = ()) -> tuple[int, ...]:
        """The values of a tag that has whole numbers."""
        values = self.numbers(tag) or default
        if not all(isinstance(value, int) for value in values):
            raise Damaged(f"tag {tag} has no whole numbers")
        return tuple(int(value) for value in values)

    def integer(self, tag: int, default: int) -> int:
        """The first value of a tag."""
        return self.integers(tag, (default,))[0]


def _divided(values: tuple[int, ...]) -> Iterator[float]:
    for above, below in zip(values[::2], values[1::2], strict=True):
        yield float(Fraction(above, below)) if below else 0.0
