"""Noun phrase → targets: what kind of thing it is, how many there are, and what its layer is called."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from delaminate.contracts import Kind, Target
from delaminate.stages.planning.grammar import words
from delaminate.stages.planning.grammar.manner import Manner
from delaminate.stages.planning.grammar.noun_phrase import NounPhrase

_ONE_LAYER_KINDS = {Kind.PART, Kind.EFFECT, Kind.SHADOW}
"""Several of these ("the eyes", "the bubbles") belong into one layer unless each is asked for."""


def is_backdrop(phrase: NounPhrase) -> bool:
    """Whether it names what is left when the layers are gone."""
    return phrase.noun in words.BACKDROP


def is_view(phrase: NounPhrase) -> bool:
    """Whether it names what is seen as a whole, wanted clean before "without …"."""
    return phrase.noun in words.VIEWS and not (phrase.plural or phrase.quantifier or phrase.count)


def is_product(target: Target) -> bool:
    """ "The product" alone: whatever the picture is of."""
    plain = not (target.colours or target.positions or target.size or target.quoted or target.box or target.point)
    return target.noun in words.PRODUCTS and target.name == target.noun and target.count == 1 and plain


def is_picture(phrase: NounPhrase, whole: bool = False) -> bool:
    """Whether it names the picture itself; `whole` says that something is split or taken from it."""
    if phrase.noun in words.PICTURES | words.OBJECTS and words.WHOLE.intersection(phrase.modifiers):
        return True
    if phrase.noun in words.PICTURES and not phrase.attributed:
        return True
    return phrase.noun in words.PICTURES_IF_WHOLE and (whole or phrase.demonstrative)


def targets_of(phrase: NounPhrase, part: bool = False, manner: Manner | None = None) -> tuple[Target, ...]:
    """The targets of one noun phrase, one for every box marked in it, else exactly one.

    `part` says that it was named as a piece of a whole.
    """
    kind = _kind(phrase, part)
    role = _text_role(phrase) if kind is Kind.TEXT else ""
    noun = _noun(phrase, kind)
    each = _each(phrase, kind)
    count = _count(phrase, kind)
    if manner is Manner.APART or (manner is Manner.TOGETHER and count != 1):
        each = manner is Manner.APART
    name = _name(phrase, kind, singular=each)
    target = Target(
        phrase=phrase.phrase or "the marked box",
        kind=kind,
        noun=noun,
        name=(phrase.own or name) if name and phrase.quoted is None else name,
        description=name if phrase.foreign and phrase.quoted is None else "",
        known=phrase.known or bool(phrase.colours or phrase.positions or phrase.boxes or phrase.quoted),
        colours=_unique(phrase.colours),
        positions=_unique(phrase.positions),
        size=phrase.size,
        count=count,
        each=each,
        text_role=role,
        quoted=phrase.quoted,
    )
    if len(phrase.boxes) > 1:
        return tuple(replace(target, box=box, count=1) for box in phrase.boxes)
    return (replace(target, box=phrase.boxes[0]),) if phrase.boxes else (target,)


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _kind(phrase: NounPhrase, part: bool) -> Kind:
    noun, modifiers = phrase.noun, phrase.modifiers
    if not noun and phrase.quoted is not None:
        return Kind.TEXT
    named = noun == "piece" and set(modifiers) - words.MANNER_WORDS - words.WHOLE  # "all chess pieces"
    if noun in words.ELEMENTS and not (part or named) and (noun not in words.PIECES or not phrase.owner):
        return Kind.ANYTHING
    if noun in words.SUBJECT or _is_main(phrase):
        return Kind.SUBJECT
    if noun in {"character", "symbol"} and words.SCRIPTS.intersection(modifiers):
        return Kind.TEXT
    if noun in words.TEXT_ROLES or (noun == "line" and _is_line_of_text(phrase)):
        return Kind.TEXT
    if noun in words.SHADOWS:
        return Kind.SHADOW
    if part or noun in words.PARTS or (phrase.owner and noun in words.PARTS_IF_OWNED):
        return Kind.PART
    if phrase.tail[:1] != ["of"] and (noun in words.EFFECTS or words.SEE_THROUGH.intersection(modifiers)):
        return Kind.SHAPE if "speech" in modifiers else Kind.EFFECT
    if noun in words.SHAPES:
        return Kind.SHAPE
    return Kind.PERSON if noun in words.PEOPLE else Kind.OBJECT


def _is_main(phrase: NounPhrase) -> bool:
    """ "The main object", or "the object" when nothing tells which one."""
    alone = not (phrase.plural or phrase.quantifier or phrase.count or phrase.attributed or phrase.boxes)
    if phrase.main:
        return phrase.noun in words.OBJECTS | words.PEOPLE | words.ELEMENTS
    return phrase.noun in words.OBJECTS and phrase.article and alone


def _is_line_of_text(phrase: NounPhrase) -> bool:
    if phrase.ordinal or {"first", "last", "top", "bottom"}.intersection(phrase.positions):
        return words.TEXT_ROLES.keys() >= {*phrase.modifiers}
    return bool(words.TEXT_ROLES.keys() & {*phrase.modifiers}) or (
        phrase.quantifier == "each" and not phrase.attributed
    )


def _noun(phrase: NounPhrase, kind: Kind) -> str:
    """The head noun; "text" for a line of text, empty where any noun of the kind would do."""
    if kind in {Kind.SUBJECT, Kind.ANYTHING} or phrase.noun in words.OBJECTS or phrase.noun == "shape":
        return ""
    return "text" if kind is Kind.TEXT and phrase.noun in {"line", ""} else phrase.noun


def _text_role(phrase: NounPhrase) -> str:
    """The role named by the noun, else by the word before it ("title text", "button label")."""
    for word in (phrase.noun, *reversed(phrase.modifiers)):
        role = words.TEXT_ROLES.get(word, "any")
        if role != "any":
            return role
    return "label" if "button" in phrase.modifiers else ""


def _count(phrase: NounPhrase, kind: Kind) -> int | None:
    if phrase.quantifier == "both":
        return 2
    if phrase.count is not None:
        return phrase.count
    if phrase.quoted is not None and kind is Kind.TEXT:
        return 1
    if kind is Kind.ANYTHING or (phrase.plural and not phrase.together) or phrase.quantifier:
        return None
    return None if _is_mass(phrase) else 1


def _is_mass(phrase: NounPhrase) -> bool:
    """Whether it has no number: smoke, hair, text; but "title text" is one title."""
    return phrase.noun in words.MASS and not (phrase.quoted or _text_role(phrase))


def _each(phrase: NounPhrase, kind: Kind) -> bool:
    if phrase.quantifier == "each" or (phrase.quoted is not None and kind is Kind.TEXT):
        return True
    if phrase.together or _is_mass(phrase):
        return False
    if kind in _ONE_LAYER_KINDS:
        return not (phrase.plural or phrase.quantifier)
    return not (kind is Kind.TEXT and (phrase.noun == "word" or (phrase.quantifier == "all" and not phrase.plural)))


def _name(phrase: NounPhrase, kind: Kind, singular: bool) -> str:
    """The noun phrase without articles, numbers and places; empty when it could be anything."""
    if phrase.quoted is not None and kind is Kind.TEXT:
        return phrase.quoted
    if kind in {Kind.SUBJECT, Kind.ANYTHING}:
        return ""
    generic = phrase.noun in words.OBJECTS | {"", "shape"} or (
        kind is Kind.TEXT and singular and not _text_role(phrase)
    )
    if generic and not (set(phrase.modifiers) - {"text"} or phrase.tail):
        return ""
    head = phrase.noun if singular else phrase.head
    tail = [] if phrase.quoted is not None else phrase.tail
    return " ".join([*phrase.modifiers, head, *tail]).strip()
