"""Build the vocabulary's tables of other languages: what their nouns are called in English.

    npm pack cldr-annotations-full && tar xzf cldr-annotations-full-*.tgz
    python training/languages.py --cldr package/annotations --out src/delaminate/vocabulary/languages.npz

The names of emoji in every language are Unicode's (CLDR); what has no emoji, or is not called as its emoji is, stands
in `words/translations.txt`. Run `vocabulary.py` first: only what has an English name there is taken.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from word_lists import lines_of, listed

from delaminate.vocabulary.meaning import meaning
from delaminate.vocabulary.plurals import singular
from delaminate.vocabulary.words import word_set, words_of

BY_HAND = ("fr", "es", "pt", "it", "de", "nl", "pl", "ru", "zh", "ja", "ko")
"""In the order of the columns of `translations.txt`."""

BY_EMOJI = (
    "ar", "bg", "bn", "ca", "cs", "da", "el", "et", "eu", "fa", "fi", "fil", "gl", "he", "hi", "hr", "hu", "hy", "id",
    "is", "ka", "kk", "lt", "lv", "mk", "mn", "ms", "no", "ro", "sk", "sl", "sq", "sr", "sv", "sw", "ta", "te", "th",
    "tr", "uk", "ur", "vi",
)  # fmt: skip

ALSO = {"zh": ("zh-Hant",), "pt": ("pt-PT",), "es": ("es-MX",)}
"""Further files whose names go to a language."""

_ASIDE = re.compile(r"\s*\([^)]*\)|/.*$|[:：].*$")
"""What says more than the name: "(tous genres)", "/Köchin"."""
_FACES = re.compile(r"^(?:tête de |cara de |rosto de |muso di |faccina di |морда |голова |głowa )|(?:の顔| 얼굴)$")
"""Many animals are called their faces."""
_SIGNS = word_set("""
    aries taurus gemini cancer leo virgo libra scorpio sagittarius capricorn aquarius pisces ophiuchus
""")
"""Emoji that show a sign, whatever it is called."""
_MOST_WORDS = 4


def emoji_names(folder: Path, language: str) -> dict[str, str]:
    """Emoji → its name in a language."""
    told = json.loads((folder / language / "annotations.json").read_text("utf-8"))["annotations"]["annotations"]
    return {sign: entry["tts"][0] for sign, entry in told.items() if entry.get("tts")}


def english_names(folder: Path) -> dict[str, str]:
    """Emoji → the English noun for it, where the vocabulary knows one by that very name."""
    found = {}
    for sign, name in emoji_names(folder, "en").items():
        plain = " ".join(words_of(_ASIDE.sub("", name)))
        one = singular(plain)[0]
        if (
            meaning(plain).noun == plain
            and " face" not in plain
            and plain not in _SIGNS
            and not plain.endswith(" suit")
        ):
            found[sign] = one if meaning(one).noun == one else plain
    return found


def table(folder: Path, language: str, named: dict[str, str]) -> dict[str, str]:
    """Word → English noun of a language; what is written by hand first."""
    found: dict[str, str] = {}
    if language in BY_HAND:
        for line in lines_of("translations.txt"):
            noun, *columns = line.split("|")
            for word in listed(columns[BY_HAND.index(language)]):
                found.setdefault(" ".join(words_of(word)), noun.strip())
    for source in (language, *ALSO.get(language, ())):
        for sign, name in emoji_names(folder, source).items():
            word = " ".join(words_of(_FACES.sub("", _ASIDE.sub("", name))))
            if sign in named and word and word.count(" ") < _MOST_WORDS:
                found.setdefault(word, named[sign])
    return found


def main() -> None:
    """Read, build, write."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--cldr", type=Path, required=True, help="folder with one folder a language")
    options.add_argument("--out", type=Path, required=True)
    given = options.parse_args()
    named = english_names(given.cldr)
    tables = {language: table(given.cldr, language, named) for language in (*BY_HAND, *BY_EMOJI)}
    nouns = sorted({noun for words in tables.values() for noun in words.values()})
    unknown = [noun for noun in nouns if not meaning(noun).known]
    if unknown:
        raise SystemExit(f"no English nouns: {unknown}")
    at = {noun: i for i, noun in enumerate(nouns)}
    arrays: dict[str, NDArray[np.generic]] = {"nouns": _text(nouns), "languages": _text(list(tables))}
    for language, words in tables.items():
        arrays[f"{language}_words"] = _text(sorted(words))
        arrays[f"{language}_nouns"] = np.array([at[words[word]] for word in sorted(words)], np.uint16)
        print(language, len(words), end="; ")
    np.savez_compressed(given.out, **arrays)  # type: ignore[arg-type]
    print(len(nouns), "nouns,", given.out.stat().st_size, "bytes")


def _text(lines: list[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(lines).encode(), np.uint8)


if __name__ == "__main__":
    main()
