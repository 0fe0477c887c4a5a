"""SVG and HTML: every layer in its place, names that cannot break out, text as text when asked for."""

from __future__ import annotations

import base64
import dataclasses
import io
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from delaminate.export import html, svg
from delaminate.export.text_as import TextAs
from delaminate.pixels import Rgba
from delaminate.stack import LayerStack
from stacks import NAMES, drawn_stack

SVG = "{http://www.w3.org/2000/svg}"


def _decoded(uri: str) -> Rgba:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.removeprefix("data:image/png;base64,")))))


class _Images(HTMLParser):
    """The attributes of all images of a page, as a browser reads them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[dict[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.found.append({key: value or "" for key, value in attrs})


def test_an_svg_has_an_image_with_title_for_every_layer(tmp_path: Path) -> None:
    """In drawing order, at their places, pixel for pixel."""
    stack = drawn_stack()
    svg.write(stack, tmp_path / "a.svg")
    images = list(ElementTree.parse(tmp_path / "a.svg").iter(f"{SVG}image"))
    assert tuple(image.findtext(f"{SVG}title") for image in images) == NAMES
    assert [image.get("id") for image in images] == [layer.id for layer in stack.layers]
    for image, layer in zip(images, stack.layers, strict=True):
        assert tuple(int(image.get(key, "")) for key in ("x", "y")) == (layer.box.left, layer.box.top)
        assert np.array_equal(_decoded(image.get("{http://www.w3.org/1999/xlink}href", "")), layer.pixels)


def test_live_text_stands_in_the_svg_and_its_picture_is_hidden(tmp_path: Path) -> None:
    """With the colour of the pixels, as wide as they are."""
    stack = drawn_stack()
    svg.write(stack, tmp_path / "a.svg", TextAs.LIVE)
    root = ElementTree.parse(tmp_path / "a.svg")
    (text,) = root.iter(f"{SVG}text")
    (span,) = text.iter(f"{SVG}tspan")
    assert (span.text, text.get("fill")) == ("SALE", "#E6CC1A")
    assert abs(int(span.get("textLength", "0")) - stack.layers[-1].box.width) <= 2
    assert [image.get("display") for image in root.iter(f"{SVG}image")][-2:] == [None, "none"]


def test_control_characters_are_replaced_and_reported(tmp_path: Path) -> None:
    """XML has no way to write them."""
    stack = drawn_stack()
    odd = dataclasses.replace(stack.background, name="bell\a")
    written = svg.write(dataclasses.replace(stack, layers=(odd, *stack.layers[1:])), tmp_path / "a.svg")
    assert next(ElementTree.parse(tmp_path / "a.svg").iter(f"{SVG}title")).text == "bell\ufffd"
    assert "control characters" in {loss.what for loss in written.dropped}


def test_a_page_shows_every_layer_and_loads_nothing(tmp_path: Path) -> None:
    """Self-contained: every picture is in it, and no address of anything else."""
    stack = drawn_stack()
    html.write(stack, tmp_path / "a.html")
    page = (tmp_path / "a.html").read_text("utf-8")
    images = _Images(page).found
    assert tuple(image["alt"] for image in images) == NAMES
    assert all(np.array_equal(_decoded(i["src"]), layer.pixels) for i, layer in zip(images, stack.layers, strict=True))
    assert not re.search(r"https?://|@import|<link|src=(?!\"data:)", page)


@pytest.mark.parametrize("name", ["</title><script>alert(1)</script>", "{{layers}}", '" onload="alert(1)'])
def test_a_name_is_only_ever_a_name(name: str, tmp_path: Path) -> None:
    """Whatever a recogniser read from the picture."""
    stack: LayerStack = drawn_stack()
    layers = (dataclasses.replace(stack.background, name=name), *stack.layers[1:])
    html.write(dataclasses.replace(stack, layers=layers), tmp_path / "a.html")
    images = _Images((tmp_path / "a.html").read_text("utf-8")).found
    assert images[0]["alt"] == name
    assert "onload" not in images[0]
    assert len(images) == len(layers)
