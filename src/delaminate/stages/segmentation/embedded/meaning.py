"""What measures how likely a region is what a phrase means, beside the other regions of the picture.

A part of a thing and two things at once agree with a name nearly as well as the thing does. What tells them apart is
the company: how well what lies in a region, what it lies in, and everything elsewhere agree with the phrase. A judge
made of trees (`objectness.Judge`) turns the measurements into the overlap to be expected with the thing that is meant;
`training/meaning.py` in the repository trains it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from delaminate.pixels import Mask
from delaminate.stages.segmentation.embedded.proposals import intersections

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

MEASURES = (
    "agreement", "best agreement", "behind the best", "rank", "ahead of its best name", "agreement with its best name",
    "worth", "score", "mean agreement of the same", "best of the same", "how many the same",
    "best part", "best whole", "best elsewhere", "worth of parts", "worth of wholes", "worth of the same",
    "score of parts", "score of wholes", "score of the same", "parts", "wholes", "log share", "strange", "worth agreed",
)  # fmt: skip
"""What `measured` measures, in column order; what is said of others is less what is said of the region itself."""


@dataclass(frozen=True, eq=False)
class Company:
    """How n regions of a picture lie to each other; n×n each but `share`, the n shares of the picture, 0..1.

    Row and column are `same` where they are about the same pixels, `within` where the row is a part of the column,
    `apart` where they hardly share any.
    """

    same: Flags
    within: Flags
    apart: Flags
    share: Floats


def company_of(masks: Sequence[Mask]) -> Company:
    """How regions (bool h×w each, at least one) lie to each other."""
    common = intersections(masks).astype(np.float32)
    area = np.maximum(common.diagonal(), 1)
    overlap = common / (area[:, None] + area[None] - common)
    return Company(
        overlap > 0.5,
        (common / area[:, None] > 0.9) & (overlap < 0.7),
        common < 0.1 * np.minimum(area[:, None], area[None]),
        np.asarray(area / intersections([np.ones_like(masks[0])])[0, 0], np.float32),
    )


def measured(
    company: Company, agreement: Floats, best_name: Floats, worth: Floats, score: Floats, strange: float
) -> Floats:
    """Measurements of every region for one phrase; float32 n×len(MEASURES).

    Parameters
    ----------
    agreement : of every region with the phrase, −1..1.
    best_name : of every region with the name that fits it best, −1..1.
    worth, score : what the network and the judge of regions think of it, 0..1.
    strange : share of the phrase's words that nobody knows, 0..1.
    """
    n = len(agreement)
    within, around = company.within.T, company.within

    def best(of: Floats, among: Flags) -> Floats:
        return np.asarray(np.where(among, of[None], -1).max(axis=1) - of, np.float32)

    return np.stack([
        agreement, np.full(n, agreement.max()), agreement - agreement.max(),
        agreement.argsort().argsort() / max(1, n - 1), agreement - best_name, best_name, worth, score,
        (company.same * agreement[None]).sum(axis=1) / np.maximum(1, company.same.sum(axis=1)),
        best(agreement, company.same), company.same.sum(axis=1),
        best(agreement, within), best(agreement, around), best(agreement, company.apart),
        best(worth, within), best(worth, around), best(worth, company.same),
        best(score, within), best(score, around), best(score, company.same),
        within.sum(axis=1), around.sum(axis=1), np.log(company.share), np.full(n, strange), worth * agreement,
    ], axis=1).astype(np.float32)  # fmt: skip
