"""A layer given back to what is behind it."""

from __future__ import annotations

import numpy as np

from delaminate.composite import flatten
from delaminate.editing.apply import revise
from delaminate.editing.edits import Remove
from delaminate.stack import LayerStack
from editing.table import BALL, CARD, ON_GROUND, STAMP, WHOLE_CARD, layer_of


def test_what_a_removed_layer_covered_goes_to_the_layer_right_behind_it(table: LayerStack) -> None:
    """The ball becomes part of the card, the stamp part of the ground."""
    card = layer_of(revise(table, Remove("ball")), "l1")
    assert (card.pixels[10:26, 10:26, :3] == BALL).all()
    bare = revise(table, Remove("stamp"))
    assert (bare.background.pixels[ON_GROUND.slices][..., :3] == STAMP).all()
    assert bare.layers[1:] == table.layers[1:3]


def test_the_lowest_layer_goes_to_the_ground_and_what_lay_on_it_stays(table: LayerStack) -> None:
    """The card is painted on the ground around the ball; the ball is the very same layer."""
    done = revise(table, Remove("card"))
    assert [layer.id for layer in done.layers] == ["background", "l2", "l3"]
    assert layer_of(done, "l2") is layer_of(table, "l2")
    assert (done.background.pixels[WHOLE_CARD.top, WHOLE_CARD.left, :3] == CARD).all()
    assert np.array_equal(flatten(done), flatten(table))
