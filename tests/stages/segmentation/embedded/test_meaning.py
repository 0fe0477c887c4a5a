"""What is measured of regions beside each other, and what the engine makes of words that are a name."""

from __future__ import annotations

import numpy as np
import pytest

from delaminate.contracts import Instruction, Target
from delaminate.pixels import Mask
from delaminate.stages.planning.grammar.planner import Grammar
from delaminate.stages.segmentation.embedded.meaning import MEASURES, company_of, measured
from delaminate.stages.segmentation.embedded.network import trained_network
from delaminate.stages.segmentation.embedded.segmenter import Embedded, Untaught
from delaminate.stages.segmentation.embedded.wording import as_said, spoken

BLANK = np.zeros((4, 4, 3), np.uint8)
AT = {name: column for column, name in enumerate(MEASURES)}


def regions() -> list[Mask]:
    """A thing, its left half, the thing with as much beside it, and another far away."""
    masks = [np.zeros((80, 160), np.bool_) for _ in range(4)]
    masks[0][20:60, 20:60] = True
    masks[1][20:60, 20:40] = True
    masks[2][20:60, 20:100] = True
    masks[3][20:60, 110:150] = True
    return masks


def test_regions_know_what_is_a_part_of_them_and_what_lies_apart() -> None:
    """Counted by hand."""
    company = company_of(regions())
    assert company.within[1, 0]
    assert company.within[0, 2]
    assert company.within.sum() == 3  # and the half in the pair
    assert company.apart[3].tolist() == [True, True, True, False]
    assert company.same.sum() == 4  # a half shares half of the union, which is not more than half
    assert company.share == pytest.approx([0.125, 0.0625, 0.25, 0.125])


def test_measurements_compare_a_region_with_what_is_around_it() -> None:
    """The thing agrees better than its half, than the pair and than the other."""
    agreement = np.array([0.6, 0.4, 0.5, 0.1], np.float32)
    own, worth = np.array([0.7, 0.6, 0.6, 0.8], np.float32), np.array([0.9, 0.5, 0.4, 0.9], np.float32)
    table = measured(company_of(regions()), agreement, own, worth, worth, 0.5)
    assert table.shape == (4, len(MEASURES))
    assert table[:, AT["rank"]] == pytest.approx([1, 1 / 3, 2 / 3, 0])
    assert table[0, AT["best part"]] == pytest.approx(0.4 - 0.6)
    assert table[0, AT["best whole"]] == pytest.approx(0.5 - 0.6)
    assert table[0, AT["best elsewhere"]] == pytest.approx(0.1 - 0.6)
    assert table[3, AT["best part"]] == pytest.approx(-1 - 0.1)  # there is none
    assert table[:, AT["ahead of its best name"]] == pytest.approx(agreement - own)
    assert (table[:, AT["strange"]] == 0.5).all()


@pytest.mark.parametrize("said", ["the small airplane", "The Black Heart", "a purple plant", "my small airplane"])
def test_words_that_are_a_name_are_asked_for_whole(said: str) -> None:
    """A size or a colour that belongs to the name is no size and no colour to look for."""
    network = trained_network()
    assert network is not None
    (target,) = Grammar()(Instruction(said), BLANK).targets
    assert network.is_name(as_said(target))
    assert not network.is_name("the")
    name = said.casefold().split(" ", 1)[1]
    assert Embedded().prepare(BLANK).phrase_of(target) == (name, True)
    assert Untaught().prepare(BLANK).phrase_of(target) == (spoken(target), False)


def test_words_that_are_no_name_are_asked_for_without_their_colour() -> None:
    """The colour is looked for in the picture."""
    target = Target("the turquoise zog", noun="zog", name="turquoise zog", colours=("cyan",))
    assert Embedded().prepare(BLANK).phrase_of(target) == (spoken(target), False)
    assert spoken(Target("the blue zog", noun="zog", name="blue zog", colours=("blue",))) == "zog"
