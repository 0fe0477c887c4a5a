"""Eyes, nose and mouth of drawn faces, as regions of the view, where a word asks for them.

A drawn face is one tone with islands in it. The islands are what the tone encloses; which of them are eyes is told by
how they lie: two alike, mirrored, side by side in its upper half, or one on its middle line. The mouth lies under
them, the nose between. Nothing here was learned.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.pixels import Box, Mask, box_of
from delaminate.stages.segmentation.embedded.view import View

_STICKING_OUT = frozenset({"horn", "ear", "antenna"})
FEATURES = frozenset({"eye", "nose", "mouth", "face", "head", "body"}) | _STICKING_OUT
"""Nouns that a drawn face answers."""

_EDGES = (4.0, 9.0, 18.0)
"""Slopes (Lab units per pixel) that end a tone, tried in turn: the least also parts shades, the most only lines."""
_COLOURFUL = 12.0
"""Chroma from which a tone is told by its hue, in light and shade alike."""
_SAME_HUE, _SAME_GREY = 0.35, 14.0
"""Angle (radian) up to which a hue, and distance up to which a grey, is the tone's."""
_SMALLEST_TONE = 0.06
"""Least share of the thing that the tone of its face has."""
_HUES = 4
"""Hues of a thing that may be its face's."""
_ISLAND = (0.0012, 0.2)
"""Least and most share of the face that an island has."""
_SIDE = 24
"""Pixels of a side at which shapes are compared."""
_SAME_FACE, _TWINS = 0.5, 0.8
"""Overlap from which two outlines are those of one face, and two islands are one."""
_LEAST = 0.35
"""How well islands lie as eyes from which they are."""


@dataclass(frozen=True, eq=False)
class Island:
    """A region that a face's tone encloses: its pixels in the view, their box and number, and its shape in little.

    `solid` is its share of its convex hull, 0..1.
    """

    mask: Mask
    box: Box
    area: int
    shape: NDArray[np.float32]
    solid: float

    @property
    def x(self) -> float:
        return (self.box.left + self.box.right) / 2

    @property
    def y(self) -> float:
        return (self.box.top + self.box.bottom) / 2


@dataclass(frozen=True, eq=False)
class DrawnFace:
    """A face's outline as a mask of the view, its eyes, and how well they lie, 0..1; the other islands in it."""

    mask: Mask
    box: Box
    eyes: tuple[Island, ...]
    score: float
    others: tuple[Island, ...]

    @property
    def middle(self) -> float:
        """The x of its middle line."""
        return sum(eye.x for eye in self.eyes) / len(self.eyes)

    @property
    def mouth(self) -> tuple[Island, ...]:
        """The widest, most symmetric island under the eyes; none where there is none."""
        under = max(eye.box.bottom for eye in self.eyes) - 0.25 * self.eyes[0].box.height
        low = [i for i in self.others if i.y > under and abs(i.x - self.middle) < 0.2 * self.box.width]

        def fit(island: Island) -> float:
            near = 1 - abs(island.x - self.middle) / (0.25 * self.box.width)
            return float(island.box.width / self.box.width * near * (0.3 + _mirrored(island, island)))

        best = max(low, key=fit, default=None)
        return () if best is None or best.box.width < 0.08 * self.box.width else (best,)

    @property
    def nose(self) -> tuple[Island, ...]:
        """The island on the middle line between eyes and mouth, or two alike beside it; none where there is none."""
        high = min(eye.y for eye in self.eyes)
        mouth = self.mouth
        low = mouth[0].y if mouth else float(self.box.bottom)
        between = [
            i
            for i in self.others
            if high < i.y < low and abs(i.x - self.middle) < 0.16 * self.box.width and i not in mouth
        ]
        on_line = [i for i in between if i.box.left <= self.middle <= i.box.right]
        if on_line:
            return (max(on_line, key=lambda i: i.area),)
        pairs = [(a, b) for a, b in _pairs(between) if abs((a.x + b.x) / 2 - self.middle) < 0.05 * self.box.width]
        return max(pairs, key=lambda pair: pair[0].area + pair[1].area, default=())


def drawn_face(view: View, things: Sequence[Mask]) -> DrawnFace | None:
    """The face whose eyes lie best in one of some things (masks of the view); None where no islands lie like eyes."""
    found = [face for thing in things for face in _faces(view, thing)]
    best = max(found, key=lambda face: face.score, default=None)
    if best is None or best.score < _LEAST:
        return None
    eyes = np.logical_or.reduce([eye.mask for eye in best.eyes])
    others: list[Island] = []
    for face in sorted(found, key=lambda face: -_overlap(face.mask, best.mask)):
        if _overlap(face.mask, best.mask) >= _SAME_FACE:  # the tone as other edges end it, with other islands in it
            for island in _without(eyes, (*face.others, *face.eyes), _ISLAND[0] * int(face.mask.sum())):
                if all(_overlap(island.mask, other.mask) < _TWINS for other in others):
                    others.append(island)
    return replace(best, others=tuple(others))


def _without(eyes: Mask, islands: Sequence[Island], least: float) -> Iterator[Island]:
    """Islands that are none of the eyes, and what is left of those that touch one: a nose right under it."""
    near = cv2.dilate(eyes.view(np.uint8), np.ones((5, 5), np.uint8)).view(np.bool_)
    for island in islands:
        if not (island.mask & eyes).any():
            yield island
            continue
        count, labels, stats, _ = cv2.connectedComponentsWithStats(
            (island.mask & ~near).astype(np.uint8), connectivity=8
        )
        yield from (
            _island(np.asarray(labels == k)) for k in range(1, count) if stats[k, cv2.CC_STAT_AREA] >= 2 * least
        )


def _overlap(one: Mask, other: Mask) -> float:
    return float((one & other).sum()) / max(1.0, float((one | other).sum()))


_WHOLE_HEAD = 0.5
"""Overlap with a face from which a thing that holds it is its head."""
_PLAINLY = 0.5
"""How well eyes lie from which a face is sure enough to be cut out itself."""
_STUB = 0.01
"""Least share of a face that what sticks out of it has."""


def features_of(face: DrawnFace, noun: str, things: Sequence[Mask]) -> list[Mask]:
    """What a noun of `FEATURES` means in a drawn face, left to right; masks of the view.

    Parameters
    ----------
    things : regions, those most like whole things first: one may be the head, which holds the face and little else, and
        the first that holds it is all of somebody.
    """
    if noun == "body" or noun in _STICKING_OUT:
        if face.score < _PLAINLY:
            return []
        figures = [thing for thing in things if (thing & face.mask).sum() > 0.9 * face.mask.sum()]
        if noun == "body":
            return [next(iter(figures), face.mask)]
        return next((stubs for figure in figures if (stubs := _stubs(face, figure))), [])
    if noun in ("face", "head"):
        if face.score < _PLAINLY:
            return []
        around = [thing for thing in things if (thing & face.mask).sum() > 0.9 * face.mask.sum()]
        head = max(around, key=lambda thing: _overlap(thing, face.mask), default=face.mask)
        return [head if _overlap(head, face.mask) > _WHOLE_HEAD else face.mask]
    islands = {"eye": face.eyes, "nose": face.nose, "mouth": face.mouth}[noun]
    return [island.mask for island in sorted(islands, key=lambda island: island.x)]


def _stubs(face: DrawnFace, figure: Mask) -> list[Mask]:
    """What sticks out of a face on both sides of its middle, above its eyes, left to right; masks of the view."""
    wide = cv2.dilate(face.mask.view(np.uint8), np.ones((5, 5), np.uint8)) > 0
    count, labels, stats, centres = cv2.connectedComponentsWithStats((figure & ~wide).astype(np.uint8), connectivity=4)
    high = min(eye.y for eye in face.eyes)
    found = [
        (float(centres[k][0]), np.asarray(labels == k))
        for k in range(1, count)
        if stats[k, cv2.CC_STAT_AREA] >= _STUB * face.mask.sum() and centres[k][1] < high
    ]
    left, right = (any((x < face.middle) == side for x, _ in found) for side in (True, False))
    return [mask for _, mask in sorted(found, key=lambda one: one[0])] if left and right else []


def _faces(view: View, thing: Mask) -> Iterator[DrawnFace]:
    for edge in _EDGES:
        for tone in _tones(view, thing, edge):
            face, islands = _enclosed(tone)
            box = box_of(face)
            if box is not None and islands:
                eyes, score = _eyes(islands, box, int(face.sum()))
                yield DrawnFace(face, box, eyes, score, tuple(i for i in islands if i not in eyes))


def _tones(view: View, thing: Mask, edge: float) -> Iterator[Mask]:
    """The largest areas of a thing that are of one hue, or of one grey, up to edges."""
    area = int(thing.sum())
    smooth = thing & (view.gradient < edge)
    left = smooth.copy()
    for turn in range(_HUES):
        if left.sum() < _SMALLEST_TONE * area:
            return
        lab = view.lab[left]
        middle = np.median(lab, axis=0) if turn == 0 else _commonest(lab)
        alike = smooth & _same(view.lab, middle)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(alike.astype(np.uint8), connectivity=4)
        for k in range(1, count):
            if stats[k, cv2.CC_STAT_AREA] >= _SMALLEST_TONE * area:
                yield np.asarray(labels == k)
        rest = left & ~alike
        if rest.sum() == left.sum():
            return
        left = rest


def _commonest(lab: NDArray[np.float32]) -> NDArray[np.float32]:
    """The middle of the fullest cell of colours, 16 units a side."""
    cells = np.floor(lab / 16).astype(np.int64) + 32
    keys = (cells[:, 0] << 16) | (cells[:, 1] << 8) | cells[:, 2]
    _, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    return np.asarray(np.median(lab[inverse == counts.argmax()], axis=0), np.float32)


def _same(lab: NDArray[np.float32], tone: NDArray[np.float32]) -> Mask:
    chroma = float(np.hypot(tone[1], tone[2]))
    if chroma < _COLOURFUL:
        return np.asarray(np.linalg.norm(lab - tone, axis=2) < _SAME_GREY)
    a, b = lab[..., 1], lab[..., 2]
    along = (a * tone[1] + b * tone[2]) / chroma
    across = np.abs(a * tone[2] - b * tone[1]) / chroma
    return np.asarray((along > 0.3 * chroma) & (across < np.tan(_SAME_HUE) * along))


def _enclosed(tone: Mask) -> tuple[Mask, list[Island]]:
    """A tone with all it encloses, and what that is in pieces."""
    box = box_of(tone)
    assert box is not None
    gap = max(1, round(0.02 * box.width))
    around = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * gap + 1, 2 * gap + 1))
    padded = np.pad(tone.astype(np.uint8), gap)
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, around)[gap:-gap, gap:-gap]
    contours, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    face = np.zeros_like(closed)
    cv2.drawContours(face, contours, -1, 1, -1)
    # Edges blur a pixel into what they end.
    holes = cv2.erode((face.view(np.bool_) & ~tone).astype(np.uint8), np.ones((3, 3), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(holes, connectivity=8)
    whole = int(face.sum())
    islands = [
        _island(np.asarray(labels == k))
        for k in range(1, count)
        if _ISLAND[0] * whole <= stats[k, cv2.CC_STAT_AREA] <= _ISLAND[1] * whole
    ]
    return face.view(np.bool_), islands


def _island(mask: Mask) -> Island:
    box = box_of(mask)
    assert box is not None
    inside = mask[box.slices].astype(np.float32)
    shape = cv2.resize(inside, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    hull = cv2.convexHull(cv2.findNonZero(inside.astype(np.uint8)))
    filled = np.zeros(inside.shape, np.uint8)
    cv2.fillConvexPoly(filled, hull, 1)
    area = int(inside.sum())
    return Island(mask, box, area, np.asarray(shape, np.float32), area / max(1, int(filled.sum())))


def _mirrored(one: Island, other: Island) -> float:
    """How much of two shapes falls together when one is mirrored, 0..1."""
    a, b = one.shape, other.shape[:, ::-1]
    return float(np.minimum(a, b).sum() / max(1e-6, float(np.maximum(a, b).sum())))


def _pairs(islands: Sequence[Island]) -> Iterator[tuple[Island, Island]]:
    """Two islands alike side by side."""
    for i, one in enumerate(islands):
        for other in islands[i + 1 :]:
            size = min(one.area, other.area) / max(one.area, other.area)
            high = max(one.box.height, other.box.height)
            apart = abs(one.x - other.x) >= 0.8 * min(one.box.width, other.box.width)
            if size > 0.4 and apart and abs(one.y - other.y) < 0.5 * high:
                yield one, other


def _eyes(islands: Sequence[Island], box: Box, face: int) -> tuple[tuple[Island, ...], float]:
    """The islands that lie like eyes, and how well."""
    best: tuple[tuple[Island, ...], float] = ((), 0.0)

    def placed(x: float, y: float) -> float:
        """How far a place in the face is one for eyes."""
        off = abs(x - (box.left + box.right) / 2) / box.width
        down = (y - box.top) / box.height
        return max(0.0, 1 - 2.5 * off) * float(np.clip(min(down / 0.22, (0.8 - down) / 0.2), 0, 1))

    for one, other in _pairs(islands):
        size = min(one.area, other.area) / max(one.area, other.area)
        large = min(1.0, ((one.area + other.area) / face / 0.03) ** 0.3)
        alike = size**0.5 * _mirrored(one, other) * (one.solid + other.solid) / 2
        score = alike * placed((one.x + other.x) / 2, (one.y + other.y) / 2) * large
        if score > best[1]:
            best = ((one, other), score)
    for one in islands:
        large = min(1.0, (one.area / face / 0.03) ** 0.3)
        score = 0.75 * _mirrored(one, one) * one.solid * placed(one.x, one.y) * large
        if score > best[1]:
            best = ((one,), score)
    eyes, score = best
    if len(eyes) == 2:  # and more of them in their row
        first = eyes[0]
        eyes += tuple(
            more
            for more in islands
            if more not in eyes
            and abs(more.y - first.y) < 0.4 * first.box.height
            and 0.6 < more.area / first.area < 1.6
        )
    return eyes, score
