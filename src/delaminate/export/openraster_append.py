"""Adds layers to an OpenRaster file: a group on top of stack.xml and further pictures; all other entries are copied."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree
from xml.parsers import expat

import numpy as np

from delaminate.composite import flatten, shown
from delaminate.errors import UnreadablePicture
from delaminate.export.append import added_of, at_depth, in_place_of, misfits
from delaminate.export.cut_as import CutAs
from delaminate.export.dropped import Dropped, invented_dropped, text_dropped
from delaminate.export.inline_png import png_bytes
from delaminate.export.loose import Canvas
from delaminate.export.openraster import MERGED, THUMBNAIL, group_element, layer_elements, thumbnail
from delaminate.export.openraster_reader import (
    MOST_PICTURE,
    entry_of,
    is_opaque,
    opened,
    read,
    rgba_of,
    stack_xml,
)
from delaminate.export.openraster_reader import canvas_of as stated_canvas
from delaminate.export.png_encode import write_png
from delaminate.export.text_as import TextAs
from delaminate.export.xml_text import names_dropped
from delaminate.export.zip_entry import add_entry
from delaminate.picture import open_picture
from delaminate.pixels import Rgba
from delaminate.stack import Layer, LayerStack


def canvas_of(path: Path, max_pixels: int) -> Canvas:
    """The size of the document."""
    with opened(path) as archive:
        return stated_canvas(ElementTree.fromstring(stack_xml(archive)), max_pixels)


def append(
    stack: LayerStack, path: Path, group: str, _text: TextAs, _cut: CutAs, max_pixels: int, background: bool
) -> tuple[Dropped, ...]:
    """Add the stack's layers above all others, in their own depth; returns what of them the document does not hold."""
    with opened(path) as archive:
        layers = added_of(stack, background)
        files = _free_names(archive, len(layers))
        tree = _with_group(stack_xml(archive), _group(layers, group, files))
        flat, opaque, icc, dpi = _seen(archive, path, stack, background, max_pixels)
        merged = BytesIO()
        write_png(merged, flat[..., : 3 if opaque else 4], icc=icc, dpi=dpi, srgb=True)
        made = {"stack.xml": tree, THUMBNAIL: thumbnail(flat), MERGED: merged.getvalue()}
        with in_place_of(path) as file, zipfile.ZipFile(file, "w") as new:
            for entry in archive.infolist():
                if entry.filename in made:
                    add_entry(new, entry.filename, made[entry.filename], compress=entry.filename == "stack.xml")
                else:
                    new.writestr(entry, entry_of(archive, entry.filename, MOST_PICTURE))
            for layer, name in zip(layers, files, strict=True):
                add_entry(new, name, png_bytes(layer.pixels, stack))
            if MERGED not in archive.namelist():
                add_entry(new, MERGED, made[MERGED])
    lost = text_dropped(stack, "OpenRaster holds layers as pixels.") + names_dropped(stack) + invented_dropped(stack)
    return (*misfits(stack, stack.bits, icc), *lost)


def _free_names(archive: zipfile.ZipFile, count: int) -> list[str]:
    """Entries that are not there yet."""
    there = set(archive.namelist())
    names = (f"data/added{number:04d}.png" for number in range(len(there) + count))
    return [name for name in names if name not in there][:count]


def _group(layers: Sequence[Layer], name: str, files: list[str]) -> bytes:
    """The new group in ASCII, with references for other letters: it fits whatever encoding the tree is in."""
    group = group_element(name)
    group.extend(layer_elements(layers, files.__getitem__))
    made: bytes = ElementTree.tostring(group, "us-ascii")
    return made


def _with_group(xml: bytes, group: bytes) -> bytes:
    """The tree with a group as the first child of its root stack; every other byte stays."""
    places: list[int] = []
    path: list[str] = []
    parser = expat.ParserCreate()

    def start(tag: str, _: dict[str, str]) -> None:
        path.append(tag)
        if path == ["image", "stack"] and not places:
            places.append(parser.CurrentByteIndex)

    def end(_: str) -> None:
        path.pop()

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.Parse(xml, True)
    if not places or xml[places[0] : places[0] + 6] != b"<stack":
        raise UnreadablePicture("its stack.xml has no stack")
    close = _end_of_tag(xml, places[0])
    if xml[close - 1 : close] == b"/":
        return xml[: close - 1] + b">" + group + b"</stack>" + xml[close + 1 :]
    return xml[: close + 1] + group + xml[close + 1 :]


def _end_of_tag(xml: bytes, at: int) -> int:
    """Where the tag that begins at `at` has its ">"."""
    quote = 0
    while quote or xml[at] != ord(">"):
        if xml[at] in b"\"'" and (not quote or quote == xml[at]):
            quote = 0 if quote else xml[at]
        at += 1
    return at


def _seen(
    archive: zipfile.ZipFile, path: Path, stack: LayerStack, background: bool, max_pixels: int
) -> tuple[Rgba, bool, bytes | None, tuple[float, float] | None]:
    """The document's merged picture with the stack over it, whether it is opaque, its profile and its resolution."""
    if MERGED in archive.namelist():
        picture = open_picture(entry_of(archive, MERGED, MOST_PICTURE), max_pixels=max_pixels)
        bits = max(stack.bits, 8 * picture.pixels.itemsize)
        flat, opaque, icc, dpi = rgba_of(picture, bits).copy(), is_opaque(picture), picture.icc, picture.dpi
    else:
        there = read(path, max_pixels).stack
        bits = max(stack.bits, there.bits)
        flat, opaque, icc, dpi = flatten(at_depth(there, bits)), there.opaque, there.icc, there.dpi
    for layer in added_of(at_depth(stack, bits), background):
        shown(np.ascontiguousarray(layer.pixels), layer.look, flat[layer.box.slices])
    return flat, opaque, icc, dpi
