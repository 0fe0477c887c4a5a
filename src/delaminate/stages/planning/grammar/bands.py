"""A picture wanted in bands of distance: "foreground, midground, background", "BG / MG / FG", "4 depth layers"."""

from __future__ import annotations

from collections.abc import Sequence

from delaminate.stages.planning.grammar import words
from delaminate.stages.planning.grammar.manner import number
from delaminate.stages.planning.grammar.tags import Mark, Token

_PLACES = {
    **dict.fromkeys(("foreground", "fore", "front", "near", "nearest", "fg", "close", "nearground",
                     "frontmost", "closest"), 0),
    **dict.fromkeys(
        ("midground", "middleground", "mid-ground", "middle-ground", "middle", "mid", "mg", "centre", "center",
         "intermediate", "mid-distance", "medium", "midplane"), 1),
    **dict.fromkeys(("background", "back", "far", "bg", "distant", "distance", "rear", "farthest", "backdrop"), 2),
}  # fmt: skip
"""How far away a word says: in front, between, behind."""
NAMES = ("foreground", "midground", "background")
_GENERAL = words.word_set("depth parallax distance z-depth 2.5d")
_ALWAYS = words.word_set("parallax 2.5d")
"""Said of a picture, these mean bands even where no layers are named: "make it parallax ready"."""
_SAYING_NOTHING = (
    words.ARTICLES
    | words.FILLERS
    | words.JOINERS
    | words.MANNER_PREPOSITIONS
    | words.MANNER_WORDS
    | words.LAYERS
    | words.PIECES
    | words.PICTURES
    | words.PICTURES_IF_WHOLE
    | words.ANYWHERE
    | words.VERBS
    | words.EACH
    | words.word_set(
        "ground plane planes level levels by with from of 3 effect animation it what is everything all split prepare"
        " ready friendly style scrolling scroll camera move movement pan motion use"
    )
)
FEWEST, MOST = 2, 8
"""How many bands there can be."""


def bands_of(tokens: Sequence[Token]) -> tuple[str, ...]:
    """The names of the bands a sentence asks for, front to back; empty where it asks for none."""
    said = [token for token in tokens if token.mark is Mark.WORD]
    if any(token.mark in {Mark.QUOTE, Mark.BOX} for token in tokens):
        return ()
    texts = [token.text for token in said]
    general = bool(_GENERAL.intersection(texts))
    named: dict[int, str] = {}
    counts = [value for text in texts if (value := number(text))]
    for token in said:
        place = _PLACES.get(token.text)
        if place is not None and (named or token.text not in _GENERAL):
            named.setdefault(place, token.raw or token.text)
        elif token.text not in _SAYING_NOTHING | _GENERAL and number(token.text) is None:
            return ()
    if len(named) == len(NAMES) or (general and len(named) >= FEWEST) or (1 in named and len(named) == FEWEST):
        return tuple(named[place] for place in sorted(named))
    if {"near", "far"} <= {*texts} or {"front", "back"} <= {*texts} <= {"front", "back", "and"}:
        return tuple(named[place] for place in sorted(named))
    if (
        general
        and not named
        and (counts or _ALWAYS.union(("layer", "layers", "split", "separate")).intersection(texts))
    ):
        return _numbered(min(MOST, max(FEWEST, counts[0] if counts else len(NAMES))))
    return ()


def _numbered(count: int) -> tuple[str, ...]:
    """Names of so many bands."""
    if count <= len(NAMES):
        return NAMES if count == len(NAMES) else (NAMES[0], NAMES[-1])
    return (NAMES[0], *(f"{NAMES[1]} {place}" for place in range(1, count - 1)), NAMES[-1])
