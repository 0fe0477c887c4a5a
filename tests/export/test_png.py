"""The PNG encoder against two decoders that are not ours, and the names of the files."""

from __future__ import annotations

import io
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from delaminate.errors import BadArray
from delaminate.export import png_encode
from delaminate.export.png import file_stems, slug
from delaminate.export.png_encode import write_png
from delaminate.pixels import Box
from delaminate.stack import Layer, LayerStack, Role


def _png(pixels: Any, **options: Any) -> bytes:
    file = io.BytesIO()
    write_png(file, pixels, **options)
    return file.getvalue()


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 60),
    st.integers(1, 60),
    st.sampled_from([1, 3, 4]),
    st.sampled_from(["u1", "u2"]),
    st.integers(0, 99),
)
def test_any_array_comes_back_bit_for_bit(width: int, height: int, channels: int, dtype: str, seed: int) -> None:
    """Read with OpenCV, which keeps 16 bits."""
    pixels = np.random.default_rng(seed).integers(0, np.iinfo(dtype).max, (height, width, channels), dtype)
    read = cv2.imdecode(np.frombuffer(_png(pixels), np.uint8), cv2.IMREAD_UNCHANGED)
    assert read is not None
    read = read.reshape(height, width, channels)
    assert np.array_equal(read[..., {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[channels]], pixels)


def test_a_picture_of_many_stripes_comes_back_bit_for_bit() -> None:
    """Larger than one stripe, read with Pillow."""
    pixels = np.random.default_rng(0).integers(0, 256, (900, 1000, 4), np.uint8)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(_png(pixels)))), pixels)


def test_a_part_lies_in_its_place_on_an_empty_canvas() -> None:
    """Everything else is zero, across stripes too."""
    pixels = np.random.default_rng(0).integers(0, 256, (700, 300, 4), np.uint8)
    expected = np.zeros((1500, 900, 4), np.uint8)
    expected[650:1350, 410:710] = pixels
    read = np.asarray(Image.open(io.BytesIO(_png(pixels, canvas=(900, 1500), at=(410, 650)))))
    assert np.array_equal(read, expected)


def test_profile_and_resolution_are_in_the_file() -> None:
    """As Pillow reads them."""
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = Image.open(io.BytesIO(_png(np.zeros((2, 2, 4), np.uint8), icc=icc, dpi=(300.0, 72.0))))
    assert image.info["icc_profile"] == icc
    assert image.info["dpi"] == pytest.approx((300, 72), abs=0.02)


@pytest.mark.parametrize(
    "pixels", [np.zeros((2, 2, 2), np.uint8), np.zeros((2, 2, 3), np.float32), np.zeros((0, 2, 3), np.uint8)]
)
def test_other_arrays_are_refused(pixels: Any) -> None:
    """Two channels, floats, nothing."""
    with pytest.raises(BadArray, match="cannot write"):
        _png(pixels)


def test_pixels_beyond_the_canvas_are_refused() -> None:
    """By one column."""
    with pytest.raises(BadArray, match="leave the canvas"):
        _png(np.zeros((2, 2, 4), np.uint8), canvas=(3, 2), at=(2, 0))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("red apple", "red-apple"),
        ("Rød æble", "rod-aeble"),
        ("Café Straße №1", "cafe-strasse-no1"),
        ("../../etc/passwd", "etc-passwd"),
        ("CON\n.png", "con-png"),
        ("苹果", ""),
        ("!!", ""),
        ("x" * 90, "x" * 40),
    ],
)
def test_a_name_becomes_a_safe_slug(name: str, expected: str) -> None:
    """Letters, digits and hyphens only."""
    assert slug(name) == expected


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=5))
def test_any_names_give_safe_and_different_files(names: list[str]) -> None:
    """Whatever Unicode they are made of, and also when they repeat."""
    pixel = np.zeros((1, 1, 4), np.uint8)
    ground = Layer("background", "background", Role.BACKGROUND, Box(0, 0, 1, 1), pixel)
    layers = [Layer(f"l{k}", name, Role.TEXT, Box(0, 0, 1, 1), pixel) for k, name in enumerate(names + names)]
    stems = list(file_stems(LayerStack(1, 1, (ground, *layers))).values())
    assert len(set(stems)) == len(stems)
    assert all(stem.isascii() and stem.replace("-", "").isalnum() for stem in stems)


def test_a_large_canvas_is_streamed_to_the_same_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit lowered, so that a small one counts as large."""
    pixels = np.random.default_rng(2).integers(0, 256, (50, 70, 4), np.uint8)
    monkeypatch.setattr(png_encode, "_AT_ONCE_BYTES", 1000)
    file = io.BytesIO()
    png_encode.write_png(file, pixels, canvas=(90, 60), at=(5, 6))
    expected = np.zeros((60, 90, 4), np.uint8)
    expected[6:56, 5:75] = pixels
    assert np.array_equal(np.asarray(Image.open(file)), expected)
