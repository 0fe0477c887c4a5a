"""From what a model that reads finds to answers for targets: which of several, how many, and at full size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.contracts import Found, Kind, Plan, Target
from delaminate.pixels import Box, Mask, around, box_of, shared
from delaminate.stack import Role

Corners: TypeAlias = tuple[float, float, float, float]
"""Left, top, right, bottom as shares 0..1 of the picture's sides."""

READ = {Kind.OBJECT, Kind.PERSON, Kind.PART, Kind.EFFECT, Kind.SHADOW, Kind.SUBJECT}
"""What models that read look for; text and drawn shapes are found better without them."""

_SAME = 0.7
_ROLES = {Kind.PERSON: Role.PERSON, Kind.EFFECT: Role.EFFECT, Kind.SHADOW: Role.SHADOW}


@dataclass(frozen=True, eq=False)
class Cutout:
    """Something a model found.

    Parameters
    ----------
    corners : where it is.
    score : 0..1, the model's own.
    logits : float32 h×w over the whole picture at the model's size, positive inside; None until it was cut out.
    whole : its box and mask at full size, where it was cut out there.
    """

    corners: Corners
    score: float
    logits: NDArray[np.float32] | None = None
    whole: tuple[Box, Mask] | None = None

    def outline(self, width: int, height: int) -> tuple[Box, Mask] | None:
        """Box and mask in a width × height picture; None where nothing was cut out."""
        if self.whole is not None or self.logits is None:
            return self.whole
        return full_size(self.logits, width, height)


def query(target: Target) -> str:
    """The words to look for, in English and lower case; empty when the target names nothing."""
    if target.kind not in READ:
        return ""
    said = target.description or " ".join((*target.colours, target.noun) if target.noun else ())
    return " ".join(said.lower().replace(".", " ").split())


def full_size(logits: NDArray[np.float32], width: int, height: int) -> tuple[Box, Mask] | None:
    """The mask of h×w logits at width × height pixels, on its own box; None when nothing is positive.

    Only the neighbourhood of what is positive is ever enlarged.
    """
    seen = box_of(logits > 0)
    if seen is None:
        return None
    h, w = logits.shape
    # One cell more all round: between a positive and a negative cell the border runs.
    left, right = (seen.left - 1) * width / w, (seen.right + 1) * width / w
    top, bottom = (seen.top - 1) * height / h, (seen.bottom + 1) * height / h
    area = Box(max(int(left), 0), max(int(top), 0), min(int(right) + 1, width), min(int(bottom) + 1, height))
    x, y = w / width, h / height
    back = np.array([[x, 0, (area.left + 0.5) * x - 0.5], [0, y, (area.top + 0.5) * y - 0.5]])
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    values = cv2.warpAffine(logits, back, (area.width, area.height), flags=how, borderMode=cv2.BORDER_REPLICATE)
    mask = np.asarray(values > 0)
    inner = box_of(mask)
    if inner is None:
        return None
    return inner.shifted(area.left, area.top), np.ascontiguousarray(mask[inner.slices])


def distinct(cutouts: Sequence[Cutout]) -> list[Cutout]:
    """Best first, without those that nearly repeat a better one."""
    kept: list[Cutout] = []
    for cutout in sorted(cutouts, key=lambda c: (-c.score, c.corners)):
        if all(overlap(cutout.corners, other.corners) < _SAME for other in kept):
            kept.append(cutout)
    return kept


def overlap(a: Corners, b: Corners) -> float:
    """Intersection over union of two rectangles; 0 when both are empty."""
    across, down = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    shared = max(across, 0.0) * max(down, 0.0)
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared
    return shared / union if union > 0 else 0.0


def corners_of(box: Box, width: int, height: int) -> Corners:
    """A box in pixels as shares of a width × height picture."""
    return box.left / width, box.top / height, box.right / width, box.bottom / height


_PLACES: dict[str, Callable[[float, float], float]] = {
    "left": lambda x, _: -x,
    "right": lambda x, _: x,
    "top": lambda _, y: -y,
    "bottom": lambda _, y: y,
    "centre": lambda x, y: -abs(x - 0.5) - abs(y - 0.5),
    "first": lambda x, _: -x,
    "last": lambda x, _: x,
    "foreground": lambda _, y: y,
    "background": lambda _, y: -y,
}


def chosen(cutouts: Sequence[Cutout], target: Target) -> list[Cutout]:
    """Those of the things found under a target's words that it means: by place, by size, then by score."""

    def rank(cutout: Cutout) -> float:
        left, top, right, bottom = cutout.corners
        value = cutout.score
        value += sum(2 * _PLACES[place]((left + right) / 2, (top + bottom) / 2) for place in target.positions)
        area = (right - left) * (bottom - top)
        if target.size in {"large", "largest"}:
            value += 2 * area
        elif target.size in {"small", "smallest"}:
            value -= 2 * area
        return value

    ranked = sorted(distinct(cutouts), key=lambda c: -rank(c))
    return ranked if target.count is None else ranked[: target.count]


def findings(
    cutouts: Sequence[Cutout], target: Target, width: int, height: int, front: float | None
) -> tuple[Found, ...]:
    """Findings of what was chosen for a target; one for all where the target wants one layer."""
    parts = [(cutout, cutout.outline(width, height)) for cutout in cutouts]
    masks = [(cutout.score, *part) for cutout, part in parts if part is not None]
    if not target.each and len(masks) > 1:
        masks = [_united(masks)]
    role = _ROLES.get(target.kind, Role.OBJECT)
    name = target.name or query(target) or "object"
    found = []
    for number, (score, box, mask) in enumerate(masks, 1):
        own = f"{name} {number}" if len(masks) > 1 else name
        # Without an order from the planner the smaller of two is taken to be in front.
        depth = -box.area / (width * height) if front is None else front
        found.append(Found(box, mask, own, role, min(1.0, score), front=depth))
    return tuple(found)


def _united(masks: Sequence[tuple[float, Box, Mask]]) -> tuple[float, Box, Mask]:
    whole = around([box for _, box, _ in masks])
    union = np.zeros((whole.height, whole.width), np.bool_)
    for _, box, mask in masks:
        union[box.slices_in(whole)] |= mask
    return float(np.mean([score for score, _, _ in masks])), whole, union


def answered(
    plan: Plan,
    width: int,
    height: int,
    read: Callable[[list[str]], dict[str, list[Cutout]]],
    marked: Callable[[Target, dict[str, list[Cutout]]], list[Cutout]],
    cut: Callable[[list[Cutout]], list[Cutout]],
    otherwise: Callable[[Plan], tuple[tuple[Found, ...], ...]],
) -> tuple[tuple[Found, ...], ...]:
    """Answer every target of a plan.

    Parameters
    ----------
    read : queries → what is found under each, not necessarily cut out yet.
    marked : what answers a target that carries a box or a point; empty to leave it to `otherwise`.
    cut : gives those that were not cut out their outlines.
    otherwise : answers what names nothing, text and shapes.
    """
    asked = [(target, query(target)) for target in plan.targets]
    words = {words for _, words in asked if words} | {noun for target in plan.targets for noun in target.excluded}
    seen = read(sorted(words)) if words else {}
    answers: list[tuple[Found, ...] | None] = []
    for place, (target, said) in enumerate(asked):
        pointed = target.box is not None or target.point is not None
        if pointed and target.kind in READ:
            found = marked(target, seen)
        elif said:
            kept = [c for noun in target.excluded for c in seen.get(noun, ())]
            found = chosen([c for c in seen[said] if not _belongs(c, kept)], target)
        else:
            answers.append(None)
            continue
        front = float(len(asked) - place) if target.description else None
        cutouts = findings(cut(found), target, width, height, front)
        answers.append(None if pointed and not cutouts else cutouts)
    left = [place for place, answer in enumerate(answers) if answer is None]
    if left:
        rest = otherwise(replace(plan, targets=tuple(plan.targets[place] for place in left)))
        taken = [f for answer in answers if answer for f in answer]
        for place, group in zip(left, rest, strict=True):
            answers[place] = tuple(f for f in group if not any(_overlaps(f, t) for t in taken))
    return tuple(answer or () for answer in answers)


def _belongs(cutout: Cutout, kept: Sequence[Cutout]) -> bool:
    return any(overlap(cutout.corners, k.corners) > _SAME and k.score >= cutout.score for k in kept)


def _overlaps(found: Found, taken: Found) -> bool:
    """Whether a finding without words is mostly what another target already got."""
    a, b = found.box, taken.box
    common = shared(a, b)
    if common is None or found.role is Role.TEXT:
        return False
    both = found.mask[common.slices_in(a)] & taken.mask[common.slices_in(b)]
    return int(both.sum()) > 0.5 * min(int(found.mask.sum()), int(taken.mask.sum()))
