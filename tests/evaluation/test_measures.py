"""Alpha, fill, spill and cost: each figure against one worked out by hand."""

import math

import numpy as np
import pytest

from delaminate.evaluation.metrics import (
    Cost,
    edge_spill,
    fill_error,
    invented_share,
    matting_error,
    soft_iou,
    visible_alphas,
)
from delaminate.pixels import Box
from delaminate.stack import Layer, LayerStack, Role


def test_visible_alpha_is_what_the_layers_above_let_through() -> None:
    """Half over three quarters over all: 0.125, 0.375, 0.5."""
    seen = visible_alphas([np.full((1, 1), a, np.float32) for a in (1.0, 0.75, 0.5)])
    assert [float(a[0, 0]) for a in seen] == [0.125, 0.375, 0.5]


def test_soft_iou_is_shared_over_either() -> None:
    """min (0.5, 0.25, 0) over max (1, 0.5, 0.5)."""
    one, other = np.array([1, 0.5, 0]), np.array([0.5, 0.25, 0.5])
    assert soft_iou(one, other) == 0.375
    assert soft_iou(np.zeros(3), np.zeros(3)) == 0


def test_a_true_alpha_has_no_error() -> None:
    """All four figures are 0."""
    alpha = np.random.default_rng(0).random((20, 20)).astype(np.float32)
    error = matting_error(alpha, alpha)
    assert (error.sad, error.mse, error.gradient, error.connectivity) == (0, 0, 0, 0)


def test_sad_counts_thousands_and_mse_is_a_mean() -> None:
    """2,000 pixels half off: SAD 1, MSE 0.25; within a region of half of them: SAD 0.5."""
    true = np.zeros((40, 50), np.float32)
    alpha = np.full((40, 50), 0.5, np.float32)
    region = np.zeros((40, 50), np.bool_)
    region[:20] = True
    assert matting_error(alpha, true).sad == 1
    assert matting_error(alpha, true).mse == 0.25
    assert matting_error(alpha, true, region).sad == 0.5


def test_the_gradient_of_a_ramp_is_its_slope() -> None:
    """Against nothing a ramp of 0.02 a pixel costs 0.0004 a pixel, in thousands; measured away from the ends."""
    ramp = np.tile(np.arange(50, dtype=np.float32) * np.float32(0.02), (50, 1))
    inside = np.zeros((50, 50), np.bool_)
    inside[10:40, 10:40] = True
    error = matting_error(ramp, np.zeros_like(ramp), inside)
    assert error.gradient == pytest.approx(900 * 0.0004 / 1000, rel=1e-3)


def test_an_island_is_not_connected() -> None:
    """Four opaque pixels away from the object: φ is 0 there instead of 1, the object itself agrees."""
    true = np.zeros((30, 30), np.float32)
    true[2:12, 2:12] = 1
    alpha = true.copy()
    alpha[20:22, 20:22] = 1
    assert matting_error(alpha, true).connectivity == pytest.approx(4 / 1000)


def test_a_fill_that_is_off_by_a_constant() -> None:
    """Five levels in the hole: 10·log10(255²/25) dB; texture and variance are untouched."""
    rng = np.random.default_rng(1)
    true = rng.integers(40, 200, (40, 40, 3), np.uint8)
    hole = np.zeros((40, 40), np.bool_)
    hole[10:30, 10:30] = True
    error = fill_error(true + np.uint8(5), true, hole)
    assert error.psnr == pytest.approx(10 * math.log10(255**2 / 25))
    assert error.texture == pytest.approx(1)
    assert error.logvar == pytest.approx(0, abs=1e-9)
    assert fill_error(true, true, hole).psnr == 100
    assert fill_error(true, true, hole).ssim == pytest.approx(1)


def test_doubled_contrast_has_four_times_the_texture() -> None:
    """Gradients double, their energy quadruples; the log-variance rises by log 4 where variance is large."""
    stripes = np.zeros((40, 40), np.uint8)
    stripes[:, ::4], stripes[:, 1::4] = 60, 60
    true, filled = (np.repeat(s[..., None], 3, axis=2) for s in (stripes, stripes * np.uint8(2)))
    hole = np.zeros((40, 40), np.bool_)
    hole[12:28, 12:28] = True
    error = fill_error(filled, true, hole)
    assert error.texture == pytest.approx(4, rel=1e-3)
    assert error.logvar == pytest.approx(math.log(4), rel=0.02)


def test_flat_fill_loses_texture_and_similarity() -> None:
    """SSIM near 0 and texture near 0 where noise was replaced by its mean."""
    true = np.repeat(np.random.default_rng(2).integers(0, 256, (60, 60, 1), np.uint8), 3, axis=2)
    hole = np.zeros((60, 60), np.bool_)
    hole[10:50, 10:50] = True
    filled = true.copy()
    filled[hole] = 128
    inside = np.zeros_like(hole)
    inside[20:40, 20:40] = True
    error = fill_error(filled, true, inside)
    assert error.ssim < 0.05
    assert error.texture == pytest.approx(0, abs=1e-3)


def test_a_flat_truth_gives_a_finite_texture() -> None:
    """Both flat: 1; every energy has that of rounding added."""
    flat = np.full((20, 20, 3), 90, np.uint8)
    assert fill_error(flat + np.uint8(1), flat, np.ones((20, 20), np.bool_)).texture == 1


def test_sixteen_bit_fills_are_measured_in_eight_bit_levels() -> None:
    """257 of 65535 is one level: 48.13 dB."""
    true = np.full((20, 20, 3), 30000, np.uint16)
    error = fill_error(true + np.uint16(257), true, np.ones((20, 20), np.bool_))
    assert error.psnr == pytest.approx(20 * math.log10(255))


def test_spill_is_the_way_gone_towards_the_background() -> None:
    """Red over green; a quarter of the way at half the edge, clean at the other: 0.125."""
    true, behind = np.zeros((1, 8, 4), np.float32), np.zeros((1, 8, 4), np.float32)
    true[..., 0], true[..., 3] = 1, 0.5
    behind[..., 1], behind[..., 3] = 1, 1
    found = true.copy()
    found[:, :4, 0], found[:, :4, 1] = 0.75, 0.25
    assert edge_spill(found, true, behind) == pytest.approx(0.125)


def test_no_soft_edge_no_spill() -> None:
    """Opaque layers and backgrounds of the same colour give None."""
    true = np.ones((2, 2, 4), np.float32)
    assert edge_spill(true, true, np.zeros((2, 2, 4), np.float32)) is None
    true[..., 3] = 0.5
    assert edge_spill(true, true, true) is None


def test_invented_pixels_are_counted_over_all_layers() -> None:
    """Three of 12 background pixels and one of four layer pixels: 4 of 16."""
    background, thing = np.full((3, 4, 4), 255, np.uint8), np.full((2, 2, 4), 255, np.uint8)
    hidden, guessed = np.zeros((3, 4), np.bool_), np.zeros((2, 2), np.bool_)
    hidden[0, :3], guessed[0, 0] = True, True
    stack = LayerStack(
        4,
        3,
        (
            Layer("background", "b", Role.BACKGROUND, Box(0, 0, 4, 3), background, invented=hidden),
            Layer("l1", "t", Role.OBJECT, Box(0, 0, 2, 2), thing, invented=guessed),
        ),
    )
    assert invented_share(stack) == 0.25


def test_cost_is_per_layer_and_megapixel() -> None:
    """12 cpu-s, three layers, two megapixels: 2; a background alone counts as one layer."""
    assert Cost(wall=7, cpu=12, layers=3, megapixels=2).cpu_per_layer == 2
    assert Cost(wall=7, cpu=12, layers=0, megapixels=2).cpu_per_layer == 6
