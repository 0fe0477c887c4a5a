"""Which of the lines of a picture words mean."""

from __future__ import annotations

import numpy as np
import pytest

from delaminate.contracts import Kind, Target
from delaminate.pixels import Box
from delaminate.stages.segmentation.embedded.text_lines import Line
from delaminate.stages.segmentation.embedded.wording import chosen_lines


def line(text: str, top: int, height: float) -> Line:
    """A line of some height."""
    box = Box(10, top, 110, top + round(height))
    ink = np.ones((box.height, box.width), np.float32)
    return Line(text, 0.9, height, box, ink, ink > 0)


@pytest.mark.parametrize("price", ["$ 260", "59 €", "1200", "-20%"])
def test_a_price_as_large_as_the_title_is_no_part_of_it(price: str) -> None:
    """Cards set both in about one size."""
    lines = (line("Mini Set", 10, 52), line(price, 80, 50), line("Get it", 150, 30))
    assert [one.text for one in chosen_lines(lines, Target("title", Kind.TEXT, text_role="title"))] == ["Mini Set"]
    if not price.startswith("1200"):
        assert [one.text for one in chosen_lines(lines, Target("price", Kind.TEXT, text_role="price"))] == [price]


def test_a_title_of_two_lines_is_both() -> None:
    """A sum of money in a sentence is none."""
    lines = (line("Win $500 with", 10, 60), line("your pictures", 80, 58), line("until June", 150, 20))
    title = chosen_lines(lines, Target("title", Kind.TEXT, text_role="title"))
    assert [one.text for one in title] == ["Win $500 with", "your pictures"]


def test_where_there_are_only_prices_the_largest_is_the_title() -> None:
    """A price tag has no other."""
    lines = (line("$ 260", 10, 50), line("$ 90", 80, 20))
    assert [one.text for one in chosen_lines(lines, Target("title", Kind.TEXT, text_role="title"))] == ["$ 260"]
