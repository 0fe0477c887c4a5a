"""What a plan's answers become: cuts front to back, no more than the cap, and one report a target."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from delaminate.contracts import Found, Instruction, Outcome, Plan, Target, Tick, no_tick
from delaminate.engines import engine
from delaminate.pixels import Box, Rgb
from delaminate.splitting.overlaps import within
from delaminate.splitting.search import SMALLEST, Search, search

RGB = np.zeros((60, 80, 3), np.uint8)


@dataclass(frozen=True)
class Answers:
    """A segmenter that gives each target what it is told; the last answer is that for everything else."""

    groups: tuple[tuple[Found, ...], ...]

    def prepare(self, rgb: Rgb, tick: Tick = no_tick) -> None:
        return None

    def __call__(self, prepared: Any, plan: Plan, tick: Tick = no_tick) -> tuple[tuple[Found, ...], ...]:
        assert len(plan.targets) == len(self.groups)
        return self.groups


def found(left: int, top: int, right: int, bottom: int, **facts: Any) -> Found:
    """A rectangle that was found."""
    box = Box(left, top, right, bottom)
    return Found(box, np.ones((box.height, box.width), np.bool_), **{"name": "thing", **facts})


def searched(*groups: tuple[Found, ...], most: int = 6, inverted: bool = False, strict: bool = False) -> Search:
    """What the search makes of these answers to as many targets."""
    asked = len(groups) - inverted
    plan = Plan(tuple(Target(f"thing {n}") for n in range(asked)), inverted)
    stages = replace(engine(), segmenter=Answers(groups))
    return search(RGB, plan, Instruction("things", max_layers=most, strict=strict), stages)


def test_the_cap_leaves_out_a_second_of_one_target_before_the_first_of_another() -> None:
    """Two places for three answers: each target gets one, and the target that has more is told so."""
    first, second, other = found(0, 0, 10, 10), found(20, 0, 30, 10), found(40, 0, 50, 10)
    result = searched((first, second), (other,), most=2)
    assert [cut.found for cut in result.cuts] == [first, other]
    assert [report.outcome for report in result.reports] == [Outcome.CAP_REACHED, Outcome.EXTRACTED]
    assert "max_layers" in result.reports[0].advice


def test_what_is_not_there_is_reported_with_advice() -> None:
    """A target without a finding ends as not found and names the way on."""
    (report,) = searched(()).reports
    assert (report.outcome, report.layers) == (Outcome.NOT_FOUND, ())
    assert "with a box" in report.advice


def test_a_guess_is_called_a_guess() -> None:
    """Low confidence gives a layer, an uncertain outcome and advice; the segmenter's own advice goes first."""
    (report,) = searched((found(0, 0, 10, 10, confidence=0.3),)).reports
    assert (report.outcome, report.layers) == (Outcome.UNCERTAIN, ("l1",))
    assert "engine" in report.advice
    (told,) = searched((found(0, 0, 10, 10, confidence=0.3, advice="It may be a plum."),)).reports
    assert told.advice == "It may be a plum."


def test_one_sure_finding_of_two_is_an_answer_with_a_remark() -> None:
    """The outcome is extracted, and the advice says which of them is a guess."""
    guess = replace(found(20, 0, 30, 10, confidence=0.2), name="plum")
    (report,) = searched((found(0, 0, 10, 10), guess)).reports
    assert report.outcome is Outcome.EXTRACTED
    assert report.advice == '1 of these 2 layers are guesses, so look at them: "plum".'


def test_a_few_pixels_are_too_small_for_a_layer() -> None:
    """One pixel fewer than a layer is worth is reported, not extracted; as many as it is worth are a layer."""
    assert searched((found(0, 0, SMALLEST - 1, 1),)).reports[0].outcome is Outcome.TOO_SMALL
    assert searched((found(0, 0, SMALLEST, 1),)).reports[0].outcome is Outcome.EXTRACTED


def test_the_same_thing_is_taken_once() -> None:
    """Two targets that mean one thing: the first has it, the second ends as not found."""
    result = searched((found(0, 0, 20, 20),), (found(0, 0, 20, 19),))
    assert [cut.target for cut in result.cuts] == [0]
    assert [report.outcome for report in result.reports] == [Outcome.EXTRACTED, Outcome.NOT_FOUND]


def test_cuts_run_front_to_back_and_ids_count_from_the_back() -> None:
    """Whatever the order of asking: l1 is the layer just above the background."""
    back, front = found(0, 0, 30, 30, front=1.0), found(10, 10, 20, 20, front=2.0)
    result = searched((back,), (front,))
    assert [(cut.id, cut.found) for cut in result.cuts] == [("l2", front), ("l1", back)]
    assert [report.layers for report in result.reports] == [("l1",), ("l2",)]


def test_everything_except_takes_the_rest_and_keeps_what_is_named() -> None:
    """What the exception covers is no layer, though "everything" found it too."""
    kept, other = found(0, 0, 20, 20), found(40, 0, 60, 20)
    result = searched((kept,), (found(0, 0, 20, 20), other), inverted=True)
    assert [cut.found for cut in result.cuts] == [other]
    assert [report.outcome for report in result.reports] == [Outcome.KEPT, Outcome.EXTRACTED]


def test_what_stays_is_looked_for_and_said_when_it_is_not_seen() -> None:
    """ "Kept" without a look would promise what nobody checked."""
    plain, guess = found(0, 0, 20, 20), found(0, 0, 20, 20, confidence=0.3)
    for kept, told in ((plain, ""), (guess, "It was not surely recognised")):
        result = searched((kept,), (found(40, 0, 60, 20),), inverted=True)
        assert result.reports[0].outcome is Outcome.KEPT
        assert result.reports[0].advice[: len(told) or None] == told
    assert searched((), (found(40, 0, 60, 20),), inverted=True).reports[0].advice.startswith("It was not surely")


def test_a_mask_is_seen_through_any_window() -> None:
    """Inside the finding its mask, outside it nothing."""
    one = found(10, 10, 20, 20)
    window = Box(15, 5, 40, 12)
    seen = within(one, window)
    assert seen.shape == (7, 25)
    assert seen.sum() == 2 * 5
    assert seen[5:, :5].all()
    assert not within(one, Box(30, 30, 35, 35)).any()


def test_strictly_a_guess_stays_in_the_background() -> None:
    """It is reported as uncertain without a layer, no fill may copy it, and what is sure becomes a layer as before."""
    guess, sure = found(0, 0, 10, 10, confidence=0.49, advice="It may be a plum."), found(20, 0, 30, 10, confidence=0.5)
    result = searched((guess,), (sure,), strict=True)
    assert [cut.found for cut in result.cuts] == [sure]
    assert [report.outcome for report in result.reports] == [Outcome.UNCERTAIN, Outcome.EXTRACTED]
    assert result.reports[0].layers == ()
    assert result.reports[0].advice.endswith("It may be a plum.")
    assert any(one is guess for one in result.others)
    (mixed,) = searched((sure, guess), strict=True).reports
    assert (mixed.outcome, mixed.layers) == (Outcome.UNCERTAIN, ("l1",))
    assert mixed.advice.startswith("Something more may be meant by this: it stays in the background")
