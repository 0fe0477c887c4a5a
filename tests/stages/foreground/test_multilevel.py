"""Multilevel foreground on mixtures whose colours are known."""

import numpy as np
import pytest

from delaminate.contracts import ForegroundEstimator
from delaminate.errors import BadArray, BadInput
from delaminate.pixels import Alpha, Colour, Rgb
from delaminate.stages.foreground.multilevel import Multilevel


def mixture(size: int = 96, softness: float = 12.0) -> tuple[Rgb, Alpha, Colour]:
    """A soft disc of slowly changing colour over another gradient; the picture, alpha and the disc's own colour."""
    y, x = np.mgrid[:size, :size] / size
    alpha = np.clip((0.3 - np.hypot(y - 0.5, x - 0.5)) * size / softness + 0.5, 0, 1)[..., None]
    fore = np.stack([200 + 40 * y, 90 + 60 * x, 60 - 30 * y], axis=-1)
    back = np.stack([30 + 40 * x, 80 + 50 * y, 200 - 60 * x], axis=-1)
    rgb = np.rint(alpha * fore + (1 - alpha) * back).astype(np.uint8)
    return rgb, alpha[..., 0].astype(np.float32), fore.astype(np.float32)


def test_it_is_a_foreground_estimator() -> None:
    """The stage fits its Protocol."""
    stage: ForegroundEstimator = Multilevel()
    assert callable(stage)


def test_the_background_is_taken_out_of_mixed_pixels() -> None:
    """Where alpha is between .1 and .9 a tenth of the picture's colour error is left at most."""
    rgb, alpha, fore = mixture()
    soft = (alpha > 0.1) & (alpha < 0.9)
    left = np.abs(Multilevel()(rgb, alpha) - fore)[soft].mean()
    assert left < 0.1 * np.abs(rgb - fore)[soft].mean()


def test_the_picture_comes_back_where_alpha_is_whole() -> None:
    """Exactly the picture's colour where alpha is 1, and levels 0..255 everywhere."""
    rgb, alpha, _ = mixture()
    found = Multilevel()(rgb, alpha)
    assert np.array_equal(found[alpha == 1], rgb[alpha == 1])
    assert 0 <= found.min() <= found.max() <= 255


def test_both_cores_agree() -> None:
    """Compiled and numpy colours differ by less than a hundredth of a level."""
    rgb, alpha, _ = mixture(61)
    compiled, plain = Multilevel(core="compiled")(rgb, alpha), Multilevel(core="numpy")(rgb, alpha)
    assert np.abs(compiled - plain).max() < 0.01


def test_sixteen_bits_scale() -> None:
    """At 16 bits the colours are 257 times those at 8."""
    rgb, alpha, _ = mixture(50)
    wide = Multilevel()(rgb.astype(np.uint16) * np.uint16(257), alpha)
    np.testing.assert_allclose(wide / 257, Multilevel()(rgb, alpha), atol=0.05)


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (5000, 20), (33, 2)])
def test_any_shape_works(shape: tuple[int, int]) -> None:
    """Random alphas, none of them whole, give finite colours in range."""
    rng = np.random.default_rng(0)
    rgb = rng.integers(0, 256, (*shape, 3), np.uint8)
    found = Multilevel()(rgb, rng.uniform(0.01, 0.99, shape).astype(np.float32))
    assert found.shape == (*shape, 3)
    assert found.dtype == np.float32
    assert 0 <= found.min() <= found.max() <= 255


def test_nothing_soft_means_nothing_to_do() -> None:
    """A binary alpha gives the picture back."""
    rgb, alpha, _ = mixture(40)
    assert np.array_equal(Multilevel()(rgb, np.rint(alpha)), rgb.astype(np.float32))


def test_inputs_are_left_alone_and_the_answer_repeats() -> None:
    """Two calls on read-only arrays give the same bytes."""
    rgb, alpha, _ = mixture(40)
    rgb.setflags(write=False)
    alpha.setflags(write=False)
    assert Multilevel()(rgb, alpha).tobytes() == Multilevel()(rgb, alpha).tobytes()


def test_an_alpha_out_of_range_is_refused() -> None:
    """Coverage beyond 1 is named as such."""
    rgb, alpha, _ = mixture(20)
    with pytest.raises(BadArray, match=r"0\.\.1"):
        Multilevel()(rgb, alpha * 2)


def test_options_out_of_range_are_refused() -> None:
    """At least one sweep is needed."""
    with pytest.raises(BadInput, match="sweep"):
        Multilevel(sweeps=0)
