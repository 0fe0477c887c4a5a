"""PackBits: both cores agree, whatever goes in comes out, and damage is refused."""

from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from delaminate.compiled import library
from delaminate.errors import UnreadablePicture
from delaminate.picture.packbits import decode, encode

CORES: tuple[Literal["compiled", "numpy"], ...] = ("compiled", "numpy") if library("packbits") else ("numpy",)
PLANES = arrays(
    np.uint8, st.tuples(st.integers(1, 4), st.integers(1, 400)), elements=st.sampled_from([0, 0, 0, 7, 255])
)


@settings(max_examples=100, deadline=None)
@given(PLANES)
def test_rows_come_back(plane: NDArray[np.uint8]) -> None:
    """Any mixture of runs and literals, through every core."""
    for core in CORES:
        lengths, packed = encode(plane, core)
        assert np.array_equal(decode(packed, lengths, plane.shape[1], core), plane)


@settings(max_examples=60, deadline=None)
@given(PLANES)
def test_the_cores_write_the_same_bytes(plane: NDArray[np.uint8]) -> None:
    """A file does not depend on whether a compiler was there."""
    (lengths, packed), *others = [encode(plane, core) for core in CORES]
    for other_lengths, other in others:
        assert packed == other
        assert np.array_equal(lengths, other_lengths)


def test_a_channel_of_a_picture_is_packed_without_a_copy() -> None:
    """A strided view gives what its copy gives."""
    pixels = np.random.default_rng(0).integers(0, 3, (20, 300, 4), np.uint8)
    assert encode(pixels[..., 2])[1] == encode(pixels[..., 2].copy())[1]


def test_pillow_reads_it() -> None:
    """Pillow's own PackBits decoder gives the row back."""
    from PIL import Image

    plane = np.repeat(np.arange(50, dtype=np.uint8), 7).reshape(1, -1)
    image = Image.frombytes("L", (plane.shape[1], 1), encode(plane)[1], "packbits", "L")
    assert np.array_equal(np.asarray(image), plane)


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("packed", [b"", b"\x05abc", b"\xfe", b"\xfeab", b"\x81a" * 9])
def test_damage_is_refused(core: Literal["compiled", "numpy"], packed: bytes) -> None:
    """Too short, too long, cut in a packet: one error."""
    with pytest.raises(UnreadablePicture):
        decode(packed, np.array([len(packed)], np.uint32), 6, core)
