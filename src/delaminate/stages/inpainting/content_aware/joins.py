"""Edges continued through a hole: ends paired and joined by lines, arcs, ellipses, corners or smooth curves.

Two ends belong together when the same areas lie on the same sides and when one curve without a turn back leads from one
to the other: good continuation (Wertheimer 1923), made exact as relatability by Kellman and Shipley (1991). An edge
carries its colours on both sides with it (Elder and Goldberg 2001), and structure goes before texture (Sun, Yuan, Jia
and Shum 2005, "Image completion with structure propagation").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from delaminate.pixels import Mask
from delaminate.stages.inpainting.content_aware.edge_ends import End, Points
from delaminate.stages.inpainting.content_aware.ellipses import Ellipse, ellipse_of
from delaminate.stages.inpainting.content_aware.nearness import nearest

_LINE_OFF, _ARC_OFF = 0.7, 0.7
"""Pixels two ends may stray from a common line or circle."""

_ARC, _OVAL, _SMOOTH, _CORNER = 0.1, 0.2, 0.3, 0.5
"""What a join costs before its turns are counted; a line costs nothing."""

_OVAL_LENGTHS, _OVAL_POINTS = (80, 56, 40, 28), 6
"""Pixels of the ends that are tried for a common ellipse, and the least points of each."""

_OVAL_HIDDEN = 1.25
"""Most that may be hidden of an ellipse for what is seen of it."""

_ROUND = 3.0
"""Times as far as from their ellipse that two ends may stray from a circle."""

_OVAL_OFF, _DOUBT = 0.3, 1.0
"""Pixels two ends may stray from a common ellipse, and its standard deviation where it is hidden."""

_TURN = 0.6
"""Cost of a right angle's turn of a smooth curve."""

ALONE = 0.8
"""Cost of an end without a partner."""

_UNLIKE, _MOST_UNLIKE = 30.0, 40.0
"""Levels between the colours of one area at two ends: as costly as 1, and the most."""

_ONE_SIDED = 0.5
"""Cost of an edge that goes on with another area on one of its sides."""

_SHORT = 1.5
"""Pixels: an end seen for this length costs 1 more, longer ones less."""

_FAR = 0.3
"""Cost of a join as long as the crop."""

_OUTSIDE = 0.12
"""Share of a join that may run over what is known."""

STEP = 0.5
"""Pixels between the points of a curve."""

OVERLAP = 3.0
"""Pixels a curve goes on into what is known."""


@dataclass(frozen=True, eq=False)
class Join:
    """An edge through the hole: `points` from end to end (or to where it stops), and the areas beside it.

    `plus` is the side of (−column, row) of the way the points run. `ends` are indices; the second is −1 for an edge
    that found no partner.
    """

    points: Points
    plus: tuple[int, ...]
    minus: tuple[int, ...]
    softness: float
    ends: tuple[int, int]
    cost: float

    def enlarged(self, by: float) -> Join:
        """The same on a picture so many times as large."""
        return replace(self, points=(self.points + 0.5) * by - 0.5, softness=self.softness * by)


def joined(ends: Sequence[End], hole: Mask) -> list[Join]:
    """Pair the ends, cheapest first, so that no two joins cross.

    Parameters
    ----------
    hole : H×W.
    """
    inside = cv2.dilate(hole.view(np.uint8), np.ones((5, 5), np.uint8)) > 0
    size = float(np.hypot(*hole.shape))
    offers = []
    for i in range(len(ends)):
        for j in range(i):
            offers += _offers(ends, i, j, inside, size)
    taken: list[Join] = []
    used: set[int] = set()
    for offer in sorted(offers, key=lambda o: o.cost):
        if offer.cost >= 2 * ALONE or used & set(offer.ends):
            continue
        if any(_cross(offer.points, other.points) for other in taken):
            continue
        taken.append(offer)
        used |= set(offer.ends)
    return taken


# ------------------------------------------------------------------------------------------------------ joining two


def _offers(ends: Sequence[End], i: int, j: int, inside: Mask, size: float) -> list[Join]:
    """The ways of joining two ends, with their costs."""
    one, other = ends[i], ends[j]
    alike = _unlikeness(one, other)
    gap = other.place - one.place
    length = float(np.hypot(*gap))
    if alike is None or length < 2:
        return []
    unlike, both = alike
    base = unlike + _FAR * length / size + sum(_SHORT / max(e.length, 3) for e in (one, other))
    found: list[tuple[float, Points]] = []
    towards = gap / length
    turns = [float(np.arccos(np.clip(d, -1, 1))) for d in (one.ahead @ towards, -other.ahead @ towards)]
    if max(turns) < 0.35 and _line_off(one, other) < _LINE_OFF:
        found.append((0.0, _straight(one.place, other.place)))
    arc, oval = _arc(one, other), _oval(one, other) if both else None
    if oval is not None:
        found.append((_OVAL, oval[0]))
    if arc is not None and (oval is None or arc[1] < max(_OVAL_OFF, _ROUND * oval[1])):
        found.append((_ARC, arc[0]))
    corner = _corner(one, other)
    if corner is not None and both:
        found.append((_CORNER, corner))
    if both and max(turns) < 1.3 and sum(turns) < 1.9:
        found.append((_SMOOTH + _TURN * sum(turns) / (np.pi / 2), _bent(one, other, length)))
    out = []
    for cost, points in found:
        rows, columns = np.rint(points).astype(int).T
        off = (rows < 0) | (columns < 0) | (rows >= inside.shape[0]) | (columns >= inside.shape[1])
        within = inside[np.clip(rows, 0, inside.shape[0] - 1), np.clip(columns, 0, inside.shape[1] - 1)] & ~off
        if 1 - within.mean() > _OUTSIDE:
            continue
        whole = np.vstack([one.place - one.ahead * OVERLAP, points, other.place - other.ahead * OVERLAP])
        sides = (one.plus, other.minus), (one.minus, other.plus)
        out.append(Join(whole, *sides, (one.softness + other.softness) / 2, (i, j), base + cost))
    return out


def _unlikeness(one: End, other: End) -> tuple[float, bool] | None:
    """How differently coloured the sides of two ends are, and whether both agree; None if it cannot be the same edge.

    Where one side agrees the edge may still be one: something else ends at it on the other side.
    """
    total, agreeing = 0.0, 0
    for mine, theirs, a, b in (
        (one.plus, other.minus, one.plus_colour, other.minus_colour),
        (one.minus, other.plus, one.minus_colour, other.plus_colour),
    ):
        apart = float(np.abs(a - b).max())
        if mine == theirs and mine != 0:
            total += 0.2 * min(apart, _UNLIKE) / _UNLIKE
            agreeing += 1
        elif apart <= _MOST_UNLIKE:
            total += apart / _UNLIKE
            agreeing += apart <= _MOST_UNLIKE / 3
        else:
            total += _ONE_SIDED
    return (total, agreeing == 2) if agreeing else None


def _straight(start: Points, stop: Points) -> Points:
    count = max(2, int(np.hypot(*(stop - start)) / STEP))
    return np.linspace(start, stop, count)


def _line_off(one: End, other: End) -> float:
    """How far the points of two ends stray from their common line, the worse of the two; each end counts alike."""
    a, b = one.points, other.points
    weight = np.concatenate([np.full(len(a), 1 / len(a)), np.full(len(b), 1 / len(b))])
    every = np.vstack([a, b])
    middle = (every * weight[:, None]).sum(axis=0) / weight.sum()
    _, _, axes = np.linalg.svd((every - middle) * np.sqrt(weight)[:, None], full_matrices=False)
    off = np.abs((every - middle) @ axes[1])
    return float(max(np.sqrt((off[: len(a)] ** 2).mean()), np.sqrt((off[len(a) :] ** 2).mean())))


def circle_of(points: Points, weight: Points) -> tuple[Points, float] | None:
    """Centre and radius of the circle nearest to weighted points (Kåsa 1976, then two Gauss–Newton steps)."""
    middle = (points * weight[:, None]).sum(axis=0) / weight.sum()
    p = points - middle
    root = np.sqrt(weight)
    basis = np.column_stack([2 * p, np.ones(len(p))]) * root[:, None]
    solution, _, rank, _ = np.linalg.lstsq(basis, (p**2).sum(axis=1) * root, rcond=None)
    if rank < 3:
        return None
    centre, radius = solution[:2], float(np.sqrt(max(solution[2] + (solution[:2] ** 2).sum(), 0)))
    for _ in range(3):
        away = p - centre
        distance = np.maximum(np.hypot(*away.T), 1e-6)
        jacobian = np.column_stack([-away / distance[:, None], -np.ones(len(p))]) * root[:, None]
        step, _, rank, _ = np.linalg.lstsq(jacobian, -(distance - radius) * root, rcond=None)
        if rank < 3:
            return None
        centre, radius = centre + step[:2], radius + float(step[2])
    return centre + middle, radius


def _arc(one: End, other: End) -> tuple[Points, float] | None:
    """The arc of the circle both ends lie on, if there is one, and how far they stray from it."""
    a, b = one.points, other.points
    weight = np.concatenate([np.full(len(a), 1 / len(a)), np.full(len(b), 1 / len(b))])
    every = np.vstack([a, b])
    fit = circle_of(every, weight)
    if fit is None:
        return None
    centre, radius = fit
    reach = np.hypot(*(every - centre).T) - radius
    off = max(float(np.sqrt((reach[: len(a)] ** 2).mean())), float(np.sqrt((reach[len(a) :] ** 2).mean())))
    if not 3 < radius < 5000 or off > _ARC_OFF:
        return None
    first, last = one.place - centre, other.place - centre
    start, stop = np.arctan2(first[0], first[1]), np.arctan2(last[0], last[1])
    forward = np.array([np.cos(start), -np.sin(start)])  # d(row, column)/d(angle)
    sign = 1.0 if one.ahead @ forward > 0 else -1.0
    sweep = (sign * (stop - start)) % (2 * np.pi)
    leaving = sign * np.array([np.cos(stop), -np.sin(stop)])
    if one.ahead @ (sign * forward) < 0.85 or -other.ahead @ leaving < 0.85 or sweep > 1.7 * np.pi:
        return None
    angles = start + sign * np.linspace(0, sweep, max(3, int(sweep * radius / STEP)))
    return np.stack([centre[0] + radius * np.sin(angles), centre[1] + radius * np.cos(angles)], axis=1), off


def _oval(one: End, other: End) -> tuple[Points, float] | None:
    """The arc of the ellipse both ends lie on close to the hole, if they say where it runs; and how far they stray."""
    if one.straight and other.straight:
        return None
    for length in _OVAL_LENGTHS:
        seen = [end.points[np.hypot(*(end.points - end.place).T) <= length] for end in (one, other)]
        weight = np.concatenate([np.full(len(points), 1 / max(len(points), 1)) for points in seen])
        ellipse = ellipse_of(np.vstack(seen), weight) if min(map(len, seen)) >= _OVAL_POINTS else None
        if ellipse is None:
            continue
        off = max(float(np.sqrt((ellipse.off(p) ** 2).mean())) for p in seen)
        if off <= _OVAL_OFF:
            points = _along(ellipse, one, other)
            told = sum(float(np.hypot(*(p[-1] - p[0]))) for p in seen)
            return None if points is None or _length(points) > _OVAL_HIDDEN * told else (points, off)
    return None


def _length(points: Points) -> float:
    """Length of a curve in pixels."""
    return float(np.hypot(*np.diff(points, axis=0).T).sum())


def _along(ellipse: Ellipse, one: End, other: End) -> Points | None:
    """From end to end on an ellipse; None where they point elsewhere, or its place is in doubt."""
    start, stop = ellipse.angle(one.place), ellipse.angle(other.place)
    around = ellipse.at(np.array([start, start + 0.01]))
    sign = 1.0 if one.ahead @ (around[1] - around[0]) > 0 else -1.0
    sweep = (sign * (stop - start)) % (2 * np.pi)
    if sweep > np.pi:
        return None
    points = ellipse.at(start + sign * np.linspace(0, sweep, max(3, int(sweep * ellipse.halves.max() / STEP))))
    leaving, arriving = (p / max(float(np.hypot(*p)), 1e-9) for p in (points[1] - points[0], points[-1] - points[-2]))
    if one.ahead @ leaving < 0.85 or -other.ahead @ arriving < 0.85 or ellipse.doubt(points).max() > _DOUBT:
        return None
    return points


def _corner(one: End, other: End) -> Points | None:
    """Two straight edges run on to where they meet."""
    if not (one.straight and other.straight):
        return None
    matrix = np.column_stack([one.ahead, -other.ahead])
    if abs(np.linalg.det(matrix)) < 0.3:
        return None
    far, near = np.linalg.solve(matrix, other.place - one.place)
    if far < 1 or near < 1:
        return None
    meet = one.place + far * one.ahead
    return np.vstack([_straight(one.place, meet), _straight(meet, other.place)[1:]])


def _bent(one: End, other: End, length: float) -> Points:
    """A cubic curve that leaves and arrives in the directions of the ends (Hermite)."""
    t = np.linspace(0, 1, max(3, int(1.2 * length / STEP)))[:, None]
    a, b = one.place, other.place
    u, v = one.ahead * length, -other.ahead * length
    return np.asarray(
        (2 * t**3 - 3 * t**2 + 1) * a + (t**3 - 2 * t**2 + t) * u + (-2 * t**3 + 3 * t**2) * b + (t**3 - t**2) * v
    )


def _cross(one: Points, other: Points) -> bool:
    """Whether two curves come as near as a pixel, but at their ends."""
    skip = int(2 * OVERLAP / STEP)
    inner = one[skip:-skip] if len(one) > 2 * skip + 2 else one[len(one) // 2 : len(one) // 2 + 1]
    return bool((nearest(other, inner)[0] < 0.75).any())
