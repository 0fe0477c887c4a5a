"""Halving a picture of which not everything is known."""

import numpy as np

from delaminate.stages.inpainting.content_aware.field import SCALE
from delaminate.stages.inpainting.content_aware.pyramid import ground_level, halved


def test_what_is_unknown_does_not_leak() -> None:
    """Neither the hole's colours nor unusable ones touch the smaller level's known pixels."""
    picture = np.full((301, 203, 3), 80, np.uint8)
    hole = np.zeros((301, 203), np.bool_)
    hole[101:140, 61:90] = True
    usable = np.ones_like(hole)
    usable[:, 150:] = False
    picture[hole | ~usable] = 255
    level = halved(halved(ground_level(picture, hole, usable, 2)))
    assert level.hole.shape == (76, 51)
    assert (level.picture[level.known] == (80 * SCALE, 80 * SCALE, 80 * SCALE, 0)).all()
    assert not (level.known & level.hole).any()


def test_only_wholly_usable_pixels_may_be_copied() -> None:
    """One unusable pixel spoils its whole quad, though the rest of the quad is known."""
    usable = np.ones((8, 8), np.bool_)
    usable[5, 2] = False
    level = halved(ground_level(np.zeros((8, 8, 3), np.uint8), np.zeros((8, 8), np.bool_), usable, 1))
    assert np.argwhere(~level.whole).tolist() == [[2, 1]]
    assert level.known.all()


def test_both_depths_have_one_scale() -> None:
    """The same picture in 8 and in 16 bits gives the same level."""
    picture = np.random.default_rng(0).integers(0, 256, (40, 30, 3), dtype=np.uint8)
    hole = np.zeros((40, 30), np.bool_)
    a = ground_level(picture, hole, ~hole, 0)
    b = ground_level(picture.astype(np.uint16) * 257, hole, ~hole, 0)
    assert np.array_equal(a.picture, b.picture)


def test_the_feature_tells_texture_from_flatness() -> None:
    """The fourth channel is zero on flat areas and grows with contrast."""
    picture = np.full((60, 60, 3), 100, np.uint8)
    picture[:, 30::4] = 160
    level = ground_level(picture, np.zeros((60, 60), np.bool_), np.ones((60, 60), np.bool_), 0)
    assert level.picture[30, 10, 3] == 0
    assert level.picture[30, 50, 3] > 10 * SCALE
