"""Everything in a picture that words, a point or a box may mean, and all that is known of it before they are heard.

A pool grows: what stands out round the likeliest regions is added once they are known (`Pool.with_masks`).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.pixels import Mask, Rgb
from delaminate.stages.segmentation.embedded.candidates import Candidates
from delaminate.stages.segmentation.embedded.classifier import Classifier
from delaminate.stages.segmentation.embedded.figures import Figures
from delaminate.stages.segmentation.embedded.meaning import Company, company_of
from delaminate.stages.segmentation.embedded.naming import trained_naming
from delaminate.stages.segmentation.embedded.network import Network, Seen
from delaminate.stages.segmentation.embedded.objectness import MEASURES as SHAPE_MEASURES
from delaminate.stages.segmentation.embedded.objectness import Judge, Measures, judge_of
from delaminate.stages.segmentation.embedded.proposals import Region, Source, intersections
from delaminate.stages.segmentation.embedded.sights import Sights, sights_of
from delaminate.stages.segmentation.embedded.things import Thing, thing_of
from delaminate.stages.segmentation.embedded.view import View

Floats = NDArray[np.float32]

_LOOKS = 26
"""Regions of a picture that the classifier looks at; the rest share those looks."""
_LATE = 8
"""The same for regions added later."""
_CLEAR = 0.3
"""Score from which a thing stands out."""
_TWINS = 0.95
"""Overlap from which a region added later is one that is there."""

_OF_SHAPE = (
    "log area", "box fill", "solidity", "compactness", "rim share", "rim bottom", "off centre x", "off centre y",
    "edge mean", "edge low", "contrast mean", "contrast low", "histogram distance", "inside spread",
    "rarity", "ring rarity", "backdrop share", "agreement", "agreement close", "covered", "covers", "box agreement",
    "is tree", "is cut",
)  # fmt: skip
_COLUMNS = [SHAPE_MEASURES.index(name) for name in _OF_SHAPE]


ALONE = (
    "score", *_OF_SHAPE,
    "figure inside", "figure around", "figure overlap", "figure share", "is figure", "is late",
    "surest class alone", "surest class there", "classes agree", "worth", "best name",
    "things", "part of a better one", "better than its parts",
)  # fmt: skip
"""What `Pool.alone` measures, in column order."""


@functools.cache
def trained_whole() -> tuple[Judge, tuple[float, float]] | None:
    """The judge of whole things shipped with the package, who judges `Pool.alone`; None where there is none.

    With it slope and offset from what it expects to the log odds that a thing is covered by half and more.
    """
    file = Path(__file__).with_name("whole.npz")
    if not file.is_file():
        return None
    with np.load(file, allow_pickle=False) as stored:
        return judge_of(stored, "whole"), (float(stored["sure"][0]), float(stored["sure"][1]))


@dataclass(frozen=True)
class Instruments:
    """What looks at a picture: who judges and measures regions, and the networks."""

    rgb: Rgb
    view: View
    measures: Measures
    judge: Judge
    figures: Figures
    classifier: Classifier
    network: Network | None


@dataclass(frozen=True, eq=False)
class Pool:
    """Things that may be meant, with what is known of each; rows of `table`, `seen` and `sights` are `things`.

    `late` says of each thing whether it was added after the first look.
    """

    instruments: Instruments
    regions: list[Region]
    things: list[Thing]
    table: Floats
    seen: Seen | None
    sights: Sights
    late: NDArray[np.bool_]

    @classmethod
    def of(cls, instruments: Instruments, candidates: Candidates, least: float) -> Pool:
        """The candidates that score `least` or stand out by the figure network."""
        at = [
            i
            for i, region in enumerate(candidates.regions)
            if candidates.scores[i] >= least or region.source is Source.FIGURE
        ]
        regions = [candidates.regions[i] for i in at]
        things = [thing_of(instruments.view, candidates.regions[i].mask, float(candidates.scores[i])) for i in at]
        table = candidates.table[at]
        worth = np.array([t.score + 0.2 * (r.source is Source.FIGURE) for t, r in zip(things, regions, strict=True)])
        return cls(
            instruments,
            candidates.regions,
            things,
            table,
            _drawn(instruments, things),
            _looked(instruments, things, np.asarray(worth, np.float32), _LOOKS),
            np.zeros(len(things), np.bool_),
        )

    def with_masks(self, masks: Sequence[Mask]) -> Pool:
        """The pool and masks of its view that are new to it."""
        new: list[Mask] = []
        for mask in masks:
            known = [t.mask for t in self.things] + new
            if mask.any() and all(_overlap(mask, other) < _TWINS for other in known):
                new.append(mask)
        if not new:
            return self
        tools = self.instruments
        regions = [Region.of(mask, Source.FIGURE) for mask in new]
        table = tools.measures([*self.regions, *regions])[len(self.regions) :]
        scores = tools.judge(table)
        things = [thing_of(tools.view, m, float(s)) for m, s in zip(new, scores, strict=True)]
        sights, seen = _looked(tools, things, scores, _LATE), _drawn(tools, things)
        both = (
            None
            if self.seen is None or seen is None
            else Seen(np.concatenate([self.seen.worth, seen.worth]), np.concatenate([self.seen.vectors, seen.vectors]))
        )
        joined = Sights(
            np.concatenate([self.sights.alone, sights.alone]),
            np.concatenate([self.sights.there, sights.there]),
            np.concatenate([self.sights.features, sights.features]),
            np.concatenate([self.sights.looked, sights.looked + len(self.things)]),
        )
        return Pool(
            tools,
            [*self.regions, *regions],
            [*self.things, *things],
            np.concatenate([self.table, table]),
            both,
            joined,
            np.concatenate([self.late, np.ones(len(things), np.bool_)]),
        )

    @cached_property
    def company(self) -> Company:
        """How its things lie to each other."""
        return company_of([thing.mask for thing in self.things])

    @cached_property
    def overlaps(self) -> Floats:
        """Overlap (IoU) of every pair of its things; float32 n×n."""
        common = intersections([thing.mask for thing in self.things]).astype(np.float32)
        area = np.maximum(common.diagonal(), 1)
        return np.asarray(common / np.maximum(area[:, None] + area[None] - common, 1), np.float32)

    @cached_property
    def scores(self) -> Floats:
        """Of every thing what the judge of regions thinks, 0..1."""
        return np.array([thing.score for thing in self.things], np.float32)

    @cached_property
    def best_name(self) -> Floats:
        """How well the name that fits best fits each thing; float32 n."""
        network = self.instruments.network
        if network is None or self.seen is None:
            return np.zeros(len(self.things), np.float32)
        return network.best_name(self.seen)

    @cached_property
    def whole(self) -> Floats:
        """How much of one whole thing, and nothing else, each covers by all that is known of it, 0..1; float32 n."""
        trained = trained_whole()
        return self.scores if trained is None else trained[0](self.alone)

    @property
    def sure(self) -> Floats:
        """How likely each covers some thing by half and more, 0..1; float32 n."""
        trained = trained_whole()
        slope, offset = (1.0, 0.0) if trained is None else trained[1]
        return np.asarray(1 / (1 + np.exp(-slope * self.whole - offset)), np.float32)

    @cached_property
    def named(self) -> Floats:
        """What the classifier sees of each, where the network's phrases are: unit vectors n×96; zeros if unknown."""
        naming = trained_naming()
        return np.zeros((len(self.things), 96), np.float32) if naming is None else naming(self.sights.features)

    @cached_property
    def best_named(self) -> Floats:
        """How well the name that fits best agrees with what the classifier sees of each; float32 n, −1..1."""
        network = self.instruments.network
        if network is None or not len(self.things):
            return np.zeros(len(self.things), np.float32)
        return np.asarray((self.named @ network.of_names.T).max(axis=1), np.float32)

    @cached_property
    def names(self) -> Floats:
        """How likely each is which of the names that the network learned; float32 n×names, zeros if unknown."""
        naming, network = trained_naming(), self.instruments.network
        if naming is None or network is None:
            return np.zeros((len(self.things), 0), np.float32)
        seen = self.named.any(axis=1, keepdims=True)
        return np.asarray(naming.among(self.named, network.of_names) * seen, np.float32)

    @cached_property
    def surest_class(self) -> Floats:
        """How likely each is what the classifier of photographs takes it for; float32 n, 0..1."""
        return np.asarray((self.sights.alone + self.sights.there).max(axis=1, initial=0) / 2, np.float32)

    @cached_property
    def surest_name(self) -> Floats:
        """How likely each is what it is called most likely of the learned names; float32 n, 0..1."""
        return np.asarray(self.names.max(axis=1, initial=0), np.float32)

    @cached_property
    def familiarity(self) -> float:
        """How well the network of drawn things knows what stands out here, −1..1; 0 without it."""
        network = self.instruments.network
        if network is None or self.seen is None:
            return 0.0
        clear = self.scores >= _CLEAR
        return network.familiarity(Seen(self.seen.worth[clear], self.seen.vectors[clear])) if clear.any() else 0.0

    @cached_property
    def alone(self) -> Floats:
        """What is known of each thing whatever is asked; float32 n×len(ALONE)."""
        n, sights = len(self.things), self.sights
        whole = self.instruments.figures.whole
        out = np.asarray(whole > 0.5)
        stands = np.array([_standing_out(whole, out, t.mask) for t in self.things], np.float32).reshape(n, 4)
        top_alone, top_there = sights.alone.max(axis=1, initial=0), sights.there.max(axis=1, initial=0)
        worth = np.zeros(n, np.float32) if self.seen is None else self.seen.worth
        around, within = self.company.within, self.company.within.T
        figure = [r.source is Source.FIGURE for r in self._own_regions]
        scores = self.scores

        def best(of: Floats, among: NDArray[np.bool_]) -> Floats:
            return np.asarray(np.where(among, of[None], 0).max(axis=1, initial=0) - of, np.float32)

        return np.column_stack([
            scores, self.table[:, _COLUMNS], stands, np.array(figure, np.float32), self.late,
            top_alone, top_there, (sights.alone * sights.there).sum(axis=1) / np.maximum(top_alone * top_there, 1e-6),
            worth, self.best_name, np.full(n, np.log(max(1, n))), best(scores, around), best(scores, within),
        ]).astype(np.float32)  # fmt: skip

    @property
    def _own_regions(self) -> list[Region]:
        """The regions of its things."""
        by_mask = {id(region.mask): region for region in self.regions}
        return [by_mask[id(thing.mask)] for thing in self.things]


def _standing_out(whole: Floats, out: Mask, mask: Mask) -> tuple[float, float, float, float]:
    """Mean of the figure in a mask and just around it, overlap with the figure, share of the figure that is in it."""
    near = cv2.dilate(mask.astype(np.uint8), np.ones((9, 9), np.uint8)).view(np.bool_) & ~mask
    both, area = float((mask & out).sum()), float(out.sum())
    return (
        float(whole[mask].mean()),
        float(whole[near].mean()) if near.any() else 0.0,
        both / max(1.0, area + float(mask.sum()) - both),
        both / max(1.0, area),
    )


def _overlap(a: Mask, b: Mask) -> float:
    return float((a & b).sum()) / max(1.0, float((a | b).sum()))


def _drawn(tools: Instruments, things: Sequence[Thing]) -> Seen | None:
    return None if tools.network is None else tools.network.look(tools.view.rgb, [t.mask for t in things])


def _looked(tools: Instruments, things: Sequence[Thing], worth: Floats, most: int) -> Sights:
    return sights_of(tools.classifier, tools.rgb, tools.view, [t.mask for t in things], worth, most)
