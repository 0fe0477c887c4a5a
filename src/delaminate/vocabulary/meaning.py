"""What a noun phrase means: classes that a photograph's classifier knows, names that were drawn, and kinds."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from delaminate.vocabulary.plurals import singular
from delaminate.vocabulary.tables import english_table
from delaminate.vocabulary.words import word_set, words_of

_POINTING = word_set("the a an my his her its our your their this that these those each every all both some")
_RELATIONS = word_set("""
    with without in on at of from behind under beside near next above below holding wearing that which who and or by
    to for into inside against around over
""")
"""What follows one of these says something about the thing before it."""

_COLOURS = word_set("red orange yellow green blue purple pink brown black white grey gray gold silver cream")
"""Words that are names of things, too, but rarely before "flying saucer"."""
_PARTICLES = word_set("up down out off away apart together alone here there")

_ENDING = _RELATIONS | {"the", "a", "an"}

_AMOUNTS = word_set("""
    pair bunch group pile stack set row heap cluster flock herd school pack couple lot slice piece kind type sort bit
    dozen drop portion collection picture photo image drawing
""")
"""What they are "of" is the thing itself."""

_OTHERWISE = 0.7
"""Weight of drawn names that lack the adjectives of the phrase, where others have them."""


@dataclass(frozen=True, eq=False)
class Meaning:
    """What a phrase stands for.

    Parameters
    ----------
    phrase : as it was asked.
    noun : the English words of it that are known ("golden retriever"); empty where none are.
    classes : ImageNet's class indices, 0..999, with weights: 1 is a kind of what was said, less is like it.
    drawn : names of drawn things with weights, likewise.
    kinds : what it is a kind of, of `kinds()`: "person", "animal", "text", "sky", …
    known : whether anybody knows the word as the name of a thing; random letters are not known.
    """

    phrase: str
    noun: str = ""
    classes: Mapping[int, float] = field(default_factory=dict)
    drawn: Mapping[str, float] = field(default_factory=dict)
    kinds: frozenset[str] = frozenset()
    known: bool = False


def meaning(phrase: str) -> Meaning:
    """What an English noun phrase means: "the dog", "puppies", "a golden retriever with a ball", "two red cars"."""
    words = words_of(phrase)
    while words and words[0] in _POINTING:
        words = words[1:]
    if words and (noun := _known_as(words)):
        return _meaning_of(phrase, noun, [])
    words = _before_relation(words)
    for start in range(len(words)):
        if noun := _known_as(words[start:]):
            return _meaning_of(phrase, noun, words[:start])
    if len(words) > 1 and is_more_of(words[-1], words[-2]):
        return replace(meaning(" ".join(words[:-1])), phrase=phrase)
    return Meaning(phrase)


def is_word(word: str) -> bool:
    """Whether it is an English word in use, of whatever sort, the plural of one, or a form of a verb: "kneeling"."""
    known, word = english_table().words, word.casefold()
    return (
        word in known or word in _IRREGULAR or singular(word)[0] in known or any(stem in known for stem in _stems(word))
    )


_PARTICIPLES = ("ing", "ed")
_SHORTEST_STEM = 2
"""Letters a verb has at least; "k" of "king" is none."""
_IRREGULAR = word_set("""
    bitten bred brought caught crept doing dying eaten fed fled flown fought hung kept knelt lain leapt lying ridden sat
    seen sewn shown slept spilt spun stolen stood strewn struck stuck sunk swept swum thrown tying wept
""")
_DOING = word_set("""
    carrying chasing climbing dancing doing drinking driving eating facing flying hanging having holding jumping leaning
    looking lying making playing reading resting riding running saying showing sitting sleeping smiling standing
    swimming walking wearing
""")
"""What is said of what stands there more often than it is the name of a thing."""


def _stems(word: str) -> list[str]:
    """The verbs that a word may be a participle of: "frown", "bake" of "baking", "hug" of "hugging"."""
    stem = next((word.removesuffix(ending) for ending in _PARTICIPLES if word.endswith(ending)), "")
    if len(stem) < _SHORTEST_STEM:
        return []
    return [stem, stem + "e", stem.removesuffix("i") + "y", *([stem[:-1]] if stem[-1] == stem[-2] else [])]


def is_doing(words: Sequence[str], at: int) -> bool:
    """Whether a word of a noun phrase says what the noun before it does or is: "the woman kneeling".

    It does where the noun is the name of a thing and the word is none; the two together are none either ("wedding
    ring"), or one of the same kind ("woman kneeling"). Another noun may follow where somebody does it ("the waitress
    carrying plates"), not else: "the gold plated watch".
    """
    word, following = words[at], words[at + 1] if at + 1 < len(words) else ""
    verb = word in _IRREGULAR or (word.endswith(_PARTICIPLES) and is_word(word) and not _looks(word))
    if not at or not (verb or word in _DOING) or words[at - 1] in _COLOURS:
        return False
    if (alone := _looks(words[at - 1])) is None:
        return False
    if following and following not in _RELATIONS | _POINTING | _PARTICLES:
        return "person" in alone.kinds or (word in _DOING and not _known_as([word, following]))
    together = _looks(words[at - 1], word)
    return together is None or bool(alone.kinds and alone.kinds <= together.kinds)


def is_more_of(word: str, noun: str) -> bool:
    """Whether a word behind the name of a thing is no thing itself: "planet venus", "the man asleep"."""
    return word.isascii() and word.isalpha() and not _known_as([word]) and is_thing(noun)


def is_thing(word: str) -> bool:
    """Whether something that can be seen is called so; colours are said of things."""
    return word not in _COLOURS and _looks(word) is not None


@functools.lru_cache(maxsize=4096)
def _looks(*words: str) -> Meaning | None:
    """What these words mean as one name, if that is the name of something that can be seen."""
    noun = _known_as(list(words))
    said = _meaning_of(noun, noun, []) if noun else None
    return said if said and (said.classes or said.drawn or said.kinds) else None


def name_of(class_index: int) -> str:
    """What people call one of ImageNet's classes, 0..999: "saluki", "espresso", "teapot"."""
    return english_table().class_names[class_index]


def kinds() -> tuple[str, ...]:
    """All kinds a meaning may have, sorted."""
    return english_table().kinds


def _before_relation(words: list[str]) -> list[str]:
    """The thing itself, without what is said about it; what a pair, a slice or a bunch is of is the thing."""
    ends = (i for i, word in enumerate(words) if i and (word in _ENDING or is_doing(words, i)))
    at = next(ends, len(words))
    if at < len(words) - 1 and words[at] == "of" and singular(words[at - 1])[0] in _AMOUNTS:
        rest = words[at + 1 :]
        return _before_relation(rest[1:] if rest[0] in _POINTING and len(rest) > 1 else rest)
    return words[:at]


def _known_as(words: list[str]) -> str:
    """The form in which the table has these words as the name of a thing: as they are, or the last in the singular."""
    table = english_table()
    said = " ".join(words)
    one = " ".join([*words[:-1], singular(words[-1])[0]])
    bare = said.removesuffix("s")  # trousers are a trouser to WordNet
    for spelled in (said, one, said.replace(" ", "-"), said.replace(" ", ""), one.replace(" ", ""), bare):
        if (at := table.words.get(spelled)) is not None and table.entry[at]:
            return spelled
    return ""


def _meaning_of(phrase: str, noun: str, adjectives: list[str]) -> Meaning:
    table = english_table()
    entry = int(table.entry[table.words[noun]])
    drawn = {table.drawn[i]: weight for i, weight in table.shown.row(entry)}
    described = {name for name in drawn if adjectives and set(adjectives) <= set(words_of(name))}
    if described:
        drawn = {name: weight if name in described else _OTHERWISE * weight for name, weight in drawn.items()}
    bits = int(table.entry_kinds[entry])
    kinds = frozenset(kind for i, kind in enumerate(table.kinds) if bits >> i & 1)
    return Meaning(phrase, noun, dict(table.classes.row(entry)), drawn, kinds, True)
