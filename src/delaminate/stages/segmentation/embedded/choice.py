"""Which thing is meant: what is known of each, beside what was asked, judged by trees that were trained on pictures.

Words are compared with what the classifier of photographs and the network of drawn things say of every thing; a point
with what lies under it; a box with what fills it. The judges (`objectness.Judge`) answer the overlap to be expected
with what is meant; `training/choice.py` in the repository trains them.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from delaminate.contracts import Target
from delaminate.pixels import Box, Mask, shared
from delaminate.stages.segmentation.embedded.meaning import measured
from delaminate.stages.segmentation.embedded.people import Face, face_of
from delaminate.stages.segmentation.embedded.pool import ALONE, Pool
from delaminate.stages.segmentation.embedded.things import described, heard, suits

Floats = NDArray[np.float32]

WORDS = (
    "heard by drawing", "looks", "heard by class", "likely by class",
    "votes by class", "figures' votes by class", "votes by drawing", "figures' votes", "unknown by votes",
    "class of wholes", "class of parts", "meant by wholes", "meant by parts", "agreement behind the best",
    "score", "figure overlap", "figure inside", "figure around", "is figure", "is late",
    "person in the figure", "person apart", "person's size", "unknown in the figure", "unknown's score",
    "log area", "size", "covered", "covers", "agreement", "rim share", "edge low", "contrast low", "solidity",
    "part of a better one", "better than its parts", "described",
    "sight", "sight behind the best", "votes by sight", "sight of wholes", "sight of parts", "whole", "votes of wholes",
    "sight and whole", "likely by name", "votes by name", "name of wholes", "name of parts", "somebody",
)  # fmt: skip
"""What `of_words` measures, in column order."""

AS_BEFORE = {"heard by drawing": 1.0, "looks": 1.0, "heard by class": 1.0, "somebody": 1.5}
"""What decided before anything was learned; learning starts from there."""

PLACES = (
    "figures' votes", "votes by score",
    "score", "figure overlap", "figure inside", "figure around", "is figure", "is late", "log area", "size",
    "covered", "covers", "agreement", "rim share", "edge low", "contrast low", "solidity", "worth", "best name",
    "surest class alone", "surest class there", "part of a better one", "better than its parts",
    "whole", "votes of wholes",
)  # fmt: skip
POINT = PLACES
BOX = (*PLACES, "box overlap", "inside", "fills", "fills much")
"""What `of_point` and `of_box` measure."""

SURE = (
    "ahead of the next", "share of the votes", "class", "class likely", "meant", "agreement with its name", "score",
    "figure overlap", "has classes", "is person", "unknown", "log area", "described", "says looks",
    "seen through windows", "likely meant", "familiar", "familiar and meant", "votes", "whole", "sight",
    "sight and its name", "name", "name likely", "has names",
    "surest class", "surest name",
)  # fmt: skip
"""What decides how sure the choice is; for a point and a box the words' columns are 0."""


@dataclass(frozen=True, eq=False)
class Sought:
    """What words ask for.

    Parameters
    ----------
    phrase : what the network of drawn things is asked; empty for nothing.
    whole : whether colour, place and size are in that.
    classes : classes of the classifier that the words mean, with weights.
    drawn : names of drawn things that they mean, with weights.
    faces : faces in the view, where a person is meant.
    broad : whether things of that kind look like anything: icons, characters, toys.
    person : whether a person is meant.
    windows : class probabilities through the windows of the picture, the whole first; float32 m×1000.
    """

    target: Target
    phrase: str
    whole: bool
    classes: dict[int, float] = field(default_factory=dict)
    person: bool = False
    windows: Floats = field(default_factory=lambda: np.zeros((0, 1000), np.float32))
    drawn: dict[str, float] = field(default_factory=dict)
    faces: tuple[Face, ...] = ()
    broad: bool = False

    def of_classes(self, probabilities: Floats) -> Floats:
        """How likely rows of class probabilities show what is meant; float32 n, 0..1."""
        at = list(self.classes)
        weights = np.array([self.classes[i] for i in at], np.float32)
        return np.asarray(np.minimum(probabilities[:, at] @ weights, 1), np.float32)

    def of_names(self, pool: Pool) -> Floats:
        """How likely each of a pool is what is meant by the names that are sought; float32 n, 0..1."""
        network = pool.instruments.network
        if network is None or not pool.names.shape[1]:
            return np.zeros(len(pool.things), np.float32)
        weights = np.array([self.drawn.get(name, 0.0) for name in network.names], np.float32)
        return np.asarray(np.minimum(pool.names @ weights, 1), np.float32)


def meant_by_network(pool: Pool, sought: Sought) -> tuple[Floats, Floats, float]:
    """What the network of drawn things thinks: how likely each is meant, how it agrees, how strange the words are."""
    n, network = len(pool.things), pool.instruments.network
    if network is None or pool.seen is None or not sought.phrase or not n:
        return np.zeros(n, np.float32), np.full(n, -1, np.float32), 1.0
    agreement, strange = network.agreement(pool.seen, sought.phrase), network.strange(sought.phrase)
    if network.meaning is None:
        return network.meant(pool.seen, sought.phrase), agreement, strange
    table = measured(pool.company, agreement, pool.best_name, pool.seen.worth, pool.scores, strange)
    return network.meaning(table), agreement, strange


def _column(pool: Pool, name: str) -> Floats:
    return np.asarray(pool.alone[:, ALONE.index(name)], np.float32)


def _best(of: Floats, among: NDArray[np.bool_]) -> Floats:
    """How much better the best of the others (rows of `among`) is than each itself."""
    return np.asarray(np.where(among, of[None], 0).max(axis=1, initial=0) - of, np.float32)


def _votes(pool: Pool, weight: Floats, at: NDArray[np.int64] | None = None) -> Floats:
    """Of each thing the overlap to be expected when others are what is meant as likely as they weigh; float32 n.

    Of nested regions the one wins that agrees with most of the likely ones: a head is not what a dog, its front half
    and its figure have in common.
    """
    given = weight if at is None else weight * np.isin(np.arange(len(weight)), at)
    return np.asarray(pool.overlaps @ given / max(1e-6, float(given.sum())), np.float32)


@dataclass(frozen=True, eq=False)
class Heard:
    """What words say of the n things of a pool: `table` (n×len(WORDS)) ranks them, the rest says how surely.

    `likely` is the probability by class, `meant` that of the network of drawn things, `agreement` with its own best
    name and `described` how far looks, place and size agree, `sight` how the classifier's features agree with the words
    `sight_own` by how much better some other name agrees with them, and
    `called` how likely it is one of the names meant; float32 n each.
    """

    table: Floats
    likely: Floats
    meant: Floats
    agreement: Floats
    described: Floats
    sight: Floats
    sight_own: Floats
    called: Floats
    strange: float


SHARP = 12.0
"""How much sharper likelihoods are than agreements of vectors."""


def sight_of(pool: Pool, sought: Sought, strange: float) -> tuple[Floats, Floats]:
    """How the classifier's features of each agree with the words, −1..1, and how much more than with its best name."""
    network = pool.instruments.network
    if network is None or not sought.phrase or not len(pool.things):
        return np.zeros(len(pool.things), np.float32), np.zeros(len(pool.things), np.float32)
    sight = pool.named @ network.of_phrases([sought.phrase])[0]
    own = sight - pool.best_named
    return np.asarray(sight * (1 - strange), np.float32), np.asarray(own * (1 - strange), np.float32)


def of_words(pool: Pool, sought: Sought) -> Heard:
    """What is known of each thing of a pool beside words."""
    n, view, target = len(pool.things), pool.instruments.view, sought.target
    alone, there = sought.of_classes(pool.sights.alone), sought.of_classes(pool.sights.there)
    likely = np.asarray((alone + there) / 2, np.float32)
    meant, agreement, strange = meant_by_network(pool, sought)
    around, within = pool.company.within, pool.company.within.T
    fits = np.array([1.0 if sought.whole else described(t, view, target) for t in pool.things], np.float32)
    guessing = 1 - float(max(meant.max(initial=0), likely.max(initial=0)))
    looks = np.array([suits(t, view, target, guessing) for t in pool.things], np.float32)
    by_drawing = np.array([heard(float(m)) for m in meant], np.float32) * fits
    by_class = np.array([heard(float(p)) for p in likely], np.float32) * fits
    classes, person = float(bool(sought.classes)), float(sought.person)
    unknown = float(strange == 1 and not classes and not person)
    area, overlap = _column(pool, "log area"), _column(pool, "figure overlap")
    figure = _column(pool, "is figure")
    sight, sight_own = sight_of(pool, sought, strange)
    as_seen = np.asarray(np.exp(SHARP * (sight - sight.max(initial=-1))), np.float32)
    called, names = sought.of_names(pool), float(bool(sought.drawn))
    columns = {
        "likely by name": names * np.log(called + 0.01),
        "votes by name": names * _votes(pool, called),
        "name of wholes": names * _best(called, around),
        "name of parts": names * _best(called, within),
        "sight": sight,
        "sight behind the best": sight - sight.max(initial=-1),
        "votes by sight": (1 - strange) * _votes(pool, as_seen),
        "sight of wholes": _best(sight, around),
        "sight of parts": _best(sight, within),
        "sight and whole": sight * pool.whole,
        "votes by class": classes * _votes(pool, likely),
        "figures' votes by class": classes * _votes(pool, likely * figure),
        "votes by drawing": _votes(pool, meant),
        "figures' votes": _votes(pool, figure),
        "unknown by votes": unknown * _votes(pool, figure),
        "heard by drawing": by_drawing,
        "looks": looks,
        "heard by class": by_class,
        "likely by class": classes * np.log(likely + 0.01),
        "class of wholes": classes * _best(likely, around),
        "class of parts": classes * _best(likely, within),
        "meant by wholes": _best(meant, around),
        "meant by parts": _best(meant, within),
        "agreement behind the best": agreement - agreement.max(initial=-1),
        "somebody": _somebody(pool, sought.faces),
        "person in the figure": person * overlap,
        "person apart": person * (_column(pool, "figure inside") - _column(pool, "figure around")),
        "person's size": person * area,
        "unknown in the figure": unknown * overlap,
        "unknown's score": unknown * _column(pool, "score"),
        "size": np.exp(area),
        "described": fits,
    }
    own = agreement - pool.best_name if n else agreement
    told = _table(pool, columns, WORDS)
    return Heard(told, likely, meant, np.asarray(own, np.float32), fits, sight, sight_own, called, strange)


def _somebody(pool: Pool, faces: tuple[Face, ...]) -> Floats:
    """How surely each thing is somebody with one of the faces; float32 n, 0..1."""
    whose = [face_of(thing.mask, faces) for thing in pool.things]
    return np.array([0.0 if face is None else face[1] for face in whose], np.float32)


def _table(pool: Pool, columns: dict[str, Floats], names: tuple[str, ...]) -> Floats:
    columns = columns | {"whole": pool.whole, "votes of wholes": _votes(pool, pool.whole**2)}
    return np.stack([columns[k] if k in columns else _column(pool, k) for k in names], axis=1).astype(np.float32)


def of_point(pool: Pool, x: int, y: int) -> tuple[NDArray[np.int64], Floats]:
    """The numbers of the things under a pixel of the view, and what is known of them; float32 n×len(POINT)."""
    at = np.array([i for i, thing in enumerate(pool.things) if thing.mask[y, x]], np.int64)
    return at, _places(pool, at)


def _places(pool: Pool, at: NDArray[np.int64]) -> Floats:
    """`PLACES` of some of the things, among themselves."""
    columns = {
        "size": np.exp(_column(pool, "log area")),
        "figures' votes": _votes(pool, _column(pool, "is figure"), at),
        "votes by score": _votes(pool, pool.scores, at),
    }
    return _table(pool, columns, PLACES)[at]


_NEAR = 0.25
"""Overlap of boxes below which a thing is not what a box marks."""


def of_box(pool: Pool, box: Box) -> tuple[NDArray[np.int64], Floats]:
    """The numbers of the things about as large as a box of the view, and what is known of them; n×len(BOX)."""
    rows, at = [], []
    for i, thing in enumerate(pool.things):
        common = shared(thing.box, box)
        if common is None:
            continue
        fit = common.area / (thing.box.area + box.area - common.area)
        if fit >= _NEAR:
            inside = float(thing.mask[box.slices].sum())
            area = max(1.0, float(thing.mask.sum()))
            at.append(i)
            rows.append([fit, inside / area, inside / box.area, float(inside > 0.9 * box.area)])
    numbers = np.array(at, np.int64)
    told = np.array(rows, np.float32).reshape(len(at), 4)
    return numbers, np.concatenate([_places(pool, numbers), told], axis=1)


@dataclass(frozen=True, eq=False)
class Opinion:
    """Two weighted sums, learned: `rank` says which of several things is meant, `sure` whether the first really is.

    Parameters
    ----------
    rank : float32, a weight for each column of a table; the largest sum is meant (a conditional logit, McFadden 1974).
    sure : float32, a weight for each of `SURE` and an offset: log odds that it covers what is meant by half and more.
    """

    rank: Floats
    sure: Floats

    def values(self, table: Floats) -> Floats:
        """How much speaks for each thing; float32 n."""
        return np.asarray(table @ self.rank, np.float32)

    def chance(self, told: Floats) -> float:
        """How likely the thing that `told` is about (len(SURE)) covers what is meant by half and more, 0..1."""
        return float(1 / (1 + np.exp(-np.clip(told @ self.sure[:-1] + self.sure[-1], -4, 4))))


def votes(values: Floats, at: int, rivals: NDArray[np.bool_]) -> tuple[float, float]:
    """How far a thing is ahead of the best of its rivals, at most 4, and its share of the votes among them, 0..1."""
    others = values[rivals]
    ahead = float(np.clip(values[at] - others.max(initial=-np.inf), -4, 4))
    return ahead, float(1 / (1 + np.exp(np.clip(others - values[at], -30, 30)).sum()))


def told_of(
    pool: Pool, at: int, values: Floats, numbers: NDArray[np.int64], heard_of: Heard | None, sought: Sought | None
) -> Floats:
    """`SURE` of a thing, the `at`-th of the `numbers` of the pool that have `values`; float32."""
    i = int(numbers[at])
    rivals = ~pool.company.same[i][numbers]
    said = {
        "score": _column(pool, "score")[i],
        "figure overlap": _column(pool, "figure overlap")[i],
        "log area": _column(pool, "log area")[i],
        "whole": pool.whole[i],
        "surest class": pool.surest_class[i],
        "surest name": pool.surest_name[i],
        "votes": float(pool.overlaps[i][_column(pool, "is figure") > 0].mean())
        if _column(pool, "is figure").any()
        else 0.0,
    }
    said["ahead of the next"], said["share of the votes"] = votes(values, at, rivals)
    if heard_of is not None and sought is not None:
        target = sought.target
        said |= {
            "class": heard_of.likely[i],
            "sight": heard_of.sight[i],
            "name": heard_of.called[i],
            "name likely": float(bool(sought.drawn)) * np.log(heard_of.called[i] + 0.01),
            "has names": float(bool(sought.drawn)),
            "sight and its name": heard_of.sight_own[i],
            "seen through windows": float(bool(sought.classes))
            * np.log(float(sought.of_classes(sought.windows).max(initial=0)) + 0.01),
            "likely meant": (1 - heard_of.strange) * np.log(heard_of.meant[i] + 0.02),
            "familiar": pool.familiarity,
            "familiar and meant": pool.familiarity * (1 - heard_of.strange) * np.log(heard_of.meant[i] + 0.02),
            "class likely": float(bool(sought.classes)) * np.log(heard_of.likely[i] + 0.01),
            "meant": heard_of.meant[i],
            "agreement with its name": heard_of.agreement[i],
            "has classes": float(bool(sought.classes)),
            "is person": float(sought.person),
            "unknown": float(heard_of.strange == 1 and not sought.classes and not sought.person),
            "described": heard_of.described[i],
            "says looks": float(bool(target.colours or target.positions or target.size)),
        }
    return np.array([said.get(name, 0.0) for name in SURE], np.float32)


@dataclass(frozen=True, eq=False)
class Judges:
    """Whose opinion counts on words, on a point and on a box.

    `absent` is the chance below which words mean nothing that is there.
    """

    words: Opinion
    point: Opinion
    box: Opinion
    absent: float


@functools.cache
def trained_choice() -> Judges | None:
    """The judges shipped with the package; None where there are none."""
    file = Path(__file__).with_name("choice.npz")
    if not file.is_file():
        return None
    with np.load(file, allow_pickle=False) as stored:
        words, point, box = (
            Opinion(stored[f"{which}_rank"], stored[f"{which}_sure"]) for which in ("words", "point", "box")
        )
        return Judges(words, point, box, float(stored["absent"]))


def near_box(mask: Mask, box: Box) -> Mask:
    """A mask without what lies outside a box."""
    inside = np.zeros_like(mask)
    inside[box.slices] = mask[box.slices]
    return inside
