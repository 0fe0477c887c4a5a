"""An ONNX model as bytes, from nodes and arrays, for networks whose weights come without a graph.

onnxruntime runs what this writes; the `onnx` package, which would write it too, is needed only by tests. The format is
protocol buffers (field numbers from onnx.proto3, IR version 8).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
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


_GRAPH, _INPUT, _OUTPUT, _BETWEEN, _NAME = 7, 11, 12, 13, 1
"""Fields of a model and of its graph; `_BETWEEN` are the shapes of values inside."""
_NODE, _TAKES, _KIND, _TOLD = 1, 1, 4, 5
"""Fields of a graph and of its nodes: what a node takes, its operator and its attributes."""


def with_factors(model: bytes, factors: Sequence[int]) -> bytes:
    """A model that enlarges by sizes it works out as it runs, with the factors written down instead.

    onnxruntime then keeps its own order of the numbers through these steps, and need not turn them over and back. Made
    for what PyTorch exports of a bilinear `interpolate`; whatever else is in the model stays as it is.

    Parameters
    ----------
    factors : by how much each of its Resize nodes enlarges, in the order of the nodes. A model that has another number
        of them is another model and comes back unchanged.

    Raises
    ------
    ValueError
        If the bytes are no protocol buffer.
    """
    parts, left = [], list(factors)
    for number, whole, content in _fields_of(model):
        inner = []
        for field_number, kept, value in _fields_of(content) if number == _GRAPH else ():
            resizes = field_number == _NODE and b"Resize" in value and _kind_of(value) == b"Resize"
            if resizes and not left:
                return model
            inner.append(_field(_NODE, _enlarging(value, left.pop(0))) if resizes else kept)
        if number == _GRAPH:
            constants = {_factor(k): np.array([1, 1, k, k], np.float32) for k in factors}
            for name, array in {_NOWHERE: np.zeros(0, np.float32), **constants}.items():
                inner += [_array(name, array)[0], array.tobytes()]
        parts.append(_field(_GRAPH, b"".join(inner)) if number == _GRAPH else whole)
    return model if left else b"".join(parts)


_NOWHERE = "no region of interest"


def _kind_of(node: bytes) -> bytes:
    return next((content for number, _, content in _fields_of(node) if number == _KIND), b"")


def _factor(factor: int) -> str:
    """The name of the constant that holds a factor."""
    return f"times {factor}"


def _enlarging(node: bytes, factor: int) -> bytes:
    """A Resize node that takes a constant factor; its place, its name and what it gives stay."""
    taken = next(content for number, _, content in _fields_of(node) if number == _TAKES)
    kept = b"".join(whole for number, whole, _ in _fields_of(node) if number not in {_TAKES, _TOLD})
    given = _text(_TAKES, taken.decode()) + _text(_TAKES, _NOWHERE) + _text(_TAKES, _factor(factor))
    told = {"coordinate_transformation_mode": "half_pixel", "mode": "linear"}
    return given + kept + b"".join(_field(_TOLD, _attribute(key, value)) for key, value in told.items())


def with_free_size(model: bytes, name: str, shape: Sequence[int | str]) -> bytes:
    """A model published for pictures of one size, with its float32 input `name` declared to have another shape.

    A side that may be any number has a name in place of one. Outputs are declared without sizes and shapes inside are
    left out, as both follow; nodes and weights stay the bytes they are.

    Raises
    ------
    ValueError
        If the bytes are no model with such an input.
    """
    parts, changed = [], 0
    for number, whole, content in _fields_of(model):
        if number != _GRAPH:
            parts.append(whole)
            continue
        inner = []
        for field_number, kept, value in _fields_of(content):
            shaped = field_number in {_INPUT, _OUTPUT}
            called = next((c.decode() for n, _, c in _fields_of(value) if n == _NAME), "") if shaped else ""
            if field_number == _INPUT and called == name:
                inner.append(_field(_INPUT, _value(name, np.dtype(np.float32), shape)))
                changed += 1
            elif field_number == _OUTPUT:
                free = [f"{called} {side}" for side in range(len(shape))]
                inner.append(_field(_OUTPUT, _value(called, np.dtype(np.float32), free)))
            elif field_number != _BETWEEN:
                inner.append(kept)
        parts.append(_field(_GRAPH, b"".join(inner)))
    if changed != 1:
        raise ValueError(f"no ONNX model with an input {name!r}")
    return b"".join(parts)


def _fields_of(message: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """The fields of a message: its number, the field as it lies, its content where that has a length."""
    at = 0
    while at < len(message):
        start, content = at, b""
        key, at = _read_varint(message, at)
        if key & 7 == 0:
            _, at = _read_varint(message, at)
        elif key & 7 == _BYTES:
            length, at = _read_varint(message, at)
            content, at = message[at : at + length], at + length
        elif key & 7 in {1, 5}:
            at += 8 if key & 7 == 1 else 4
        else:
            raise ValueError("not a protocol buffer")
        if at > len(message):
            raise ValueError("a protocol buffer that breaks off")
        yield key >> 3, message[start:at], content


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    """A number and where it ends."""
    value = shift = 0
    while at < len(message):
        byte = message[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
    raise ValueError("a protocol buffer that breaks off")
