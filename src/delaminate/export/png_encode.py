"""A PNG encoder for layers: one part of the canvas has pixels, the rest is transparent (PNG, third edition, W3C 2025).

Up filter and libdeflate level 2: one filter is applied to whole stripes by numpy instead of five being tried per row,
and libdeflate packs better and faster than zlib (docs/decisions/0402-png-encoder.md has the figures). It carries the
colour profile, which OpenCV's writer cannot. Canvases beyond 160 MB are streamed through zlib, a stripe at a time.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

import deflate
import numpy as np
from numpy.typing import NDArray

from delaminate.errors import BadArray
from delaminate.picture.about import RAW_PROFILE, About

_COLOUR_TYPE = {1: 0, 3: 2, 4: 6}
"""Channels → PNG colour type: grey, truecolour, truecolour with alpha."""

_UP = 2
_STRIPE_BYTES = 1 << 21
_AT_ONCE_BYTES = 160_000_000
"""40 megapixels of 8-bit RGBA: what is larger is streamed."""

_LEVEL = 2


def write_png(
    file: BinaryIO,
    pixels: NDArray[Any],
    *,
    canvas: tuple[int, int] | None = None,
    at: tuple[int, int] = (0, 0),
    icc: bytes | None = None,
    dpi: tuple[float, float] | None = None,
    srgb: bool = False,
    about: About | None = None,
) -> None:
    """Write pixels as a PNG.

    Parameters
    ----------
    file : open for writing bytes.
    pixels : uint8 or uint16, H×W, H×W×3 or H×W×4.
    canvas : width and height of the picture; default the size of `pixels`. The rest is zero.
    at : left and top of `pixels` on the canvas.
    icc, dpi : written into the file where given.
    about : EXIF, XMP and IPTC to write into the file.
    srgb : say that the colours are sRGB, where there is no profile to say otherwise.

    Raises
    ------
    BadArray
        If the array is none of the above or leaves the canvas.

    Notes
    -----
    Memory: the bytes of the canvas twice, up to 160 MB of them; beyond that some 2 MiB stripes. Time grows with the
    canvas, mostly with the part that is not empty.
    """
    grid = pixels[:, :, None] if pixels.ndim == 2 else pixels
    if grid.ndim != 3 or grid.shape[2] not in _COLOUR_TYPE or grid.dtype not in (np.uint8, np.uint16) or not grid.size:
        raise BadArray(f"cannot write {pixels.dtype} {pixels.shape} as PNG")
    height, width, channels = grid.shape
    full_width, full_height = canvas or (width, height)
    left, top = at
    if left < 0 or top < 0 or left + width > full_width or top + height > full_height:
        raise BadArray(f"{width} x {height} pixels at {at} leave the canvas of {full_width} x {full_height}")
    depth = 8 * grid.dtype.itemsize
    file.write(b"\x89PNG\r\n\x1a\n")
    _chunk(file, b"IHDR", struct.pack(">IIBBBBB", full_width, full_height, depth, _COLOUR_TYPE[channels], 0, 0, 0))
    if icc:
        _chunk(file, b"iCCP", b"ICC profile\0\0" + zlib.compress(icc))
    elif srgb:
        _chunk(file, b"sRGB", b"\0")  # perceptual
    if dpi:
        _chunk(file, b"pHYs", struct.pack(">IIB", *(round(inch / 0.0254) for inch in dpi), 1))
    if about and about.exif:
        _chunk(file, b"eXIf", about.exif)
    if about and about.xmp:
        _chunk(file, b"iTXt", b"XML:com.adobe.xmp" + bytes(5) + about.xmp)
    if about and about.iptc:
        _chunk(file, b"zTXt", RAW_PROFILE.encode() + bytes(2) + zlib.compress(about.raw_profile))
    stripes = _filtered(grid, full_width, full_height, left, top)
    if full_height * (full_width * channels * grid.dtype.itemsize + 1) <= _AT_ONCE_BYTES:
        # libdeflate takes everything at once, and gives less in a third of zlib's time.
        _chunk(file, b"IDAT", deflate.zlib_compress(np.concatenate(list(stripes)).data, _LEVEL))
    else:
        stream = zlib.compressobj(1, zlib.DEFLATED, 15, 9)
        for stripe in stripes:
            if data := stream.compress(stripe.data):
                _chunk(file, b"IDAT", data)
        _chunk(file, b"IDAT", stream.flush())
    _chunk(file, b"IEND", b"")


def _filtered(grid: NDArray[Any], width: int, height: int, left: int, top: int) -> Iterator[NDArray[np.uint8]]:
    """The rows of the canvas as differences to the row above, each behind its filter byte; some at a time."""
    pixel = grid.shape[2] * grid.dtype.itemsize
    row_bytes = width * pixel
    rows = max(1, _STRIPE_BYTES // row_bytes)
    above = np.zeros(row_bytes, np.uint8)
    for start in range(0, height, rows):
        stop = min(start + rows, height)
        stripe = np.zeros((stop - start, row_bytes), np.uint8)
        first, last = max(start, top), min(stop, top + grid.shape[0])
        if first < last:
            part = np.ascontiguousarray(grid[first - top : last - top], grid.dtype.newbyteorder(">"))
            stripe[first - start : last - start, left * pixel : left * pixel + part[0].nbytes] = part.view(
                np.uint8
            ).reshape(last - first, -1)
        filtered = np.empty((stop - start, row_bytes + 1), np.uint8)
        filtered[:, 0] = _UP
        np.subtract(stripe[0], above, out=filtered[0, 1:])
        np.subtract(stripe[1:], stripe[:-1], out=filtered[1:, 1:])
        above = stripe[-1]
        yield filtered


def _chunk(file: BinaryIO, name: bytes, data: bytes | bytearray) -> None:
    file.write(struct.pack(">I", len(data)) + name)
    file.write(data)
    file.write(struct.pack(">I", zlib.crc32(data, zlib.crc32(name))))
