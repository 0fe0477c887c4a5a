"""ICC profiles (ICC.1:2022): what one describes, the curve of a grey one, and making one from stated primaries."""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

_HEADER = 128
_D50 = np.array([0.9642, 1.0, 0.8249])
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_CURVE_POINTS = 4096
_MOST_TAGS = 200


def space(icc: bytes | None) -> bytes:
    """The colour space signature (7.2), four bytes, empty where it is no profile."""
    return icc[16:20] if icc and len(icc) >= _HEADER and icc[36:40] == b"acsp" else b""


def kept(icc: bytes | None, wanted: str) -> tuple[bytes | None, str]:
    """The profile if it describes colours of the wanted space, else None and a note that says so."""
    if not icc:
        return None, ""
    if space(icc) == wanted.encode():
        return bytes(icc), ""
    name = space(icc).decode("latin-1").strip()
    return None, f"the embedded {name} profile was not kept" if name else "a damaged colour profile was not kept"


def grey_light(icc: bytes, count: int) -> Doubles | None:
    """The light (0..1, linear) of `count` evenly spaced grey values, or None where the profile's curve is damaged."""
    curve = _curve(_tag(icc, b"kTRC"), np.linspace(0, 1, count))
    if curve is None or not np.isfinite(curve).all():
        return None
    if icc[20:24] == b"Lab ":  # then the curve gives lightness
        curve = np.where(curve > 0.08, ((curve * 100 + 16) / 116) ** 3, curve * 100 / 903.3)
    return np.clip(curve, 0, 1)


def _tag(icc: bytes, name: bytes) -> bytes:
    count = struct.unpack_from(">I", icc, _HEADER)[0] if len(icc) >= _HEADER + 4 else 0
    for at in range(_HEADER + 4, min(_HEADER + 4 + 12 * min(count, _MOST_TAGS), len(icc) - 11), 12):
        if icc[at : at + 4] == name:
            offset, size = struct.unpack_from(">II", icc, at + 4)
            return icc[offset : offset + size]
    return b""


def _curve(tag: bytes, x: Doubles) -> Doubles | None:
    """A curveType or parametricCurveType (10.6, 10.18) applied to x."""
    if tag[:4] == b"curv" and len(tag) >= 12:
        count = struct.unpack_from(">I", tag, 8)[0]
        if count == 0:
            return x
        if len(tag) < 12 + 2 * count:
            return None
        points = np.frombuffer(tag, ">u2", count, 12).astype(np.float64)
        if count == 1:
            return np.asarray(np.power(x, points[0] / 256))
        return np.asarray(np.interp(x, np.linspace(0, 1, count), points / 65535))
    if tag[:4] == b"para" and len(tag) >= 12:
        form = struct.unpack_from(">H", tag, 8)[0]
        need = (1, 3, 4, 5, 7)[form] if form < 5 else 99
        if len(tag) < 12 + 4 * need:
            return None
        stated = [number / 65536 for number in struct.unpack_from(f">{need}i", tag, 12)]
        g, a, b, c, d, e, f = stated + [0.0] * (7 - need)
        if form == 0:
            return np.asarray(np.power(x, g))
        with np.errstate(invalid="ignore", divide="ignore"):
            power = np.power(np.maximum(a * x + b, 0), g)
            if form in (1, 2):
                lift = c if form == 2 else 0.0
                return np.asarray(np.where(x >= (-b / a if a else 0.0), power + lift, lift))
            low, lift = (c * x + f, e) if form == 4 else (c * x, 0.0)
            return np.asarray(np.where(x >= d, power + lift, low))
    return None


def to_xyz(primaries: tuple[float, ...], white: tuple[float, float]) -> Doubles:
    """The matrix from linear RGB to XYZ of chromaticities xr yr xg yg xb yb and a white xy, whose Y is 1.

    Raises
    ------
    ValueError
        If the primaries lie on a line or a coordinate is not positive.
    """
    xy = np.array([*primaries, *white], np.float64).reshape(4, 2)
    if (xy[:, 1] <= 0).any() or not np.isfinite(xy).all():
        raise ValueError("chromaticities")
    columns = np.stack([xy[:, 0] / xy[:, 1], np.ones(4), (1 - xy.sum(axis=1)) / xy[:, 1]])
    if abs(np.linalg.det(columns[:, :3])) < 1e-6:
        raise ValueError("primaries")
    weights = np.linalg.solve(columns[:, :3], columns[:, 3])
    matrix: Doubles = columns[:, :3] * weights
    return matrix


def adapted(matrix: Doubles, white: tuple[float, float]) -> Doubles:
    """The matrix to XYZ under D50, by Bradford's adaptation."""
    x, y = white
    source = _BRADFORD @ np.array([x / y, 1.0, (1 - x - y) / y])
    change: Doubles = np.linalg.inv(_BRADFORD) @ np.diag((_BRADFORD @ _D50) / source) @ _BRADFORD @ matrix
    return change


def matrix_profile(
    primaries: tuple[float, ...], white: tuple[float, float], light: Callable[[Doubles], Doubles], name: str
) -> bytes:
    """A display profile (version 2.1) of RGB with the given primaries and curve from values to light, both 0..1.

    Raises
    ------
    ValueError
        As `to_xyz`.
    """
    columns = adapted(to_xyz(primaries, white), white).T
    points = np.rint(np.clip(light(np.linspace(0, 1, _CURVE_POINTS)), 0, 1) * 65535).astype(">u2")
    curve = b"curv\0\0\0\0" + struct.pack(">I", points.size) + points.tobytes()
    text = name.encode("ascii", "replace") + b"\0"
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(12 + 67),
        b"cprt": b"text\0\0\0\0no copyright\0",
        b"wtpt": _xyz(_D50),
        **{key: _xyz(column) for key, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True)},
    }
    names = [*tags, b"rTRC", b"gTRC", b"bTRC"]
    at, table, body = _HEADER + 4 + 12 * len(names), b"", b""
    for key, data in tags.items():
        table += key + struct.pack(">II", at + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    for key in names[len(tags) :]:
        table += key + struct.pack(">II", at + len(body), len(curve))
    body += curve
    whole = struct.pack(">I", len(names)) + table + body
    head = struct.pack(">I4xI4s4s4s12x4s", _HEADER + len(whole), 0x02100000, b"mntr", b"RGB ", b"XYZ ", b"acsp")
    return head.ljust(68, b"\0") + _s15(_D50) + bytes(_HEADER - 80) + whole


def _xyz(values: Doubles) -> bytes:
    return b"XYZ \0\0\0\0" + _s15(values)


def _s15(values: Doubles) -> bytes:
    return struct.pack(">3i", *(round(float(value) * 65536) for value in values))
