"""Reading numbers and blocks from bytes that may be damaged."""

from __future__ import annotations

import struct

from delaminate.errors import UnreadablePicture


class Cursor:
    """A place in a block of bytes. Whoever reads past the end gets `UnreadablePicture`, nothing else.

    `order` is struct's sign of the byte order: Photoshop's files are big-endian, but for layers in a TIFF of
    Windows, where only pixels stay so.
    """

    def __init__(self, data: memoryview, order: str = ">") -> None:
        self.order = order
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        """Bytes not yet read."""
        return len(self._data) - self._at

    def take(self, count: int) -> memoryview:
        """The next `count` bytes, not copied."""
        if not 0 <= count <= self.left:
            raise UnreadablePicture("it ends too early")
        self._at += count
        return self._data[self._at - count : self._at]

    def number(self, code: str) -> int:
        """One integer of `struct`'s code: b, B, h, H, i, I, q or Q."""
        return int(struct.unpack(self.order + code, self.take(struct.calcsize(code)))[0])

    def peek(self, code: str) -> int:
        """The next integer, left in place."""
        value = self.number(code)
        self._at -= struct.calcsize(code)
        return value

    def rest(self) -> memoryview:
        """All bytes not yet read."""
        return self.take(self.left)

    def block(self, code: str) -> Cursor:
        """The block behind a length of the given code."""
        return Cursor(self.take(self.number(code)), self.order)

    def key(self) -> bytes:
        """A four-letter key, which stands backwards where numbers do."""
        letters = bytes(self.take(4))
        return letters if self.order == ">" else letters[::-1]
