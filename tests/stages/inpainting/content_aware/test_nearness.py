"""What is nearest, as SciPy has it."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree
from scipy.special import ndtr

from delaminate.stages.inpainting.content_aware.nearness import nearest, normal_share


def test_the_nearest_point_is_the_one_a_tree_finds() -> None:
    """For places in a raster and in no order."""
    rng = np.random.default_rng(1)
    points = np.cumsum(rng.normal(0, 1, (700, 2)), axis=0) + 100
    raster = np.argwhere(rng.random((90, 110)) < 0.4).astype(np.float64)
    for places in (raster, rng.permutation(raster), raster[:1]):
        away, which = nearest(points, places)
        expected, index = cKDTree(points).query(places)
        assert np.allclose(away, expected, rtol=0, atol=1e-9)
        assert np.array_equal(which, index)


def test_of_equally_near_points_the_first_is_taken() -> None:
    """So that the bytes do not depend on anything else."""
    assert nearest(np.array([[0.0, 2.0], [0.0, 0.0], [0.0, 0.0]]), np.array([[0.0, 1.0]]))[1][0] == 0


def test_the_normal_share_is_right_to_seven_digits() -> None:
    """On both sides and far out."""
    z = np.linspace(-9, 9, 5001)
    assert np.abs(normal_share(z) - ndtr(z)).max() < 1e-7
