"""What a plan's answers become: cuts, front to back, no more than the cap, and one report per target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from delaminate.contracts import (
    SURE,
    DepthEstimator,
    Found,
    Instruction,
    Kind,
    Outcome,
    Plan,
    Stages,
    Surveyor,
    Target,
    TargetReport,
    Tick,
    no_tick,
)
from delaminate.pixels import Rgb
from delaminate.splitting.depth import banded
from delaminate.splitting.grouping import grouped
from delaminate.splitting.keeping import without_kept
from delaminate.splitting.overlaps import overlap
from delaminate.splitting.shadow import Shadow

SMALLEST = 12
"""Fewest pixels worth a layer."""
_SAME = 0.8
"""Intersection over union from which on two findings are the same thing."""
_ALIKE = 0.6
"""Intersection over union from which on what the segmenter tells of roughly is one of the cuts."""
_LEFT = "It stays in the background, as only what is sure was asked for."
_MORE = "Something more may be meant by this: it stays in the background, as only what is sure was asked for."
_UNSEEN = "It was not surely recognised, so a layer may hold a part of it: look, and mark what should stay if it does."
_NO_BAND = "Nothing was found that lies between what is in front and the background; name the things it should hold."


@dataclass(frozen=True, eq=False)
class Cut:
    """A finding with its place in the stack: the id of its layer and the report (by index) that tells of it.

    Parameters
    ----------
    shadow : what it casts, if anything is known of one.
    apart : whether the shadow gets a layer of its own, which is cut next.
    """

    id: str
    target: int
    found: Found
    shadow: Shadow | None = None
    apart: bool = False


@dataclass(frozen=True, eq=False)
class Search:
    """What was found for a plan: cuts front to back, one report per target, and the other things of the picture.

    `others` are what stays in the background and what nobody asked for, where the segmenter tells.
    """

    cuts: tuple[Cut, ...]
    reports: tuple[TargetReport, ...]
    others: tuple[Found, ...] = ()


def search(rgb: Rgb, plan: Plan, instruction: Instruction, stages: Stages, tick: Tick = no_tick) -> Search:
    """Find what the plan asks for and decide what becomes a layer.

    Parameters
    ----------
    rgb : H×W×3.

    Returns
    -------
    Search
        At most `instruction.max_layers` cuts, front to back.
    """
    given = in_given_order(instruction.masks)
    prepared = stages.segmenter.prepare(rgb, lambda done: tick(0.5 * done))
    wanted = (Target("everything else", Kind.ANYTHING, count=None),) if plan.inverted else plan.targets
    # What stays comes first in an inverted plan: the indices of the reports and the layers' targets are the plan's.
    stays = plan.targets if plan.inverted else plan.kept
    asked = replace(plan, targets=(*stays, *wanted) if plan.inverted else (*wanted, *stays))
    found_of = stages.segmenter(prepared, asked, lambda done: tick(0.5 + 0.5 * done)) if asked.targets else ()
    first = len(stays) if plan.inverted else 0
    kept = [one for place, group in enumerate(found_of) if not first <= place < first + len(wanted) for one in group]
    answers = [without_kept(group, kept, target) for group, target in zip(found_of[first:], wanted, strict=False)]
    answers = [*(() for _ in range(first)), *answers]
    guesses: list[list[Found]] = [[] for _ in answers]
    if instruction.strict:
        guesses = [[one for one in group if one.confidence < SURE] for group in answers]
        answers = [tuple(one for one in group if one.confidence >= SURE) for group in answers]
    if plan.depth and not given:
        return _in_bands(rgb, plan, instruction.max_layers, _distinct(answers, None, ())[0], stages.depth)
    most = min(plan.layers or instruction.max_layers, instruction.max_layers)
    marked = [(len(asked.targets) + number, found) for number, found in enumerate(given)]
    chosen, left_out, tiny = _distinct(answers, None if plan.layers else most, marked)
    height, width = rgb.shape[:2]
    groups = sorted(grouped(chosen, most, width, height), key=lambda group: -group.found.front)
    cuts = tuple(Cut(f"l{len(groups) - n}", min(group.targets), group.found) for n, group in enumerate(groups))
    reports: list[TargetReport] = []
    for index, target in enumerate(asked.targets):
        if not first <= index < first + len(wanted):
            reports.append(TargetReport(target.phrase, Outcome.KEPT, "" if _surely(found_of[index]) else _UNSEEN))
            continue
        mine = [cut for cut, group in zip(cuts, groups, strict=True) if index in group.targets]
        reports.append(_report(target, mine, index in left_out, index in tiny, guesses[index]))
    for index, found in marked:
        mine = [cut for cut, group in zip(cuts, groups, strict=True) if index in group.targets]
        reports.append(_report(Target(found.name or "marked by hand"), mine, index in left_out, index in tiny, []))
    seen = stages.segmenter.others(prepared, asked) if isinstance(stages.segmenter, Surveyor) else ()
    left = [one for group in guesses for one in group]
    others = [*kept, *left, *(one for one in seen if all(overlap(one, cut.found) < _ALIKE for cut in cuts))]
    return Search(cuts, tuple(reports), tuple(others))


def in_given_order(masks: Sequence[Found]) -> list[Found]:
    """The findings with `front` never growing from one to the next: whoever gives masks says what lies before what."""
    out: list[Found] = []
    for found in masks:
        front = min(found.front, out[-1].front) if out else found.front
        out.append(replace(found, front=front))
    return out


def _distinct(
    answers: Sequence[Sequence[Found]], most: int | None, marked: Sequence[tuple[int, Found]]
) -> tuple[list[tuple[int, Found]], set[int], set[int]]:
    """What of the answers becomes a layer: nothing twice, nothing tiny, no more than `most`.

    Returns pairs of a target's index and a finding, the targets that lost something to the cap, and those of which
    something was too small. What is marked by its mask comes first, then one of each target before a second of any, so
    that the cap cuts off the least wanted.
    """
    chosen: list[tuple[int, Found]] = []
    left_out: set[int] = set()
    tiny: set[int] = set()
    for index, found in marked:
        if int(found.mask.sum()) < SMALLEST:
            tiny.add(index)
        elif len(chosen) == most:
            left_out.add(index)
        else:
            chosen.append((index, found))
    for rank in range(max(map(len, answers), default=0)):
        for index, group in enumerate(answers):
            if len(group) <= rank:
                continue
            found = group[rank]
            if int(found.mask.sum()) < SMALLEST:
                tiny.add(index)
            elif any(overlap(found, other) > _SAME for _, other in chosen):
                continue
            elif len(chosen) == most:
                left_out.add(index)
            else:
                chosen.append((index, found))
    return chosen, left_out, tiny


def _in_bands(
    rgb: Rgb, plan: Plan, most: int, chosen: Sequence[tuple[int, Found]], depth: DepthEstimator | None
) -> Search:
    """One layer for every band of distance but the last, which stays as the background."""
    names = (*plan.depth[:-1][:most], plan.depth[-1])
    bands = banded(rgb, [found for _, found in chosen], names, None if depth is None else depth(rgb))
    found = [(place, one) for place, band in enumerate(bands) for one in band]
    cuts = tuple(Cut(f"l{len(found) - n}", place, one) for n, (place, one) in enumerate(found))
    reports = []
    for place, name in enumerate(names[:-1]):
        layers = tuple(cut.id for cut in cuts if cut.target == place)
        outcome = Outcome.EXTRACTED if layers else Outcome.NOT_FOUND
        reports.append(TargetReport(name, outcome, "" if layers else _NO_BAND, layers))
    return Search(cuts, (*reports, TargetReport(names[-1], Outcome.KEPT)))


def _surely(group: Sequence[Found]) -> bool:
    return any(one.confidence >= SURE for one in group)


def _report(target: Target, cuts: list[Cut], capped: bool, tiny: bool, guesses: Sequence[Found]) -> TargetReport:
    layers = tuple(cut.id for cut in cuts)
    if not cuts and guesses and not capped:
        return TargetReport(
            target.phrase, Outcome.UNCERTAIN, f"{_LEFT} {guesses[0].advice or Outcome.UNCERTAIN.advice}"
        )
    if not cuts:
        outcome = Outcome.CAP_REACHED if capped else Outcome.TOO_SMALL if tiny else Outcome.NOT_FOUND
        return TargetReport(target.phrase, outcome, outcome.advice)
    unsure = [cut for cut in cuts if cut.found.confidence < SURE]
    doubtful = len(unsure) == len(cuts) or bool(guesses)
    advice = []
    if len(unsure) == len(cuts):
        advice.append(unsure[0].found.advice or Outcome.UNCERTAIN.advice)
    elif unsure:
        names = ", ".join(f'"{cut.found.name}"' for cut in unsure)
        advice.append(f"{len(unsure)} of these {len(cuts)} layers are guesses, so look at them: {names}.")
    if guesses:
        advice.append(_MORE)
    if capped:
        advice.append(Outcome.CAP_REACHED.advice)
    outcome = Outcome.UNCERTAIN if doubtful else Outcome.CAP_REACHED if capped else Outcome.EXTRACTED
    return TargetReport(target.phrase, outcome, " ".join(advice), layers)


def sought(rgb: Rgb, asked: Instruction, stages: Stages, tick: Tick) -> tuple[Cut, ...]:
    """The cuts that answer an instruction, planned and looked for in one go."""
    plan = stages.planner(asked, rgb)
    return search(rgb, plan, asked, stages, tick).cuts
