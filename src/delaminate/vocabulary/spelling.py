"""Words as they are spelled, and the known word that a misspelled one is nearest to."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from delaminate.vocabulary.tables import ASKED_FOR, NAMED, english_table

LONGEST = 24
"""Letters of the longest word that is looked at: no misspelling of a known one is longer."""

_ONE_SLIP, _TWO_SLIPS = 4, 7
"""Letters a word needs before one and before two slips are taken for slips: among short words all are near."""

_SOUNDS_ALIKE = re.compile(r"([a-z])\1")
"""Doubled letters, which are heard as one."""


def nearest(word: str, among: Collection[str] = ()) -> str | None:
    """The word in use that `word` is a misspelling of; None where it is a word itself, or like none.

    One slip is a letter left out, put in, changed, or swapped with its neighbour; doubled letters and "ph" for "f" are
    none. Words of four letters may have one slip, of seven two. Of several words the one with the fewest slips is
    taken, names of things before others.

    Parameters
    ----------
    among : further words, such as a grammar's own ("separate"); they go first.
    """
    word = word.casefold()
    known = english_table().words
    if word in known or word in among or not _ONE_SLIP <= len(word) <= LONGEST or not word.isascii():
        return None
    heard = as_heard(word)
    most = 1 if len(heard) < _TWO_SLIPS else 2
    best: tuple[int, int, int, str] | None = None
    for group in (spelled(tuple(sorted(among)), ASKED_FOR + 1), _in_use()):
        for found, slips, common in group.like(heard, most):
            rank = (slips + (common < NAMED), len(set(word) - set(found)) + (found[0] != word[0]), -common, found)
            best = rank if best is None or rank < best else best
    return best[-1] if best else None


def as_heard(text: str) -> str:
    """A lower-case word, or many, with what sounds alike spelled alike."""
    return _SOUNDS_ALIKE.sub(r"\1", text).replace("ph", "f")


class Spelled:
    """Words as rows of letters, so that one word is compared with all of them at once."""

    def __init__(self, words: Sequence[str], common: NDArray[np.uint8]) -> None:
        self.words, self.common = words, common
        heard = as_heard("\n".join(words)).split("\n") if words else []
        self.rows = np.array(heard, f"S{LONGEST}").view(np.uint8).reshape(len(words), LONGEST)
        self.lengths = (self.rows > 0).sum(axis=1)
        self.letters = np.bitwise_or.reduce(_bit(self.rows), axis=1, initial=0)

    def like(self, heard: str, most: int) -> list[tuple[str, int, int]]:
        """Words at most so many slips away, with the slips and how common each is."""
        mine = np.frombuffer(heard.encode(), np.uint8)
        near = np.abs(self.lengths - len(heard)) <= most
        # Each slip changes two letters at most.
        near &= np.bitwise_count(self.letters ^ np.bitwise_or.reduce(_bit(mine))) <= 2 * most
        at = np.nonzero(near)[0]
        slips = _slips(mine, self.rows[at], self.lengths[at])
        found = zip(at.tolist(), slips.tolist(), self.common[at].tolist(), strict=True)
        return [(self.words[i], n, common) for i, n, common in found if n <= most]


def _bit(letters: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """One bit a letter; other signs share some."""
    bits = np.left_shift(np.uint32(1), (letters.astype(np.uint32) + 31) % 32)
    return np.asarray(np.where(letters > 0, bits, np.uint32(0)), np.uint32)


def _slips(word: NDArray[np.uint8], rows: NDArray[np.uint8], lengths: NDArray[np.intp]) -> NDArray[np.intp]:
    """Slips between a word and each row: optimal string alignment (Damerau 1964), all rows at once."""
    wide = int(lengths.max(initial=0))
    before = last = np.tile(np.arange(wide + 1), (len(rows), 1))
    for i, letter in enumerate(word, 1):
        row = np.empty_like(last)
        row[:, 0] = i
        for j in range(1, wide + 1):
            same = rows[:, j - 1] == letter
            row[:, j] = np.minimum(np.minimum(last[:, j], row[:, j - 1]) + 1, last[:, j - 1] + ~same)
            if i > 1 < j:
                swapped = (rows[:, j - 2] == letter) & (rows[:, j - 1] == word[i - 2])
                row[:, j] = np.where(swapped, np.minimum(row[:, j], before[:, j - 2] + 1), row[:, j])
        before, last = last, row
    return np.asarray(last[np.arange(len(rows)), lengths], np.intp)


@functools.lru_cache(maxsize=8)
def spelled(words: tuple[str, ...], common: int) -> Spelled:
    """Words, all of them equally common."""
    kept = [word for word in words if word.isascii() and _ONE_SLIP - 1 <= len(word) <= LONGEST]
    return Spelled(kept, np.full(len(kept), common, np.uint8))


@functools.cache
def _in_use() -> Spelled:
    """The words in use that are one word."""
    table = english_table()
    kept = [
        (word, common)
        for word, common in zip(table.words, table.common.tolist(), strict=True)
        if common and " " not in word and word.isascii() and _ONE_SLIP - 1 <= len(word) <= LONGEST
    ]
    return Spelled([word for word, _ in kept], np.array([common for _, common in kept], np.uint8))
