"""Edges that find no partner in a hole: they run on as the lines or circles they are till they meet another edge.

Where two of them meet and one area lies between them, one ends at the other, which goes on: the T of an occlusion
(Guzmán 1969). A sun sets behind a hill although the thing before both hides where.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.pixels import Mask
from delaminate.stages.inpainting.content_aware.edge_ends import End, Pin, Points
from delaminate.stages.inpainting.content_aware.joins import ALONE, OVERLAP, STEP, Join, circle_of
from delaminate.stages.inpainting.content_aware.nearness import nearest

_LONG, _LONG_ARC = 20.0, 40.0
"""Pixels a line, and an arc, must be seen to go on without a partner; others just end at the hole."""

_MOST_TURN = 2.0
"""Radians an arc may turn on."""

_LEAST_PINNED, _PIN_OFF, _PIN_OFF_SHARE = 20.0, 3.0, 0.06
"""Pixels to a pin at least, and by how many a run may miss it: so many, and a share of the way."""

_PIN_UNLIKE, _PARABOLA_OFF = 13.0, 0.4
"""Levels between the colours of one area at an end and a pin, and pixels the end may stray from the curve to it."""

_MEETING = 0.8
"""Pixels between two curves that meet."""


@dataclass(frozen=True, eq=False)
class _Run:
    """An end's curve from the hole's border on; `last` is the index of the last point in the hole.

    `pin` holds what of the areas of a pin it comes out at lies on its plus and on its minus side; None without one.
    """

    end: End
    number: int
    points: Points
    last: int
    pin: tuple[tuple[int, ...], tuple[int, ...]] | None = None

    def to(self, stop: int) -> Join:
        """The edge up to a point."""
        whole = np.vstack([self.end.place - self.end.ahead * OVERLAP, self.points[: stop + 1]])
        plus, minus = self.pin if self.pin is not None and stop >= self.last else ((), ())
        sides = (self.end.plus, *plus), (self.end.minus, *minus)
        return Join(whole, *sides, self.end.softness, (self.number, -1), ALONE)


def run_on(
    ends: Sequence[End], joins: Sequence[Join], hole: Mask, labels: NDArray[np.int32], pins: Sequence[Pin] = ()
) -> list[Join]:
    """The edges of the ends that no join has, as far as they are known to go.

    Parameters
    ----------
    hole : H×W.
    labels : int32 H×W, the areas about it.
    pins : where edges meet the hole that are seen too short to be ends: a run that comes near goes there.
    """
    used = {number for join in joins for number in join.ends}
    runs = [_run(end, number, hole) for number, end in enumerate(ends) if number not in used]
    left = [_pinned(run, pins) for run in runs if run is not None]
    out: list[Join] = []
    for first, one in enumerate(left):
        for other in left[:first]:
            if not {one.number, other.number} & used:
                met = _met(one, other, [*joins, *out], hole, labels)
                out += met
                used |= {number for join in met for number in join.ends}
    for run in left:
        if run.number not in used:
            alone = _till_it_meets(run, [*joins, *out], hole)
            out += [] if alone is None else [alone]
    return out


def _run(end: End, number: int, hole: Mask) -> _Run | None:
    """The line or the circle on which an end lies, on into the hole; None where it is seen too short for that."""
    steps = np.arange(0, float(np.hypot(*hole.shape)), STEP)
    if end.straight:
        if end.length < _LONG:
            return None
        points = end.place + steps[:, None] * end.ahead
    else:
        fit = circle_of(end.points, np.ones(len(end.points)))
        if fit is None or end.length < _LONG_ARC:
            return None
        centre, radius = fit
        away = end.place - centre
        start = float(np.arctan2(away[0], away[1]))
        onward = np.array([np.cos(start), -np.sin(start)])
        sign = 1.0 if end.ahead @ onward > 0 else -1.0
        if abs(end.ahead @ onward) < 0.9:
            return None
        angles = start + sign * steps[steps <= _MOST_TURN * radius] / radius
        points = centre + radius * np.stack([np.sin(angles), np.cos(angles)], axis=1)
    rows, columns = np.rint(points).astype(int).T
    off = (rows < 0) | (columns < 0) | (rows >= hole.shape[0]) | (columns >= hole.shape[1])
    out = off | ~hole[np.clip(rows, 0, hole.shape[0] - 1), np.clip(columns, 0, hole.shape[1] - 1)]
    gone = np.flatnonzero(out & (np.arange(len(points)) * STEP > 4))
    last = int(gone[0]) if gone.size else len(points) - 1
    return None if last < 4 else _Run(end, number, points, last)


def _pinned(run: _Run, pins: Sequence[Pin]) -> _Run:
    """A run led to the pin that it comes near, if a parabola goes through that and all of the end that was seen."""
    end, found = run.end, []
    for pin in pins:
        gap = pin.place - end.place
        length = float(np.hypot(*gap))
        off = float(nearest(run.points, pin.place[None])[0][0])
        if length < _LEAST_PINNED or off > _PIN_OFF + _PIN_OFF_SHARE * length:
            continue
        along = gap / length
        across = np.array([-along[1], along[0]])
        sides = pin.labels[::-1] if pin.onward @ across > 0 else pin.labels
        colours = pin.colours[::-1] if pin.onward @ across > 0 else pin.colours
        alike = [
            float(np.abs(mine - theirs).max()) <= _PIN_UNLIKE
            for mine, theirs in zip((end.plus_colour, end.minus_colour), colours, strict=True)
        ]
        curve = _parabola(end, pin.place, along, across)
        if any(alike) and curve is not None:
            plus, minus = (
                (label,) if like and label != own else ()
                for label, like, own in zip(sides, alike, (end.plus, end.minus), strict=True)
            )
            found.append((off, replace(run, points=curve, last=len(curve) - 1, pin=(plus, minus))))
    return min(found, key=lambda one: one[0])[1] if found else run


def _parabola(end: End, pin: Points, along: Points, across: Points) -> Points | None:
    """From an end on to a pin; None where the points of the end do not lie on it."""
    every = np.vstack([end.points, pin])
    weight = np.append(np.full(len(end.points), 1 / np.sqrt(len(end.points))), 1.0)
    u, v = (every - end.place) @ along, (every - end.place) @ across
    curve = np.polyfit(u, v, 2, w=weight)
    off = np.abs(v - np.polyval(curve, u))
    if float(np.sqrt((off[:-1] ** 2).mean())) > _PARABOLA_OFF or off[-1] > 1:
        return None
    steps = np.arange(0, u[-1] + OVERLAP, STEP)
    return np.asarray(end.place + steps[:, None] * along + np.polyval(curve, steps)[:, None] * across)


def _first_near(points: Points, others: Points) -> int | None:
    """The first point, after the beginning, that is as near to one of the others as a crossing."""
    near = np.flatnonzero((nearest(others, points)[0] < _MEETING) & (np.arange(len(points)) * STEP > 2))
    return int(near[0]) if near.size else None


def _met(one: _Run, other: _Run, joins: Sequence[Join], hole: Mask, labels: NDArray[np.int32]) -> list[Join]:
    """Two edges with one area between them, where they meet: one of them ends there, the other goes on."""
    if one.end.plus != other.end.minus and one.end.minus != other.end.plus:
        return []
    paths = [run.points[: run.last + 1] for run in (one, other)]
    meets = [_first_near(paths[0], paths[1]), _first_near(paths[1], paths[0])]
    if meets[0] is None or meets[1] is None:
        return []
    if joins and _first_near(np.vstack(paths), np.vstack([join.points for join in joins])) is not None:
        return []
    ways = ([one.to(one.last), other.to(meets[1])], [other.to(other.last), one.to(meets[0])])
    border = cv2.dilate(hole.view(np.uint8), np.ones((5, 5), np.uint8)) > 0
    border &= np.isin(labels, (one.end.plus, one.end.minus, other.end.plus, other.end.minus))
    strange = [_strange([*joins, *way], hole, labels, border) for way in ways]
    return ways[0] if strange[0] <= strange[1] else ways[1]


def _strange(joins: Sequence[Join], hole: Mask, labels: NDArray[np.int32], border: Mask) -> int:
    """Pixels of the border at parts of the hole that mostly touch another area; fewest where the edges are right."""
    wall = np.zeros(hole.shape, np.uint8)
    for join in joins:
        cv2.polylines(wall, [np.rint(join.points[:, ::-1]).astype(np.int32).reshape(-1, 1, 2)], False, 1, 3)
    parts, number = cv2.connectedComponents(((hole | border) & (wall == 0)).view(np.uint8), connectivity=4)
    seen = border & (number > 0)
    votes = np.bincount(number[seen].astype(np.int64) * (labels.max() + 1) + labels[seen], minlength=1)
    votes = np.resize(np.pad(votes, (0, parts * int(labels.max() + 1) - len(votes))), (parts, int(labels.max() + 1)))
    return int((votes.sum(axis=1) - votes.max(axis=1)).sum())


def _till_it_meets(run: _Run, joins: Sequence[Join], hole: Mask) -> Join | None:
    """An edge up to another, or to the end of the picture.

    None where it would only run out on the other side into what is known: then it has no right to be there.
    """
    if run.pin is not None:
        return run.to(run.last)
    path = run.points[: run.last + 1]
    meet = _first_near(path, np.vstack([join.points for join in joins])) if joins else None
    if meet is not None:
        return run.to(meet) if meet >= 3 else None
    row, column = np.rint(run.points[run.last]).astype(int)
    inside = 0 <= row < hole.shape[0] and 0 <= column < hole.shape[1]
    return None if inside else run.to(run.last)
