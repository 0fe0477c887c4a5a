"""The words of one language and the English ones they stand for, from the text files beside this one.

`xx.txt` holds the words that give a sentence its order, one English wording a line ("except: sauf, excepté"); "-" are
words that say nothing, "#" are counters, which stand behind a number; a form that ends in "*" is a stem. `nouns.tsv`
holds the commonest things of pictures, one column a language; other nouns are looked up in the vocabulary.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from delaminate.vocabulary.languages import english as english_noun
from delaminate.vocabulary.languages import languages

NAMES = {
    "fr": "French", "es": "Spanish", "pt": "Portuguese", "it": "Italian", "de": "German", "nl": "Dutch",
    "pl": "Polish", "ru": "Russian", "zh": "Chinese", "ja": "Japanese", "ko": "Korean", "ar": "Arabic",
    "he": "Hebrew", "tr": "Turkish",
}  # fmt: skip
"""The languages there are tables of."""
UNSPACED = ("zh", "ja", "ko")
"""Languages that write words, or words and particles, without blanks between them."""

_LONGEST_ENDING = 5
"""Letters a word may have more than its stem."""
_PLAIN = str.maketrans({"ł": "l", "ø": "o", "æ": "ae", "œ": "oe", "ı": "i", "’": "'"})
_WORD = re.compile(r"[^\W_]+'|[^\W_]+(?:-[^\W_]+)*|&")

_ENDINGS = {
    "fr": "s x es", "es": "s es", "pt": "s es", "it": "i e a o", "de": "e en n er s es em ern", "nl": "en s n 's",
    "pl": "ami owi ach ow om em ie ego ej ym a u y i e o",
    "ru": "ами ями ов ев ои еи ом ем ам ям ах ях а у ы и е ю я ь",
    "tr": "lar ler i ı u ü yi yu", "ar": "", "he": "ים ות",
}  # fmt: skip
_REPLACED = {
    "it": ("o", "a", "e"), "de": ("", "e"), "pl": ("", "a", "o", "e"), "ru": ("", "а", "я", "о", "е", "ь", "и"),
    "nl": ("", "e"),
}  # fmt: skip
"""What the singular ends in where an ending is taken off."""


_PLURAL_ARTICLES = {
    "fr": ("les", "des", "ces"), "es": ("los", "las", "unos", "unas", "estos", "estas"),
    "pt": ("os", "as", "estes", "estas"), "it": ("i", "gli", "le", "dei", "degli", "delle"),
}  # fmt: skip
_PLURAL_ENDINGS = {
    "fr": ("s", "x"), "es": ("s", "es"), "pt": ("s", "es"), "it": ("i", "e"), "de": ("en", "n", "e", "er", "s"),
    "nl": ("en", "s"), "pl": ("y", "i", "e", "ow", "ami", "ach"), "ru": ("ы", "и", "ов", "ами", "ах"),
    "tr": ("lar", "ler"),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Table:
    """Words of one language.

    Parameters
    ----------
    forms : folded form → English words; of several words, a blank between them.
    stems : folded stem → English words.
    things : the forms that are names of things.
    longest : most words of one form.
    counters : what stands behind a number and says nothing.
    named : whether the vocabulary has nouns of the language.
    """

    language: str
    forms: dict[str, str]
    stems: dict[str, str]
    things: frozenset[str]
    longest: int
    counters: frozenset[str]
    named: bool

    def english(self, form: str) -> str | None:
        """What a folded form stands for; None where it is not known, "" where it says nothing."""
        found = self.forms.get(form)
        if found is not None:
            return found
        return self.by_stem(form) if " " not in form else None

    def by_stem(self, form: str) -> str | None:
        for end in range(len(form), 1, -1):
            if len(form) - end <= _LONGEST_ENDING and (found := self.stems.get(form[:end])) is not None:
                return found
        return None

    def base_forms(self, form: str) -> Iterator[str]:
        """The forms a dictionary might have of an inflected noun, likeliest first."""
        for ending in _ENDINGS.get(self.language, "").split():
            if form.endswith(ending):
                yield from self._without(form, ending)

    def thing(self, form: str) -> str | None:
        """The English noun of a folded, perhaps inflected noun."""
        if form in self.things:
            return self.forms[form]
        return next((self.forms[base] for base in self.base_forms(form) if base in self.things), None)

    def is_plural(self, form: str, after: str) -> bool:
        """Whether a folded form is the plural of a thing; `after` is the word before it, perhaps an article."""
        said = self.thing(form) or self.forms.get(form)
        known = self.thing(form) is not None or said in {"object", "element"}
        if not known and not (form not in self.forms and self.named and english_noun(form, self.language)):
            return False
        if after in _PLURAL_ARTICLES.get(self.language, ()):
            return True
        ended = [ending for ending in _PLURAL_ENDINGS.get(self.language, ()) if form.endswith(ending)]
        bases = (base for ending in ended for base in self._without(form, ending))
        return any(self.forms.get(base) == said if known else english_noun(base, self.language) for base in bases)

    def _without(self, form: str, ending: str) -> Iterator[str]:
        """What a form may have been before it took an ending."""
        base = form.removesuffix(ending)
        if len(base) < 2:
            return
        bases = [base + last for last in _REPLACED.get(self.language, ("",))]
        if self.language == "nl":  # katten: kat, bomen: boom
            bases += [base[:-1]] if base[-1] == base[-2] else [f"{base[:-1]}{base[-2]}{base[-1]}"]
        yield from (one for one in bases if one != form)


def folded(text: str) -> str:
    """Lower case and, where letters carry accents, without them; Chinese, Japanese and Korean as they are."""
    text = text.casefold()
    if text.isascii() or any(ord(letter) > 0x2E7F for letter in text):
        return text
    return "".join(c for c in unicodedata.normalize("NFKD", text.translate(_PLAIN)) if not unicodedata.combining(c))


def split_words(text: str) -> list[str]:
    """The words of a text; what is elided stands alone: "l'arrière-plan" is "l'" and "arrière-plan"."""
    return _WORD.findall(text.replace("’", "'"))


@functools.cache
def table_of(language: str) -> Table:
    """The table of one of `NAMES`, read once."""
    forms: dict[str, str] = {}
    stems: dict[str, str] = {}
    counters: frozenset[str] = frozenset()
    for line in Path(__file__).with_name(f"{language}.txt").read_text(encoding="utf-8").splitlines():
        english, _, said = line.partition(":")
        if english == "#":
            counters = frozenset(form.strip() for form in said.split(","))
            continue
        english = "" if english == "-" else english
        for form in said.split(","):
            stem = form.strip().endswith("*")
            key = " ".join(split_words(folded(form.strip().rstrip("*"))))
            if key:  # the first line that has a form tells what it means
                (stems if stem else forms).setdefault(key, english)
    named = {" ".join(split_words(folded(form))): english for english, form in reversed([*_nouns(language)])}
    things = frozenset(named.keys() - forms.keys())
    forms = named | forms
    longest = max(form.count(" ") for form in forms) + 1
    return Table(language, forms, stems, things, longest, counters, language in languages())


@functools.cache
def _rows() -> tuple[tuple[str, ...], ...]:
    lines = Path(__file__).with_name("nouns.tsv").read_text(encoding="utf-8").splitlines()
    return tuple(tuple(line.lstrip("# ").split("\t")) for line in lines)


def _nouns(language: str) -> Iterator[tuple[str, str]]:
    """Pairs of an English noun and one of its forms."""
    head, *rows = _rows()
    if language not in head:
        return
    at = head.index(language)
    for row in rows:
        yield from ((row[0], form.replace("_", " ")) for form in row[at].split() if form != "-")


@functools.cache
def nouns() -> frozenset[str]:
    """The English nouns of the table."""
    return frozenset(row[0] for row in _rows()[1:])
