"""The law: layer over background is the picture, bit for bit, for every picture, alpha and fill."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from delaminate.composite import over
from delaminate.errors import BadArray
from delaminate.exact import MOVE, beneath, least_alpha, solve


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

    with pytest.raises(BadArray, match="one dtype"):
        solve(picture, under.astype(np.uint16), alpha, wanted)
    with pytest.raises(BadArray, match="one shape"):
        solve(picture, under, alpha, wanted[:, :, :2])


# What is best among all that is exact is looked up, not reasoned: every colour and every background is tried.

_EVERY = np.arange(256)


@cache
def _flat(alpha: int) -> np.ndarray:
    """What 8-bit flattening makes of every colour (rows) over every background (columns)."""
    return ((alpha * _EVERY[:, None] + (255 - alpha) * _EVERY[None] + 127) // 255).astype(np.uint8)


def _nearest(allowed: np.ndarray, wanted: int) -> int:
    """Of the allowed values the nearest to a wanted one."""
    values = np.flatnonzero(allowed)
    return int(values[np.abs(values - wanted).argmin()])


def _best(c: np.ndarray, b: np.ndarray, a: int, wanted: np.ndarray, move: int) -> tuple[list[int], list[int], int]:
    """Colour, background and alpha by the rules of `solve`: keep all, else move the ground, else raise alpha."""
    over_b = [_flat(a)[:, b[k]] == c[k] for k in range(3)]
    if all(w.any() for w in over_b):
        return [_nearest(w, wanted[k]) for k, w in enumerate(over_b)], list(b), a
    works = _flat(a) == c[:, None, None]  # channel × colour × background
    grounds = [w.any(axis=0) for w in works]
    nearest = [_nearest(g, b[k]) if g.any() else 10**6 for k, g in enumerate(grounds)]
    if a < 255 and all(abs(nearest[k] - b[k]) <= move for k in range(3)):
        return [_nearest(works[k][:, nearest[k]], wanted[k]) for k in range(3)], nearest, a
    for higher in range(a, 256):
        over_b = [_flat(higher)[:, b[k]] == c[k] for k in range(3)]
        if all(w.any() for w in over_b):
            return [_nearest(w, wanted[k]) for k, w in enumerate(over_b)], list(b), higher
    raise AssertionError("an opaque layer always works")


@pytest.mark.parametrize("move", [0, 2, MOVE])
def test_nothing_that_is_exact_lies_nearer_to_what_was_wanted(move: int) -> None:
    """Colour, background and alpha are those that trying all 65,536 pairs finds."""
    rng = np.random.default_rng(move)
    a = rng.integers(1, 256, (10, 40))
    b = rng.integers(0, 256, (10, 40, 3))
    spread = rng.choice((6, 60, 255), (10, 40, 1))
    c = np.clip(b + rng.integers(-spread, spread + 1, b.shape), 0, 255)
    wanted = rng.integers(0, 256, b.shape)
    alpha, wish = (a / 255).astype(np.float32), wanted.astype(np.float32)
    solved = solve(c.astype(np.uint8), b.astype(np.uint8), alpha, wish, move)
    for at in np.ndindex(a.shape):
        colour, ground, raised = _best(c[at], b[at], int(a[at]), wanted[at], move)
        assert solved.layer[at].tolist() == [*colour, raised], (c[at], b[at], a[at], wanted[at])
        assert solved.under[at].tolist() == ground, (c[at], b[at], a[at], wanted[at])


@pytest.mark.parametrize(("dtype", "full"), [(np.uint8, 255), (np.uint16, 65535)])
def test_unless_told_the_ground_moves_six_levels_and_no_farther(dtype: type, full: int) -> None:
    """Behind a half-covering white layer: six levels too bright move it, the next that can be told raise alpha."""
    unit = full // 255
    a = round(128 / 255 * full)
    for levels, moved in ((6, True), (8 if full == 255 else 7, False)):
        given = (a * full + (full - a) * (100 + levels) * unit + full // 2) // full
        picture: np.ndarray = np.full((1, 1, 3), given, dtype)
        under: np.ndarray = np.full((1, 1, 3), 100 * unit, dtype)
        solved = solve(picture, under, np.full((1, 1), a / full, np.float32), np.full((1, 1, 3), float(full), "f4"))
        assert bool((solved.under != under).any()) is moved
        assert bool(solved.layer[0, 0, 3] > a) is not moved


def test_a_wish_out_of_range_or_unknown_is_no_failure() -> None:
    """Colours beyond the levels, infinite ones and nothing at all (NaN) end as the nearest that is exact."""
    wanted = np.array([[[np.nan, np.inf, -np.inf]]], np.float32)
    picture = np.full((1, 1, 3), 90, np.uint8)
    solved = solve(picture, picture, np.array([[0.5]], np.float32), wanted)
    reached = np.flatnonzero(_flat(128)[:, 90] == 90)
    assert solved.layer[0, 0].tolist() == [reached[0], reached[-1], reached[0], 128]


def test_black_and_white_are_reached() -> None:
    """Where nearly every colour would do, the ends of the range are no exception."""
    picture = np.full((1, 2, 3), 90, np.uint8)
    wanted = np.array([[[0.0] * 3, [255.0] * 3]], np.float32)
    solved = solve(picture, picture, np.full((1, 2), 1 / 255, np.float32), wanted)
    assert solved.layer[0, :, 0].tolist() == [0, np.flatnonzero(_flat(1)[:, 90] == 90)[-1]]


def test_the_least_alpha_is_that_of_trying_all() -> None:
    """For every pair of a picture's and a ground's level: 65,536 pairs, 256 alphas, 256 colours."""
    least = np.full((256, 256), 255)
    for a in range(254, -1, -1):
        reached = np.zeros((256, 256), np.bool_)  # picture × ground
        reached[_flat(a), np.broadcast_to(_EVERY, (256, 256))] = True
        least[reached] = a
    picture = np.repeat(_EVERY.astype(np.uint8)[:, None], 256, axis=1)
    grey, ground = np.dstack([picture] * 3), np.dstack([picture.T] * 3)
    assert np.array_equal(np.rint(least_alpha(grey, ground) * 255), least)


def test_a_layer_of_many_stripes_is_solved_as_one_of_few() -> None:
    """Work goes in stripes of half a million pixels; where one ends nothing shows."""
    rng = np.random.default_rng(5)
    tall = (1500, 700)
    picture = rng.integers(0, 256, (*tall, 3)).astype(np.uint8)
    under = np.clip(picture.astype(int) + rng.integers(-9, 10, picture.shape), 0, 255).astype(np.uint8)
    alpha = rng.random(tall).astype(np.float32)
    alpha[800:1520] = 0  # a stripe without a pixel to solve
    wanted = rng.integers(0, 256, picture.shape).astype(np.float32)
    solved = solve(picture, under, alpha, wanted)
    for rows in (slice(0, 90), slice(700, 800), slice(1440, 1500)):
        alone = solve(picture[rows], under[rows], alpha[rows], wanted[rows])
        assert np.array_equal(solved.layer[rows], alone.layer)
        assert np.array_equal(solved.under[rows], alone.under)
    assert np.array_equal(solved.under[800:1500], picture[800:1500]), "where the layer is clear the picture is below it"
    assert not solved.layer[800:1500].any()


def test_the_ground_beneath_a_given_layer_is_the_nearest_that_works() -> None:
    """For every alpha below full: possible exactly where some ground works, and then it does, nearest to the ideal."""
    rng = np.random.default_rng(3)
    n = 600
    layer = np.column_stack([rng.integers(0, 256, (n, 3)), rng.integers(0, 256, n)]).astype(np.uint8)
    ground = rng.integers(0, 256, (n, 3))
    a = layer[:, 3:].astype(int)
    picture = ((a * layer[:, :3] + (255 - a) * ground + 127) // 255).astype(np.uint8)
    picture[::3] = rng.integers(0, 256, (len(picture[::3]), 3))  # most of these no ground gives
    under, possible = beneath(picture, layer)
    for i in range(n):
        works = [_flat(int(a[i, 0]))[layer[i, k]] == picture[i, k] for k in range(3)]
        assert bool(possible[i]) is (all(w.any() for w in works) and int(a[i, 0]) < 255), i
        if possible[i]:
            exact = (255 * picture[i].astype(float) - a[i] * layer[i, :3]) / (255 - a[i])
            for k in range(3):
                assert works[k][under[i, k]]
                assert abs(under[i, k] - exact[k]) <= np.abs(np.flatnonzero(works[k]) - exact[k]).min() + 0.5
