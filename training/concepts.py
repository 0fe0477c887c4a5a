"""What each synset and each word means among ImageNet's classes and the drawn names."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from drawn_names import PERSON, DrawnNames
from word_lists import chosen_senses, kinds_of_things, told_names
from wordnet import WordNet

ENTITY = 1740

OTHER_SENSE = 0.5
"""Weight of a word's second, third … meaning that something is known of."""

NEAR, VAGUE, NARROW = 0.5, 0.4, 0.8
"""Kin of a thing that nothing is known of counts up to NEAR, by how narrow their common kind is, VAGUE..NARROW: a
kettle is nearly a teapot, both being pots; a sparrow is not nearly an ostrich, both being birds."""

LEAST, MOST = 0.1, 12
"""Kin that count for less, or are more, say nothing."""

FEW = 2
"""Classes up to which a thing's kin are taken to be near it too, at half the weight."""

UPWARD, LOOSE = 0.6, 0.35
"""A drawn name that says more than it must is worth this much for a narrower word ("dog" for "spaniel"), where it is
as narrow as LOOSE at least."""


@dataclass
class Entry:
    """What a word means: class → weight, drawn name → weight, kinds."""

    classes: dict[int, float] = field(default_factory=dict)
    drawn: dict[str, float] = field(default_factory=dict)
    kinds: set[str] = field(default_factory=set)

    def take(self, other: Entry, weight: float = 1.0, *, kinds: bool = True) -> None:
        """Add another meaning, counting for less."""
        for key, value in other.classes.items():
            self.classes[key] = max(self.classes.get(key, 0.0), weight * value)
        for name, value in other.drawn.items():
            self.drawn[name] = max(self.drawn.get(name, 0.0), weight * value)
        if kinds:
            self.kinds |= other.kinds


class Builder:
    """Puts together what each synset and each word means."""

    def __init__(self, net: WordNet, classes: list[int], drawn: Iterable[str]) -> None:
        self.net = net
        self.classes = classes
        self.chosen = chosen_senses(net)
        self.kinds = kinds_of_things(net)
        self.classes_below: dict[int, set[int]] = {}
        self.drawn_below: dict[int, set[str]] = {}
        self.drawn_here: dict[int, set[str]] = {}
        for index, offset in enumerate(classes):
            for above in net.ancestors(offset):
                self.classes_below.setdefault(above, set()).add(index)
        first = {word: senses[0][0] for word, senses in self.chosen.items()}
        self.names = DrawnNames(net, first, told_names(net, first))
        for name in drawn:
            for offset in self.names.kinds_of(name):
                self.drawn_here.setdefault(offset, set()).add(name)
                for above in net.ancestors(offset):
                    self.drawn_below.setdefault(above, set()).add(name)
        self._entries: dict[int, Entry] = {}

    def is_told(self, offset: int) -> bool:
        """Whether a class or a drawn name is a kind of it."""
        return offset in self.classes_below or offset in self.drawn_below

    def strict(self, offset: int) -> Entry:
        """What a synset means and nothing that is only like it."""
        above = self.net.ancestors(offset)
        return Entry(
            dict.fromkeys(self.classes_below.get(offset, ()), 1.0),
            dict.fromkeys(self.drawn_below.get(offset, ()), 1.0),
            {kind for kind, (roots, not_) in self.kinds.items() if roots & above and not not_ & above},
        )

    def entry(self, offset: int) -> Entry:
        """What a synset means, and what is like it where little is known of it."""
        if offset not in self._entries:
            found = self._entries[offset] = self.strict(offset)
            above = self.net.ancestors(offset) - {offset}
            if len(found.classes) <= FEW:
                kin = self._narrowest(above, self.classes_below)
                weight = self._nearness(kin, self.classes_below) * (0.5 if found.classes else 1.0)
                if weight >= LEAST:
                    found.take(Entry(classes=dict.fromkeys(self.classes_below[kin], weight)))
            if offset not in self.drawn_here:
                named = self._narrowest(above, self.drawn_here)
                if self.net.narrowness(named) >= LOOSE:
                    found.take(Entry(drawn=dict.fromkeys(self.drawn_here[named], UPWARD)))
            if not found.drawn:
                kin = self._narrowest(above, self.drawn_below)
                if (weight := self._nearness(kin, self.drawn_below)) >= LEAST:
                    found.take(Entry(drawn=dict.fromkeys(self.drawn_below[kin], weight)))
        return self._entries[offset]

    def _narrowest(self, offsets: Iterable[int], told: Mapping[int, Collection[object]]) -> int:
        among = [offset for offset in offsets if offset in told]
        return max(among, key=lambda o: (self.net.narrowness(o), o), default=ENTITY)

    def _nearness(self, offset: int, told: Mapping[int, Collection[object]]) -> float:
        if len(told[offset]) > MOST:
            return 0.0
        return NEAR * min(1.0, max(0.0, (self.net.narrowness(offset) - VAGUE) / (NARROW - VAGUE)))

    def word(self, word: str) -> Entry | None:
        """What a word means; None where it is no thing that may be in a picture."""
        if word in self.chosen:
            senses = self.chosen[word]
        else:
            things = self.net.things(word)
            told = [o for o in things if self.is_told(o)]
            apart = [o for o in told or things if PERSON not in self.net.ancestors(o)]
            things = apart or told or things
            if not told:
                things = things[:1]
            senses = [(o, 1.0 if i == 0 else OTHER_SENSE) for i, o in enumerate(things)]
        if not senses:
            return None
        found = Entry()
        for i, (offset, weight) in enumerate(senses):
            meant = self.entry(offset) if i == 0 else self.strict(offset)
            found.take(meant, weight, kinds=i == 0 or weight > OTHER_SENSE)
        return found
