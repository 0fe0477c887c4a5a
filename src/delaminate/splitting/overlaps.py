"""How findings lie to each other: what they share, and one seen over another's box."""

from __future__ import annotations

import numpy as np

from delaminate.contracts import Found
from delaminate.pixels import Box, Mask, shared


def common(a: Found, b: Found) -> int:
    """Pixels that two findings share."""
    box = shared(a.box, b.box)
    return 0 if box is None else int((_part(a, box) & _part(b, box)).sum())


def overlap(a: Found, b: Found) -> float:
    """Intersection over union of two findings."""
    both = common(a, b)
    return both / (int(a.mask.sum()) + int(b.mask.sum()) - both) if both else 0.0


def within(found: Found, box: Box) -> Mask:
    """The finding's mask over any box of the picture; False outside the finding."""
    out = np.zeros((box.height, box.width), np.bool_)
    inner = shared(found.box, box)
    if inner is not None:
        out[inner.slices_in(box)] = _part(found, inner)
    return out


def _part(found: Found, box: Box) -> Mask:
    """The finding's mask inside a box of the picture that lies within the finding's own."""
    return found.mask[box.slices_in(found.box)]
