"""Composites on the way up, and wanted values handed on the way down."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from delaminate.composite import flatten, over
from delaminate.editing.underlay import covered, crop, fit, laid, sink, solid, upto
from delaminate.errors import BadStack
from delaminate.pixels import Box, Rgba
from delaminate.stack import LayerStack
from editing.table import BALL, CARD, GROUND, ON_CARD, ON_GROUND, STAMP, WHOLE_CARD, layer_of


def test_a_crop_is_clear_where_the_layer_is_not(table: LayerStack) -> None:
    """Over any box, also one that reaches beyond the layer."""
    cut = crop(layer_of(table, "l2"), Box(16, 16, 24, 24))
    assert (cut[4:, 4:] == (*BALL, 255)).all()
    assert (cut[:4] == 0).all()
    assert (cut[:, :4] == 0).all()


def test_the_composite_up_to_a_layer_is_what_one_sees_without_those_above(table: LayerStack) -> None:
    """Up to the card there is no ball; up to the top it is the picture; a box of it is that box."""
    assert (upto(table, 1)[ON_CARD.slices][..., :3] == CARD).all()
    assert np.array_equal(upto(table, 3), flatten(table))
    box = Box(5, 15, 30, 25)
    assert np.array_equal(upto(table, 3, box), flatten(table)[box.slices])


def test_laying_layers_over_a_ground_leaves_the_ground_as_it_was(table: LayerStack) -> None:
    """It is a copy that changes."""
    ground = table.background.pixels
    assert (laid(ground, table.layers[1:], table.canvas)[ON_GROUND.slices][..., :3] == STAMP).all()
    assert (ground[..., :3] == GROUND).all()


def test_a_faint_layer_covers_but_is_not_solid(table: LayerStack) -> None:
    """One half of full alpha rather hides than shows; less only covers."""
    ball = layer_of(table, "l2")
    faint = ball.pixels.copy()
    faint[..., 3] = 100
    layers = (replace(ball, pixels=faint),)
    assert covered(layers, table.canvas).sum() == ON_CARD.area
    assert not covered(layers, table.canvas, solid(table)).any()
    assert solid(table) == 128


def test_a_wanted_value_sinks_through_nothing_solid(table: LayerStack) -> None:
    """Under the stamp it reaches the ground; under the ball the card takes it, or it is stuck."""
    wanted = upto(table, 1)
    wanted[ON_GROUND.slices] = (1, 2, 3, 255)
    wanted[ON_CARD.slices] = (4, 5, 6, 255)
    held = sink(table, 2, table.canvas, wanted, into_layers=False)
    assert set(held.changed) == {0}
    assert (held.changed[0][ON_GROUND.slices] == (1, 2, 3, 255)).all()
    assert held.stuck.sum() == ON_CARD.area
    taken = sink(table, 2, table.canvas, wanted, into_layers=True)
    assert set(taken.changed) == {0, 1}
    assert (taken.changed[1][ON_CARD.slices] == (4, 5, 6, 255)).all()
    assert not taken.stuck.any()


def test_nothing_changes_where_everything_is_as_wanted(table: LayerStack) -> None:
    """No pixels, and nothing stuck."""
    same = sink(table, 3, WHOLE_CARD, upto(table, 2, WHOLE_CARD), into_layers=True)
    assert same.changed == {}
    assert not same.stuck.any()


@pytest.mark.parametrize("seed", range(3))
def test_a_fitted_layer_over_what_is_under_it_is_what_was_wanted(seed: int) -> None:
    """Random opaque pixels, with and without leave to move what is under."""
    rng = np.random.default_rng(seed)
    target, under = (_opaque(rng.integers(0, 256, (9, 11, 4)).astype(np.uint8)) for _ in range(2))
    alpha, colour = rng.random((9, 11), np.float32), rng.integers(0, 256, (9, 11, 3)).astype(np.float32)
    for free in (None, np.ones((9, 11), np.bool_)):
        fitted = fit(target, under, alpha, colour, free=free)
        got = fitted.under.copy()
        over(fitted.layer, got)
        assert np.array_equal(got, target)
        assert free is not None or np.array_equal(fitted.under, under)


def test_what_no_layer_can_give_is_refused_unless_there_is_a_spare() -> None:
    """Half-transparent over half-transparent in another colour: nothing over the lower gives the upper."""
    target, under = np.zeros((2, 2, 4), np.uint8), np.zeros((2, 2, 4), np.uint8)
    target[:], under[:] = (10, 0, 0, 60), (250, 250, 250, 128)
    alpha, colour = np.zeros((2, 2), np.float32), np.zeros((2, 2, 3), np.float32)
    with pytest.raises(BadStack, match="4 half-transparent pixels"):
        fit(target, under, alpha, colour)


def _opaque(pixels: Rgba) -> Rgba:
    pixels[..., 3] = 255
    return pixels
