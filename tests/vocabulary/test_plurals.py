"""Plurals become singulars, and words that only look like plurals are left alone."""

import pytest

from delaminate.vocabulary.plurals import singular


@pytest.mark.parametrize(
    ("plural", "one"),
    [
        *(("apples", "apple"), ("boxes", "box"), ("berries", "berry"), ("tomatoes", "tomato"), ("shoes", "shoe")),
        *(("people", "person"), ("dice", "die"), ("leaves", "leaf"), ("gloves", "glove"), ("bookshelves", "bookshelf")),
        *(("houses", "house"), ("buses", "bus"), ("roses", "rose"), ("watches", "watch"), ("dresses", "dress")),
    ],
)
def test_a_plural_becomes_its_singular(plural: str, one: str) -> None:
    """Rules, and the table where rules fail."""
    assert singular(plural) == (one, True)


@pytest.mark.parametrize(
    "word", ["glass", "cactus", "glasses", "clothes", "bus", "tennis", "octopus", "fish", "canvas"]
)
def test_a_singular_stays(word: str) -> None:
    """An s at the end does not make a plural."""
    assert singular(word) == (word, False)
