"""Faces and heads as regions of the view, where a word asks for them."""

from __future__ import annotations

import cv2
import numpy as np

from delaminate.contracts import Target
from delaminate.pixels import Box, Mask
from delaminate.stages.segmentation.embedded.attributes import at_place
from delaminate.stages.segmentation.embedded.grabcut import in_box
from delaminate.stages.segmentation.embedded.people import head_box
from delaminate.stages.segmentation.embedded.prepared import Prepared
from delaminate.vocabulary.meaning import meaning

_PLAIN_CUT = 0.45
"""Share of a head's box that a cut must cover to be taken for the head; else an oval is."""


def heads_asked_for(seen: Prepared, target: Target) -> list[tuple[Mask, float]]:
    """Masks of the view with how sure each is, the best first; none where no head is asked for or none is found.

    A face is an oval in its box, a head what a cut finds in the box around the face. Size and place words choose.
    """
    kinds = meaning(target.noun).kinds
    if "head" not in kinds:
        return []
    height, width = seen.rgb.shape[:2]

    def fit(box: Box) -> float:
        share = box.area / (height * width)
        size = {"large": share, "largest": share, "small": -share, "smallest": -share}.get(target.size, 0.0)
        return size + at_place(box, width, height, target.positions)

    found = seen.faces
    if target.positions or target.size:
        found = tuple(sorted(found, key=lambda face: -fit(face[0])))
    else:
        found = tuple(sorted(found, key=lambda face: -face[1] * face[0].area))
    found = found if target.count is None else found[: target.count]
    if "face" in kinds:
        return [(_oval(seen, seen.reduced_box(box)), sure) for box, sure in found]
    return [(_head(seen, seen.reduced_box(head_box(box, width, height))), sure) for box, sure in found]


def _head(seen: Prepared, box: Box) -> Mask:
    oval = _oval(seen, box)
    cut = in_box(seen.view, box)
    if cut is None or cut[box.slices].sum() < _PLAIN_CUT * box.area:
        return oval
    inside = np.zeros_like(cut)
    inside[box.slices] = cut[box.slices]
    return inside


def _oval(seen: Prepared, box: Box) -> Mask:
    """The largest ellipse in a box of the view."""
    mask = np.zeros(seen.view.shape, np.uint8)
    middle = ((box.left + box.right - 1) / 2, (box.top + box.bottom - 1) / 2)
    cv2.ellipse(mask, (middle, (max(1.0, box.width), max(1.0, box.height)), 0.0), 1, -1)
    mask[box.top, box.left] |= not mask.any()
    return mask.astype(np.bool_)
