"""What the network of shadows sees."""

from __future__ import annotations

import numpy as np

from delaminate.splitting.shadow.view import SIDE, size_of, view_of


def test_a_copy_keeps_its_shape_and_fits() -> None:
    """The longer side is as long as the network sees; a thin strip keeps some pixels."""
    assert size_of(400, 200) == (SIDE // 2, SIDE)
    assert size_of(3, 3000) == (SIDE, 8)


def test_a_thing_is_blanked_out_and_the_ground_is_seen_beside_what_is_far_away() -> None:
    """The same ground twice as bright, and another thing on it, look the same: only the last plane tells."""
    thing = np.zeros((96, SIDE), np.float32)
    thing[30:60, 50:80] = 1
    ground = np.full((96, SIDE, 3), 90, np.float32)
    ground[:, : SIDE // 4] *= np.float32(0.8)
    other = np.zeros_like(thing)
    seen, bright = (
        view_of(ground, thing, other),
        view_of(np.where(thing[..., None] > 0, 3, 2 * ground + 12), thing, other),
    )
    assert seen is not None
    assert bright is not None
    assert seen.planes.shape == (7, SIDE, SIDE)
    assert float(np.abs(seen.planes[:3, 30:60, 50:80]).max()) == 0
    assert np.allclose(seen.planes[:6], bright.planes[:6], atol=1e-5)
    assert float((bright.planes[6] - seen.planes[6])[:96].min()) > 0.5
    assert not seen.planes[:, 96:].any()
    assert seen.planes[5, :96].sum() == seen.ground.sum() == 96 * SIDE - 32 * 32


def test_what_other_things_cover_is_no_ground() -> None:
    """Nor is a rim round them; where they cover everything, nothing is to be seen."""
    thing, other = np.zeros((2, SIDE, SIDE), np.float32)
    thing[60:70, 60:70] = 1
    other[10:20, 10:20] = 1
    ground = np.full((SIDE, SIDE, 3), 90, np.float32)
    seen = view_of(ground, thing, other)
    assert seen is not None
    assert not seen.ground[9:21, 9:21].any()
    assert seen.ground[8, 8]
    assert view_of(ground, thing, np.ones_like(other)) is None
    assert view_of(ground, np.zeros_like(thing), other) is None
