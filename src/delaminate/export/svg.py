"""Writes SVG: one `<image>` a layer at its place, or live `<text>` for text layers (SVG 2, W3C 2018)."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from delaminate.export.atomic import replacing
from delaminate.export.dropped import Dropped, Written, depth_dropped, invented_dropped, named, text_dropped
from delaminate.export.groups import grouped
from delaminate.export.inline_png import data_uri
from delaminate.export.text_as import TextAs
from delaminate.export.typography import Look, live_text
from delaminate.export.xml_text import names_dropped, xml_text
from delaminate.stack import Layer, LayerStack

_ANCHOR = {"left": "start", "center": "middle", "right": "end"}


def write(stack: LayerStack, path: Path, text: TextAs = TextAs.PIXELS) -> Written:
    """Write the stack with every layer embedded, its name as title and label.

    Parameters
    ----------
    text : whether text layers become `<text>`; then the flattened picture is near, no longer exact.

    Raises
    ------
    UnwritableOutput
        If the file cannot be written.
    """
    root = ElementTree.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            # Inkscape 1.2, Qt and Illustrator do not know SVG 2's plain href; what reads SVG 2 knows this one too.
            "xmlns:xlink": "http://www.w3.org/1999/xlink",
            "xmlns:inkscape": "http://www.inkscape.org/namespaces/inkscape",
            "width": str(stack.width),
            "height": str(stack.height),
            "viewBox": f"0 0 {stack.width} {stack.height}",
        },
    )
    for number, (target, layers) in enumerate(grouped(stack.layers)):
        parent = root
        if target:
            parent = ElementTree.SubElement(root, "g", {"id": f"group{number}", "inkscape:label": xml_text(target)})
            ElementTree.SubElement(parent, "title").text = xml_text(target)
        for layer in layers:
            _add_layer(parent, layer, stack, text)
    with replacing(path) as file:
        ElementTree.ElementTree(root).write(file, "UTF-8", xml_declaration=True)
    return Written((path,), _dropped(stack, text))


def _add_layer(parent: ElementTree.Element, layer: Layer, stack: LayerStack, text: TextAs) -> None:
    look = live_text(layer, stack, text)
    shift = stack.width if look and text is TextAs.BESIDE else 0
    picture = {
        "id": f"{layer.id}-picture" if look else layer.id,
        "inkscape:label": xml_text(layer.name),
        "x": str(layer.box.left + shift),
        "y": str(layer.box.top),
        "width": str(layer.box.width),
        "height": str(layer.box.height),
        "xlink:href": data_uri(layer.pixels, stack),
    }
    if look and text is TextAs.LIVE:
        picture["display"] = "none"
    image = ElementTree.SubElement(parent, "image", picture)
    ElementTree.SubElement(image, "title").text = xml_text(layer.name)
    if look:
        _add_text(parent, layer, look)


def _add_text(parent: ElementTree.Element, layer: Layer, look: Look) -> None:
    """One `<tspan>` a line, stretched to the width of its ink: the font is not the same."""
    element = ElementTree.SubElement(
        parent,
        "text",
        {
            "id": layer.id,
            "inkscape:label": xml_text(layer.name),
            "font-family": "Helvetica, Arial, sans-serif",
            "font-size": f"{look.size:.2f}",
            "font-weight": "bold" if look.bold else "normal",
            "fill": f"#{look.hex_colour}",
            "text-anchor": _ANCHOR[look.align],
        },
    )
    ElementTree.SubElement(element, "title").text = xml_text(layer.name)
    if look.degrees:
        element.set("transform", f"rotate({look.degrees:.2f} {look.pivot[0]:g} {look.pivot[1]:g})")
    if look.column:
        _add_column(element, look)
        return
    for line in look.lines:
        x = {"left": line.ink.left, "center": (line.ink.left + line.ink.right) / 2, "right": line.ink.right}[look.align]
        span = ElementTree.SubElement(element, "tspan", x=f"{x:g}", y=f"{line.baseline:.2f}")
        span.set("textLength", str(line.ink.width))
        span.set("lengthAdjust", "spacingAndGlyphs")
        span.text = xml_text(line.text)


def _add_column(element: ElementTree.Element, look: Look) -> None:
    """Upright letters from top to bottom about the middle of their column (CSS Writing Modes; SVG 1.1 says tb)."""
    ink = look.lines[0].ink
    element.set("style", "writing-mode: vertical-rl; writing-mode: tb-rl; text-orientation: upright")
    element.set("text-anchor", "start")
    span = ElementTree.SubElement(element, "tspan", x=f"{(ink.left + ink.right) / 2:g}", y=f"{ink.top}")
    span.set("textLength", str(ink.height))
    span.set("lengthAdjust", "spacing")
    span.text = xml_text(look.lines[0].text)


def _dropped(stack: LayerStack, text: TextAs) -> tuple[Dropped, ...]:
    lost = depth_dropped(stack, "the pictures in an SVG have")
    if text is TextAs.PIXELS:
        lost += text_dropped(stack, "written as pixels; --text live writes them as text.")
    elif live := [layer.name for layer in stack.layers if live_text(layer, stack, text)]:
        lost += (Dropped("the font", f"{named(live)}: set in a sans-serif of about the same size."),)
    if stack.dpi:
        lost += (Dropped("resolution", "an SVG is measured in pixels; the pictures in it keep theirs."),)
    return lost + names_dropped(stack) + invented_dropped(stack)
