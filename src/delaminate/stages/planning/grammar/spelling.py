"""Slips of the pen in English sentences: the word that was meant, by edit distance, and what nobody knows."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from delaminate.stages.planning.grammar import asides, bands, other_jobs, words
from delaminate.stages.planning.grammar.tags import Mark, Token
from delaminate.vocabulary.meaning import is_word
from delaminate.vocabulary.plurals import singular
from delaminate.vocabulary.spelling import as_heard, nearest
from delaminate.vocabulary.tables import english_table

_RARE, _USED = 0.4, 0.9
"""How surely a word of the vocabulary is meant as English: rare ones ("la", "solo", "lune") are words elsewhere too."""


_SHORTEST, _SHORT = 4, 5
"""Letters from which on a word is taken for a slip: among shorter ones all are near to some word. In a word of the
shortest only doubled and swapped letters are."""
_MOST = 12
"""Words of one instruction that are compared with the vocabulary, which takes a while for each."""


@dataclass(frozen=True)
class Spelled:
    """Tokens as they were meant, and pairs of what was written and what it was read as."""

    tokens: tuple[Token, ...]
    slips: tuple[tuple[str, str], ...]


def spelled(tokens: Sequence[Token]) -> Spelled:
    """The tokens of an English text with misspelled words mended; words nobody knows are marked so."""
    out: list[Token] = []
    mended: list[tuple[str, str]] = []
    looked_up: set[str] = set()
    for token in tokens:
        if token.mark is not Mark.WORD or token.foreign or not _may_be_a_slip(token):
            out.append(token)
            continue
        compared = len(token.text) >= _SHORTEST and (len(looked_up) < _MOST or token.text in looked_up)
        meant = _nearest(token.text) if compared else None
        looked_up.add(token.text)
        if meant is None:
            out.append(replace(token, known=False))
        else:
            mended.append((token.raw, meant))
            out.append(replace(token, text=meant))
    return Spelled(tuple(out), tuple(mended))


def how_english(word: str) -> float:
    """How surely a lower-case word is an English one, 0..1: of the grammar, in use, or hardly ever used."""
    if word in grammar_words():
        return 1.0
    table = english_table()
    places = [at for at in map(table.words.get, (word, singular(word)[0])) if at is not None]
    common = max((int(table.common[at]) for at in places), default=-1)
    return 0.0 if common < 0 else _USED if common else _RARE


def _may_be_a_slip(token: Token) -> bool:
    word = token.text
    plain = word.isascii() and word.replace("-", "").replace("'", "").isalpha() and token.raw[1:].islower()
    return (
        plain and len(word) > 1 and how_english(word) == 0 and not any(map(is_word, word.replace("'", "-").split("-")))
    )


@functools.lru_cache(maxsize=512)
def _nearest(word: str) -> str | None:
    found = nearest(word, grammar_words())
    surely = found is not None and (as_heard(found) == as_heard(word) or sorted(found) == sorted(word))
    return found if surely or len(word) >= _SHORT else None


@functools.cache
def grammar_words() -> frozenset[str]:
    """All words the grammar has a use for."""
    rooms = (words, asides, bands, other_jobs)
    own = {word for phrase in (*words.IDIOMS, *asides.MANNERS) for word in phrase.split()}
    for room in rooms:
        for value in vars(room).values():
            own |= value if isinstance(value, frozenset) else set()
    return frozenset(own | words.NUMBERS.keys()).union(words.COLOURS, words.POSITIONS, words.SIZES, words.TEXT_ROLES)
