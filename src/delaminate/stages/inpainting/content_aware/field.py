"""The nearest-neighbour field of one pyramid level: every patch that touches the hole, and where it was found.

A pixel is named by its flat position row · width + column. Colours are int16 in eighths of a level and patch distances
integers, so that the compiled and the numpy core, and every machine, agree on them to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

RADIUS = 3
"""Patches are 7×7."""

SCALE = 8
"""Steps per level of an 8-bit picture."""

PENALTY_UNIT = SCALE * SCALE
"""Penalties are stored in squared levels, distances in squared steps."""

FALLOFF_STEPS = 64
FALLOFF: NDArray[np.float32] = np.exp(-np.arange(1024) / FALLOFF_STEPS).astype(np.float32)
"""exp(−t) for t in steps of 1/64: looked up, because exp differs between machines."""

Picture: TypeAlias = NDArray[np.int16]
"""H×W×4: red, green, blue and a feature, each 0..4080."""

Positions: TypeAlias = NDArray[np.int32]


@dataclass(eq=False)
class Field:
    """One level at work; the cores change `source` and `cost`.

    Parameters
    ----------
    picture : what the level shows, its hole filled with the guess so far.
    valid : uint8 H×W, 1 where a patch may serve as a source; 0 within RADIUS of the border.
    penalty : uint16 H×W, what a source at that pixel costs beside its distance, in squared levels.
    index : int32 H×W, number of the target centred at the pixel, or -1.
    fill : int32 M, positions of the pixels to be made up: the hole and what is unusable beside it, in reading order.
    target : int32 N, positions of the patches that touch the hole, in reading order, none within RADIUS of the border.
    weight : float32 N, what a target's vote counts.
    source : int32 N, position of the valid patch found for each target.
    cost : int32 N, distance plus penalty of that source.
    """

    picture: Picture
    valid: NDArray[np.uint8]
    penalty: NDArray[np.uint16]
    index: Positions
    fill: Positions
    target: Positions
    weight: NDArray[np.float32]
    source: Positions
    cost: Positions

    @property
    def height(self) -> int:
        return int(self.picture.shape[0])

    @property
    def width(self) -> int:
        return int(self.picture.shape[1])


class PatchCore(Protocol):
    """What the compiled and the numpy core both do. Only `search` may differ in what it finds."""

    @property
    def workers(self) -> int | None:
        """The most threads to use; None for all cores."""

    def distances(self, field: Field) -> None:
        """Set `field.cost` to the sum of squared differences of each target and its source, plus the penalty."""

    def search(self, field: Field, seed: int, backward: bool, reach: int) -> None:
        """Look for better sources: those of neighbouring targets, then draws within `reach` and its halves."""

    def vote(self, field: Field, colours: Picture, where: Positions, sharpness: float) -> Picture:
        """What the patches over each pixel of `where` say: n×4, the weighted mean of `colours` at their sources.

        A patch counts weight · exp(−(cost − least) / spread), where spread is `sharpness` · (mean − least) plus a
        little; pixels under no target keep their colour.
        """

    def choose(
        self,
        field: Field,
        where: Positions,
        *,
        known: NDArray[np.uint8],
        origin: Positions,
        samples: Positions,
        seed: int,
    ) -> Positions:
        """The source that agrees best with the `known` pixels around each pixel of `where`.

        Tried are what continues the neighbours' sources (`origin`, int32 H×W, -1 where none), the `samples`, and some
        draws around the best so far.
        """
