"""A binary tree of regions by merging neighbours, cheapest boundary first.

Leaves are graph-based segments (Felzenszwalb and Huttenlocher 2004); the merging order weighs the gradient along the
common boundary, the distance of mean colours and of colour histograms, and favours small regions (in the spirit of
Arbeláez et al. 2011 and Uijlings et al. 2013, with our own cost). Time is about linear in pixels plus r·log r
in leaves.
"""

from __future__ import annotations

import ctypes
import functools
import heapq
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.compiled import Core, library, pointer
from delaminate.errors import StageFailed
from delaminate.pixels import Mask
from delaminate.stages.segmentation.embedded.view import View

_BINS = (8, 10, 10)
"""Histogram bins of L, a and b."""

_BLUR = 0.6
"""Standard deviation of the blur before segmenting, pixels."""


@dataclass(frozen=True, eq=False)
class MergeTree:
    """`labels` h×w names the leaf of every pixel; node i ≥ leaves has `children[i - leaves]`.

    `area` counts pixels, `height` is the merge cost at which a node came to be, `life` how much longer it lasted.
    """

    labels: NDArray[np.int32]
    leaves: int
    children: list[tuple[int, int]]
    area: NDArray[np.float64]
    height: NDArray[np.float64]
    life: NDArray[np.float64]

    def mask(self, node: int) -> Mask:
        """Pixels of a node; bool h×w."""
        chosen = np.zeros(self.leaves, np.bool_)
        pending = [node]
        while pending:
            at = pending.pop()
            if at < self.leaves:
                chosen[at] = True
            else:
                pending.extend(self.children[at - self.leaves])
        return np.asarray(np.take(chosen, self._places))

    @functools.cached_property
    def _places(self) -> NDArray[np.intp]:
        """The labels as numpy looks things up; it would convert them for every mask."""
        return self.labels.astype(np.intp)


def _boundaries(labels: NDArray[np.int32], gradient: NDArray[np.float32]) -> dict[tuple[int, int], tuple[int, float]]:
    """For each pair of touching leaves the length of their boundary and the sum of the gradient along it."""
    count = int(labels.max()) + 1
    keys, slopes = [], []
    for a, b, ga, gb in (
        (labels[:, :-1], labels[:, 1:], gradient[:, :-1], gradient[:, 1:]),
        (labels[:-1], labels[1:], gradient[:-1], gradient[1:]),
    ):
        differ = a != b
        keys.append(np.minimum(a, b)[differ].astype(np.int64) * count + np.maximum(a, b)[differ])
        slopes.append(np.maximum(ga, gb)[differ])
    unique, inverse = np.unique(np.concatenate(keys), return_inverse=True)
    length = np.bincount(inverse)
    total = np.bincount(inverse, np.concatenate(slopes))
    return {
        (int(key // count), int(key % count)): (int(n), float(s))
        for key, n, s in zip(unique, length, total, strict=True)
    }


def graph_segments(rgb: NDArray[np.uint8], scale: float, smallest: int, core: Core = "auto") -> NDArray[np.int32]:
    """Number the graph-based segments of a small picture from zero, in the order in which they begin.

    Parameters
    ----------
    rgb : h×w×3.
    scale : k of the paper for distances of 0..255 levels.
    smallest : pixels a segment has at least.
    core : both give the same segments. The compiled one needs 72 bytes a pixel and is some fifty times as fast.

    Raises
    ------
    StageFailed
        If `core` is "compiled" and was not built, or memory ends.
    """
    compiled = library("regions", core)
    height, width = rgb.shape[:2]
    smooth = cv2.GaussianBlur(rgb.astype(np.float32), (5, 5), _BLUR, borderType=cv2.BORDER_REFLECT)
    if compiled is None:
        return _segments_numpy(np.asarray(smooth), scale, smallest)
    labels = np.empty((height, width), np.int32)
    run = compiled.delaminate_regions_segments
    run.restype = ctypes.c_int64
    run.argtypes = [ctypes.c_void_p, *(ctypes.c_int64,) * 2, ctypes.c_double, ctypes.c_int64, ctypes.c_void_p]
    if run(pointer(smooth), height, width, scale, smallest, pointer(labels)) < 0:
        raise StageFailed("there is not enough memory to look for regions; close other programs")
    return labels


def _segments_numpy(pixels: NDArray[np.float32], scale: float, smallest: int) -> NDArray[np.int32]:
    """What `regions.c` does, in the same order: edges sorted by numpy, joined one by one in Python."""
    height, width = pixels.shape[:2]
    number = np.arange(height * width).reshape(height, width)
    ends = [
        (number[:, :-1], number[:, 1:]),
        (number[:-1], number[1:]),
        (number[:-1, :-1], number[1:, 1:]),
        (number[:-1, 1:], number[1:, :-1]),
    ]
    one, other = (np.concatenate([pair[k].ravel() for pair in ends]) for k in (0, 1))
    colours = pixels.reshape(-1, 3)
    d = colours[one] - colours[other]
    cost = np.sqrt(d[:, 0] * d[:, 0] + d[:, 1] * d[:, 1] + d[:, 2] * d[:, 2])
    order = np.argsort(cost, kind="stable")
    edges = list(zip(one[order].tolist(), other[order].tolist(), cost[order].tolist(), strict=True))
    first = list(range(height * width))
    size, inner = [1] * len(first), [0.0] * len(first)

    def first_of(at: int) -> int:
        while first[at] != at:
            first[at] = first[first[at]]
            at = first[at]
        return at

    for small in (False, True):
        for i, j, apart in edges:
            a, b = first_of(i), first_of(j)
            if a == b:
                continue
            if small:
                join = size[a] < smallest or size[b] < smallest
            else:
                join = apart < inner[a] + scale / size[a] and apart < inner[b] + scale / size[b]
            if join:
                low, high = min(a, b), max(a, b)
                first[high] = low
                size[low] += size[high]
                inner[low] = apart
    roots = np.array([first_of(at) for at in range(len(first))])
    return np.asarray(np.unique(roots, return_inverse=True)[1].reshape(height, width), np.int32)


def merge_tree(view: View, scale: float = 40, smallest: int = 40) -> MergeTree:
    """Build the tree of a view.

    Parameters
    ----------
    scale : Felzenszwalb's k; larger leaves for larger values.
    smallest : pixels a leaf has at least.
    """
    labels = graph_segments(view.rgb, scale, smallest)
    n = int(labels.max()) + 1
    flat = labels.ravel()
    area = np.concatenate([np.bincount(flat, minlength=n).astype(np.float64), np.zeros(n)])
    mean = np.zeros((2 * n, 3))
    for channel in range(3):
        mean[:n, channel] = np.bincount(flat, view.lab[..., channel].ravel(), n) / area[:n]
    unit = (view.lab - np.array([0, -100, -100], np.float32)) / np.array([100, 200, 200], np.float32)
    bins = (np.clip(unit, 0, 0.999) * np.array(_BINS)).astype(np.int64)
    used, colour = np.unique((bins[..., 0] * _BINS[1] + bins[..., 1]) * _BINS[2] + bins[..., 2], return_inverse=True)
    histogram = np.zeros((2 * n, used.size), np.float32)
    np.add.at(histogram, (flat, colour.ravel()), 1)
    histogram[:n] /= area[:n, None]
    near: list[dict[int, tuple[int, float]]] = [{} for _ in range(2 * n)]
    for (i, j), edge in _boundaries(labels, view.gradient).items():
        near[i][j] = edge
        near[j][i] = edge
    total = float(labels.size)

    def cost(i: int, j: int) -> float:
        length, slope = near[i][j]
        colours = float(np.sqrt(((mean[i] - mean[j]) ** 2).sum()))
        differ = 1 - float(np.minimum(histogram[i], histogram[j]).sum())
        return float((2 * slope / length + 0.35 * colours + 8 * differ) * (min(area[i], area[j]) / total) ** 0.18)

    alive = np.zeros(2 * n, np.bool_)
    alive[:n] = True
    queue = [(cost(i, j), i, j) for i in range(n) for j in near[i] if i < j]
    heapq.heapify(queue)
    children: list[tuple[int, int]] = []
    height = np.zeros(2 * n)
    parent = np.full(2 * n, -1)
    node = n
    while queue and node < 2 * n - 1:
        price, i, j = heapq.heappop(queue)
        if not (alive[i] and alive[j]):
            continue
        alive[[i, j]] = False
        alive[node] = True
        area[node] = area[i] + area[j]
        mean[node] = (mean[i] * area[i] + mean[j] * area[j]) / area[node]
        histogram[node] = (histogram[i] * area[i] + histogram[j] * area[j]) / area[node]
        children.append((i, j))
        height[node] = max(price, height[i], height[j])
        parent[[i, j]] = node
        for side in (i, j):
            for other, (length, slope) in near[side].items():
                if alive[other] and other != node:
                    known = near[node].get(other, (0, 0.0))
                    near[node][other] = (known[0] + length, known[1] + slope)
        for other, edge in near[node].items():
            near[other].pop(i, None)
            near[other].pop(j, None)
            near[other][node] = edge
            heapq.heappush(queue, (cost(other, node), other, node))
        node += 1
    life = np.where(parent >= 0, height[parent] - height, 0.0)[:node]
    return MergeTree(labels, n, children, area[:node], height[:node], life)
