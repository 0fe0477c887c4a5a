"""Which pixels are ground, so that a fill may take examples from them: no thing of the picture, asked for or not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from delaminate.contracts import Found
from delaminate.pixels import Box, Mask
from delaminate.splitting.overlaps import within
from delaminate.splitting.steps import grown

_ENCLOSING, _BEHIND = 0.9, 0.05
"""Share of the hole that a thing has: from which the hole lies in it, and above which a layer's goes on in the hole."""

_BESIDE = 0.2
"""Share of the hole's border along which another thing may lie and be only beside it; the sun behind a jug is not."""

_ENOUGH = 4.0
"""Pixels, times the root of the hole's, that must be left of what the hole lies in."""


def ground(hole: Mask, box: Box, usable: Mask, layers: Sequence[Found], others: Sequence[Found]) -> Mask:
    """What may serve as an example for what is behind a thing.

    Things are no examples, unless they enclose the hole: then they are the only ones. What goes on behind the hole is.

    Parameters
    ----------
    hole : the crop `box` of the picture.
    usable : H×W, of the whole picture; changed in place.
    layers : what will become layers behind this one.
    others : further things; their masks are rough, and may hold pieces that belong to what is taken off.
    """
    size = int(hole.sum())
    ring = grown(hole, 2) & ~hole
    border = max(int(ring.sum()), 1)
    whole = Box(0, 0, usable.shape[1], usable.shape[0])
    surrounding: Mask | None = None
    ranked = sorted(
        [*((f, False) for f in layers), *((f, True) for f in others)], key=lambda one: int(one[0].mask.sum())
    )
    for found, rough in ranked:
        here = within(found, box)
        shared = int((here & hole).sum())
        beside = int((here & ring).sum())
        if shared > _ENCLOSING * size and (not rough or beside > _ENCLOSING * border):
            if surrounding is None:
                surrounding = within(found, whole)
        elif beside < _BESIDE * border if rough else shared < _BEHIND * size:
            usable[found.box.slices] &= ~found.mask
    if surrounding is not None and (usable & surrounding).sum() > _ENOUGH * np.sqrt(size):
        usable &= surrounding
    return usable
