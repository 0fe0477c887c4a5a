"""The background behind one layer filled again."""

from __future__ import annotations

import numpy as np

from delaminate.contracts import Stages, Tick, no_tick
from delaminate.editing.settle import Paint, fill, settled
from delaminate.editing.underlay import covered, crop, solid, upto
from delaminate.errors import BadInstruction
from delaminate.pixels import levels
from delaminate.splitting.steps import (
    is_plain,
    surroundings,
)
from delaminate.stack import LayerStack


def filled_again(stack: LayerStack, z: int, stages: Stages, paint: Paint, tick: Tick = no_tick) -> LayerStack:
    """The background behind layer z filled anew; only they change.

    Raises
    ------
    BadInstruction
        If nothing of the background is right behind it.
    """
    old = stack.layers[z]
    box = surroundings(old.box, stack.width, stack.height)
    after, behind = upto(stack, z), upto(stack, z - 1, box)
    full = levels(behind)
    hole = covered([old], box) & ~covered(stack.layers[1:z], box, solid(stack)) & (behind[..., 3] == full)
    if not hole.any():
        raise BadInstruction(f"nothing of the background lies right behind {old.name!r}, so there is no hole to refill")
    wanted = behind.copy()
    none = np.zeros_like(hole)
    wanted[hole] = fill(stack, z, after, box, none, behind, hole, stages, paint, tick)[hole]
    mine = crop(old, box)
    alpha = mine[..., 3].astype(np.float32) / np.float32(full)
    move = 0 if is_plain(wanted[..., :3], hole) else None
    return settled(stack, z, box, wanted, alpha, mine[..., :3].astype(np.float32), move=move)
