"""Connected components of a graph in numpy, where no compiled core does it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def components(count: int, one: NDArray[Any], other: NDArray[Any]) -> NDArray[np.int64]:
    """Number the components of `count` nodes from 0, in the order of their first nodes.

    Parameters
    ----------
    one, other : integers, n: the two ends of every edge.

    Notes
    -----
    Each round hangs the higher of two roots under the lower and shortens all ways to their ends (Shiloach and Vishkin,
    "An O(log n) parallel connectivity algorithm", 1982); edges inside one component drop out.
    """
    root = np.arange(count)
    a, b = np.asarray(one, np.int64), np.asarray(other, np.int64)
    while a.size:
        high, low = np.maximum(root[a], root[b]), np.minimum(root[a], root[b])
        np.minimum.at(root, high, low)
        while not np.array_equal(root, shorter := root[root]):
            root = shorter
        apart = root[a] != root[b]
        a, b = a[apart], b[apart]
    return np.asarray(np.unique(root, return_inverse=True)[1].reshape(-1), np.int64)
