"""Every door a picture may come through, and every way it may be refused."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageCms

from delaminate.errors import BadArray, BadInput, PictureTooLarge, UnreadablePicture
from delaminate.picture import open_picture


def _scene(channels: int = 3, dtype: type = np.uint8) -> NDArray[Any]:
    """24 × 32 random pixels over the whole range of the type."""
    rng = np.random.default_rng(7)
    return rng.integers(0, np.iinfo(dtype).max, (24, 32, channels), dtype, endpoint=True)


def _encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


# ------------------------------------------------------------------------------------------------ formats and doors


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP", "WEBP"])
def test_lossless_formats_give_the_pixels_of_the_file(kind: str) -> None:
    """Bit for bit, with the format named and not called lossy."""
    scene = _scene()
    options = {"lossless": True} if kind == "WEBP" else {}
    picture = open_picture(_encoded(Image.fromarray(scene), kind, **options))
    assert np.array_equal(picture.pixels, scene)
    assert (picture.format, picture.mode, picture.lossy, picture.opaque) == (kind, "RGB", False, True)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "AVIF"])
def test_lossy_formats_say_so(kind: str) -> None:
    """And agree with what Pillow decodes."""
    data = _encoded(Image.fromarray(_scene()), kind, quality=80)
    picture = open_picture(data)
    assert np.array_equal(picture.pixels, np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))
    assert picture.lossy


def test_a_lossless_webp_with_a_profile_is_not_called_lossy() -> None:
    """The image chunk then stands behind others."""
    data = _encoded(Image.fromarray(_scene(4)), "WEBP", lossless=True, icc_profile=SRGB)
    assert not open_picture(data).lossy


def test_an_animation_gives_its_first_frame_and_says_so() -> None:
    """GIF, two frames."""
    first, second = Image.new("RGB", (9, 7), "red"), Image.new("RGB", (9, 7), "blue")
    picture = open_picture(_encoded(first, "GIF", save_all=True, append_images=[second]))
    assert (picture.rgb == (255, 0, 0)).all()
    assert any("first" in note for note in picture.notes)


def test_path_text_bytes_image_and_array_are_the_same_picture(tmp_path: Path) -> None:
    """Five doors, one room."""
    scene = _scene(4)
    path = tmp_path / "scene.png"
    Image.fromarray(scene).save(path)
    sources: list[Any] = [path, str(path), path.read_bytes(), Image.open(path), scene]
    assert all(np.array_equal(open_picture(source).pixels, scene) for source in sources)


def test_the_digest_is_of_the_file_or_else_of_the_pixels() -> None:
    """So that a manifest names its input."""
    scene = _scene()
    data = _encoded(Image.fromarray(scene), "PNG")
    assert open_picture(data).sha256 == hashlib.sha256(data).hexdigest()
    assert open_picture(scene).sha256 == hashlib.sha256(scene.tobytes()).hexdigest()


def test_an_array_is_copied_and_the_copy_is_frozen() -> None:
    """Changing the caller's array later changes nothing."""
    scene = _scene()
    picture = open_picture(scene)
    scene[:] = 0
    assert picture.pixels.any()
    assert not picture.pixels.flags.writeable


# ------------------------------------------------------------------------------------------------ what is kept


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_exif_orientation_is_applied(kind: str, orientation: int) -> None:
    """As Pillow's `exif_transpose` does it."""
    from PIL import ImageOps

    exif = Image.Exif()
    exif[0x0112] = orientation
    data = _encoded(Image.fromarray(_scene()), kind, exif=exif)
    expected = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))))
    assert np.array_equal(open_picture(data).pixels, expected)


@pytest.mark.filterwarnings("ignore")
def test_a_picture_with_damaged_exif_is_read_as_it_lies() -> None:
    """Its pixels are whole."""
    data = _encoded(
        Image.fromarray(_scene()), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x02\0\0\0\x04oops"
    )
    assert open_picture(data).pixels.shape == (24, 32, 3)


def test_the_resolution_turns_with_the_picture() -> None:
    """A quarter turn swaps horizontal and vertical."""
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = open_picture(_encoded(Image.fromarray(_scene()), "JPEG", exif=exif, dpi=(300, 150)))
    assert picture.dpi == (150.0, 300.0)


def test_an_rgb_profile_is_kept_to_the_byte() -> None:
    """It describes the pixels as they are."""
    assert open_picture(_encoded(Image.fromarray(_scene()), "PNG", icc_profile=SRGB)).icc == SRGB


@pytest.mark.parametrize("profile", [b"not a profile", SRGB[:16] + b"GRAY" + SRGB[20:]])
def test_a_profile_that_does_not_describe_the_pixels_is_dropped_with_a_note(profile: bytes) -> None:
    """Damaged, or of another colour space."""
    picture = open_picture(_encoded(Image.fromarray(_scene()), "TIFF", icc_profile=profile))
    assert picture.icc is None
    assert any("not kept" in note for note in picture.notes)


# ------------------------------------------------------------------------------------------------ colour modes


def test_grey_becomes_three_equal_channels() -> None:
    """The values stay."""
    grey = _scene(1)[..., 0]
    picture = open_picture(_encoded(Image.fromarray(grey), "PNG"))
    assert all(np.array_equal(picture.pixels[..., channel], grey) for channel in range(3))


def test_one_bit_becomes_black_and_white() -> None:
    """0 and 255, nothing between."""
    bits = _scene(1)[..., 0] > 127
    picture = open_picture(_encoded(Image.fromarray(bits), "PNG"))
    assert np.array_equal(picture.pixels[..., 0], np.where(bits, 255, 0))


def test_grey_with_alpha_keeps_its_alpha() -> None:
    """Mode LA."""
    scene = _scene(2)
    picture = open_picture(_encoded(Image.fromarray(scene, "LA"), "PNG"))
    assert np.array_equal(picture.pixels, scene[..., [0, 0, 0, 1]])


def test_a_palette_with_a_transparent_entry_becomes_rgba() -> None:
    """Entry 1 is see-through, entry 0 is not."""
    image = Image.new("P", (4, 2), 0)
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putpixel((1, 0), 1)
    picture = open_picture(_encoded(image, "PNG", transparency=1))
    assert picture.pixels[0, 0].tolist() == [10, 20, 30, 255]
    assert picture.pixels[0, 1].tolist() == [40, 50, 60, 0]


def test_a_key_colour_becomes_alpha() -> None:
    """RGB PNG with a tRNS chunk."""
    picture = open_picture(_encoded(Image.new("RGB", (2, 2), (1, 2, 3)), "PNG", transparency=(1, 2, 3)))
    assert (picture.pixels[..., 3] == 0).all()


@pytest.mark.parametrize("extension", [".png", ".tif"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sixteen_bit_files_keep_all_their_bits(extension: str, channels: int) -> None:
    """Grey, colour and colour with alpha, to the last bit."""
    scene = _scene(channels, np.uint16)
    swapped = scene[..., {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[channels]]
    picture = open_picture(cv2.imencode(extension, swapped)[1].tobytes())
    assert picture.pixels.dtype == np.uint16
    assert np.array_equal(picture.pixels, np.repeat(scene, 3, axis=2) if channels == 1 else scene)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_sixteen_bit_tiffs_are_turned_upright_once(orientation: int) -> None:
    """The same picture as the 8-bit file with the same orientation tag."""
    deep = _scene(3, np.uint16)
    eight = (deep >> 8).astype(np.uint8)
    tag = [(274, 3, 1, orientation, True)]
    upright = []
    for scene in (deep, eight):
        file = io.BytesIO()
        tifffile.imwrite(file, scene, photometric="rgb", extratags=tag)
        upright.append(open_picture(file.getvalue()).pixels)
    assert np.array_equal(upright[0] >> 8, upright[1])


def test_a_sixteen_bit_file_cut_short_is_damaged() -> None:
    """The second decoder would not notice."""
    data = cv2.imencode(".png", _scene(3, np.uint16))[1].tobytes()
    with pytest.raises(UnreadablePicture, match="cut short"):
        open_picture(data[: len(data) // 2])


def test_sixteen_bit_arrays_stay_as_they_are() -> None:
    """The same rule as for files."""
    scene = _scene(4, np.uint16)
    assert np.array_equal(open_picture(scene).pixels, scene)


def test_floats_between_zero_and_one_are_scaled_and_others_stretched() -> None:
    """A float TIFF has no agreed white."""
    inside = Image.fromarray(np.array([[0.0, 0.5, 1.0]], np.float32))
    outside = Image.fromarray(np.array([[-10.0, np.nan, 10.0]], np.float32))
    assert open_picture(_encoded(inside, "TIFF")).pixels[0, :, 0].tolist() == [0, 32768, 65535]
    assert open_picture(_encoded(outside, "TIFF")).pixels[0, :, 0].tolist() == [0, 32768, 65535]


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_without_a_profile_is_converted_and_noted(kind: str) -> None:
    """No ink is white, full black is black."""
    image = Image.new("CMYK", (16, 16), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (8, 0, 16, 16))
    picture = open_picture(_encoded(image, kind))
    assert (picture.mode, picture.opaque) == ("CMYK", True)
    assert picture.pixels[0, 0, 0] == 255
    assert picture.pixels[0, 15, 0] == 0
    assert "converted from mode CMYK to RGB" in picture.notes


def test_a_damaged_cmyk_profile_does_not_stop_the_picture() -> None:
    """It is converted without the profile, and the note says so."""
    profile = SRGB[:16] + b"CMYK" + SRGB[20:200]
    picture = open_picture(_encoded(Image.new("CMYK", (8, 8)), "TIFF", icc_profile=profile))
    assert picture.icc is None
    assert any("damaged" in note for note in picture.notes)


def test_lab_is_converted_to_srgb() -> None:
    """L = 100 % is white."""
    picture = open_picture(_encoded(Image.new("LAB", (8, 8), (255, 128, 128)), "TIFF"))
    assert picture.pixels.min() >= 254


# ------------------------------------------------------------------------------------------------ what is refused


def _huge_png(width: int, height: int) -> bytes:
    """A few bytes that claim to be a very large picture."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


def test_a_text_file_is_not_a_picture(tmp_path: Path) -> None:
    """Whatever its name says."""
    path = tmp_path / "letter.png"
    path.write_text("Dear reader, this is not a picture.")
    with pytest.raises(UnreadablePicture, match=r"letter\.png is not a whole PNG, JPEG, .* convert it"):
        open_picture(path)


def test_an_empty_file_is_called_empty(tmp_path: Path) -> None:
    """Zero bytes."""
    path = tmp_path / "nothing.png"
    path.touch()
    with pytest.raises(UnreadablePicture, match=r"nothing\.png is empty"):
        open_picture(path)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "BMP", "WEBP", "AVIF"])
def test_a_truncated_file_is_refused(kind: str) -> None:
    """Half of the bytes."""
    data = _encoded(Image.fromarray(_scene()), kind)
    with pytest.raises(UnreadablePicture, match=r"damaged or cut short|not a whole"):
        open_picture(data[: len(data) // 2])


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The path is in the sentence."""
    with pytest.raises(UnreadablePicture, match=r"gone\.png does not exist; check the path"):
        open_picture(tmp_path / "gone.png")


def test_a_folder_is_not_a_picture(tmp_path: Path) -> None:
    """It says what to do."""
    with pytest.raises(UnreadablePicture, match="is a folder; name a picture file in it"):
        open_picture(tmp_path)


def test_a_path_that_cannot_be_looked_up_is_refused() -> None:
    """A name longer than any file system allows, and one with a zero byte."""
    for name in ("x" * 5000, "zero\0byte.png"):
        with pytest.raises(UnreadablePicture):
            open_picture(name)


def test_a_decompression_bomb_is_refused_before_decoding() -> None:
    """A header of 2.5 gigapixels in 200 bytes, and the limit is named."""
    with pytest.raises(
        PictureTooLarge, match=r"50000 x 50000 = 2,500,000,000 pixels, more than the limit of 100,000,000"
    ):
        open_picture(_huge_png(50_000, 50_000))


def test_the_limit_is_the_callers() -> None:
    """For files, images and arrays alike; the pixel that is one too many decides."""
    scene = _scene()
    limit = scene.shape[0] * scene.shape[1]
    for source in (_encoded(Image.fromarray(scene), "PNG"), Image.fromarray(scene), scene):
        assert open_picture(source, max_pixels=limit).width == 32
        with pytest.raises(PictureTooLarge):
            open_picture(source, max_pixels=limit - 1)


def test_the_limit_may_be_higher_than_pillows_own() -> None:
    """Pillow stops near 179 million; then only the missing data is the trouble. Its own setting stays untouched."""
    before = Image.MAX_IMAGE_PIXELS
    with pytest.raises(UnreadablePicture, match="cut short"):
        open_picture(_huge_png(20_000, 10_000), max_pixels=10**9)
    assert before == Image.MAX_IMAGE_PIXELS


@pytest.mark.parametrize("dtype", [bool, np.float32, np.float64, np.int32])
def test_other_array_types_are_refused(dtype: type) -> None:
    """Nobody can know their white."""
    with pytest.raises(BadArray, match="must be uint8 or uint16"):
        open_picture(np.zeros((4, 4, 3), dtype))


@pytest.mark.parametrize("shape", [(0, 4, 3), (4, 0, 3), (0, 0), (4,), (4, 4, 2), (4, 4, 5), (2, 4, 4, 3)])
def test_other_array_shapes_are_refused(shape: tuple[int, ...]) -> None:
    """Empty ones too."""
    with pytest.raises(BadArray, match="a picture"):
        open_picture(np.zeros(shape, np.uint8))


def test_an_image_without_pixels_is_refused() -> None:
    """Pillow can make one."""
    with pytest.raises(UnreadablePicture, match="no pixels"):
        open_picture(Image.new("RGB", (0, 5)))


def test_something_else_entirely_is_refused() -> None:
    """The sentence lists what may be given."""
    with pytest.raises(BadArray, match="cannot open a int; give a path, bytes"):
        open_picture(42)  # type: ignore[arg-type]


_KINDS: dict[str, Callable[[], bytes]] = {
    kind: lambda kind=kind: _encoded(Image.fromarray(_scene()), kind)  # type: ignore[misc]
    for kind in ("PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP", "AVIF")
}


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(_KINDS)), st.integers(0, 2**32 - 1))
def test_damaged_files_are_read_or_refused_but_never_crash(kind: str, seed: int) -> None:
    """A few bytes overwritten anywhere: either a picture comes out or one of our own errors."""
    rng = np.random.default_rng(seed)
    data = np.frombuffer(_KINDS[kind](), np.uint8).copy()
    data[rng.integers(0, data.size, 4)] = rng.integers(0, 256, 4)
    try:
        size = open_picture(data.tobytes(), max_pixels=10**6).pixels.size
    except BadInput:
        return
    assert size > 0


def _grey_profile(gamma: float) -> bytes:
    """The least a grey profile needs (ICC.1:2022): a white point and one curve."""
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


def test_grey_goes_through_its_profile() -> None:
    """Half of linear light is 188 in sRGB, and the profile, which no longer fits, goes."""
    grey = Image.new("L", (4, 4), 128)
    picture = open_picture(_encoded(grey, "PNG", icc_profile=_grey_profile(1.0)))
    assert np.abs(picture.pixels.astype(int) - 188).max() <= 1
    assert picture.icc is None
    assert "converted from L to sRGB" in picture.notes
