"""The content-aware fill as a stage: what comes back, for every kind of picture and hole."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from delaminate.compiled import Core, library
from delaminate.errors import BadArray, Cancelled
from delaminate.pixels import Mask, Rgb, box_of
from delaminate.stages.inpainting.content_aware.fill import ContentAware

compiled = pytest.param("compiled", marks=pytest.mark.skipif(library("patchmatch") is None, reason="core not built"))
both = pytest.mark.parametrize("core", [compiled, "numpy"])


def filled(rgb: Rgb, hole: Mask, usable: Mask | None = None, stage: ContentAware | None = None) -> Rgb:
    """The whole picture with its hole filled; what the hole hid is painted over first."""
    given = rgb.copy()
    given[hole] = np.iinfo(rgb.dtype).max, 0, np.iinfo(rgb.dtype).max
    box = box_of(hole)
    assert box is not None
    given[box.slices] = (stage or ContentAware())(given, hole, ~hole if usable is None else usable)
    return given


def written(height: int, width: int, rows: int = 1) -> Mask:
    """Lines of letters, with two pixels of margin as a fill gets them."""
    picture = Image.new("L", (width, height))
    draw = ImageDraw.Draw(picture)
    size = height // (2 * rows)
    for row in range(rows):
        where = (width // 20, height * (row + 0.1) / rows)
        draw.text(where, "Layers 24 peel" * 3, 255, ImageFont.load_default(size), stroke_width=2)
    return np.asarray(np.array(picture) > 0)


def texture(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    """Coarse random grain with a stripe pattern: nothing flat, nothing smooth."""
    rng = np.random.default_rng(seed)
    grain = rng.integers(0, 90, (height, width, 3))
    stripes = 60 * (np.add.outer(np.arange(height), np.arange(width)) // 6 % 2)
    return np.asarray(60 + grain + stripes[..., None]).astype(np.uint8)


def disc(height: int, width: int, radius: int) -> Mask:
    """A round hole in the middle."""
    y, x = np.ogrid[:height, :width]
    return np.asarray((y - height // 2) ** 2 + (x - width // 2) ** 2 <= radius**2)


@pytest.mark.parametrize("colour", [(200, 30, 40), (255, 255, 255), (0, 0, 0)])
def test_text_on_a_flat_poster_comes_back_exactly_flat(colour: tuple[int, int, int]) -> None:
    """Every letter is replaced by the poster's colour to the bit."""
    poster = np.full((120, 400, 3), colour, np.uint8)
    assert np.array_equal(filled(poster, written(120, 400)), poster)


def test_text_across_two_flat_colours_comes_back_exactly() -> None:
    """Where a letter crosses from one flat colour into another, both are continued to the bit."""
    poster = np.full((120, 300, 3), (240, 240, 235), np.uint8)
    poster[60:] = 20, 60, 140
    hole = np.zeros((120, 300), np.bool_)
    hole[30:90, 100:120] = hole[30:90, 200:220] = True
    assert np.array_equal(filled(poster, hole), poster)


def test_text_on_a_jpeg_poster_is_flat_within_a_level() -> None:
    """Compression noise around the letters does not get into the fill."""
    poster = np.full((160, 480, 3), (30, 110, 170), np.uint8)
    letters = written(160, 480)
    poster[letters] = 255
    file = io.BytesIO()
    Image.fromarray(poster).save(file, "JPEG", quality=85)
    hole = np.asarray(np.lib.stride_tricks.sliding_window_view(np.pad(letters, 7), (15, 15)).any(axis=(2, 3)))
    fill = filled(np.array(Image.open(file)), hole)
    assert np.abs(fill[hole].astype(int) - (30, 110, 170)).max() <= 1


def test_a_gradient_is_continued_without_bias_or_seam() -> None:
    """A hole in a two-dimensional gradient comes back within rounding."""
    y, x = np.mgrid[:200, :300]
    sky = np.stack([40 + x * 0.4, 60 + y * 0.5, 200 - 0.2 * x], axis=-1).round().astype(np.uint8)
    fill = filled(sky, disc(200, 300, 50))
    assert np.abs(fill.astype(int) - sky).max() <= 2
    assert abs(float(fill.mean() - sky.mean())) < 0.02


def test_a_grainy_gradient_keeps_its_grain() -> None:
    """The fill is neither blurred nor noisier than what surrounds it."""
    rng = np.random.default_rng(0)
    y = np.arange(200)[:, None, None]
    sky = np.clip(80 + y * 0.4 + rng.normal(0, 4, (200, 300, 3)), 0, 255).round().astype(np.uint8)
    hole = disc(200, 300, 50)
    residual = filled(sky, hole)[hole] - (80 + 0.4 * np.nonzero(hole)[0][:, None])
    assert 3 < residual.std() < 5
    assert abs(residual.mean()) < 0.5


@both
def test_texture_is_continued_not_blurred(core: Core) -> None:
    """Variation inside the filled hole is about that of the picture."""
    picture, hole = texture(120, 160), disc(120, 160, 24)
    fill = filled(picture, hole, stage=ContentAware(core=core))
    inside = np.diff(fill.astype(float), axis=1)[hole[:, 1:]].std()
    assert 0.6 < inside / np.diff(picture.astype(float), axis=1).std() < 1.2


@both
def test_only_the_hole_changes_and_the_input_not_at_all(core: Core) -> None:
    """The answer is the hole's bounding box, equal to the input outside the hole."""
    picture, hole = texture(90, 110), disc(90, 110, 15)
    before = picture.copy()
    fill = ContentAware(core=core)(picture, hole, ~hole)
    box = box_of(hole)
    assert box is not None
    assert fill.shape == (box.height, box.width, 3)
    assert np.array_equal(picture, before)
    assert np.array_equal(fill[~hole[box.slices]], picture[box.slices][~hole[box.slices]])


def test_unusable_pixels_are_never_copied() -> None:
    """A bright thing beside the hole that belongs to another layer leaves no trace in it."""
    picture = texture(140, 200) // 2
    hole = disc(140, 200, 25)
    usable = ~hole
    picture[30:110, 120:180][usable[30:110, 120:180]] = 255, 0, 0
    usable[30:110, 120:180] = False
    fill = filled(picture, hole, usable)
    assert fill[hole, 0].max() < 150


def test_with_nothing_usable_the_nearest_colours_are_continued() -> None:
    """A membrane: within the range of the colours around, smooth inside."""
    picture, hole = texture(80, 80), disc(80, 80, 20)
    fill = filled(picture, hole, np.zeros_like(hole))
    assert fill[hole].min() >= picture[~hole].min()
    assert np.diff(fill[30:50, 30:50].astype(float), axis=1).std() < 3


def test_sixteen_bits_keep_their_levels() -> None:
    """A 16-bit flat colour comes back to the bit; a 16-bit texture uses values no 8-bit picture has."""
    flat = np.full((60, 60, 3), (12345, 54321, 777), np.uint16)
    assert np.array_equal(filled(flat, disc(60, 60, 12)), flat)
    fine = texture(90, 110).astype(np.uint16) * 257 + 3
    fill = filled(fine, disc(90, 110, 15))
    assert fill.dtype == np.uint16
    assert (fill[disc(90, 110, 15)] % 257 != 0).mean() > 0.5


@both
@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (5, 9), (20, 1500)])
def test_odd_pictures_are_filled(core: Core, shape: tuple[int, int]) -> None:
    """Pictures smaller than a patch, and very long ones, with the hole at the border."""
    picture = texture(*shape)
    hole = np.zeros(shape, np.bool_)
    hole[: max(1, shape[0] // 2), : max(1, shape[1] // 4)] = True
    fill = ContentAware(core=core)(picture, hole, ~hole)
    assert fill.shape[:2] == (max(1, shape[0] // 2), max(1, shape[1] // 4))


def test_a_hole_as_large_as_the_picture_gives_one_colour() -> None:
    """With nothing known the picture's mean is all that can be said."""
    picture = texture(40, 50)
    fill = ContentAware()(picture, np.ones((40, 50), np.bool_), np.zeros((40, 50), np.bool_))
    assert np.ptp(fill.reshape(-1, 3), axis=0).max() == 0


def test_the_same_seed_gives_the_same_bytes_for_any_number_of_threads() -> None:
    """Bytes depend on the seed alone: not on our workers, nor on OpenCV's."""
    picture, hole = texture(300, 360), disc(300, 360, 80)
    noise = np.random.default_rng(0).normal(0, 3, (300, 120, 3))
    picture[:, :120] = (100 + np.arange(120)[:, None] / 2 + noise).round()
    hole[100:160, 30:60] = True
    usual, fills = cv2.getNumThreads(), []
    for n in (1, 2, 3):
        cv2.setNumThreads(n)
        fills.append(ContentAware(workers=n)(picture, hole, ~hole, seed=7).tobytes())
    cv2.setNumThreads(usual)
    assert fills[0] == fills[1] == fills[2]
    assert fills[0] != ContentAware()(picture, hole, ~hole, seed=8).tobytes()


def test_two_hundred_letters_are_filled_at_once() -> None:
    """Small print over texture: all of it goes, and what is left resembles the texture."""
    picture, hole = texture(300, 500), written(300, 500, rows=5)
    fill = filled(picture, hole)
    assert abs(float(fill[hole].mean()) - float(picture.mean())) < 6


def test_progress_grows_to_one_and_cancelling_passes_through() -> None:
    """`tick` is told of progress and may stop the work."""
    picture, hole = texture(120, 160), disc(120, 160, 30)
    told: list[float] = []
    ContentAware()(picture, hole, ~hole, tick=told.append)
    assert told == sorted(told)
    assert len(told) > 5
    assert told[-1] == 1.0

    def stop(done: float) -> None:
        if done > 0.3:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        ContentAware()(picture, hole, ~hole, tick=stop)


def test_an_empty_hole_is_refused() -> None:
    """There is no bounding box to return."""
    nothing = np.zeros((8, 8), np.bool_)
    with pytest.raises(BadArray, match="at least one pixel"):
        ContentAware()(texture(8, 8), nothing, ~nothing)
