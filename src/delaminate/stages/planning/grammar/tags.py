"""Sentence → tokens: words, commas and stops, "quoted strings", and `<bbox>x1 y1 x2 y2</bbox>` tags."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import ceil, floor

from delaminate.errors import BadInstruction
from delaminate.pixels import Box
from delaminate.stages.planning.grammar.words import (
    ARTICLES,
    COLOURS,
    FAR,
    IDIOMS,
    PLACES,
    POSITION_PREPOSITIONS,
    POSITIONS,
    SIZES,
)

GRID = 1000
"""Tags count in thousandths of the picture's width and height."""


class Mark(StrEnum):
    """What sort of token it is."""

    WORD = "word"
    QUOTE = "quote"
    BOX = "box"
    COMMA = "comma"
    COLON = "colon"
    STOP = "stop"
    MANNER = "manner"


@dataclass(frozen=True)
class Token:
    """One token: `text` in lower case for words, `raw` as the user wrote it; `box` in pixels for BOX.

    A word of another language has its English in `text`, is `foreign`, and has a `place` in the user's order; `known`
    is False where nobody knows what it means.
    """

    mark: Mark
    text: str
    raw: str
    box: Box | None = None
    place: int = 0
    foreign: bool = False
    known: bool = True
    glue: str = ""
    """What was written right behind it and says nothing: the particle in "猫の目"."""


def as_written(tokens: Sequence[Token]) -> str:
    """What the user wrote of these tokens, in their order."""
    joined = glue = ""
    for token in sorted(tokens, key=lambda token: token.place):
        if not token.raw:
            continue
        joined += glue
        unspaced = joined and joined[-1] > "⺀" and token.raw[0] > "⺀" and not ("가" <= token.raw[0] <= "힣")
        joined += token.raw if unspaced or not joined else f" {token.raw}"
        glue = token.glue
    return joined


_TOKEN = re.compile(
    r"""
      <\s{0,3}bbox[^>]{0,40}>(?P<box>.{0,200}?)<\s{0,3}/\s{0,3}bbox\s{0,3}>
    | (?P<broken></?\s{0,3}bbox\b)
    | "(?P<plain>[^"]{0,300})" | “(?P<curly>[^”"]{0,300})[”"] | „(?P<low>[^“”"]{0,300})[“”"]
    | «(?P<guillemets>[^»]{0,300})» | 「(?P<corners>[^」]{0,300})」 | 『(?P<white>[^』]{0,300})』
    | (?<!\w)['‘](?P<single>[^'’]{1,300})['’](?!\w)
    | (?P<word>\d+[.]\d+ | [^\W_]+(?:['’-][^\W_]+)*(?:(?<=s)['’](?=\s{1,3}\w))?)
    | (?P<dash>\s[–—-]{1,4}\s | [—()\[\]{},/•|、،・·*\t>→])
    | (?P<join>[&+])
    | (?P<colon>[:=])
    | (?P<stop>[.;!?؟؛。\n])
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_QUOTES = ("plain", "curly", "low", "guillemets", "corners", "white", "single")


def read_tokens(text: str, width: int, height: int) -> tuple[Token, ...]:
    """The tokens of `text` for a width × height picture.

    Raises
    ------
    BadInstruction
        If a bbox tag is not closed, has not four numbers, or lies outside the picture.
    """
    return tuple(token for match in _TOKEN.finditer(text) for token in _tokens(match, width, height))


def with_idioms(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """The tokens with idioms read as one or two words, and what is said of a noun in brackets right behind it."""
    return tuple(_told_of_nouns(list(_idioms(list(tokens)))))


def _tokens(match: re.Match[str], width: int, height: int) -> Iterator[Token]:
    group, raw = match.lastgroup, match.group()
    content = match.group(group) if group else ""
    if group == "broken":
        raise BadInstruction(
            "a bbox tag is not closed; write it as <bbox>x1 y1 x2 y2</bbox>, four numbers from 0 to 1000"
        )
    if group == "box":
        name, box = _tag(content, width, height)
        yield from (Token(Mark.WORD, word.lower(), word) for word in name)
        yield Token(Mark.BOX, "", raw, box)
    elif group in _QUOTES:
        if content.strip():
            yield Token(Mark.QUOTE, content.strip(), raw)
    elif group == "word":
        yield Token(Mark.WORD, content.lower().replace("’", "'"), raw)
    elif group == "join":
        yield Token(Mark.WORD, "and", raw)
    else:
        yield Token({"dash": Mark.COMMA, "colon": Mark.COLON}.get(group or "", Mark.STOP), raw, raw)


def _tag(content: str, width: int, height: int) -> tuple[list[str], Box]:
    numbers = [float(number) for number in _NUMBER.findall(content)]
    if len(numbers) != 4:
        raise BadInstruction(
            f"the tag <bbox>{content[:40]}</bbox> needs four numbers, x1 y1 x2 y2, each from 0 to {GRID}"
        )
    x1, y1, x2, y2 = numbers
    if not (0 <= x1 < x2 <= GRID and 0 <= y1 < y2 <= GRID):
        raise BadInstruction(
            f"the tag <bbox>{content[:40]}</bbox> lies outside the picture or is empty; "
            f"it needs x1 < x2 and y1 < y2, each from 0 to {GRID}"
        )
    left, top = floor(x1 * width / GRID), floor(y1 * height / GRID)
    right, bottom = ceil(x2 * width / GRID), ceil(y2 * height / GRID)
    name = re.findall(r"[^\W\d_]+", _NUMBER.sub(" ", content))
    return name, Box(min(left, width - 1), min(top, height - 1), min(right, width), min(bottom, height))


_LONGEST_IDIOM = max(len(idiom.split()) for idiom in IDIOMS)
_TELLING = COLOURS.keys() | POSITIONS.keys() | SIZES.keys()
_TELLING_TOO = ARTICLES | FAR | PLACES | POSITION_PREPOSITIONS | {"and"}


def _told_of_nouns(tokens: list[Token]) -> Iterator[Token]:
    """Put "(left)" and ": blue" behind a noun among its attributes: "the melon (left)" is "the melon left"."""
    at = 0
    while at < len(tokens):
        length = _telling_at(tokens, at)
        if not length:
            yield tokens[at]
            at += 1
            continue
        yield from (token for token in tokens[at : at + length] if token.mark is Mark.WORD)
        at += length


def _telling_at(tokens: list[Token], at: int) -> int:
    """How many tokens from `at` on are a place, colour or size in brackets or behind a colon; 0 for anything else."""
    token, before = tokens[at], tokens[at - 1] if at else None
    opens = token.raw in {"(", "["} or token.mark is Mark.COLON
    if not opens or before is None or before.mark is not Mark.WORD or before.text in _TELLING:
        return 0
    end = at + 1
    while end < len(tokens) and tokens[end].mark is Mark.WORD and tokens[end].text in _TELLING | _TELLING_TOO:
        end += 1
    said = {one.text for one in tokens[at + 1 : end]}
    closed = end == len(tokens) or tokens[end].mark in {Mark.COMMA, Mark.STOP}
    if not closed or not said & _TELLING:
        return 0
    return end - at + (end < len(tokens) and tokens[end].raw in {")", "]"})


def _idioms(tokens: list[Token]) -> Iterator[Token]:
    at = 0
    while at < len(tokens):
        for length in range(_LONGEST_IDIOM, 0, -1):
            span = tokens[at : at + length]
            if len(span) == length and all(token.mark is Mark.WORD for token in span):
                reading = IDIOMS.get(" ".join(token.text for token in span))
                if reading is not None:
                    yield from _read_as(reading, span)
                    at += length
                    break
        else:
            yield tokens[at]
            at += 1


def _read_as(reading: str, span: list[Token]) -> Iterator[Token]:
    """The tokens an idiom stands for; `raw` keeps what the user wrote, for the phrase shown in reports."""
    read = reading.split()
    if not read:
        return
    raws = [token.raw for token in span]
    if len(read) != len(span):
        raws = [" ".join(raws)] + [""] * (len(read) - 1)
    for word, raw in zip(read, raws, strict=True):
        yield replace(span[0], mark=Mark.COMMA if word == "," else Mark.WORD, text=word, raw=raw)
