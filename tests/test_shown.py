"""What notebooks show of results."""

from __future__ import annotations

import base64
import dataclasses
import io
import re

import numpy as np
import pytest
from PIL import Image

from delaminate import shown
from delaminate.contracts import Decomposition
from stacks import drawn_stack


@pytest.mark.parametrize("bits", [8, 16])
def test_a_layer_shows_itself_on_a_checkerboard(bits: int) -> None:
    """Its own pixels where it covers, the board where it does not; a PNG of its size."""
    layer = drawn_stack(bits).layers[1]
    image = Image.open(io.BytesIO(layer._repr_png_()))
    assert image.size == (layer.box.width, layer.box.height)
    drawn, pixels = np.asarray(image).astype(int), np.asarray(layer.image)
    opaque = pixels[..., 3] == 255
    assert np.array_equal(drawn[opaque], pixels[opaque][:, :3])
    assert {int(level) for level in np.unique(drawn[pixels[..., 3] == 0])} <= {226, 255}


def test_a_large_layer_is_shown_small() -> None:
    """And one of no pixels at all does not fail."""
    wide = np.zeros((300, 3000, 4), np.uint8)
    assert Image.open(io.BytesIO(shown.png(wide))).size == (640, 64)
    assert Image.open(io.BytesIO(shown.png(np.zeros((0, 5, 4), np.uint8)))).size == (1, 1)


def test_a_stack_shows_its_layers_from_top_to_bottom() -> None:
    """Names are text, never markup, and every picture is inside."""
    stack = drawn_stack()
    html = stack._repr_html_()
    assert "<tags>" not in html
    assert "&lt;tags&gt;" in html
    assert html.index("SALE") < html.index("背景")
    pictures = re.findall(r'src="data:image/png;base64,([^"]+)"', html)
    assert len(pictures) == len(stack.layers)
    assert Image.open(io.BytesIO(base64.b64decode(pictures[0]))).format == "PNG"
    assert "http" not in html


def test_a_result_shows_outcomes_and_the_proof(decomposition: Decomposition) -> None:
    """In HTML and, in one line without any pixels, in text."""
    html = decomposition._repr_html_()
    assert "uncertain" in html
    assert "layers add up to the picture: exact" in html
    assert repr(decomposition) == (
        "<Decomposition of 'the red apple': <LayerStack 40 × 30, 8 bits: 'background', 'Rød æble'>, exact, 1 in doubt>"
    )
    assert repr(decomposition.layers[1]) == "<Layer l1 'Rød æble', object, (8, 4, 29, 25), 43% sure>"
    wrong = dataclasses.replace(decomposition, report=dataclasses.replace(decomposition.report, differing_pixels=3))
    assert "not exact, 3 pixels differ" in wrong._repr_html_()


def test_a_stack_can_be_gone_through() -> None:
    """From the background upwards."""
    assert [layer.id for layer in drawn_stack()] == ["background", "l1", "l2", "l3", "l4"]
