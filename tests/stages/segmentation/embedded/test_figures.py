"""What stands out in a picture and in parts of it, asked of a stand-in for the saliency network."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from delaminate.pixels import Box
from delaminate.stages.segmentation.embedded.figures import Figures
from delaminate.stages.segmentation.embedded.prepared import Prepared
from delaminate.stages.segmentation.embedded.view import view_of

Floats = NDArray[np.float32]


def _picture() -> NDArray[np.uint8]:
    """A noisy ground with a large bright square and a small one."""
    rgb = np.random.default_rng(0).integers(60, 120, (600, 800, 3)).astype(np.uint8)
    rgb[100:400, 200:500] = 250
    rgb[450:520, 650:720] = 250
    return rgb


class Bright:
    """What is bright stands out; counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, rgb: NDArray[np.uint8]) -> Floats:
        self.asked += 1
        return np.asarray(rgb.mean(axis=2) > 200, np.float32)


def _figures() -> tuple[Figures, Bright]:
    network, rgb = Bright(), _picture()
    return Figures(rgb, view_of(rgb), network), network


def test_every_crop_is_looked_at_once() -> None:
    """Asked again for the same box, the answer is the one that was kept."""
    figures, network = _figures()
    box = Box(50, 20, 300, 260)
    assert np.array_equal(figures.of(box), figures.of(box))
    assert network.asked == 1


def test_a_region_that_ends_with_a_look_at_it_is_cut_off() -> None:
    """The half of a square that a look ended in, not the whole of it, nor what ends at the picture's border."""
    figures, _ = _figures()
    h, w = figures.view.shape
    square = np.asarray(figures.view.rgb.mean(axis=2) > 200)
    near = Box(0, 0, int(0.45 * w), h)
    half = square.copy()
    half[:, near.right :] = False
    assert figures.cut_off(half) == 0
    figures.of(near)
    assert figures.cut_off(half) > 0.9
    assert figures.cut_off(square) == 0
    border = np.zeros((h, w), np.bool_)
    border[: h // 2, : w // 4] = True
    assert figures.cut_off(border) == 0


def test_where_a_picture_is_unclear_its_mirror_image_is_looked_at_as_well() -> None:
    """A network that is sure of things in the left half alone is asked twice; one that is sure is asked once."""

    def sure_of_the_left(rgb: NDArray[np.uint8]) -> Floats:
        bright = np.asarray(rgb.mean(axis=2) > 200, np.float32)
        bright[:, rgb.shape[1] // 2 :] *= 0.3
        return bright

    rgb = _picture()
    found = Figures(rgb, view_of(rgb), sure_of_the_left).fine
    assert (found[500:510, 660:710] > 0.5).all(), "what only the mirror image shows"
    assert (found[200:300, 250:350] > 0.5).all()
    figures, network = _figures()
    assert figures.clarity > 0.99
    assert network.asked == 1


def test_pieces_are_all_of_it_then_each_the_largest_first() -> None:
    """Two squares stand out: together, the large one, the small one."""
    figures, _ = _figures()
    whole, large, small = figures.pieces(Box(0, 0, *figures.view.shape[::-1]))
    assert np.array_equal(whole, large | small)
    assert large.sum() > 10 * small.sum()


def test_round_a_rough_region_the_whole_thing_is_found() -> None:
    """A corner of the large square gives all of it, and nothing of the small one."""
    figures, _ = _figures()
    rough = np.zeros(figures.view.shape, np.bool_)
    rough[60:90, 110:140] = True
    found = figures.piece_of(rough, Box(60, 20, 320, 240))
    assert found is not None
    true = np.zeros_like(found)
    true[50:200, 100:250] = True
    assert (found & true).sum() > 0.97 * (found | true).sum()


def test_where_nothing_stands_out_there_is_no_piece() -> None:
    """An empty answer is None, no guess."""
    figures, _ = _figures()
    rough = np.zeros(figures.view.shape, np.bool_)
    rough[5:20, 5:20] = True
    assert figures.piece_of(rough, Box(0, 0, 80, 45)) is None


def test_the_outline_has_the_full_size_of_the_picture() -> None:
    """The square is found to within a pixel of where it is, in pixels of the picture."""
    rgb = _picture()
    rgb[450:520, 650:720] = 90
    found = Figures(rgb, view_of(rgb), Bright()).outline()
    assert found is not None
    box, mask = found
    assert np.abs(np.array(box.as_tuple()) - (200, 100, 500, 400)).max() <= 1
    assert mask.mean() > 0.99


def test_the_main_thing_needs_no_regions_and_no_text() -> None:
    """Where something plainly stands out nobody proposes regions and nobody reads."""

    def read(_: NDArray[np.uint8]) -> list[object]:
        raise AssertionError("read")

    rgb = _picture()
    rgb[450:520, 650:720] = 90
    seen = Prepared(rgb, read, 4, stands_out=Bright)  # type: ignore[arg-type]
    assert seen.figure is not None
    assert "candidates" not in seen.__dict__
