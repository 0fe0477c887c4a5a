"""Tokens in any language → tokens in English."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from delaminate.stages.planning.grammar.languages.detect import language_of
from delaminate.stages.planning.grammar.languages.gloss import glossed
from delaminate.stages.planning.grammar.languages.tables import NAMES
from delaminate.stages.planning.grammar.spelling import how_english
from delaminate.stages.planning.grammar.tags import Mark, Token


def in_english(tokens: Sequence[Token]) -> tuple[tuple[Token, ...], str]:
    """The tokens in English, and the language they were in ("" for one there is no table of)."""
    said = [token.raw for token in tokens if token.mark is Mark.WORD]
    language = language_of(said, how_english) if said else "en"
    if language == "en":
        return tuple(tokens), language
    if language not in NAMES:
        # A script of which there is no table: every word is a thing nobody knows.
        return tuple(replace(t, known=t.text.isascii()) if t.mark is Mark.WORD else t for t in tokens), language
    return glossed(tokens, language, lambda word: how_english(word) > 0), language
