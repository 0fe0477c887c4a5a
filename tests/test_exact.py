"""The law: layer over background is the picture, bit for bit, for every picture, alpha and fill."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from delaminate.composite import over
from delaminate.errors import BadArray
from delaminate.exact import solve


def _case(seed: int, bits: int, hardness: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    dtype, full = (np.uint8, 255) if bits == 8 else (np.uint16, 65535)
    shape = tuple(rng.integers(1, 24, 2))
    picture = rng.integers(0, full + 1, (*shape, 3)).astype(dtype)
    under = rng.integers(0, full + 1, (*shape, 3)).astype(dtype)
    if rng.random() < 0.5:  # the usual case: a fill near the picture
        under = np.clip(picture.astype(np.int64) + rng.integers(-9, 10, picture.shape), 0, full).astype(dtype)
    alpha = np.clip(rng.random(shape) * (1 + 2 * hardness) - hardness, 0, 1).astype(np.float32)
    wanted = (rng.random((*shape, 3)) * full * 1.2 - full * 0.1).astype(np.float32)
    return picture, under, alpha, wanted


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([8, 16]), st.floats(0, 4))
def test_any_picture_alpha_and_fill_recompose_exactly(seed: int, bits: int, hardness: float) -> None:
    """Random pictures, fills and alphas at both depths."""
    picture, under, alpha, wanted = _case(seed, bits, hardness)
    solved = solve(picture, under, alpha, wanted)
    full = np.iinfo(picture.dtype).max
    flat = np.dstack([solved.under, np.full(alpha.shape, full, picture.dtype)])
    over(solved.layer, flat)
    assert np.array_equal(flat[..., :3], picture)
    assert (flat[..., 3] == full).all()


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0, 4))
def test_pillow_agrees(seed: int, hardness: float) -> None:
    """What users flatten with gives the same bytes."""
    picture, under, alpha, wanted = _case(seed, 8, hardness)
    solved = solve(picture, under, alpha, wanted)
    flat = Image.alpha_composite(Image.fromarray(solved.under).convert("RGBA"), Image.fromarray(solved.layer))
    assert np.array_equal(np.asarray(flat)[..., :3], picture)


def test_a_colour_that_already_fits_is_kept() -> None:
    """Where the wanted colour reproduces the picture it comes back unchanged."""
    under = np.full((4, 4, 3), 200, np.uint8)
    wanted = np.full((4, 4, 3), 40.0, np.float32)
    alpha = np.full((4, 4), 0.5, np.float32)
    picture = np.full((4, 4, 3), (128 * 40 + 127 * 200 + 127) // 255, np.uint8)
    solved = solve(picture, under, alpha, wanted)
    assert (solved.layer == [40, 40, 40, 128]).all()
    assert (solved.under == 200).all()


def test_inputs_are_not_changed() -> None:
    """The solve works on copies."""
    arrays = _case(1, 8, 0.5)
    before = [a.copy() for a in arrays]
    solve(*arrays)
    assert all(np.array_equal(a, b) for a, b in zip(arrays, before, strict=True))


def test_shapes_that_differ_are_refused() -> None:
    """One sentence, no guess."""
    picture, under, alpha, wanted = _case(2, 8, 0.5)
    with pytest.raises(BadArray, match="one shape"):
        solve(picture, under[:, :, :2], alpha, wanted)
