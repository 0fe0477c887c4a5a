"""Segments and the tree of their merging."""

from __future__ import annotations

import numpy as np

from delaminate.compiled import Core
from delaminate.stages.segmentation.embedded.merge_tree import graph_segments, merge_tree
from delaminate.stages.segmentation.embedded.view import view_of

rng = np.random.default_rng(5)
GROUNDS = rng.integers(0, 256, (6, 8, 3), np.uint8).repeat(12, 0).repeat(11, 1)
NOISY = np.clip(GROUNDS + rng.normal(0, 9, GROUNDS.shape), 0, 255).astype(np.uint8)


CORES: tuple[Core, Core] = ("compiled", "numpy")


def test_both_cores_find_the_same_segments() -> None:
    """Pixel by pixel, also where distances tie, as eight-bit noise has it often."""
    compiled, other = (graph_segments(NOISY, 40, 40, core) for core in CORES)
    assert len(np.unique(other)) > 40
    assert np.array_equal(compiled, other)
    fine, finer = (graph_segments(NOISY, 3, 2, core) for core in CORES)
    assert len(np.unique(fine)) > 500
    assert np.array_equal(fine, finer)


def test_segments_are_numbered_as_they_begin() -> None:
    """From zero, every number used, the top left one first."""
    labels = graph_segments(NOISY, 3, 2)
    _, first = np.unique(labels, return_index=True)
    assert labels[0, 0] == 0
    assert len(first) == labels.max() + 1
    assert (np.diff(first) > 0).all()


def test_small_segments_join_their_neighbours() -> None:
    """A dot of another colour is a segment of its own only if it may be as small."""
    plain = np.full((40, 50, 3), 200, np.uint8)
    plain[10:14, 20:24] = (20, 30, 160)
    assert graph_segments(plain, 40, 4).max() > 0
    assert graph_segments(plain, 40, 100).max() == 0


def test_the_tree_ends_in_one_node_that_is_the_picture() -> None:
    """Every merge adds the areas of two nodes, and no node is lower than what it is made of."""
    tree = merge_tree(view_of(NOISY))
    assert tree.mask(tree.area.size - 1).all()
    for at, (a, b) in enumerate(tree.children, start=tree.leaves):
        assert tree.area[at] == tree.area[a] + tree.area[b] == tree.mask(at).sum()
        assert tree.height[at] >= max(tree.height[a], tree.height[b])
