"""Whole stacks proposed by a small random Qwen-Image-Layered, and made exact."""

import pytest

from contracts.segmenter_suite import SegmenterSuite, scene
from delaminate.contracts import Instruction, Kind, Outcome, Plan, Segmenter, Stages, Target
from delaminate.errors import BadInput
from delaminate.picture import open_picture
from delaminate.splitting.split import split
from delaminate.stages.foreground.multilevel import Multilevel
from delaminate.stages.inpainting.content_aware.fill import ContentAware
from delaminate.stages.matting.closed_form import ClosedForm
from delaminate.stages.planning.grammar.planner import Grammar
from delaminate.stages.whole.qwen_layered import QwenLayered
from with_torch import tiny


@pytest.fixture(scope="session")
def layered(tmp_path_factory: pytest.TempPathFactory) -> QwenLayered:
    """Two layers and a background in one step."""
    return QwenLayered(str(tiny.qwen_layered(tmp_path_factory.mktemp("layered"))), layers=3, steps=1, guidance=1.0)


class TestQwenLayered(SegmenterSuite):
    """As a segmenter among the others."""

    @pytest.fixture
    def segmenter(self, layered: QwenLayered) -> Segmenter:
        """The one of the session."""
        return layered


def test_its_layers_become_exact_at_the_size_of_the_picture(layered: QwenLayered) -> None:
    """Alpha from the model; colours, fill and proof from the peel loop."""
    stages = Stages("layered", Grammar(), layered, ClosedForm(), Multilevel(), ContentAware())
    rgb = scene()
    result = split(open_picture(rgb), Instruction("extract every object"), stages)
    assert (result.report.max_error, result.report.differing_pixels) == (0, 0)
    assert result.report.targets[0].outcome is Outcome.EXTRACTED
    assert [layer.name for layer in result.stack.layers][1].startswith("layer")


def test_what_it_was_not_told_is_uncertain(layered: QwenLayered) -> None:
    """A named thing gets all layers, little confidence and advice; the others get nothing."""
    plan = Plan((Target("the balls", noun="ball", count=None), Target("the lamp", noun="lamp")))
    balls, lamp = layered(layered.prepare(scene()), plan)
    assert lamp == ()
    assert {found.confidence < 0.5 for found in balls} == {True}
    assert "cannot be told" in balls[0].advice


def test_the_same_words_are_proposed_for_once(layered: QwenLayered) -> None:
    """The costly half is kept with the picture."""
    prepared = layered.prepare(scene())
    plan = Plan((Target("everything", Kind.ANYTHING, count=None),))
    first = layered(prepared, plan)
    proposals = dict(prepared.proposals)
    layered(prepared, plan)
    assert prepared.proposals == proposals
    assert [f.front for f in first[0]] != []


def test_options_out_of_range_are_refused() -> None:
    """When the stage is made."""
    with pytest.raises(BadInput):
        QwenLayered(layers=1)
