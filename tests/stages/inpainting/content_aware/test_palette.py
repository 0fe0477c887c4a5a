"""The flat colours of a drawing."""

import numpy as np

from delaminate.stages.inpainting.content_aware.palette import palette, snapped

EVERYWHERE = np.ones((60, 60), np.bool_)


def test_a_drawing_has_a_palette() -> None:
    """Large areas are in it, small ones and unknown ones are not."""
    picture = np.full((60, 60, 3), 200, np.uint8)
    picture[:20] = 10, 20, 30
    picture[40:43, 40:43] = 99
    picture[:, :20] = 77
    known = EVERYWHERE.copy()
    known[:, :20] = False
    assert sorted(palette(picture, known).tolist()) == [[10, 20, 30], [200, 200, 200]]


def test_a_photograph_has_none() -> None:
    """Grain leaves no flat pixels."""
    assert len(palette(np.random.default_rng(0).integers(0, 255, (60, 60, 3), dtype=np.uint8), EVERYWHERE)) == 0


def test_colours_near_the_palette_move_onto_the_nearest() -> None:
    """Within six levels, in any depth; others stay."""
    to = np.array([[100, 100, 100], [104, 104, 104]], np.float32)
    colours = np.array([[101, 99, 100], [103, 103, 103], [100, 100, 120]], np.float32)
    assert snapped(colours, to, 1).tolist() == [[100, 100, 100], [104, 104, 104], [100, 100, 120]]
    assert np.array_equal(snapped(colours * 257, to * 257, 257), snapped(colours, to, 1) * 257)
