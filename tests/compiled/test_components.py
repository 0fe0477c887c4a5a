"""Connected components without a compiled core."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from delaminate.compiled.components import components


def test_components_are_those_scipy_finds() -> None:
    """Random graphs from scattered to one piece, numbered in the order of their first nodes."""
    rng = np.random.default_rng(3)
    for count, edges in ((1, 0), (5, 0), (40, 20), (400, 300), (3000, 9000)):
        one, other = rng.integers(0, count, (2, edges))
        graph = coo_array((np.ones(edges), (one, other)), shape=(count, count))
        assert np.array_equal(components(count, one, other), connected_components(graph, directed=False)[1])


def test_a_long_chain_is_one_component() -> None:
    """In any order of its edges: each round halves what is left."""
    order = np.random.default_rng(0).permutation(99_999)
    assert not components(100_000, order, order + 1).any()
