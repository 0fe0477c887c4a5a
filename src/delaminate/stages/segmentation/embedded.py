"""The embedded segmenter: reads text, finds separate things and drawn shapes, and ranks them by what words say of looks.

It does not know what a horse is. Where the instruction names a thing it has no other way to recognise, it takes what
stands out most, says so in the finding's advice, and keeps the confidence below one half.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from delaminate.contracts import Found, Kind, Outcome, Plan, Target, Tick, no_tick
from delaminate.pixels import Box, Mask, Rgb, box_of
from delaminate.stack import Role
from delaminate.stages.segmentation.attributes import colour_name, usual_colours
from delaminate.stages.segmentation.candidates import Candidates, candidates_of
from delaminate.stages.segmentation.objectness import trained_judges
from delaminate.stages.segmentation.shapes import Shape, find_shapes, paint_over
from delaminate.stages.segmentation.text_lines import Line, read_lines, reader
from delaminate.stages.segmentation.things import (
    Thing,
    main_subject,
    separate_things,
    suits,
    thing_at,
    thing_in_box,
)
from delaminate.stages.segmentation.view import View, view_of
from delaminate.stages.segmentation.wording import chosen_lines, shape_suits

_GUESS = Outcome.UNCERTAIN.advice


@dataclass(eq=False)
class Prepared:
    """What was seen in one picture; the parts that not every plan needs are worked out when first asked for."""

    rgb: Rgb
    read: Callable[[], Any]
    boxes: int

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        return read_lines(self.rgb, self.read())

    @cached_property
    def plain(self) -> View:
        """The view with its text painted over."""
        return paint_over(self.view, self.written)

    @cached_property
    def view(self) -> View:
        return view_of(self.rgb)

    @cached_property
    def written(self) -> Mask:
        """Pixels of the view that carry text."""
        full = np.zeros(self.rgb.shape[:2], np.bool_)
        for line in self.lines:
            full[line.box.slices] |= line.alpha > 0.2
        return self.view.reduced(full, 0.15)

    @cached_property
    def candidates(self) -> Candidates:
        return candidates_of(self.plain, self.written, trained_judges())

    @cached_property
    def shapes(self) -> list[Shape]:
        sure = [t.mask for t in separate_things(self.plain, self.candidates, 0.55)]
        return find_shapes(self.plain, self.candidates.backdrop, sure, self.written)

    def reduced_box(self, box: Box) -> Box:
        """A box of the full picture in pixels of the view."""
        h, w = self.view.shape
        sx, sy = w / self.view.width, h / self.view.height
        left, top = min(int(box.left * sx), w - 1), min(int(box.top * sy), h - 1)
        return Box(
            left, top, max(left + 1, min(w, round(box.right * sx))), max(top + 1, min(h, round(box.bottom * sy)))
        )

    def found(
        self, mask: Mask, name: str, role: Role, confidence: float, advice: str = "", front: float = 0.0
    ) -> Found | None:
        """A finding from a mask of the view, or None when nothing of it is left at full size."""
        full = self.view.full_size(mask)
        box = box_of(full)
        if box is None:
            return None
        return Found(box, np.ascontiguousarray(full[box.slices]), name, role, float(confidence), None, advice, front)


@dataclass(frozen=True)
class Embedded:
    """The embedded segmenter.

    Parameters
    ----------
    boxes : how many promising boxes get a graph cut; more finds more and costs about 0.05 s each.
    least : lowest expected overlap at which "every object" takes a thing.
    """

    boxes: int = 12
    least: float = 0.5

    def prepare(self, rgb: Rgb, tick: Tick = no_tick) -> Prepared:
        tick(0.0)
        return Prepared(rgb, reader, self.boxes)

    def __call__(self, prepared: Prepared, plan: Plan, tick: Tick = no_tick) -> tuple[tuple[Found, ...], ...]:
        answers: list[tuple[Found, ...]] = [() for _ in plan.targets]
        claimed: list[Mask] = []
        order = sorted(range(len(plan.targets)), key=lambda i: _turn(plan.targets[i]))
        for done, i in enumerate(order):
            target = plan.targets[i]
            things = self._answer(prepared, target, plan, claimed)
            answers[i] = tuple(f for f, _ in things)
            claimed.extend(mask for _, mask in things)
            tick((done + 1) / len(order))
        return tuple(answers)

    def _answer(self, seen: Prepared, target: Target, plan: Plan, claimed: list[Mask]) -> list[tuple[Found, Mask]]:
        """What answers one target, each with its mask in the view, given what others have claimed."""
        if target.box is not None:
            thing = thing_in_box(seen.plain, seen.candidates, seen.reduced_box(target.box))
            return _pairs(seen, [thing], target, 0.9)
        if target.point is not None:
            small = seen.reduced_box(Box(target.point[0], target.point[1], target.point[0] + 1, target.point[1] + 1))
            at = thing_at(seen.plain, seen.candidates, small.left, small.top)
            return _pairs(seen, [at], target, 0.8) if at else []
        if target.kind is Kind.TEXT:
            return _text(seen, target)
        if target.kind is Kind.SHAPE:
            return self._shapes(seen, target, claimed)
        if target.kind is Kind.SUBJECT:
            subject = main_subject(seen.plain, seen.candidates)
            return _pairs(seen, [subject], target, None) if subject else []
        if target.kind is Kind.ANYTHING:
            things = self._every(seen, claimed, target)
            masks = claimed + [mask for _, mask in things]
            shapes = self._shapes(seen, target, masks)
            lines = _text(seen, target)
            return things + lines + shapes
        if not target.noun and target.count is None:
            return self._every(seen, claimed, target)
        return self._named(seen, target, plan, claimed)

    def _every(self, seen: Prepared, claimed: list[Mask], target: Target) -> list[tuple[Found, Mask]]:
        things = [
            t for t in separate_things(seen.plain, seen.candidates, self.least) if not _is_claimed(t.mask, claimed)
        ]
        if target.count is not None:
            things = things[: target.count]
        return _pairs(seen, things, target, None)

    def _named(self, seen: Prepared, target: Target, plan: Plan, claimed: list[Mask]) -> list[tuple[Found, Mask]]:
        """Things ranked by what the words say of their looks; a guess unless a colour speaks for it."""
        things = [t for t in separate_things(seen.plain, seen.candidates, 0.15) if not _is_claimed(t.mask, claimed)]
        ranked = sorted(
            things,
            key=lambda t: -suits(t, seen.plain, target.noun, target.colours, target.positions, target.size),
        )
        if target.count is None:
            ranked = [t for t in ranked if t.score >= self.least] or ranked[:1]
        else:
            ranked = ranked[: target.count]
        return _pairs(seen, ranked, target, 0.45)

    def _shapes(self, seen: Prepared, target: Target, claimed: list[Mask]) -> list[tuple[Found, Mask]]:
        shapes = [s for s in seen.shapes if not _is_claimed(s.seen, claimed)]
        boxes = [seen.reduced_box(line.box).as_tuple() for line in seen.lines]
        named = target.kind is Kind.SHAPE and target.noun not in {"", "shape"}
        if named:
            from delaminate.stages.segmentation.attributes import colour_shares, has_colour

            def worth(shape: Shape) -> float:
                value = shape_suits(shape, target.noun, seen.lines, boxes)
                if target.colours:
                    shares = colour_shares(seen.plain.lab, shape.seen)
                    value += float(np.mean([has_colour(shares, c) for c in target.colours]))
                return value

            shapes = sorted(shapes, key=lambda s: -worth(s))
            shapes = shapes if target.count is None else shapes[: target.count]
        out = []
        for shape in shapes:
            name = target.name or _coloured_name(seen, shape.seen, "shape")
            found = seen.found(shape.mask, name, Role.SHAPE, min(0.85, shape.score), "", -float(shape.mask.mean()))
            if found is not None:
                out.append((found, shape.seen))
        return out


def _turn(target: Target) -> int:
    """Who chooses first: what is marked, then text, then what words describe most closely, at last "everything"."""
    if target.box is not None or target.point is not None:
        return 0
    if target.kind is Kind.TEXT:
        return 1
    if target.kind is Kind.ANYTHING or (not target.noun and target.count is None):
        return 6
    if target.colours or target.positions:
        return 2
    if target.kind is Kind.SHAPE:
        return 3
    return 4 if usual_colours(target.noun) else 5


def _is_claimed(mask: Mask, claimed: list[Mask]) -> bool:
    area = int(mask.sum())
    return any(int((mask & other).sum()) > 0.4 * min(area, int(other.sum())) for other in claimed)


def _coloured_name(seen: Prepared, mask: Mask, noun: str) -> str:
    from delaminate.stages.segmentation.attributes import colour_shares

    shares = colour_shares(seen.plain.lab, mask)
    colour, share = max(shares.items(), key=lambda item: item[1])
    return f"{colour} {noun}" if share > 0.4 else noun


def _pairs(seen: Prepared, things: list[Thing], target: Target, ceiling: float | None) -> list[tuple[Found, Mask]]:
    """Findings of things, merged into one when the target wants one layer for all."""
    if not things:
        return []
    masks = [t.mask for t in things]
    scores = [t.score for t in things]
    if not target.each and len(things) > 1:
        union = masks[0].copy()
        for mask in masks[1:]:
            union |= mask
        masks, scores = [union], [float(np.mean(scores))]
    guessed = ceiling is not None and ceiling < 0.5
    role = Role.PERSON if target.kind is Kind.PERSON else Role.EFFECT if target.kind is Kind.EFFECT else Role.OBJECT
    out = []
    for number, (mask, score) in enumerate(zip(masks, scores, strict=True), 1):
        name = target.name or _coloured_name(seen, mask, "object")
        if target.name and len(masks) > 1:
            name = f"{target.name} {number}"
        confidence = score if ceiling is None else ceiling if ceiling >= 0.5 else min(score, ceiling)
        if guessed and target.colours and any(colour_name(c) for c in target.colours):
            confidence = min(0.7, score + 0.15)
        advice = _GUESS if confidence < 0.5 else ""
        found = seen.found(mask, name, role, confidence, advice, -float(mask.mean()))
        if found is not None:
            out.append((found, mask))
    return out


def _text(seen: Prepared, target: Target) -> list[tuple[Found, Mask]]:
    """Lines of text, each with its own words as name, or all in one layer."""
    lines = chosen_lines(seen.lines, target)
    if not lines:
        return []
    groups = [[line] for line in lines]
    if not target.each or target.text_role == "title":
        groups = [lines]
    out = []
    for group in groups:
        box = Box(
            min(line.box.left for line in group),
            min(line.box.top for line in group),
            max(line.box.right for line in group),
            max(line.box.bottom for line in group),
        )
        alpha = np.zeros((box.height, box.width), np.float32)
        for line in group:
            part = alpha[line.box.shifted(-box.left, -box.top).slices]
            np.maximum(part, line.alpha, out=part)
        words = "\n".join(line.text for line in group)
        name = " ".join(words.split()) if len(group) == 1 or not target.name else target.name
        found = Found(box, alpha > 0.5, name, Role.TEXT, min(line.score for line in group), words, "", 1.0, alpha)
        mask = np.zeros(seen.view.shape, np.bool_)
        small = seen.reduced_box(box)
        mask[small.slices] = True
        out.append((found, mask & seen.written))
    return out
