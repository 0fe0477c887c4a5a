"""Layer-wise edit distance: LayerD's protocol (Suzuki et al., "LayerD: Decomposing Raster Graphic Designs into Layers",
ICCV 2025), written from the paper's description.

Two stacks may cut one picture differently and both be right. So layers that hide nothing of each other are first
merged into one group, then the two ordered lists are aligned by dynamic time warping, and then up to five edits, each
merging two neighbouring layers of either stack where that helps most, tell how far apart they are.

Our one addition: alpha of 1/255 or less counts as nothing, because one stray pixel of it changes the grouping.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from delaminate.evaluation.visible import merge_float
from delaminate.pixels import Box, Rgba, around, box_of, shared

EDITS = 5
FLOOR = np.float32(1 / 255)
_EMPTY = Box(0, 0, 1, 1)


@dataclass(frozen=True, eq=False)
class Cut:
    """A layer cropped to what it covers: float32 RGBA, every channel 0..1."""

    box: Box
    pixels: NDArray[np.float32]

    @functools.cached_property
    def coverage(self) -> float:
        """Sum of alpha, in pixels."""
        return float(self.pixels[..., 3].sum(dtype=np.float64))

    def within(self, box: Box) -> NDArray[np.float32]:
        """The pixels inside `box`, which must lie inside the layer's own."""
        return self.pixels[box.slices_in(self.box)]


@dataclass(frozen=True)
class EditDistance:
    """One entry per number of edits, 0 to 5; a stack that needs fewer repeats its last value.

    Parameters
    ----------
    rgb_l1 : mean absolute colour difference in 0..1 where the true layer is not transparent; 0 is perfect.
    alpha_iou : soft-IoU of alphas, 0..1; 1 is perfect.

    Both are means over the aligned pairs, the background's included.
    """

    rgb_l1: tuple[float, ...]
    alpha_iou: tuple[float, ...]


@dataclass(frozen=True)
class _Alignment:
    cost: float
    rgb_l1: float
    alpha_iou: float


def cut(pixels: Rgba) -> Cut:
    """A full-canvas uint8 layer; alpha of 1/255 or less is dropped."""
    covered = pixels[..., 3] > 1
    box = box_of(covered) or _EMPTY
    part = pixels[box.slices].astype(np.float32) / np.float32(255)
    part[..., 3] *= part[..., 3] > FLOOR
    return Cut(box, part)


def merged(below: Cut, above: Cut) -> Cut:
    """`above` over `below` as one layer."""
    a, b = below.box, above.box
    box = around((a, b))
    out = np.zeros((box.height, box.width, 4), np.float32)
    out[a.slices_in(box)] = below.pixels
    spot = b.slices_in(box)
    out[spot] = merge_float(above.pixels, out[spot])
    return Cut(box, out)


def _overlap(one: Cut, other: Cut) -> bool:
    box = shared(one.box, other.box)
    return box is not None and bool(((one.within(box)[..., 3] > 0) & (other.within(box)[..., 3] > 0)).any())


def regroup(layers: Sequence[Cut]) -> list[Cut]:
    """From the top, layers that nothing left covers become one group; bottom to top in and out."""
    left = list(layers)
    groups: list[Cut] = []
    while left:
        top = [k for k, layer in enumerate(left) if not any(_overlap(layer, above) for above in left[k + 1 :])]
        groups.append(functools.reduce(merged, (left[k] for k in top)))
        left = [layer for k, layer in enumerate(left) if k not in top]
    return groups[::-1]


def difference(true: Cut, found: Cut) -> tuple[float, float]:
    """RGB-L1 where the true layer is not transparent (0..1), and soft-IoU of the alphas (0..1)."""
    shown = true.pixels[..., 3] > 0
    colour = np.zeros((*shown.shape, 3), np.float32)
    both = 0.0
    box = shared(true.box, found.box)
    if box is not None:
        inside = found.within(box)
        colour[box.slices_in(true.box)] = inside[..., :3]
        both = float(np.minimum(true.within(box)[..., 3], inside[..., 3]).sum(dtype=np.float64))
    count = int(np.count_nonzero(shown))
    l1 = float(np.abs(true.pixels[..., :3] - colour)[shown].mean(dtype=np.float64)) if count else 0.0
    either = true.coverage + found.coverage - both
    return l1, both / either if either > 0 else 0.0


class _Differences:
    """Pair differences, each computed once: edits change one layer at a time."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], tuple[Cut, Cut, tuple[float, float]]] = {}

    def __call__(self, true: Cut, found: Cut) -> tuple[float, float]:
        key = (id(true), id(found))
        if key not in self._known:
            # The layers are kept with the value, so that an id is never reused for another layer.
            self._known[key] = (true, found, difference(true, found))
        return self._known[key][2]


def _align(true: Sequence[Cut], found: Sequence[Cut], differences: _Differences) -> _Alignment:
    """Dynamic time warping (Sakoe and Chiba 1978); the means over the path of least total cost."""
    n, m = len(true), len(found)
    pairs = [[differences(t, f) for f in found] for t in true]
    cost = np.array([[(l1 + 1 - iou) / 2 for l1, iou in row] for row in pairs])
    total = np.full((n + 1, m + 1), np.inf)
    total[0, 0] = 0
    for i in range(n):
        for j in range(m):
            total[i + 1, j + 1] = cost[i, j] + min(total[i, j], total[i, j + 1], total[i + 1, j])
    i, j = n, m
    path = []
    while i and j:
        path.append((i - 1, j - 1))
        steps = ((total[i - 1, j - 1], i - 1, j - 1), (total[i - 1, j], i - 1, j), (total[i, j - 1], i, j - 1))
        _, i, j = min(steps)
    return _Alignment(
        cost=float(np.mean([cost[at] for at in path])),
        rgb_l1=float(np.mean([pairs[i][j][0] for i, j in path])),
        alpha_iou=float(np.mean([pairs[i][j][1] for i, j in path])),
    )


def _merges(layers: list[Cut]) -> list[list[Cut]]:
    return [[*layers[:k], merged(layers[k], layers[k + 1]), *layers[k + 2 :]] for k in range(len(layers) - 1)]


def edit_distance(true: Sequence[Rgba], found: Sequence[Rgba]) -> EditDistance:
    """Compare two stacks.

    Parameters
    ----------
    true, found : full-canvas uint8 H×W×4 layers, bottom to top, the background first; one size.

    Notes
    -----
    Time grows with the product of the numbers of layers and the pixels they share.
    """
    differences = _Differences()
    mine, theirs = regroup([cut(layer) for layer in true]), regroup([cut(layer) for layer in found])
    best = _align(mine, theirs, differences)
    steps = [best]
    while len(steps) <= EDITS:
        tries = [(_align(t, theirs, differences), t, theirs) for t in _merges(mine)]
        tries += [(_align(mine, f, differences), mine, f) for f in _merges(theirs)]
        better = min(tries, key=lambda attempt: attempt[0].cost, default=None)
        if better is None or better[0].cost >= best.cost:
            steps += [best] * (EDITS + 1 - len(steps))
            break
        best, mine, theirs = better
        steps.append(best)
    return EditDistance(tuple(step.rgb_l1 for step in steps), tuple(step.alpha_iou for step in steps))
