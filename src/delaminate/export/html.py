"""Writes one self-contained HTML page: the stack exploded in 3-D, a parallax view, and the flat picture."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from pathlib import Path

from delaminate.export.atomic import replacing
from delaminate.export.dropped import Dropped, Written, depth_dropped, invented_dropped, named, text_dropped
from delaminate.export.groups import grouped
from delaminate.export.inline_png import data_uri
from delaminate.export.xml_text import names_dropped, xml_text
from delaminate.stack import Layer, LayerStack

_TEMPLATE = "stack_page.html"


def write(stack: LayerStack, path: Path) -> Written:
    """Write the page; it loads nothing from anywhere. Its address with `#flat`, `#parallax` or `#bare` picks a view.

    Raises
    ------
    UnwritableOutput
        If the file cannot be written.
    """
    template = files("delaminate.export").joinpath(_TEMPLATE).read_text("utf-8")
    values = {
        "title": escape(path.stem),
        "width": str(stack.width),
        "height": str(stack.height),
        "layers": "\n".join(_image(layer, stack) for layer in stack.layers),
    }
    # The layers come last: a name that looks like a placeholder stays as it is.
    for key in ("title", "width", "height", "layers"):
        template = template.replace("{{" + key + "}}", values[key])
    with replacing(path) as file:
        file.write(template.encode("utf-8"))
    return Written((path,), _dropped(stack))


def _image(layer: Layer, stack: LayerStack) -> str:
    name = escape(xml_text(layer.name))
    return (
        f'<img id="{escape(layer.id)}" alt="{name}" title="{name}" data-role="{layer.role.value}" draggable="false" '
        f'width="{layer.box.width}" height="{layer.box.height}" '
        f'style="left:{layer.box.left}px;top:{layer.box.top}px" src="{data_uri(layer.pixels, stack)}">'
    )


def _dropped(stack: LayerStack) -> tuple[Dropped, ...]:
    lost = depth_dropped(stack, "the pictures in a page have") + text_dropped(stack, "a page shows them as pixels.")
    if groups := [target for target, _ in grouped(stack.layers) if target]:
        lost += (Dropped("groups", f"{named(groups)}: the page lists single layers."),)
    if stack.dpi:
        lost += (Dropped("resolution", "a page is measured in pixels; the pictures in it keep theirs."),)
    return lost + names_dropped(stack) + invented_dropped(stack)
