"""The lists in `training/words/`, written by hand: lines of text, with synsets as "word@offset"."""

from __future__ import annotations

from pathlib import Path

from wordnet import WordNet

HERE = Path(__file__).parent / "words"


def lines_of(name: str) -> list[str]:
    """The lines of a list that are no comments."""
    text = (HERE / name).read_text("utf-8")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def listed(text: str) -> list[str]:
    """What stands between commas."""
    return [part.strip() for part in text.split(",") if part.strip()]


def _offset(net: WordNet, pointed: str) -> int:
    """The offset in "word@offset", which must be one of the word's."""
    word, _, offset = pointed.strip().rpartition("@")
    if word not in net.synsets[int(offset)].words:
        raise SystemExit(f"{pointed} is no synset; it may be {net.senses.get(word)}")
    return int(offset)


def _pointed(text: str) -> list[tuple[str, float]]:
    """ "a b@1*0.5 c@2" → [("a b@1", 0.5), ("c@2", 1.0)]"""
    found, words = [], []
    for part in text.split():
        words.append(part)
        if "@" in part:
            pointed, _, weight = " ".join(words).partition("*")
            found.append((pointed, float(weight or 1)))
            words = []
    return found


def chosen_senses(net: WordNet) -> dict[str, list[tuple[int, float]]]:
    """What `senses.txt` says: each word with the synsets it means and their weights."""
    rows = (line.partition(":") for line in lines_of("senses.txt"))
    return {word: [(_offset(net, said), weight) for said, weight in _pointed(rest)] for word, _, rest in rows}


def told_names(net: WordNet, first: dict[str, int]) -> dict[str, list[int]]:
    """What `drawn.txt` says: each name with the synsets it is a kind of; `first` are what chosen words mean first."""
    found: dict[str, list[int]] = {}
    for line in lines_of("drawn.txt"):
        names, _, told = line.partition("=")
        word = told.strip()
        if "@" in word:
            kinds = [_offset(net, said) for said, _ in _pointed(word)]
        else:
            things = [first[word]] if word in first else net.things(word)[:1]
            if word and not things:
                raise SystemExit(f"{names} = {word}: that is no thing")
            kinds = things
        found |= dict.fromkeys(listed(names), kinds)
    return found


def kinds_of_things(net: WordNet) -> dict[str, tuple[set[int], set[int]]]:
    """For each kind the synsets whose kinds are of it, and those among them whose kinds are not."""
    found = {}
    for line in lines_of("kinds.txt"):
        kind, _, rest = line.partition(":")
        roots, _, but = rest.partition(" but not ")
        found[kind] = ({_offset(net, p) for p, _ in _pointed(roots)}, {_offset(net, p) for p, _ in _pointed(but)})
    return found
