"""Tokens → clauses: the list items of each sentence, and what the sentence wants done with each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from delaminate.stages.planning.grammar import words
from delaminate.stages.planning.grammar.manner import Manner, manner_at, number
from delaminate.stages.planning.grammar.tags import Mark, Token


class Intent(StrEnum):
    """What the sentence wants with the thing named."""

    WANTED = "wanted"
    KEPT = "kept"
    """It stays in the background: "no bubbles", "except the sky", "leave the text"."""
    KEEPING = "keeping"
    """"Keep …": wanted or kept, the rest of the instruction tells."""
    SOURCE = "source"
    """What it is taken from: "from the background", "from their clothes"."""
    WHOLE = "whole"
    """What is split "into" the pieces that follow."""
    PIECE = "piece"
    UNHARMED = "unharmed"
    """It stays where it is, on the thing: "without removing the hat"."""


@dataclass
class Clause:
    """One list item; `tokens` is its noun phrase, `predicate` what is said of it, `colon` a heading before a list."""

    intent: Intent
    verb: str = ""
    tokens: list[Token] = field(default_factory=list)
    predicate: list[str] = field(default_factory=list)
    manner: Manner | None = None
    layers: int | None = None
    colon: bool = False
    parted: bool = False
    """Whether it is to come apart "into layers"."""


def read_clauses(tokens: Sequence[Token]) -> list[Clause]:
    """The clauses of all sentences, in order; one without tokens says a manner of what stands before it."""
    found: list[Clause] = []
    sentence: list[Token] = []
    for token in [*tokens, Token(Mark.STOP, "", "")]:
        if token.mark is Mark.STOP:
            found += _Sentence(sentence).clauses
            sentence = []
        else:
            sentence.append(token)
    return found


class _Sentence:
    """Reads one sentence from left to right."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.clauses: list[Clause] = []
        self.intent, self.verb = Intent.WANTED, ""
        self.verb_starts = 0  # the clause at which the verb at hand begins
        self.speaks = False  # inside a predicate
        self.current = Clause(self.intent)
        at = 0
        while at < len(tokens):
            at += self._read(at)
        self._close()

    def _word(self, at: int) -> str:
        inside = 0 <= at < len(self.tokens) and self.tokens[at].mark is Mark.WORD
        return self.tokens[at].text if inside else ""

    def _read(self, at: int) -> int:
        """Take the token at `at`; returns how many tokens were read."""
        if length := self._read_manner(at):
            return length
        if not self._read_boundary(at):
            self._read_word(at)
        return 1

    def _read_boundary(self, at: int) -> bool:
        """Take what ends a list item; False where the token does not."""
        token, word = self.tokens[at], self._word(at)
        if token.mark is Mark.COLON and self._word(at - 1) == "into":
            return True  # "into: head, body"
        if token.mark is Mark.COLON or word == "into":
            self._divide(colon=token.mark is Mark.COLON)
        elif word in words.EXCEPTING:
            self._except(harmless=self._word(at + 1) in words.HARMING)
        elif self._is_from(at):
            self._close(Intent.SOURCE)
        elif (
            token.mark is Mark.COMMA
            or (word in words.JOINERS and not self._joins_attributes(at))
            or (word in words.EACH and manner_at(self.tokens[at + 1 : at + 10]) and self.current.tokens)
            or (word in {"with", "where", "for"} and self._word(at + 1) in words.EACH)
        ):
            self._close()
            if word in words.EACH:  # "logo and title each on its own layer"
                self.current.tokens.append(token)
        else:
            return False
        return True

    def _read_word(self, at: int) -> None:
        word, starts = self._word(at), not self.current.tokens
        if starts and self._is_verb(at):
            if not self._goes_on(at):
                self._begin(word, negated=self._word(at - 1) == "not")
        elif starts and word in {"only", "just"} and self.intent is Intent.KEPT and self._word(at - 1) == "":
            self.intent = self.current.intent = Intent.WANTED  # "no text, only the bottles"
        elif self._says_nothing(at):
            pass
        elif word in words.COPULAS and self._word(at - 1) in {"that", "who", "which"} and not starts:
            relative = self.current.tokens.pop()  # "the cup that is on the left"
            self.current.tokens.append(Token(Mark.WORD, "", f"{relative.raw} {self.tokens[at].raw}".strip()))
        elif word in {"for", "with"} and [token.text for token in self.current.tokens] in (["one"], ["another"]):
            self.current.tokens.clear()  # "one layer for the text, another for the product"
        elif word == "as" or (word in words.COPULAS and not starts):
            self.speaks = True
        elif self.speaks:
            self.current.predicate.append(word)
        else:
            self.current.tokens.append(self.tokens[at])

    def _read_manner(self, at: int) -> int:
        """Take the manner at `at`, if there is one; returns its length."""
        span = manner_at(self.tokens[at : at + 10])
        if span is None:
            return 0
        if span.pieces and not self.current.tokens and not self.clauses:
            return 0  # "into parts" of nothing
        manner, length = span.manner, span.length
        if not self.current.tokens and self._word(at + length) in {"for", "per", "of", "with", "containing"}:
            if self._word(at + length) == "per":
                manner = Manner.APART
                self.current.tokens.append(Token(Mark.WORD, "each", ""))
            length += 1
        elif span.pieces and self._word(at) == "into":
            self.current.predicate.append("pieces")
        self.current.manner = manner
        self.current.layers = span.count
        self.current.parted = span.parted
        return length

    def _is_verb(self, at: int) -> bool:
        word, following = self._word(at), self._word(at + 1)
        if word in words.NOUNS_TOO:
            return (
                following in words.ARTICLES | words.EACH | words.POSSESSIVES | words.PARTICLES
                or following in {"all", "both", "it", "them", "everything", "everyone"}
                or number(following) is not None
            )
        return word in words.VERBS

    def _goes_on(self, at: int) -> bool:
        """Whether a verb only goes on with the one before it: "avoid selecting", "without taking"."""
        gerund = self._word(at).endswith("ing")
        return gerund and (self._word(at - 1) in words.LEAVING or self._word(at - 1) in words.EXCEPTING - {"not"})

    def _begin(self, verb: str, negated: bool) -> None:
        self.verb, self.verb_starts, self.speaks = verb, len(self.clauses), False
        if verb in words.LEAVING:
            self.intent = Intent.WANTED if negated else Intent.KEPT
        elif not negated:
            self.intent = Intent.KEEPING if verb in words.KEEPING else Intent.WANTED
        self.current.intent, self.current.verb = self.intent, verb

    def _says_nothing(self, at: int) -> bool:
        word, following = self._word(at), self._word(at + 1)
        if word in words.PARTICLES:
            last = at + 1 >= len(self.tokens) or self.tokens[at + 1].mark is not Mark.WORD
            return not self.current.tokens or last or following in words.JOINERS | {"from", "of", "into", "as", "in"}
        return word in words.ANYWHERE or (not self.current.tokens and word in words.FILLERS)

    def _is_from(self, at: int) -> bool:
        word = self._word(at)
        if word == "off":
            return True
        following = [self._word(at + ahead) for ahead in (1, 2)]
        sides = words.POSITIONS.keys() - words.BACKDROP - {"foreground"}
        return word == "from" and not sides.intersection(following)

    def _joins_attributes(self, at: int) -> bool:
        """Whether "and" stands inside one noun phrase: "the red and blue cars"."""
        attributes = words.COLOURS.keys() | words.POSITIONS.keys() | words.SIZES.keys()
        before = [token.text for token in self.current.tokens if token.text not in words.ARTICLES | {"and"}]
        after = self._word(at + 2)
        return (
            bool(before)
            and all(word in attributes or number(word) for word in before)
            and self._word(at + 1) in attributes
            and after != ""
            and after not in words.JOINERS | words.RELATIONS
        )

    def _except(self, harmless: bool = False) -> None:
        if self.speaks:  # "the text should not be extracted"
            self.current.intent = Intent.KEPT
        else:
            self._close(Intent.UNHARMED if harmless else Intent.KEPT)

    def _divide(self, colon: bool) -> None:
        self._close()
        for clause in self.clauses[self.verb_starts :]:
            if clause.intent is Intent.WANTED:
                clause.intent, clause.colon = Intent.WHOLE, colon
        self.intent = Intent.WANTED if colon else Intent.PIECE
        self.current = Clause(self.intent, self.verb)

    def _close(self, intent: Intent | None = None) -> None:
        if self.current.tokens or self.current.manner:
            self.clauses.append(self.current)
        if intent is not Intent.SOURCE:  # a source is one phrase, the list goes on behind it
            self.intent = intent or self.intent
        self.speaks = False
        self.current = Clause(intent or self.intent, self.verb)
