"""EXIF, XMP and IPTC: kept in the background and the flattened picture, without orientation and place."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import psd_tools
import pytest
import tifffile
from PIL import Image, IptcImagePlugin
from psd_tools.constants import Resource
from typer.testing import CliRunner

import delaminate
from delaminate.cli import app
from delaminate.picture import open_picture
from delaminate.picture.about import About
from delaminate.pixels import Box
from delaminate.stack import Layer, LayerStack, Role

_XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"'
    b' xmlns:dc="http://purl.org/dc/elements/1.1/" tiff:Orientation="6" exif:GPSLatitude="48,12N">'
    b"<exif:GPSLongitude>16,22E</exif:GPSLongitude><dc:rights>Somebody</dc:rights>"
    b"</rdf:Description></rdf:RDF></x:xmpmeta>"
)


_IPTC = b"".join(
    b"\x1c\x02" + bytes((number, 0, len(word))) + word for number, word in ((80, b"Somebody"), (120, b"A sea"))
)


def _photograph(kind: str = "JPEG") -> bytes:
    exif = Image.Exif()
    exif[0x010F], exif[0x0112], exif[0x8298] = "Maker", 6, "Somebody"
    exif[0x8825] = {1: "N", 2: (48.0, 12.0, 0.0)}
    scene = np.add.outer(np.arange(48), np.arange(64)).astype(np.uint8)
    options: dict[str, Any] = {"exif": exif, "xmp": _XMP}
    if kind == "JPEG":
        options["extra"] = About(iptc=_IPTC).app13
    file = io.BytesIO()
    Image.fromarray(np.dstack([scene, scene, scene])).save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "AVIF"])
@pytest.mark.parametrize("keep", [False, True])
def test_remarks_are_kept_without_the_orientation_and_the_place_only_if_asked(kind: str, keep: bool) -> None:
    """Told either way."""
    picture = open_picture(_photograph(kind), keep_place=keep)
    assert picture.about is not None
    exif = Image.Exif()
    exif.load(picture.about.exif)
    assert (exif[0x010F], exif[0x8298], 0x0112 in exif) == ("Maker", "Somebody", False)
    assert (0x8825 in exif) == keep
    assert b"tiff:Orientation=" not in picture.about.xmp
    assert (b"GPSLatitude" in picture.about.xmp, b"GPSLongitude" in picture.about.xmp) == (keep, keep)
    assert b"<dc:rights>Somebody" in picture.about.xmp
    assert any("GPS" in note and ("kept" if keep else "left out") in note for note in picture.notes)


@pytest.mark.parametrize("flat", ["again.png", "again.jpg", "again.webp"])
def test_the_background_and_the_flattened_picture_carry_them(tmp_path: Path, flat: str) -> None:
    """Through the folder; the other layers do not."""
    (tmp_path / "photo.jpg").write_bytes(_photograph())

    def run(*arguments: str | Path) -> None:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        assert result.exit_code == 0, result.output

    run("split", tmp_path / "photo.jpg", "--box", "5,5,30,30:it", "--out", tmp_path / "L", "--no-preview")
    run("flatten", tmp_path / "L", "-o", tmp_path / flat)
    for name in ("L/00-background.png", flat):
        with Image.open(tmp_path / name) as image:
            exif = image.getexif()
            assert exif[0x8298] == "Somebody"
            assert 0x0112 not in exif
            assert 0x8825 not in exif
    with Image.open(tmp_path / "L" / "01-it.png") as image:
        assert 0x8298 not in image.getexif()


def _iptc_of(path: Path) -> dict[tuple[int, int], Any]:
    """As Pillow's own parser reads it."""
    with Image.open(path) as image:
        return dict(IptcImagePlugin.getiptcinfo(image) or {})


def test_iptc_goes_with_the_picture(tmp_path: Path) -> None:
    """From a JPEG into the background, the flattened JPEG and the PSD; Pillow and ImageMagick read it."""
    (tmp_path / "photo.jpg").write_bytes(_photograph())
    wanted = {(2, 80): b"Somebody", (2, 120): b"A sea"}
    assert _iptc_of(tmp_path / "photo.jpg") == wanted
    picture = open_picture(tmp_path / "photo.jpg")
    assert picture.about is not None
    assert picture.about.iptc == _IPTC
    result = delaminate.split(picture, boxes=[(5, 5, 30, 30)])
    delaminate.save(result, tmp_path / "L")
    delaminate.write(result, tmp_path / "a.psd")
    for layers in (tmp_path / "L", tmp_path / "a.psd"):
        about = delaminate.read(layers).about
        assert about is not None
        assert about.iptc == _IPTC
        assert b"<dc:rights>Somebody" in about.xmp
    again = CliRunner().invoke(app, ["flatten", str(tmp_path / "L"), "-o", str(tmp_path / "again.jpg")])
    assert again.exit_code == 0, again.output
    assert _iptc_of(tmp_path / "again.jpg") == wanted
    resources = psd_tools.PSDImage.open(tmp_path / "a.psd").image_resources
    assert resources.get_data(Resource.IPTC_NAA) == _IPTC
    again = CliRunner().invoke(app, ["flatten", str(tmp_path / "L"), "-o", str(tmp_path / "again.webp")])
    assert "again.webp does not hold the IPTC" in again.stderr


def test_tiff_and_photoshop_files_tell_all_three(tmp_path: Path) -> None:
    """EXIF of a TIFF lies in tags of the TIFF itself; IPTC is called whole numbers by some, turned round."""
    exif = Image.Exif()
    exif[0x8298], exif[0x0112] = "Somebody", 1
    exif[0x8769] = {0x9003: "2026:01:02 03:04:05"}
    scene = Image.new("RGB", (40, 30), (9, 99, 200))
    exif[700], exif[33723] = _XMP, _IPTC
    whole = Image.Exif()  # Pillow writes the tags of a directory only of what was read
    whole.load(exif.tobytes())
    scene.save(tmp_path / "a.tif", exif=whole)
    about = open_picture(tmp_path / "a.tif").about
    assert about is not None
    found = Image.Exif()
    found.load(about.exif)
    assert found[0x8298] == "Somebody"
    assert found.get_ifd(0x8769) == {0x9003: "2026:01:02 03:04:05"}
    assert 0x0100 not in found
    assert about.iptc == _IPTC
    assert b"Somebody" in about.xmp
    padded = _IPTC + bytes(-len(_IPTC) % 4)
    turned = np.frombuffer(padded, ">u4").astype("<u4").tobytes()
    words = (33723, 4, len(turned) // 4, np.frombuffer(turned, "<u4").tolist(), True)
    tifffile.imwrite(tmp_path / "b.tif", np.asarray(scene), photometric="rgb", extratags=[words], metadata=None)
    again = open_picture(tmp_path / "b.tif").about
    assert again is not None
    assert again.iptc == padded
    stack = LayerStack(40, 30, (_ground(scene),), about=about)
    delaminate.write(stack, tmp_path / "a.psd")
    told = open_picture(tmp_path / "a.psd").about
    assert told is not None
    assert (told.iptc, b"Somebody" in told.xmp, b"Somebody" in told.exif) == (_IPTC, True, True)


def _ground(scene: Image.Image) -> Layer:
    return Layer("background", "ground", Role.BACKGROUND, Box(0, 0, 40, 30), np.asarray(scene.convert("RGBA")))
