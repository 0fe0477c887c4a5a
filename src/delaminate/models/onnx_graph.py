"""An ONNX model as bytes, from nodes and arrays, for networks whose weights come without a graph.

onnxruntime runs what this writes; the `onnx` package, which would write it too, is needed only by tests. The format is
protocol buffers (field numbers from onnx.proto3, IR version 8).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Attribute: TypeAlias = int | float | str | Sequence[int]

_TYPES = {np.dtype(np.float32): 1, np.dtype(np.uint8): 2, np.dtype(np.int64): 7}
_IR_VERSION = 8
_OPSET = 17
_BYTES = 2
"""Wire type of everything that has a length."""


@dataclass
class Graph:
    """A graph under construction: `node` and `array` add to it and answer with the name of the value they give."""

    _fields: list[bytes] = field(default_factory=list)
    _arrays: list[NDArray[Any]] = field(default_factory=list)
    _nodes: int = 0

    def input(self, name: str, kind: Any, shape: Sequence[int | str]) -> str:
        """A value that is given at run time; a side that may be any number has a name in place of one."""
        self._fields.append(_field(11, _value(name, np.dtype(kind), shape)))
        return name

    def output(self, name: str, kind: Any, shape: Sequence[int | str]) -> None:
        """Declare the value called `name` an answer."""
        self._fields.append(_field(12, _value(name, np.dtype(kind), shape)))

    def array(self, content: NDArray[Any]) -> str:
        """A constant: float32, uint8 or int64."""
        self._arrays.append(content)
        return f"a{len(self._arrays) - 1}"

    def node(
        self, kind: str, inputs: Sequence[str], attributes: Mapping[str, Attribute] | None = None, name: str = ""
    ) -> str:
        """An operator of ONNX with one answer, called `name` or a new name."""
        self._nodes += 1
        name = name or f"n{self._nodes}"
        given = b"".join(_text(1, each) for each in inputs)
        told = b"".join(_field(5, _attribute(key, value)) for key, value in (attributes or {}).items())
        self._fields.append(_field(1, given + _text(2, name) + _text(4, kind) + told))
        return name

    def model(self) -> bytes:
        """The model, as `onnxruntime.InferenceSession` takes it."""
        # Arrays are large: they are copied once, into the model, and nothing is put together before that.
        pieces: list[Any] = [*self._fields, _text(2, "graph")]
        for i, array in enumerate(self._arrays):
            pieces += _array(f"a{i}", np.asarray(array, array.dtype.newbyteorder("<"), order="C"))
        size = sum(memoryview(piece).nbytes for piece in pieces)
        version = _number(1, _IR_VERSION) + _field(8, _number(2, _OPSET))
        return b"".join([version, _varint(7 << 3 | _BYTES) + _varint(size), *pieces])


def _array(name: str, content: NDArray[Any]) -> tuple[bytes, Any]:
    """The field of an initialiser of the graph: what goes before the numbers, and the numbers."""
    dims = b"".join(_number(1, side) for side in content.shape)
    head = dims + _number(2, _TYPES[content.dtype]) + _text(8, name)
    head += _varint(9 << 3 | _BYTES) + _varint(content.nbytes)
    return _varint(5 << 3 | _BYTES) + _varint(len(head) + content.nbytes) + head, content.reshape(-1).view(np.uint8)


def _attribute(name: str, value: Attribute) -> bytes:
    if isinstance(value, str):
        return _text(1, name) + _text(4, value) + _number(20, 3)
    if isinstance(value, int):
        return _text(1, name) + _number(3, value) + _number(20, 2)
    if isinstance(value, float):
        return _text(1, name) + _varint(2 << 3 | 5) + struct.pack("<f", value) + _number(20, 1)
    return _text(1, name) + b"".join(_number(8, each) for each in value) + _number(20, 7)


def _value(name: str, kind: np.dtype[Any], shape: Sequence[int | str]) -> bytes:
    sides = b"".join(_field(1, _text(2, side) if isinstance(side, str) else _number(1, side)) for side in shape)
    return _text(1, name) + _field(2, _field(1, _number(1, _TYPES[kind]) + _field(2, sides)))


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | _BYTES) + _varint(len(content)) + content


def _text(number: int, content: str) -> bytes:
    return _field(number, content.encode())


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    """Seven bits a byte, the low ones first; a negative number as its 64-bit complement."""
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])
