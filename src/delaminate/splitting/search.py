"""What a plan's answers become: cuts, front to back, no more than the cap, and one report per target."""

from __future__ import annotations

from dataclasses import dataclass, replace

from delaminate.contracts import (
    Found,
    Instruction,
    Kind,
    Outcome,
    Plan,
    Stages,
    Target,
    TargetReport,
    Tick,
    no_tick,
)
from delaminate.pixels import Rgb
from delaminate.splitting.keeping import without_kept
from delaminate.splitting.overlaps import overlap

SMALLEST = 12
"""Fewest pixels worth a layer."""


@dataclass(frozen=True, eq=False)
class Cut:
    """A finding with its place in the stack: the id of its layer and the target (index into the plan) it answers."""

    id: str
    target: int
    found: Found


@dataclass(frozen=True, eq=False)
class Search:
    """What was found for a plan: cuts front to back, and one report per target."""

    cuts: tuple[Cut, ...]
    reports: tuple[TargetReport, ...]


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
    prepared = stages.segmenter.prepare(rgb, lambda done: tick(0.5 * done))
    wanted = (Target("everything else", Kind.ANYTHING, count=None),) if plan.inverted else plan.targets
    # What stays comes first in an inverted plan: the indices of the reports and the layers' targets are the plan's.
    stays = plan.targets if plan.inverted else plan.kept
    asked = replace(plan, targets=(*stays, *wanted) if plan.inverted else (*wanted, *stays))
    found_of = stages.segmenter(prepared, asked, lambda done: tick(0.5 + 0.5 * done))
    first = len(stays) if plan.inverted else 0
    kept = [one for place, group in enumerate(found_of) if not first <= place < first + len(wanted) for one in group]
    answers = [without_kept(group, kept, target) for group, target in zip(found_of[first:], wanted, strict=False)]
    answers = [*(() for _ in range(first)), *answers]
    reports: list[TargetReport] = []
    chosen: list[tuple[int, Found]] = []
    left_out: set[int] = set()
    tiny: set[int] = set()
    # One of each target before a second of any, so that the cap cuts off the least wanted.
    rank = 0
    while any(len(group) > rank for group in answers):
        for index, group in enumerate(answers):
            if len(group) <= rank:
                continue
            found = group[rank]
            if int(found.mask.sum()) < SMALLEST:
                tiny.add(index)
            elif any(overlap(found, other) > 0.8 for _, other in chosen):
                continue
            elif len(chosen) == instruction.max_layers:
                left_out.add(index)
            else:
                chosen.append((index, found))
        rank += 1
    chosen.sort(key=lambda pair: -pair[1].front)
    cuts = tuple(Cut(f"l{len(chosen) - n}", index, found) for n, (index, found) in enumerate(chosen))
    for index, target in enumerate(asked.targets):
        if index >= first + len(wanted):
            reports.append(TargetReport(target.phrase, Outcome.KEPT))
            continue
        mine = [cut for cut in cuts if cut.target == index]
        if plan.inverted and index < len(plan.targets):
            reports.append(TargetReport(target.phrase, Outcome.KEPT))
            continue
        reports.append(_report(target, mine, index in left_out, index in tiny))
    return Search(cuts, tuple(reports))


def _report(target: Target, cuts: list[Cut], capped: bool, tiny: bool) -> TargetReport:
    layers = tuple(cut.id for cut in cuts)
    if not cuts:
        outcome = Outcome.CAP_REACHED if capped else Outcome.TOO_SMALL if tiny else Outcome.NOT_FOUND
        return TargetReport(target.phrase, outcome, outcome.advice)
    unsure = [cut for cut in cuts if cut.found.confidence < 0.5]
    advice = [unsure[0].found.advice or Outcome.UNCERTAIN.advice] if unsure else []
    if capped:
        advice.append(Outcome.CAP_REACHED.advice)
    outcome = Outcome.UNCERTAIN if len(unsure) == len(cuts) else Outcome.CAP_REACHED if capped else Outcome.EXTRACTED
    return TargetReport(target.phrase, outcome, " ".join(advice), layers)


def sought(rgb: Rgb, asked: Instruction, stages: Stages, tick: Tick) -> tuple[Cut, ...]:
    """The cuts that answer an instruction, planned and looked for in one go."""
    plan = stages.planner(asked, rgb)
    return search(rgb, plan, asked, stages, tick).cuts
