"""The behaviour of a segmenter as tests; a subclass says which one."""

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from contracts.inpainter_suite import picture
from delaminate.contracts import Found, Kind, Plan, Segmenter, Target
from delaminate.errors import Cancelled
from delaminate.pixels import Box

EVERYTHING = Plan(
    (
        Target("the red ball", noun="ball", name="red ball", colours=("red",)),
        Target("the title", Kind.TEXT, text_role="title"),
        Target("the main subject", Kind.SUBJECT),
        Target("every object", count=None),
        Target("all discs", noun="disc", name="discs", count=None, each=False),
        Target("here", name="here", box=Box(20, 30, 110, 120)),
        Target("there", point=(200, 80)),
        Target("everything", Kind.ANYTHING, count=None),
    )
)


def scene(dtype: type = np.uint8) -> NDArray[Any]:
    """A red and a blue ball and a word on a pale ground, 300 × 200."""
    canvas = np.full((200, 300, 3), (225, 220, 210), np.uint8)
    cv2.circle(canvas, (65, 75), 40, (200, 30, 40), -1, cv2.LINE_AA)
    cv2.circle(canvas, (200, 80), 35, (30, 60, 190), -1, cv2.LINE_AA)
    cv2.putText(canvas, "HARBOUR", (60, 170), cv2.FONT_HERSHEY_DUPLEX, 1.1, (20, 20, 20), 2, cv2.LINE_AA)
    return canvas.astype(dtype) * (257 if dtype is np.uint16 else 1)


def facts(answers: tuple[tuple[Found, ...], ...]) -> list[Any]:
    """Everything of the findings that can be compared."""
    return [(f.box, f.name, f.confidence, f.front, f.mask.tobytes()) for group in answers for f in group]


class SegmenterSuite:
    """Every test here holds for every segmenter."""

    @pytest.fixture
    def segmenter(self) -> Segmenter:
        """The one under test."""
        raise NotImplementedError

    @pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
    def test_every_target_gets_its_answer(self, segmenter: Segmenter, dtype: type) -> None:
        """One group a target; boxes within the picture, masks of their boxes' size that reach all four sides."""
        answers = segmenter(segmenter.prepare(scene(dtype)), EVERYTHING)
        assert len(answers) == len(EVERYTHING.targets)
        for found in (f for group in answers for f in group):
            _check(found, 300, 200)

    @pytest.mark.parametrize(("height", "width"), [(1, 1), (20, 5000), (2, 40)])
    def test_odd_pictures_are_no_trouble(self, segmenter: Segmenter, height: int, width: int) -> None:
        """A pixel and a ribbon; what is found lies inside."""
        plan = Plan((Target("the ball", noun="ball"), Target("it", Kind.SUBJECT), Target("all", Kind.ANYTHING)))
        answers = segmenter(segmenter.prepare(picture(height, width)), plan)
        for found in (f for group in answers for f in group):
            _check(found, width, height)

    def test_no_more_come_than_were_asked_for(self, segmenter: Segmenter) -> None:
        """A count is a bound, and what was to be one layer is one."""
        plan = Plan((Target("the ball", noun="ball"), Target("all balls", noun="ball", count=None, each=False)))
        answers = segmenter(segmenter.prepare(scene()), plan)
        assert [len(group) <= 1 for group in answers] == [True, True]

    def test_one_look_serves_several_plans(self, segmenter: Segmenter) -> None:
        """What was prepared may be used again, and says the same as when it is made anew."""
        prepared = segmenter.prepare(scene())
        plan = Plan(EVERYTHING.targets[:3])
        first = facts(segmenter(prepared, plan))
        segmenter(prepared, Plan((Target("the blue ball", noun="ball", colours=("blue",)),)))
        assert facts(segmenter(prepared, plan)) == first
        assert facts(segmenter(segmenter.prepare(scene()), plan)) == first

    def test_a_plan_without_targets_finds_nothing(self, segmenter: Segmenter) -> None:
        """An empty answer to an empty question."""
        assert segmenter(segmenter.prepare(scene()), Plan(())) == ()

    def test_it_changes_none_of_its_inputs(self, segmenter: Segmenter) -> None:
        """The picture is the caller's."""
        rgb = scene()
        segmenter(segmenter.prepare(rgb), EVERYTHING)
        assert np.array_equal(rgb, scene())

    def test_it_can_be_cancelled(self, segmenter: Segmenter) -> None:
        """In the second step, where it works longest."""

        def stop(_: float) -> None:
            raise Cancelled

        prepared = segmenter.prepare(scene())
        with pytest.raises(Cancelled):
            segmenter(prepared, EVERYTHING, stop)


def _check(found: Found, width: int, height: int) -> None:
    """One finding obeys the contract."""
    box, mask = found.box, found.mask
    assert 0 <= box.left < box.right <= width
    assert 0 <= box.top < box.bottom <= height
    assert mask.dtype == np.bool_
    assert mask.shape == (box.height, box.width)
    assert mask.any()
    assert 0 <= found.confidence <= 1
    assert found.name
    if found.alpha is not None:
        assert found.alpha.dtype == np.float32
        assert found.alpha.shape == mask.shape
        assert 0 <= found.alpha.min() <= found.alpha.max() <= 1
