"""All candidate regions of a view with the score of the judge: the costly half of finding objects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from delaminate.compiled import in_bands
from delaminate.pixels import Mask
from delaminate.stages.segmentation.embedded.backdrop import Backdrop, border_band, fit_backdrop
from delaminate.stages.segmentation.embedded.grabcut import in_box
from delaminate.stages.segmentation.embedded.merge_tree import merge_tree
from delaminate.stages.segmentation.embedded.objectness import Judge, Measures
from delaminate.stages.segmentation.embedded.proposals import (
    Region,
    Source,
    from_backdrop,
    from_flood,
    from_tree,
    spread_out,
    without_twins,
)
from delaminate.stages.segmentation.embedded.view import View

BOXES = 12
"""Boxes worth a graph cut."""


@dataclass(frozen=True, eq=False)
class Candidates:
    """Regions with their measurements (float32 n×F) and the expected overlap with a true object (float32 n, 0..1)."""

    regions: list[Region]
    table: NDArray[np.float32]
    scores: NDArray[np.float32]
    backdrop: Backdrop

    def judged(self) -> Iterator[tuple[Region, np.float32]]:
        """Every region with its score."""
        return zip(self.regions, self.scores, strict=True)


@dataclass(frozen=True, eq=False)
class Proposals:
    """Everything the four bottom-up sources offer, before text is known, and what measures it."""

    regions: list[Region]
    measures: Measures

    def without(self, written: Mask) -> list[Region]:
        """The regions that are not mostly text (`written`, bool h×w of the view)."""
        return [r for r in self.regions if int((r.mask & written).sum()) < 0.5 * r.area]


def proposals_of(view: View) -> Proposals:
    """Propose regions."""
    backdrop = fit_backdrop(view.lab, border_band(*view.shape))
    regions = without_twins(from_backdrop(backdrop) + from_flood(view) + from_tree(merge_tree(view)))
    return Proposals(regions, Measures(view, backdrop))


def with_cuts(view: View, regions: list[Region], box_scores: NDArray[np.float32], most: int = BOXES) -> list[Region]:
    """The regions plus a graph cut inside each of the most promising boxes."""
    if not regions:
        return regions
    boxes = [regions[i].box for i in spread_out([r.box for r in regions], box_scores, most)]
    masks: list[Mask | None] = [None] * len(boxes)

    def cut(start: int, stop: int) -> None:
        for i in range(start, stop):
            masks[i] = in_box(view, boxes[i])

    in_bands(cut, len(boxes), len(boxes))
    cuts = [
        Region.of(mask, Source.CUT)
        for mask, box in zip(masks, boxes, strict=True)
        if mask is not None and mask.sum() > 0.1 * box.area
    ]
    return without_twins(cuts + regions)


def candidates_of(
    view: View,
    proposals: Proposals,
    written: Mask,
    judges: tuple[Judge, Judge],
    boxes: int = BOXES,
    figures: Sequence[Mask] = (),
) -> Candidates:
    """Judge boxes, cut inside the best, judge regions; `proposals` are those of the view, `figures` stand out in it."""
    measures, regions = proposals.measures, proposals.without(written)
    regions = with_cuts(view, regions, judges[0](measures(regions)), boxes)
    regions = without_twins([*(Region.of(mask, Source.FIGURE) for mask in figures), *regions])
    table = measures(regions)
    return Candidates(regions, table, judges[1](table), measures.backdrop)
