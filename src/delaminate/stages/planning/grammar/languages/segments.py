"""Words and particles written without blanks → pieces, the longest known form first."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from delaminate.stages.planning.grammar.languages.tables import Table
from delaminate.stages.planning.grammar.words import word_set
from delaminate.vocabulary.languages import english as english_noun

Piece: TypeAlias = tuple[str, str | None]
"""What was written and the English it stands for."""

_LONGEST = 12
"""Letters of the longest form that is looked for."""
_LONGEST_NOUN = 5
"""Letters of a noun that the vocabulary is asked for inside a text without blanks."""
_LONGEST_KOREAN = 20
"""Syllables of the longest Korean word that is taken apart by its particles; longer ones are no words."""
_BEGINNING = "をはがと"
"""Japanese particles that end an inflected verb before them."""
_MOST_PARTICLES = 6
"""Syllables that the particles of a Korean word may have."""


def pieces_of(word: str, table: Table, *, nouns: bool = True) -> list[Piece]:
    """The pieces of a word with the English they stand for; None for what is not known, "" for what says nothing.

    `nouns` says whether the vocabulary is asked for nouns that the table lacks.
    """
    if table.language == "ko" and len(word) <= _LONGEST_KOREAN:
        return _korean(word, table)
    pieces: list[Piece] = []
    at = 0
    while at < len(word):
        raw, english, at = _piece_at(word, at, table, nouns)
        if english is None and pieces and pieces[-1][1] is None:
            pieces[-1] = (pieces[-1][0] + raw, None)
        else:
            pieces.append((raw, english))
    return pieces


def _piece_at(word: str, at: int, table: Table, nouns: bool) -> tuple[str, str | None, int]:
    """The piece that begins at `at`, its English, and where the next one begins."""
    letter = word[at]
    if letter.isascii() and letter.isalnum():
        end = _while(word, at, lambda c: c.isascii() and c.isalpha() == letter.isalpha())
        counter = next((n for n in (2, 1) if letter.isdecimal() and word[end : end + n] in table.counters), 0)
        return word[at:end], word[at:end].lower(), end + counter
    for end in range(min(len(word), at + _LONGEST), at, -1):
        if (english := table.forms.get(word[at:end])) is not None:
            return word[at:end], english, end
        if (english := table.stems.get(word[at:end])) is not None:
            inflected = _while(word, end, lambda c: "ぁ" <= c <= "ゟ" and c not in _BEGINNING)
            return word[at:inflected], english, inflected
        if nouns and 1 < end - at <= _LONGEST_NOUN and (english := _whole_noun(word[at:end], table)) is not None:
            return word[at:end], english, end
    return letter, None, at + 1


def _whole_noun(word: str, table: Table) -> str | None:
    """The English noun of a word that the vocabulary has as it is, not only its end or what is before a particle."""
    found = english_noun(word, table.language)
    ends = range(1, min(len(word), 4))
    parts = {english_noun(part, table.language) for n in ends for part in (word[n:], word[:-n])}
    return None if found in parts else found


def _while(word: str, at: int, fits: Callable[[str], bool]) -> int:
    """Where the letters from `at` on that fit end."""
    while at < len(word) and fits(word[at]):
        at += 1
    return at


def _korean(word: str, table: Table) -> list[Piece]:
    """A content word with its particles; a verb with any ending; else an unknown word less its particles."""
    if word[:1].isdecimal():
        end = next((i for i, c in enumerate(word) if not c.isdecimal()), len(word))
        rest = word[end:]
        number = (word[:end], word[:end])
        if not rest:
            return [number]
        for n in range(len(rest), 0, -1):
            if rest[:n] in table.counters:
                left = _particles(rest[n:], table)
                if left is not None:
                    return [number, *left]
        return [number, *_korean(rest, table)]
    found = _parsed(word, table)
    if found is not None:
        return list(found)
    ends = [end for end in range(1, len(word)) if _particles(word[end:], table)]
    named = [end for end in reversed(ends) if english_noun(word[:end], table.language)]
    if not ends or (not named and english_noun(word, table.language)):
        return [(word, None)]
    end = (named or ends)[0]
    return [(word[:end], None), *(_particles(word[end:], table) or ())]


def _parsed(word: str, table: Table, depth: int = 0) -> list[Piece] | None:
    for end in range(len(word), 0, -1):
        head, rest = word[:end], word[end:]
        english = table.forms.get(head)
        if english is not None:
            particles = _particles(rest, table)
            if particles is not None:
                return [(head, english), *particles]
            if end >= 2 and depth < 3 and (more := _parsed(rest, table, depth + 1)) is not None:
                return [(head, english), *more]
    for end in range(len(word), 1, -1):
        english = table.stems.get(word[:end])
        if english is not None:
            return [(word, english)]
    return None


_PARTICLES = word_set("""
    을 를 이 가 은 는 도 의 와 과 랑 이랑 하고 만 로 으로 에 에서 한 인 할 들 들을 들이 들의 들과 까지 부터 처럼
""")


def _particles(rest: str, table: Table) -> list[Piece] | None:
    """What is behind a noun as particles; None where it is anything else."""
    if not rest:
        return []
    if len(rest) > _MOST_PARTICLES:
        return None
    for end in range(len(rest), 0, -1):
        if rest[:end] in _PARTICLES:
            following = _particles(rest[end:], table)
            if following is not None:
                return [(rest[:end], table.forms.get(rest[:end], "")), *following]
    return None
