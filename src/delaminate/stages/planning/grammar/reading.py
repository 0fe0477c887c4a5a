"""Clauses → plan: who is wanted, who stays in the background, and which manner is said of whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from delaminate.contracts import Kind, Plan, Target
from delaminate.stages.planning.grammar import words
from delaminate.stages.planning.grammar.clauses import Clause, Intent
from delaminate.stages.planning.grammar.manner import Manner
from delaminate.stages.planning.grammar.noun_phrase import NounPhrase, read_noun_phrase
from delaminate.stages.planning.grammar.targets import is_backdrop, is_picture, is_product, is_view, targets_of

_ASIDE = words.word_set("background backdrop untouched alone intact unchanged behind")
"""Said of a thing, these keep it in the background."""


_SEVERAL = "Things of several names come as one layer each; merge the layers for a single one."


_REMOVED = "What is to be removed becomes a layer ({}); hide or delete that layer and it is gone from the picture."


@dataclass
class Reading:
    """What has been understood so far."""

    wanted: list[Target] = field(default_factory=list)
    kept: list[Target] = field(default_factory=list)
    perhaps: list[Target] = field(default_factory=list)
    """Named after "keep", with nothing said of where."""
    picture: bool = False
    """Whether the picture itself was named ("layer this poster")."""
    backdrop: bool = False
    """Whether the background was named."""
    only_kept: bool = False
    """Whether everything else is to be removed ("remove everything except …")."""
    marked: bool = False
    """Whether something is marked in the picture besides."""
    several: bool = False
    """Whether there is more than one clause."""
    whole: bool = False
    """Whether a thing was named that is split "into" the pieces that follow."""
    layers: int | None = None
    layered: bool = False
    viewed: bool = False
    """Whether the background or a view ("landscape") was named, which is wanted clean."""
    alone_with_kept: bool = False
    """Whether the first clause is followed by nothing but what it is to be without."""
    removed: list[str] = field(default_factory=list)
    """What is to be removed, in the user's words."""
    notes: list[str] = field(default_factory=list)


def read_plan(clauses: Sequence[Clause], marked: bool = False) -> Plan:
    """The plan the clauses ask for; without targets when they ask for nothing that can be named.

    `marked` says that a box or a point is given beside the words, so that "this on its own layer" speaks of it.
    """
    reading = Reading(several=len(clauses) > 1, marked=marked)
    phrases = _completed([read_noun_phrase(clause.tokens) for clause in clauses], clauses)
    pieces = any(clause.intent is Intent.PIECE for clause in clauses)
    headed = False
    following = clauses[1:]
    reading.alone_with_kept = bool(following) and all(clause.intent is Intent.KEPT for clause in following)
    for clause, phrase in zip(clauses, phrases, strict=True):
        reading.layered |= clause.manner is not None
        reading.layers = clause.layers or reading.layers
        if clause.intent is Intent.UNHARMED:
            continue
        if clause.intent is Intent.WHOLE and not clause.colon and is_picture(phrase, whole=True):
            reading.picture = True
        elif clause.intent is Intent.WHOLE and (pieces or clause.colon):
            headed, reading.whole = True, not clause.colon
        else:
            _read(reading, clause, phrase)
    if headed and not reading.wanted:  # the list behind the colon said nothing new
        for clause, phrase in zip(clauses, phrases, strict=True):
            if clause.intent is Intent.WHOLE:
                _read(reading, replace(clause, intent=Intent.WANTED), phrase)
    plan = _plan(reading)
    lone = plan.targets[0] if len(plan.targets) == 1 and not plan.inverted else None
    if lone is not None and lone.kind is Kind.ANYTHING and lone.count and not reading.layers:  # "four parts"
        return replace(plan, targets=(replace(lone, count=None),), layers=lone.count)
    shared = _SEVERAL in reading.notes or (lone is not None and lone.kind is Kind.ANYTHING)
    manners = [clause.manner for clause in clauses]
    if shared and not reading.layers and manners[-1] is Manner.TOGETHER and Manner.APART not in manners:
        return replace(plan, layers=1, note=plan.note.replace(_SEVERAL, "").strip())  # "everything into one layer"
    return replace(plan, layers=reading.layers)


def _completed(phrases: list[NounPhrase], clauses: Sequence[Clause]) -> list[NounPhrase]:
    """Fill what a list says once only: "the red and the blue car", "every object and text line"."""
    for at in range(len(phrases) - 1):
        one, following = phrases[at], phrases[at + 1]
        if one.quantifier == "both" and (not one.plural or not following.article) and one.noun and following.noun:
            one.quantifier, one.phrase = "", one.phrase.partition(" ")[2]  # "both the girl and the banner"
        if not one.noun and one.colours + one.positions + [one.size] != [""] and following.noun and not one.quoted:
            one.take_head(following)
        theirs = following.owner in words.POSSESSIVES and one.quantifier == "each"  # "each person and their hat"
        alone = theirs or not (following.article or following.quantifier or following.count or following.quoted)
        if one.quantifier in {"each", "all"} and alone and one.noun and clauses[at].manner is None:
            following.quantifier = one.quantifier
    return phrases


def _read(reading: Reading, clause: Clause, phrase: NounPhrase) -> None:
    aside = bool(_ASIDE.intersection(clause.predicate))
    if not phrase.noun and not (phrase.quoted or phrase.boxes or phrase.attributed or phrase.size):
        if phrase.quantifier in {"all", "each"} and not reading.wanted and not reading.marked:
            phrase.noun = "everything"
            reading.wanted += _of(reading, phrase, clause)
        else:
            _say_manner(reading, clause, phrase)
    elif is_backdrop(phrase):
        reading.wanted += _rest_of_kept(reading, clause, phrase)
        reading.backdrop = reading.viewed = True
    elif clause.intent is Intent.SOURCE and (is_picture(phrase, whole=True) or clause.verb not in words.SEPARATING):
        pass  # where a thing is taken from says nothing new
    elif _is_whole_picture(reading, clause, phrase):
        reading.picture = True
    elif clause.intent is Intent.WANTED and reading.alone_with_kept and is_view(phrase):
        reading.viewed = True
    elif (
        clause.intent is Intent.KEPT or aside or (clause.intent is Intent.KEEPING and "background" in phrase.positions)
    ):
        reading.kept += _of(reading, phrase, clause)
        reading.only_kept |= clause.verb in words.REMOVING | words.KEEPING
    elif clause.intent is Intent.KEEPING and clause.manner is None:
        reading.perhaps += _of(reading, phrase, clause)
    elif not (clause.manner and _narrows(reading, phrase, clause.manner)):
        found = _of(reading, phrase, clause)
        if clause.verb in words.REMOVING:
            reading.removed.append(phrase.phrase)
        if clause.manner is Manner.TOGETHER and reading.wanted and found[0].count == 1:
            reading.notes.append(_SEVERAL)
        reading.wanted += found


def _rest_of_kept(reading: Reading, clause: Clause, phrase: NounPhrase) -> list[Target]:
    """ "Keep the table, take everything else": the rest is what comes off."""
    taken = phrase.noun == "rest" and clause.intent is Intent.WANTED and clause.verb in words.TAKING
    alone = bool(reading.perhaps or reading.kept) and not reading.wanted
    return [Target(phrase.phrase, Kind.ANYTHING, count=None)] if taken and alone else []


def _is_whole_picture(reading: Reading, clause: Clause, phrase: NounPhrase) -> bool:
    """ "This image", "layer the poster"; but in "the photo and the caption" the photo is a thing on the page."""
    thing = clause.intent is Intent.PIECE or (reading.several and not clause.verb and not phrase.demonstrative)
    if clause.intent is Intent.KEPT or thing:
        return False
    whole = not reading.several and (clause.parted or clause.verb in words.PARTING)
    if clause.parted and not reading.several and clause.verb in words.SEPARATING | words.LAYERING | {"convert", "turn"}:
        one = not (phrase.plural or phrase.quantifier or phrase.count or phrase.quoted or phrase.boxes)
        if one and phrase.noun not in words.TEXT_ROLES.keys() | words.MASS:
            return True  # one thing comes apart into layers: everything there is
    return is_picture(phrase, whole or clause.verb in words.LAYERING)


def _of(reading: Reading, phrase: NounPhrase, clause: Clause) -> tuple[Target, ...]:
    if phrase.ordinal:
        reading.notes.append(
            f"{phrase.ordinal!r} is not counted out in the picture; mark the thing with a box if need be."
        )
    part = clause.intent is Intent.PIECE and reading.whole and phrase.noun not in words.SUBJECT
    if "pieces" in clause.predicate and not is_picture(phrase, whole=True):
        phrase.owner, phrase.noun, phrase.head = phrase.noun, "", ""
        return tuple(replace(t, noun="", name="", count=None, each=True) for t in targets_of(phrase, part=True))
    return targets_of(phrase, part, clause.manner)


def _say_manner(reading: Reading, clause: Clause, phrase: NounPhrase) -> None:
    """A manner with no noun ("each on its own layer") is said of what was named before; to a list it adds nothing."""
    apart = clause.manner is Manner.APART or (clause.manner is not None and phrase.quantifier == "each")
    if len(reading.wanted) == 1:
        if apart:
            reading.wanted[0] = _each(reading.wanted[0])
        elif clause.manner is Manner.TOGETHER:
            reading.wanted[0] = replace(reading.wanted[0], each=False)
    elif reading.wanted and clause.manner is Manner.TOGETHER:
        reading.notes.append(_SEVERAL)


def _each(target: Target) -> Target:
    return replace(target, each=True, count=None if target.kind is Kind.TEXT else target.count)


def _narrows(reading: Reading, phrase: NounPhrase, manner: Manner) -> bool:
    """Whether "each line its own layer" speaks of the text named before; then that target is changed."""
    told = targets_of(phrase, manner=manner)[0]
    for at, target in enumerate(reading.wanted):
        generic = not told.noun and target.kind is not Kind.TEXT and not phrase.attributed
        if generic or target.noun == told.noun or (told.kind is Kind.TEXT is target.kind and phrase.noun == "line"):
            reading.wanted[at] = _each(target) if told.each else replace(target, each=False)
            return True
    return False


def _plan(reading: Reading) -> Plan:
    wanted, kept, notes = reading.wanted, reading.kept, reading.notes
    if len(wanted) == 1 and not (kept or reading.perhaps) and is_product(wanted[0]):
        wanted = [replace(wanted[0], kind=Kind.SUBJECT, noun="")]
    everything = [target for target in wanted if target.kind is Kind.ANYTHING]
    if not wanted and reading.backdrop and all(target.kind is Kind.SHADOW for target in reading.perhaps):
        reading.perhaps = []  # "remove the background, keep the shadow": it goes with its owner
    if not wanted and not (kept and reading.only_kept):
        wanted = reading.perhaps
    elif reading.perhaps:
        kept = kept + reading.perhaps
    if kept and (reading.only_kept and len(everything) == len(wanted)):
        wanted, kept = kept, []
    if not wanted and not kept:
        return _unnamed(reading)
    if kept and not wanted and reading.viewed:  # "background without people": they come off
        wanted, kept = kept, []
        notes.append("What the picture is wanted without becomes a layer; hide it to see the rest.")
    elif reading.removed:
        notes.append(_REMOVED.format(" and ".join(reading.removed)))
    if kept and (not wanted or (len(everything) == len(wanted) and not wanted[0].positions)):
        return Plan(tuple(kept), inverted=True, note=" ".join(notes))
    if kept and any(not target.noun for target in kept):
        notes.append("What was excluded without a name could not be told from the rest.")
    nouns = tuple(dict.fromkeys(target.noun for target in kept if target.noun))
    wanted = sorted((replace(t, excluded=nouns) for t in wanted), key=lambda t: t.kind is Kind.ANYTHING)
    return Plan(tuple(dict.fromkeys(wanted)), note=" ".join(notes), kept=tuple(t for t in kept if t.noun))


def _unnamed(reading: Reading) -> Plan:
    """Nothing was named but perhaps the picture, its background, or layers."""
    if reading.picture or (reading.layered and not (reading.backdrop or reading.marked)):
        target = Target("the whole picture", Kind.ANYTHING, count=None)
        return Plan((target,), note="No thing is named, so every element becomes a layer.")
    if reading.backdrop and not reading.marked:
        target = Target("the main subject", Kind.SUBJECT)
        return Plan((target,), note="Only the background is named, so the main subject is lifted off it.")
    return Plan((), note=" ".join(reading.notes))
