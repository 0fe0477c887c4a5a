"""How findings lie to each other: what they share, and one seen over another's box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from delaminate.contracts import Found
from delaminate.pixels import Box, Mask, around, shared


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


def joined(parts: Sequence[Found], name: str) -> Found:
    """Several findings as one layer: all their pixels, the front of the frontmost, the least confidence.

    Coverage and own colour that are known of every part are kept; where one lacks its coverage, the matter works it out
    for all from the mask.
    """
    if len(parts) == 1:
        return replace(parts[0], name=name)
    box = around([part.box for part in parts])
    mask = np.zeros((box.height, box.width), np.bool_)
    alpha = None if any(part.alpha is None for part in parts) else np.zeros(mask.shape, np.float32)
    paint = None if any(part.paint is None for part in parts) else np.zeros((*mask.shape, 3), np.float32)
    for part in parts:
        inner = part.box.slices_in(box)
        if alpha is not None and part.alpha is not None and paint is not None and part.paint is not None:
            nearer = part.alpha > alpha[inner]
            paint[inner][nearer] = part.paint[nearer]
        mask[inner] |= part.mask
        if alpha is not None and part.alpha is not None:
            alpha[inner] = np.maximum(alpha[inner], part.alpha)
    largest = max(parts, key=lambda part: int(part.mask.sum()))
    lines = [part.text for part in parts if part.text]
    roles = {part.role for part in parts}
    return Found(
        box,
        mask,
        name,
        largest.role if len(roles) > 1 else roles.pop(),
        min(part.confidence for part in parts),
        "\n".join(lines) if lines and len(lines) == len(parts) else None,
        next((part.advice for part in parts if part.advice), ""),
        max(part.front for part in parts),
        alpha,
        paint=paint,
    )
