"""The embedded planner: English instruction → Plan, by grammar; no model, and of the picture only its size.

    sentence → tokens (tags.py) → clauses (clauses.py) → noun phrases (noun_phrase.py) → targets (targets.py)
    → plan (reading.py)

Targets come in the order of mention, except that what is marked or named comes before "everything": words do not tell
which thing is in front.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from delaminate.contracts import Instruction, Kind, NamedBox, NamedPoint, Plan, Target, Tick, no_tick
from delaminate.errors import BadInstruction
from delaminate.pixels import Rgb
from delaminate.stages.planning.grammar import words
from delaminate.stages.planning.grammar.asides import without_asides
from delaminate.stages.planning.grammar.bands import bands_of
from delaminate.stages.planning.grammar.clauses import read_clauses
from delaminate.stages.planning.grammar.languages.reading import in_english
from delaminate.stages.planning.grammar.languages.tables import NAMES
from delaminate.stages.planning.grammar.lists import tidied
from delaminate.stages.planning.grammar.noun_phrase import read_noun_phrase
from delaminate.stages.planning.grammar.other_jobs import other_job
from delaminate.stages.planning.grammar.reading import read_plan
from delaminate.stages.planning.grammar.spelling import Spelled, spelled
from delaminate.stages.planning.grammar.tags import Mark, Token, as_written, read_tokens, with_idioms
from delaminate.stages.planning.grammar.targets import targets_of


@dataclass(frozen=True)
class Grammar:
    """Reads English by rule.

    Parameters
    ----------
    longest : characters an instruction may have.

    Raises
    ------
    BadInstruction
        When called: if there is neither a word nor a box nor a point, if the text is longer than `longest`, or if a
        box, a point or a bbox tag lies outside the picture.
    """

    longest: int = 4096

    def check(self, instruction: Instruction) -> None:
        """See `Forewarner`."""
        if instruction.text.strip() or not (instruction.boxes or instruction.points):
            marks = (NamedPoint(0, 0),) if instruction.boxes or instruction.points else ()
            self(replace(instruction, boxes=(), points=marks), np.zeros((1, 1, 3), np.uint8))

    def __call__(self, instruction: Instruction, rgb: Rgb, tick: Tick = no_tick) -> Plan:
        """`rgb` is H×W×3; only its height and width are read."""
        height, width = rgb.shape[:2]
        marked = _marked(instruction, width, height)
        if len(instruction.text) > self.longest:
            raise BadInstruction(
                f"the instruction has {len(instruction.text)} characters, {self.longest} are allowed; "
                "name the things to separate in a sentence or two"
            )
        tokens = read_tokens(tidied(instruction.text), width, height)
        if not any(token.mark in {Mark.WORD, Mark.QUOTE, Mark.BOX} for token in tokens):
            if not marked:
                raise BadInstruction(
                    'the instruction names nothing; write what to separate, such as "the red apple" or '
                    '"extract every object", or mark it with a box or a point'
                )
            return Plan(tuple(marked), planner="grammar")
        english, language = in_english(tokens)
        meant = spelled(english) if language == "en" else Spelled(english, ())
        plan = _read(meant.tokens, marked=bool(marked))
        told = (_slips(meant), _as_read(plan, language), plan.note)
        plan = replace(plan, note=" ".join(filter(None, told)))
        if not plan.targets and not marked:
            subject = Target("the main subject", Kind.SUBJECT)
            plan = replace(plan, targets=(subject,), note="No thing is named, so the main subject becomes a layer.")
        tick(1.0)
        return _bounded(replace(plan, targets=_joined(marked, plan), planner="grammar"))


def _read(tokens: Sequence[Token], marked: bool) -> Plan:
    """The plan of a sentence in English words."""
    aside = without_asides(tokens)
    english = with_idioms(_in_one_row(aside.tokens))
    bands = bands_of(english)
    if bands:
        everything = Target("everything", Kind.ANYTHING, count=None)
        return Plan((everything,), depth=bands, ignored=aside.ignored)
    said: list[Token] = []
    asked_of_us: list[str] = []
    refused: list[tuple[str, list[Token]]] = []
    for sentence in _sentences(english):
        if _tells_the_reader(sentence):
            asked_of_us.append(as_written(sentence))
            continue
        refusal = other_job(sentence)
        if refusal:
            refused.append((refusal, sentence))
        else:
            said += sentence
    if refused and not marked and all(token.mark is Mark.STOP for token in said):
        raise BadInstruction(refused[0][0])
    others = tuple(" ".join(token.raw for token in sentence if token.mark is Mark.WORD) for _, sentence in refused)
    plan = read_plan(read_clauses(said), marked=marked)
    if not (plan.targets or marked) and any(token.text in words.PARTING | {"separate"} for token in said):
        everything = Target("the whole picture", Kind.ANYTHING, count=None)
        plan = replace(plan, targets=(everything,), note="No thing is named, so every element becomes a layer.")
    return replace(plan, ignored=(*aside.ignored, *asked_of_us, *others))


def _tells_the_reader(sentence: Sequence[Token]) -> bool:
    """ "You are an expert designer.": who is to do it says nothing of the picture."""
    first = [token.text for token in sentence[:2]]
    return first in (["you", "are"], ["act", "as"]) and sentence[-1].mark is Mark.STOP


def _in_one_row(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """Without the commas between words of manner: "into clean, editable layers"."""
    manner = words.MANNER_WORDS - words.ARTICLES - words.POSSESSIVES - {"one", "all"}
    return tuple(
        token
        for at, token in enumerate(tokens)
        if not (
            token.mark is Mark.COMMA
            and 0 < at < len(tokens) - 1
            and tokens[at - 1].text in manner
            and tokens[at + 1].text in manner
        )
    )


def _sentences(tokens: Sequence[Token]) -> list[list[Token]]:
    """The tokens by sentences, each with its stop."""
    sentences: list[list[Token]] = [[]]
    for token in tokens:
        sentences[-1].append(token)
        if token.mark is Mark.STOP:
            sentences.append([])
    return [sentence for sentence in sentences if sentence]


MOST_TARGETS = 50
"""Things one plan looks for; a picture has no more layers than that for long."""
_MOST_OF_A_KIND = 100
"""Things of one kind that are counted; of more, all are meant."""
_LONGEST_NAME = 200
"""Letters of a name; what a reader of layer panels sees of it is a quarter of that."""


def _bounded(plan: Plan) -> Plan:
    """The plan with no more targets, and no longer names, than a plan may have."""
    targets = tuple(
        replace(
            target,
            **{field: getattr(target, field)[:_LONGEST_NAME] for field in ("noun", "name", "description")},
            count=target.count if (target.count or 0) <= _MOST_OF_A_KIND else None,
            excluded=tuple(noun[:_LONGEST_NAME] for noun in target.excluded[:20]),
        )
        for target in plan.targets
    )
    note = plan.note
    if len(targets) > MOST_TARGETS:
        note = f"Only the first {MOST_TARGETS} of {len(targets)} things are looked for. {note}".strip()
    ignored = tuple(said[:_LONGEST_NAME] for said in plan.ignored[:20])
    return replace(
        plan, targets=targets[:MOST_TARGETS], note=note[:4096], ignored=ignored, kept=plan.kept[:MOST_TARGETS]
    )


def _marked(instruction: Instruction, width: int, height: int) -> list[Target]:
    """Boxes and points given outright, as targets."""
    size = f"the picture, which is {width}×{height} pixels"
    found = []
    for box in instruction.boxes:
        left, top, right, bottom = box.box.as_tuple()
        if left < 0 or top < 0 or right > width or bottom > height:
            raise BadInstruction(f"the box {left},{top},{right},{bottom} reaches outside {size}; keep it inside")
        found.append(replace(_named(box, f"the box {left},{top},{right},{bottom}"), box=box.box))
    for point in instruction.points:
        if not (0 <= point.x < width and 0 <= point.y < height):
            raise BadInstruction(f"the point {point.x},{point.y} lies outside {size}; keep it inside")
        found.append(replace(_named(point, f"the point {point.x},{point.y}"), point=(point.x, point.y)))
    return found


def _named(given: NamedBox | NamedPoint, otherwise: str) -> Target:
    """The target of a mark; its name is read as a noun phrase, for the kind of thing it is."""
    name = given.name.strip()
    if not name:
        return Target(otherwise)
    said = [Token(Mark.WORD, word.lower(), word) for word in name.split()]
    target = targets_of(read_noun_phrase(said))[0]
    return replace(target, phrase=name, name=name, count=1)


def _joined(marked: Sequence[Target], plan: Plan) -> tuple[Target, ...]:
    """Marks and words together: a mark says where the thing named is when there is one of each, or the names agree."""
    wanted = list(plan.targets)
    alone = []
    for mark in marked:
        lone = len(marked) == len(wanted) == 1 and not mark.name
        for at, target in enumerate(wanted):
            free = target.box is None and target.point is None and target.count == 1
            if free and (lone or (mark.noun and mark.noun == target.noun and set(mark.colours) <= {*target.colours})):
                wanted[at] = replace(target, box=mark.box, point=mark.point)
                break
        else:
            alone.append(mark)
    return (*alone, *wanted)


def _slips(meant: Spelled) -> str:
    """One sentence on the words that were read as others."""
    read = [f"{written!r} as {word!r}" for written, word in dict.fromkeys(meant.slips)]
    return f"Read {', '.join(read)}." if read else ""


def _as_read(plan: Plan, language: str) -> str:
    """One sentence on how a sentence of another language was read, and on what was not understood."""
    said = []
    if language != "en":
        read = [f"{t.name} = {t.description}" for t in (*plan.targets, *plan.kept) if t.known and t.description]
        said.append(f"Read as {NAMES.get(language, 'another language')}{': ' if read else ''}{', '.join(read)}.")
    unknown = [target.phrase for target in (*plan.targets, *plan.kept) if not target.known]
    if unknown:
        said.append(f"Not understood: {', '.join(unknown)}.")
    return " ".join(said)
