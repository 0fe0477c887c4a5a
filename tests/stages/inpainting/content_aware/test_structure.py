"""Edges go on through a hole: what is behind comes back as the drawing has it, where its edges say so."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from delaminate.pixels import Mask, box_of
from delaminate.stages.inpainting.content_aware.fill import ContentAware
from delaminate.stages.inpainting.content_aware.structure import structured

Picture = NDArray[np.uint8]
SKY, SUN, GROUND = (120, 170, 220), (250, 200, 90), (90, 130, 70)


def sharp(inside: NDArray[np.float64], one: tuple[int, ...], other: tuple[int, ...]) -> Picture:
    """`one` where a signed distance is positive, `other` where not, a pixel of blur between."""
    share = np.clip(inside + 0.5, 0, 1)[..., None]
    return np.asarray(np.rint(share * one + (1 - share) * np.array(other)), np.uint8)


def disc(cy: float, cx: float, radius: float) -> NDArray[np.float64]:
    """Signed distance to a circle in a 160×200 picture."""
    y, x = np.mgrid[:160, :200].astype(np.float64)
    return np.asarray(radius - np.hypot(y - cy, x - cx))


def block(top: int, bottom: int, left: int, right: int) -> Mask:
    """A hole in a 160×200 picture."""
    hole = np.zeros((160, 200), np.bool_)
    hole[top:bottom, left:right] = True
    return hole


def off(picture: Picture, hole: Mask) -> NDArray[np.int64]:
    """How far the filled hole is off, in levels of the worst channel; what the hole hid is painted over first."""
    given = picture.copy()
    given[hole] = 255, 0, 255
    box = box_of(hole)
    assert box is not None
    given[box.slices] = ContentAware()(given, hole, ~hole)
    return np.asarray(np.abs(given.astype(np.int64) - picture).max(axis=2)[hole])


def test_a_sun_behind_a_thing_comes_back_round() -> None:
    """A third of its outline is hidden; the arc is closed to within a pixel, and both colours are exact."""
    error = off(sharp(disc(80, 100, 50), SUN, SKY), block(50, 120, 120, 185))
    assert error.mean() < 0.5
    assert np.count_nonzero(error > 40) <= 3


def oval(cy: float, cx: float, half_axes: tuple[float, float], turn: float = 0.0) -> NDArray[np.float64]:
    """Signed distance to an ellipse in a 160×200 picture, to first order."""
    y, x = np.mgrid[:160, :200].astype(np.float64) - np.array((cy, cx))[:, None, None]
    along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    a, b = half_axes
    radius = np.hypot(along / a, across / b)
    slope = np.hypot(along / a**2, across / b**2) / np.maximum(radius, 1e-6)
    return np.asarray((1 - radius) / np.maximum(slope, 1e-6))


@pytest.mark.parametrize(
    ("half_axes", "turn", "hole"),
    [((80, 45), 0.0, block(10, 80, 40, 100)), ((60, 40), 0.5, block(20, 90, 100, 190))],
)
def test_a_plate_seen_aslant_comes_back_as_the_ellipse_it_is(
    half_axes: tuple[float, float], turn: float, hole: Mask
) -> None:
    """A quarter of its rim is hidden: no circle leads from end to end, but one ellipse does."""
    error = off(sharp(oval(80, 100, half_axes, turn), SUN, SKY), hole)
    assert error.mean() < 0.5
    assert np.count_nonzero(error > 40) <= 3


@pytest.mark.parametrize(("nub", "hole"), [((100, 42, 12), (20, 80, 20, 75)), ((104, 44, 14), (20, 84, 20, 70))])
def test_a_rim_is_told_from_the_nub_that_it_meets_beside_the_hole(
    nub: tuple[float, float, float], hole: tuple[int, int, int, int]
) -> None:
    """Of a lemon's rim seven pixels are seen between hole and nub: they go on, not the turn into the nub."""
    lemon = np.maximum(oval(85, 110, (70, 50)), disc(*nub))
    error = off(sharp(lemon, SUN, SKY), block(*hole))
    assert error.mean() < 0.5
    assert np.count_nonzero(error > 40) <= 3


def test_a_sun_sets_behind_a_hill_although_a_thing_hides_where() -> None:
    """The sun's edge and the hill's run into the hole on one side only: one ends at the other, which goes on."""
    hill = disc(290, 110, 190)
    sunset = sharp(disc(70, 20, 90), SUN, SKY).astype(np.float64)
    share = np.clip(hill + 0.5, 0, 1)[..., None]
    picture = np.rint(share * GROUND + (1 - share) * sunset).astype(np.uint8)
    error = off(picture, block(60, 145, 0, 150))
    assert error.mean() < 0.5
    assert np.count_nonzero(error > 40) < 0.002 * error.size


def test_a_hill_goes_on_to_where_a_sliver_of_it_is_seen_beside_another_thing() -> None:
    """Five pixels of its ridge, between the hole and a ball, say no direction, but where a circle would have missed."""
    hill, ball = oval(160, 40, (220, 90)), disc(70, 28, 20)
    picture = sharp(disc(40, 60, 60), SUN, SKY).astype(np.float64)
    for inside, colour in ((hill, GROUND), (ball, (200, 40, 50))):
        share = np.clip(inside + 0.5, 0, 1)[..., None]
        picture = share * colour + (1 - share) * picture
    error = off(np.rint(picture).astype(np.uint8), block(42, 110, 53, 150))
    assert error.mean() < 1.2
    assert np.count_nonzero(error > 40) < 80  # 210 on the circle


@pytest.mark.parametrize("slope", [0.0, 0.12, -0.3])
def test_a_horizon_goes_on(slope: float) -> None:
    """Level or not, it runs through the hole as one straight line."""
    y, x = np.mgrid[:160, :200].astype(np.float64)
    error = off(sharp(y - 80 - slope * (x - 100), GROUND, SKY), block(40, 120, 60, 140))
    assert error.mean() < 0.5
    assert np.count_nonzero(error > 40) <= 3


def test_a_hidden_corner_is_a_corner() -> None:
    """Two straight edges that run into the hole meet where their lines do."""
    y, x = np.mgrid[:160, :200].astype(np.float64)
    error = off(sharp(np.minimum(y - 70.5, x - 80.5), GROUND, SKY), block(45, 105, 55, 115))
    assert error.mean() < 0.5
    assert np.count_nonzero(error > 40) <= 6


def test_a_gradient_on_both_sides_of_an_edge_goes_on_as_it_is_there() -> None:
    """The sky's gradient and the ground's own are told apart, and neither bleeds into the other."""
    y, x = np.mgrid[:160, :200].astype(np.float64)
    sky = np.stack([80 + 0.6 * y, 120 + 0.4 * y, 230 - 0.2 * x], axis=-1)
    ground = np.stack([160 - 0.3 * x, 140 + 0 * x, 60 + 0.3 * y], axis=-1)
    share = np.clip(y - 84 + 0.5, 0, 1)[..., None]
    error = off(np.rint(share * ground + (1 - share) * sky).astype(np.uint8), block(50, 120, 60, 140))
    assert error.mean() < 1


def test_plain_ground_goes_on_plain_although_soft_shadows_lie_about() -> None:
    """Two shadows that run into the hole are no gradient of its: they fade, and the ground comes back in its colour."""
    y, x = np.mgrid[:160, :200].astype(np.float64)
    picture = np.tile(np.array(GROUND, np.float64), (160, 200, 1))
    for cy, cx, wide in ((42, 60, 50), (70, 20, 36)):
        shade = 0.2 * (np.hypot((x - cx) / wide, (y - cy) / (wide / 4)) < 1)
        picture *= 1 - cv2.GaussianBlur(shade, (0, 0), 7)[..., None]
    picture = np.rint(picture).astype(np.uint8)
    hole = block(44, 120, 40, 150)
    given = picture.copy()
    given[44:120, 40:150] = ContentAware()(given, hole, ~hole)
    error = np.abs(given.astype(np.int64) - picture).max(axis=2)
    assert error[hole].mean() < 1
    assert error[80:120, 60:150].max() <= 1


def test_a_pattern_of_dots_goes_on_as_dots() -> None:
    """Dots that the hole cuts are of a kind seen whole all about: they do not just end there, on plain ground."""
    y, x = np.mgrid[:320, :400].astype(np.float64)
    odd = np.floor(y / 20) % 2
    dots = 5 - np.hypot((y % 20) - 10, ((x + 10 * odd) % 20) - 10)
    picture = sharp(dots, SUN, SKY)
    hole = np.hypot(y - 160, x - 200) < 70
    given = picture.copy()
    given[hole] = 255, 0, 255
    box = box_of(hole)
    assert box is not None
    given[box.slices] = ContentAware()(given, hole, ~hole)
    assert np.abs(given.astype(np.int64) - picture)[hole].mean() < 3  # 17 where they end


def test_a_thing_that_only_touches_the_hole_does_not_grow_into_it() -> None:
    """A leaf at the hole's border ends there; it does not take the hole over."""
    y, x = np.mgrid[:160, :200].astype(np.float64)
    picture = sharp(y - 90.0, GROUND, SKY)
    leaf = np.hypot(y - 60, (x - 52) / 2) < 6
    picture[leaf] = 40, 160, 50
    hole = block(40, 120, 60, 140)
    given = picture.copy()
    given[hole] = 255, 0, 255
    given[40:120, 60:140] = ContentAware()(given, hole, ~hole)
    green = (np.abs(given.astype(int) - (40, 160, 50)).max(axis=2) < 20) & hole
    assert np.count_nonzero(green) < 60  # of 6400; 25 of them truly are the leaf


def test_a_texture_is_left_to_texture() -> None:
    """Where nothing is smooth there is no structure to go by."""
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 255, (160, 200, 3)).astype(np.uint8)
    hole = block(50, 110, 60, 140)
    assert structured(noise, hole, ~hole, rng) is None


def test_it_is_the_same_whoever_asks() -> None:
    """Same input and seed, same bytes, however many threads work."""
    picture, hole = sharp(disc(80, 100, 50), SUN, SKY), block(50, 120, 120, 185)
    one, many = (ContentAware(workers=n)(picture, hole, ~hole, seed=3) for n in (1, 4))
    assert np.array_equal(one, many)


def test_a_large_hole_is_looked_at_small_and_filled_at_full_size() -> None:
    """Beyond half a megapixel edges are found on a smaller picture, and still drawn to within a pixel or two."""
    y, x = np.mgrid[:1000, :1200].astype(np.float64)
    picture = sharp(300 - np.hypot(y - 500, x - 600), SUN, SKY)
    hole = np.zeros((1000, 1200), np.bool_)
    hole[400:700, 700:1000] = True
    given = picture.copy()
    given[hole] = 0
    given[400:700, 700:1000] = ContentAware()(given, hole, ~hole)
    wrong = np.abs(given.astype(int) - picture).max(axis=2) > 40
    assert wrong.sum() < 2 * 450


def test_a_wood_below_the_sky_goes_on_as_wood() -> None:
    """Its ragged upper edge is no line that could be joined; still the sky does not flow down between the trees,
    neither as itself nor as one gradient with the ground's colour."""
    rng = np.random.default_rng(3)
    picture = np.tile(np.array(SKY, np.uint8), (160, 200, 1))
    for x in range(200):
        top = 100 + int(rng.integers(-6, 7))
        picture[top:130, x] = rng.integers(0, 60, (130 - top, 3))
    picture[130:] = GROUND
    hole = block(20, 140, 70, 130)
    off_by = np.zeros(hole.shape)
    off_by[hole] = off(picture, hole)
    assert off_by[110:126, 70:130].mean() < 60  # 150 where it is sky, 25 where it is right but for the noise
