"""What answers a target: the things of a picture that words, a point or a box may mean, judged, the likeliest first.

First the pool as it is; then what stands out round its likeliest things is added (a head becomes the dog it belongs
to, Carreira and Sminchisescu's many cuts replaced by a network asked twice), and all is judged.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.contracts import Kind, Target
from delaminate.pixels import Box, Mask
from delaminate.stages.segmentation.embedded.attributes import has_colour
from delaminate.stages.segmentation.embedded.choice import (
    SHARP,
    Heard,
    Judges,
    Opinion,
    Sought,
    meant_by_network,
    near_box,
    of_box,
    of_point,
    of_words,
    sight_of,
    told_of,
)
from delaminate.stages.segmentation.embedded.figures import MARGINS, Figures
from delaminate.stages.segmentation.embedded.people import Face
from delaminate.stages.segmentation.embedded.pool import ALONE, Pool
from delaminate.stages.segmentation.embedded.sights import windows_of
from delaminate.stages.segmentation.embedded.things import Thing, clashes, thing_of
from delaminate.vocabulary.meaning import meaning

Floats = NDArray[np.float32]

_FIGURE_OVERLAP, _EDGE = ALONE.index("figure overlap"), ALONE.index("edge mean")
_SECOND = 0.5
"""Share of the likeliest thing's worth from which the next one's surroundings are looked at, too."""
_APART = 0.3
"""Overlap up to which two likely things are two."""
_THROUGH = 0.15
"""Probability seen through a window from which what stands out in it is added."""
_AROUND_POINT = 0.45
"""Share of either side of the picture that is looked at round a point."""


@dataclass(frozen=True, eq=False)
class Chosen:
    """Things, the likeliest first, and how likely each covers what is meant by half and more, 0..1."""

    things: list[Thing]
    chance: list[float]


_BROAD = frozenset({"thing", "character", "creature", "toy", "logo", "shape"})
"""Kinds whose things look like anything."""


def sought_of(
    target: Target, phrase: str, whole: bool, windows: Floats, faces: Callable[[], tuple[Face, ...]] = tuple
) -> Sought:
    """What a target asks for, with what the vocabulary makes of it; `faces` finds those of the view."""
    said = meaning(target.description or target.name or target.noun or phrase)
    if not said.known:
        said = meaning(target.noun)
    person = target.kind is Kind.PERSON or "person" in said.kinds
    somebody = faces() if person else ()
    broad = bool(said.kinds & _BROAD) or not (said.classes or said.drawn or person)
    return Sought(target, phrase, whole, dict(said.classes), person, windows, dict(said.drawn), somebody, broad)


def worth_of(pool: Pool, sought: Sought) -> Floats:
    """A first guess of how likely each thing is meant, before any judge; float32 n."""
    alone, there = sought.of_classes(pool.sights.alone), sought.of_classes(pool.sights.there)
    meant, _, strange = meant_by_network(pool, sought)
    sight, _ = sight_of(pool, sought, strange)
    as_seen = np.exp(SHARP * (sight - sight.max(initial=-1))) * np.clip(sight, 0, 1)
    likely = np.maximum(np.maximum((alone + there) / 2, meant), np.maximum(as_seen, sought.of_names(pool)))
    if sought.person or not (sought.classes or likely.any()):
        likely = likely + 0.1 + 0.3 * pool.alone[:, _FIGURE_OVERLAP]
    return np.asarray(likely * (0.3 + pool.scores), np.float32)


def enlarged_by_words(pool: Pool, sought: Sought) -> Pool:
    """The pool with what stands out round the likeliest things, and in the window that shows what is meant best."""
    if not pool.things:
        return pool
    figures, worth = pool.instruments.figures, worth_of(pool, sought)
    first = int(worth.argmax())
    masks = round_about(figures, pool.things[first].mask, pool.things[first].box)
    others = [i for i in np.argsort(-worth, kind="stable")[:8] if worth[i] > _SECOND * worth[first]]
    second = next((i for i in others if _overlap(pool, first, int(i)) < _APART), None)
    if second is not None:
        masks += round_about(figures, pool.things[second].mask, pool.things[second].box, MARGINS[:1])
    if sought.classes and len(sought.windows):
        seen = sought.of_classes(sought.windows)
        best = int(seen[1:].argmax()) + 1
        here = float(max(sought.of_classes(pool.sights.alone).max(), sought.of_classes(pool.sights.there).max()))
        if seen[best] > max(_THROUGH, here):
            masks += figures.pieces(windows_of(pool.instruments.view.shape)[best])
    return pool.with_masks(masks)


def enlarged_at(pool: Pool, x: int, y: int) -> Pool:
    """The pool with what stands out round a pixel of the view and round the likeliest thing under it."""
    figures = pool.instruments.figures
    h, w = pool.instruments.view.shape
    half = round(_AROUND_POINT * w / 2), round(_AROUND_POINT * h / 2)
    near = Box(max(0, x - half[0]), max(0, y - half[1]), min(w, x + half[0] + 1), min(h, y + half[1] + 1))
    spot = np.zeros((h, w), np.bool_)
    spot[y, x] = True
    masks = [m for m in (figures.piece_of(spot, near),) if m is not None]
    under = [i for i, thing in enumerate(pool.things) if thing.mask[y, x]]
    if under:
        best = pool.things[max(under, key=lambda i: float(pool.scores[i]))]
        masks += round_about(figures, best.mask, best.box)
    return pool.with_masks(masks)


def enlarged_in(pool: Pool, box: Box, cut: Mask | None) -> Pool:
    """The pool with what stands out round a box of the view and with a cut inside it."""
    figures = pool.instruments.figures
    frame = np.zeros(pool.instruments.view.shape, np.bool_)
    frame[box.slices] = True
    masks = [near_box(m, box) for m in round_about(figures, frame, box)]
    return pool.with_masks([*masks, *([] if cut is None else [near_box(cut, box)])])


_CONFIRMED = 0.85
"""Overlap from which what stands out is the region that was looked at."""


def round_about(figures: Figures, mask: Mask, box: Box, margins: tuple[float, ...] = MARGINS) -> list[Mask]:
    """What stands out in the surroundings of a rough region, looked at from further off and from near.

    Where the region itself stands out from further off, a look from near would only say so again.
    """
    found: list[Mask] = []
    for margin in sorted(margins, reverse=True):
        piece = figures.piece_of(mask, figures.around(box, margin))
        if piece is not None:
            found.append(piece)
            if _alike(piece, mask) >= _CONFIRMED:
                break
    return found


_RECOGNISED = 0.3
"""Probability of a class or a name from which a larger thing round a thing may be the whole of it."""
_AS_PLAIN = 0.6
"""Share of a thing's probability that the whole it belongs to has at least."""
_INSIDE = 0.8
"""Share of a thing that lies in the whole it belongs to."""
_MORE = 0.03
"""By how much more a whole looks like one whole thing than its part does."""
_CUT = 0.2
"""Share of a side along which a part ends where a look at it ended from which it is no whole for certain."""
_LESS = 0.1
"""By how much less like one whole thing a whole of that may look; it is cut off half as much or less."""
_LARGER_BY = 1.05
"""Least size of such a whole in areas of the part."""


def as_a_whole(pool: Pool, at: int, likely: Floats, as_plain: float = _AS_PLAIN) -> int:
    """The thing of a pool that is all of another: what holds it, is as likely meant and looks most like a whole thing.

    A head is as plainly a dog as the dog is. `as_plain` is the share of the part's probability that the whole has at
    least. Nothing changes where the thing is not recognised.
    """
    if likely[at] < _RECOGNISED:
        return at
    mask, figures = pool.things[at].mask, pool.instruments.figures
    around = np.array([bool((t.mask & mask).sum() > _INSIDE * mask.sum()) for t in pool.things]) & (
        likely >= as_plain * likely[at]
    )
    if (cut := figures.cut_off(mask)) < _CUT:
        wholes = np.flatnonzero(around & (pool.whole >= pool.whole[at] + _MORE)).tolist()
        return max(wholes, key=lambda i: float(pool.whole[i]), default=at)
    larger = np.array([t.mask.sum() > _LARGER_BY * mask.sum() for t in pool.things])
    wholes = np.flatnonzero(around & larger & (pool.whole >= pool.whole[at] - _LESS)).tolist()
    wholes = [i for i in wholes if figures.cut_off(pool.things[i].mask) < cut / 2]
    return max(wholes, key=lambda i: float(pool.whole[i] * likely[i]), default=at)


_AS_PLAIN_EDGES = 0.9
"""Share of the mean slope along an outline from which another is as plain."""


def as_edged_as(pool: Pool, one: Mask, other: Mask) -> bool:
    """Whether a region of the view ends at edges as plain as another's are."""
    pool = pool.with_masks([one, other])
    edge = pool.alone[:, _EDGE]
    alike = [[_alike(thing.mask, mask) for thing in pool.things] for mask in (one, other)]
    return bool(edge[int(np.argmax(alike[0]))] >= _AS_PLAIN_EDGES * edge[int(np.argmax(alike[1]))])


_FURTHER = (0.5, 1.0)
"""Margins, as `MARGINS`, round something that ends where a look at it ended."""
_PLAINLY_MORE = 0.5
"""By how much more (log odds) what is seen when the likeliest thing is looked at again must be meant."""


def _looked_again(pool: Pool, at: int) -> Pool:
    """The pool with what stands out round a thing of it, further off where a look cut that off; itself if no news."""
    figures, thing = pool.instruments.figures, pool.things[at]
    if figures.cut_off(thing.mask) < _CUT:
        return pool.with_masks(round_about(figures, thing.mask, thing.box))
    pieces = [figures.piece_of(thing.mask, figures.around(thing.box, margin)) for margin in _FURTHER]
    return pool.with_masks([piece for piece in pieces if piece is not None])


def _judged(pool: Pool, sought: Sought, judges: Judges) -> tuple[Heard, Floats]:
    """What words say of the things of a pool, and how much speaks for each (float32 n)."""
    told = of_words(pool, sought)
    return told, judges.words.values(told.table)


_SEVERAL = 8
"""Most things that one name is asked about."""


def at_first_hearing(pool: Pool, sought: Sought, judges: Judges) -> float:
    """How likely the likeliest thing of a pool is what words mean, before anything is looked at anew; 0..1."""
    told, values = _judged(pool, sought, judges)
    numbers = np.arange(len(values))
    likeliest = int(values.argmax()) if len(values) else None
    return 0.0 if likeliest is None else judges.words.chance(told_of(pool, likeliest, values, numbers, told, sought))


def by_words(pool: Pool, sought: Sought, judges: Judges) -> Chosen:
    """The things words may mean, the likeliest first; none of them shares much with a likelier one."""
    pool = enlarged_by_words(pool, sought)
    told, values = _judged(pool, sought, judges)
    before = len(values)
    if before and (more := _looked_again(pool, int(values.argmax()))) is not pool:
        pool = more
        told, values = _judged(pool, sought, judges)
        values[before:] -= _PLAINLY_MORE
    likely, numbers = np.maximum(told.likely, told.called), np.arange(len(pool.things))
    order = [int(i) for i in np.argsort(-values, kind="stable")]
    first = order[0] if order else 0
    if order:  # what it is a part of, or is made of, in its place
        order[0] = as_a_whole(pool, first, likely * told.described)
        order[0] = with_its_colour(pool, order[0], likely, sought.target.colours)
        order[0] = of_its_colour(pool, order[0], sought.target.colours)
    taken: list[int] = []
    for i in order:
        thing = pool.things[i]
        if len(taken) < _SEVERAL and not clashes(thing.mask, thing.box, [pool.things[j] for j in taken]):
            taken.append(i)
    chance = [judges.words.chance(told_of(pool, i, values, numbers, told, sought)) for i in taken]
    if taken and taken[0] != first:  # recognised by its part as surely as that is
        chance[0] = max(chance[0], judges.words.chance(told_of(pool, first, values, numbers, told, sought)))
    return Chosen([pool.things[i] for i in taken], chance)


WHOLE = 0.3
"""Overlap expected with some one thing from which a region is taken for a thing."""
WHOLE_DRAWN = 0.4
"""The same on drawn pictures, where cards and plates are no things but look like some."""
_PROMINENT = 0.6
"""Chance of being one whole thing from which nobody overlooks it."""
_PLAINLY = 0.4
"""Probability of a class or a name from which a thing is plainly that."""


def unnamed(pool: Pool, asked: int) -> list[int]:
    """The numbers of the things nobody overlooks; none where more stand out than are `asked` for.

    Where one is asked for, it is none that is plainly something known: of several, names tell which is which.
    """
    found: list[int] = []
    for i in np.argsort(-pool.whole, kind="stable"):
        if pool.sure[i] < _PROMINENT:
            break
        if not clashes(pool.things[i].mask, pool.things[i].box, [pool.things[j] for j in found]):
            found.append(int(i))
    if len(found) > asked:
        return []
    return [i for i in found if asked > 1 or max(pool.surest_class[i], pool.surest_name[i]) < _PLAINLY]


_AS_WHOLE = 0.75
"""Share of a region's wholeness that each of the things in it has at least if it is a group of them."""
_MEMBER, _MEMBERS, _ALL = 0.1, 0.35, 0.9
"""Least share of a group's area that one thing has and that all have together, and the most that one has."""


def members(pool: Pool, at: int) -> list[int]:
    """The numbers of the things that a thing of a pool is made of, best first; none where it is one thing.

    It is several where it holds two and more that are about as whole and make up much of it.
    """
    group = pool.things[at].mask
    area, found = int(group.sum()), list[int]()
    for i in np.argsort(-pool.whole, kind="stable"):
        if pool.whole[i] < _AS_WHOLE * pool.whole[at]:
            break
        one = pool.things[i]
        own = int(one.mask.sum())
        inside = _MEMBER * area <= own <= _ALL * area and int((one.mask & group).sum()) >= _ALL * own
        if inside and not clashes(one.mask, one.box, [pool.things[j] for j in found]):
            found.append(int(i))
    covered = sum(int((pool.things[i].mask & group).sum()) for i in found)
    return found if len(found) > 1 and covered >= _MEMBERS * area else []


_NO_WHOLE, _SOME = 2.0, 0.1
"""How much more whole than a part of that colour a thing is, and the least share of the colour it has."""


def with_its_colour(pool: Pool, at: int, likely: Floats, colours: Sequence[str]) -> int:
    """The thing that a part of the colour that was said is the coloured part of: a red motorcycle is red at its tank.

    It holds the part, is as likely meant, colour apart (`likely`, float32 n), and looks far more like one whole thing.
    """
    if not colours or likely[at] < _RECOGNISED:
        return at
    part = pool.things[at].mask
    able = np.flatnonzero((likely >= likely[at]) & (pool.whole >= _NO_WHOLE * pool.whole[at])).tolist()
    wholes = [
        i
        for i in able
        if (pool.things[i].mask & part).sum() > _INSIDE * part.sum()
        and np.mean([has_colour(pool.things[i].colours, c) for c in colours]) >= _SOME
    ]
    return max(wholes, key=lambda i: float(pool.whole[i]), default=at)


_PURER = 1.3
"""How much more of the colour that was said one of several things has than all of them together."""
_OTHERWISE = 0.5
"""Share of that up to which another of them is of another colour."""


def of_its_colour(pool: Pool, at: int, colours: Sequence[str]) -> int:
    """Of things that touch and were taken together the one of the colour that was said, where another is not of it.

    Two chests side by side are more of "the red chest" than either, to whoever looks at chests alone.
    """
    several = members(pool, at) if colours else []
    if not several:
        return at
    share = [float(np.mean([has_colour(pool.things[i].colours, c) for c in colours])) for i in (*several, at)]
    most = max(share[:-1])
    told = most > _PURER * share[-1] and min(share[:-1]) < _OTHERWISE * most
    return several[share.index(most)] if told else at


_ON_PLATE = 0.45
"""Chance of being one whole thing from which something that lies on a drawn shape is a thing of its own."""
_OF_PLATE = (0.12, 0.85)
"""Least and largest share of a drawn shape that such a thing has."""
_RIM, _LARGER, _SCENE = 9, 1.1, 0.6
"""Pixels of the view across which a larger thing round a shape is looked for, its least size in areas of the shape, and
the share of the picture that none has."""
_PLATE = 0.5
"""Share of a drawn shape that shows from which a thing with that in it is the shape, and of a thing that is of it."""


def lies_on(pool: Pool, plate: Mask) -> bool:
    """Whether something lies on a drawn shape (with what is on it filled in) that is a thing of its own.

    A shape within a larger thing is a part of that: a robot's face, a shield's field.
    """
    area = float(plate.sum())
    rim = np.asarray(cv2.dilate(plate.astype(np.uint8), np.ones((_RIM, _RIM), np.uint8)) > 0) & ~plate
    inside = np.array([float((thing.mask & plate).sum()) for thing in pool.things])
    own = np.array([float(thing.mask.sum()) for thing in pool.things])
    beyond = np.array([float((thing.mask & rim).sum()) for thing in pool.things])
    on_it = (inside >= _ALL * own) & (own >= _OF_PLATE[0] * area) & (own <= _OF_PLATE[1] * area)
    larger = (own > _LARGER * area) & (own < _SCENE * plate.size)
    around = (inside >= _ALL * area) & (beyond > 0.5 * rim.sum()) & larger
    return bool((on_it & (pool.whole >= _ON_PLATE)).any() and not (around & (pool.whole >= WHOLE_DRAWN)).any())


def _is_of(plate: Mask, thing: Mask) -> bool:
    """Whether a thing is a drawn shape, or is made of it."""
    common = float((plate & thing).sum())
    return common > _PLATE * float(plate.sum()) or common > _PLATE * float(thing.sum())


def whole_things(pool: Pool, least: float = WHOLE, groups: bool = True, plates: Sequence[Mask] = ()) -> Chosen:
    """Everything that is one whole thing, best first; none of them shares much with a better one.

    Parameters
    ----------
    groups : whether several things together may be one of them.
    plates : what shows of drawn shapes that things lie on; they are none themselves, with or without those.
    """
    taken: list[int] = []
    for i in np.argsort(-pool.whole, kind="stable"):
        if pool.whole[i] < least:
            break
        if not groups and members(pool, int(i)):
            continue
        if any(_is_of(plate, pool.things[i].mask) for plate in plates):
            continue
        if not clashes(pool.things[i].mask, pool.things[i].box, [pool.things[j] for j in taken]):
            taken.append(int(i))
    return Chosen([pool.things[i] for i in taken], [float(pool.sure[i]) for i in taken])


_OF_A_KIND = 0.25
"""Share of the likeliest thing's probability from which others are of the kind that was named, too."""
_TOLD = 0.15
"""Probability below which nothing here is plainly of that kind: "icons", "characters" are whatever there is."""


def of_a_kind(pool: Pool, sought: Sought, count: int | None) -> Chosen:
    """Several things that one word means: the whole things of that kind, or all where nobody could tell."""
    told = of_words(pool, sought)
    drawn = told.meant * (told.strange < 1)
    likely = np.maximum(np.maximum(told.likely, told.called), drawn) * told.described
    whole = pool.whole >= (0 if count is not None else WHOLE)  # a scrap that is like it tells nothing of the rest
    best = float(likely[whole].max(initial=0))
    telling = best >= _TOLD
    if not telling and not sought.broad:
        return Chosen([], [])
    worth = pool.whole * (0.25 + likely) if telling else pool.whole
    taken: list[int] = []
    for at in np.argsort(-worth, kind="stable"):
        kind = not telling or count is not None or likely[at] >= _OF_A_KIND * best
        # The whole of it, unless others of the kind are in that, too.
        wholes = (as_a_whole(pool, int(at), likely, _OF_A_KIND), int(at)) if telling else (int(at),)
        others = [pool.things[j] for j in taken]
        i = next((i for i in wholes if not clashes(pool.things[i].mask, pool.things[i].box, others)), None)
        if kind and i is not None and whole[i]:
            taken.append(i)
    taken = taken[:count]
    sure = pool.sure * (0.5 + 0.5 * likely / max(best, 1e-6) if telling else 0.6)
    return Chosen([pool.things[i] for i in taken], [float(sure[i]) for i in taken])


def by_point(pool: Pool, x: int, y: int, judges: Judges) -> Chosen:
    """The likeliest thing under a pixel of the view, if there is any."""
    return at_first_sight(enlarged_at(pool, x, y), x, y, judges)


def at_first_sight(pool: Pool, x: int, y: int, judges: Judges) -> Chosen:
    """The same of what is in the pool, without looking anew."""
    return _first(pool, *of_point(pool, x, y), judges.point)


def by_box(pool: Pool, box: Box, cut: Mask | None, judges: Judges) -> Chosen:
    """The likeliest thing a box marks, without what reaches out of it, if there is any."""
    pool = enlarged_in(pool, box, cut)
    found = _first(pool, *of_box(pool, box), judges.box)
    return replace(
        found, things=[thing_of(pool.instruments.view, near_box(t.mask, box), t.score) for t in found.things]
    )


def _first(pool: Pool, numbers: NDArray[np.int64], table: Floats, opinion: Opinion) -> Chosen:
    if not len(numbers):
        return Chosen([], [])
    values = opinion.values(table)
    at = int(values.argmax())
    return Chosen([pool.things[numbers[at]]], [opinion.chance(told_of(pool, at, values, numbers, None, None))])


def _overlap(pool: Pool, a: int, b: int) -> float:
    return _alike(pool.things[a].mask, pool.things[b].mask)


def _alike(one: Mask, other: Mask) -> float:
    return float((one & other).sum()) / max(1.0, float((one | other).sum()))
