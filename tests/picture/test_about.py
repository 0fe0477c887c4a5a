"""EXIF and XMP: kept in the background and the flattened picture, without orientation and place."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from delaminate.cli import app
from delaminate.picture import open_picture

_XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"'
    b' xmlns:dc="http://purl.org/dc/elements/1.1/" tiff:Orientation="6" exif:GPSLatitude="48,12N">'
    b"<exif:GPSLongitude>16,22E</exif:GPSLongitude><dc:rights>Somebody</dc:rights>"
    b"</rdf:Description></rdf:RDF></x:xmpmeta>"
)


def _photograph(kind: str = "JPEG") -> bytes:
    exif = Image.Exif()
    exif[0x010F], exif[0x0112], exif[0x8298] = "Maker", 6, "Somebody"
    exif[0x8825] = {1: "N", 2: (48.0, 12.0, 0.0)}
    scene = np.add.outer(np.arange(48), np.arange(64)).astype(np.uint8)
    options: dict[str, Any] = {"exif": exif, "xmp": _XMP}
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
