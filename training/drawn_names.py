"""What the drawn names are kinds of: "green bottle" is a bottle, "man biking" a man, "dog face" a dog."""

from __future__ import annotations

import re
from collections.abc import Mapping

from wordnet import WordNet

ANIMAL, PERSON = 15388, 7846

_PEOPLE = {"men": "man", "women": "woman", "people": "person", "children": "child"} | {
    word: word for word in ("man", "woman", "person", "boy", "girl", "child")
}
_CUT = re.compile(r" (?:with|without|in|on|at|from|behind|over|under|and|building|wearing|holding|not) ")


class DrawnNames:
    """Reads names by their head noun; `told` says what misleading ones are, `chosen` what misleading words are."""

    def __init__(self, net: WordNet, chosen: Mapping[str, int], told: Mapping[str, list[int]]) -> None:
        self.net, self.chosen, self.told = net, chosen, told

    def kinds_of(self, name: str) -> list[int]:
        """The synsets a drawn name is a kind of; none where nobody could say."""
        if name in self.told:
            return self.told[name]
        whole = self._thing(name)
        if whole is not None:
            return [whole]
        if name.endswith(" face") and (animal := self._thing(name.removesuffix(" face"))) is not None:
            return [animal if ANIMAL in self.net.ancestors(animal) else self._thing("face") or animal]
        heads = _CUT.split(name)[0].split(" of ")[:2]
        return list(dict.fromkeys(offset for head in heads for offset in self._of_head(head.split())))

    def _thing(self, word: str) -> int | None:
        """What a word means first: no person, unless it means nothing else."""
        if word in self.chosen:
            return self.chosen[word]
        things = self.net.things(word)
        return next((o for o in things if PERSON not in self.net.ancestors(o)), things[0] if things else None)

    def _of_head(self, words: list[str]) -> list[int]:
        if words and words[0] in _PEOPLE:  # "woman firefighter", "man biking"
            who = self.chosen[_PEOPLE[words[0]]]
            doing = len(words) < 2 or words[-1].endswith("ing")
            what = None if doing else self._thing(" ".join(words[1:]))
            return [who] if what is None or PERSON not in self.net.ancestors(what) else [who, what]
        for start in range(len(words)):
            last = " ".join(words[start:])
            for word in (last.removesuffix("s"), last, last.removesuffix("es")):
                if (offset := self._thing(word)) is not None:
                    return [offset]
        return []
