"""Open and check a picture, whatever door it comes through: a path, bytes, a Pillow image or an array.

PNG, JPEG, WebP, TIFF (first page), GIF (first frame), BMP and AVIF are read. `colour_modes.py` says how other colour
modes become RGB; the EXIF orientation is applied, the ICC profile and the resolution are kept.
"""

from __future__ import annotations

import hashlib
import io
import math
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from delaminate.colour_modes import Converted, converted
from delaminate.errors import BadArray, PictureTooLarge, UnreadablePicture
from delaminate.pixels import Rgb, Rgba, check_pixels

MAX_PIXELS = 100_000_000
"""Default limit; a header that states more is refused before anything is decoded."""

FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP", "AVIF")
"""Pillow's names of what is read."""

_ORIENTATION = 0x0112
_DAMAGE = (
    *(OSError, RuntimeError, SyntaxError, ValueError, TypeError, AssertionError),
    *(LookupError, EOFError, ArithmeticError, struct.error, zlib.error),
)
"""What Pillow's decoders raise for damaged files."""

_PILLOW_LIMIT = threading.Lock()


@dataclass(frozen=True, eq=False)
class Picture:
    """An upright picture and what is known about it.

    Parameters
    ----------
    pixels : H×W×3, or H×W×4 where the file has transparency; uint16 for 16 bits per channel, else uint8. Read-only.
    icc : the ICC profile that describes `pixels`, or None.
    dpi : horizontal and vertical pixels per inch, where the file states them.
    mode : Pillow's name of the original colour mode ("RGB", "CMYK", "P", "I;16"); for arrays the mode they stand for.
    format : "PNG", "JPEG", …; empty for arrays and for images made in memory.
    sha256 : hex digest of the file's bytes, of the pixels where there was no file.
    lossy : whether the format's compression leaves traces (JPEG, AVIF, lossy WebP).
    notes : what was done to the pixels on the way, one sentence each, for the report.
    """

    pixels: Rgb | Rgba
    icc: bytes | None = field(repr=False)
    dpi: tuple[float, float] | None
    mode: str
    format: str
    sha256: str
    lossy: bool
    notes: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    @property
    def opaque(self) -> bool:
        """Whether there is no alpha channel."""
        return int(self.pixels.shape[2]) == 3

    @property
    def rgb(self) -> Rgb:
        """H×W×3 view."""
        return self.pixels[..., :3]

    @property
    def alpha(self) -> NDArray[Any] | None:
        """H×W view, or None for an opaque picture."""
        return None if self.opaque else self.pixels[..., 3]


def open_picture(source: str | Path | bytes | Image.Image | NDArray[Any], *, max_pixels: int = MAX_PIXELS) -> Picture:
    """Read a picture and bring it to RGB or RGBA, at the depth it has: 8 or 16 bits per channel.

    Parameters
    ----------
    source : a path, an encoded file as bytes, a Pillow image, or a uint8 or uint16 array of shape H×W, H×W×3 or H×W×4.
    max_pixels : refuse more pixels than this, before decoding.

    Raises
    ------
    UnreadablePicture
        If the file is missing, a folder, not readable, not a picture, empty or damaged.
    PictureTooLarge
        If it has more than `max_pixels` pixels.
    BadArray
        If an array has another shape or dtype, or no pixels; or if `source` is none of the above.

    Notes
    -----
    Memory peaks near the decoder's picture (4 bytes a pixel for RGB) plus ours (3); arrays are copied once.
    """
    if isinstance(source, np.ndarray):
        return _from_array(source, max_pixels)
    if isinstance(source, Image.Image):
        return _from_image(source, max_pixels)
    if isinstance(source, bytes):
        return _from_file(io.BytesIO(source), "the picture", max_pixels)
    if not isinstance(source, str | Path):
        raise BadArray(
            f"cannot open a {type(source).__name__}; give a path, bytes, a Pillow image or a uint8 or uint16 array"
        )
    path = Path(source)
    try:
        if path.is_dir():
            raise UnreadablePicture(f"{path} is a folder; name a picture file in it")
        if not path.exists():
            raise UnreadablePicture(f"{path} does not exist; check the path")
        if not path.is_file():
            raise UnreadablePicture(f"{path} is not a regular file")
        file = path.open("rb")
    except OSError as error:
        raise UnreadablePicture(f"{path} cannot be read: {error.strerror}") from error
    with file:
        return _from_file(file, str(path), max_pixels)


def _from_file(file: io.BytesIO | io.BufferedReader, name: str, max_pixels: int) -> Picture:
    if file.seek(0, io.SEEK_END) == 0:
        raise UnreadablePicture(f"{name} is empty (0 bytes)")
    file.seek(0)
    try:
        with _without_pillows_limit():
            image = Image.open(file, formats=FORMATS)
    except _DAMAGE as error:
        raise UnreadablePicture(
            f"{name} is not a whole PNG, JPEG, WebP, TIFF, GIF, BMP or AVIF picture; convert it or fetch it again"
        ) from error
    with image:
        _check_size(image.size, name, max_pixels)
        # An MPO is a JPEG with more pictures behind it, which nobody means as frames.
        mode, kind = image.mode, "JPEG" if image.format == "MPO" else str(image.format)
        frames = kind != "JPEG" and getattr(image, "is_animated", False)
        found, orientation = _decoded(image, file, name)
        dpi = _resolution(image.info.get("dpi"), orientation)
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        lossy = _is_lossy(image, file)
    del image  # otherwise its pixels would stay in memory while ours are turned
    notes = found.notes + (("only the first of several frames or pages is used",) if frames else ())
    return Picture(_frozen(_upright(found.pixels, orientation)), found.icc, dpi, mode, kind, digest, lossy, notes)


def _from_image(image: Image.Image, max_pixels: int) -> Picture:
    name = "the Pillow image"
    _check_size(image.size, name, max_pixels)
    mode = image.mode
    found, orientation = _decoded(image, None, name)
    dpi = _resolution(image.info.get("dpi"), orientation)
    pixels = _frozen(_upright(found.pixels, orientation))
    return Picture(pixels, found.icc, dpi, mode, "", _digest(pixels), False, found.notes)


def _from_array(array: NDArray[Any], max_pixels: int) -> Picture:
    if array.dtype not in (np.uint8, np.uint16):
        raise BadArray(f"an array must be uint8 or uint16, got {array.dtype}; scale it to 0..255 and convert it first")
    if array.size and array.ndim in (2, 3):
        _check_size((array.shape[1], array.shape[0]), "the array", max_pixels)
    if array.ndim == 2:
        array = np.broadcast_to(array[:, :, None], (*array.shape, 3))
    check_pixels(array)
    pixels = _frozen(np.array(array, order="C"))
    mode = "RGB" if array.shape[2] == 3 else "RGBA"
    return Picture(pixels, None, None, mode, "", _digest(pixels), False)


def _frozen(pixels: NDArray[Any]) -> NDArray[Any]:
    """The same array, or a copy where it does not lie in order, read-only."""
    pixels = np.ascontiguousarray(pixels)
    pixels.flags.writeable = False
    return pixels


def _digest(pixels: NDArray[Any]) -> str:
    return hashlib.sha256(pixels.data).hexdigest()


def _check_size(size: tuple[int, int], name: str, max_pixels: int) -> None:
    width, height = size
    if width < 1 or height < 1:
        raise UnreadablePicture(f"{name} has no pixels ({width} x {height})")
    if width * height > max_pixels:
        raise PictureTooLarge(
            f"{name} has {width} x {height} = {width * height:,} pixels, more than the limit of {max_pixels:,}; "
            "scale it down or raise the limit (max_pixels, --max-pixels)"
        )


@contextmanager
def _without_pillows_limit() -> Iterator[None]:
    """Pillow's own pixel limit is one number for the whole interpreter; ours, which the caller chooses, replaces it.

    Only headers are read inside, so nothing large is decoded meanwhile.
    """
    with _PILLOW_LIMIT:
        before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = before


def _decoded(image: Image.Image, file: io.BytesIO | io.BufferedReader | None, name: str) -> tuple[Converted, int]:
    """Decode and convert; the second value is the EXIF orientation that is still to be applied."""
    try:
        found = converted(image, file)
    except Image.DecompressionBombError as error:
        raise PictureTooLarge(f"{name} holds parts that decode to more pixels than its header states") from error
    except _DAMAGE as error:
        raise UnreadablePicture(f"{name} is damaged or cut short; fetch or export it again") from error
    try:
        # Asked for after decoding: TIFF applies it itself while loading and then reports 1.
        return found, int(image.getexif().get(_ORIENTATION, 1))
    except _DAMAGE:
        return found, 1  # a picture is not refused for damaged remarks about it


def _upright(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """A view of the pixels as the camera was held (EXIF 2.32, tag 0x0112)."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels


def _resolution(stated: Any, orientation: int) -> tuple[float, float] | None:
    """The dpi Pillow reports, where it is a pair of sensible numbers; a quarter turn swaps them."""
    try:
        x, y = (float(value) for value in stated)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    if not (math.isfinite(x) and math.isfinite(y) and x > 0 and y > 0):
        return None
    return (y, x) if orientation in (5, 6, 7, 8) else (x, y)


def _is_lossy(image: Image.Image, file: io.BytesIO | io.BufferedReader) -> bool:
    if image.format == "WEBP":
        return not _has_lossless_chunk(file)
    if image.format == "TIFF":
        return image.info.get("compression") in ("jpeg", "tiff_jpeg", "webp")
    return image.format in ("JPEG", "MPO", "AVIF")


def _has_lossless_chunk(file: io.BytesIO | io.BufferedReader) -> bool:
    """Whether the first image chunk of a WebP file is VP8L (RFC 9649, section 2.6)."""
    file.seek(12)
    while len(head := file.read(8)) == 8:
        name, size = struct.unpack("<4sI", head)
        if name in (b"VP8 ", b"VP8L"):
            return bool(name == b"VP8L")
        # An animation keeps its image chunks inside a frame, behind 16 bytes of its own.
        file.seek(16 if name == b"ANMF" else size + size % 2, io.SEEK_CUR)
    return False
