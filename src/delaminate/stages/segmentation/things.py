"""From judged candidates to a list of separate things, and the best thing for a box, a point or the main subject."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from delaminate.pixels import Box, Mask, box_of
from delaminate.stages.segmentation.attributes import at_place, colour_shares, has_colour, usual_colours
from delaminate.stages.segmentation.candidates import Candidates
from delaminate.stages.segmentation.grabcut import in_box
from delaminate.stages.segmentation.proposals import Region
from delaminate.stages.segmentation.view import View


@dataclass(frozen=True, eq=False)
class Thing:
    """One separate thing: its pixels and box in the view, the judge's score 0..1, its colours, its share of the picture."""

    mask: Mask
    box: Box
    score: float
    colours: dict[str, float]
    share: float


def thing_of(view: View, region: Region, score: float) -> Thing:
    """A region with the looks that words can be compared with."""
    return Thing(region.mask, region.box, score, colour_shares(view.lab, region.mask), region.area / region.mask.size)


def separate_things(view: View, candidates: Candidates, least: float, most: int = 40) -> list[Thing]:
    """The best candidates that do not claim each other's pixels, best first.

    Parameters
    ----------
    least : lowest score (expected IoU with a true object) taken.
    """
    taken: list[Region] = []
    things = []
    for i in np.argsort(-candidates.scores, kind="stable"):
        if candidates.scores[i] < least or len(taken) == most:
            break
        region = candidates.regions[i]
        clash = any(
            int((region.mask & other.mask).sum()) > 0.3 * min(region.area, other.area)
            for other in taken
            if region.box.meets(other.box)
        )
        if not clash:
            taken.append(region)
            things.append(thing_of(view, region, float(candidates.scores[i])))
    return things


def main_subject(view: View, candidates: Candidates) -> Thing | None:
    """The thing a person would name first: convincing, large, near the middle."""
    if not candidates.regions:
        return None
    height, width = view.shape
    worth = []
    for region, score in zip(candidates.regions, candidates.scores, strict=True):
        share = region.area / region.mask.size
        x = (region.box.left + region.box.right) / 2 / width - 0.5
        y = (region.box.top + region.box.bottom) / 2 / height - 0.5
        central = 1 - min(1.0, float(np.hypot(x, 0.7 * y)) / 0.6)
        large = min(1.0, share / 0.12) - max(0.0, share - 0.6)
        worth.append(float(score) + 0.3 * central + 0.35 * large)
    best = int(np.argmax(worth))
    return thing_of(view, candidates.regions[best], float(candidates.scores[best]))


def thing_in_box(view: View, candidates: Candidates, box: Box) -> Thing:
    """What a box marks: the candidate or graph cut that fills it best, else the box itself."""
    frame = np.zeros(view.shape, np.bool_)
    frame[box.slices] = True
    options = list(zip(candidates.regions, candidates.scores, strict=True))
    cut = in_box(view, box, working=320)
    if cut is not None and (bounds := box_of(cut)) is not None:
        options.append(
            (
                Region(cut, candidates.regions[0].source if candidates.regions else "cut", 0.0, int(cut.sum()), bounds),
                np.float32(0.55),
            )
        )  # type: ignore[arg-type]
    best, worth = None, 0.25
    for region, score in options:
        fits = _box_iou(region.box, box)
        inside = int((region.mask & frame).sum()) / region.area
        value = 0.7 * fits + 0.3 * float(score) - 2 * max(0.0, 0.9 - inside)
        if fits > 0.4 and value > worth:
            best, worth = region, value
    if best is None:
        best = Region(frame, candidates.regions[0].source if candidates.regions else "cut", 0.0, box.area, box)  # type: ignore[arg-type]
    return thing_of(view, Region(best.mask & frame, best.source, 0.0, int((best.mask & frame).sum()), best.box), 0.9)


def _box_iou(a: Box, b: Box) -> float:
    wide = min(a.right, b.right) - max(a.left, b.left)
    high = min(a.bottom, b.bottom) - max(a.top, b.top)
    if wide <= 0 or high <= 0:
        return 0.0
    return wide * high / (a.area + b.area - wide * high)


def thing_at(view: View, candidates: Candidates, x: int, y: int) -> Thing | None:
    """What a point marks: the most convincing candidate around it."""
    around = [
        (float(score), region)
        for region, score in zip(candidates.regions, candidates.scores, strict=True)
        if region.mask[y, x]
    ]
    if not around:
        return None
    score, region = max(around, key=lambda pair: pair[0])
    return thing_of(view, region, max(score, 0.6))


def suits(
    thing: Thing, view: View, noun: str, colours: tuple[str, ...], positions: tuple[str, ...], size: str
) -> float:
    """How well a thing answers words, larger is better: its score plus what its looks say for and against it."""
    height, width = view.shape
    value = thing.score
    if colours:
        value += 1.2 * (float(np.mean([has_colour(thing.colours, c) for c in colours])) - 0.3)
    elif usual := usual_colours(noun):
        value += 0.5 * (max(has_colour(thing.colours, c) for c in usual) - 0.2)
    if positions:
        value += 1.0 * (at_place(thing.box, width, height, positions) - 0.5)
    if size in {"large", "largest"}:
        value += min(0.5, 3 * thing.share)
    elif size in {"small", "smallest"}:
        value += 0.4 - min(0.8, 6 * thing.share)
    else:
        value += 0.25 * min(1.0, thing.share / 0.08)
    return value
