"""Shadows: found where one was cast, given back as light, and not seen where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from delaminate.pixels import Box, Mask, Rgb, box_of
from delaminate.splitting.shadow import Shadow, cast, lit, reach, shadow_of
from shaded import HEIGHT, WIDTH, ball_on, pool


def look(picture: Rgb, mask: Mask) -> Shadow | None:
    """The shadow of the ball, if any."""
    inner = box_of(mask)
    assert inner is not None
    box = reach(inner, WIDTH, HEIGHT)
    return shadow_of(picture[box.slices], mask[box.slices], np.zeros_like(mask)[box.slices], box)


@pytest.mark.parametrize("kind", ["flat", "graded", "table", "grain"])
def test_a_soft_shadow_beside_a_thing_is_found_and_its_ground_comes_back_as_if_lit(kind: str) -> None:
    """At least two thirds of the darkness goes, on every kind of ground."""
    picture, mask, bright, dark = ball_on(kind, 0.6)
    inner = box_of(mask)
    assert inner is not None
    box = reach(inner, WIDTH, HEIGHT)
    shadow = shadow_of(picture[box.slices], mask[box.slices], np.zeros_like(mask)[box.slices], box)
    assert shadow is not None
    whole = box_of(np.ones_like(mask))
    assert whole is not None
    given_back = lit(picture, shadow.over(whole))
    where = (dark > 0.05) & ~mask
    before = np.abs(picture.astype(int) - bright)[where].mean()
    after = np.abs(given_back.astype(int) - bright)[where].mean()
    assert before > 30, "the shadow of the test must be worth finding"
    assert after < before / 3


@pytest.mark.parametrize("kind", ["flat", "graded", "table", "grain"])
def test_where_nothing_is_dark_no_shadow_is_taken(kind: str) -> None:
    """A lit ground gives no shadow."""
    picture, mask, _, _ = ball_on(kind, 0.0)
    assert look(picture, mask) is None


def test_a_dark_thing_with_a_sharp_edge_is_no_shadow() -> None:
    """Sharp edges are the ground's own."""
    picture, mask, _, _ = ball_on("flat", 0.0)
    picture[205:225, 150:230] = (90, 80, 64)
    assert look(picture, mask) is None


def test_a_dark_cloud_over_a_thing_is_no_shadow_of_it() -> None:
    """Shadows fall, they do not rise."""
    picture, mask, bright, _ = ball_on("flat", 0.0)
    dark = pool(180, 96, 40, 12, 0.5)[..., None]
    picture = np.where(mask[..., None], picture, np.rint(bright * (1 - dark))).astype(np.uint8)
    assert look(picture, mask) is None


def test_the_shadow_of_a_neighbour_stays_with_it() -> None:
    """A second ball on a shadow of its own, which nobody asked for: neither it nor its shadow is taken along."""
    picture, mask, _, _ = ball_on("flat", 0.5)
    second, there, _, shade = ball_on("flat", 0.5)
    beside, other, dark = np.roll(second, 120, axis=1), np.roll(there, 120, axis=1), np.roll(shade, 120, axis=1)
    beside[..., 0], beside[..., 2] = beside[..., 2].copy(), beside[..., 0].copy()
    theirs = other | (dark > 0.05)
    both = np.where(theirs[..., None] & ~mask[..., None], beside, picture)
    shadow = look(np.ascontiguousarray(both), mask)
    assert shadow is not None
    light = shadow.over(Box(0, 0, WIDTH, HEIGHT)).min(axis=2)
    assert float(light[other].min()) > 0.98
    assert float(light[theirs & ~mask].min()) > 0.95


def test_a_layer_cast_over_a_ground_leaves_it_the_light_it_was_made_from() -> None:
    """Coverage and colour say the same as the light."""
    rng = np.random.default_rng(3)
    light = rng.uniform(0.3, 1, (20, 30, 3)).astype(np.float32)
    below = rng.integers(0, 256, (20, 30, 3)).astype(np.uint8)
    cover, colour = cast(below, light)
    seen = cover[..., None] * colour + (1 - cover[..., None]) * below
    assert np.abs(seen - below * light).max() < 1e-2
