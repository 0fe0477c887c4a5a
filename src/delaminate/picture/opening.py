"""Open and check a picture, whatever door it comes through: a path, bytes, a Pillow image or an array.

PNG, JPEG, WebP, TIFF (first page), GIF (first frame), BMP, AVIF, HEIF, JPEG 2000, JPEG XL and the merged picture of
PSD, PSB, OpenRaster and Krita files are read. `colour_modes.py` says how other colour modes become RGB; the EXIF
orientation is applied, the ICC profile and the resolution are kept.
"""

from __future__ import annotations

import hashlib
import io
import math
import mmap
import struct
import threading
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from delaminate.errors import BadArray, PictureTooLarge, UnreadablePicture
from delaminate.picture import counts, heif, openraster, photoshop, raster, tiff
from delaminate.picture.about import About, about_of, exif_of_tiff
from delaminate.picture.boxes import boxes_of
from delaminate.picture.colour_modes import converted
from delaminate.picture.cursor import Cursor
from delaminate.picture.decoded import Damaged, Decoded, NotRead
from delaminate.picture.kinds import kind_of, said_of
from delaminate.picture.orientation import orientation_of, upright
from delaminate.picture.tiff_directory import Directory
from delaminate.pixels import Rgb, Rgba, check_pixels

MAX_PIXELS = 100_000_000
"""Default limit; a header that states more is refused before anything is decoded."""

_SHARES = {"WEBP": 0.5, "AVIF": 0.65, "HEIF": 0.4, "JPEG2000": 0.4, "JXL": 0.4}
"""The part of the limit for formats whose decoders need more memory: 16, 13 and 19 bytes a pixel for WebP, AVIF and
JPEG 2000, measured at 25 MP, where PNG, JPEG, BMP and GIF need 7 to 12."""

_DAMAGE = (
    *(OSError, RuntimeError, SyntaxError, ValueError, TypeError, AssertionError),
    *(LookupError, EOFError, ArithmeticError, struct.error, zlib.error, zipfile.BadZipFile, Damaged),
)
"""What decoders raise for damaged files."""

_MOST_LACKING = 0.1
"""A JPEG that lacks more of its rows is refused as cut short; one that lacks less is read, with a note."""

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
    about : EXIF, XMP and IPTC, to be written into the background and the flattened picture.
    """

    pixels: Rgb | Rgba
    icc: bytes | None = field(repr=False)
    dpi: tuple[float, float] | None
    mode: str
    format: str
    sha256: str
    lossy: bool
    notes: tuple[str, ...] = ()
    about: About | None = field(default=None, repr=False)

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


def open_picture(
    source: str | Path | bytes | Image.Image | NDArray[Any] | Picture,
    *,
    max_pixels: int = MAX_PIXELS,
    strict: bool = False,
    keep_place: bool = False,
) -> Picture:
    """Read a picture and bring it to RGB or RGBA, at the depth it has: 8 or 16 bits per channel.

    Parameters
    ----------
    source : a path, an encoded file as bytes, a Pillow image, or a uint8 or uint16 array of shape H×W, H×W×3 or H×W×4;
        a picture that is open already is given back.
    max_pixels : refuse more pixels than this, before decoding.
    keep_place : keep what EXIF and XMP say of the place where it was taken.
    strict : refuse a JPEG of which a little lacks at its end; else it is read, with a note.

    Raises
    ------
    UnreadablePicture
        If the file is missing, a folder, not readable, not a picture, empty, damaged, or of a kind that is not read.
    PictureTooLarge
        If it has more than `max_pixels` pixels.
    BadArray
        If an array has another shape or dtype, or no pixels; or if `source` is none of the above.

    Notes
    -----
    Memory peaks near the decoder's picture (4 bytes a pixel for RGB) plus ours (3); arrays are copied once.
    """
    if isinstance(source, Picture):
        return source
    if isinstance(source, np.ndarray):
        return _from_array(source, max_pixels)
    if isinstance(source, Image.Image):
        return _from_image(source, max_pixels)
    if isinstance(source, bytes):
        return _from_file(io.BytesIO(source), "the picture", max_pixels, strict, keep_place)
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
        return _from_file(file, str(path), max_pixels, strict, keep_place)


def _from_file(
    file: io.BytesIO | io.BufferedReader, name: str, max_pixels: int, strict: bool, keep_place: bool
) -> Picture:
    if file.seek(0, io.SEEK_END) == 0:
        raise UnreadablePicture(f"{name} is empty (0 bytes)")
    file.seek(0)
    head = file.read(512)
    kind = kind_of(head)
    if not kind:
        raise UnreadablePicture(f"{name} {said_of(head)}")
    try:
        found = _read(file, kind, name, max_pixels, strict)
    except NotRead as reason:
        raise UnreadablePicture(f"{name} is {reason}") from reason
    except Image.DecompressionBombError as error:
        raise PictureTooLarge(f"{name} holds parts that decode to more pixels than its header states") from error
    except _Header as error:
        raise UnreadablePicture(
            f"{name} is not a whole PNG, JPEG, WebP, TIFF, GIF, BMP or AVIF picture; convert it or fetch it again"
        ) from error
    except _DAMAGE as error:
        raise UnreadablePicture(f"{name} is damaged or cut short; fetch or export it again") from error
    except MemoryError as error:
        raise PictureTooLarge(f"{name} needs more memory than there is; scale it down") from error
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    notes = found.notes + (("only the first of several frames or pages is used",) if found.more else ())
    about, told = about_of(found.info, keep_place)
    notes += (told,) if told else ()
    pixels = _frozen(upright(found.pixels, found.orientation))
    dpi = _resolution(found.dpi, found.orientation)
    return Picture(pixels, found.icc, dpi, found.mode, kind, digest, found.lossy, notes, about)


def _read(file: BinaryIO, kind: str, name: str, max_pixels: int, strict: bool) -> Decoded:
    """Check what it asks of a decoder, then decode."""
    counts.check(_bytes_of(file), kind)
    if kind == "TIFF":
        return _read_tiff(file, name, max_pixels)
    if kind == "PSD":
        data = _bytes_of(file)
        _check_size(photoshop.size_of(Cursor(data)), name, max_pixels)
        return photoshop.read(data)
    if kind == "ORA":
        inside = io.BytesIO(openraster.merged_png(file))
        return _read(inside, "PNG", name, max_pixels, strict)
    if kind == "HEIF":
        image = heif.opened(file)
        _check_size(image.size, name, max_pixels, kind)
        boxes = boxes_of(file)
        found = heif.read(image, boxes)
        notes = list(found.notes)
        pixels, icc = raster.with_signal(found.pixels, found.icc, boxes.signal, notes)
        return replace(found, pixels=pixels, icc=icc, notes=tuple(notes))
    try:
        with _without_pillows_limit():
            picture = raster.opened(file, kind)
    except _DAMAGE as error:
        raise _Header from error
    with picture:
        _check_size(picture.size, name, max_pixels, kind)
        try:
            return raster.read(picture, file, kind)
        except _DAMAGE:
            if kind != "JPEG" or strict:
                raise
            found, lacking = raster.read_cut_short(file)
            if lacking > _MOST_LACKING:
                raise
            return found


def _read_tiff(file: BinaryIO, name: str, max_pixels: int) -> Decoded:
    page = Directory(_bytes_of(file))
    _check_size(tiff.size_of(page), name, max_pixels)
    if not tiff.needs_libtiff(page):
        found = tiff.read(page)
        return replace(found, info=found.info | {"exif": exif_of_tiff(file)})
    with _without_pillows_limit():
        image = raster.opened(file, "TIFF")
    with image:
        found = raster.read(image, file, "TIFF")
        return replace(found, orientation=1, lossy=True, more=page.more)  # Pillow turns TIFFs upright itself


class _Header(Exception):
    """Pillow did not know the file by its header."""


def _bytes_of(file: BinaryIO) -> memoryview:
    """The bytes of a file, mapped where it lies on a disk."""
    if isinstance(file, io.BytesIO):
        return file.getbuffer()
    return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def _from_image(image: Image.Image, max_pixels: int) -> Picture:
    name = "the Pillow image"
    _check_size(image.size, name, max_pixels)
    mode, notes = image.mode, list[str]()
    try:
        found, icc = converted(image, image.info.get("icc_profile"), notes)
    except Image.DecompressionBombError as error:
        raise PictureTooLarge(f"{name} holds parts that decode to more pixels than its header states") from error
    except _DAMAGE as error:
        raise UnreadablePicture(f"{name} is damaged or cut short; fetch or export it again") from error
    orientation = orientation_of(image.info)
    dpi = _resolution(image.info.get("dpi"), orientation)
    pixels = _frozen(upright(found, orientation))
    return Picture(pixels, icc, dpi, mode, "", _digest(pixels), False, tuple(notes))


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


def _check_size(size: tuple[int, int], name: str, max_pixels: int, kind: str = "") -> None:
    width, height = size
    max_pixels = int(max_pixels * _SHARES.get(kind, 1))
    if width < 1 or height < 1:
        raise UnreadablePicture(f"{name} has no pixels ({width} x {height})")
    if width * height > max_pixels:
        raise PictureTooLarge(
            f"{name} has {width} x {height} = {width * height:,} pixels, more than the limit of {max_pixels:,}"
            f"{f' for {kind}' if kind in _SHARES else ''}; "
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


def _resolution(stated: Any, orientation: int) -> tuple[float, float] | None:
    """The dpi Pillow reports, where it is a pair of sensible numbers; a quarter turn swaps them."""
    try:
        x, y = (float(value) for value in stated)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    if not (math.isfinite(x) and math.isfinite(y) and x > 0 and y > 0):
        return None
    return (y, x) if orientation in (5, 6, 7, 8) else (x, y)
