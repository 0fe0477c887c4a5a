"""The areas about a hole at work: which regions are one, and the surface that each of them has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.pixels import Mask
from delaminate.stages.inpainting.content_aware.edge_ends import Border
from delaminate.stages.inpainting.content_aware.joins import Join
from delaminate.stages.inpainting.content_aware.regions import ROUGH, UNKNOWN, Regions
from delaminate.stages.inpainting.content_aware.surface import Flat, Surface, fit_surface

_SAMPLES = 6000

_SLOPES = 1500

LEAST_SAMPLES = 8

_MOST_OFF = 3.0
"""Levels a surface may be off on average, beside the grain, before its area counts as rough."""

_SAME = 1.5
"""Levels of error more that one surface over two areas may make before they are two."""

_STEEPER = 2.5
"""How much steeper a surface over two areas may be in the hole than wherever it was seen, …"""

_SLOPE = 0.3
"""… beside so many levels a pixel."""

RING = 12
"""Pixels from the hole within which an area's departure from its surface is read."""

_OFF_AT_BORDER = 10.0
"""Levels, beside three for every level of grain, that the hole's border may be off its area's surface."""

_PLAIN = 0.5
"""Share of an area's border in its one colour, where it has one, from which the rest is soft shadow on it."""


@dataclass(eq=False)
class Areas:
    """The smooth areas: which labels are one area, and its surface; `ROUGH` where that explains nothing."""

    rgb: NDArray[np.float32]
    regions: Regions
    hole: Mask
    near: Mask
    area: NDArray[np.int32]
    surfaces: dict[int, Surface]
    errors: dict[int, float]

    @classmethod
    def of(cls, rgb: NDArray[np.float32], hole: Mask, regions: Regions) -> Areas:
        reach = 2 * RING + 1
        near = cv2.dilate(hole.view(np.uint8), np.ones((reach, reach), np.uint8)) > 0
        return cls(rgb, regions, hole, near, np.arange(regions.count + 1, dtype=np.int32), {}, {})

    def joined(self, joins: Sequence[Join]) -> None:
        """Make one of the areas that lie on one side of an edge which goes on behind the hole."""
        for join in joins:
            for side in (join.plus, join.minus):
                if len(side) == 2:
                    self.united(*side)

    def surface(self, area: int) -> Surface | None:
        """The surface of an area, None where it has none."""
        if area not in self.surfaces:
            fit = self._fit(self.area == area)
            if fit is None or fit[1] > _MOST_OFF + 2 * self.regions.noise:
                self.area[self.area == area] = ROUGH
                return None
            self.surfaces[area], self.errors[area] = fit
        return self.surfaces[area]

    def _fit(self, labels: Mask) -> tuple[Surface, float] | None:
        """Fitted to the whole area, and as often to what of it is near the hole."""
        rows, columns = self._samples(labels)
        if rows.size < LEAST_SAMPLES:
            return None
        return fit_surface(rows, columns, self.rgb[rows, columns], self.regions.noise)

    def _samples(self, labels: Mask) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Places in the areas of some labels, half of them near the hole."""
        labels = labels.copy()
        labels[ROUGH] = False
        inside = self.regions.core & labels[np.maximum(self.regions.labels, 0)]
        places = []
        for part in (inside & self.near, inside):
            every = np.flatnonzero(part)
            places.append(every[:: max(1, -(-len(every) // (_SAMPLES // 2)))])
        rows, columns = np.divmod(np.concatenate(places), self.rgb.shape[1])
        return rows, columns

    def united(self, one: int, other: int) -> bool:
        """Make two labels one area, if one surface explains both."""
        a, b = int(self.area[one]), int(self.area[other])
        if a == b:
            return True
        if ROUGH in (a, b) or self.surface(a) is None or self.surface(b) is None:
            return False
        fit = self._fit((self.area == a) | (self.area == b))
        # A search may miss what one of them has found already.
        offers = [*([] if fit is None else [fit]), *((self.surfaces[area], self.errors[area]) for area in (a, b))]
        fit = next((offer for offer in offers if self._explains(offer[0], a, b)), None)
        if fit is None:
            return False
        self.area[self.area == b] = a
        self.surfaces[a], self.errors[a] = fit
        self.surfaces.pop(b), self.errors.pop(b)
        return True

    def _explains(self, surface: Surface, *areas: int) -> bool:
        """Whether a surface is nearly as good for each of some areas as its own is, without a leap between them."""
        for area in areas:
            rows, columns = self._samples(self.area == area)
            off = np.abs(self.rgb[rows, columns] - surface.at(rows, columns)).max(axis=1)
            if float(off.mean()) > self.errors[area] + _SAME + self.regions.noise:
                return False
        return not self._leaps(surface, *areas)

    def _leaps(self, surface: Surface, *areas: int) -> bool:
        """Whether a surface has its steepest place in the hole: then it only bridges two colours."""
        hole = np.flatnonzero(self.hole)
        inside = np.divmod(hole[:: max(1, len(hole) // _SLOPES)], self.rgb.shape[1])
        seen = [self._samples(self.area == area) for area in areas]
        steepest = max(_steepness(surface, *places) for places in seen)
        return _steepness(surface, *inside) > _STEEPER * steepest + _SLOPE


def _steepness(surface: Surface, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> float:
    """Levels a pixel that a surface changes by at the steepest tenth of some places."""
    here = surface.at(rows, columns)
    down, right = surface.at(rows + 1, columns) - here, surface.at(rows, columns + 1) - here
    return float(np.percentile(np.hypot(down, right).max(axis=1), 95))


def explain(border: Border, areas: Areas, least: float) -> bool:
    """Whether at least such a share of the hole's known border looks as the surfaces of its areas say.

    Edges between areas do. The longest stretches are looked at first, as few of them may be enough to say no.
    """
    known = sum(int(np.count_nonzero(labels > UNKNOWN)) for labels in border.labels)
    stretches = [
        (chain[labels == label], int(label))
        for chain, labels in zip(border.chains, border.labels, strict=True)
        for label in np.unique(labels[labels > ROUGH])
    ]
    right = sum(len(places) for places, _ in stretches)
    for places, label in sorted(stretches, key=lambda stretch: -len(stretch[0])):
        if right < least * known:
            break
        right -= len(places) - _right(places, label, areas)
    return bool(known) and right >= least * known


def _right(places: NDArray[np.int32], label: int, areas: Areas) -> int:
    """How many places (n×2) of one label look as the surface of its area says."""
    surface = areas.surface(int(areas.area[label])) if areas.area[label] != ROUGH else None
    if surface is None:
        return 0
    rows, columns = places.T
    off = np.abs(areas.rgb[rows, columns] - surface.at(rows, columns)).max(axis=1)
    fine = off <= _OFF_AT_BORDER + 3 * areas.regions.noise
    if isinstance(surface, Flat) and fine.mean() >= _PLAIN:
        fine[:] = True
    return int(np.count_nonzero(fine | ~areas.regions.core[rows, columns]))
