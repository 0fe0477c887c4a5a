"""Further doors: AVIF, HEIC, JPEG 2000, JPEG XL, Photoshop, OpenRaster; and what is refused, truthfully."""

from __future__ import annotations

import contextlib
import io
import time
import zipfile
from collections.abc import Callable
from typing import Any

import imagecodecs
import numpy as np
import pillow_heif
import pytest
from numpy.typing import NDArray
from PIL import Image
from psd_tools import PSDImage

from delaminate.errors import BadInput, UnreadablePicture
from delaminate.picture import open_picture


def _smooth(channels: int, top: int) -> NDArray[Any]:
    """Soft slopes from 0 to `top`, which lossy codecs keep."""
    down, across = np.mgrid[0:48, 0:64]
    planes = [(down * (n + 1) + across * 2) % 175 / 174 for n in range(channels)]
    return np.asarray(np.rint(np.stack(planes, axis=2) * top)).astype(np.uint16 if top > 255 else np.uint8)


def _encoded(encode: Callable[..., bytes | bytearray], scene: NDArray[Any], **options: Any) -> bytes:
    return bytes(encode(scene, **options))


def _saved(scene: NDArray[Any], kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(scene).save(file, kind, **options)
    return file.getvalue()


def _heic(bits: int, channels: int = 3) -> bytes:
    scene = _smooth(channels, 65535 if bits > 8 else 255)
    mode = ("RGB" if channels == 3 else "RGBA") + (";16" if bits > 8 else "")
    file = io.BytesIO()
    pillow_heif.from_bytes(mode, (64, 48), scene.tobytes()).save(file, quality=-1)
    return file.getvalue()


@pytest.mark.parametrize("bits", [8, 10, 12])
@pytest.mark.parametrize("channels", [3, 4])
def test_avif_keeps_all_its_bits(bits: int, channels: int) -> None:
    """Within a level of 10 bits of what imagecodecs decodes; 16 bits come out of 10 and 12."""
    data = _encoded(imagecodecs.avif_encode, _smooth(channels, (1 << bits) - 1), level=100, bitspersample=bits)
    got = open_picture(data).pixels
    other = imagecodecs.avif_decode(data).astype(float)
    full = 255 if bits == 8 else 65535
    assert got.dtype == (np.uint8 if bits == 8 else np.uint16)
    assert np.abs(got - other * full / ((1 << bits) - 1)).max() <= full / ((1 << bits) - 1) * 1.01


@pytest.mark.parametrize("bits", [8, 10])
@pytest.mark.parametrize("channels", [3, 4])
def test_heic_keeps_all_its_bits(bits: int, channels: int) -> None:
    """Near what was written; 16 bits come out of 10."""
    got = open_picture(_heic(bits, channels))
    full = 255 if bits == 8 else 65535
    assert got.format == "HEIF"
    assert np.abs(got.pixels.astype(float) - _smooth(channels, full)).mean() < full * 0.02


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_jpeg_2000_keeps_all_its_bits(bits: int, channels: int) -> None:
    """Lossless ones exactly, spread over 16 bits where there are more than 8."""
    scene = _smooth(channels, (1 << bits) - 1)
    plane = scene[..., 0] if channels == 1 else scene
    data = _encoded(imagecodecs.jpeg2k_encode, plane, level=0, bitspersample=bits, reversible=True)
    got = open_picture(data)
    full = 255 if bits == 8 else 65535
    wanted = imagecodecs.jpeg2k_decode(data).reshape(scene.shape).astype(float) * full / ((1 << bits) - 1)
    assert not got.lossy
    assert np.abs(got.pixels[..., :channels] - wanted).max() <= 0.5


def test_jpeg_xl_is_read_at_8_bits_and_says_so() -> None:
    """Lossless."""
    scene = _smooth(3, 255)
    got = open_picture(_encoded(imagecodecs.jpegxl_encode, scene, lossless=True))
    assert np.array_equal(got.pixels, scene)
    assert any("8 bits" in note for note in got.notes)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_the_merged_picture_of_a_psd_is_read(mode: str) -> None:
    """As psd-tools and Pillow read it."""
    image = Image.fromarray(_smooth(3, 255)).convert(mode)
    file = io.BytesIO()
    PSDImage.frompil(image).save(file)
    got = open_picture(file.getvalue())
    read = PSDImage.open(io.BytesIO(file.getvalue())).topil()
    assert read is not None
    wanted = open_picture(read)
    assert (got.format, got.opaque) == ("PSD", True)
    assert np.array_equal(got.pixels, wanted.pixels)


def test_the_merged_picture_of_an_openraster_file_is_read() -> None:
    """From inside the zip."""
    scene = _smooth(4, 255)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "image/openraster")
        archive.writestr("mergedimage.png", _saved(scene, "PNG"))
    assert np.array_equal(open_picture(file.getvalue()).pixels, scene)


_XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>'
)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "AVIF", "PNG"])
def test_an_orientation_that_only_xmp_states_is_not_applied(kind: str) -> None:
    """Converters leave it behind; EXIF's is applied, also beside it."""
    from PIL.PngImagePlugin import PngInfo

    exif = Image.Exif()
    exif[0x0112] = 6
    text = PngInfo()
    text.add_itxt("XML:com.adobe.xmp", _XMP.decode())
    options: dict[str, Any] = {"pnginfo": text} if kind == "PNG" else {"xmp": _XMP}
    assert open_picture(_saved(_smooth(3, 255), kind, **options)).width == 64
    assert open_picture(_saved(_smooth(3, 255), kind, exif=exif, **options)).width == 48


def test_a_jpeg_that_lacks_a_little_is_read_with_a_note_unless_asked_to_be_strict() -> None:
    """The last bytes; half of it is refused either way."""
    rng = np.random.default_rng(0)
    data = _saved(rng.integers(0, 256, (160, 96, 3)).astype(np.uint8), "JPEG", quality=90)
    short = data[: int(len(data) * 0.97)]
    picture = open_picture(short)
    assert any("cut short" in note for note in picture.notes)
    assert np.array_equal(picture.pixels[:128], open_picture(data).pixels[:128])
    for source, strict in ((short, True), (data[: len(data) // 2], False)):
        with pytest.raises(UnreadablePicture, match="damaged or cut short"):
            open_picture(source, strict=strict)


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (b"%PDF-1.7\n", "is a PDF, which is not read; save the page as a picture"),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg">', "is an SVG drawing, which is not read"),
        (b"<svg width='3'>", "is an SVG drawing"),
        (b"gimp xcf v011\0", "is a GIMP document, which is not read; export it from GIMP"),
        (b"<!DOCTYPE html><html>", "is a web page, not a picture"),
        (b"II*\0\x10\0\0\0CR\x02\0", "is a camera's raw file"),
        (b"\0\0\0\x18ftypcrx \0\0\0\1crx isom", "is a camera's raw file"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "is a video, not a picture"),
        (b"\x76\x2f\x31\x01\2\0\0\0", "is an OpenEXR picture"),
        (b"PK\3\4\x14\0\0\0", "is an archive or a document"),
    ],
)
def test_whole_files_that_are_not_read_are_called_what_they_are(head: bytes, said: str) -> None:
    """And what to do; never "damaged, fetch it again"."""
    with pytest.raises(UnreadablePicture, match=said) as caught:
        open_picture(head + bytes(300))
    assert "fetch" not in str(caught.value)


def _ora() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "image/openraster")
        archive.writestr("mergedimage.png", _saved(_smooth(4, 255), "PNG"))
    return file.getvalue()


def _psd() -> bytes:
    file = io.BytesIO()
    PSDImage.frompil(Image.fromarray(_smooth(3, 255))).save(file)
    return file.getvalue()


_NEW_KINDS: dict[str, Callable[[], bytes]] = {
    "avif": lambda: _encoded(imagecodecs.avif_encode, _smooth(3, 1023), level=90, bitspersample=10),
    "heic": lambda: _heic(10),
    "jpeg-2000": lambda: _encoded(
        imagecodecs.jpeg2k_encode, _smooth(3, 4095), level=0, bitspersample=12, reversible=True
    ),
    "jpeg-xl": lambda: _encoded(imagecodecs.jpegxl_encode, _smooth(3, 255), lossless=True),
    "psd": _psd,
    "ora": _ora,
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", _NEW_KINDS)
def test_damaged_files_of_the_new_kinds_are_read_or_refused_in_time(kind: str) -> None:
    """Bytes overwritten or the end cut off: a picture or a sentence, each within five seconds."""
    whole = _NEW_KINDS[kind]()
    for seed in range(40):
        rng = np.random.default_rng(seed)
        data = np.frombuffer(whole, np.uint8).copy()
        data[rng.integers(0, min(data.size, 400 if seed % 2 else data.size), 5)] = rng.integers(0, 256, 5)
        if seed % 4 == 3:
            data = data[: rng.integers(1, data.size)]
        began = time.process_time()
        with contextlib.suppress(BadInput):
            open_picture(data.tobytes(), max_pixels=10**6)
        assert time.process_time() - began < 5
