"""Which of several things is meant, and how sure that is."""

from __future__ import annotations

import numpy as np

from delaminate.pixels import Box
from delaminate.stages.segmentation.embedded.choice import (
    BOX,
    POINT,
    SURE,
    WORDS,
    Opinion,
    near_box,
    trained_choice,
    votes,
)
from delaminate.stages.segmentation.embedded.sights import square, windows_of
from delaminate.stages.segmentation.embedded.view import view_of


def test_what_was_trained_fits_what_is_measured() -> None:
    """A weight for every column, of words, of points and of boxes."""
    judges = trained_choice()
    assert judges is not None
    for opinion, columns in ((judges.words, WORDS), (judges.point, POINT), (judges.box, BOX)):
        assert opinion.rank.shape == (len(columns),)
        assert opinion.sure.shape == (len(SURE) + 1,)
    assert 0 <= judges.absent < 0.5


def test_a_chance_is_neither_nothing_nor_certain() -> None:
    """However much speaks for a thing, it is a chance."""
    opinion = Opinion(np.ones(3, np.float32), np.full(len(SURE) + 1, 9, np.float32))
    assert 0.9 < opinion.chance(np.full(len(SURE), 9, np.float32)) < 1
    assert 0 < opinion.chance(np.full(len(SURE), -9, np.float32)) < 0.1


def test_a_rival_takes_votes() -> None:
    """Alone a thing has all the votes, beside an equal one half of them, and it is ahead of none."""
    values = np.array([2.0, 2.0, -20.0], np.float32)
    assert votes(values, 0, np.array([False, False, True]))[1] > 0.99
    ahead, share = votes(values, 0, np.array([False, True, True]))
    assert ahead == 0
    assert abs(share - 0.5) < 0.01


def test_nothing_of_a_mask_is_left_outside_a_box() -> None:
    """Cut off at the box, untouched inside."""
    mask = np.ones((20, 30), np.bool_)
    cut = near_box(mask, Box(3, 4, 10, 12))
    assert cut.sum() == 7 * 8
    assert cut[4:12, 3:10].all()


def test_a_region_by_itself_stands_on_grey() -> None:
    """Red in the middle, grey where the blue ground was; in its surroundings the ground is blue."""
    rgb = np.zeros((300, 400, 3), np.uint8)
    rgb[...] = (0, 0, 255)
    rgb[100:200, 150:250] = (255, 0, 0)
    view = view_of(rgb)
    mask = np.zeros(view.shape, np.bool_)
    mask[100:200, 150:250] = True
    alone, there = (square(rgb, view, mask, alone=alone) for alone in (True, False))
    assert tuple(alone[112, 112]) == (255, 0, 0) == tuple(there[112, 112])
    assert tuple(alone[4, 4]) == (127, 127, 127)
    assert tuple(there[4, 4]) == (0, 0, 255)


def test_the_first_window_is_the_whole_picture() -> None:
    """Fourteen windows inside the picture, the whole of it first."""
    boxes = windows_of((300, 400))
    assert boxes[0] == Box(0, 0, 400, 300)
    assert len(boxes) == 14
    assert all(box.within(boxes[0]) for box in boxes)
