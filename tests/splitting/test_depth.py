"""Bands of distance, front to back: what covers, stands lower, is larger or sharper is nearer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from delaminate.contracts import Instruction, Tick, no_tick
from delaminate.engines import engine
from delaminate.picture import open_picture
from delaminate.splitting.depth import banded, nearness
from delaminate.splitting.split import split
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


def test_the_floor_is_in_the_last_band_before_the_background() -> None:
    """Sky above, floor below: of three bands the middle one has the floor; of two bands none has."""
    picture = np.full((100, 200, 3), (170, 200, 230), np.uint8)
    picture[55:] = (92, 130, 60)
    (near,), (middle,) = banded(picture, [rectangle(20, 50, 60, 95)], NAMES)
    assert near.box.as_tuple() == (20, 50, 60, 95)
    assert abs(middle.box.top - 55) <= 1
    assert (middle.box.left, middle.box.right, middle.box.bottom) == (0, 200, 100)
    assert not middle.mask[: 95 - middle.box.top, 20:60].any()
    assert len(banded(picture, [rectangle(20, 50, 60, 95)], NAMES[1:])) == 1


def test_a_networks_depths_tell_before_the_cues_and_cut_the_ground() -> None:
    """A thing high up is near where the network says so; every pixel of the ground is in the band of its depth."""
    depth = np.repeat(np.repeat(np.array([9.0, 5.0, 1.0], np.float32), (60, 70, 70))[None], 100, axis=0)
    high, low = rectangle(10, 2, 40, 30), rectangle(150, 60, 190, 98)
    (near,), (middle,) = banded(FLAT, [low, high], NAMES, depth)
    assert near.box.left == 0
    assert near.mask[10, 20]
    assert 55 <= near.box.right <= 65
    assert 55 <= middle.box.left <= 65
    assert middle.box.right <= 135
    assert not middle.mask[:, -1].any() or middle.box.right < 150


def test_bands_of_a_split_with_a_depth_network_add_up_exactly() -> None:
    """The engine's depth stage is asked; three bands, two of them layers, and the picture again bit for bit."""
    picture = np.random.default_rng(5).integers(60, 90, (90, 120, 3), np.uint8)
    picture[50:80, 10:40] = (200, 30, 30)

    def depth(rgb: np.ndarray, tick: Tick = no_tick) -> np.ndarray:
        return np.repeat(np.linspace(0, 9, len(rgb), dtype=np.float32)[:, None], rgb.shape[1], axis=1)

    stages = replace(engine("embedded"), depth=depth)
    done = split(open_picture(picture), Instruction("foreground, midground, background"), stages)
    assert [layer.name for layer in done.stack.layers] == ["background", "midground", "foreground"]
    assert done.report.differing_pixels == 0
