"""The English table as the package ships it, `english.npz`, read once and only when a word is looked up.

`training/vocabulary.py` in the repository makes it. It holds, one a line, the words (sorted), the names of the kinds,
the drawn names and the names of ImageNet's classes; for every word which entry it means (0: it is a word, but no thing)
and how common it is; for every entry its kinds, one bit each, and two ragged lists of numbers with weights, 1..255: of
classes and of drawn names.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

NAMED, ASKED_FOR = 2, 3
"""How common words are that name a class, a drawn thing or a kind of them, and those that people who want layers ask
for; 1 is a word in use, 0 a rare one."""


@dataclass(frozen=True, eq=False)
class Ragged:
    """Lists of numbers with weights, one after the other: row i lies in `ends[i − 1]:ends[i]`."""

    ends: NDArray[np.uint32]
    numbers: NDArray[np.uint16]
    levels: NDArray[np.uint8]

    def row(self, i: int) -> list[tuple[int, float]]:
        """The pairs of number and weight, 0..1, of row i, which is 1 or more."""
        part = slice(int(self.ends[i - 1]), int(self.ends[i]))
        return [(int(n), int(w) / 255) for n, w in zip(self.numbers[part], self.levels[part], strict=True)]


@dataclass(frozen=True, eq=False)
class English:
    """The table; `entry` and `common` go with `words`, `entry_kinds`, `classes` and `shown` with the entries."""

    words: dict[str, int]
    entry: NDArray[np.uint16]
    common: NDArray[np.uint8]
    kinds: tuple[str, ...]
    drawn: tuple[str, ...]
    class_names: tuple[str, ...]
    entry_kinds: NDArray[np.uint64]
    classes: Ragged
    shown: Ragged


@functools.cache
def english_table() -> English:
    """The table shipped with the package, loaded once."""
    with np.load(Path(__file__).with_name("english.npz"), allow_pickle=False) as stored:

        def lines(name: str) -> tuple[str, ...]:
            return tuple(stored[name].tobytes().decode().split("\n"))

        def ragged(name: str) -> Ragged:
            return Ragged(stored[f"{name}_end"], stored[f"{name}_number"], stored[f"{name}_level"])

        words = lines("words")
        return English(
            dict(zip(words, range(len(words)), strict=True)),
            stored["entry"],
            stored["common"],
            lines("kinds"),
            lines("drawn"),
            lines("class_names"),
            stored["entry_kinds"],
            ragged("classes"),
            ragged("shown"),
        )
