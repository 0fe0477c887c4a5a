"""Whether a hole lies in a pattern: dots, tiles, checks, whose pieces no edge that runs into the hole tells of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from delaminate.pixels import Mask
from delaminate.stages.inpainting.content_aware.edge_ends import Border
from delaminate.stages.inpainting.content_aware.regions import Regions

_ALIKE = 16.0
"""Levels between the colours of two pieces of a pattern."""

_AS_LARGE = 0.25
"""Share of the usual size that a piece may be larger or smaller."""

_MOSTLY = 0.5
"""Share of what is covered by pieces of one colour that those as large as usual cover."""

_PIECES, _CUT = 12, 3
"""Whole pieces that are seen, and pieces that the hole cuts, from which they are a pattern."""

_SMALL = 0.25
"""Share of the hole that a piece is at most: larger ones leave an edge that tells of them."""


def in_pattern(rgb: NDArray[np.float32], hole: Mask, regions: Regions, border: Border) -> bool:
    """Whether pieces that the hole cuts are of a kind that is seen whole again and again.

    Parameters
    ----------
    rgb : float32 H×W×3, levels.
    hole : H×W.
    """
    labels = regions.labels
    cut = border.areas
    size = np.bincount(labels[labels > 0], minlength=regions.count + 1)
    if regions.count < _PIECES or len(cut) < _CUT:
        return False
    inside = regions.core & (labels > 0)
    number = labels[inside]
    total = np.stack([np.bincount(number, rgb[inside, k], regions.count + 1) for k in range(3)], axis=1)
    colour = total / np.maximum(np.bincount(number, minlength=regions.count + 1), 1)[:, None]
    whole = (size > 0) & (size < _SMALL * np.count_nonzero(hole))
    whole[0] = False
    whole[cut] = False
    for edge in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        whole[np.unique(edge[edge > 0])] = False
    pieces = 0
    for label in cut:
        sizes = np.sort(size[whole & (np.abs(colour - colour[label]).max(axis=1) < _ALIKE)])
        if sizes.size >= _PIECES:
            covered = np.cumsum(sizes)
            usual = sizes[np.searchsorted(covered, covered[-1] / 2)]  # half of what is covered is in larger ones
            as_large = sizes[np.abs(sizes - usual) < _AS_LARGE * usual]
            pieces += int(
                size[label] < 2 * usual and as_large.size >= _PIECES and as_large.sum() >= _MOSTLY * covered[-1]
            )
    return pieces >= _CUT
