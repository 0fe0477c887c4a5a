"""How the layers are wanted: "each on its own layer", "as one layer", "into separate layers", "individually"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from delaminate.stages.planning.grammar import words
from delaminate.stages.planning.grammar.tags import Mark, Token


class Manner(StrEnum):
    """What a manner says about the things it is said of."""

    APART = "apart"
    """One layer for every instance."""
    TOGETHER = "together"
    """One layer for all of them."""
    LAYERED = "layered"
    """In layers; nothing about how many."""


@dataclass(frozen=True)
class Span:
    """A manner found at the head of some tokens: how long it is, and whether it speaks of pieces of a whole."""

    manner: Manner
    length: int
    count: int | None = None
    pieces: bool = False
    parted: bool = False
    """Whether it says "into layers", of something that comes apart."""


def manner_at(tokens: Sequence[Token]) -> Span | None:
    """The manner `tokens` begin with, or None."""
    return _adverb_at(tokens) or _layers_at(tokens)


def _adverb_at(tokens: Sequence[Token]) -> Span | None:
    for manner, adverbs in ((Manner.APART, words.ADVERBS_APART), (Manner.TOGETHER, words.ADVERBS_TOGETHER)):
        for adverb in adverbs:
            parts = adverb.split()
            if [token.text for token in tokens[: len(parts)]] != parts:
                continue
            follower = tokens[len(parts)] if len(parts) < len(tokens) else None
            if adverb == "as one" and follower is not None and follower.mark is Mark.WORD:
                continue  # "as one layer" is read below
            return Span(manner, len(parts))
    return None


def _layers_at(tokens: Sequence[Token]) -> Span | None:
    texts = [token.text if token.mark is Mark.WORD else "" for token in tokens[:8]]
    preposition = texts[0] if texts and texts[0] in words.MANNER_PREPOSITIONS else ""
    start = 1 if preposition else 0
    at = start
    while at < len(texts) and (texts[at] in words.MANNER_WORDS or number(texts[at])):
        at += 1
    if at >= len(texts):
        return None
    said, noun = texts[start:at], texts[at]
    pieces = noun in words.PIECES and preposition in {"as", "into"}
    if not pieces and noun not in words.LAYERS:
        return None
    following = texts[at + 1] if at + 1 < len(texts) else ""
    if not preposition and not (_says_how(said) or following in {"for", "per", "containing"}):
        return None  # "the layers" are things, "separate layers" are a manner
    plural = noun.endswith("s")
    manner = Manner.LAYERED
    if plural and words.APART.intersection(said):
        manner = Manner.APART
    elif not plural and words.TOGETHER.intersection(said):
        manner = Manner.TOGETHER
    counts = [value for word in said if (value := number(word)) and plural]
    parted = preposition in {"into", "to", "in", "onto"} and plural and noun in words.LAYERS
    return Span(manner, at + 1, counts[0] if counts else None, pieces, parted)


def _says_how(said: Sequence[str]) -> bool:
    return any(word not in words.ARTICLES or word == "a" for word in said)


def number(word: str) -> int | None:
    """The value of a number word or of up to three digits; None for anything else and for zero."""
    if word.isascii() and word.isdecimal() and len(word) <= 3:
        return int(word) or None
    return words.NUMBERS.get(word)
