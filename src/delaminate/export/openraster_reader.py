"""Reads OpenRaster (.ora) back into a stack: visible layers, with opacity turned into alpha."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from delaminate.errors import BadInput, PictureTooLarge, UnreadablePicture
from delaminate.export.blending import MODES
from delaminate.export.dropped import Dropped, named
from delaminate.export.group_blending import Group, Placed, plainly
from delaminate.export.loose import Canvas, Loose, Reading, stacked, with_opacity
from delaminate.export.openraster import MERGED, MIMETYPE, NORMAL
from delaminate.picture import MAX_PIXELS, Picture, open_picture
from delaminate.pixels import Rgba

MOST_XML, MOST_PICTURE = 1 << 22, 1 << 30
_MOST_DEPTH = 64
_BLENDS = {
    "svg:add": "plus", "svg:plus": "plus", "krita:linear_burn": "linear-burn", "krita:linear_dodge": "plus",
    "krita:linear light": "linear-light", "krita:vivid_light": "vivid-light", "krita:pin_light": "pin-light",
    "krita:hard mix": "hard-mix", "svg:darker-color": "darker-color", "krita:exclusion": "exclusion",
}  # fmt: skip
"""Composite modes that are not called as we call them."""


@dataclass(frozen=True)
class _Entry:
    """One visible layer of stack.xml and the group it is in."""

    name: str
    source: str
    left: int
    top: int
    opacity: float
    group: Group | None
    mode: str = ""


def read(path: Path, max_pixels: int = MAX_PIXELS) -> Reading:
    """Read an .ora file, also one that Krita, GIMP or MyPaint has edited.

    Returns
    -------
    Reading
        Hidden layers are left out, opacity is turned into alpha, a group's name becomes its layers' `target`;
        composite modes of layers and groups are turned into colours that look the same, and told; those nobody knows
        are read as normal.

    Raises
    ------
    UnreadablePicture
        If the file is missing, damaged or no OpenRaster.
    BadInput
        If it has no visible layers or more than `max_pixels` pixels.
    """
    try:
        with opened(path) as archive:
            return _read_archive(archive, max_pixels)
    except UnreadablePicture:
        raise
    except BadInput as error:
        raise type(error)(f"{path.name} cannot be used: {error}") from error


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """The archive; whatever its damage raises while it is read becomes `UnreadablePicture`."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except OSError as error:
        raise UnreadablePicture(f"{path} cannot be read: {error.strerror or error}") from error
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        ElementTree.ParseError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise UnreadablePicture(f"{path.name} is damaged or no OpenRaster file; save it again") from error
    except (UnreadablePicture, ValueError, KeyError) as error:
        raise UnreadablePicture(f"{path.name} is damaged or no OpenRaster file: {_said(error)}") from error


def _said(error: Exception) -> str:
    return str(error).strip("'\"").rstrip(".")


def _read_archive(archive: zipfile.ZipFile, max_pixels: int) -> Reading:
    image = ElementTree.fromstring(stack_xml(archive))
    canvas = canvas_of(image, max_pixels)
    merged = _picture(archive, MERGED, max_pixels) if MERGED in archive.namelist() else None
    if merged is not None and (merged.width, merged.height) != (canvas.width, canvas.height):
        raise UnreadablePicture("its merged picture has another size than its canvas")
    root = image.find("stack")
    modes: dict[str, list[str]] = {}
    entries = list(_visible(root, None, modes))[::-1] if root is not None else []
    pictures = [_picture(archive, entry.source, max_pixels) for entry in entries]
    bits = max((picture.pixels.itemsize * 8 for picture in pictures), default=8)
    layers = [
        Placed(_loose(entry, with_opacity(rgba_of(picture, bits), entry.opacity)), entry.group, entry.mode)
        for entry, picture in zip(entries, pictures, strict=True)
    ]
    icc = merged.icc if merged is not None else pictures[0].icc if pictures else None
    # Without a merged picture the layers alone tell whether it is opaque.
    opaque = merged is None or is_opaque(merged)
    canvas = Canvas(canvas.width, canvas.height, bits, opaque, icc, _resolution(image), max_pixels)
    found, joined = plainly(layers, canvas)
    return stacked(canvas, found, [*_modes_dropped(modes), *joined])


def stack_xml(archive: zipfile.ZipFile) -> bytes:
    """The tree of layers of an OpenRaster file."""
    if entry_of(archive, "mimetype", 64).strip() != MIMETYPE.encode():
        raise UnreadablePicture("its mimetype is another")
    xml = entry_of(archive, "stack.xml", MOST_XML)
    if b"<!" in xml.replace(b"<!--", b""):
        raise UnreadablePicture("stack.xml declares a document type, which layers do not need")
    return xml


def canvas_of(image: ElementTree.Element, max_pixels: int) -> Canvas:
    """The size that the tree states."""
    return Canvas(int(image.get("w", "")), int(image.get("h", "")), max_pixels=max_pixels)


def _loose(entry: _Entry, pixels: Rgba) -> Loose:
    return Loose(entry.name, entry.left, entry.top, pixels, _target(entry.group))


def _target(group: Group | None) -> str | None:
    """The name of the nearest group that has one."""
    return None if group is None else group.name or _target(group.within)


def entry_of(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """A file of the archive, refused before it is unpacked where it claims more than `most` bytes."""
    info = archive.getinfo(name)
    if info.file_size > most:
        raise PictureTooLarge(f"{name} unpacks to {info.file_size:,} bytes")
    return archive.read(info)


def _picture(archive: zipfile.ZipFile, name: str, max_pixels: int) -> Picture:
    return open_picture(entry_of(archive, name, MOST_PICTURE), max_pixels=max_pixels)


def _visible(stack: ElementTree.Element, group: Group | None, modes: dict[str, list[str]]) -> Iterator[_Entry]:
    """The visible layers below an element, top to bottom; `modes` collects who has which odd composite mode."""
    if group is not None and len(group.path) > _MOST_DEPTH:
        raise UnreadablePicture("its groups are nested too deeply")
    for child in stack:
        if child.get("visibility", "visible") == "hidden" or child.tag not in ("stack", "layer"):
            continue
        opacity = min(max(float(child.get("opacity", "1")), 0.0), 1.0)
        name, mode = child.get("name", ""), child.get("composite-op", NORMAL)
        plain = mode in (NORMAL, "src-over")
        if not plain:
            modes.setdefault(mode, []).append(name)
        blend = "" if plain else _BLENDS.get(mode, mode.removeprefix("svg:").removeprefix("krita:"))
        blend = blend if blend in MODES else ""
        if child.tag == "stack":
            isolated = child.get("isolation", "auto") == "isolate" or not plain or opacity < 1
            yield from _visible(child, Group(name, opacity, group, blend, not isolated), modes)
        else:
            x, y = (round(float(child.get(axis, "0"))) for axis in "xy")
            yield _Entry(name, child.attrib["src"], x, y, opacity, group, blend)


def rgba_of(picture: Picture, bits: int) -> Rgba:
    """H×W×4 at the depth of the deepest layer."""
    pixels = picture.pixels
    if pixels.itemsize * 8 < bits:
        pixels = pixels.astype(np.uint16) * np.uint16(257)
    if not picture.opaque:
        return pixels
    full = np.full((*pixels.shape[:2], 1), np.iinfo(pixels.dtype).max, pixels.dtype)
    return np.concatenate([pixels, full], axis=2)


def is_opaque(merged: Picture) -> bool:
    """Whether no pixel of the merged picture is seen through."""
    return merged.alpha is None or bool((merged.alpha == np.iinfo(merged.alpha.dtype).max).all())


def _resolution(image: ElementTree.Element) -> tuple[float, float] | None:
    across, down = (float(image.get(axis, "0")) for axis in ("xres", "yres"))
    return (across, down) if across > 0 and down > 0 else None


def _become(mode: str) -> str:
    known = _BLENDS.get(mode, mode.removeprefix("svg:").removeprefix("krita:")) in MODES
    return "has the colours that it shows over what lies below" if known else "is read as normal"


def _modes_dropped(modes: dict[str, list[str]]) -> list[Dropped]:
    return [
        Dropped(f"composite mode {mode}", f"{named(names)} {_become(mode)}.") for mode, names in sorted(modes.items())
    ]
