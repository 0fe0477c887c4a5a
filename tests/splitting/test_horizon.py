"""The ground parts at a horizon or a floor line, and nowhere else."""

from __future__ import annotations

import numpy as np

from delaminate.pixels import Mask, Rgb
from delaminate.splitting.horizon import floor_of

NOTHING = np.zeros((240, 320), np.bool_)


def landscape(line: np.ndarray[tuple[int], np.dtype[np.float64]], noise: float = 6.0) -> tuple[Rgb, Mask]:
    """Sky above the line and grass below it, both noisy, and where the grass is."""
    below = np.arange(240)[:, None] >= line[None, :]
    picture = np.where(below[..., None], (92, 130, 60), (170, 200, 230)).astype(float)
    picture += np.random.default_rng(3).normal(0, noise, picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8), below


def test_the_floor_is_what_lies_below_a_level_horizon() -> None:
    """Within a row or two."""
    rgb, grass = landscape(np.full(320, 140.0))
    floor = floor_of(rgb, NOTHING)
    assert floor is not None
    found = np.zeros_like(grass)
    found[floor.box.slices] = floor.mask
    assert (found != grass).mean() < 0.01


def test_the_line_follows_hills_and_leaves_out_what_stands_there() -> None:
    """A wave of 20 pixels; a thing on the horizon is no floor."""
    rgb, grass = landscape(130 + 10 * np.sin(np.arange(320) / 40))
    taken = NOTHING.copy()
    taken[90:180, 120:180] = True
    rgb[taken] = (200, 30, 30)
    floor = floor_of(rgb, taken)
    assert floor is not None
    found = np.zeros_like(grass)
    found[floor.box.slices] = floor.mask
    assert not (found & taken).any()
    assert (found != (grass & ~taken)).mean() < 0.03


def test_ground_that_does_not_part_has_no_floor() -> None:
    """Plain, noisy, and a gradient from top to bottom."""
    plain = np.full((240, 320, 3), 200, np.uint8)
    noisy = np.random.default_rng(1).integers(0, 255, (240, 320, 3), np.uint8)
    gradient = np.repeat(np.linspace(40, 220, 240)[:, None, None], 320, 1).repeat(3, 2).astype(np.uint8)
    for rgb in (plain, noisy, gradient):
        assert floor_of(rgb, NOTHING) is None
