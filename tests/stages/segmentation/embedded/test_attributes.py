"""What words say about looks."""

import numpy as np
import pytest

from delaminate.lab import lab_of
from delaminate.pixels import Box
from delaminate.stages.segmentation.embedded.attributes import (
    at_place,
    colour_name,
    colour_shares,
    has_colour,
    usual_colours,
)


@pytest.mark.parametrize(
    ("rgb", "colour"),
    [
        ((210, 30, 30), "red"),
        ((30, 80, 200), "blue"),
        ((60, 160, 60), "green"),
        ((250, 220, 40), "yellow"),
        ((250, 130, 20), "orange"),
        ((120, 70, 30), "brown"),
        ((250, 250, 250), "white"),
        ((10, 10, 10), "black"),
        ((128, 128, 128), "grey"),
        ((150, 60, 180), "purple"),
        ((250, 120, 180), "pink"),
    ],
)
def test_a_paint_is_called_what_people_call_it(rgb: tuple[int, int, int], colour: str) -> None:
    """An even patch shows its own colour name more than any other."""
    patch = np.full((8, 8, 3), rgb, np.uint8)
    shares = colour_shares(lab_of(patch), np.ones((8, 8), np.bool_))
    assert max(shares, key=lambda name: has_colour(shares, name)) == colour


def test_shares_add_up_to_one() -> None:
    """Every pixel has one name."""
    noise = np.random.default_rng(0).integers(0, 256, (20, 20, 3), np.uint8)
    assert sum(colour_shares(lab_of(noise), np.ones((20, 20), np.bool_)).values()) == pytest.approx(1)


def test_shades_go_by_their_basic_name() -> None:
    """Crimson is red, gray is grey, a horse is no colour."""
    assert [colour_name(word) for word in ("crimson", "gray", "red", "horse")] == ["red", "grey", "red", None]


def test_teal_is_neither_blue_nor_green_but_may_be_called_so() -> None:
    """Who asks for the teal clock means no blue one; who asks for something blue may mean the teal one."""
    teal, blue = (
        colour_shares(lab_of(np.full((8, 8, 3), rgb, np.uint8)), np.ones((8, 8), np.bool_))
        for rgb in ((28, 150, 148), (40, 80, 200))
    )
    assert has_colour(teal, "teal") == 1
    assert has_colour(blue, "teal") == 0
    assert 0 < has_colour(teal, "blue") < has_colour(blue, "blue")


def test_common_things_have_usual_colours() -> None:
    """Known nouns have some, unknown ones none."""
    assert "yellow" in usual_colours("lemon")
    assert usual_colours("zyzzyva") == ()


def test_places_rank_boxes() -> None:
    """The left box is more on the left."""
    left, right = Box(0, 40, 20, 60), Box(80, 40, 100, 60)
    assert at_place(left, 100, 100, ("left",)) > at_place(right, 100, 100, ("left",))
    assert at_place(left, 100, 100, ()) == 1
