"""Bands of distance, front to back: what covers, stands lower, is larger or sharper is nearer."""

from __future__ import annotations

import numpy as np

from delaminate.splitting.depth import banded, nearness
from findings import line, rectangle

FLAT = np.full((100, 200, 3), 128, np.uint8)
NAMES = ("near", "middle", "far")


def test_the_lower_foot_is_nearer() -> None:
    """Things of one size on one ground."""
    near = nearness(FLAT, [rectangle(0, 60, 30, 95), rectangle(50, 20, 80, 55), rectangle(100, 0, 130, 35)])
    assert near[0] > near[1] > near[2]


def test_what_covers_is_nearer_than_what_it_covers() -> None:
    """Even where the foot says otherwise."""
    behind, before = rectangle(0, 10, 60, 99, front=1.0), rectangle(10, 0, 40, 50, front=2.0)
    near = nearness(FLAT, [behind, before])
    assert near[1] > near[0]


def test_the_sharper_of_two_is_nearer() -> None:
    """A blurred twin lies out of focus."""
    picture = FLAT.copy()
    picture[40:90, 10:60] = np.random.default_rng(1).integers(0, 255, (50, 50, 3), np.uint8)
    near = nearness(picture, [rectangle(10, 40, 60, 90), rectangle(110, 40, 160, 90)])
    assert near[0] > near[1]


def test_what_is_written_over_the_picture_is_nearest() -> None:
    """A title at the top is no mountain."""
    near = nearness(FLAT, [line(10, 2, 90, 12, "SALE"), rectangle(0, 30, 90, 99)])
    assert near[0] == 1.0 > near[1]


def test_each_band_is_one_layer_and_the_last_is_the_background() -> None:
    """Two of three bands are cut; they hold all things, the nearer band in front."""
    things = [
        rectangle(0, 60, 40, 98),
        rectangle(60, 55, 100, 97),
        rectangle(110, 5, 130, 30),
        rectangle(150, 2, 170, 28),
    ]
    (near,), (middle,) = banded(FLAT, things, NAMES)
    assert (near.name, middle.name) == ("near", "middle")
    assert near.box.as_tuple() == (0, 55, 100, 98)
    assert middle.box.as_tuple() == (110, 2, 170, 30)
    assert near.front > middle.front
    assert int(near.mask.sum()) + int(middle.mask.sum()) == sum(int(one.mask.sum()) for one in things)


def test_a_band_for_which_nothing_is_left_is_empty() -> None:
    """One thing is the foreground; nothing lies between it and the background."""
    (near,), middle = banded(FLAT, [rectangle(0, 60, 40, 98)], NAMES)
    assert near.name == "near"
    assert middle == ()
    assert banded(FLAT, [], NAMES) == ((), ())
