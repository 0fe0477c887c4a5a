"""What stays stays whole: findings that lie under what is kept are left out, and none takes a piece of it along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from delaminate.contracts import Found, Target
from delaminate.pixels import box_of
from delaminate.splitting.overlaps import within
from delaminate.stack import Role

_MOSTLY = 0.5
"""Share of a finding under what is kept from which on it is the kept thing itself, or a piece of it."""
_AROUND_TEXT = 5
"""Pixels round kept letters that stay with them: neither a sought edge nor a filled hole reaches the letters."""
_SURE = 0.5
"""Confidence from which on a kept thing may take a piece away from a thing that was asked for by name."""


def without_kept(found: Sequence[Found], kept: Sequence[Found], target: Target) -> tuple[Found, ...]:
    """The findings of a target less what is kept.

    Parameters
    ----------
    found : what answers the target, best first.
    kept : what is to stay in the background.
    target : asks for one thing by name, or for several: of several, those that are kept are left out.
    """
    left = []
    for one in found:
        others = [other for other in kept if target.count != 1 or other.confidence >= _SURE]
        rest = _less(one, others)
        if rest is None:
            if target.count == 1:
                left.append(one)  # the words name it: what is kept was mistaken for it
            continue
        left.append(rest)
    return tuple(left)


def _less(found: Found, kept: Sequence[Found]) -> Found | None:
    """A finding without the pixels of what is kept; None where most of it is kept."""
    covered = np.zeros(found.mask.shape, np.bool_)
    for other in kept:
        if other is not found and other.box.meets(found.box):
            under = within(other, found.box)
            if other.role is Role.TEXT and found.role is not Role.TEXT:
                cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
                under = cv2.dilate(under.view(np.uint8), cross, iterations=_AROUND_TEXT) > 0
            covered |= under
    covered &= found.mask
    if not covered.any():
        return found
    if int(covered.sum()) > _MOSTLY * int(found.mask.sum()):
        return None
    mask = found.mask & ~covered
    inner = box_of(mask)
    assert inner is not None
    alpha = None if found.alpha is None else np.where(covered, np.float32(0), found.alpha)[inner.slices]
    paint = None if found.paint is None else found.paint[inner.slices]
    box = inner.shifted(found.box.left, found.box.top)
    # Its new edge is no edge of the picture: nothing joins it there, and its openings are meant.
    return replace(found, mask=mask[inner.slices], alpha=alpha, paint=paint, box=box, drawn=True)
