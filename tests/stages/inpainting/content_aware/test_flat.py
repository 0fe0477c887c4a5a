"""Which rings count as flat, and which colour they give."""

import numpy as np

from delaminate.stages.inpainting.content_aware.flat import flat_colour

GREY = np.full((200, 3), (90, 91, 92), np.uint8)


def test_a_flat_ring_gives_its_commonest_colour() -> None:
    """A few pixels a level off, and two of another thing, do not move the colour."""
    ring = GREY.copy()
    ring[:50] += 1
    ring[50:52] = 255, 0, 0
    found = flat_colour(ring, 1)
    assert found is not None
    assert found.tolist() == [90, 91, 92]


def test_ringing_of_compression_does_not_hide_the_colour() -> None:
    """A quarter of the ring off by up to ten levels, as JPEG leaves it around letters."""
    ring = GREY.copy()
    ring[::4] = ring[::4] + np.random.default_rng(0).integers(-4, 5, (50, 3)).astype(np.uint8)
    ring[::40] += 10
    found = flat_colour(ring, 1)
    assert found is not None
    assert found.tolist() == [90, 91, 92]


def test_grain_is_not_flat() -> None:
    """A ring with noise of one and a half levels keeps its grain: it is not flat."""
    noise = np.random.default_rng(0).normal(0, 1.5, GREY.shape)
    assert flat_colour((GREY + noise).round().astype(np.uint8), 1) is None


def test_two_colours_are_not_flat() -> None:
    """Neither half of a ring across an edge is taken for all of it."""
    ring = GREY.copy()
    ring[120:] = 10
    assert flat_colour(ring, 1) is None


def test_too_few_pixels_say_nothing() -> None:
    """A ring of a handful of pixels is no evidence."""
    assert flat_colour(GREY[:20], 1) is None


def test_sixteen_bit_colours_are_kept_to_the_bit() -> None:
    """Values that differ by less than an 8-bit level stay apart."""
    ring = np.full((100, 3), (30000, 30001, 65535), np.uint16)
    ring[:30, 0] += 7
    found = flat_colour(ring, 257)
    assert found is not None
    assert found.tolist() == [30000, 30001, 65535]
