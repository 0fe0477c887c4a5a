"""Gradients and their grain."""

import numpy as np
import pytest
from numpy.typing import NDArray

from delaminate.pixels import Mask
from delaminate.stages.inpainting.content_aware.smooth import smooth_fill

Y, X = np.mgrid[:60, :80].astype(np.float32)
HOLE: Mask = (np.hypot(Y - 30, X - 40) < 20).astype(np.bool_)
RING: Mask = (np.hypot(Y - 30, X - 40) < 25).astype(np.bool_) & ~HOLE


def fill(picture: NDArray[np.float32]) -> NDArray[np.float32] | None:
    """Fill the hole from the ring alone."""
    return smooth_fill(picture[RING], RING, HOLE, 2.5, np.random.default_rng(0))


@pytest.mark.parametrize("curve", [X + 0.5 * Y, 0.03 * X * X - 0.02 * X * Y + Y], ids=["plane", "parabola"])
def test_polynomials_are_continued(curve: NDArray[np.float32]) -> None:
    """First and second order come back within a quarter of a level."""
    picture = np.stack([curve, 255 - curve, curve / 2], axis=-1)
    found = fill(picture)
    assert found is not None
    assert np.abs(found - picture[HOLE]).max() < 0.25


def test_noise_is_imitated() -> None:
    """Grain in the ring is grain in the fill."""
    grain = np.random.default_rng(1).normal(0, 3, (60, 80, 3)).astype(np.float32)
    found = fill(100 + X[..., None] + grain)
    assert found is not None
    assert 2.4 < (found - 100 - X[HOLE][:, None]).std() < 3.6


def test_structure_is_refused() -> None:
    """Stripes of twelve levels are no noise."""
    stripes = 100 + 12 * (X // 8 % 2)[..., None].repeat(3, axis=2)
    assert fill(stripes.astype(np.float32)) is None


def test_an_edge_is_refused() -> None:
    """A horizon through the hole is left to patches."""
    sky = np.where(Y[..., None] < 25, 200, 60).repeat(3, axis=2)
    assert fill(sky.astype(np.float32)) is None
