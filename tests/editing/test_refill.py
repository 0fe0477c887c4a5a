"""The background behind a layer filled again."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from delaminate.contracts import Tick, no_tick
from delaminate.editing.apply import revise
from delaminate.editing.edits import Refill
from delaminate.editing.settle import Paint
from delaminate.errors import BadInstruction
from delaminate.pixels import Mask, Rgb, box_of
from delaminate.stack import LayerStack
from editing.stand_ins import Fills
from editing.table import ON_GROUND, WHOLE_CARD, layer_of, plain_stages


def test_a_refilled_hole_is_the_layers_own_and_no_other(table: LayerStack) -> None:
    """Behind the stamp is another colour; behind the card, and the layers themselves, nothing changed."""
    done = revise(table, Refill("stamp"), plain_stages(colour=(9, 8, 7)))
    changed = (done.background.pixels != table.background.pixels).any(axis=2)
    assert box_of(changed) == ON_GROUND
    assert changed[ON_GROUND.slices].all()
    assert np.array_equal(layer_of(done, "l3").pixels, layer_of(table, "l3").pixels)
    with pytest.raises(BadInstruction, match="nothing of the background lies right behind 'ball'"):
        revise(table, Refill("ball"), plain_stages())


def test_a_fill_is_told_the_prompt_and_the_seed_and_shown_no_other_layer(table: LayerStack) -> None:
    """The examples are the ground alone: what other layers cover is not usable."""
    asked: list[tuple[str, int, Mask, Mask]] = []

    @dataclass(frozen=True)
    class Watching(Fills):
        def __call__(
            self, rgb: Rgb, hole: Mask, usable: Mask, *, prompt: str = "", seed: int = 0, tick: Tick = no_tick
        ) -> Rgb:
            asked.append((prompt, seed, hole.copy(), usable.copy()))
            return super().__call__(rgb, hole, usable, prompt=prompt, seed=seed, tick=tick)

    stages = replace(plain_stages(), inpainter=Watching((9, 8, 7)))
    revise(table, Refill("stamp"), stages, Paint("sand", 7))
    ((prompt, seed, hole, usable),) = asked
    assert (prompt, seed) == ("sand", 7)
    assert hole[ON_GROUND.slices].all()
    assert not (usable & hole).any()
    assert not usable[WHOLE_CARD.slices].any()
    assert usable[0, 0]
