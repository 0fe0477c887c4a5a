"""What nouns of other languages are in English, read from `languages.npz` when a language is first asked for.

`training/languages.py` in the repository makes the table: the names of emoji in every language are Unicode's (CLDR),
the rest is written by hand for French, Spanish, Portuguese, Italian, German, Dutch, Polish, Russian, Chinese, Japanese
and Korean.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np

from delaminate.vocabulary.inflection import folded, forms
from delaminate.vocabulary.meaning import meaning
from delaminate.vocabulary.words import words_of

MAIN = ("fr", "es", "pt", "it", "de", "nl", "pl", "ru", "zh", "ja", "ko")
"""Languages whose nouns were written by hand too; English is asked of `meaning.meaning`."""

_SCRIPTS = {
    "ru": "CYRILLIC", "bg": "CYRILLIC", "kk": "CYRILLIC", "mk": "CYRILLIC", "mn": "CYRILLIC", "sr": "CYRILLIC",
    "uk": "CYRILLIC", "zh": "CJK", "ja": "CJK HIRAGANA KATAKANA", "ko": "HANGUL", "ar": "ARABIC", "fa": "ARABIC",
    "ur": "ARABIC", "he": "HEBREW", "el": "GREEK", "hi": "DEVANAGARI", "bn": "BENGALI", "ta": "TAMIL", "te": "TELUGU",
    "th": "THAI", "hy": "ARMENIAN", "ka": "GEORGIAN",
}  # fmt: skip
"""The scripts of those that are not written in Latin letters, as Unicode names their letters."""

_HEAD_LAST = {"de": 4, "nl": 4, "sv": 4, "da": 4, "no": 4, "zh": 1, "ja": 1, "ko": 2}
"""Languages that write compounds in one word, the thing itself last, and the letters it has at least."""
_LONGEST = 40


def languages() -> tuple[str, ...]:
    """Codes of all languages with a table; those of `MAIN` first. English is not among them."""
    with _stored() as stored:
        return tuple(stored["languages"].tobytes().decode().split("\n"))


def english(noun: str, language: str) -> str | None:
    """The English noun for one of another language, in any of its common forms; None where nobody knows it.

    Parameters
    ----------
    noun : one noun, without article or adjectives: "Hunde", "собаку", "ballon de football", "赤いりんご".
    language : one of `languages()`, or "en", which gives the noun as `meaning.meaning` knows it.

    Raises
    ------
    KeyError
        If there is no table for the language.
    """
    if language == "en":
        return meaning(noun).noun or None
    return _found(" ".join(words_of(noun))[:_LONGEST], language)


@functools.lru_cache(maxsize=4096)
def _found(word: str, language: str) -> str | None:
    known, plain = _table(language)
    if not word:
        return None
    bare = folded(word, language)
    if (noun := known.get(word) or plain.get(bare)) is not None:
        return noun
    for form in forms(bare, language):
        if (noun := plain.get(form)) is not None:
            return noun
    if language in _HEAD_LAST and " " not in bare:
        return _head(bare, language, plain)
    return None


def _head(word: str, language: str, plain: dict[str, str]) -> str | None:
    """The thing itself in a compound: Golfball → ball."""
    for start in range(1, len(word) - _HEAD_LAST[language] + 1):
        last = word[start:]
        for form in (last, *forms(last, language)):
            if len(form) >= _HEAD_LAST[language] and (noun := plain.get(form)) is not None:
                return noun
    return None


def languages_of(word: str, among: Collection[str] = ("en", *MAIN)) -> tuple[str, ...]:
    """In which languages a word is a noun that the vocabulary knows, in the order of `among`."""
    script = unicodedata.name(word[0], "").partition(" ")[0] if word else ""
    return tuple(
        language
        for language in among
        if script in _SCRIPTS.get(language, "LATIN FULLWIDTH").split() and english(word, language) is not None
    )


@functools.cache
def _table(language: str) -> tuple[dict[str, str], dict[str, str]]:
    """Words of a language with what they are in English: as they are spelled, and folded."""
    with _stored() as stored:
        if f"{language}_words" not in stored:
            raise KeyError(f"no nouns of {language!r}; known: {', '.join(languages())}")
        nouns = stored["nouns"].tobytes().decode().split("\n")
        words = stored[f"{language}_words"].tobytes().decode().split("\n")
        known = dict(zip(words, (nouns[i] for i in stored[f"{language}_nouns"].tolist()), strict=True))
    return known, {folded(word, language): noun for word, noun in reversed(known.items())}


def _stored() -> Any:
    return np.load(Path(__file__).with_name("languages.npz"), allow_pickle=False)
