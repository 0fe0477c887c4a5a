"""A layer folder as one zip: what the manifest names, the manifest itself, and the preview; and read back."""

from __future__ import annotations

import tempfile
import zipfile
import zlib
from pathlib import Path

from delaminate.errors import BadStack, PictureTooLarge, UnreadablePicture
from delaminate.export import manifest
from delaminate.export.atomic import replacing
from delaminate.export.dropped import Written
from delaminate.export.folder import PREVIEW, read_folder
from delaminate.export.loose import Reading
from delaminate.export.zip_entry import add_entry
from delaminate.picture import MAX_PIXELS

_MOST_FILE = 1 << 30
_MOST_FILES = 10_000


def write_folder(directory: Path, path: Path) -> Written:
    """Put the layers of a folder that `delaminate.save` wrote into a zip; nothing is lost.

    Raises
    ------
    BadStack
        If the folder is none of ours.
    UnwritableOutput
        If the zip cannot be written.
    """
    told = manifest.read(directory)
    names = [manifest.FILE, PREVIEW]
    for layer in told.layers:
        names += [layer.file, *([layer.invented] if layer.invented else [])]
    with replacing(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name in names:
            if name != PREVIEW or (directory / name).exists():
                add_entry(archive, name, (directory / name).read_bytes(), compress=name == manifest.FILE)
    return Written((path,))


def read(path: Path, max_pixels: int = MAX_PIXELS) -> Reading:
    """Read a zip that `write_folder` wrote; it is unpacked into a temporary folder first.

    Raises
    ------
    UnreadablePicture
        If it is missing, damaged or no zip.
    BadStack
        If it holds no layers of ours.
    """
    try:
        with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as place:
            for entry in archive.infolist()[:_MOST_FILES]:
                _unpack(archive, entry, Path(place))
            return Reading(read_folder(Path(place), max_pixels=max_pixels))
    except OSError as error:
        raise UnreadablePicture(f"{path} cannot be read: {error.strerror or error}") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise UnreadablePicture(f"{path.name} is damaged or no zip; make it again") from error
    except BadStack as error:
        raise BadStack(f"{path.name} holds no layer folder: {error}") from error


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, place: Path) -> None:
    """Only plain files at the top, as a folder has them: a zip must not reach outside."""
    if entry.file_size > _MOST_FILE:
        raise PictureTooLarge(f"{entry.filename} in {archive.filename} unpacks to {entry.file_size:,} bytes")
    if Path(entry.filename).name == entry.filename and not entry.is_dir():
        (place / entry.filename).write_bytes(archive.read(entry))
