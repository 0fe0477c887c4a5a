"""Upright panes: rectangles with an edge all round, across which the ground goes on in another tone.

Every rectangle between the likeliest upright and level edges is tried at once: the edge that its worst side has is
looked up in running sums along columns and rows. What goes on across the outline then decides (`contour`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.pixels import Box, Mask
from delaminate.stages.segmentation.embedded.see_through.contour import Relation, crop_of, relation, solved, unit_of
from delaminate.stages.segmentation.embedded.see_through.gleam import with_gleam
from delaminate.stages.segmentation.embedded.see_through.veil import Floats, Sort, Veil, reduced

_SIZES = (640, 240)
"""Longer sides of the copies that are looked at: in the small one grain and grout count less."""
_LINES = 44
"""Upright, and level, lines that are paired."""
_LEAST_SIDE = 0.07
"""Of the longer side of the picture; no pane is smaller."""
_WORST = 0.25
"""Least mean edge, 0..1, of the side that shows least."""
_ALL_ROUND = 1.5
"""The edge of a rectangle that has one all round."""
_TRIED = 14
"""Rectangles of a copy that are looked at closely."""
_RIM = 0.0125
"""Of the longer side; no rim is wider."""
_GRID = 4
"""So many rectangles about as clear as the clearest are a pattern of the ground."""
_CLEAR, _DOUBTFUL, _PLAINLY_MORE, _RIMS = 1.0, 0.6, 0.25, (4, 7)
"""Where a rectangle's edge is that clear and what goes on across it tells so little, it may be the inner edge of a rim
so many units wide, if that tells so much more."""
_HALF = 0.4
"""Share of the step across a rectangle's outline that the outer edge of its rim has."""
_NEAR, _FAR = 0.05, 0.45
"""From where to where beyond a side, in shares of it, it is looked whether it goes on."""
_GLEAMS, _GLEAMING = 3, 0.1
"""So many of the surest are looked at for a gleam; how much surer that makes one."""
_PLAIN = ((0.87, 1.2, False), (0.75, 1.45, False), (0.7, 1.3, True))
"""Score and edge from which a pane is plain, and whether it must have a gleam for that."""


@dataclass(frozen=True)
class Rectangle:
    """An upright rectangle of a picture and how much of an edge it has all round, 0..1.5.

    `own` is the same without what of any side is a line of the ground.
    """

    box: Box
    edge: float
    own: float


def panes(rgb: NDArray[np.uint8]) -> list[Veil]:
    """Panes of a picture, the surest first.

    Parameters
    ----------
    rgb : H×W×3.
    """
    height, width = rgb.shape[:2]
    unit = unit_of(width, height)
    found, gleams = list[tuple[Veil, float, float]](), set[Box]()
    tried = rectangles(rgb)
    clearest = max((one.edge for one in tried), default=0.0)
    # Where the ground itself is made of rectangles, an edge all round says little.
    by_edge = 0.7 if sum(one.edge > 0.93 * clearest for one in tried) < _GRID else 0.2
    for rectangle in tried:
        box = _exact(rgb, rectangle.box, max(2, round(2 * unit)))
        looked = _looked(rgb, box, unit)
        if rectangle.edge >= _CLEAR and (looked is None or looked[1].score < _DOUBTFUL):
            wider = [box.grown(round(by * unit), width, height) for by in _RIMS]
            wider = [_exact(rgb, one, max(2, round(2 * unit))) for one in wider]
            edged = [one for one in wider if _step(rgb, one) > _HALF * _step(rgb, box)]
            looks = [_looked(rgb, one, unit) for one in edged]
            widest = max((one for one in looks if one is not None), key=_score, default=None)
            if widest is not None and (looked is None or _score(widest) > _score(looked) + _PLAINLY_MORE):
                looked = widest
        if looked is None or looked[1].score == 0:
            continue
        mask, told, box, crop = looked
        alpha, paint = solved(mask, told, unit)
        inner = box.slices_in(crop)
        score = (1 - by_edge) * told.score + by_edge * rectangle.edge / _ALL_ROUND
        sure = told.score if by_edge > 0.5 and told.slope is not None else 0.0
        found.append((Veil(Sort.PANE, box, alpha[inner], paint[inner], score, False), sure, rectangle.own))
    found.sort(key=lambda one: -one[0].score)
    for i, (veil, sure, edge) in enumerate(found[:_GLEAMS]):
        if (gleaming := with_gleam(rgb, veil)) is not veil:
            found[i] = (replace(gleaming, score=min(1.0, veil.score + _GLEAMING)), sure, edge)
            gleams.add(veil.box)
    found.sort(key=lambda one: -one[0].score)
    out: list[Veil] = []
    for veil, sure, edge in found:
        alone = not any(other.box.meets(veil.box) for other in out)
        out.append(replace(veil, plain=alone and _is_plain(sure, edge, veil.box in gleams)))
    return out


def _is_plain(sure: float, edge: float, gleams: bool) -> bool:
    """Whether whoever asks for everything means a pane: by what goes on across its outline, its edge and its gleam."""
    return any(sure >= least and edge >= clear and (gleams or not gleam) for least, clear, gleam in _PLAIN)


def _step(rgb: NDArray[np.uint8], box: Box) -> float:
    """The step in lightness across the side of a rectangle that has least of one, levels."""
    room = box.grown(2, rgb.shape[1], rgb.shape[0])
    grey = rgb[room.slices].mean(axis=2)
    rows, columns = box.slices_in(room)
    sides = []
    for part, within, across in ((grey, columns, rows), (grey.T, rows, columns)):
        if across.start > 1:
            sides.append(part[across.start, within] - part[across.start - 2, within])
        if across.stop + 1 < part.shape[0]:
            sides.append(part[across.stop - 1, within] - part[across.stop + 1, within])
    return min((abs(float(np.median(side))) for side in sides), default=0.0)


_Look: TypeAlias = tuple[Mask, Relation, Box, Box]
"""A pane's mask in a crop round it, what goes on across its outline, its box and the crop's."""


def _looked(rgb: NDArray[np.uint8], box: Box, unit: float) -> _Look | None:
    crop = crop_of(box, rgb.shape[1], rgb.shape[0], unit)
    part = rgb[crop.slices].astype(np.float32)
    mask = _rounded(part, box.shifted(-crop.left, -crop.top))
    told = relation(part, mask, unit)
    return None if told is None else (mask, told, box, crop)


def _score(look: _Look) -> float:
    return look[1].score


def rectangles(rgb: NDArray[np.uint8]) -> list[Rectangle]:
    """Rectangles with an edge all round, lighter or darker than what is round them; no two in one place."""
    kept: list[Rectangle] = []
    for longest in _SIZES:
        for one in _rectangles(*reduced(rgb, longest))[:_TRIED]:
            if all(_overlap(one.box, other.box) < 0.7 for other in kept):
                kept.append(one)
    return kept


def _rectangles(small: Floats, scale: float) -> list[Rectangle]:
    height, width = small.shape[:2]
    upright, level = _edges(small), _edges(small.transpose(1, 0, 2)).T
    xs, ys = _lines(upright), _lines(level.T)
    least = _LEAST_SIDE * max(height, width)
    across = _pairs(xs, least, 0.9 * width)
    down = _pairs(ys, least, 0.9 * height)
    if not len(across) or not len(down):
        return []
    x_at, y_at = {x: i for i, x in enumerate(xs)}, {y: i for i, y in enumerate(ys)}
    corners = ([x_at[x] for x in across[:, 0]], [x_at[x] for x in across[:, 1]])
    ends = ([y_at[y] for y in down[:, 0]], [y_at[y] for y in down[:, 1]])
    shown: list[NDArray[np.float64]] = []
    beyond: list[NDArray[np.float64]] = []
    for of, out in ((_means, shown), (_beyond, beyond)):
        left_right, top_bottom = of(upright, down, xs), of(level.T, across, ys)
        out += [left_right[:, corners[0]], -left_right[:, corners[1]]]
        out += [top_bottom[:, ends[0]].T, -top_bottom[:, ends[1]].T]
    ranked: list[tuple[float, Box, float]] = []
    for sign in (1, -1):
        sides = sign * np.stack(shown)
        # What of a side goes on beyond it is the ground's; one side may lie on a line of that.
        less = np.clip(sign * np.stack(beyond), 0, np.maximum(sides, 0))
        own = (sides - less).min(axis=0) + 0.5 * (sides - less).mean(axis=0)
        less[less.argmax(axis=0), np.arange(less.shape[1])[:, None], np.arange(less.shape[2])] = 0
        sides -= less
        worst = sides.min(axis=0)
        value = worst + 0.5 * sides.mean(axis=0)
        for flat in np.argsort(-value, axis=None, kind="stable")[:80]:
            i, j = np.unravel_index(flat, value.shape)
            if worst[i, j] < _WORST:
                break
            edges = (across[j, 0], down[i, 0], across[j, 1], down[i, 1])
            box = Box(*(round(int(edge) / scale) for edge in edges))
            ranked.append((float(value[i, j]), box, float(own[i, j])))
    kept: list[Rectangle] = []
    for value_of, box, own_of in sorted(ranked, key=lambda one: (-one[0], one[1])):
        twin = next((i for i, other in enumerate(kept) if _overlap(box, other.box) >= 0.5), None)
        if twin is None:
            kept.append(Rectangle(box, value_of, own_of))
        elif _is_rim(box, kept[twin].box, _RIM * max(height, width) / scale) and value_of > 0.7 * kept[twin].edge:
            kept[twin] = replace(kept[twin], box=box)  # a rim has two edges, and the outer one is the pane's
    return kept


def _edges(rgb: Floats) -> Floats:
    """Steps in lightness between columns as shares of what is usual near by; −1..1."""
    grey = cv2.blur(rgb.mean(axis=2), (1, 3))
    step = np.zeros_like(grey)
    step[:, 2:-1] = (grey[:, 2:-1] + grey[:, 3:] - grey[:, 1:-2] - grey[:, :-3]) / 2
    usual = cv2.blur(np.abs(step), (61, 61))
    return np.asarray(np.clip(step / np.maximum(3, 1.3 * usual), -1, 1), np.float32)


def _lines(edges: Floats, length: int = 41) -> list[int]:
    """The columns with the longest edges."""
    along = np.sort(np.abs(cv2.blur(edges, (1, length))), axis=0)[-length:].mean(axis=0)
    out: list[int] = []
    for _ in range(_LINES):
        at = int(along.argmax())
        if along[at] < _WORST:
            break
        out.append(at)
        along[max(0, at - 2) : at + 3] = 0
    return sorted(out)


def _pairs(places: list[int], least: float, most: float) -> NDArray[np.int64]:
    pairs = [(a, b) for i, a in enumerate(places) for b in places[i + 1 :] if least <= b - a <= most]
    return np.array(pairs, np.int64).reshape(-1, 2)


def _means(edges: Floats, spans: NDArray[np.int64], columns: list[int]) -> NDArray[np.float64]:
    """The mean edge of columns between two rows, without the corners; spans × columns."""
    sums = np.concatenate([np.zeros((1, edges.shape[1])), np.cumsum(edges, axis=0, dtype=np.float64)])[:, columns]
    corner = np.rint(0.1 * (spans[:, 1] - spans[:, 0])).astype(np.int64)
    start, stop = spans[:, 0] + corner, spans[:, 1] - corner
    return np.asarray((sums[stop] - sums[start]) / (stop - start)[:, None])


def _beyond(edges: Floats, spans: NDArray[np.int64], columns: list[int]) -> NDArray[np.float64]:
    """The mean edge of columns on from two rows, where it is the same line that goes on; spans × columns."""
    height = edges.shape[0]
    sums = np.concatenate([np.zeros((1, edges.shape[1])), np.cumsum(edges, axis=0, dtype=np.float64)])[:, columns]
    length = spans[:, 1] - spans[:, 0]
    near, far = np.rint(_NEAR * length).astype(np.int64), np.rint(_FAR * length).astype(np.int64)
    above = np.maximum(spans[:, 0] - far, 0), np.maximum(spans[:, 0] - near, 0)
    below = np.minimum(spans[:, 1] + near, height), np.minimum(spans[:, 1] + far, height)
    both = sums[above[1]] - sums[above[0]] + sums[below[1]] - sums[below[0]]
    return np.asarray(both / np.maximum(above[1] - above[0] + below[1] - below[0], 1)[:, None])


def _overlap(a: Box, b: Box) -> float:
    wide, tall = min(a.right, b.right) - max(a.left, b.left), min(a.bottom, b.bottom) - max(a.top, b.top)
    common = max(0, wide) * max(0, tall)
    return common / (a.area + b.area - common)


def _is_rim(outer: Box, inner: Box, widest: float) -> bool:
    """Whether one rectangle is the outer edge of a rim round another."""
    rim = (inner.left - outer.left, inner.top - outer.top, outer.right - inner.right, outer.bottom - inner.bottom)
    return min(rim) >= 0 and max(rim) <= widest


def _exact(rgb: NDArray[np.uint8], box: Box, reach: int) -> Box:
    """The rectangle with each side where the step in lightness is steepest, at most `reach` pixels away."""
    height, width = rgb.shape[:2]
    near = box.grown(reach + 2, width, height)
    grey = rgb[near.slices].mean(axis=2)
    inner = box.shifted(-near.left, -near.top)
    across = grey[inner.top + inner.height // 8 : inner.bottom - inner.height // 8].mean(axis=0)
    down = grey[:, inner.left + inner.width // 8 : inner.right - inner.width // 8].mean(axis=1)
    sides = []
    for profile, at in ((across, inner.left), (down, inner.top), (across, inner.right), (down, inner.bottom)):
        steps = np.abs(np.diff(profile))
        start = max(0, at - 1 - reach)
        part = steps[start : at + reach]
        sides.append(at if not part.size else start + int(part.argmax()) + 1)
    left, top, right, bottom = sides
    if right - left < 8 or bottom - top < 8:
        return box
    return Box(left, top, right, bottom).shifted(near.left, near.top)


def _rounded(rgb: Floats, box: Box) -> Mask:
    """The rectangle as a mask, its corners as round as the step in lightness along them says."""
    grey = rgb.mean(axis=2)
    turn = np.deg2rad(np.arange(5, 90, 5, dtype=np.float32))
    best, radius = 0.0, 0
    for tried in range(0, round(0.2 * min(box.width, box.height)), 2):
        steps = []
        for x, y, dx, dy in (
            (box.left + tried, box.top + tried, -1, -1),
            (box.right - tried, box.top + tried, 1, -1),
            (box.left + tried, box.bottom - tried, -1, 1),
            (box.right - tried, box.bottom - tried, 1, 1),
        ):
            levels = []
            for far in (-2.0, 2.0):
                out_x = x - 0.5 + dx * (tried + far) * np.cos(turn)
                out_y = y - 0.5 + dy * (tried + far) * np.sin(turn)
                levels.append(
                    cv2.remap(
                        grey,
                        out_x.astype(np.float32)[None],
                        out_y.astype(np.float32)[None],
                        cv2.INTER_LINEAR,
                        borderMode=cv2.BORDER_REPLICATE,
                    )[0]
                )
            steps.append(levels[0] - levels[1])
        edge = float(np.median(np.abs(np.median(np.stack(steps), axis=1)))) if tried else 0.0
        if edge > 1.1 * best + 1:
            best, radius = edge, tried
    mask = np.zeros(grey.shape, np.uint8)
    if radius == 0:
        mask[box.slices] = 1
    else:
        cv2.rectangle(mask, (box.left + radius, box.top), (box.right - 1 - radius, box.bottom - 1), 1, -1)
        cv2.rectangle(mask, (box.left, box.top + radius), (box.right - 1, box.bottom - 1 - radius), 1, -1)
        for x in (box.left + radius, box.right - 1 - radius):
            for y in (box.top + radius, box.bottom - 1 - radius):
                cv2.circle(mask, (x, y), radius, 1, -1)
    return mask.view(np.bool_)
