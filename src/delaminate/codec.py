"""Typed values as bytes and as plain JSON, and back: one walk over the fields of frozen dataclasses.

A value is made of dataclasses, enums, tuples, mappings, boxes, numbers, text and arrays; its type hints say how to read
it again, so a new field needs no line here. In JSON a box is [left, top, right, bottom]; `camel` is the one door to
camel case. In bytes (an npz file) arrays lie beside the JSON, masks as bits. Nothing is ever pickled or unpickled.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import io
import json
import threading
import types
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, TypeAlias, TypeVar, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

from delaminate.pixels import Box

T = TypeVar("T")
Spelling: TypeAlias = Callable[[str], str]
"""How a field is called in JSON."""


class Misfit(ValueError):
    """What was read does not have the shape it should have; the message says where and what is wanted there."""


def snake(name: str) -> str:
    """A field's name as it is."""
    return name


def camel(name: str) -> str:
    """A field's name in camel case: max_layers → maxLayers."""
    first, *more = name.split("_")
    return first + "".join(word.capitalize() for word in more)


# ------------------------------------------------------------------------------------------------------------- JSON


def plain(value: Any, spell: Spelling = snake) -> Any:
    """A value as JSON has it; numpy's numbers become Python's."""
    return _plain(value, spell, None)


def typed(kind: type[T], told: Any, where: str, spell: Spelling = snake) -> T:
    """The value that `plain` told; keys it does not know are left alone, absent ones take the field's default.

    Parameters
    ----------
    where : what the errors call it.

    Raises
    ------
    Misfit
        At the first thing that is missing or of another type.
    """
    value: T = _typed(kind, told, _Place(where), spell, ())
    return value


# ------------------------------------------------------------------------------------------------------------ bytes


_READING = threading.Lock()


def pack(value: Any) -> memoryview:
    """A value as an npz file.

    Raises
    ------
    TypeError
        If it holds what is no value: an object of another kind, an array of objects.
    """
    arrays: list[NDArray[Any]] = []
    told = json.dumps(_plain(value, snake, arrays)).encode()
    file = io.BytesIO()
    members: dict[str, Any] = {f"array{number}": array for number, array in enumerate(arrays)}
    np.savez(file, value=np.frombuffer(told, np.uint8), **members)
    return file.getbuffer()


def unpack(kind: type[T], content: bytes | memoryview) -> T:
    """The value that `pack` made bytes of; its arrays are fresh and may be written to.

    Raises
    ------
    Misfit
        If the bytes hold a value of another shape; see `shape_of`.
    """
    # The heads of arrays go through Python's ast, which in 3.11 may fail where two threads are in it at once.
    with _READING, np.load(io.BytesIO(content), allow_pickle=False) as file:
        arrays = [file[f"array{number}"] for number in range(len(file.files) - 1)]
        told = json.loads(file["value"].tobytes())
    value: T = _typed(kind, told, _Place(kind.__name__), snake, arrays)
    return value


@functools.cache
def shape_of(kind: Any) -> str:
    """A short name for the shape of a type, another one whenever a field anywhere in it is added, renamed or retyped.

    Who keeps bytes for a later version puts it into their name: then no version reads what another wrote differently.
    """
    return hashlib.sha256(_described(kind).encode()).hexdigest()[:8]


# ---------------------------------------------------------------------------------------------------------- writing


def _plain(value: Any, spell: Spelling, arrays: list[NDArray[Any]] | None) -> Any:
    match value:
        case Enum():
            return value.value
        case None | bool() | str():
            return value
        case int() | np.integer():
            return int(value)
        case float() | np.floating():
            return float(value)
        case Box():
            return [int(corner) for corner in value.as_tuple()]
        case np.ndarray() if arrays is not None and not value.dtype.hasobject:
            arrays.append(np.packbits(value) if value.dtype == np.bool_ else value)
            return {"array": len(arrays) - 1, "bits": list(value.shape) if value.dtype == np.bool_ else None}
        case Mapping():
            return {str(key): _plain(one, spell, arrays) for key, one in value.items()}
        case tuple() | list():
            return [_plain(one, spell, arrays) for one in value]
        case _ if dataclasses.is_dataclass(value):
            names = [field.name for field in dataclasses.fields(value)]
            return {spell(name): _plain(getattr(value, name), spell, arrays) for name in names}
    raise TypeError(f"{type(value).__name__} is no value that can be stored")


# ---------------------------------------------------------------------------------------------------------- reading


@dataclasses.dataclass(frozen=True)
class _Place:
    """Where in a value something is read: what the errors call it, and the key in it."""

    where: str
    key: str | None = None

    def misfit(self, wanted: str) -> Misfit:
        asked = f"must be {wanted}" if self.key is None else f"needs {self.key!r} to be {wanted}"
        return Misfit(f"{self.where} {asked}")

    def inside(self) -> str:
        """What the errors call this place when the fault is further in."""
        return self.where if self.key is None else self.key

    def item(self, number: int) -> _Place:
        return _Place(f"{self.inside().removesuffix('s')} {number}")


_WORDS: dict[Any, str] = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}


def _typed(kind: Any, told: Any, place: _Place, spell: Spelling, arrays: Sequence[NDArray[Any]]) -> Any:
    kind = getattr(kind, "__supertype__", kind)  # a NewType is told as what it is made of
    origin, inner = get_origin(kind), get_args(kind)
    if kind is Any:
        return told
    if isinstance(kind, types.UnionType) or types.NoneType in inner:
        (only,) = (one for one in inner if one is not types.NoneType)
        return None if told is None else _typed(only, told, place, spell, arrays)
    if origin is tuple:
        return _items(inner, told, place, spell, arrays)
    if origin is np.ndarray:
        return _array(told, place, arrays)
    if origin is not None and issubclass(origin, Mapping):
        rows = _object(told, place).items()
        return {key: _typed(inner[1], one, _Place(place.inside(), key), spell, arrays) for key, one in rows}
    if kind is Box:
        return _box(told, place)
    if dataclasses.is_dataclass(kind):
        return _fields(kind, _object(told, place), place.inside(), spell, arrays)
    if issubclass(kind, Enum):
        try:
            return kind(told)
        except ValueError as error:
            raise Misfit(f"{place.where}: {error}") from error
    # bool is an int in Python, never in JSON; a whole number is a number.
    if type(told) is not kind and not (kind is float and type(told) is int):
        raise place.misfit(_WORDS[kind])
    return kind(told)


def _fields(kind: Any, told: dict[str, Any], where: str, spell: Spelling, arrays: Sequence[NDArray[Any]]) -> Any:
    hints, given = _hints(kind), {}
    for field in dataclasses.fields(kind):
        key = spell(field.name)
        if key in told or (field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING):
            given[field.name] = _typed(hints[field.name], told.get(key), _Place(where, key), spell, arrays)
    return kind(**given)


_hints: Callable[[Any], dict[str, Any]] = functools.cache(get_type_hints)


def _items(
    inner: tuple[Any, ...], told: Any, place: _Place, spell: Spelling, arrays: Sequence[NDArray[Any]]
) -> tuple[Any, ...]:
    if not isinstance(told, list):
        raise place.misfit("a list")
    kinds = [inner[0]] * len(told) if inner[-1] is Ellipsis else list(inner)
    if len(kinds) != len(told):
        raise place.misfit(f"a list of {len(kinds)}")
    return tuple(
        _typed(kind, one, place.item(number), spell, arrays)
        for number, (kind, one) in enumerate(zip(kinds, told, strict=True))
    )


def _object(told: Any, place: _Place) -> dict[str, Any]:
    if not isinstance(told, dict):
        raise place.misfit("a JSON object" if place.key is None else "an object")
    return told


def _box(told: Any, place: _Place) -> Box:
    whole = isinstance(told, list) and len(told) == 4 and all(type(corner) is int for corner in told)
    if not whole or told[0] >= told[2] or told[1] >= told[3]:
        raise place.misfit("four whole numbers [left, top, right, bottom] with left < right and top < bottom")
    return Box(*told)


def _array(told: Any, place: _Place, arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
    marker = _object(told, place)
    stored, bits = arrays[int(marker["array"])], marker["bits"]
    if bits is None:
        return stored
    mask: NDArray[Any] = np.unpackbits(stored, count=int(np.prod(bits))).astype(np.bool_).reshape(bits)
    return mask


def _described(kind: Any) -> str:
    kind = getattr(kind, "__supertype__", kind)
    if get_origin(kind) is np.ndarray:
        return "array"
    if dataclasses.is_dataclass(kind):
        hints = _hints(kind)
        inner = ", ".join(f"{one.name}: {_described(hints[one.name])}" for one in dataclasses.fields(kind))
        return f"{getattr(kind, '__name__', '')}({inner})"
    if get_args(kind):
        return f"{get_origin(kind)}[{', '.join(_described(one) for one in get_args(kind))}]"
    return str(kind)
