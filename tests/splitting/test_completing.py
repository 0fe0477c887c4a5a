"""Shadows and layers: with their owner, on their own, or left, and exact each time."""

from __future__ import annotations

import numpy as np
import pytest

from delaminate.composite import recomposition
from delaminate.contracts import Decomposition, Found, Instruction, Shadows
from delaminate.picture import open_picture
from delaminate.pixels import Alpha, Box, Colour, Mask, Rgb, box_of
from delaminate.splitting.completing import completed_cuts
from delaminate.splitting.search import Cut
from delaminate.splitting.split import split
from delaminate.stack import Role
from drawings import disc
from known import stages_for
from shaded import HEIGHT, WIDTH, ball_on, ground, pool


def result_of(picture: Rgb, shadows: Shadows, most: int, *masks: Mask) -> Decomposition:
    """The split of known things, proved exact."""
    opened = open_picture(picture)
    result = split(opened, Instruction("it", most, shadows=shadows), stages_for(*masks))
    assert recomposition(result.stack, opened.pixels).differing_pixels == 0
    return result


@pytest.mark.parametrize("kind", ["flat", "graded", "table", "grain"])
def test_a_shadow_goes_with_its_owner_and_the_ground_is_lit(kind: str) -> None:
    """The default: one layer, see-through where the shadow was, over a lit ground."""
    picture, mask, bright, dark = ball_on(kind, 0.6)
    stack = result_of(picture, Shadows.WITH, 6, mask).stack
    assert len(stack.layers) == 2
    where = (dark > 0.05) | mask
    ground = np.abs(stack.background.pixels[..., :3].astype(int) - bright)[where].mean()
    assert ground < 4 + (9 if kind == "grain" else 0)
    faint = stack.layers[1].pixels[..., 3]
    assert ((faint > 20) & (faint < 200)).sum() > 500, "the shadow is see-through"


def test_a_shadow_of_its_own_is_a_layer_below_its_owner_and_is_told() -> None:
    """On request the shadow is a layer, named and reported."""
    picture, mask, bright, dark = ball_on("flat", 0.6)
    result = result_of(picture, Shadows.OWN, 6, mask)
    names = [(layer.name, layer.role) for layer in result.stack.layers[1:]]
    assert names == [("shadow of thing", Role.SHADOW), ("thing", Role.OBJECT)]
    assert result.report.targets[0].layers == ("l1", "l2")
    assert (result.stack.layers[2].pixels[..., 3] > 250).mean() > 0.6, "the ball alone, not its shadow"
    ground = np.abs(result.stack.background.pixels[..., :3].astype(int) - bright)[dark > 0.05].mean()
    assert ground < 4


def test_a_shadow_of_its_own_counts_against_the_most_layers() -> None:
    """The cap is kept; the shadow then goes with its owner."""
    picture, mask, _, _ = ball_on("flat", 0.6)
    stack = result_of(picture, Shadows.OWN, 1, mask).stack
    assert [layer.role for layer in stack.layers[1:]] == [Role.OBJECT]


def test_a_shadow_that_is_left_stays_in_the_background() -> None:
    """On request the shadow is not touched."""
    picture, mask, _, dark = ball_on("flat", 0.6)
    background = result_of(picture, Shadows.LEAVE, 6, mask).stack.background.pixels[..., :3]
    far = (dark > 0.3) & ~disc(picture.shape[1], picture.shape[0], 180, 150, 54)
    assert np.array_equal(background[far], picture[far])


def test_a_stem_left_over_comes_off_with_its_thing() -> None:
    """The background behind a left-over stem is the ground."""
    picture, mask, _, _ = ball_on("graded", 0.0)
    stem = np.zeros_like(mask)
    stem[80:106, 176:186] = True
    picture[stem & ~mask] = (70, 50, 30)
    stack = result_of(picture, Shadows.WITH, 6, mask).stack
    left = np.abs(stack.background.pixels[80:100, 176:186, :3].astype(int) - picture[80:100, 160:170]).mean()
    assert left < 4


def found(mask: Mask) -> Found:
    """A thing of a mask."""
    box = box_of(mask)
    assert box is not None
    return Found(box, mask[box.slices].copy(), "thing")


def shaded(bright: Rgb, dark: Alpha) -> Rgb:
    """A ground with shadows on it."""
    return np.asarray(np.rint(bright * (1 - dark[..., None]) + 12 * dark[..., None]), np.uint8)


def lit_by(picture: Rgb, asked: list[Mask]) -> Colour:
    """The picture with the light of all shadows given back that are found of what is asked for."""
    cuts = [Cut(f"l{number}", number, found(mask)) for number, mask in enumerate(asked)]
    light = np.ones(picture.shape, np.float32)
    for cut in completed_cuts(picture, cuts, Shadows.WITH, 0):
        if cut.shadow is not None:
            light *= cut.shadow.over(Box(0, 0, WIDTH, HEIGHT))
    return np.asarray(picture / light, np.float32)


@pytest.mark.parametrize("kind", ["flat", "graded"])
def test_where_two_shadows_overlap_the_light_is_given_back_once(kind: str) -> None:
    """Two balls side by side: between them the ground is lit as all around, and no brighter."""
    bright, one, other = ground(kind), disc(WIDTH, HEIGHT, 140, 150, 40), disc(WIDTH, HEIGHT, 225, 150, 40)
    dark = 1 - (1 - pool(146, 188, 54, 14, 0.6)) * (1 - pool(231, 188, 54, 14, 0.6))
    picture = shaded(bright, dark)
    picture[one], picture[other] = (200, 40, 50), (60, 90, 190)
    off = np.abs(lit_by(picture, [one, other]) - bright)[(dark > 0.05) & ~one & ~other]
    assert off.mean() < 3
    assert np.percentile(off, 99) < 15
