"""The membrane and the corrections drawn over it."""

import numpy as np

from delaminate.stages.inpainting.content_aware.membrane import correction, membrane, membrane_fill

KNOWN = np.ones((48, 64), np.bool_)
KNOWN[10:38, 12:50] = False


def test_membrane_through_a_plane_is_the_plane() -> None:
    """A plane solves Laplace's equation."""
    y, x = np.mgrid[:48, :64].astype(np.float32)
    found = membrane(2 * x + y, KNOWN, rounds=200)
    assert np.abs(found - (2 * x + y)).max() < 1.0


def test_membrane_keeps_what_is_known_and_stays_between() -> None:
    """Known values come back untouched, the others lie within their range."""
    values = np.random.default_rng(0).random((48, 64), dtype=np.float32)
    found = membrane(values, KNOWN)
    assert np.array_equal(found[KNOWN], values[KNOWN])
    assert values[KNOWN].min() <= found.min()
    assert found.max() <= values[KNOWN].max()


def test_nothing_known_gives_zeros() -> None:
    """There is nothing to continue."""
    assert not membrane(np.ones((5, 7), np.float32), np.zeros((5, 7), np.bool_)).any()


def test_a_constant_is_filled_exactly() -> None:
    """One colour around gives that colour, in 16 bits too."""
    picture = np.full((48, 64, 3), (1, 300, 65535), np.uint16)
    assert np.abs(membrane_fill(picture, ~KNOWN, KNOWN) - (1, 300, 65535)).max() < 0.01


def test_a_constant_residual_is_a_constant_correction() -> None:
    """On a grid coarser than the picture, too."""
    rows, columns = np.nonzero(~KNOWN)
    for shape in ((48, 64), (4800, 6400)):
        smooth = correction(rows, columns, np.full((rows.size, 3), 2.5, np.float32), shape, 3.0)
        assert np.abs(smooth(np.arange(40), np.arange(40)) - 2.5).max() < 1e-4
