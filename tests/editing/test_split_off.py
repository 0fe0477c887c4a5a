"""Parts cut off a layer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from delaminate.contracts import Found
from delaminate.editing.apply import revise
from delaminate.editing.edits import Merge, SplitOff
from delaminate.editing.split_off import is_part
from delaminate.pixels import Box
from delaminate.stack import LayerStack
from editing.table import CARD, ON_CARD, ON_GROUND, WHOLE_CARD, alpha_of, layer_of, window_stages


def test_a_part_inside_a_layer_leaves_it_whole(table: LayerStack) -> None:
    """Ball and card as one layer, split again: the card is completed behind the ball."""
    one = revise(table, Merge(("card", "ball"), "sheet"))
    done = revise(one, SplitOff("sheet", "the ball"), window_stages(one, ON_CARD, CARD))
    assert [(layer.id, layer.name) for layer in done.layers[1:]] == [("l1", "sheet"), ("l4", "thing"), ("l3", "stamp")]
    assert (alpha_of(done, "l1")[WHOLE_CARD.slices] == 255).all()
    assert (layer_of(done, "l1").pixels[..., :3] == CARD).all()
    assert layer_of(done, "l4").box == ON_CARD
    assert (done.background, layer_of(done, "l3")) == (one.background, layer_of(one, "l3"))


def test_a_part_at_the_rim_of_a_layer_leaves_a_gap(table: LayerStack) -> None:
    """Behind a handle there is no more of the mug."""
    half = Box(10, 10, 44, 30)
    done = revise(table, SplitOff("card", "the upper half"), window_stages(table, half, CARD))
    upper, lower = alpha_of(done, "l4"), alpha_of(done, "l1")
    assert ((upper > 0) & (lower > 0)).sum() == 0
    assert np.array_equal(np.maximum(upper, lower), alpha_of(table, "l1"))


def test_a_finding_that_is_the_whole_layer_or_none_of_it_is_no_part(table: LayerStack) -> None:
    """Nine tenths are the layer itself; fewer pixels than a layer is worth are nothing."""
    card = layer_of(table, "l1")

    def found(box: Box) -> Found:
        return Found(box, np.ones((box.height, box.width), np.bool_), "part")

    assert is_part(found(ON_CARD), card, 128)
    assert not is_part(found(WHOLE_CARD), card, 128)
    assert not is_part(found(ON_GROUND), card, 128)
    assert not is_part(found(Box(12, 12, 15, 15)), card, 128)


def test_new_layers_get_ids_that_no_layer_has(table: LayerStack) -> None:
    """They count on from the highest there is, also where people gave ids of their own."""
    layers = list(table.layers)
    layers[3] = replace(layers[3], id="l41")
    stack = replace(table, layers=tuple(layers))
    done = revise(stack, SplitOff("card", "the upper half"), window_stages(stack, Box(10, 10, 44, 30), CARD))
    assert [layer.id for layer in done.layers] == ["background", "l1", "l42", "l2", "l41"]
