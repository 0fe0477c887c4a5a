"""Which language a sentence is in: by its script, else by how many of its words each language knows."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

from delaminate.stages.planning.grammar.languages.segments import pieces_of
from delaminate.stages.planning.grammar.languages.tables import NAMES, UNSPACED, Table, folded, split_words, table_of
from delaminate.vocabulary.languages import english as english_noun

_BY_VOCABULARY = 0.8
"""What a word counts for that only the vocabulary knows in a language."""
_LATIN = tuple(name for name in NAMES if name not in {*UNSPACED, "ru", "ar", "he"})


def language_of(words: Sequence[str], english: Callable[[str], float]) -> str:
    """The language of some words; "en" for English and for what none knows, "" for a script there is no table of.

    Parameters
    ----------
    english : how surely a lower-case word is an English one, 0..1.
    """
    letters = "".join(words)
    foreign = [letter for letter in letters if letter.isalpha() and ord(letter) > 0x24F]
    if len(foreign) * 3 < len([letter for letter in letters if letter.isalpha()]):
        return _latin(words, english)
    for first, last, language in _SCRIPTS:
        if any(first <= letter <= last for letter in foreign):
            return language
    if any("一" <= letter <= "鿿" for letter in foreign):
        return max(("zh", "ja"), key=lambda language: _covered(words, table_of(language)))
    return ""


_SCRIPTS = (
    ("가", "힣", "ko"), ("ぁ", "ヿ", "ja"), ("Ѐ", "ӿ", "ru"), ("؀", "ۿ", "ar"), ("֐", "׿", "he"),
)  # fmt: skip


def _latin(words: Sequence[str], english: Callable[[str], float]) -> str:
    said = [part for word in words for part in split_words(folded(word))]
    best, most = "en", sum(max(english(word), float(word.isdecimal())) for word in said)
    for language in _LATIN:
        table = table_of(language)
        if _known(said, table, lambda _: True) <= most:
            continue  # not even if its vocabulary, which takes long to load, had every word
        known = _known(said, table, functools.partial(_named, language))
        if known > most:
            best, most = language, known
    return best


def _named(language: str, word: str) -> bool:
    return bool(english_noun(word, language))


def _known(said: Sequence[str], table: Table, named: Callable[[str], bool]) -> float:
    """How many words a table knows, an inflected one a little less; `named` says whether the vocabulary has a noun."""
    known, at = 0.0, 0
    while at < len(said):
        for length in range(min(table.longest, len(said) - at), 0, -1):
            form = " ".join(said[at : at + length])
            if form in table.forms:
                known += length + 0.1 * (length > 1)
                at += length
                break
        else:
            word = said[at]
            if table.by_stem(word) is not None or table.thing(word) is not None:
                known += 0.9
            elif table.named and len(word) > 2 and named(word):
                known += _BY_VOCABULARY
            known += word.isdecimal()
            at += 1
    return known


def _covered(words: Sequence[str], table: Table) -> int:
    """Letters of unspaced words that a table knows."""
    return sum(
        len(piece) for word in words for piece, english in pieces_of(word, table, nouns=False) if english is not None
    )
