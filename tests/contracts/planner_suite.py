"""The behaviour of a planner as tests; a subclass says which one."""

from typing import Any

import numpy as np
import pytest

from contracts.segmenter_suite import scene
from delaminate.contracts import Instruction, NamedBox, NamedPoint, Planner
from delaminate.errors import BadInstruction, Cancelled
from delaminate.pixels import Box

WISH = Instruction("the red ball and the title")
OUTSIDE = NamedBox(Box(250, 10, 400, 90))


class PlannerSuite:
    """Every test here holds for every planner; one that asks a model has it answer with a red ball and a title."""

    @pytest.fixture
    def planner(self) -> Planner:
        """The one under test."""
        raise NotImplementedError

    @pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
    def test_what_is_asked_for_becomes_targets_with_names(self, planner: Planner, dtype: type) -> None:
        """In the order of the sentence; boxes and points, where it tells any, lie in the picture."""
        plan = planner(WISH, scene(dtype))
        assert ["ball" in plan.targets[0].name, "title" in plan.targets[1].phrase] == [True, True]
        assert plan.planner
        for target in plan.targets:
            assert target.box is None or target.box.within(Box(0, 0, 300, 200))

    def test_what_is_marked_goes_first(self, planner: Planner) -> None:
        """A box and a point are the user's own words."""
        box = Box(20, 30, 110, 120)
        plan = planner(Instruction(WISH.text, boxes=(NamedBox(box),), points=(NamedPoint(200, 80),)), scene())
        assert [one.box for one in plan.targets if one.box == box] == [box]
        assert plan.targets[0].box == box
        assert plan.targets[1].point == (200, 80)

    def test_marks_alone_need_no_words(self, planner: Planner) -> None:
        """One target each."""
        plan = planner(Instruction("", points=(NamedPoint(200, 80),)), scene())
        assert [one.point for one in plan.targets] == [(200, 80)]

    def test_it_says_the_same_twice(self, planner: Planner) -> None:
        """Same picture and sentence, same plan."""
        assert planner(WISH, scene()) == planner(WISH, scene())

    @pytest.mark.parametrize(
        "asked", [Instruction(""), Instruction("the ball", boxes=(NamedBox(Box(250, 10, 400, 90)),))]
    )
    def test_what_cannot_be_meant_is_refused(self, planner: Planner, asked: Instruction) -> None:
        """No words at all, and a box that leaves the picture."""
        with pytest.raises(BadInstruction):
            planner(asked, scene())

    def test_it_changes_none_of_its_inputs(self, planner: Planner) -> None:
        """The picture is the caller's."""
        rgb = scene()
        planner(WISH, rgb)
        assert np.array_equal(rgb, scene())


class AskingPlannerSuite(PlannerSuite):
    """Besides, what holds for those that ask a model."""

    @pytest.fixture
    def unhelped(self) -> Planner:
        """The one under test, whose model does not answer."""
        raise NotImplementedError

    def test_the_models_plan_is_taken(self, planner: Planner) -> None:
        """With its boxes."""
        plan = planner(WISH, scene())
        assert plan.planner.startswith("language-model")
        assert plan.targets[0].box is not None

    def test_it_can_be_cancelled(self, planner: Planner) -> None:
        """What the watcher raises comes through."""

        def stop(_: float) -> Any:
            raise Cancelled

        with pytest.raises(Cancelled):
            planner(WISH, scene(), stop)

    def test_without_an_answer_the_grammar_reads(self, unhelped: Planner) -> None:
        """And the plan says why, again at once when the server is left alone."""
        for _ in range(2):
            plan = unhelped(WISH, scene())
            assert plan.planner != "language-model"
            assert len(plan.targets) == 2
            assert "read by grammar" in plan.note
