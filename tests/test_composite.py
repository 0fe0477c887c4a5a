"""Alpha-over equals Pillow's, and the residual tells the truth."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from delaminate.compiled import Core
from delaminate.composite import flatten, over, recomposition, shown
from delaminate.errors import BadArray
from delaminate.pixels import Box
from delaminate.stack import Blend, Layer, LayerStack, Look, Role

CORES: list[Core] = ["compiled", "numpy"]


@pytest.mark.parametrize("core", CORES)
def test_over_is_pillow_for_every_pair_of_alphas(core: Core) -> None:
    """All 65,536 pairs of alphas with random colours."""
    rng = np.random.default_rng(0)
    a, b = np.meshgrid(np.arange(256, dtype=np.uint8), np.arange(256, dtype=np.uint8))
    top = np.dstack([rng.integers(0, 256, (256, 256, 3), np.uint8), a])
    below = np.dstack([rng.integers(0, 256, (256, 256, 3), np.uint8), b])
    expected = np.asarray(Image.alpha_composite(Image.fromarray(below), Image.fromarray(top)))
    over(top, below, core)
    assert np.array_equal(below, expected)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(CORES))
def test_over_is_pillow_for_random_colours(seed: int, core: Core) -> None:
    """Many colours for few alphas of the canvas; in half the cases long runs of one alpha in the layer."""
    rng = np.random.default_rng(seed)
    top, below = rng.integers(0, 256, (2, 40, 50, 4), np.uint8)
    below[..., 3] = rng.choice(np.array([0, 255, int(rng.integers(256))]), below.shape[:2])
    if seed % 2:
        top[..., 3] = np.repeat(rng.choice(np.array([0, 255, 90]), (40, 5)), 10, axis=1)
        below[..., 3] = 255
    expected = np.asarray(Image.alpha_composite(Image.fromarray(below), Image.fromarray(top)))
    over(top, below, core)
    assert np.array_equal(below, expected)


@pytest.mark.parametrize("core", CORES)
def test_a_transparent_source_leaves_hidden_colour_alone(core: Core) -> None:
    """Colour under alpha 0 belongs to the file too."""
    below = np.full((3, 3, 4), 7, np.uint8)
    below[..., 3] = 0
    over(np.zeros((3, 3, 4), np.uint8), below, core)
    assert (below[..., :3] == 7).all()


@pytest.mark.parametrize("core", CORES)
def test_sixteen_bit_over_rounds_to_nearest(core: Core) -> None:
    """Against float64 on opaque backgrounds."""
    rng = np.random.default_rng(3)
    top, below = rng.integers(0, 65536, (2, 64, 64, 4), np.uint16)
    below[..., 3] = 65535
    a = top[..., 3:].astype(np.float64) / 65535
    expected = np.floor(top[..., :3] * a + below[..., :3] * (1 - a) + 0.5)
    over(top, below, core)
    assert np.abs(below[..., :3] - expected).max() <= 1
    assert (below[..., :3] == expected).mean() > 0.9999


def test_both_cores_blend_sixteen_bits_alike() -> None:
    """Every mix of transparent, opaque and in-between, on both sides."""
    rng = np.random.default_rng(4)
    top, below = rng.integers(0, 65536, (2, 300, 300, 4), np.uint16)
    for part in (top, below):
        part[..., 3] = np.where(rng.random((300, 300)) < 0.5, part[..., 3], rng.choice([0, 65535], (300, 300)))
    other = below.copy()
    over(top, below, "compiled")
    over(top, other, "numpy")
    assert np.array_equal(below, other)


def test_a_view_that_skips_pixels_is_blended_in_place() -> None:
    """Mirrored and thinned canvases give what a plain copy gives."""
    rng = np.random.default_rng(5)
    canvas = rng.integers(0, 256, (20, 30, 4), np.uint8)
    top = rng.integers(0, 256, (20, 15, 4), np.uint8)
    expected = canvas[:, ::-2].copy()
    over(top, expected)
    over(top, canvas[:, ::-2])
    assert np.array_equal(canvas[:, ::-2], expected)


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


@pytest.mark.parametrize("core", CORES)
def test_flatten_places_a_cropped_layer_in_its_box(core: Core) -> None:
    """Only the box changes."""
    flat = flatten(_stack(), core)
    changed = (flat[..., :3] != 255).any(axis=2)
    assert changed[1:3, 2:5].all()
    assert changed.sum() == 6


@pytest.mark.parametrize("core", CORES)
def test_a_picture_of_several_bands_is_flattened_as_pillow_does(core: Core) -> None:
    """Large enough to be cut into bands, with layers that begin and end inside them."""
    rng = np.random.default_rng(6)
    width, height = 900, 700
    layers = [Layer("background", "b", Role.BACKGROUND, Box(0, 0, width, height), _noise(rng, width, height))]
    layers[0].pixels[..., 3] = 255
    expected = Image.fromarray(layers[0].pixels)
    for k, box in enumerate([Box(10, 100, 880, 650), Box(0, 0, 50, 700), Box(300, 290, 700, 292)]):
        layers.append(Layer(f"l{k}", "x", Role.OBJECT, box, _noise(rng, box.width, box.height)))
        expected.alpha_composite(Image.fromarray(layers[-1].pixels), (box.left, box.top))
    assert np.array_equal(flatten(LayerStack(width, height, tuple(layers)), core), np.asarray(expected))


def _noise(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    pixels = rng.integers(0, 256, (height, width, 4), np.uint8)
    pixels[..., 3] = np.clip(pixels[..., 3].astype(np.int16) * 2 - 128, 0, 255)
    return pixels


def test_the_residual_counts_what_differs() -> None:
    """One pixel off by nine is one differing pixel and a largest error of nine."""
    stack = _stack()
    picture = flatten(stack)[..., :3].copy()
    assert recomposition(stack, picture).exact
    picture[0, 0, 1] -= 9
    proof = recomposition(stack, picture)
    assert (proof.max_error, proof.differing_pixels) == (9, 1)


def _as_told(top: np.ndarray, look: Look, below: np.ndarray) -> np.ndarray:
    """W3C Compositing and Blending Level 1 in double precision; what is not seen stays as it is."""
    full = float(np.iinfo(top.dtype).max)
    s, d = top.astype(np.float64) / full, below.astype(np.float64) / full
    a, b = s[..., 3:] * look.opacity, d[..., 3:]
    mixed = {
        Blend.NORMAL: s[..., :3],
        Blend.MULTIPLY: s[..., :3] * d[..., :3],
        Blend.SCREEN: 1 - (1 - s[..., :3]) * (1 - d[..., :3]),
    }[look.blend]
    alpha = 1 - (1 - a) * (1 - b)
    straight = (a * ((1 - b) * s[..., :3] + b * mixed) + (1 - a) * b * d[..., :3]) / np.where(alpha > 0, alpha, 1)
    done = np.rint(np.concatenate([straight, alpha], axis=2) * full)
    done[done[..., 3] == 0] = 0  # what rounds to nothing has no colour
    return np.where(a > 0, done, below)


LOOKS = [Look(opacity=0.4), Look(blend=Blend.MULTIPLY), Look(blend=Blend.SCREEN), Look(opacity=0.7, blend=Blend.SCREEN)]


@pytest.mark.parametrize("look", LOOKS, ids=str)
@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_a_layer_is_shown_as_its_look_says(look: Look, depth: type[np.unsignedinteger]) -> None:
    """Against double precision, in a picture of several stripes, transparent pixels of both among them."""
    rng = np.random.default_rng(7)
    top, below = rng.integers(0, np.iinfo(depth).max, (2, 700, 400, 4), depth, endpoint=True)
    for part in (top, below):
        part[..., 3][rng.random((700, 400)) < 0.2] = 0
        part[..., 3][rng.random((700, 400)) < 0.2] = np.iinfo(depth).max
    expected = _as_told(top, look, below)
    shown(top, look, below)
    assert np.abs(below.astype(np.float64) - expected).max() <= 1
    assert (below == expected).mean() > 0.99


def test_what_is_hidden_or_too_faint_to_show_changes_nothing() -> None:
    """Not even the colour under a transparent pixel."""
    below = np.full((2, 2, 4), 9, np.uint8)
    below[0, 0, 3] = 0
    before = below.copy()
    shown(np.full((2, 2, 4), 200, np.uint8), Look(visible=False), below)
    assert np.array_equal(below, before)
    faint = np.zeros((2, 2, 4), np.uint8)
    faint[..., 3] = 1
    shown(faint, Look(opacity=0.1), below)  # rounds to nothing on what is transparent
    assert (below[0, 0] == 0).all()


def test_a_background_has_a_look_too() -> None:
    """Half of it, on nothing."""
    stack = _stack()
    half = dataclasses.replace(stack.layers[0], look=Look(opacity=0.5))
    flat = flatten(dataclasses.replace(stack, layers=(half, *stack.layers[1:]), opaque=False))
    assert (flat[0, 0] == (255, 255, 255, 128)).all()
    gone = dataclasses.replace(half, look=Look(visible=False))
    assert (flatten(dataclasses.replace(stack, layers=(gone,), opaque=False)) == 0).all()


@pytest.mark.parametrize(
    ("source", "under"),
    [
        (np.zeros((2, 2, 4), np.uint8), np.zeros((2, 3, 4), np.uint8)),
        (np.zeros((2, 2, 4), np.uint8), np.zeros((2, 2, 4), np.uint16)),
        (np.zeros((2, 2, 3), np.uint8), np.zeros((2, 2, 3), np.uint8)),
    ],
)
def test_what_does_not_fit_is_refused(source: np.ndarray, under: np.ndarray) -> None:
    """By shape, by depth, and without alpha."""
    with pytest.raises(BadArray, match="cannot blend"):
        over(source, under)


def test_a_picture_that_does_not_fit_is_not_compared() -> None:
    """Of another size, or of another depth."""
    flat = flatten(_stack())
    for other in (flat[:3], flat.astype(np.uint16)):
        with pytest.raises(BadArray, match="cannot compare"):
            recomposition(_stack(), other)


def test_the_residual_looks_at_alpha_and_at_every_row() -> None:
    """Rows beyond the first stripe, alpha with and without alpha in the picture."""
    pixels = np.full((150, 5, 4), 80, np.uint8)
    pixels[..., 3] = 255
    pixels[140, 2, 3] = 250
    stack = LayerStack(5, 150, (Layer("background", "b", Role.BACKGROUND, Box(0, 0, 5, 150), pixels),), opaque=False)
    assert recomposition(stack, pixels).exact
    without = recomposition(stack, pixels[..., :3])
    assert (without.max_error, without.differing_pixels, without.exact) == (5, 1, False)
    other = pixels.copy()
    other[64, 0, 3] = 253
    other[140, 2, 0] = 83
    proof = recomposition(stack, other)
    assert (proof.max_error, proof.differing_pixels) == (3, 2)


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_a_single_pixel_is_laid_too(core: Core, depth: type[np.unsignedinteger]) -> None:
    """In a layer that is transparent elsewhere."""
    full = np.iinfo(depth).max
    top, below = np.zeros((2, 3, 4), depth), np.full((2, 3, 4), full, depth)
    top[1, 2] = (0, 0, 0, full)
    over(top, below, core)
    assert (below[1, 2] == (0, 0, 0, full)).all()
    assert (below == full).sum() == 5 * 4 + 1


def test_both_cores_blend_every_row_of_a_tall_picture() -> None:
    """Several stripes, more rows than columns."""
    rng = np.random.default_rng(8)
    top, below = rng.integers(0, 256, (2, 700, 400, 4), np.uint8)
    other = below.copy()
    over(top, below, "compiled")
    over(top, other, "numpy")
    assert np.array_equal(below, other)
