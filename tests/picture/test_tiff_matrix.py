"""TIFF by depth, layout, byte order, compression and meaning: what comes out is what tifffile and imagecodecs read."""

from __future__ import annotations

import io
import itertools
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

from delaminate.errors import UnreadablePicture
from delaminate.picture import open_picture

_PACKINGS = (None, "zlib", "lzw", "packbits", "zstd", "lzma")
_HEIGHT, _WIDTH = 23, 37


def _values(channels: int, dtype: str, top: int | None = None) -> NDArray[Any]:
    """Values over the whole range of the type; floats over 0..1 with both ends."""
    rng = np.random.default_rng(channels)
    shape = (_HEIGHT, _WIDTH, channels)
    if dtype.startswith("f"):
        values = rng.random(shape).astype(dtype)
        values[0, 0], values[0, 1] = 0, 1
        return values
    limit = np.iinfo(dtype).max if top is None else top
    return rng.integers(0, limit, shape, endpoint=True).astype(dtype)


def _file(values: NDArray[Any], **options: Any) -> bytes:
    file = io.BytesIO()
    data = np.moveaxis(values, 2, 0) if options.get("planarconfig") == "separate" else values
    tifffile.imwrite(file, data[..., 0] if values.shape[2] == 1 else data, metadata=None, **options)
    return file.getvalue()


def _layouts(channels: int) -> list[dict[str, Any]]:
    """Byte order × compression × planes × strips or tiles × predictor."""
    planes = ("contig", "separate") if channels > 1 else ("contig",)
    found = []
    for order, packing, plane, tiled in itertools.product("<>", _PACKINGS, planes, (False, True)):
        options: dict[str, Any] = {"byteorder": order, "compression": packing}
        options |= {"tile": (16, 16)} if tiled else {"rowsperstrip": 5}
        options |= {"planarconfig": plane} if channels > 1 else {}
        found.append(options)
        if packing in ("zlib", "lzw"):
            found.append(options | {"predictor": True})
    return found


def _independent(data: bytes) -> NDArray[Any]:
    """H×W×channels as tifffile and imagecodecs read them."""
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page: Any = file.pages[0]
        values: NDArray[Any] = page.asarray()
        if page.planarconfig == 2 and values.ndim == 3:
            values = np.moveaxis(values, 0, 2)
    return values if values.ndim == 3 else values[:, :, None]


def _expected(values: NDArray[Any]) -> NDArray[Any]:
    if values.dtype.kind == "f":
        return np.rint(values.astype(np.float64) * 65535).astype(np.uint16)
    return values


_KINDS: dict[str, tuple[int, str, dict[str, Any]]] = {
    "grey-8": (1, "u1", {"photometric": "minisblack"}),
    "grey-16": (1, "u2", {"photometric": "minisblack"}),
    "grey-float": (1, "f4", {"photometric": "minisblack"}),
    "white-is-zero-8": (1, "u1", {"photometric": "miniswhite"}),
    "white-is-zero-16": (1, "u2", {"photometric": "miniswhite"}),
    "grey-alpha-8": (2, "u1", {"photometric": "minisblack", "extrasamples": ["unassalpha"]}),
    "grey-alpha-16": (2, "u2", {"photometric": "minisblack", "extrasamples": ["unassalpha"]}),
    "rgb-8": (3, "u1", {"photometric": "rgb"}),
    "rgb-16": (3, "u2", {"photometric": "rgb"}),
    "rgb-float": (3, "f4", {"photometric": "rgb"}),
    "rgb-double": (3, "f8", {"photometric": "rgb"}),
    "rgb-half": (3, "f2", {"photometric": "rgb"}),
    "rgba-8": (4, "u1", {"photometric": "rgb", "extrasamples": ["unassalpha"]}),
    "rgba-16": (4, "u2", {"photometric": "rgb", "extrasamples": ["unassalpha"]}),
    "rgb-and-a-channel-8": (4, "u1", {"photometric": "rgb", "extrasamples": ["unspecified"]}),
    "rgb-and-a-channel-16": (4, "u2", {"photometric": "rgb", "extrasamples": ["unspecified"]}),
    "rgba-and-two-channels": (
        6, "u2", {"photometric": "rgb", "extrasamples": ["unspecified", "unassalpha", "unspecified"]},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", _KINDS)
def test_every_layout_gives_the_values_an_independent_decoder_reads(kind: str) -> None:
    """Strips and tiles, planes and pixels, both byte orders, six compressions, with and without predictor."""
    channels, dtype, meaning = _KINDS[kind]
    values = _values(channels, dtype)
    for options in _layouts(channels):
        if dtype == "f2" and options.get("predictor"):
            continue  # tifffile writes no half floats with a predictor
        data = _file(values, **meaning, **options)
        read = _expected(_independent(data))
        if kind.startswith("white"):
            read = np.iinfo(read.dtype).max - read
        colours = 1 if channels < 3 else 3
        alpha = {2: [1], 4: [3], 6: [4]}.get(channels, []) if "unassalpha" in meaning.get("extrasamples", ()) else []
        wanted = [*([0] * 3 if colours == 1 else range(3)), *alpha]
        got = open_picture(data)
        assert got.pixels.dtype == read.dtype, options
        assert np.array_equal(got.pixels, read[..., wanted]), options


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("bits", [2, 4, 10, 12, 14])
def test_samples_that_do_not_fill_bytes_are_spread_over_the_whole_range(bits: int, order: str, channels: int) -> None:
    """Black is black and white is white; every value between is in its place within half a level."""
    top = (1 << bits) - 1
    values = _values(channels, "u1" if bits < 8 else "u2", top)
    values[0, 0], values[0, 1] = 0, top
    meaning = "minisblack" if channels == 1 else "rgb"
    data = _file(values, photometric=meaning, bitspersample=bits, byteorder=order, rowsperstrip=5)
    full = 255 if bits < 8 else 65535
    exact = _independent(data).astype(np.float64) * full / top
    got = open_picture(data).pixels
    assert np.abs(got - exact).max() <= 0.5
    if order == "<":  # tifffile swaps the bytes of big-endian values before it packs them
        assert (got[0, 0].max(), got[0, 1].min()) == (0, full)


@pytest.mark.parametrize("dtype", ["i2", "i4", "u4"])
@pytest.mark.parametrize("packing", _PACKINGS)
@pytest.mark.parametrize("order", "<>")
def test_signed_and_wide_integers_are_taken_as_they_are(dtype: str, packing: str | None, order: str) -> None:
    """0..32767, in both byte orders."""
    values = _values(1, dtype, 32767)
    data = _file(values, photometric="minisblack", compression=packing, byteorder=order)
    got = open_picture(data)
    assert np.array_equal(got.pixels[..., :1], _independent(data).astype(np.uint16))
    assert any("brought to 16 bits" in note for note in got.notes)


@pytest.mark.parametrize("dtype", ["u1", "u2"])
@pytest.mark.parametrize("planes", ["contig", "separate"])
def test_colours_multiplied_with_their_alpha_are_divided_by_it(dtype: str, planes: str) -> None:
    """Within what the multiplication had rounded; clear pixels are black; told."""
    full = np.iinfo(dtype).max
    straight = _values(4, dtype).astype(np.float64)
    straight[0, :, 3], straight[1, :, 3] = 0, full
    stored = straight.copy()
    stored[..., :3] = np.rint(straight[..., :3] * straight[..., 3:] / full)
    data = _file(stored.astype(dtype), photometric="rgb", extrasamples=["assocalpha"], planarconfig=planes)
    got = open_picture(data)
    alpha = np.maximum(straight[..., 3:], 1)
    error = np.abs(got.pixels[..., :3] - straight[..., :3]) * (straight[..., 3:] > 0)
    assert (error <= 0.5 * full / alpha + 0.5).all()
    assert (got.pixels[0] == 0).all()
    assert any("divided" in note for note in got.notes)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("alpha", [False, True])
def test_inks_become_light_at_the_depth_they_have(bits: int, alpha: bool) -> None:
    """CMYK without a profile: white less min(white, C + K), and the alpha beside it."""
    values = _values(4 + alpha, f"u{bits // 8}")
    extra = {"extrasamples": ["unassalpha"]} if alpha else {}
    got = open_picture(_file(values, photometric="separated", **extra))
    full = np.iinfo(values.dtype).max
    wide = values.astype(np.int64)
    assert np.array_equal(got.pixels[..., :3], full - np.minimum(wide[..., :3] + wide[..., 3:4], full))
    assert got.opaque != alpha
    if alpha:
        assert np.array_equal(got.pixels[..., 3], values[..., 4])


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_bigtiff_is_read(order: str, dtype: str) -> None:
    """Both byte orders."""
    values = _values(3, dtype)
    data = _file(values, photometric="rgb", bigtiff=True, byteorder=order, compression="zlib")
    assert np.array_equal(open_picture(data).pixels, values)


@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_a_palette_is_looked_up_at_the_depth_of_its_entries(dtype: str) -> None:
    """8 bits where all entries are bytes, else 16."""
    numbers = _values(1, "u1")[..., 0]
    step = 257 if dtype == "u1" else 1
    entries = np.random.default_rng(0).integers(0, 256 if dtype == "u1" else 65536, (3, 256)).astype(np.uint16)
    file = io.BytesIO()
    tifffile.imwrite(file, numbers, photometric="palette", colormap=entries * np.uint16(step), metadata=None)
    assert np.array_equal(open_picture(file.getvalue()).pixels, entries.T.astype(dtype)[numbers])


@pytest.mark.parametrize("packing", ["jpeg", "webp", "jpeg2000"])
@pytest.mark.parametrize("tiled", [False, True])
@pytest.mark.parametrize("channels", [1, 3])
def test_pictures_inside_a_tiff_are_decoded(packing: str, tiled: bool, channels: int) -> None:
    """JPEG, WebP and JPEG 2000 blocks: as tifffile and imagecodecs decode them, within what lossy decoders differ."""
    if packing == "webp" and channels == 1:
        pytest.skip("WebP has no grey")
    ramp = np.add.outer(np.arange(48), np.arange(64)).astype(np.uint8)[:, :, None] * np.ones(channels, np.uint8)
    layout = {"tile": (16, 16)} if tiled else {"rowsperstrip": 16}
    meaning = "minisblack" if channels == 1 else "rgb"
    data = _file(ramp, photometric=meaning, compression=packing, **layout)
    got = open_picture(data)
    assert got.lossy
    assert np.abs(got.pixels[..., :channels].astype(int) - _independent(data)).max() <= 2


def test_what_is_not_read_is_called_by_its_name() -> None:
    """A whole file is not called damaged."""
    file = io.BytesIO()
    tifffile.imwrite(file, np.zeros((8, 8), np.complex64), photometric="minisblack")
    with pytest.raises(UnreadablePicture, match="is a TIFF of 64-bit complex numbers, which is not read; save it"):
        open_picture(file.getvalue())


def test_lab_of_16_bits_becomes_srgb_of_16_bits() -> None:
    """L = 50, a = b = 0 is the grey that the sRGB curve gives for 18.4 % of light; L = 100 is white."""
    lab = np.zeros((4, 4, 3), np.uint16)
    lab[:2, :, 0], lab[2:, :, 0] = 65535, 32768
    got = open_picture(_file(lab, photometric="cielab")).pixels
    light = ((50 + 16) / 116) ** 3
    grey = 65535 * (1.055 * light ** (1 / 2.4) - 0.055)
    assert got.dtype == np.uint16
    assert got[:2].min() >= 65500
    assert np.abs(got[2:].astype(float) - grey).max() < 20


@pytest.mark.parametrize("dtype", ["u1", "u2"])
@pytest.mark.parametrize("white", [None, (0.3127, 0.3290)])
def test_the_white_of_lab_is_the_one_the_file_states(dtype: str, white: tuple[float, float] | None) -> None:
    """A grey stays a grey under its own white, D50 where none is stated."""
    lab = np.zeros((4, 4, 3), dtype)
    lab[..., 0] = np.iinfo(dtype).max // 2
    stated = [] if white is None else [n for value in white for n in (round(value * 10_000), 10_000)]
    tags = [(318, 5, 2, stated, True)] if stated else []
    got = open_picture(_file(lab, photometric="cielab", extratags=tags)).pixels.astype(int)
    assert np.ptp(got[0, 0]) <= np.iinfo(dtype).max * 0.004
