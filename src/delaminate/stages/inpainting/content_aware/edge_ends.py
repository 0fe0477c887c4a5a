"""Where edges of the surroundings run into a hole: place, direction, curvature, and the areas on both sides."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.pixels import Mask
from delaminate.stages.inpainting.content_aware.regions import ROUGH, UNKNOWN, Regions

Points = NDArray[np.float64]
"""n×2: row and column."""

_REACH = 80
"""Pixels of an edge that are looked at."""

_LENGTHS = (80, 56, 40, 28, 20, 14, 10, 7)
"""Tried, the longest first, for the part of an edge that is one line or one arc."""

_LEAST_POINTS = 6
_LEAST_RUN, _LEAST_ROUGH = 3, 9
"""Pixels of the hole's border a smooth area must touch to count there; and a rough one, else it is an edge's width."""

_NEAR_BORDER = 5.0
_STEP = 1.6
"""Pixels between two neighbours of an edge."""

_OFF, _OFF_AT_MOST = 0.4, 1.8
"""Pixels a sharp edge strays from its line or arc: on average (root of the mean square; a blurred one strays further),
and at one point."""

_CORNERED = 0.2
"""Pixels of straying from which an arc may be a corner, if a shorter part strays a quarter of that."""

_ACROSS = np.arange(-4, 4.01, 0.5)
"""Places across an edge at which its profile is read."""

_LEAST_SOFT, _READING = 0.289, 0.12
"""Pixels of blur of the sharpest edge, by a pixel's own extent; and the variance that reading between pixels adds."""

_ALONG, _BESIDE = 2, 6
"""Pixels of the border's way at an edge, and pixels beside it in which the colours of both sides are read."""

_FAINT = 6.0
"""Levels between two sides below which there is no edge."""


@dataclass(frozen=True, eq=False)
class End:
    """One edge where it runs into the hole.

    Parameters
    ----------
    place : row and column at the hole's border.
    ahead : unit vector into the hole.
    points : the edge outside the hole, from the border outwards, to a fraction of a pixel; one line or one arc.
    straight : whether it is a line.
    plus, minus : labels on the side of (−column, row) of `ahead` and on the other.
    plus_colour, minus_colour : float64 3, close to the border.
    softness : standard deviation in pixels of the blur of the edge.
    """

    place: Points
    ahead: Points
    points: Points
    straight: bool
    plus: int
    minus: int
    plus_colour: NDArray[np.float64]
    minus_colour: NDArray[np.float64]
    softness: float

    @property
    def length(self) -> float:
        """Pixels between the first and the last point."""
        return float(np.hypot(*(self.points[-1] - self.points[0])))


@dataclass(frozen=True, eq=False)
class Pin:
    """Where an edge meets the hole of which too little is seen to say which way it runs.

    Parameters
    ----------
    place : row and column at the hole's border.
    onward : along the border, from the area of the first label to that of the second.
    labels : of the areas on both sides.
    colours : float64 3 each, close to the border.
    """

    place: Points
    onward: Points
    labels: tuple[int, int]
    colours: tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class Border:
    """The hole's border: closed chains of pixels just outside it (n×2 int: row, column) and the labels there."""

    chains: tuple[NDArray[np.int32], ...]
    labels: tuple[NDArray[np.int32], ...]

    @property
    def areas(self) -> NDArray[np.int32]:
        """The smooth areas that it borders on, each once."""
        every = np.concatenate(self.labels) if self.labels else np.zeros(0, np.int32)
        return np.asarray(np.unique(every[every > ROUGH]), np.int32)

    def share(self, least: int) -> float:
        """Of the known border, the share whose label is at least `least`."""
        every = np.concatenate(self.labels) if self.labels else np.zeros(0, np.int32)
        known = np.count_nonzero(every > UNKNOWN)
        return float(np.count_nonzero(every >= least) / known) if known else 0.0


def border_of(hole: Mask, regions: Regions) -> Border:
    """Walk round the hole."""
    grown = cv2.dilate(hole.view(np.uint8), np.ones((3, 3), np.uint8))
    contours, _ = cv2.findContours(grown, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    chains, labels = [], []
    for contour in contours:
        chain = contour[:, 0, ::-1].astype(np.int32)
        here = regions.labels[chain[:, 0], chain[:, 1]].copy()
        here[hole[chain[:, 0], chain[:, 1]]] = UNKNOWN
        chains.append(chain)
        labels.append(_without_specks(here))
    return Border(tuple(chains), tuple(labels))


def _runs(labels: NDArray[np.int32]) -> list[tuple[int, int, int]]:
    """Start, length and label of the runs of a closed chain."""
    if labels.size == 0:
        return []
    changes = np.flatnonzero(labels != np.roll(labels, 1))
    if changes.size == 0:
        return [(0, len(labels), int(labels[0]))]
    lengths = np.diff(np.append(changes, changes[0] + len(labels)))
    return [(int(s), int(n), int(labels[s])) for s, n in zip(changes, lengths, strict=True)]


def _without_specks(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """Runs too short to mean anything take their neighbours' labels, half of them each."""
    out = labels.copy()
    runs = _runs(labels)
    for rank, (start, length, label) in enumerate(runs):
        if len(runs) > 2 and (length < _LEAST_RUN or (label == ROUGH and length < _LEAST_ROUGH)):
            before, after = runs[rank - 1][2], runs[(rank + 1) % len(runs)][2]
            before, after = (before if before > 0 else after), (after if after > 0 else before)
            where = np.arange(start, start + length) % len(labels)
            out[where[: length // 2]], out[where[length // 2 :]] = before, after
    return out


def _crossings(border: Border) -> Iterator[tuple[NDArray[np.int32], int, int, NDArray[np.int32]]]:
    """Place and labels of every change from one known area to another along the border, and the border's way there."""
    for chain, labels in zip(border.chains, border.labels, strict=True):
        runs = _runs(labels)
        for rank, (start, _, label) in enumerate(runs):
            before = runs[rank - 1][2]
            if len(runs) > 1 and label > UNKNOWN and before > UNKNOWN and label != before:
                way = chain[(start + _ALONG) % len(chain)] - chain[start - 1 - _ALONG]
                yield chain[start], before, label, way


def ends_of(rgb: NDArray[np.float32], border: Border, regions: Regions) -> tuple[list[End], list[Pin]]:
    """The ends of all edges between known areas that run into the hole, and where others meet it, seen too short.

    Parameters
    ----------
    rgb : float32 H×W×3 in levels, sensible everywhere (`regions.nearest_known`).
    """
    labels = regions.labels
    seams: dict[tuple[int, int], list[NDArray[np.float64]]] = {}
    for dy, dx in ((0, 1), (1, 0)):
        one, other = labels[: labels.shape[0] - dy, : labels.shape[1] - dx], labels[dy:, dx:]
        rows, columns = np.nonzero((one != other) & (one > UNKNOWN) & (other > UNKNOWN))
        a, b = one[rows, columns], other[rows, columns]
        low, high = np.minimum(a, b), np.maximum(a, b)
        places = np.stack([rows + dy / 2, columns + dx / 2], axis=1)
        order = np.lexsort((high, low))
        low, high, places = low[order], high[order], places[order]
        cuts = np.flatnonzero((np.diff(low) != 0) | (np.diff(high) != 0)) + 1
        for part in np.split(np.arange(len(low)), cuts):
            if part.size:
                seams.setdefault((int(low[part[0]]), int(high[part[0]])), []).append(places[part])
    found, pins = [], []
    for place, before, after, way in _crossings(border):
        parts = seams.get((min(before, after), max(before, after)))
        if parts is None:
            continue
        seam = np.concatenate(parts)
        points = _traced(seam, place)
        end = None if points is None else _measured(rgb, points, labels, before, after)
        pin = _pinned(rgb, seam, regions, place, way, (before, after)) if end is None else None
        found += [] if end is None else [end]
        pins += [] if pin is None else [pin]
    return _distinct(found), pins


def _pinned(
    rgb: NDArray[np.float32],
    seam: Points,
    regions: Regions,
    place: NDArray[np.int32],
    way: NDArray[np.int32],
    labels: tuple[int, int],
) -> Pin | None:
    """The place at which a seam meets the border; None where the areas beside it are not seen or hardly differ."""
    away = np.hypot(*(seam - place).T)
    if away.min() > _STEP or ROUGH in labels:
        return None
    top, left = np.maximum(place - _BESIDE, 0)
    box = np.s_[top : place[0] + _BESIDE + 1, left : place[1] + _BESIDE + 1]
    inside = [regions.core[box] & (regions.labels[box] == label) for label in labels]
    if min(int(np.count_nonzero(mask)) for mask in inside) < _LEAST_POINTS:
        return None
    one, other = (np.median(rgb[box][mask], axis=0).astype(np.float64) for mask in inside)
    if np.abs(one - other).max() < _FAINT:
        return None
    return Pin(seam[away <= away.min() + 1].mean(axis=0), way.astype(np.float64), labels, (one, other))


def _distinct(ends: list[End]) -> list[End]:
    """Without those that start where another does."""
    kept: list[End] = []
    for end in sorted(ends, key=lambda e: -e.length):
        if all(np.hypot(*(end.place - other.place)) > 2 or end.ahead @ other.ahead < 0.8 for other in kept):
            kept.append(end)
    return kept


def _traced(seam: Points, start: NDArray[np.int32]) -> Points | None:
    """The points of a seam from near `start` outwards, in order; None where it does not come that near."""
    away = np.hypot(*(seam - start).T)
    near = seam[away <= _REACH]
    away = away[away <= _REACH]
    if len(near) < _LEAST_POINTS or away.min() > _NEAR_BORDER:
        return None
    first = int(np.argmin(away))
    steps = np.full(len(near), -1)
    steps[first] = 0
    queue = deque([first])
    while queue:
        here = queue.popleft()
        for other in np.flatnonzero(np.hypot(*(near - near[here]).T) <= _STEP).tolist():
            if steps[other] < 0:
                steps[other] = steps[here] + 1
                queue.append(other)
    reached = np.flatnonzero(steps >= 0)
    return np.asarray(near[reached[np.argsort(steps[reached], kind="stable")]])


def _averaged(points: Points, over: int) -> Points:
    """Moving means, shorter at both ends."""
    total = np.vstack([np.zeros((1, 2)), np.cumsum(points, axis=0)])
    rank = np.arange(len(points))
    half = np.minimum(np.minimum(rank, len(points) - 1 - rank), over // 2)
    return np.asarray((total[rank + half + 1] - total[rank - half]) / (2 * half + 1)[:, None])


def _measured(
    rgb: NDArray[np.float32], rough: Points, labels: NDArray[np.int32], before: int, after: int
) -> End | None:
    """Put the points where the colour is half of each side, and keep what is one line or arc from the border on."""
    if len(rough) < _LEAST_POINTS:
        return None
    smooth = _averaged(rough, 9)
    tangent = np.gradient(_averaged(smooth, 9), axis=0)
    tangent /= np.maximum(np.hypot(*tangent.T), 1e-9)[:, None]
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)
    where = (smooth[:, None] + normal[:, None] * _ACROSS[:, None]).astype(np.float32)
    read = cv2.remap(rgb, where[..., 1], where[..., 0], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    minus, plus = read[:, :2].mean(axis=1).astype(np.float64), read[:, -2:].mean(axis=1).astype(np.float64)
    contrast = plus - minus
    power = (contrast**2).sum(axis=1)
    if np.median(np.abs(contrast).max(axis=1)) < _FAINT:
        return None
    share = np.einsum("nkc,nc->nk", read - minus[:, None], contrast) / np.maximum(power, 1e-6)[:, None]
    share = np.clip(share, 0, 1)
    offset = _ACROSS[-1] + 0.25 - share.sum(axis=1) * 0.5
    offset = np.where(np.abs(offset) < 3, offset, 0)
    points = smooth + normal * offset[:, None]
    softness = np.sqrt(np.pi) * float(np.median((share * (1 - share)).sum(axis=1) * 0.5))
    fitted = _longest(points, _OFF * (1 + max(0.0, softness - 0.5)))
    if fitted is None:
        return None
    some, fit = fitted
    side = np.array([-fit.ahead[1], fit.ahead[0]])
    turned = float(normal[: len(some)].mean(axis=0) @ side) < 0
    colours = [np.median(c[: max(6, len(some) // 3)], axis=0) for c in ((minus, plus) if turned else (plus, minus))]
    names = _sides(some, side, labels, before, after)
    blur = max(_LEAST_SOFT, float(np.sqrt(max(softness**2 - _READING, 0))))
    return End(fit.place, fit.ahead, fit.points, fit.straight, names[0], names[1], colours[0], colours[1], blur)


def _longest(points: Points, most: float) -> tuple[Points, _Curve] | None:
    """The longest part from the border on that is one line or arc, and that.

    Where a shorter part strays far less, a corner was taken for an arc: then the edge up to the corner.
    """
    away = np.hypot(*(points - points[0]).T)
    found: list[tuple[Points, _Curve]] = []
    for rank, length in enumerate(_LENGTHS):
        some = points[away <= length]
        if len(some) < _LEAST_POINTS:
            break
        if not found and rank and away.max() < length / 1.5:
            continue
        curve = _line_or_arc(some, most)
        if curve is None or np.hypot(*(curve.place - points[0])) > _NEAR_BORDER:
            continue  # neither, or bent so far round that it begins elsewhere
        found.append((some, curve))
        if found[0][1].off < _CORNERED or len(found) > 2:
            break
    if not found:
        return None
    nearer = [one for one in found[1:] if one[1].off < _CORNERED and one[1].off < found[0][1].off / 4]
    return nearer[0] if nearer else found[0]


def _sides(some: Points, side: Points, labels: NDArray[np.int32], one: int, other: int) -> tuple[int, int]:
    """Which of two labels lies on the side of a vector, and which on the other."""
    near = some[: max(4, len(some) // 3)]

    def votes(at: Points) -> int:
        y = np.clip(np.rint(at[:, 0]).astype(int), 0, labels.shape[0] - 1)
        x = np.clip(np.rint(at[:, 1]).astype(int), 0, labels.shape[1] - 1)
        return int(np.count_nonzero(labels[y, x] == one) - np.count_nonzero(labels[y, x] == other))

    return (one, other) if votes(near + 2 * side) >= votes(near - 2 * side) else (other, one)


@dataclass(frozen=True, eq=False)
class _Curve:
    """Start, direction into the hole, whether straight, the points on a line or parabola, and how far they stray."""

    place: Points
    ahead: Points
    straight: bool
    points: Points
    off: float


def _line_or_arc(points: Points, most: float) -> _Curve | None:
    """The line or parabola through some points; None if it is neither."""
    middle = points.mean(axis=0)
    _, _, axes = np.linalg.svd(points - middle, full_matrices=False)
    axis = axes[0]
    if (points[-1] - points[0]) @ axis < 0:
        axis = -axis
    across = np.array([-axis[1], axis[0]])
    u, v = (points - middle) @ axis, (points - middle) @ across
    if np.ptp(u) < 4:
        return None
    keep = np.ones(len(u), np.bool_)
    line = np.zeros(2)
    parabola = np.zeros(3)
    for _ in range(2):
        line, parabola = np.polyfit(u[keep], v[keep], 1), np.polyfit(u[keep], v[keep], 2)
        left = np.abs(v - np.polyval(parabola, u))
        keep = left <= max(3 * float(np.median(left)), 0.3)
    off = [float(np.sqrt(np.mean((v - np.polyval(p, u))[keep] ** 2))) for p in (line, parabola)]
    if off[1] > most or np.abs(v - np.polyval(parabola, u)).max() > _OFF_AT_MOST or keep.mean() < 0.75:
        return None
    sagitta = abs(parabola[0]) * (np.ptp(u) / 2) ** 2
    straight = off[0] < 1.2 * off[1] + 0.04 or sagitta < 0.25
    curve = np.append(0.0, line) if straight else parabola
    start = float(u.min())
    slope = np.polyval(np.polyder(curve), start)
    place = middle + start * axis + np.polyval(curve, start) * across
    ahead = -(axis + slope * across)
    ahead /= np.hypot(*ahead)
    order = np.argsort(u, kind="stable")
    kept = order[keep[order]]
    return _Curve(place, ahead, bool(straight), points[kept], off[1])
