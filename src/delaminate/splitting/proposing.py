"""The thing at a place, looked for on its own, and put together with what was proposed before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from delaminate.contracts import Found, Plan, Segmenter, Target
from delaminate.pixels import around, box_of
from delaminate.splitting.overlaps import within


def proposed(
    segmenter: Segmenter, prepared: Any, place: Target, before: Found | None = None, *, take: bool = False
) -> Found | None:
    """What a person means who points at a place.

    Parameters
    ----------
    prepared : what the segmenter made of the picture.
    place : with a box or a point.
    before : what was proposed before; what is at the place is added to it, or, with `take`, taken away.

    Returns
    -------
    Found or None
        None where nothing is at the place, or nothing would be left.
    """
    answer = segmenter(prepared, Plan((place,)))[0]
    if before is None:
        return answer[0] if answer else None
    if not answer:
        return before
    other = answer[0]
    box = before.box if take else around((before.box, other.box))
    mine, theirs = within(before, box), within(other, box)
    mask = mine & ~theirs if take else mine | theirs
    inner = box_of(mask)
    if inner is None:
        return None
    return replace(
        before,
        box=inner.shifted(box.left, box.top),
        mask=mask[inner.slices].copy(),
        alpha=None,
        confidence=max(before.confidence, 0.5),
    )
