"""Misspelled words find the word that was meant, real and foreign ones are left alone."""

import sys

import pytest

from delaminate.vocabulary.spelling import LONGEST, nearest


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("umbrela", "umbrella"), ("charactor", "character"), ("elefant", "elephant"), ("giraf", "giraffe"),
        ("buterfly", "butterfly"), ("bicicle", "bicycle"), ("dinosuar", "dinosaur"), ("motorcicle", "motorcycle"),
        ("monky", "monkey"), ("lepard", "leopard"), ("strawbery", "strawberry"), ("bottel", "bottle"),
        ("womam", "woman"), ("peple", "people"), ("Guittar", "guitar"), ("shaddow", "shadow"), ("buton", "button"),
    ],
)  # fmt: skip
def test_slips_of_the_pen_are_seen_through(written: str, meant: str) -> None:
    """A letter too few, too many, wrong or out of place."""
    assert nearest(written) == meant


def test_the_words_of_a_grammar_go_first() -> None:
    """A planner brings its own words; one of them that fits as well is taken."""
    own = frozenset({"separate", "background", "extract"})
    assert [nearest(word, own) for word in ("seperate", "backround", "extrat")] == ["separate", "background", "extract"]
    assert nearest("separate", own) is None


@pytest.mark.parametrize("word", ["umbrella", "house", "quickly", "cat", "hte", "dgo"])
def test_words_and_short_ones_are_left_alone(word: str) -> None:
    """A known word is no misspelling of another, and among three letters everything is near."""
    assert nearest(word) is None


@pytest.mark.parametrize("word", ["asdfghjkl", "qwrtzp", "xyzzyx", "hjklhjkl", "зонт", "傘", ""])
def test_random_letters_are_like_no_word(word: str) -> None:
    """What nobody would read a word in stays unknown."""
    assert nearest(word) is None


def test_the_work_is_bounded() -> None:
    """A long word is not compared at all; a usual one takes a bounded number of calls, not one a known word."""
    nearest("umbrela")
    assert _calls("x" * (LONGEST + 1)) < 20
    assert _calls("charactor") < 5_000


def _calls(word: str) -> int:
    count = 0

    def counted(_frame: object, event: str, _arg: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        nearest(word)
    finally:
        sys.setprofile(before)
    return count
