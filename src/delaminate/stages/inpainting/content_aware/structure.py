"""A hole among smooth areas with strong edges: the edges go on through it, and each area they bound is itself there.

The order of the work: areas about the hole (`regions`), ends of the edges between them (`edge_ends`), their joins
(`joins`) and those without a partner (`runs`), the parts into which these divide the hole, and for every part the
surface of its area (`surface`), with what slowly departs from that at the hole's border, and the area's grain. What
borders on no smooth area, and what the border denies (`denial`), is left to texture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.pixels import Mask, Rgb, as_eight_bit
from delaminate.stages.inpainting.content_aware.areas import LEAST_SAMPLES, Areas, explain
from delaminate.stages.inpainting.content_aware.denial import denied_by
from delaminate.stages.inpainting.content_aware.edge_ends import border_of, ends_of
from delaminate.stages.inpainting.content_aware.joins import Join, joined
from delaminate.stages.inpainting.content_aware.membrane import Correction, correction
from delaminate.stages.inpainting.content_aware.nearness import nearest, normal_share
from delaminate.stages.inpainting.content_aware.patterns import in_pattern
from delaminate.stages.inpainting.content_aware.regions import ROUGH, UNKNOWN, nearest_known, regions_of
from delaminate.stages.inpainting.content_aware.runs import run_on
from delaminate.stages.inpainting.content_aware.surface import Flat, Surface

_LOOKED_AT = 500_000
"""Pixels of the crop at the size it is looked at."""

_MOST_ENDS = 60
"""More edges than this are a texture."""

_MOST_AREAS = 24
"""So are more areas than this about one hole: boards of wood, leaves."""


_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))

_MAJORITY = 0.75
"""Share of the border of a part of the hole at which its area is decided."""

_MINORITY = 0.2
"""Share of that border below which an area only ends there; those above share an undecided part by nearness."""


_EXPLAINED, _PROMISING = 0.85, 0.6
"""Share of the hole's border that must be as the areas' surfaces say, and before areas on both sides are joined: what
explains little by itself explains no more together with others, and joins are long to look for."""

_DOUBTFUL = 0.08
"""Share of the hole that may lie in undecided parts; with more of it edges were not understood."""


_BLUR = 4.0
_OWN = 3.0
"""Levels, beside four times the usual, beyond which a pixel's departure is not its area's."""

_SHADED = 0.05
"""Share of an area's rim about the hole that must depart from its one colour to count: soft shadows lie on it."""

_SOFT = 9
"""Pixels over which a departure is averaged before it counts as one: compression's ringing has no mean."""

_FADE = 10.0
"""Pixels in which a shadow that runs into the hole fades to a third; how far it truly goes on is not seen."""

_QUIET, _AUDIBLE = 0.3, 0.6
"""Levels of grain below which there is none, and from which it is worth imitating."""

_WITHIN, _SHARPEST = (-0.4, -0.2, 0.0, 0.2, 0.4), 0.02
"""Places in a pixel at which an edge's blur is read, and the least blur in pixels."""

_BAND = 3.0
"""Pixels on both sides of an edge that its blur reaches."""


@dataclass(frozen=True, eq=False)
class Structure:
    """What could be said of a hole: `colours` (float32 H×W×3, levels) where `filled`; the rest of it is texture."""

    colours: NDArray[np.float32]
    filled: Mask


def structured(rgb: Rgb, hole: Mask, known: Mask, rng: np.random.Generator) -> Structure | None:
    """Fill a hole by structure.

    Parameters
    ----------
    rgb : H×W×3, uint8 or uint16, a crop about the hole.
    hole : H×W, at least one pixel.
    known : H×W, what may be learned from; never in the hole.
    rng : source of the grain.

    Returns
    -------
    Structure | None
        None where the surroundings are not smooth enough for edges to mean anything.

    Notes
    -----
    Areas and edges of a large crop are looked at on half a megapixel of it; edges are found to a fraction of a pixel.
    Memory: about 40 bytes per pixel of the crop, and 100 for each of half a million.
    """
    scale = min(1.0, float(np.sqrt(_LOOKED_AT / hole.size)))
    small, inside, seen = _reduced(rgb, hole, known, scale)
    if not seen.any() or not inside.any():
        return None
    whole = nearest_known(small, seen)
    regions = regions_of(whole, seen)
    if regions.count == 0:
        return None
    border = border_of(inside, regions)
    # What is rough is explained by no surface.
    if border.share(1) < _EXPLAINED or len(border.areas) > _MOST_AREAS:
        return None
    # Its pieces end at the hole for all their edges say.
    if in_pattern(small, inside, regions, border):
        return None
    areas = Areas.of(small, inside, regions)
    if not explain(border, areas, _PROMISING):
        return None
    ends, pins = ends_of(whole, border, regions)
    if len(ends) > _MOST_ENDS:
        return None
    joins = joined(ends, inside)
    joins += run_on(ends, joins, inside, regions.labels, pins)
    areas.joined(joins)
    if not explain(border, areas, _EXPLAINED):
        return None
    labels = regions.labels
    if scale < 1:
        labels = np.asarray(cv2.resize(labels, hole.shape[::-1], interpolation=cv2.INTER_NEAREST_EXACT), np.int32)
        labels = np.where(known, labels, UNKNOWN).astype(np.int32)
        joins = [join.enlarged(1 / scale) for join in joins]
    owner, doubtful = _owners(hole, labels, joins, areas)
    if doubtful > _DOUBTFUL * np.count_nonzero(hole):
        return None
    found = _painted(scale, joins, areas, owner, rng)
    denied = denied_by(found.colours, found.filled, rgb, hole, known, regions.noise)
    return Structure(found.colours, found.filled & ~denied)


def _reduced(rgb: Rgb, hole: Mask, known: Mask, scale: float) -> tuple[NDArray[np.float32], Mask, Mask]:
    """The crop in levels of 8 bits at the size it is looked at, what of it is hole, and what is known throughout."""
    levels8 = as_eight_bit(rgb)
    if scale == 1:
        return levels8.astype(np.float32), hole, known
    size = max(1, round(hole.shape[1] * scale)), max(1, round(hole.shape[0] * scale))

    def half(values: NDArray[Any]) -> NDArray[np.float32]:
        return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float32)

    seen = half(known.astype(np.float32)) > 0.999
    return half(levels8), half(hole.astype(np.float32)) > 0, seen


# ------------------------------------------------------------------------------------------------------------- parts


def _owners(
    hole: Mask, seen_as: NDArray[np.int32], joins: Sequence[Join], areas: Areas
) -> tuple[NDArray[np.int32], int]:
    """For every pixel of the hole the area that is there, `UNKNOWN` outside the hole; and how many are doubtful."""
    wall = np.zeros(hole.shape, np.uint8)
    for join in joins:
        line = np.rint(join.points[:, ::-1] * 8).astype(np.int32)
        cv2.polylines(wall, [line.reshape(-1, 1, 2)], False, 1, 1, cv2.LINE_8, 3)
    open_ = hole & (wall == 0)
    count, labels, rows, _ = cv2.connectedComponentsWithStats(open_.view(np.uint8), connectivity=4)
    owner, doubtful = np.full(hole.shape, UNKNOWN, np.int32), 0
    for number in range(1, count):
        left, top, width, height, _ = (int(v) for v in rows[number])
        box = (slice(max(top - 3, 0), top + height + 3), slice(max(left - 3, 0), left + width + 3))
        part = labels[box] == number
        touching = part.view(np.uint8)
        for _ in range(2):  # without going over a wall
            touching = np.where(wall[box] > 0, 0, cv2.dilate(touching, _CROSS)).astype(np.uint8)
        seen = seen_as[box][(touching > 0) & ~hole[box]]
        seen = seen[seen > UNKNOWN]
        if seen.size == 0:
            continue
        here = owner[box]
        decided = _decided(np.bincount(seen, minlength=areas.regions.count + 1), areas)
        if len(decided) == 1:
            here[part] = decided[0]
            continue
        of = np.where(seen_as[box] > UNKNOWN, areas.area[np.maximum(seen_as[box], 0)], UNKNOWN)
        sharing = np.isin(of, decided)
        doubtful += int(np.count_nonzero(part))
        if sharing.any():
            here[part] = _nearest(of, sharing)[part]
    rest = hole & (owner == UNKNOWN)
    if rest.any():
        known = owner > UNKNOWN
        if known.any():
            owner[rest] = _nearest(owner, known)[rest]
        else:
            owner[rest] = ROUGH
    return owner, doubtful


def _decided(votes: NDArray[np.int64], areas: Areas) -> tuple[int, ...]:
    """The areas that a part of the hole may be, which touches labels so often: one, or those that share it."""

    def counted() -> NDArray[np.int64]:
        return np.bincount(areas.area, votes, minlength=len(votes)).astype(np.int64)

    total = int(votes.sum())
    by_area = counted()
    best = int(by_area.argmax())
    if by_area[best] < _MAJORITY * total and best != ROUGH:
        for other in np.argsort(-votes, kind="stable"):
            if votes[other] > 0.02 * total and other != ROUGH:
                areas.united(best, int(other))
        by_area = counted()
        best = int(by_area.argmax())
    if by_area[best] >= _MAJORITY * total:
        return (best,)
    return tuple(int(n) for n in np.flatnonzero(by_area >= _MINORITY * total))


def _nearest(values: NDArray[np.int32], known: Mask) -> NDArray[np.int32]:
    """Every pixel with the value of the nearest known one."""
    return np.asarray(nearest_known(values[..., None], known)[..., 0])


# ------------------------------------------------------------------------------------------------------------- paint


@dataclass(frozen=True, eq=False)
class _Paint:
    """An area's colours in the hole: its surface, and how it departs from that close by."""

    surface: Surface
    scale: float
    departure: Correction | None = None
    grain: NDArray[np.float32] | None = None

    def at(self, rows: NDArray[Any], columns: NDArray[Any]) -> NDArray[np.float32]:
        """float32 n×3 at places of the crop, without grain."""
        if self.scale < 1:
            rows, columns = (rows + 0.5) * self.scale - 0.5, (columns + 0.5) * self.scale - 0.5
        out = self.surface.at(rows, columns)
        return out if self.departure is None else out + self.departure(rows, columns)


def _paint(area: int, areas: Areas, scale: float) -> _Paint | None:
    surface = areas.surface(area) if area != ROUGH else None
    if surface is None:
        return None
    regions = areas.regions
    rows, columns = np.nonzero(areas.near & regions.core & (areas.area[np.maximum(regions.labels, 0)] == area))
    if rows.size < LEAST_SAMPLES:
        return _Paint(surface, scale)
    residual = areas.rgb[rows, columns] - surface.at(rows, columns)
    off = np.abs(residual).max(axis=1)
    if isinstance(surface, Flat) and regions.noise < _QUIET:
        return _Paint(surface, scale, _shade(rows, columns, residual, areas.rgb.shape[:2]))
    own = off <= _OWN + 4 * np.median(off)
    rows, columns, residual = rows[own], columns[own], residual[own]
    departure = correction(rows, columns, residual, areas.rgb.shape[:2], _BLUR)
    rough = residual - departure(rows, columns)
    grainy = regions.noise > _QUIET and float(rough.std(axis=0).max()) > _AUDIBLE
    return _Paint(surface, scale, departure, rough / np.float32(scale) if grainy else None)


def _shade(
    rows: NDArray[Any], columns: NDArray[Any], residual: NDArray[np.float32], shape: tuple[int, int]
) -> Correction | None:
    """The soft shadows seen on a plain area, which fade out away from where they were seen; None without any."""
    seen = np.zeros(shape, np.float32)
    seen[rows, columns] = 1
    on = np.zeros((*shape, 3), np.float32)
    on[rows, columns] = residual
    window = (_SOFT, _SOFT)
    mean = cv2.blur(on, window) / np.maximum(cv2.blur(seen, window), np.float32(1e-6))[..., None]
    if (np.abs(mean[rows, columns]).max(axis=1) > _OWN).mean() < _SHADED:
        return None
    away = cv2.distanceTransform((seen == 0).view(np.uint8), cv2.DIST_L2, 5)
    on = nearest_known(on, seen > 0) * np.exp(-((away / np.float32(_FADE)) ** 2))[..., None]
    y, x = np.indices(shape)
    return correction(y.ravel(), x.ravel(), on.reshape(-1, 3), shape, 1.0)


def _painted(
    scale: float,
    joins: Sequence[Join],
    areas: Areas,
    owner: NDArray[np.int32],
    rng: np.random.Generator,
) -> Structure:
    colours: NDArray[np.float32] = np.zeros((*owner.shape, 3), np.float32)
    filled: Mask = np.zeros((owner.shape[0], owner.shape[1]), np.bool_)
    paints = {int(area): _paint(int(area), areas, scale) for area in np.unique(owner[owner > UNKNOWN])}
    for area, paint in paints.items():
        if paint is None:
            continue
        rows, columns = np.nonzero(owner == area)
        colours[rows, columns] = paint.at(rows, columns)
        filled[rows, columns] = True
    for join in joins:
        _edge(colours, filled, owner, join, paints)
    for area, paint in paints.items():
        if paint is not None and paint.grain is not None:
            rows, columns = np.nonzero((owner == area) & filled)
            colours[rows, columns] += paint.grain[rng.integers(0, len(paint.grain), len(rows))]
    return Structure(colours, filled)


def _edge(
    colours: NDArray[np.float32],
    filled: Mask,
    owner: NDArray[np.int32],
    join: Join,
    paints: dict[int, _Paint | None],
) -> None:
    """Paint the blur along an edge between what lies on both sides of it."""
    track = np.zeros(owner.shape, np.uint8)
    line = np.rint(join.points[:, ::-1] * 8).astype(np.int32)
    reach = max(_BAND, 2 * join.softness)
    cv2.polylines(track, [line.reshape(-1, 1, 2)], False, 1, 2 * int(np.ceil(reach)) + 1, cv2.LINE_8, 3)
    rows, columns = np.nonzero((track > 0) & filled)
    if rows.size == 0:
        return
    tangent = np.gradient(join.points, axis=0)
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)
    normal /= np.maximum(np.hypot(*normal.T), 1e-9)[:, None]
    places = np.stack([rows, columns], axis=1).astype(np.float64)
    _, which = nearest(join.points, places)
    normal = normal[which]
    side = ((places - join.points[which]) * normal).sum(axis=1)
    on = places - side[:, None] * normal
    areas = []
    for away in (reach, -reach):
        at = np.rint(on + away * normal).astype(np.int64)
        y, x = np.clip(at[:, 0], 0, owner.shape[0] - 1), np.clip(at[:, 1], 0, owner.shape[1] - 1)
        areas.append(owner[y, x])
    blur = max(np.sqrt(max(join.softness**2 - 1 / 12, 0)), _SHARPEST)  # a pixel's own extent is a twelfth of it
    share = np.mean([normal_share((side + t) / blur) for t in _WITHIN], axis=0).astype(np.float32)[:, None]
    near = np.abs(side) < reach
    for plus, minus in {(int(a), int(b)) for a, b in zip(*areas, strict=True)}:
        one, other = paints.get(plus), paints.get(minus)
        if plus == minus or one is None or other is None:
            continue
        here = near & (areas[0] == plus) & (areas[1] == minus)
        y, x = rows[here], columns[here]
        colours[y, x] = share[here] * one.at(y, x) + (1 - share[here]) * other.at(y, x)
