"""All the bits of a JPEG 2000 picture; Pillow gives 8 of them for colours (ISO/IEC 15444-1, annex A.5.1)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaminate.picture import opencv
from delaminate.picture.decoded import NotRead
from delaminate.picture.samples import scaled

_SIZ = b"\xff\x4f\xff\x51"
_MOST_COMPONENTS = 4


def depths(data: bytes) -> tuple[int, ...]:
    """Bits of each component, from the codestream's SIZ marker; empty where there is none."""
    at = data.find(_SIZ, 0, 1 << 20)
    if at < 0 or at + 44 > len(data):
        return ()
    count = int.from_bytes(data[at + 40 : at + 42], "big")
    return tuple((data[at + 42 + 3 * n] & 0x7F) + 1 for n in range(count) if at + 42 + 3 * n < len(data))


def deep(data: bytes, size: tuple[int, int]) -> NDArray[Any]:
    """H×W×1, 3 or 4 of uint16, in the order R, G, B, A.

    Raises
    ------
    NotRead, Damaged
        If there are other numbers of components, different depths or more than 16 bits; if it does not decode.
    """
    bits = depths(data)
    if len(set(bits)) != 1 or bits[0] > 16 or len(bits) not in (1, 3, 4):
        raise NotRead(f"a JPEG 2000 picture of {len(bits)} channels of {', '.join(map(str, sorted(set(bits))))} bits")
    return scaled(np.minimum(opencv.sixteen_bits(data, size), (1 << bits[0]) - 1), bits[0])
