"""Words out of text."""

from __future__ import annotations


def word_set(text: str) -> frozenset[str]:
    """The words of `text`, which stand between blanks."""
    return frozenset(text.split())


def words_of(phrase: str) -> list[str]:
    """Its words without case and punctuation; apostrophes and hyphens inside a word stay."""
    kept = "".join(c if c.isalnum() or c in "'’-" else " " for c in phrase.casefold())
    return [word for part in kept.replace("’", "'").split() if (word := part.strip("'-"))]
