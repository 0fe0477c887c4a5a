"""PNG of every depth and colour type with every kind of transparency, and what its chunks say of colours."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from delaminate.picture import open_picture
from picture.png_file import png

_GREY, _COLOUR, _GREY_ALPHA, _COLOUR_ALPHA = 0, 2, 4, 6
_CHANNELS = {_GREY: 1, _COLOUR: 3, _GREY_ALPHA: 2, _COLOUR_ALPHA: 4}
_DEPTHS = [(_GREY, d) for d in (1, 2, 4, 8, 16)] + [(c, d) for c in (2, 4, 6) for d in (8, 16)]


def _samples(colour: int, depth: int, seed: int = 0) -> NDArray[Any]:
    shape = (9, 13, _CHANNELS[colour])
    return np.random.default_rng(seed).integers(0, 1 << depth, shape).astype(np.uint16 if depth == 16 else np.uint8)


def _full(samples: NDArray[Any], depth: int) -> NDArray[Any]:
    """Samples at 8 or 16 bits."""
    return samples * np.uint8({1: 255, 2: 85, 4: 17}.get(depth, 1)) if depth < 8 else samples


@pytest.mark.parametrize(("colour", "depth"), _DEPTHS)
@pytest.mark.parametrize("seed", range(4))
def test_every_depth_and_colour_type_is_read_whole(colour: int, depth: int, seed: int) -> None:
    """As libpng reads it, in another binding; no bit is lost and no note is needed for depth."""
    samples = _samples(colour, depth, seed)
    data = png(samples, depth, colour)
    got = open_picture(data).pixels
    wanted = _full(samples, depth)
    if depth >= 8:
        other = imagecodecs.png_decode(data)
        assert np.array_equal(other.reshape(samples.shape), wanted)
    assert got.dtype == wanted.dtype
    assert np.array_equal(got, wanted if colour & 2 else wanted[..., [0, 0, 0, *([1] if colour & 4 else [])]])


@pytest.mark.parametrize(("colour", "depth"), [(c, d) for c, d in _DEPTHS if c in (_GREY, _COLOUR)])
@pytest.mark.parametrize("seed", range(4))
def test_a_key_colour_is_transparent_at_every_depth(colour: int, depth: int, seed: int) -> None:
    """The pixels that have it exactly, all bits compared, and no others."""
    samples = _samples(colour, depth, seed)
    key = samples[3, 4]
    data = png(samples, depth, colour, (b"tRNS", key.astype(">u2").tobytes()))
    got = open_picture(data).pixels
    full = np.iinfo(got.dtype).max
    assert np.array_equal(got[..., 3] == 0, (samples == key).all(axis=2))
    assert set(np.unique(got[..., 3])) <= {0, full}
    assert np.array_equal(got[..., : samples.shape[2]], _full(samples, depth))


def _shown(data: bytes) -> NDArray[Any]:
    """What a viewer with colour management shows of our pixels: through the profile to sRGB."""
    picture = open_picture(data)
    image = Image.fromarray((picture.rgb >> 8).astype(np.uint8) if picture.pixels.dtype == np.uint16 else picture.rgb)
    if picture.icc is None:
        return np.asarray(image)
    profile = ImageCms.ImageCmsProfile(io.BytesIO(picture.icc))
    shown = ImageCms.profileToProfile(
        image, profile, ImageCms.createProfile("sRGB"), renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC
    )
    assert shown is not None
    return np.asarray(shown)


_RAMP = np.repeat(np.arange(0, 256, 5, dtype=np.uint8)[None, :, None], 3, axis=2)
_D65_CHRM = struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
_P3_CHRM = struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)


def _srgb(light: NDArray[Any]) -> NDArray[Any]:
    return 255 * np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("gamma", [0.4, 0.55556, 1.0])
def test_a_gamma_becomes_a_profile_and_the_values_stay(gamma: float) -> None:
    """The values bit for bit, and colour-managed programs show what the file means."""
    data = png(_RAMP, 8, _COLOUR, (b"gAMA", struct.pack(">I", round(gamma * 100000))))
    picture = open_picture(data)
    assert np.array_equal(picture.pixels, _RAMP)
    assert any("gamma" in note for note in picture.notes)
    assert np.abs(_shown(data) - _srgb((_RAMP / 255.0) ** (1 / gamma))).max() <= 2


def test_a_gamma_and_primaries_of_srgb_need_no_profile() -> None:
    """What ImageMagick writes into every file."""
    picture = open_picture(png(_RAMP, 8, _COLOUR, (b"gAMA", struct.pack(">I", 45455)), (b"cHRM", _D65_CHRM)))
    assert (picture.icc, picture.notes) == (None, ())


def test_primaries_alone_become_a_profile() -> None:
    """Display P3's red is no colour of sRGB and comes out clipped; its white is white."""
    red = np.array([[[255, 0, 0], [255, 255, 255]]], np.uint8)
    shown = _shown(png(red, 8, _COLOUR, (b"cHRM", _P3_CHRM)))
    assert shown[0, 0].tolist() == [255, 0, 0]
    assert shown[0, 1].min() >= 254
    middle = np.full((1, 1, 3), (150, 100, 100), np.uint8)
    assert _shown(png(middle, 8, _COLOUR, (b"cHRM", _P3_CHRM)))[0, 0, 0] > 152


def test_chunks_stand_above_each_other_as_the_standard_orders_them() -> None:
    """cICP, iCCP, sRGB, gAMA: the first that is there counts."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    gamma = (b"gAMA", struct.pack(">I", 100000))
    profile = (b"iCCP", b"x\0\0" + zlib.compress(srgb))
    assert open_picture(png(_RAMP, 8, _COLOUR, gamma, (b"sRGB", b"\0"))).icc is None
    assert open_picture(png(_RAMP, 8, _COLOUR, gamma, profile)).icc == srgb
    assert open_picture(png(_RAMP, 8, _COLOUR, gamma, profile, (b"cICP", bytes((1, 13, 0, 1))))).icc is None
    linear = open_picture(png(_RAMP, 8, _COLOUR, profile, (b"cICP", bytes((1, 8, 0, 1)))))
    assert linear.icc not in (None, srgb)


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize(("transfer", "white"), [(16, 0.5807), (18, 0.75)])
def test_high_dynamic_range_becomes_srgb_by_the_stated_rule(transfer: int, white: float, depth: int) -> None:
    """203 cd/m² (58 % of PQ, 75 % of HLG, BT.2408) is nearly white, a tenth of it a tenth of the light; told."""
    top = (1 << depth) - 1
    power = (20.3 / 10_000) ** (1305 / 8192)
    tenth = {
        16: ((107 / 128 + 2413 / 128 * power) / (1 + 2392 / 128 * power)) ** (2523 / 32),
        18: (3 * (20.3 / 1000) ** (1 / 1.2)) ** 0.5,
    }[transfer]  # 20.3 cd/m² as ST 2084 and BT.2100 encode it
    grey = np.array([[[0.0], [tenth], [white], [1.0]]]).repeat(3, axis=2)
    samples = np.rint(grey * top).astype(np.uint16 if depth == 16 else np.uint8)
    picture = open_picture(png(samples, depth, _COLOUR, (b"cICP", bytes((9, transfer, 0, 1)))))
    values = picture.pixels[0, :, 1] / top * 255
    assert values[0] <= 1
    assert abs(values[1] - _srgb(np.array(0.1))) < 2
    assert 240 <= values[2] <= 250
    assert values[3] >= 254
    assert any("203 cd/m² became white" in note for note in picture.notes)


def _grey_profile(gamma: float) -> bytes:
    tags = {
        b"wtpt": b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061),
        b"kTRC": b"curv\0\0\0\0" + struct.pack(">IH2x", 1, round(gamma * 256)),
    }
    table, body, at = b"", b"", 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        table += name + struct.pack(">II", at + len(body), len(data))
        body += data
    kinds = (b"mntr", b"GRAY", b"XYZ ", b"acsp")
    header = struct.pack(">I4xI4s4s4s12x4s28x3i", at + len(body), 0x02100000, *kinds, 63190, 65536, 54061)
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("gamma", [1.0, 1.8, 2.2])
def test_grey_goes_through_its_profile_at_every_depth_and_with_alpha(depth: int, alpha: bool, gamma: float) -> None:
    """As Little CMS converts it, at the depth it has; the alpha is untouched and the profile goes."""
    ramp: NDArray[Any] = np.linspace(0, (1 << depth) - 1, 52).astype(np.uint16 if depth == 16 else np.uint8)[
        None, :, None
    ]
    samples = np.concatenate([ramp, ramp[:, ::-1]], axis=2) if alpha else ramp
    profile = _grey_profile(gamma)
    picture = open_picture(png(samples, depth, 4 if alpha else 0, (b"iCCP", b"x\0\0" + zlib.compress(profile))))
    grey = Image.fromarray((ramp[..., 0] >> (depth - 8)).astype(np.uint8))
    through = ImageCms.profileToProfile(
        grey, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode="RGB"
    )
    assert picture.pixels.dtype == samples.dtype
    assert picture.icc is None
    assert through is not None
    expected = np.asarray(through)[..., 0].astype(int)
    exact = (picture.pixels[..., 0] >> (depth - 8)).astype(int)
    assert np.abs(exact - expected)[:, 3:].max() <= (2 if depth == 8 else 3)
    if alpha:
        assert np.array_equal(picture.pixels[..., 3], samples[..., 1])
