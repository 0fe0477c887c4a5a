"""The matting Laplacian and its solver: both cores, and the properties the method rests on."""

import numpy as np
import pytest

from delaminate.compiled import Core
from delaminate.stages.matting.laplacian import MARGIN, OFFSETS, Band, Floats, band_of, laplacian, solve

CORES: list[Core] = ["compiled", "numpy"]


def band_and_colours() -> tuple[Band, Floats]:
    """A ring of unknown pixels that leaves the picture, and random colours."""
    rng = np.random.default_rng(3)
    y, x = np.mgrid[:40, :50]
    ring = np.abs(np.hypot(y - 8, x - 25) - 14) < 4
    layout = band_of(np.pad(np.pad(ring, 1, mode="edge"), MARGIN - 1))
    return layout, rng.random((layout.cells.size, 3), np.float32)


def test_both_cores_build_the_same_matrix() -> None:
    """Compiled and numpy coefficients agree to single precision."""
    layout, colours = band_and_colours()
    pull = np.zeros(layout.cells.size, np.float32)
    compiled, plain = (laplacian(layout, colours, 1e-5, pull, core) for core in CORES)
    assert np.abs(compiled).max() > 0.5
    np.testing.assert_allclose(compiled, plain, atol=2e-6)


def test_the_matrix_is_the_dense_sum_over_windows() -> None:
    """On a small picture every coefficient equals Levin's equation 12 evaluated window by window."""
    rng = np.random.default_rng(0)
    rgb = rng.random((5, 6, 3))
    unknown = np.zeros((5 + 2 * MARGIN, 6 + 2 * MARGIN), np.bool_)
    unknown[MARGIN + 2, MARGIN + 2 : MARGIN + 4] = True
    layout = band_of(unknown)
    y, x = np.divmod(layout.cells, unknown.shape[1])
    colours = rgb[np.clip(y - MARGIN, 0, 4), np.clip(x - MARGIN, 0, 5)].astype(np.float32)
    planes = laplacian(layout, colours, 1e-3, np.zeros(layout.cells.size, np.float32))
    dense = np.zeros((30, 30))
    for top in range(3):
        for left in range(4):
            window = [(top + i) * 6 + left + j for i in range(3) for j in range(3)]
            c = rgb.reshape(-1, 3)[window]
            c = c - c.mean(axis=0)
            inverse = np.linalg.inv(c.T @ c / 9 + 1e-3 / 9 * np.eye(3))
            dense[np.ix_(window, window)] += np.eye(9) - (1 + c @ inverse @ c.T) / 9
    cell = int(np.flatnonzero((y == MARGIN + 2) & (x == MARGIN + 2))[0])
    here = 2 * 6 + 2
    expected = [dense[here, here + 6 * dy + dx] for dy, dx in OFFSETS]
    np.testing.assert_allclose(planes[:, cell], expected, atol=1e-5)


@pytest.mark.parametrize("core", CORES)
def test_a_linear_function_of_colour_is_found_again(core: Core) -> None:
    """Where alpha is linear in colour the energy is zero there, and the solver gets back to it from zeros."""
    layout, colours = band_and_colours()
    truth = (colours @ np.array([0.5, 0.3, -0.2], np.float32) + 0.2).astype(np.float32)
    nothing = np.zeros_like(truth)
    planes = laplacian(layout, colours, 1e-7, nothing, core)
    start = np.where(layout.unknown, 0, truth).astype(np.float32)
    found = solve(layout, planes, nothing, start, tolerance=1e-6, core=core)
    assert np.abs(found - truth).max() < 2e-3


def test_the_pull_decides_where_colours_say_nothing() -> None:
    """With one colour everywhere, a strong pull sets alpha."""
    layout, colours = band_and_colours()
    pull = np.full(layout.cells.size, 1e4, np.float32)
    wanted = np.linspace(0, 1, layout.cells.size, dtype=np.float32)
    planes = laplacian(layout, np.full_like(colours, 0.5), 1e-5, pull)
    found = solve(layout, planes, pull * wanted, np.zeros_like(pull))
    assert np.abs(found - wanted)[layout.unknown].max() < 1e-2
