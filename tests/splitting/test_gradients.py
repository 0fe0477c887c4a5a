"""Soft changes of light, integrated again: both cores find the field that explains them, and edges do not count."""

from __future__ import annotations

import numpy as np
import pytest

from delaminate.compiled import Core, library
from delaminate.pixels import Colour, Mask
from delaminate.splitting.gradients import integrated, mean_and_tint

CORES: list[Core] = ["numpy", "compiled"] if library("gradients") is not None else ["numpy"]


def dimmed(height: int, width: int) -> tuple[Colour, Mask, Mask, Colour]:
    """Logarithms of a ground with a soft dark place and a sharp step, the ground, what is far, and the dark place."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    soft = -0.6 * np.exp(-(((rows - height / 2) / (height / 6)) ** 2) - ((columns - width / 2) / (width / 6)) ** 2)
    step = np.where(columns < width / 8, np.float32(1), np.float32(0))
    dark = np.repeat(soft[..., None], 3, axis=2).astype(np.float32)
    far = soft > -0.002
    return dark + 4 + step[..., None], np.ones((height, width), np.bool_), far, dark


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize(("height", "width"), [(90, 120), (160, 131)])
def test_a_soft_dark_place_comes_back_and_a_sharp_step_does_not(core: Core, height: int, width: int) -> None:
    """On one grid and from coarse to fine."""
    logs, ground, far, dark = dimmed(height, width)
    field = integrated(logs, ground, far, core)
    assert field.shape == (height, width, 3)
    assert np.abs(field - np.median(field[far]) - dark).max() < 0.05


@pytest.mark.skipif(len(CORES) < 2, reason="the compiled core was not built")
@pytest.mark.parametrize(("height", "width"), [(1, 9), (9, 1), (2, 2), (57, 40), (140, 211)])
def test_both_cores_find_the_same_field(height: int, width: int) -> None:
    """But for rounding, with holes in the ground and at any size."""
    draw = np.random.default_rng(height)
    logs = draw.normal(4, 0.02, (height, width, 3)).astype(np.float32)
    ground, far = draw.random((height, width)) > 0.1, draw.random((height, width)) > 0.5
    one, other = (integrated(logs, ground, far, core) for core in ("numpy", "compiled"))
    assert np.abs(one - other).max() < 1e-4


def test_the_mean_and_the_tint_are_those_of_three_channels() -> None:
    """As numpy's reductions give them."""
    step = np.random.default_rng(0).normal(0, 1, (5, 7, 3)).astype(np.float32)
    mean, tint = mean_and_tint(step)
    assert np.array_equal(mean, step.mean(axis=2))
    assert np.array_equal(tint, np.abs(step - step.mean(axis=2)[..., None]).max(axis=2))
