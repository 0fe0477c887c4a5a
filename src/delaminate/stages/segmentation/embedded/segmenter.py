"""The embedded segmenter: reads text, finds things and drawn shapes, ranks them by what words say of their looks.

A small network (`network.py`) knows how some two thousand drawn things look. Where the instruction names a thing that
neither it nor a colour or a place tells apart, the engine takes what stands out most, says so in the finding's
advice, and keeps the confidence below one half; where everything it sees is plainly something else, it finds nothing.
"""

from __future__ import annotations

import itertools
import logging
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.compiled import in_bands
from delaminate.contracts import Found, Kind, Outcome, Plan, Target, Tick, no_tick
from delaminate.lab import lab_of
from delaminate.pixels import Box, Mask, Rgb, around
from delaminate.stack import Role
from delaminate.stages.segmentation.embedded.answers import (
    WHOLE,
    WHOLE_DRAWN,
    Chosen,
    as_edged_as,
    at_first_hearing,
    at_first_sight,
    by_box,
    by_point,
    by_words,
    lies_on,
    of_a_kind,
    sought_of,
    unnamed,
    whole_things,
)
from delaminate.stages.segmentation.embedded.attributes import (
    at_place,
    colour_name,
    colour_shares,
    has_colour,
    is_coloured,
    usual_colours,
)
from delaminate.stages.segmentation.embedded.choice import Sought, trained_choice
from delaminate.stages.segmentation.embedded.classifier import classifier
from delaminate.stages.segmentation.embedded.features import FEATURES, features_of
from delaminate.stages.segmentation.embedded.figure import chosen, figure_network, why_no_figure_network
from delaminate.stages.segmentation.embedded.grabcut import in_box
from delaminate.stages.segmentation.embedded.heads import heads_asked_for
from delaminate.stages.segmentation.embedded.network import trained_network
from delaminate.stages.segmentation.embedded.outline import is_figure
from delaminate.stages.segmentation.embedded.pool import Pool
from delaminate.stages.segmentation.embedded.prepared import Outlined, Prepared
from delaminate.stages.segmentation.embedded.see_through.veil import NOUNS, Sort, Veil
from delaminate.stages.segmentation.embedded.sessions import can_run, memory_kept
from delaminate.stages.segmentation.embedded.shapes import Shape
from delaminate.stages.segmentation.embedded.text_reader import TextReader
from delaminate.stages.segmentation.embedded.things import (
    Choice,
    Thing,
    described,
    heard,
    main_subject,
    separate_things,
    suited_things,
    thing_in_box,
    thing_of,
)
from delaminate.stages.segmentation.embedded.wording import FIGURES, chosen_lines, shape_suits
from delaminate.vocabulary.meaning import meaning

logger = logging.getLogger(__name__)

_GUESSED = 0.45
"""Most confidence in what stands out where one thing is asked for that nobody knows by sight: a monster, a logo."""

_ANYBODY = frozenset({"character", "creature", "being", "figure", "hero", "mascot", "monster", "object", "thing"})
"""Nouns that mean whatever stands there."""
_PLAIN_FIGURE = 0.8
"""How plainly one thing stands out where a word for anything means it."""

_RATHER_A_THING, _PERHAPS_A_THING = 0.75, 0.3
"""Chance from which a thing is what is called as shapes are, whatever shapes there are, and where none is that."""
_ALONE = 0.7
"""Where only one thing stands out, a name needs so much of the usual chance: people name what they see."""

_LEFT_OVER = 0.3
"""Confidence in what nobody recognised and nobody else was."""

_SO_DESCRIBED = 0.7
"""How far what nobody recognised must be of the colour that is named."""
_AS_BUBBLE, _AS_THING = 0.8, 0.85
"""Score of a bubble, and its overlap with a whole thing, from which whoever asks for everything means it."""
_CONVEX = 0.9
"""Share of its convex hull from which a shape is one that things are laid on: disc, card, banner."""
_SLOTS, _SAME_SIDES, _SAME_TONE = 4, 0.12, 8.0
"""From how many on shapes are slots; how much their sides (share) and tones (Lab) may differ."""
_PATTERN = 6
"""More drawn shapes than that on an uneven ground are its pattern: planks, checks."""
_SHOWN = 0.9
"""Share of a drawn shape that shows where nothing much lies on it."""
_VEILED = 0.5
"""Overlap from which a thing is the veil that lies there."""
_OUTLINED = 0.9
"""Overlap from which a drawn shape is the outline of something see-through."""
_GLASS = 0.85
"""Score from which "glass" is a pane that is not plain."""
_OF_COLOUR = 0.3
"""Share of its own colour that makes something see-through a blue glass."""
_CALLED = {Sort.PANE: "glass pane", Sort.BUBBLE: "bubble", Sort.PLUME: "smoke", Sort.GLOW: "glow"}

Answer = list[tuple[Found, Mask]]
"""Findings, each with its mask in the view."""


@dataclass(frozen=True)
class Embedded:
    """The embedded segmenter.

    Parameters
    ----------
    boxes : how many promising boxes get a graph cut; more finds more and costs about 0.05 s each.
    least : lowest expected overlap with a true object at which "every object" takes a thing.
    taught : whether to ask the trained network; it is left out anyway where onnxruntime is not installed.
    """

    boxes: int = 12
    least: float = 0.44
    taught: bool = True

    @property
    def checkpoints(self) -> tuple[str, ...]:
        """Whose licences matter: the figure network's, which a setting chooses."""
        return (chosen(),)

    def prepare(self, rgb: Rgb, tick: Tick = no_tick) -> Prepared:
        tick(0.0)
        if not can_run():
            logger.warning("onnxruntime is not installed: text is not read and nothing is known by name")
            return Prepared(rgb, lambda _: (), self.boxes)
        if not self.taught:
            return Prepared(rgb, TextReader(), self.boxes)
        return Prepared(rgb, TextReader(), self.boxes, trained_network, classifier, figure_network)

    @memory_kept()
    def __call__(self, prepared: Prepared, plan: Plan, tick: Tick = no_tick) -> tuple[tuple[Found, ...], ...]:
        answers: list[tuple[Found, ...]] = [() for _ in plan.targets]
        claimed: list[Mask] = []
        order = sorted(range(len(plan.targets)), key=lambda i: _turn(plan.targets[i]))
        seen, veils = prepared, list[Found]()
        everything = any(target.kind is Kind.ANYTHING for target in plan.targets)
        asked = sum(t.kind in {*_ROLES, Kind.OBJECT, Kind.PART} or t.noun in FIGURES for t in plan.targets)
        for done, i in enumerate(order):
            target = plan.targets[i]
            if target.kind is Kind.EFFECT and everything and not _veils(prepared, target):
                continue  # whatever it is, it is part of everything
            at = prepared if target.kind is Kind.EFFECT else seen
            pairs = self._answer(at, target, claimed, asked) if _is_told(target) else []
            answers[i] = tuple(found for found, _ in pairs)
            claimed.extend(mask for _, mask in pairs)
            if (
                target.noun in NOUNS
                and NOUNS[target.noun] is Sort.PANE
                and answers[i]
                and answers[i][0].paint is not None
            ):
                veils += answers[i]  # a pane lies before the rest, which is looked for without it
                seen = prepared.behind(veils)
            tick((done + 1) / (len(order) + 1))
        for i in (i for i in order if not answers[i] and _is_one(plan.targets[i])):
            pairs = self._left_over(seen, plan.targets[i], claimed, asked)
            answers[i] = tuple(found for found, _ in pairs)
            claimed.extend(mask for _, mask in pairs)
        outlined = _outlined(seen, answers)
        outlined = tuple(
            tuple(prepared.glassy(one) if one.alpha is None else one for one in answer)
            if target.kind is Kind.EFFECT and NOUNS.get(target.noun) is Sort.PANE
            else answer
            for target, answer in zip(plan.targets, outlined, strict=True)
        )
        tick(1.0)
        return outlined

    def others(self, prepared: Prepared, plan: Plan, tick: Tick = no_tick) -> tuple[Found, ...]:
        """What no fill may copy; see `contracts.Surveyor`.

        Lines of text, where text is asked for or the picture is one that people write on; where more than text is asked
        for, things and shapes too. Where only the main thing is, all that stands out in the same look.
        """
        tick(0.0)
        kinds = {target.kind for target in plan.targets}
        masks: list[Mask] = []
        if kinds == {Kind.SUBJECT} and not prepared.is_drawn and prepared.figure is not None:
            lines, masks = prepared.lines_at_a_glance, prepared.standing_out
        else:
            lines = prepared.lines if Kind.TEXT in kinds or prepared.may_be_written_on else ()
            if kinds - {Kind.TEXT}:
                masks = [thing.mask for thing in prepared.certain]
                if prepared.is_drawn:
                    masks += [shape.seen for shape in prepared.shapes]
        found = [Found(line.box, _grown(line.alpha > 0), line.text, Role.TEXT, line.score) for line in lines]
        found += [one for mask in masks if (one := prepared.found(_grown(mask), "", Role.OBJECT, 0.0)) is not None]
        tick(1.0)
        return tuple(found)

    def glance(self, prepared: Prepared, x: int, y: int) -> Found | None:
        """The likeliest of the things that were seen already, with their rough outline; see `contracts.Glancer`."""
        spot = prepared.reduced_box(Box(x, y, x + 1, y + 1))
        if prepared.pool is not None and (judges := trained_choice()):
            things = at_first_sight(prepared.pool, spot.left, spot.top, judges).things
        else:
            under = prepared.under(spot.left, spot.top)
            things = [] if under is None else [under]
        return prepared.found(things[0].mask, "", Role.OBJECT, 0.0) if things else None

    def wants(self, rgb: Rgb, plan: Plan) -> str:
        """On a photograph, where the figure network is missing, what fetches it; see `contracts.Wanting`."""
        looked = any(target.kind is not Kind.TEXT for target in plan.targets)
        why = why_no_figure_network() if looked and self.taught and figure_network() is None else ""
        return f"Things are found less surely on photographs like this: {why}." if why and not _drawn_on(rgb) else ""

    def _answer(self, seen: Prepared, target: Target, claimed: list[Mask], asked: int) -> Answer:
        """What answers one target of `asked`, given what others have claimed."""
        if target.box is not None:
            box = seen.reduced_box(target.box)
            if seen.pool is not None and (judges := trained_choice()):
                chosen = by_box(seen.pool, box, in_box(seen.plain, box, working=320), judges)
                if chosen.things:
                    return _likeliest(seen, chosen, target)
            return _findings(seen, [thing_in_box(seen.plain, seen.candidates, box)], target, 0.9)
        if target.point is not None:
            x, y = target.point
            spot = seen.reduced_box(Box(x, y, x + 1, y + 1))
            if seen.pool is not None and (judges := trained_choice()):
                return _likeliest(seen, by_point(seen.pool, spot.left, spot.top, judges), target)
            at = seen.under(spot.left, spot.top)
            return _findings(seen, [at], target, 0.8) if at else []
        match target.kind:
            case Kind.TEXT:
                return _text(seen, target)
            case Kind.SHAPE:
                things = self._called_so(seen, target, claimed)
                if things and things[0][0].confidence >= _RATHER_A_THING:
                    return self._as_plainly(seen, target, claimed, things[0][1]) or things
                return self._shapes(seen, target, claimed, asked) or things
            case Kind.SUBJECT:
                return _subject(seen, target)
            case Kind.EFFECT if veils := _veils(seen, target):
                return veils
            case Kind.ANYTHING:
                things = self._every(seen, target, claimed)
                lines = _text(seen, target)
                taken = [*claimed, *(mask for _, mask in things)]
                drawn = [] if seen.is_drawn else _without_slots(seen, seen.shapes)
                shapes = self._drawn(seen, drawn if len(drawn) <= _PATTERN else [], target, taken)
                return [*lines, *sorted([*things, *shapes], key=lambda pair: -pair[0].confidence)]
        if not target.noun and target.count is None:
            return self._every(seen, target, claimed)
        return self._named(seen, target, claimed, asked)

    def _every(self, seen: Prepared, target: Target, claimed: list[Mask]) -> Answer:
        """All separate things; on a poster or a card the drawn shapes too."""
        taken_off = _taken_off(seen) if target.count is None else []
        if taken_off:
            seen = seen.behind(taken_off)
        shapes = seen.shapes if target.count is None and seen.is_drawn else []
        if seen.pool is not None and self.taught:
            drawn = seen.is_drawn
            plates = [shape for shape in seen.all_shapes if _is_covered(shape) and lies_on(seen.pool, shape.mask)]
            masks = [plate.seen for plate in plates]
            least = WHOLE_DRAWN if drawn else WHOLE
            whole = whole_things(seen.pool, least, groups=not drawn, plates=masks)
            if target.count is None:
                shapes = [*shapes, *(p for p in plates if all(_same(p.mask, s.mask) < _VEILED for s in shapes))]
            things, sure = [seen.finer(thing) for thing in whole.things], whole.chance
        else:
            things, sure = separate_things(seen.plain, seen.candidates, self.least), []
        at = [i for i, thing in enumerate(things) if _free(thing.mask, claimed)][: target.count]
        answer = _findings(seen, [things[i] for i in at], target, None, [sure[i] for i in at] if sure else None)
        things = [things[i] for i in at]
        if shapes := _without_slots(seen, shapes):
            answer += self._drawn(seen, shapes, target, [*claimed, *(t.mask for t in things)])
        nothing = np.zeros(seen.view.shape, np.bool_)  # what lies behind it may still be claimed
        return [*answer, *((veil, nothing) for veil in taken_off)]

    def _named(self, seen: Prepared, target: Target, claimed: list[Mask], asked: int) -> Answer:
        """Things ranked by what they are taken for and what words say of their looks; a guess where neither tells."""
        heads = heads_asked_for(seen, target) if self.taught else []
        if heads := [(mask, sure) for mask, sure in heads if _free(mask, claimed)]:
            things = [thing_of(seen.plain, mask, sure) for mask, sure in heads]
            return _findings(seen, things, target, float(np.mean([sure for _, sure in heads])))
        if not heads and self.taught and (features := _features(seen, target)):
            return _findings(seen, features, target, None)
        if target.noun and not (target.colours or target.positions) and _means_nothing(seen, target.noun):
            return []
        if target.noun and seen.pool is not None and (judges := trained_choice()):
            sought = sought_of(target, *seen.phrase_of(target), seen.windows, seen.faces_seen)
            if target.count != 1:
                return self._several(seen, seen.pool, sought, claimed)
            figure = None if target.colours or target.positions or target.size or asked > 1 else seen.figure
            plain = figure is not None and figure[2] >= _PLAIN_FIGURE
            if plain and target.noun in _ANYBODY:
                return _subject(seen, target)  # "the monster", "the character" is whatever stands there
            if sought.classes or sought.drawn or sought.person:
                return self._chosen(seen, seen.pool, sought, claimed, judges.absent * (_ALONE if plain else 1))
            if figure is not None:
                return _subject(seen, target, _GUESSED)
        phrase, whole = seen.phrase_of(target)
        ranked = suited_things(seen.plain, seen.possible, target, seen.meant(phrase), whole=whole)
        known = any(colour_name(c) for c in target.colours) or bool(target.positions)
        usual = usual_colours(target.noun)
        fits = any(has_colour(choice.thing.colours, c) > 0.5 for choice in ranked[:1] for c in usual)
        if not fits and seen.lacks(phrase, [(c.thing.score, c.meant) for c in ranked], asked):
            return []
        ranked = [choice for choice in ranked if _free(choice.thing.mask, claimed)]
        several = _alike(ranked, self.least) if target.count is None else []
        ranked = several or ranked[: target.count or 1]
        sure = ranked[0].meant if ranked else 0.0
        return _findings(seen, [choice.thing for choice in ranked], target, max(0.7 if known else 0.45, sure))

    def _chosen(self, seen: Prepared, pool: Pool, sought: Sought, claimed: list[Mask], least: float) -> Answer:
        """The thing the judges of choice expect to be meant, if any is with a chance of `least`."""
        judges = trained_choice()
        assert judges is not None
        chosen = by_words(pool, sought, judges)
        at = next((i for i, thing in enumerate(chosen.things) if _free(thing.mask, claimed)), None)
        if at is None or chosen.chance[at] < least:
            return []
        return _findings(seen, [seen.finer(chosen.things[at])], sought.target, None, [chosen.chance[at]])

    def _left_over(self, seen: Prepared, target: Target, claimed: list[Mask], asked: int) -> Answer:
        """What stands out, plainly nothing else, where no more does than is asked for: people name what they see."""
        if seen.pool is None or not self.taught or _means_nothing(seen, target.noun):
            return []
        left = [seen.pool.things[i] for i in unnamed(seen.pool, asked)]
        left = [thing for thing in left if described(thing, seen.plain, target) >= _SO_DESCRIBED]
        left = [thing for thing in left if _free(thing.mask, claimed)][:1]
        return _findings(seen, [seen.finer(thing) for thing in left], target, None, [_LEFT_OVER] * len(left))

    def _several(self, seen: Prepared, pool: Pool, sought: Sought, claimed: list[Mask]) -> Answer:
        """The things of the kind that a word means."""
        chosen = of_a_kind(pool, sought, sought.target.count)
        at = [i for i, thing in enumerate(chosen.things) if _free(thing.mask, claimed)]
        things = [seen.finer(chosen.things[i]) for i in at]
        return _findings(seen, things, sought.target, None, [chosen.chance[i] for i in at])

    def _shapes(self, seen: Prepared, target: Target, claimed: list[Mask], asked: int) -> Answer:
        """Drawn shapes that a noun means, or all of them; things count as shapes when shapes are asked for."""
        boxes = [seen.reduced_box(line.box) for line in seen.lines]
        shapes = list(seen.all_shapes)
        for thing in seen.likely:
            if _free(thing.mask, [s.mask for s in shapes]):
                shapes.append(Shape(thing.mask, thing.mask, thing.box, thing.score))
        figure, whole = seen.phrase_of(target) if target.noun in FIGURES else ("", False)
        meant = seen.drawn_as(figure, shapes)
        heard_of = [(s.score, float(m)) for s, m in zip(shapes, meant, strict=True)]
        if not target.colours and seen.lacks(figure, heard_of, asked):  # a colour tells shapes apart better than a name
            return []

        def worth(i: int) -> float:
            value, called = shape_suits(shapes[i], target.noun, boxes), heard(float(meant[i]))
            if target.colours:
                shares = colour_shares(seen.plain.lab, shapes[i].seen)
                value += float(np.mean([has_colour(shares, c) for c in target.colours]))
                called *= 1.0 if whole else is_coloured(shares, target.colours)
            return value + called

        order = sorted((i for i, s in enumerate(shapes) if s.score >= self.least), key=worth, reverse=True)
        shapes = [shapes[i] for i in order]
        if target.count is None:  # "the squares" are the squares, of however many shapes there are
            shapes = [shape for shape in shapes if is_figure(shape.mask, target.noun) is not False]
        else:
            other = target.noun in FIGURES  # what is called by its outline has that
            shapes = [s for s in shapes if not (other and is_figure(s.mask, target.noun) is False)]
            shapes = [s for s in shapes if _free(s.seen, claimed)][: target.count]
        return self._drawn(seen, shapes, target, claimed)

    def _as_plainly(self, seen: Prepared, target: Target, claimed: list[Mask], thing: Mask) -> Answer:
        """The drawn shape that a thing is, where it ends at edges as plain as those of the thing as it was seen."""
        same = [shape for shape in seen.all_shapes if _same(shape.mask, thing) >= _VEILED]
        plain = [shape for shape in same[:1] if seen.pool and as_edged_as(seen.pool, shape.mask, thing)]
        return self._drawn(seen, plain, target, claimed)

    def _called_so(self, seen: Prepared, target: Target, claimed: list[Mask]) -> Answer:
        """One thing that is called as drawn shapes are: a star that is a sprite, a square button in a game."""
        judges = trained_choice()
        if target.count != 1 or not target.noun or seen.pool is None or judges is None or not self.taught:
            return []
        sought = sought_of(target, *seen.phrase_of(target), seen.windows, seen.faces_seen)
        if not (sought.classes or sought.drawn) or at_first_hearing(seen.pool, sought, judges) < judges.absent:
            return []
        return self._chosen(seen, seen.pool, sought, claimed, _PERHAPS_A_THING)

    def _drawn(self, seen: Prepared, shapes: list[Shape], target: Target, claimed: list[Mask]) -> Answer:
        """Findings of drawn shapes nobody has claimed."""
        answer: Answer = []
        for shape in shapes:
            found = seen.pane(shape) if _free(shape.seen & ~seen.written, claimed) else None
            if found is not None:
                name = target.name or _described(seen, shape.seen, "shape")
                answer.append((replace(found, name=name), shape.seen))
        return answer


@dataclass(frozen=True)
class Untaught(Embedded):
    """The embedded segmenter without its network: what the network is measured against."""

    taught: bool = False


def _outlined(seen: Prepared, answers: list[tuple[Found, ...]]) -> tuple[tuple[Found, ...], ...]:
    """All findings with their outlines at full size, several at a time."""
    rough = [found for answer in answers for found in answer]
    fine = list(rough)

    def outline(start: int, stop: int) -> None:
        fine[start:stop] = [seen.outlined(found) for found in rough[start:stop]]

    in_bands(outline, len(rough), len(rough))
    left = iter(fine)
    return tuple(tuple(itertools.islice(left, len(answer))) for answer in answers)


def _drawn_on(rgb: Rgb) -> bool:
    return Prepared(rgb, lambda _: (), 1).is_drawn


def _is_told(target: Target) -> bool:
    """Whether anything says what is meant: words the planner knows, or a mark."""
    return target.known or target.box is not None or target.point is not None


def _is_one(target: Target) -> bool:
    """Whether one thing is asked for by a name, with or without its colour."""
    elsewhere = target.positions or target.size
    return target.kind is Kind.OBJECT and bool(target.noun) and target.count == 1 and target.known and not elsewhere


def _turn(target: Target) -> int:
    """Who chooses first: what is marked, then text, then what words describe most closely, at last "everything"."""
    if target.box is not None or target.point is not None:
        return 0
    if target.kind is Kind.TEXT:
        return 1
    if target.kind is Kind.ANYTHING or (not target.noun and target.count is None):
        return 6
    if target.kind is Kind.EFFECT or target.colours or target.positions:
        return 2
    if target.kind is Kind.SHAPE:
        return 3
    return 4 if usual_colours(target.noun) else 5


def _free(mask: Mask, claimed: list[Mask]) -> bool:
    """Whether nobody has claimed more than two fifths of a mask, or lies in it with more than that."""
    area = int(mask.sum())
    return all(int((mask & other).sum()) <= 0.4 * min(area, int(other.sum())) for other in claimed)


def _alike(ranked: list[Choice], least: float) -> list[Choice]:
    """Of several things asked for those that are there: as surely meant as the first is, or else good enough things."""
    if ranked and ranked[0].meant >= 0.5:
        return [choice for choice in ranked if choice.meant >= 0.5 * ranked[0].meant]
    return [choice for choice in ranked if choice.thing.score >= least]


def _described(seen: Prepared, mask: Mask, noun: str) -> str:
    """A name from looks: what it plainly is, or the colour most of it shows, if there is one."""
    if noun == "object" and (name := seen.called(mask)):
        return name
    colour, share = max(colour_shares(seen.view.lab, mask).items(), key=lambda item: item[1])
    return f"{colour} {noun}" if share > 0.4 else noun


_ROLES = {Kind.PERSON: Role.PERSON, Kind.EFFECT: Role.EFFECT, Kind.SHADOW: Role.SHADOW}


def _grown(mask: Mask) -> Mask:
    """A rough mask with the rim it may have missed."""
    return np.asarray(cv2.dilate(mask.view(np.uint8), np.ones((3, 3), np.uint8)) > 0)


def _findings(
    seen: Prepared, things: list[Thing], target: Target, ceiling: float | None, sure: list[float] | None = None
) -> Answer:
    """Findings of things, joined into one when the target wants one layer for all.

    Parameters
    ----------
    ceiling : most confidence a thing gets, however convincing it looks; None for the judge's own score.
    sure : the confidence of each, where somebody knows better.
    """
    if len(things) > 1 and not target.each:
        union = np.logical_or.reduce([t.mask for t in things])
        things = [thing_of(seen.plain, union, float(np.mean([t.score for t in things])))]
        sure = sure and [float(np.mean(sure))]
    answer: Answer = []
    for number, thing in enumerate(things, 1):
        name = target.name or _described(seen, thing.mask, "object")
        if target.name and len(things) > 1:
            name = f"{target.name} {number}"
        confidence = thing.score if ceiling is None else min(ceiling, max(thing.score, 0.1))
        if sure is not None:
            confidence = sure[number - 1]
        elif target.box is not None or target.point is not None:
            confidence = ceiling or 0.0
        advice = Outcome.UNCERTAIN.advice if confidence < 0.5 else ""
        found = seen.found(thing.mask, name, _ROLES.get(target.kind, Role.OBJECT), confidence, advice)
        if found is not None:
            answer.append((found, thing.mask))
    return answer


def _taken_off(seen: Prepared) -> list[Found]:
    """What is plainly see-through, but for what is a drawn shape: that has the better outline, and its own coverage."""
    veils = seen.veils.plain
    if (
        not seen.is_drawn and seen.pool is not None
    ):  # round things and lights look like bubbles until they stand out as one
        likely = [veil for veil in seen.veils.of(Sort.BUBBLE) if veil.score >= _AS_BUBBLE]
        masks = [thing.mask for thing, whole in zip(seen.pool.things, seen.pool.whole, strict=True) if whole >= WHOLE]
        veils += [
            v for v in likely if any(_same(mask, seen.view.reduced(_whole(seen, v))) >= _AS_THING for mask in masks)
        ]
    if seen.is_drawn:
        shapes = [shape.mask for shape in seen.shapes]
        masks = [seen.view.reduced(_whole(seen, veil)) for veil in veils]
        no_shape = [all(_same(mask, shape) < _OUTLINED for shape in shapes) for mask in masks]
        veils = [veil for veil, keep in zip(veils, no_shape, strict=True) if keep]
    return [seen.veiled(veil, _CALLED[veil.sort]) for veil in veils]


def _without_slots(seen: Prepared, shapes: list[Shape]) -> list[Shape]:
    """Drawn shapes but for those of which there are many alike: the slots of a grid are ground to what lies in them."""
    tones = [np.median(seen.plain.lab[shape.seen], axis=0) for shape in shapes]

    def alike(i: int, j: int) -> bool:
        a, b = shapes[i].box, shapes[j].box
        sides = max(abs(a.width - b.width) / max(a.width, b.width), abs(a.height - b.height) / max(a.height, b.height))
        return bool(sides < _SAME_SIDES and float(np.linalg.norm(tones[i] - tones[j])) < _SAME_TONE)

    every = range(len(shapes))
    return [shapes[i] for i in every if sum(alike(i, j) for j in every) < _SLOTS]


def _is_covered(shape: Shape) -> bool:
    """Whether something lies on a drawn shape, a convex one, that hides a good part of it."""
    area = float(shape.mask.sum())
    hull = cv2.convexHull(cv2.findNonZero(shape.mask.astype(np.uint8)))
    plain = area > _CONVEX * cv2.contourArea(hull)
    return plain and float(shape.seen.sum()) < _SHOWN * area


def _whole(seen: Prepared, veil: Veil) -> Mask:
    full = np.zeros(seen.rgb.shape[:2], np.bool_)
    full[veil.box.slices] = veil.mask
    return full


def _same(a: Mask, b: Mask) -> float:
    return float((a & b).sum()) / max(1.0, float((a | b).sum()))


def _veils(seen: Prepared, target: Target) -> Answer:
    """What is see-through and called so; nothing where the word or its colour means something else."""
    sort = NOUNS.get(target.noun)
    if sort is None:
        return []
    found = seen.veils.named(sort, None if target.count is None else len(seen.veils.of(sort)))
    if target.noun == "glass":  # bubbles are glass as well, and so are cups, which are things
        bubbles = [veil for veil in seen.veils.of(Sort.BUBBLE) if veil.plain]
        found = [veil for veil in found if veil.plain] or bubbles or [v for v in found if v.score >= _GLASS]
    for colour in target.colours:
        found = [veil for veil in found if has_colour(colour_shares(*_painted(veil)), colour) > _OF_COLOUR]
    if target.positions:
        things = {id(veil): thing_of(seen.plain, seen.view.reduced(_whole(seen, veil)), veil.score) for veil in found}
        found = sorted(found, key=lambda veil: -described(things[id(veil)], seen.plain, target) * veil.score)
    found = found[: target.count]
    nothing = np.zeros(seen.view.shape, np.bool_)
    return [(seen.veiled(veil, target.name or _CALLED[veil.sort]), nothing) for veil in found]


def _painted(veil: Veil) -> tuple[NDArray[np.float32], Mask]:
    """The own colours of something see-through, in Lab, and where it is."""
    return lab_of(np.rint(veil.paint).astype(np.uint8)), veil.mask


def _features(seen: Prepared, target: Target) -> list[Thing]:
    """Eyes, nose, mouth or all of a drawn face, where a word asks for them and one is seen."""
    if target.noun not in FEATURES or seen.pool is None or (face := seen.drawn_face) is None:
        return []
    whole = np.argsort(-seen.pool.whole, kind="stable")
    masks = features_of(face, target.noun, [seen.pool.things[i].mask for i in whole])
    found = [thing_of(seen.plain, mask, face.score) for mask in masks]
    if target.positions:
        height, width = seen.view.shape
        found.sort(key=lambda thing: -at_place(thing.box, width, height, target.positions))
    return found[: target.count]


def _means_nothing(seen: Prepared, noun: str) -> bool:
    """Whether nobody knows a word, neither the vocabulary nor the network of drawn things."""
    return not meaning(noun).known and (seen.network is None or seen.network.strange(noun) == 1)


def _likeliest(seen: Prepared, chosen: Chosen, target: Target) -> Answer:
    """The finding of the likeliest thing, if there is any."""
    things = chosen.things[:1] if target.box is not None else [seen.finer(t) for t in chosen.things[:1]]
    return _findings(seen, things, target, None, chosen.chance[:1])


def _subject(seen: Prepared, target: Target, most: float = 1.0) -> Answer:
    """What stands out; where that is nothing plain or one of many, the candidate a person would name first."""
    figure = seen.figure
    if figure is None:
        subject = main_subject(seen.plain, seen.candidates)
        return _findings(seen, [subject], target, subject.score) if subject else []
    box, mask, sure = *figure[:2], min(figure[2], most)
    small = seen.figure_mask
    name = target.name or _described(seen, small, "object")
    advice = Outcome.UNCERTAIN.advice if sure < 0.5 else ""
    return [(Outlined(box, mask, name, Role.OBJECT, sure, None, advice, -float(small.mean())), small)]


def _text(seen: Prepared, target: Target) -> Answer:
    """Lines of text, each with its own words as name, or all in one layer."""
    lines = chosen_lines(seen.lines, target)
    groups = [[line] for line in lines]
    if lines and (not target.each or target.text_role == "title"):
        groups = [lines]
    answer: Answer = []
    for group in groups:
        box = around([line.box for line in group])
        alpha = np.zeros((box.height, box.width), np.float32)
        for line in group:
            part = alpha[line.box.slices_in(box)]
            np.maximum(part, line.alpha, out=part)
        words = "\n".join(line.text for line in group)
        # A line is called by what it reads, unless somebody who quotes it calls it otherwise.
        own = len(group) == 1 and not target.quoted
        name = " ".join(words.split()) if own or not target.name else target.name
        sure = min(line.score for line in group)
        found = Found(box, alpha > 0.5, name, Role.TEXT, sure, words, "", 1.0, alpha)
        mask = np.zeros(seen.view.shape, np.bool_)
        small = seen.reduced_box(box).slices
        mask[small] = seen.written[small]
        answer.append((found, mask))
    return answer
