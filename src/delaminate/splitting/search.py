"""What a plan's answers become: cuts, front to back, no more than the cap, and one report per target."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

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
from delaminate.pixels import Box, Mask, Rgb, shared

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
    asked = plan
    if plan.inverted:
        everything = Target("everything else", Kind.ANYTHING, count=None)
        asked = replace(plan, targets=(*plan.targets, everything))
    answers = stages.segmenter(prepared, asked, lambda done: tick(0.5 + 0.5 * done))
    reports: list[TargetReport] = []
    if plan.inverted:
        kept = [found for group in answers[:-1] for found in group]
        rest = tuple(f for f in answers[-1] if not any(_overlap(f, k) > 0.5 for k in kept))
        answers = (*(() for _ in plan.targets), rest)
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
            elif any(_overlap(found, other) > 0.8 for _, other in chosen):
                continue
            elif len(chosen) == instruction.max_layers:
                left_out.add(index)
            else:
                chosen.append((index, found))
        rank += 1
    chosen.sort(key=lambda pair: -pair[1].front)
    cuts = tuple(Cut(f"l{len(chosen) - n}", index, found) for n, (index, found) in enumerate(chosen))
    for index, target in enumerate(asked.targets):
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


def _overlap(a: Found, b: Found) -> float:
    """Intersection over union of two findings."""
    box = shared(a.box, b.box)
    if box is None:
        return 0.0
    both = int((_part(a, box) & _part(b, box)).sum())
    return both / (int(a.mask.sum()) + int(b.mask.sum()) - both)


def _part(found: Found, box: Box) -> Mask:
    """The finding's mask inside a box of the picture that lies within the finding's own."""
    return found.mask[box.slices_in(found.box)]


def within(found: Found, box: Box) -> Mask:
    """The finding's mask over any box of the picture; False outside the finding."""
    out = np.zeros((box.height, box.width), np.bool_)
    inner = shared(found.box, box)
    if inner is not None:
        out[inner.slices_in(box)] = _part(found, inner)
    return out


def sought(rgb: Rgb, asked: Instruction, stages: Stages, tick: Tick) -> tuple[Cut, ...]:
    """The cuts that answer an instruction, planned and looked for in one go."""
    plan = stages.planner(asked, rgb)
    return search(rgb, plan, asked, stages, tick).cuts
