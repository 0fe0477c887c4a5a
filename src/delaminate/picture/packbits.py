"""PackBits, the run-length code of PSD, PSB and TIFF (Apple technical note TN1023).

Runs of three and more equal bytes become repeats, everything else literals, each packet at most 128 bytes long. The
compiled core and the NumPy one give the same bytes.
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaminate.compiled import Core, library, pointer
from delaminate.errors import UnreadablePicture

_DAMAGED = "run-length data are damaged"


def encode(plane: NDArray[np.uint8], core: Core = "auto") -> tuple[NDArray[np.uint32], bytes]:
    """Pack every row of an H×W array of bytes by itself; the array may be a strided view of one channel.

    Returns
    -------
    lengths : H, the packed length of each row.
    packed : the rows, one after the other.
    """
    height, width = plane.shape
    compiled = library("packbits", core)
    if compiled is None or min(plane.strides) < 0:
        rows = [_encoded_row(np.ascontiguousarray(row)) for row in plane]
        return np.array([len(row) for row in rows], np.uint32), b"".join(rows)
    run = compiled.delaminate_packbits_encode
    run.restype = ctypes.c_long
    run.argtypes = [ctypes.c_void_p, *(ctypes.c_long,) * 4, ctypes.c_void_p, ctypes.c_void_p]
    packed = np.empty(height * (width + width // 128 + 2), np.uint8)
    lengths = np.empty(height, np.uint32)
    size = run(plane.ctypes.data, height, width, *plane.strides, pointer(packed), pointer(lengths))
    return lengths, packed[:size].tobytes()


def decode(packed: Any, lengths: NDArray[np.uint32], width: int, core: Core = "auto") -> NDArray[np.uint8]:
    """Unpack rows of `width` bytes each; `packed` is a bytes-like object.

    Raises
    ------
    UnreadablePicture
        If the data end early, or a row has another width.
    """
    data = np.frombuffer(packed, np.uint8)
    height = len(lengths)
    # 2 packed bytes give at most 128: what claims more is refused before it is allocated.
    if int(lengths.sum(dtype=np.uint64)) > data.size or height * width > data.size * 64:
        raise UnreadablePicture(_DAMAGED)
    plane = np.empty((height, width), np.uint8)
    compiled = library("packbits", core)
    if compiled is None:
        edges = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
        for row in range(height):
            plane[row] = _decoded_row(data[edges[row] : edges[row + 1]].tobytes(), width)
        return plane
    run = compiled.delaminate_packbits_decode
    run.restype = ctypes.c_int
    run.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_long, ctypes.c_long, ctypes.c_void_p]
    counts = np.ascontiguousarray(lengths, np.uint32)
    if not run(data.ctypes.data, pointer(counts), height, width, pointer(plane)):
        raise UnreadablePicture(_DAMAGED)
    return plane


def _encoded_row(row: NDArray[np.uint8]) -> bytes:
    starts = np.concatenate([[0], np.flatnonzero(row[1:] != row[:-1]) + 1])
    lengths = np.diff(np.append(starts, row.size))
    whole = row.tobytes()
    out = bytearray()
    done = 0
    long = lengths >= 3
    for start, length in zip(starts[long].tolist(), lengths[long].tolist(), strict=True):
        _add_literals(out, whole[done:start])
        done = start
        while start + length - done >= 3:
            count = min(128, start + length - done)
            out += bytes((257 - count, whole[start]))
            done += count
    _add_literals(out, whole[done:])
    return bytes(out)


def _add_literals(out: bytearray, literals: bytes) -> None:
    for at in range(0, len(literals), 128):
        part = literals[at : at + 128]
        out.append(len(part) - 1)
        out += part


def _decoded_row(packed: bytes, width: int) -> NDArray[np.uint8]:
    out = bytearray()
    at = 0
    while at < len(packed) and len(out) <= width:
        head = packed[at]
        if head < 128:
            literals = packed[at + 1 : at + 2 + head]
            if len(literals) != head + 1:
                raise UnreadablePicture(_DAMAGED)
            out += literals
            at += 2 + head
        elif head > 128:
            out += packed[at + 1 : at + 2] * (257 - head)
            at += 2
        else:
            at += 1
    if len(out) != width:
        raise UnreadablePicture(_DAMAGED)
    return np.frombuffer(bytes(out), np.uint8)
