"""Writes OpenRaster (.ora): a zip of PNGs and stack.xml (OpenRaster Specification 0.0.6, Create Project)."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

from PIL import Image

from delaminate.composite import flatten
from delaminate.export.atomic import replacing
from delaminate.export.dropped import Dropped, Written, invented_dropped, text_dropped
from delaminate.export.groups import grouped
from delaminate.export.inline_png import png_bytes
from delaminate.export.xml_text import names_dropped, xml_text
from delaminate.export.zip_entry import add_entry
from delaminate.pixels import Rgba, as_eight_bit
from delaminate.stack import Blend, Layer, LayerStack

MIMETYPE = "image/openraster"
MERGED, THUMBNAIL = "mergedimage.png", "Thumbnails/thumbnail.png"
NORMAL = "svg:src-over"
_BLENDS = {Blend.NORMAL: NORMAL, Blend.MULTIPLY: "svg:multiply", Blend.SCREEN: "svg:screen"}
_THUMBNAIL = (256, 256)


def write(stack: LayerStack, path: Path) -> Written:
    """Write the stack as cropped layers of its own depth, with the merged picture and a thumbnail.

    Raises
    ------
    UnwritableOutput
        If the file cannot be written.

    Notes
    -----
    Memory beside the stack: the flattened picture and one encoded layer.
    """
    with replacing(path) as file, zipfile.ZipFile(file, "w") as archive:
        # First and stored, so that the kind of file can be told from its first bytes.
        add_entry(archive, "mimetype", MIMETYPE.encode())
        add_entry(archive, "stack.xml", _stack_xml(stack), compress=True)
        for number, layer in enumerate(stack.layers):
            add_entry(archive, _file(number), png_bytes(layer.pixels, stack))
        flat = flatten(stack)
        add_entry(archive, MERGED, png_bytes(flat, stack))
        add_entry(archive, THUMBNAIL, thumbnail(flat))
    why = "OpenRaster holds layers as pixels."
    return Written(
        (path,), text_dropped(stack, why) + _dpi_dropped(stack) + names_dropped(stack) + invented_dropped(stack)
    )


def _file(number: int) -> str:
    return f"data/layer{number:03d}.png"


def _stack_xml(stack: LayerStack) -> bytes:
    """The layer tree, top to bottom; numbers count from the bottom, as the files do."""
    image = ElementTree.Element("image", version="0.0.6", w=str(stack.width), h=str(stack.height))
    if stack.dpi:
        image.set("xres", str(round(stack.dpi[0])))
        image.set("yres", str(round(stack.dpi[1])))
    root = ElementTree.SubElement(image, "stack")
    root.extend(layer_elements(stack.layers, _file))
    ElementTree.indent(image)
    file = BytesIO()
    ElementTree.ElementTree(image).write(file, "UTF-8", xml_declaration=True)
    return file.getvalue()


def layer_elements(layers: Sequence[Layer], file: Callable[[int], str]) -> Iterator[ElementTree.Element]:
    """Layers and groups, top to bottom; `file` names the picture of a layer by its number from the bottom."""
    number = {layer.id: at for at, layer in enumerate(layers)}
    for target, together in reversed(list(grouped(layers))):
        elements = [_layer(layer, file(number[layer.id])) for layer in reversed(together)]
        if target:
            parent = group_element(target)
            parent.extend(elements)
            elements = [parent]
        yield from elements


def group_element(name: str) -> ElementTree.Element:
    """A group that is seen, without layers yet."""
    return ElementTree.Element("stack", name=xml_text(name), opacity="1.0", visibility="visible")


def _layer(layer: Layer, file: str) -> ElementTree.Element:
    return ElementTree.Element(
        "layer",
        {
            "name": xml_text(layer.name),
            "src": file,
            "x": str(layer.box.left),
            "y": str(layer.box.top),
            "opacity": f"{layer.look.opacity:.4g}" if layer.look.opacity < 1 else "1.0",
            "visibility": "visible" if layer.look.visible else "hidden",
            "composite-op": _BLENDS[layer.look.blend],
        },
    )


def thumbnail(flat: Rgba) -> bytes:
    """At most 256 × 256, 8 bits, sRGB as the specification asks; only its look matters."""
    image = Image.fromarray(as_eight_bit(flat))
    image.thumbnail(_THUMBNAIL)
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _dpi_dropped(stack: LayerStack) -> tuple[Dropped, ...]:
    if stack.dpi is None or all(dpi == round(dpi) for dpi in stack.dpi):
        return ()
    return (Dropped("exact resolution", f"OpenRaster holds whole pixels per inch; {stack.dpi[0]:g} was rounded."),)
