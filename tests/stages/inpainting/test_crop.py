"""Crops for models: legal sizes for every hole, and nothing but the hole comes back."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from delaminate.errors import StageFailed
from delaminate.pixels import Box
from delaminate.stages.inpainting.crop import Fit, canvas_for, fill_through

HOSTED = Fit(16, 655_360, 1_572_864, 3840, 3.0)


@st.composite
def holes(draw: st.DrawFn) -> tuple[Box, int, int]:
    """A picture size and a box inside it."""
    width, height = draw(st.integers(1, 20_000)), draw(st.integers(1, 20_000))
    left, top = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
    return Box(left, top, draw(st.integers(left + 1, width)), draw(st.integers(top + 1, height))), width, height


@given(holes(), st.sampled_from([HOSTED, Fit(), Fit(8, 1, 4096 * 512, 4096, 16.0)]))
def test_every_hole_gets_a_canvas_the_model_takes(hole: tuple[Box, int, int], fit: Fit) -> None:
    """Multiples, area, longest side and proportions hold, and the crop holds the hole."""
    box, width, height = hole
    canvas = canvas_for(box, width, height, fit)
    assert canvas.width % fit.multiple == canvas.height % fit.multiple == 0
    assert fit.least <= canvas.width * canvas.height <= fit.most
    assert max(canvas.width, canvas.height) <= fit.longest
    assert max(canvas.width, canvas.height) <= fit.ratio * min(canvas.width, canvas.height)
    assert (canvas.box.left, canvas.box.top) <= (box.left, box.top)
    assert (canvas.inner.right, canvas.inner.bottom) <= (canvas.width, canvas.height)


def scene(dtype: type = np.uint8) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """A ramp with a bright square in a hole."""
    ramp = np.linspace(40, 200, 300)[None, :, None].repeat(200, 0).repeat(3, 2)
    hole = np.zeros((200, 300), np.bool_)
    hole[80:120, 100:160] = True
    ramp[hole] = 255
    return np.rint(ramp * (257 if dtype is np.uint16 else 1)).astype(dtype), hole


def test_the_model_never_sees_what_is_in_the_hole() -> None:
    """Two pictures that differ in the hole only look the same to it."""
    seen = []

    def render(picture: NDArray[np.uint8], inside: NDArray[np.bool_]) -> NDArray[np.uint8]:
        seen.append(picture.copy())
        return picture

    rgb, hole = scene()
    other = rgb.copy()
    other[hole] = 7
    for picture in (rgb, other):
        fill_through(picture, hole, Fit(), render, "a model")
    assert np.array_equal(seen[0], seen[1])


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_shift_of_all_colours_is_taken_back(dtype: type) -> None:
    """A model that renders everything 20 levels darker fills as well as one that does not."""
    rgb, hole = scene(dtype)
    filled = fill_through(rgb, hole, Fit(), lambda picture, _: picture.astype(np.float32) - 20, "a model")
    expected = np.linspace(40, 200, 300)[100:160]
    depth = 257 if dtype is np.uint16 else 1
    assert np.abs(filled[..., 0] / depth - expected).max() < 3


def test_a_model_that_returns_another_size_is_refused() -> None:
    """With a sentence that names it."""
    rgb, hole = scene()
    with pytest.raises(StageFailed, match="a model returned"):
        fill_through(rgb, hole, Fit(), lambda picture, _: picture[1:], "a model")
