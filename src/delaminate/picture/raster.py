"""PNG, JPEG, WebP, GIF, BMP, AVIF, JPEG 2000 and JPEG XL through Pillow, and through OpenCV where they are deeper.

Every reader here gets an image of which only the header has been read.
"""

from __future__ import annotations

import io
import struct
from dataclasses import replace
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from delaminate.picture import jpeg2000, opencv, png
from delaminate.picture.boxes import boxes_of
from delaminate.picture.colour_modes import converted, keyed
from delaminate.picture.colour_signal import Signal, profile_of, to_sdr
from delaminate.picture.colour_spaces import from_grey
from delaminate.picture.decoded import Decoded, NotRead
from delaminate.picture.icc import kept
from delaminate.picture.orientation import orientation_of
from delaminate.picture.samples import scaled

_END_OF_IMAGE = b"\xff\xd9"
_GREY_STEP = {1: 255, 2: 85, 4: 17, 8: 1}
"""What Pillow multiplies grey values of few bits with."""


def opened(file: BinaryIO, kind: str) -> Image.Image:
    """The image with its header read; raises what Pillow raises, and `NotRead` where a decoder is not installed."""
    if kind == "JXL":
        try:
            import pillow_jxl  # noqa: F401 - it makes Pillow know JPEG XL
        except ImportError as error:
            raise NotRead(
                "a JPEG XL picture, and pillow-jxl-plugin is not installed",
                "run: pip install pillow-jxl-plugin, or save the picture as PNG",
            ) from error
    file.seek(0)
    return Image.open(file, formats=(kind,))


def read(image: Image.Image, file: BinaryIO, kind: str) -> Decoded:
    """Decode and bring to RGB or RGBA; raises what Pillow raises for damaged files."""
    notes: list[str] = []
    icc = image.info.get("icc_profile")
    if kind == "PNG":
        pixels, icc = _png(image, file, notes)
    elif kind == "AVIF":
        pixels, icc = _avif(image, file, notes)
    elif kind == "JPEG2000" and max(jpeg2000.depths(data := _all(file)), default=8) > 8:
        pixels, icc = _deep(jpeg2000.deep(data, image.size), icc, image.mode, notes)
    else:
        pixels, icc = converted(image, icc, notes)
    if kind == "JXL":
        notes.append("JPEG XL is read at 8 bits per channel; deeper values were rounded")
    more = kind != "JPEG" and bool(getattr(image, "is_animated", False))
    dpi, orientation = image.info.get("dpi"), orientation_of(image.info)
    return Decoded(pixels, image.mode, icc, tuple(notes), dpi, orientation, _lossy(file, kind), more, image.info)


def read_cut_short(file: BinaryIO) -> tuple[Decoded, float]:
    """A JPEG without its end, and the share of its rows that lack: libjpeg leaves them mid-grey."""
    whole = io.BytesIO(_all(file) + _END_OF_IMAGE)
    with opened(whole, "JPEG") as image:
        found = read(image, whole, "JPEG")
        rows = np.asarray(image).reshape(image.height, -1)
        lacking = 0
        while lacking < image.height and ((rows[-1 - lacking] == 127) | (rows[-1 - lacking] == 128)).all():
            lacking += 1
    what = f"its last {lacking} rows are missing and grey" if lacking else "its last rows may be incomplete"
    note = f"the file is cut short: {what}; --strict-input refuses such files"
    return replace(found, notes=(*found.notes, note)), lacking / image.height


def _all(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read()


def _png(image: Image.Image, file: BinaryIO, notes: list[str]) -> tuple[Any, bytes | None]:
    chunks = png.chunks_of(file)
    icc, note = chunks.profile()
    notes += [note] if note else []
    key = chunks.key
    if chunks.depth == 16:
        file.seek(0)
        image.load()  # OpenCV says nothing about a file that is cut short; Pillow does
        values = png.sixteen_bits(_all(file), image.size, chunks)
        # OpenCV makes colours of grey with alpha.
        mode = "LA" if chunks.colour == 4 else image.mode
        if chunks.colour in (0, 4):
            alpha = values[..., 3:] if chunks.colour == 4 else None
            grey = values[..., 0]
            pixels, icc = from_grey(np.ascontiguousarray(grey), icc, mode, notes)
            if key is not None:
                pixels = np.dstack([pixels, keyed(grey[:, :, None], key)[..., 1]])
            elif alpha is not None:
                pixels = np.concatenate([pixels, alpha], axis=2)
        else:
            pixels = keyed(values, key) if key is not None else values
            icc, note = kept(icc, "RGB ")
            notes += [note] if note else []
    else:
        if key is not None and chunks.colour == 0:
            key = (key[0] * _GREY_STEP.get(chunks.depth, 1),)
        pixels, icc = converted(image, icc, notes, key)
    if chunks.signal is not None and chunks.signal.hdr:
        pixels, note = to_sdr(pixels, chunks.signal)
        notes.append(note)
    return pixels, icc


def _avif(image: Image.Image, file: BinaryIO, notes: list[str]) -> tuple[Any, bytes | None]:
    boxes = boxes_of(file)
    icc = image.info.get("icc_profile")
    if boxes.bits > 8:
        image.load()  # OpenCV says nothing about a file that is cut short; Pillow does
        values = opencv.sixteen_bits(_all(file), image.size)
        pixels, icc = _deep(scaled(values, boxes.bits), icc, image.mode, notes)
    else:
        pixels, icc = converted(image, icc, notes)
    return with_signal(pixels, icc, boxes.signal, notes)


def _deep(values: Any, icc: bytes | None, mode: str, notes: list[str]) -> tuple[Any, bytes | None]:
    """Sixteen bits of one, three or four channels with the profile that describes them."""
    if values.shape[2] == 1:
        return from_grey(np.ascontiguousarray(values[..., 0]), icc, mode, notes)
    icc, note = kept(icc, "RGB ")
    notes += [note] if note else []
    return values, icc


def with_signal(pixels: Any, icc: bytes | None, signal: Signal | None, notes: list[str]) -> tuple[Any, bytes | None]:
    """Pixels of AVIF or HEIF by their code points: HDR is converted; an embedded profile stands above all others."""
    if signal is None:
        return pixels, icc
    if signal.hdr:
        pixels, note = to_sdr(pixels, signal)
        notes.append(note)
        return pixels, None
    if icc is None:
        icc, note = profile_of(signal)
        notes += [note] if note else []
    return pixels, icc


def _lossy(file: BinaryIO, kind: str) -> bool:
    if kind == "WEBP":
        return not _has_lossless_chunk(file)
    if kind == "JPEG2000":
        return not _is_reversible(file)
    return kind in ("JPEG", "AVIF", "JXL")


def _is_reversible(file: BinaryIO) -> bool:
    """Whether the first COD marker of a JPEG 2000 codestream names the 5-3 wavelet, which can be lossless (A.6.1)."""
    head = _all(file)[: 1 << 16]
    at = head.find(b"\xff\x52", max(head.find(b"\xff\x4f\xff\x51"), 0))
    return at >= 0 and at + 13 < len(head) and head[at + 13] == 1


def _has_lossless_chunk(file: BinaryIO) -> bool:
    """Whether the first image chunk of a WebP file is VP8L (RFC 9649, section 2.6)."""
    file.seek(12)
    while len(head := file.read(8)) == 8:
        name, size = struct.unpack("<4sI", head)
        if name in (b"VP8 ", b"VP8L"):
            return bool(name == b"VP8L")
        # An animation keeps its image chunks inside a frame, behind 16 bytes of its own.
        file.seek(16 if name == b"ANMF" else size + size % 2, io.SEEK_CUR)
    return False
