"""The background behind one layer filled again."""

from __future__ import annotations

import numpy as np

from delaminate.editing.settle import Means, Place, fill, settled
from delaminate.editing.underlay import covered, crop, solid
from delaminate.errors import BadInstruction
from delaminate.pixels import levels
from delaminate.splitting.steps import (
    is_plain,
    surroundings,
)
from delaminate.stack import LayerStack


def filled_again(stack: LayerStack, z: int, means: Means) -> LayerStack:
    """The background behind layer z filled anew; only they change.

    Raises
    ------
    BadInstruction
        If nothing of the background is right behind it.
    """
    old = stack.layers[z]
    box = surroundings(old.box, stack.width, stack.height)
    at = Place.of(stack, z, box)
    full = levels(at.behind)
    hole = covered([old], box) & ~covered(stack.layers[1:z], box, solid(stack)) & (at.behind[..., 3] == full)
    if not hole.any():
        raise BadInstruction(f"nothing of the background lies right behind {old.name!r}, so there is no hole to refill")
    wanted = at.behind.copy()
    wanted[hole] = fill(at, np.zeros_like(hole), hole, means)[hole]
    mine = crop(old, box)
    alpha = mine[..., 3].astype(np.float32) / np.float32(full)
    move = 0 if is_plain(wanted[..., :3], hole) else None
    return settled(stack, z, box, wanted, alpha, mine[..., :3].astype(np.float32), move=move)
