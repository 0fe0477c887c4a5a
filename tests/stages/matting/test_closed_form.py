"""Closed-form matting on pictures whose true alpha is known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from delaminate.contracts import Matter
from delaminate.errors import BadArray, BadInput, Cancelled
from delaminate.pixels import Alpha, Mask, Rgb
from delaminate.stages.matting.closed_form import ClosedForm


def disc(size: int, softness: float, texture: float = 12.0) -> tuple[Rgb, Alpha]:
    """A textured orange disc over textured blue, and its true alpha, `softness` pixels from 0 to 1."""
    rng = np.random.default_rng(5)
    y, x = np.mgrid[:size, :size]
    alpha = np.clip((size * 0.3 - np.hypot(y - size / 2, x - size / 2)) / softness + 0.5, 0, 1)[..., None]
    fore = np.array([230.0, 140, 40]) + texture * rng.standard_normal((size, size, 1))
    back = np.array([40.0, 70, 160]) + texture * rng.standard_normal((size, size, 1))
    rgb = np.rint(np.clip(alpha * fore + (1 - alpha) * back, 0, 255)).astype(np.uint8)
    return rgb, alpha[..., 0].astype(np.float32)


def shaken(alpha: Alpha, by: float = 2) -> Mask:
    """A mask whose edge wanders by `by` pixels, both ways, around the true one."""
    y, x = np.mgrid[: alpha.shape[0], : alpha.shape[1]]
    rows, columns = y + np.rint(by * np.sin(x / 5)).astype(int), x + np.rint(by * np.cos(y / 6)).astype(int)
    there = alpha[np.clip(rows, 0, alpha.shape[0] - 1), np.clip(columns, 0, alpha.shape[1] - 1)]
    return np.asarray(there > 0.5)


def error(found: NDArray[np.float32], truth: Alpha) -> float:
    """Sum of absolute differences."""
    return float(np.abs(found - truth).sum())


def test_it_is_a_matter() -> None:
    """The stage fits its Protocol."""
    stage: Matter = ClosedForm()
    assert callable(stage)


@pytest.mark.parametrize("softness", [1.5, 4.0])
def test_a_shaken_mask_comes_back_to_the_true_edge(softness: float) -> None:
    """At most a fifth of the mask's error is left."""
    rgb, alpha = disc(160, softness)
    mask = shaken(alpha)
    assert error(ClosedForm()(rgb, mask), alpha) < 0.2 * error(mask.astype(np.float32), alpha)


def test_both_cores_agree() -> None:
    """Compiled and numpy alphas differ by rounding and the solver's tolerance only."""
    rgb, alpha = disc(120, 3)
    mask = shaken(alpha)
    compiled, plain = ClosedForm(core="compiled")(rgb, mask), ClosedForm(core="numpy")(rgb, mask)
    assert np.abs(compiled - plain).max() < 2e-3


def test_sixteen_bits_give_the_alpha_of_eight() -> None:
    """The same picture at 16 bits has the same alpha."""
    rgb, alpha = disc(100, 3)
    mask = alpha > 0.5
    wide = rgb.astype(np.uint16) * np.uint16(257)
    np.testing.assert_allclose(ClosedForm()(wide, mask), ClosedForm()(rgb, mask), atol=2e-3)


def test_flat_graphics_stay_crisp() -> None:
    """On a flat poster alpha is soft on the antialiased pixels only, and right there to 0.02."""
    rgb, alpha = disc(200, 1.5, texture=0)
    found = ClosedForm()(rgb, shaken(alpha, 1))
    soft = (alpha > 0) & (alpha < 1)
    assert set(np.unique(found[~soft]).tolist()) == {0.0, 1.0}
    assert np.abs(found - alpha)[soft].max() < 0.02


def test_enlarged_pixel_art_gets_a_binary_alpha() -> None:
    """Sprites blown up four times come back block by block, though the mask cuts through blocks."""
    rng = np.random.default_rng(2)
    sprite = np.zeros((24, 24), np.bool_)
    sprite[6:18, 8:16] = sprite[9:15, 4:20] = True
    small = np.where(sprite[..., None], rng.integers(120, 255, (24, 24, 3)), rng.integers(0, 90, (24, 24, 3)))
    rgb, truth = (np.kron(a, np.ones((4, 4, 1), int)).astype(np.uint8) for a in (small, sprite[..., None]))
    mask = np.asarray(np.roll(truth[..., 0] > 0, 1, axis=1))
    assert np.array_equal(ClosedForm()(rgb, mask), truth[..., 0].astype(np.float32))


def test_hairlines_survive() -> None:
    """A stroke of one pixel is still there, whole, and nothing appears beside it."""
    rgb = np.full((60, 200, 3), 250, np.uint8)
    rgb[30, 20:180] = 15
    mask = np.asarray((rgb < 100).all(axis=2), np.bool_)
    assert np.array_equal(ClosedForm()(rgb, mask), mask.astype(np.float32))


def test_fuzz_beyond_the_band_is_followed() -> None:
    """Bristles eight pixels long, outside a mask of the body only, are found when the band may grow."""
    rgb, _ = disc(120, 1, texture=0)
    body = (rgb[..., 0] > 150).copy()
    truth = body.copy()
    for column in range(40, 80, 4):
        top = int(np.flatnonzero(body[:, column])[0])
        rgb[top - 8 : top, column] = rgb[60, 60]
        truth[top - 8 : top, column] = True
    grown, kept = (ClosedForm(rounds=rounds)(rgb, body) for rounds in (2, 0))
    assert error(grown, truth.astype(np.float32)) < 0.5 * error(kept, truth.astype(np.float32))


def test_an_empty_mask_gives_zeros_and_a_full_one_ones() -> None:
    """The two masks without an edge."""
    rgb, _ = disc(20, 2)
    assert not ClosedForm()(rgb, np.zeros((20, 20), np.bool_)).any()
    assert (ClosedForm()(rgb, np.ones((20, 20), np.bool_)) == 1).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (2, 2), (5000, 20), (3, 400)])
def test_any_shape_works(shape: tuple[int, int]) -> None:
    """Alpha has the picture's shape, dtype float32 and range 0..1."""
    rng = np.random.default_rng(1)
    rgb = rng.integers(0, 256, (*shape, 3), np.uint8)
    mask = rng.random(shape) < 0.5
    found = ClosedForm()(rgb, mask)
    assert found.shape == shape
    assert found.dtype == np.float32
    assert 0 <= found.min() <= found.max() <= 1


def test_inputs_are_left_alone_and_the_answer_repeats() -> None:
    """Two calls on read-only arrays, cut out of larger ones, give the same bytes."""
    rgb, alpha = disc(90, 3)
    wide = np.repeat(rgb, 2, axis=1)[:, ::2]
    mask = alpha > 0.5
    wide.setflags(write=False)
    mask.setflags(write=False)
    assert ClosedForm()(wide, mask).tobytes() == ClosedForm()(rgb, mask).tobytes()


def test_progress_never_goes_back_and_ends_at_one() -> None:
    """Ticks rise from 0 to 1."""
    rgb, alpha = disc(120, 3)
    seen: list[float] = []
    ClosedForm()(rgb, shaken(alpha), seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1


def test_cancelling_passes_through() -> None:
    """What the tick raises comes out."""

    def stop(_: float) -> None:
        raise Cancelled("stopped")

    rgb, alpha = disc(60, 3)
    with pytest.raises(Cancelled):
        ClosedForm()(rgb, alpha > 0.5, stop)


def test_a_mask_of_another_size_is_refused() -> None:
    """The message names both shapes."""
    rgb, _ = disc(20, 2)
    with pytest.raises(BadArray, match=r"\(20, 20\)"):
        ClosedForm()(rgb, np.ones((10, 20), np.bool_))


def test_options_out_of_range_are_refused() -> None:
    """A band of no width makes no sense."""
    with pytest.raises(BadInput, match="radius > 0"):
        ClosedForm(radius=0)
