"""Text is read by a real reader and cut out glyph by glyph."""

import cv2
import numpy as np
import pytest

from delaminate.stages.segmentation.embedded.text_lines import Line, read_lines
from delaminate.stages.segmentation.embedded.text_reader import TextReader
from drawings import iou, poster


def _read(pixels: np.ndarray) -> tuple[Line, ...]:
    return read_lines(pixels, TextReader())


def test_a_headline_is_read_and_cut_out() -> None:
    """The words, and nine tenths of the ink."""
    pixels, ink = poster()
    (line,) = _read(pixels)
    mask = np.zeros(pixels.shape[:2], np.bool_)
    mask[line.box.slices] = line.mask
    assert line.text.replace(" ", "") == "HELLOWORLD"
    assert iou(mask, ink) > 0.9


def test_ink_on_two_grounds_leaves_both_behind() -> None:
    """A line that crosses the edge of a band takes neither ground with it."""
    pixels, ink = poster(ink=(250, 220, 20))
    ground = np.where(np.arange(480)[None, :, None] < 240, (30, 20, 60), (150, 30, 30)).astype(np.uint8)
    two = np.where(ink[..., None], pixels, ground)
    (line,) = _read(two)
    mask = np.zeros(pixels.shape[:2], np.bool_)
    mask[line.box.slices] = line.mask
    assert iou(mask, ink) > 0.8


def test_of_ink_on_two_grounds_no_outline_stays() -> None:
    """The blurred rim of the letters had stayed behind as a thin line in their colour."""
    pixels, ink = poster(ink=(250, 220, 20))
    ground = np.where(np.arange(480)[None, :, None] < 240, (245, 140, 10), (110, 5, 15)).astype(np.uint8)
    share = cv2.GaussianBlur(ink.astype(np.float32), (0, 0), 0.7)[..., None]
    two = np.rint(share * (250, 220, 20) + (1 - share) * ground).astype(np.uint8)
    (line,) = _read(two)
    covered = np.zeros(pixels.shape[:2], np.bool_)
    covered[line.box.slices] = line.alpha > 0
    left = np.abs(two.astype(int) - ground).max(axis=2) * ~covered
    assert (left > 8).sum() < 0.01 * ink.sum()


@pytest.mark.parametrize("shape", [(1, 1, 3), (20, 500, 3), (64, 64, 3)])
def test_a_picture_without_text_has_no_lines(shape: tuple[int, ...]) -> None:
    """Nothing is made up, however small the picture."""
    assert _read(np.full(shape, 200, np.uint8)) == ()
