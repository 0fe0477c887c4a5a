"""No more layers than were asked for: lines of text together, small things with what carries them, then neighbours.

Agglomerative clustering with average linkage (Sokal and Michener 1958); the costs say what belongs together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import hypot

import numpy as np
from numpy.typing import NDArray

from delaminate.contracts import Found
from delaminate.pixels import Box
from delaminate.splitting.overlaps import common, joined
from delaminate.stack import Role

_CARRIED = 0.7
"""Share of the smaller thing's box within the larger one's from which on it is carried by it."""
_TEXT, _ON_IT, _APART, _TEXT_AND_THING = 0.0, 0.5, 1.0, 2.0
"""What joining costs at least: lines of text, a thing and what carries it, two things, text and a thing beside it."""
_NAMED = 3
"""Things a group's name lists before it counts the others."""


@dataclass(frozen=True, eq=False)
class Group:
    """Findings that share a layer: `found` is all of them as one, `targets` which targets of the plan they answer."""

    found: Found
    targets: frozenset[int]


def grouped(chosen: Sequence[tuple[int, Found]], most: int, width: int, height: int) -> tuple[Group, ...]:
    """At most so many groups of the findings.

    Parameters
    ----------
    chosen : pairs of a target's index and what answers it.
    most : groups there may be, at least 1.
    width, height : of the picture in pixels.
    """
    groups = [[i] for i in range(len(chosen))]
    diagonal = hypot(width, height)
    cost = np.zeros((len(chosen), len(chosen)))
    if len(groups) > most:
        for i, j in combinations(range(len(chosen)), 2):
            cost[i, j] = cost[j, i] = _pair_cost(chosen[i][1], chosen[j][1], diagonal, width * height)
    while len(groups) > most:
        i, j = min(combinations(range(len(groups)), 2), key=lambda pair: _mean(cost, groups[pair[0]], groups[pair[1]]))
        groups[i] += groups.pop(j)
    return tuple(_group([chosen[i] for i in members]) for members in groups)


def _group(members: Sequence[tuple[int, Found]]) -> Group:
    parts = [found for _, found in members]
    found = parts[0] if len(parts) == 1 else joined(parts, name_of(parts))
    return Group(found, frozenset(target for target, _ in members))


def name_of(parts: Sequence[Found]) -> str:
    """What a layer of several things is called: "cat, ball and lamp"; "text" for lines of text."""
    if len(parts) == 1:
        return parts[0].name
    if all(part.role is Role.TEXT for part in parts):
        return "text"
    by_size = sorted(parts, key=lambda part: -int(part.mask.sum()))
    names = list(dict.fromkeys("text" if part.role is Role.TEXT else part.name for part in by_size))
    if len(names) > _NAMED:
        names = [*names[: _NAMED - 1], f"{len(names) - _NAMED + 1} more"]
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _mean(cost: NDArray[np.float64], a: Sequence[int], b: Sequence[int]) -> float:
    """What joining two groups costs: the mean over all pairs of their members."""
    return float(cost[np.ix_(a, b)].mean())


def _pair_cost(a: Found, b: Found, diagonal: float, area: int) -> float:
    gap = _gap(a.box, b.box) / diagonal
    written = (a.role is Role.TEXT) + (b.role is Role.TEXT)
    if written == 2:
        return _TEXT + gap
    small, large = sorted((a, b), key=lambda found: found.box.area)
    inside = _within(small.box, large.box) / small.box.area
    if inside > _CARRIED or common(a, b) > _CARRIED * int(small.mask.sum()):
        return _ON_IT + 0.4 * small.box.area / large.box.area
    share = min(int(a.mask.sum()), int(b.mask.sum())) / area
    return (_TEXT_AND_THING if written else _APART) + gap + share


def _gap(a: Box, b: Box) -> float:
    """Pixels between two boxes; 0 where they meet."""
    across = max(a.left - b.right, b.left - a.right, 0)
    down = max(a.top - b.bottom, b.top - a.bottom, 0)
    return hypot(across, down)


def _within(small: Box, large: Box) -> int:
    """Pixels of the smaller box inside the larger one."""
    across = min(small.right, large.right) - max(small.left, large.left)
    down = min(small.bottom, large.bottom) - max(small.top, large.top)
    return max(across, 0) * max(down, 0)
