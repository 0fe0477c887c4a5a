"""From judged candidates to a list of separate things, and the best thing for a box, a point or the main subject."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.contracts import Target
from delaminate.errors import BadArray
from delaminate.pixels import Box, Mask, box_of, shared
from delaminate.stages.segmentation.embedded.attributes import (
    at_place,
    colour_shares,
    has_colour,
    is_coloured,
    usual_colours,
)
from delaminate.stages.segmentation.embedded.backdrop import fit_backdrop
from delaminate.stages.segmentation.embedded.candidates import Candidates
from delaminate.stages.segmentation.embedded.grabcut import in_box
from delaminate.stages.segmentation.embedded.view import View


@dataclass(frozen=True, eq=False)
class Thing:
    """One separate thing: its pixels and box in the view, the judge's score 0..1, its colours, share of the picture."""

    mask: Mask
    box: Box
    score: float
    colours: dict[str, float]
    share: float


def thing_of(view: View, mask: Mask, score: float) -> Thing:
    """A non-empty mask of the view with the looks that words can be compared with."""
    box = box_of(mask)
    if box is None:
        raise BadArray("a thing needs at least one pixel")
    return Thing(mask, box, score, colour_shares(view.lab, mask), float(mask.mean()))


def separate_things(view: View, candidates: Candidates, least: float, most: int = 40) -> list[Thing]:
    """The best candidates that do not claim each other's pixels, best first.

    Parameters
    ----------
    least : lowest score (expected IoU with a true object) taken.
    """
    taken: list[Thing] = []
    for i in np.argsort(-candidates.scores, kind="stable"):
        if candidates.scores[i] < least or len(taken) == most:
            break
        region = candidates.regions[i]
        if not clashes(region.mask, region.box, taken):
            core = _off_its_plate(view, candidates, int(i))
            taken.append(thing_of(view, candidates.regions[core].mask, float(candidates.scores[i])))
    return taken


def clashes(mask: Mask, box: Box, taken: list[Thing]) -> bool:
    """Whether a mask shares more than three tenths of the smaller of the two with something taken."""
    area = int(mask.sum())
    return any(
        int((mask & other.mask).sum()) > 0.3 * min(area, int(other.mask.sum()))
        for other in taken
        if box.meets(other.box)
    )


def _off_its_plate(view: View, candidates: Candidates, index: int) -> int:
    """The candidate, or the thing on it when the candidate is a thing with the drawn shape it stands on."""
    whole = candidates.regions[index]
    for i in np.argsort(-candidates.scores, kind="stable")[:12]:
        part = candidates.regions[i]
        if candidates.scores[i] < candidates.scores[index] - 0.12 or not 0.1 < part.area / whole.area < 0.7:
            continue
        if int((part.mask & whole.mask).sum()) < 0.95 * part.area:
            continue
        near = cv2.dilate(part.mask.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        plate = cv2.erode((whole.mask & ~near).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        if plate.sum() > 0.15 * whole.area:
            surface = fit_backdrop(view.lab, plate)
            if surface.share > 0.9 and surface.tolerance < 6:
                return int(i)
    return index


def _standing(view: View, box: Box, share: float) -> float:
    """0..0.65: how much a place and a size speak for the main thing of a picture, large and near the middle."""
    height, width = view.shape
    x = (box.left + box.right) / 2 / width - 0.5
    y = (box.top + box.bottom) / 2 / height - 0.5
    central = 1 - min(1.0, float(np.hypot(x, 0.7 * y)) / 0.6)
    return 0.3 * central + 0.35 * (min(1.0, share / 0.12) - max(0.0, share - 0.6))


def main_subject(view: View, candidates: Candidates) -> Thing | None:
    """The thing a person would name first: convincing, large, near the middle."""
    if not candidates.regions:
        return None
    worth = [
        float(score) + _standing(view, region.box, region.area / region.mask.size)
        for region, score in candidates.judged()
    ]
    best = int(np.argmax(worth))
    return thing_of(view, candidates.regions[best].mask, float(candidates.scores[best]))


def possible_things(view: View, candidates: Candidates, least: float) -> list[Thing]:
    """Every candidate that scores `least`, whatever it shares with others."""
    return [thing_of(view, region.mask, float(score)) for region, score in candidates.judged() if score >= least]


@dataclass(frozen=True, eq=False)
class Choice:
    """A thing that words may mean.

    `meant` is how likely the network takes it for that, 0..1, and 0 without a network; `looks` is `suits`.
    """

    thing: Thing
    meant: float
    looks: float


def suited_things(
    view: View,
    things: list[Thing],
    target: Target,
    meant: NDArray[np.float32] | None = None,
    *,
    whole: bool = False,
) -> list[Choice]:
    """Those of the things that do not claim each other's pixels, those first that the words describe best.

    Parameters
    ----------
    meant : float32, a probability for each thing that the words mean it (0..1), or None where nobody knows.
    whole : whether that is said of all the words: colour, place and size are in it then.
    """
    likely = np.zeros(len(things)) if meant is None else meant
    guessing = 1 - float(likely.max(initial=0))
    choices = [
        Choice(thing, float(p), suits(thing, view, target, guessing)) for thing, p in zip(things, likely, strict=True)
    ]

    def worth(choice: Choice) -> float:
        fit = 1.0 if whole else described(choice.thing, view, target)
        return fit * heard(choice.meant) + choice.looks

    taken: list[Choice] = []
    for choice in sorted(choices, key=worth, reverse=True):
        best = max(_same_thing(choice, choices), key=lambda c: c.looks) if heard(choice.meant) > 0 else choice
        if not clashes(best.thing.mask, best.thing.box, [c.thing for c in taken]):
            taken.append(best)
    return taken


def _same_thing(choice: Choice, choices: list[Choice]) -> list[Choice]:
    """The choice and others of about its pixels that are nearly as likely meant: words choose a thing, no outline."""
    mask, box = choice.thing.mask, choice.thing.box
    same = []
    for other in choices:
        if other.meant < _AS_MEANT * choice.meant or not box.meets(other.thing.box):
            continue
        both = int((other.thing.mask & mask).sum())
        smaller, larger = sorted((int(other.thing.mask.sum()), int(mask.sum())))
        if both > 0.8 * smaller and both > 0.3 * larger:
            same.append(other)
    return same


def thing_in_box(view: View, candidates: Candidates, box: Box) -> Thing:
    """What a box marks: the candidate or graph cut that fills it best, else the box itself; never outside the box."""
    frame = np.zeros(view.shape, np.bool_)
    frame[box.slices] = True
    options = [(region.mask, region.box, float(score)) for region, score in candidates.judged()]
    cut = in_box(view, box, working=320)
    if cut is not None and (bounds := box_of(cut)) is not None:
        options.append((cut, bounds, 0.55))
    best, worth = frame, 0.25
    for mask, bounds, score in options:
        fits = _box_iou(bounds, box)
        if fits <= 0.4:
            continue
        inside = int((mask & frame).sum()) / int(mask.sum())
        value = 0.7 * fits + 0.3 * score - 2 * max(0.0, 0.9 - inside)
        if value > worth:
            best, worth = mask & frame, value
    return thing_of(view, best, 0.9)


def _box_iou(a: Box, b: Box) -> float:
    both = shared(a, b)
    return 0.0 if both is None else both.area / (a.area + b.area - both.area)


def thing_at(view: View, candidates: Candidates, x: int, y: int) -> Thing | None:
    """What a point marks: the most convincing candidate around it."""
    around = [(float(score), region) for region, score in candidates.judged() if region.mask[y, x]]
    if not around:
        return None
    score, region = max(around, key=lambda pair: pair[0])
    return thing_of(view, region.mask, max(score, 0.6))


_KNOWN = 1.0
"""Weight of being what the words mean, which outweighs place and size where it is likely."""

_AS_MEANT = 0.5
"""Share of the likeliest probability from which a region of about the same pixels is as well meant."""

_LARGE = 1 / 6
"""Share of the picture from which a thing is large."""

_NOISE = 0.2
"""Probability of being what the words mean that says nothing yet."""


def heard(meant: float) -> float:
    """How much a probability (0..1) that words mean a thing speaks for it: as much as its log odds exceed noise."""
    inner = min(max(meant, _NOISE), 1 - 1e-6)
    return _KNOWN * float(np.log(inner / (1 - inner)) - np.log(_NOISE / (1 - _NOISE)))


def described(thing: Thing, view: View, target: Target) -> float:
    """How far a thing is of the colour, in the place and of the size that words say, 0..1; 1 where they say nothing.

    What a thing is called counts as far as that: of two balls the red one is meant, though the blue one look more like
    a ball.
    """
    height, width = view.shape
    fit = is_coloured(thing.colours, target.colours)
    if target.positions:
        fit *= at_place(thing.box, width, height, target.positions) ** 2
    if target.size in {"large", "largest"}:
        fit *= min(1.0, thing.share / _LARGE)
    elif target.size in {"small", "smallest"}:
        fit *= max(0.0, 1 - thing.share / _LARGE)
    return fit


def suits(thing: Thing, view: View, target: Target, guessing: float = 1.0) -> float:
    """How well a thing answers words by its score and its looks, larger is better.

    Parameters
    ----------
    guessing : weight of place and size where the words say nothing of either, 0..1; the less, the surer it is from
        other sources what they mean.
    """
    height, width = view.shape
    value = thing.score
    if target.colours:
        value += 1.2 * (float(np.mean([has_colour(thing.colours, c) for c in target.colours])) - 0.3)
    elif usual := usual_colours(target.noun):
        value += 0.5 * (max(has_colour(thing.colours, c) for c in usual) - 0.2)
    if target.positions:
        value += at_place(thing.box, width, height, target.positions) - 0.5
    elif not target.colours and not target.size:
        value += guessing * _standing(view, thing.box, thing.share)
    if target.size in {"large", "largest"}:
        value += min(0.5, 3 * thing.share)
    elif target.size in {"small", "smallest"}:
        value += 0.4 - min(0.8, 6 * thing.share)
    return value
