"""Several layers made one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from delaminate.composite import flatten
from delaminate.editing.apply import revise
from delaminate.editing.edits import Merge
from delaminate.stack import LayerStack
from editing.table import WHOLE_CARD, layer_of


def test_a_merged_layer_is_what_both_looked_like(table: LayerStack) -> None:
    """In one piece, under the id of the first named."""
    done = revise(table, Merge(("l2", "card")))
    merged = layer_of(done, "l2")
    assert [layer.id for layer in done.layers] == ["background", "l2", "l3"]
    assert (merged.box, merged.name) == (WHOLE_CARD, "ball and card")
    assert np.array_equal(merged.pixels, flatten(table)[WHOLE_CARD.slices])


def test_a_merged_layer_takes_the_name_given_and_the_least_confidence(table: LayerStack) -> None:
    """What is known of the parts is said of the whole: it is as sure as the least sure, and reads what both read."""
    layers = list(table.layers)
    layers[1], layers[3] = replace(layers[1], confidence=0.4, text="SALE"), replace(layers[3], text="50 %")
    merged = layer_of(revise(replace(table, layers=tuple(layers)), Merge(("l1", "l3"), " offer ")), "l1")
    assert (merged.name, merged.confidence, merged.text) == ("offer", 0.4, "SALE 50 %")


def test_a_layer_between_two_that_are_merged_stays_and_hides_nothing_more(table: LayerStack) -> None:
    """Card and stamp become one, above the ball that lay on the card: it shows the ball where the ball was seen."""
    done = revise(table, Merge(("l1", "l3")))
    assert [layer.id for layer in done.layers] == ["background", "l2", "l1"]
    assert layer_of(done, "l2") is layer_of(table, "l2")
    assert np.array_equal(flatten(done), flatten(table))
