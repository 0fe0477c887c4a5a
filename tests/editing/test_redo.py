"""A layer looked for again."""

from __future__ import annotations

import numpy as np
import pytest

from delaminate.composite import flatten
from delaminate.contracts import Found
from delaminate.editing.apply import revise
from delaminate.editing.edits import Recut, Redo
from delaminate.errors import BadInstruction
from delaminate.pixels import Box
from delaminate.stack import LayerStack
from editing.table import ON_GROUND, STAMP, alpha_of, layer_of, plain_stages


def test_what_a_redone_layer_leaves_is_in_the_background_and_what_it_newly_hides_is_filled(table: LayerStack) -> None:
    """Moved two pixels to the left: a strip of stamp comes back, a strip of ground is made up, the rest stays."""
    moved = Box(48, 20, 68, 40)
    done = revise(table, Redo("stamp", "the stamp"), plain_stages(moved, colour=(1, 2, 3)))
    ground = done.background.pixels[..., :3]
    assert (ground[20:40, 68:70] == STAMP).all()
    assert (ground[20:40, 48:50] == (1, 2, 3)).all()
    assert np.array_equal(ground[20:40, 50:68], table.background.pixels[20:40, 50:68, :3])
    assert layer_of(done, "l3").box == moved
    assert done.background.invented is not None
    assert done.background.invented[30, 48]
    assert not done.background.invented[30, 69]


def test_over_a_layer_between_the_redone_layer_keeps_the_pixels_that_only_it_can_hold(table: LayerStack) -> None:
    """The ball on the card is made half as wide: the card is not touched, so the ball stays whole."""
    done = revise(table, Redo("ball", "the ball"), plain_stages(Box(20, 20, 28, 36)))
    assert (layer_of(done, "l1"), done.background) == (layer_of(table, "l1"), table.background)
    assert np.array_equal(alpha_of(done, "l2"), alpha_of(table, "l2"))


def test_what_lies_in_a_layer_above_is_not_taken_into_one_below(table: LayerStack) -> None:
    """The sentence names the layer that has it."""
    with pytest.raises(BadInstruction, match=r"is in 'stamp' \(l3\) already, which lies above 'card'"):
        revise(table, Redo("card", box=ON_GROUND), plain_stages(ON_GROUND))


def test_several_findings_for_one_layer_become_that_layer(table: LayerStack) -> None:
    """Two points mean one thing: both halves of the stamp, and as sure as the less sure of them."""
    upper, lower = Box(50, 20, 70, 28), Box(50, 32, 70, 40)
    done = revise(table, Redo("stamp", points=((60, 24), (60, 36))), plain_stages(upper, lower))
    alpha = alpha_of(done, "l3")
    assert (alpha[upper.slices] == 255).all()
    assert (alpha[lower.slices] == 255).all()
    assert (alpha[28:32, 50:70] == 0).all()
    assert (done.background.pixels[28:32, 50:70, :3] == STAMP).all()


def test_a_drawn_mask_is_cut_along_and_nothing_else_changes(table: LayerStack) -> None:
    """What the brush takes away comes back to the ground; what it adds comes off; the name may change with it."""
    moved = Box(48, 20, 68, 40)
    found = Found(moved, np.ones((moved.height, moved.width), np.bool_), "", drawn=True)
    done = revise(table, Recut("stamp", found, "seal"), plain_stages(ON_GROUND, colour=(1, 2, 3)))
    assert np.array_equal(flatten(done), flatten(table))
    assert (layer_of(done, "l3").name, layer_of(done, "l3").box) == ("seal", moved)
    assert (done.background.pixels[20:40, 68:70, :3] == STAMP).all()
    assert (layer_of(done, "l1"), layer_of(done, "l2")) == (layer_of(table, "l1"), layer_of(table, "l2"))


def test_a_mask_that_holds_nothing_or_leaves_the_picture_is_refused(table: LayerStack) -> None:
    """With what to do."""
    dot = Found(Box(1, 1, 3, 3), np.ones((2, 2), np.bool_), "")
    with pytest.raises(BadInstruction, match="draw more of it"):
        revise(table, Recut("stamp", dot), plain_stages(ON_GROUND))
    out = Found(Box(60, 20, 600, 40), np.ones((20, 540), np.bool_), "")
    with pytest.raises(BadInstruction, match="reaches out"):
        revise(table, Recut("stamp", out), plain_stages(ON_GROUND))
