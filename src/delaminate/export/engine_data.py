"""Photoshop's markup for set text ("engine data"): dictionaries, lists, numbers, words in UTF-16.

Adobe does not describe it; the grammar is that of PDF's objects, as psd-tools' parser (MIT) documents it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

Value: TypeAlias = "Mapping[str, Value] | Sequence[Value] | str | bool | int | float"


def engine_data(value: Mapping[str, Value]) -> bytes:
    """The value as text engines read it; whole numbers stay whole, so that 1 and 1.0 are two things."""
    return b"\n\n" + _written(value, 0)


def _written(value: Value, depth: int) -> bytes:
    indent = b"\t" * depth
    if isinstance(value, str):
        return b"(\xfe\xff" + _escaped(value.encode("utf-16-be", "replace")) + b")"
    if isinstance(value, bool):
        return b"true" if value else b"false"
    if isinstance(value, int):
        return str(value).encode()
    if isinstance(value, float):
        whole, part = f"{value:.5f}".split(".")
        return f"{whole}.{part.rstrip('0') or '0'}".encode()
    if isinstance(value, Mapping):
        rows = (b"\t" + indent + f"/{key}".encode() + _behind_key(one, depth + 1) for key, one in value.items())
        return indent + b"<<\n" + b"".join(row + b"\n" for row in rows) + indent + b">>"
    if any(isinstance(one, Mapping) for one in value):
        return b"[\n" + b"".join(_written(one, depth) + b"\n" for one in value) + indent + b"]"
    return b"[ " + b"".join(_written(one, depth) + b" " for one in value) + b"]"


def _behind_key(value: Value, depth: int) -> bytes:
    return (b"\n" if isinstance(value, Mapping) else b" ") + _written(value, depth)


def _escaped(units: bytes) -> bytes:
    """With a backslash before parentheses and backslashes, wherever in a unit they stand."""
    return b"".join(b"\\" + bytes((byte,)) if byte in b"()\\" else bytes((byte,)) for byte in units)
