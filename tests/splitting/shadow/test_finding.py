"""Shadows: found where one was cast, given back as light, and not seen where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from delaminate.pixels import Box, Mask, Rgb, box_of
from delaminate.splitting.shadow import Shadow, finding, lit, reach, shadow_of
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


def bricks() -> Rgb:
    """A wall of light and dark bricks with light joints: everywhere edges as strong as a shadow's."""
    rng = np.random.default_rng(5)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    row = rows // 28
    shifted = columns + 33 * (row % 2)
    tone = rng.uniform(-45, 25, (HEIGHT // 28 + 1, WIDTH // 66 + 2))[row, shifted // 66]
    joint = (rows % 28 < 4) | (shifted % 66 < 4)
    wall = np.where(joint[..., None], np.array((214, 206, 196.0)), np.array((170, 112, 92.0)) + tone[..., None])
    return np.clip(np.rint(wall), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("depth", [0.0, 0.6])
def test_on_bricks_a_shadow_is_found_and_none_where_there_is_none(depth: float) -> None:
    """The ground's own edges and tones neither hide a shadow nor look like one."""
    _, mask, _, dark = ball_on("flat", depth)
    bright = bricks()
    picture = np.rint(bright * (1 - dark[..., None])).astype(np.uint8)
    picture[mask] = (200, 40, 50)
    shadow = look(picture, mask)
    assert (shadow is not None) == (depth > 0)
    if shadow is None:
        return
    given_back = lit(picture, shadow.over(Box(0, 0, WIDTH, HEIGHT)))
    where = (dark > 0.05) & ~mask
    before = np.abs(picture.astype(int) - bright)[where].mean()
    assert np.abs(given_back.astype(int) - bright)[where].mean() < before / 2


def test_the_light_goes_on_under_the_thing_and_is_whole_far_from_it() -> None:
    """What lies under the ball's lower rim is in its shadow too; the picture's corners are not."""
    picture, mask, _, dark = ball_on("graded", 0.6)
    shadow = look(picture, mask)
    assert shadow is not None
    light = shadow.over(Box(0, 0, WIDTH, HEIGHT)).mean(axis=2)
    assert float(light[mask & (dark > 0.3)].mean()) < 0.75
    assert float(light[dark < 0.001].mean()) > 0.99


def test_where_a_thing_fills_its_surroundings_no_shadow_is_taken() -> None:
    """Without ground there is nothing that a shadow could lie on."""
    picture, mask, _, _ = ball_on("flat", 0.6)
    whole = np.ones_like(mask)
    box = Box(0, 0, WIDTH, HEIGHT)
    assert shadow_of(picture, whole, np.zeros_like(mask), box) is None
    assert shadow_of(picture, mask, ~mask, box) is None


def test_without_what_runs_networks_plain_ground_still_has_its_shadows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A base install without onnxruntime goes by the gradients."""
    monkeypatch.setattr(finding, "_network", lambda: None)
    picture, mask, _, _ = ball_on("flat", 0.6)
    assert look(picture, mask) is not None
    bare, mask, _, _ = ball_on("flat", 0.0)
    assert look(bare, mask) is None


@pytest.mark.parametrize(("disc", "pot"), [(85, 60), (85, 78), (95, 70), (95, 78)])
@pytest.mark.parametrize("tone", [(92, 128, 92), (110, 120, 100)])
def test_a_disc_that_a_thing_stands_before_is_no_shadow(disc: int, pot: int, tone: tuple[int, int, int]) -> None:
    """A poster's pot before a dark green disc: the disc ends in a hard edge all round, and went with the pot."""
    rows, columns = np.mgrid[0:320, 0:320].astype(np.float32)
    picture = np.empty((320, 320, 3), np.uint8)
    picture[:] = np.linspace((228, 240, 218), (190, 210, 165), 320)[:, None]
    picture[np.hypot(rows - 160, columns - 160) < disc] = tone
    thing = np.hypot((rows - 168) / 0.8, columns - 160) < pot
    picture[thing] = (228, 60, 90)
    assert shadow_of(picture, thing, np.zeros_like(thing), Box(0, 0, 320, 320)) is None
