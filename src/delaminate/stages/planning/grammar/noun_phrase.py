"""One clause's tokens → noun phrase: number, attributes, head noun, owner, and what is marked or quoted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from delaminate.pixels import Box
from delaminate.stages.planning.grammar import words
from delaminate.stages.planning.grammar.manner import number
from delaminate.stages.planning.grammar.spelling import grammar_words
from delaminate.stages.planning.grammar.tags import Mark, Token, as_written
from delaminate.vocabulary.meaning import is_doing, is_more_of, is_thing
from delaminate.vocabulary.plurals import singular


@dataclass
class NounPhrase:
    """What the words of one list item say.

    `head` is the head noun as written, `noun` its singular; both are empty in "the red and …" and "each".
    `quantifier` is "each", "all", "both", "some" or empty; `article` whether it began with one; `owner` the thing it
    belongs to ("robot", or "their"); `together` is True for "a bunch of …"; `tail` is what follows the noun, such as
    "with the red hat".
    """

    phrase: str
    head: str = ""
    noun: str = ""
    plural: bool = False
    article: bool = False
    demonstrative: bool = False
    quantifier: str = ""
    count: int | None = None
    colours: list[str] = field(default_factory=list)
    positions: list[str] = field(default_factory=list)
    size: str = ""
    ordinal: str = ""
    main: bool = False
    modifiers: list[str] = field(default_factory=list)
    owner: str = ""
    together: bool = False
    tail: list[str] = field(default_factory=list)
    quoted: str | None = None
    boxes: list[Box] = field(default_factory=list)
    foreign: bool = False
    own: str = ""
    """The name in the user's language."""
    known: bool = True

    @property
    def attributed(self) -> bool:
        """Whether anything but the noun narrows it down."""
        return bool(self.colours or self.positions or self.size or self.modifiers or self.tail or self.owner)

    def take_head(self, other: NounPhrase) -> None:
        """Complete "the red" with the noun of "the red and the blue car"."""
        self.head, self.noun, self.plural = other.noun, other.noun, False


def read_noun_phrase(tokens: Sequence[Token]) -> NounPhrase:
    """Read the tokens of one clause."""
    said = [token for token in tokens if token.mark is Mark.WORD]
    phrase = NounPhrase(as_written([token for token in tokens if token.mark in {Mark.WORD, Mark.QUOTE}]))
    phrase.boxes = [token.box for token in tokens if token.box is not None]
    quotes = [token.text for token in tokens if token.mark is Mark.QUOTE]
    phrase.quoted = quotes[0] if quotes else None
    texts = _strip([token.text for token in said if token.text])
    core, tail = _before_relation(texts)
    if tail and tail[0] == "of":
        core, tail = _through_of(phrase, core, tail)
    _read_tail(phrase, tail)
    _read_core(phrase, core)
    if any(token.foreign for token in said):
        phrase.foreign, phrase.own = True, _own_words(phrase, said)
    phrase.known = not any(token.text == phrase.head and not token.known for token in said)
    return phrase


def _own_words(phrase: NounPhrase, said: Sequence[Token]) -> str:
    """What the user calls it: from the first word of the name to the last, in the user's order."""
    named = {*phrase.modifiers, phrase.head, *phrase.tail} - words.ARTICLES
    ordered = sorted(said, key=lambda token: token.place)
    places = [at for at, token in enumerate(ordered) if token.text.removesuffix("'s") in named or token.text in named]
    return as_written(ordered[places[0] : places[-1] + 1]) if places else ""


def _strip(texts: list[str]) -> list[str]:
    """Drop relations left hanging at either end ("on", "with"), which the clause cut off from their noun."""
    while texts and texts[-1] in words.RELATIONS | words.ARTICLES - {"this", "that", "these", "those"}:
        texts = texts[:-1]
    while len(texts) > 1 and texts[0] in words.RELATIONS - words.ARTICLES and not _is_epithet(texts, 0):
        texts = texts[1:]
    return texts


def _before_relation(texts: list[str]) -> tuple[list[str], list[str]]:
    for at, word in enumerate(texts):
        if at and word in {"the", "a", "an"} and is_thing(texts[at - 1]):
            return texts[:at], []  # somebody else comes: "the sword the knight is holding"
        relates = word in words.RELATIONS and (at or word not in words.ARTICLES)
        if (relates or is_doing(texts, at)) and not _is_epithet(texts, at):
            return texts[:at], texts[at:]
    return texts, []


def _is_epithet(texts: list[str], at: int) -> bool:
    """Whether what somebody may be doing stands before the noun: "the flying saucer", "three walking sticks"."""
    following = texts[at + 1] if at + 1 < len(texts) else ""
    noun = following and following not in words.RELATIONS | words.POSSESSIVES
    return bool(noun and texts[at].endswith("ing") and all(_is_attribute(w) and w != "one" for w in texts[:at]))


def _through_of(phrase: NounPhrase, core: list[str], tail: list[str]) -> tuple[list[str], list[str]]:
    """Read "A of B": lines of text, a bunch of grapes, the largest of the cats, the eyes of the robot."""
    inner, rest = _before_relation(tail[1:])
    last = singular(core[-1])[0] if core else ""
    bare = [word for word in inner if word not in words.ARTICLES | words.POSSESSIVES]
    head = singular(bare[-1])[0] if bare else ""
    if last in words.UNITS_OF_TEXT and head in words.TEXT_ROLES:
        return [*core[:-1], head, core[-1]], rest
    if last in words.UNITS and bare == inner:
        return [*core[:-1], *bare], rest
    if not bare or _is_picture(inner, head):
        return core, rest
    if not last or all(_is_attribute(word) for word in core):  # "the largest of the three cats", "two of the planes"
        one = not any(number(word) or word in words.EACH | words.SOME | {"all", "both"} for word in core)
        phrase.count = 1 if one else None
        return [*core, *(word for word in bare if number(word) is None)], rest
    if last in words.COLLECTIVES:
        phrase.together = True
        return [*core, "of", *bare], rest
    phrase.owner = "" if last in words.CONTAINERS else head
    phrase.tail = ["of", *inner]
    return core, rest


def _is_attribute(word: str) -> bool:
    lists = words.ARTICLES | words.COLOURS.keys() | words.POSITIONS.keys() | words.SIZES.keys() | words.ORDINALS
    return word in lists | words.EACH | words.SOME | {"all", "both", "one"} or number(word) is not None


def _is_picture(inner: Sequence[str], head: str) -> bool:
    """Whether "of …", "in …" speaks of the whole picture."""
    return head in words.PICTURES or (head in words.PICTURES_IF_WHOLE and "this" in inner)


def _read_tail(phrase: NounPhrase, tail: list[str]) -> None:
    """Sort what follows the noun into positions ("on the left"), colours ("in red") and the rest."""
    at = 0
    while at < len(tail):
        noun = at + 1
        while noun < len(tail) and tail[noun] in words.RELATIONS - words.ARTICLES:
            noun += 1  # "next to", "lying on"
        end = noun
        while end < len(tail) and (tail[end] not in words.RELATIONS or (end == noun and tail[end] in words.ARTICLES)):
            end += 1
        relation, said = tail[noun - 1], [w for w in tail[noun:end] if w not in words.ARTICLES | words.FAR]
        sides = [side for word in said for side in _sides(word)]
        turned = tail[at] in words.TURNED  # "looking to the left" is no place
        if (
            relation in words.POSITION_PREPOSITIONS
            and not turned
            and sides
            and all(_sides(w) or w in words.PLACES for w in said)
        ):
            phrase.positions += sides
        elif relation == "in" and said and all(word in words.COLOURS for word in said):
            phrase.colours += [words.COLOURS[word] for word in said]
            phrase.tail += tail[at:end]
        elif said and not _is_picture(tail[at:end], singular(said[-1])[0]):
            phrase.tail += tail[at:end]
        elif not said and relation not in words.RELATIONS:  # "kneeling"
            phrase.tail.append(relation)
        at = end


def _sides(word: str) -> list[str]:
    if word in words.POSITIONS:
        return [words.POSITIONS[word]]
    parts = word.split("-")
    return [words.POSITIONS[part] for part in parts] if all(part in words.POSITIONS for part in parts) else []


def _read_core(phrase: NounPhrase, core: list[str]) -> None:
    core = list(core)
    while len(core) > 1 and core[-1] in words.LAYERS and core[-2] not in words.ARTICLES | words.EACH:
        core.pop()  # "the text layer"
    while len(core) > 1 and core[-1] in words.PREDICATIVE:
        core.pop()  # "the background transparent"
    core = _attributes_first(core)
    if core and not _is_headless(core[-1]):
        if len(core) > 1 and core[-1] not in grammar_words() and is_more_of(core[-1], core[-2]):
            phrase.tail.insert(0, core.pop())  # "planet venus"
        phrase.head = core.pop()
        phrase.noun, phrase.plural = singular(phrase.head)
    for word in core:
        if not _read_number(phrase, word):
            _read_attribute(phrase, word)
    if phrase.noun in words.EVERYONE:
        phrase.quantifier, phrase.noun = "each", "person"


def _attributes_first(core: list[str]) -> list[str]:
    """Put "everything red" and "the apple red" (from "that is red") into the usual order."""
    said_of = words.COLOURS.keys() | words.SIZES.keys() | words.POSITIONS.keys()
    end = len(core)
    while end and core[end - 1] in said_of - words.COLOURED_THINGS - words.BACKDROP - words.SUBJECT:
        end -= 1
    if end in {0, len(core)} or _is_attribute(core[end - 1]) or core[end - 1] in words.FAR | words.MAIN | {"and"}:
        return core
    return [*core[: end - 1], *core[end:], core[end - 1]]


def _is_headless(word: str) -> bool:
    if word in words.COLOURED_THINGS or word in words.BACKDROP | words.SUBJECT:
        return False
    return _is_attribute(word) or word in words.PRONOUNS


def _read_number(phrase: NounPhrase, word: str) -> bool:
    """Take articles, quantifiers and numbers; False for any other word."""
    if word in words.ARTICLES:
        phrase.article = True
        phrase.demonstrative = phrase.demonstrative or word in {"this", "these"}
    elif word in words.EACH:
        phrase.quantifier = "each"
    elif word in {"all", "both"}:
        phrase.quantifier = word
    elif word in words.SOME:
        phrase.quantifier = "some"
    elif number(word) is not None:
        phrase.count = number(word)
    elif word in words.ORDINALS:
        phrase.ordinal = word
    else:
        return word in words.FAR | words.PRONOUNS
    return True


def _read_attribute(phrase: NounPhrase, word: str) -> None:
    """Take owners, colours, sizes and places; anything else stays a word of the name."""
    colour = words.COLOURS.get(word) or words.COLOURS.get(word.rpartition("-")[2])
    if word in words.POSSESSIVES:
        phrase.article, phrase.owner = True, phrase.owner or word
        return
    if word in words.MAIN and word != "central":
        phrase.main = True
        return
    if not colour and word not in words.SIZES and _sides(word):
        phrase.positions += _sides(word)
        return
    if word != "and" or phrase.modifiers:
        phrase.modifiers.append(word)
    if colour:
        phrase.colours.append(colour)
    elif word in words.SIZES:
        phrase.size = words.SIZES[word]
    elif word.endswith(("'s", "s'")):
        phrase.owner = phrase.owner or singular(word.removesuffix("'s").removesuffix("'"))[0]
