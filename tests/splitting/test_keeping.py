"""What stays stays whole."""

from __future__ import annotations

from delaminate.contracts import Target
from delaminate.splitting.keeping import without_kept
from delaminate.splitting.overlaps import joined
from findings import line, rectangle

MANY, ONE = Target("everything", count=None), Target("the card")


def test_a_line_under_text_that_is_kept_as_one_is_left_out() -> None:
    """However small a part of all the text it is."""
    lines = [line(0, 10 * n, 60, 10 * n + 6, f"line {n}") for n in range(8)]
    circle = rectangle(100, 0, 150, 50)
    assert without_kept([*lines, circle], [joined(lines, "text")], MANY) == (circle,)


def test_a_card_leaves_the_text_on_it_behind() -> None:
    """Its mask has holes where the text stands and five pixels round that, and nothing closes them again."""
    text = line(10, 10, 50, 20, "SALE")
    (card,) = without_kept([rectangle(0, 0, 100, 100)], [text], MANY)
    assert not card.mask[10:20, 5:55].any()
    assert not card.mask[5:25, 10:50].any()
    assert int(card.mask.sum()) == 100 * 100 - (40 * 10 + 2 * 5 * (40 + 10) + 4 * 10)
    assert card.drawn


def test_a_named_thing_is_not_lost_to_what_is_kept() -> None:
    """Where both are taken for the same, the words that ask go before the words that spare."""
    card = rectangle(0, 0, 100, 100)
    assert without_kept([card], [rectangle(0, 0, 98, 98)], ONE) == (card,)


def test_a_guess_takes_nothing_from_a_named_thing() -> None:
    """A handle that is hardly there does not bite into the mug."""
    mug = rectangle(0, 0, 100, 100)
    assert without_kept([mug], [rectangle(90, 20, 100, 60, confidence=0.2)], ONE) == (mug,)
    (bitten,) = without_kept([mug], [rectangle(90, 20, 100, 60, confidence=0.9)], ONE)
    assert int(bitten.mask.sum()) == 100 * 100 - 10 * 40
