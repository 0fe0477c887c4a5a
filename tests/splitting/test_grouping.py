"""No more layers than were asked for: what belongs together shares one."""

from __future__ import annotations

import numpy as np
import pytest

from delaminate.contracts import Found
from delaminate.splitting.grouping import grouped, name_of
from delaminate.stack import Role
from findings import line, rectangle

BOTTLE, LABEL = rectangle(10, 10, 40, 90, "bottle"), rectangle(15, 40, 35, 60, "label")
LAMP = rectangle(150, 20, 180, 80, "lamp")
TITLE, DATE = line(60, 5, 120, 15, "SALE"), line(60, 80, 120, 86, "MAY 4")


def names(*found: Found, most: int) -> set[str]:
    """What the layers are called."""
    return {group.found.name for group in grouped([(0, one) for one in found], most, 200, 100)}


def test_few_enough_things_are_left_alone() -> None:
    """The findings themselves come back, each with its target."""
    groups = grouped([(0, BOTTLE), (3, LAMP)], 2, 200, 100)
    assert [(group.found, group.targets) for group in groups] == [(BOTTLE, frozenset({0})), (LAMP, frozenset({3}))]


def test_lines_of_text_are_the_first_to_share_a_layer() -> None:
    """However far apart they stand, before any thing is joined to another."""
    assert names(BOTTLE, LAMP, TITLE, DATE, most=3) == {"bottle", "lamp", "text"}


def test_a_small_thing_goes_with_what_carries_it() -> None:
    """The label on the bottle, not the lamp beside it."""
    assert names(BOTTLE, LABEL, LAMP, most=2) == {"bottle and label", "lamp"}


def test_two_layers_are_the_text_and_the_things() -> None:
    """What is written stays apart from what is drawn as long as there is a layer for it."""
    assert names(BOTTLE, LABEL, LAMP, TITLE, DATE, most=2) == {"text", "bottle, lamp and label"}


@pytest.mark.parametrize("most", [1, 2, 3, 4])
def test_a_group_is_all_of_its_things_and_nothing_else(most: int) -> None:
    """The masks of the groups are the masks of the findings, none lost and none invented."""
    found = [BOTTLE, LABEL, LAMP, TITLE, DATE]
    groups = grouped(list(enumerate(found)), most, 200, 100)
    assert len(groups) == most
    assert sorted(target for group in groups for target in group.targets) == [0, 1, 2, 3, 4]
    seen, wanted = np.zeros((100, 200), np.bool_), np.zeros((100, 200), np.bool_)
    for group in groups:
        seen[group.found.box.slices] |= group.found.mask
    for one in found:
        wanted[one.box.slices] |= one.mask
    assert (seen == wanted).all()


def test_text_keeps_its_coverage_and_its_words() -> None:
    """Of a mixed group the matter works out the edges anew."""
    (text,) = grouped([(0, TITLE), (0, DATE)], 1, 200, 100)
    assert (text.found.role, text.found.text) == (Role.TEXT, "SALE\nMAY 4")
    assert text.found.alpha is not None
    assert float(text.found.alpha.max()) == 0.75
    (mixed,) = grouped([(0, TITLE), (0, LAMP)], 1, 200, 100)
    assert (mixed.found.alpha, mixed.found.text) == (None, None)


def test_a_group_lists_its_largest_things() -> None:
    """And counts the rest."""
    assert name_of([LABEL, LAMP, BOTTLE, rectangle(0, 0, 3, 3, "dot")]) == "bottle, lamp and 2 more"


def test_the_front_of_a_group_is_that_of_its_frontmost() -> None:
    """So that nothing that lies behind it is cut first."""
    (one,) = grouped([(0, rectangle(0, 0, 9, 9, front=2.0)), (1, rectangle(5, 5, 20, 20, front=5.0))], 1, 200, 100)
    assert one.found.front == 5.0
