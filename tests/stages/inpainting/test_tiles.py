"""Networks of one size fill holes of any: full detail, nothing shown that may not be copied, asked only for texture."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from delaminate.contracts import no_tick
from delaminate.errors import StageFailed
from delaminate.pixels import Mask
from delaminate.stages.inpainting.content_aware.fill import ContentAware
from delaminate.stages.inpainting.lama import Lama
from delaminate.stages.inpainting.migan import Migan
from delaminate.stages.inpainting.tiles import _MOST_TILES, Tiles
from lama_file import lama_file
from lite_files import migan_file


class Grain:
    """A network that goes on with the colours it sees and paints grain of one pixel; it keeps what it was shown."""

    def __init__(self) -> None:
        self.shown: list[tuple[NDArray[np.uint8], Mask]] = []

    def __call__(self, rgb: NDArray[np.uint8], inside: Mask) -> NDArray[Any]:
        self.shown.append((rgb, inside))
        seen = (~inside).astype(np.float32)[..., None]
        wide = max(inside.shape) / 6
        light = cv2.GaussianBlur(rgb * seen, (0, 0), wide) / (cv2.GaussianBlur(seen, (0, 0), wide)[..., None] + 1e-6)
        grain = np.random.default_rng(len(self.shown)).normal(0, 12, (*inside.shape, 1))
        return np.where(inside[..., None], light + grain, rgb)


def grainy(height: int, width: int) -> NDArray[np.uint8]:
    """A ramp with grain."""
    ramp = np.linspace(60, 180, width)[None, :, None]
    noisy = ramp + np.random.default_rng(3).normal(0, 12, (height, width, 3))
    return np.clip(noisy, 0, 255).astype(np.uint8)


def roughness(values: NDArray[Any]) -> float:
    """Mean second difference."""
    return float(np.abs(cv2.Laplacian(values.astype(np.float32), cv2.CV_32F)).mean())


def test_a_hole_that_fits_is_filled_at_once() -> None:
    """One square, of the network's size."""
    network, rgb = Grain(), grainy(100, 120)
    hole = np.zeros((100, 120), np.bool_)
    hole[40:60, 50:70] = True
    made = Tiles(network, 256, "grain")(rgb, hole, ~hole, no_tick)
    assert made.shape == (400, 3)
    assert [shown.shape for shown, _ in network.shown] == [(256, 256, 3)]


def test_a_large_hole_has_the_detail_of_the_picture() -> None:
    """As rough as its surroundings, where an enlarged fill is smooth; and it follows the ramp."""
    network, rgb = Grain(), grainy(300, 500)
    hole = np.zeros((300, 500), np.bool_)
    hole[90:210, 130:350] = True
    made = rgb.astype(np.float32)
    made[hole] = Tiles(network, 128, "grain")(rgb, hole, ~hole, no_tick)
    assert roughness(made[110:190, 150:330]) > 0.6 * roughness(rgb[:90])
    assert made[100:200, 300:340].mean() - made[100:200, 140:180].mean() > 20


def test_a_huge_hole_asks_the_network_a_bounded_number_of_times() -> None:
    """It is then filled at a smaller size and enlarged."""
    network, rgb = Grain(), grainy(700, 900)
    hole = np.zeros((700, 900), np.bool_)
    hole[100:600, 150:750] = True
    made = Tiles(network, 64, "grain")(rgb, hole, ~hole, no_tick)
    assert 1 < len(network.shown) <= _MOST_TILES + 1
    assert np.isfinite(made).all()


def test_what_may_not_be_copied_is_never_shown() -> None:
    """Neither what is in the hole nor another thing beside it: both are covered, and told as to be filled."""
    network, rgb = Grain(), grainy(300, 400)
    rgb[:, 200:] = (255, 0, 255)
    hole, usable = np.zeros((300, 400), np.bool_), np.ones((300, 400), np.bool_)
    hole[100:200, 60:190] = True
    usable[:, 200:] = False
    ContentAware(structure=False, texture=Tiles(network, 128, "grain"))(rgb, hole, usable & ~hole)
    assert network.shown
    for shown, inside in network.shown:
        magenta = (shown[..., 1] < 60) & (shown[..., 0] > 200)
        assert not (magenta & ~inside).any()
        assert (shown[inside] == 128).all()


def test_a_flat_ground_asks_no_network() -> None:
    """Flat colour and gradients are known better without."""
    network = Grain()
    rgb = np.full((200, 200, 3), 90, np.uint8)
    hole = np.zeros((200, 200), np.bool_)
    hole[50:150, 50:150] = True
    filled = ContentAware(texture=Tiles(network, 64, "grain"))(rgb, hole, ~hole)
    assert not network.shown
    assert (filled == 90).all()


def test_a_network_that_answers_in_another_size_ends_in_a_sentence() -> None:
    """Which names it."""
    hole = np.zeros((60, 60), np.bool_)
    hole[20:30, 20:30] = True
    with pytest.raises(StageFailed, match="half returned an array"):
        Tiles(lambda rgb, _: rgb[::2], 64, "half")(grainy(60, 60), hole, ~hole, no_tick)


def test_files_fill_what_is_rough(tmp_path: Path) -> None:
    """LaMa's and MI-GAN's: colours of the surroundings, in both depths of colour."""
    rgb, hole = grainy(150, 150), np.zeros((150, 150), np.bool_)
    hole[50:100, 50:100] = True
    for fill in (Lama(str(lama_file(tmp_path / "l.onnx", 64))), Migan(str(migan_file(tmp_path / "m.onnx")))):
        for picture in (rgb, rgb.astype(np.uint16) * 257):
            made = fill(picture, hole, ~hole).astype(np.float64) / (257 if picture.dtype == np.uint16 else 1)
            assert np.abs(made.mean() - 120) < 15
