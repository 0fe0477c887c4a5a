"""Tensors of a file that torch wrote, read without torch and without running anything the file asks for.

Such a file is a pickle, and a pickle may call any function. This reader knows the four names a table of numbers needs
and refuses every other. It reads the form of torch before 1.6: three pickled headers, the pickled table, the list of
storages, then each storage's length and bytes (little-endian).
"""

from __future__ import annotations

import io
import pickle
import struct
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaminate.errors import StageFailed

_MAGIC = 0x1950A86A20F9469CFC6C
_VERSION = 1001
_KINDS = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


@dataclass(frozen=True)
class _Place:
    """Where a tensor lies: its storage, the first element there, its shape, and its strides in elements."""

    storage: str
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def _place(storage: str, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: object) -> _Place:
    return _Place(storage, offset, tuple(shape), tuple(strides))


class _Table(pickle.Unpickler):
    """Unpickles a table of places; `kinds` collects the element type of each storage."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self.kinds: dict[str, np.dtype[Any]] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _place
        if module == "torch" and name in _KINDS:
            return _KINDS[name]
        raise pickle.UnpicklingError(f"{module}.{name} is none of the names a table of tensors needs")

    def persistent_load(self, pid: Any) -> str:
        _, kind, key, *_ = pid
        self.kinds[key] = kind
        return str(key)


def tensors_in(content: bytes) -> dict[str, NDArray[Any]]:
    """All tensors of a file, by name; float32 or int64, read-only where they lie in it as they are.

    Raises
    ------
    StageFailed
        If it is no such file, is cut short, or asks for anything but tensors.
    """
    try:
        return _read(io.BytesIO(content), memoryview(content))
    except (pickle.UnpicklingError, ValueError, TypeError, KeyError, IndexError, AttributeError, EOFError) as error:
        raise StageFailed(f"this is no file of tensors that can be read: {error}") from error
    except struct.error as error:
        raise StageFailed("the file of tensors is cut short") from error


def _read(file: io.BytesIO, content: memoryview) -> dict[str, NDArray[Any]]:
    headers = [_Table(file).load() for _ in range(3)]
    if headers[:2] != [_MAGIC, _VERSION] or not headers[2]["little_endian"]:
        raise ValueError("it does not begin as torch's files do")
    table = _Table(file)
    places = table.load()
    storages: dict[str, NDArray[Any]] = {}
    for key in _Table(file).load():
        (count,) = struct.unpack("<q", file.read(8))
        kind, start = table.kinds[key], file.tell()
        storages[key] = np.frombuffer(content, kind, count, start)
        file.seek(start + count * kind.itemsize)
    return {str(name): _array(storages[place.storage], place) for name, place in places.items()}


def _array(storage: NDArray[Any], place: _Place) -> NDArray[Any]:
    last = place.offset + sum((n - 1) * step for n, step in zip(place.shape, place.strides, strict=True))
    if min((place.offset, *place.shape, *place.strides)) < 0 or last >= len(storage):
        raise ValueError("a tensor reaches beyond its storage")
    size = storage.itemsize
    whole = np.lib.stride_tricks.as_strided(
        storage[place.offset :], place.shape, tuple(step * size for step in place.strides), writeable=False
    )
    return np.ascontiguousarray(whole).reshape(place.shape)
