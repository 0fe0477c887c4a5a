"""Alpha-over equals Pillow's, and the residual tells the truth."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from delaminate.composite import flatten, over, recomposition
from delaminate.pixels import Box
from delaminate.stack import Layer, LayerStack, Role


def test_over_is_pillow_for_every_pair_of_alphas() -> None:
    """All 65,536 pairs of alphas with random colours."""
    rng = np.random.default_rng(0)
    a, b = np.meshgrid(np.arange(256, dtype=np.uint8), np.arange(256, dtype=np.uint8))
    top = np.dstack([rng.integers(0, 256, (256, 256, 3), np.uint8), a])
    below = np.dstack([rng.integers(0, 256, (256, 256, 3), np.uint8), b])
    expected = np.asarray(Image.alpha_composite(Image.fromarray(below), Image.fromarray(top)))
    over(top, below)
    assert np.array_equal(below, expected)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_over_is_pillow_for_random_colours(seed: int) -> None:
    """Many colours for few alphas."""
    rng = np.random.default_rng(seed)
    top, below = rng.integers(0, 256, (2, 40, 50, 4), np.uint8)
    below[..., 3] = rng.choice(np.array([0, 255, int(rng.integers(256))]), below.shape[:2])
    expected = np.asarray(Image.alpha_composite(Image.fromarray(below), Image.fromarray(top)))
    over(top, below)
    assert np.array_equal(below, expected)


def test_a_transparent_source_leaves_hidden_colour_alone() -> None:
    """Colour under alpha 0 belongs to the file too."""
    below = np.full((3, 3, 4), 7, np.uint8)
    below[..., 3] = 0
    over(np.zeros((3, 3, 4), np.uint8), below)
    assert (below[..., :3] == 7).all()


def test_sixteen_bit_over_rounds_to_nearest() -> None:
    """Against float64 on opaque backgrounds."""
    rng = np.random.default_rng(3)
    top, below = rng.integers(0, 65536, (2, 64, 64, 4), np.uint16)
    below[..., 3] = 65535
    a = top[..., 3:].astype(np.float64) / 65535
    expected = np.floor(top[..., :3] * a + below[..., :3] * (1 - a) + 0.5)
    over(top, below)
    assert np.abs(below[..., :3] - expected).max() <= 1
    assert (below[..., :3] == expected).mean() > 0.9999


def _stack() -> LayerStack:
    background = np.full((6, 8, 4), 255, np.uint8)
    patch = np.full((2, 3, 4), 100, np.uint8)
    return LayerStack(
        8,
        6,
        (
            Layer("background", "background", Role.BACKGROUND, Box(0, 0, 8, 6), background),
            Layer("l1", "patch", Role.SHAPE, Box(2, 1, 5, 3), patch),
        ),
    )


def test_flatten_places_a_cropped_layer_in_its_box() -> None:
    """Only the box changes."""
    flat = flatten(_stack())
    changed = (flat[..., :3] != 255).any(axis=2)
    assert changed[1:3, 2:5].all()
    assert changed.sum() == 6


def test_the_residual_counts_what_differs() -> None:
    """One pixel off by nine is one differing pixel and a largest error of nine."""
    stack = _stack()
    picture = flatten(stack)[..., :3].copy()
    assert recomposition(stack, picture).exact
    picture[0, 0, 1] -= 9
    proof = recomposition(stack, picture)
    assert (proof.max_error, proof.differing_pixels) == (9, 1)
