"""OpenRaster: laid out as its specification says, and edited files look as they do in the editor."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from delaminate.composite import flatten
from delaminate.export import openraster, openraster_reader
from delaminate.export.loose import Reading
from stacks import HEIGHT, WIDTH, drawn_stack


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The drawn stack as .ora."""
    openraster.write(drawn_stack(), tmp_path / "a.ora")
    return tmp_path / "a.ora"


def _with_xml(file: Path, pattern: str, replacement: str) -> Reading:
    """The file with its stack.xml changed in one place, read again."""
    edited = file.with_name("b.ora")
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(edited, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "stack.xml":
                text, count = re.subn(pattern, replacement, data.decode(), count=1)
                assert count == 1
                data = text.encode()
            target.writestr(name, data)
    return openraster_reader.read(edited)


def test_the_kind_of_file_can_be_told_from_its_first_bytes(file: Path) -> None:
    """`mimetype` comes first and is stored."""
    assert file.read_bytes()[30:54] == b"mimetypeimage/openraster"[:24]


def test_merged_picture_and_thumbnail_are_there(file: Path) -> None:
    """The one exact, the other at most 256 pixels."""
    with zipfile.ZipFile(file) as archive:
        merged = Image.open(io.BytesIO(archive.read("mergedimage.png")))
        thumbnail = Image.open(io.BytesIO(archive.read("Thumbnails/thumbnail.png")))
    assert np.array_equal(np.asarray(merged), flatten(drawn_stack()))
    assert thumbnail.size == (WIDTH, HEIGHT)


def test_a_hidden_layer_is_left_out(file: Path) -> None:
    """The topmost, which is the first in the file."""
    reading = _with_xml(file, 'visibility="visible"', 'visibility="hidden"')
    assert [layer.name for layer in reading.stack.layers] == [layer.name for layer in drawn_stack().layers[:-1]]


def test_a_hidden_group_hides_its_layers(file: Path) -> None:
    """Both apples."""
    reading = _with_xml(file, r'(<stack name="the apples"[^>]*)visible', r"\1hidden")
    assert len(reading.stack.layers) == len(drawn_stack().layers) - 2


def test_a_moved_layer_is_moved(file: Path) -> None:
    """By whole pixels, cut where it leaves the canvas."""
    reading = _with_xml(file, r'y="\d+"', 'y="-3"')
    assert reading.stack.layers[-1].box.top == 0


def test_opacities_of_layer_and_group_multiply_into_alpha(file: Path) -> None:
    """Half of a half is a quarter."""
    faint = _with_xml(file, r'(<stack name="the apples") opacity="1.0"', r'\1 opacity="0.5"')
    assert faint.stack.layers[1].pixels[..., 3].max() == round(255 * 0.5)


def test_composite_modes_are_reported(file: Path) -> None:
    """By name of mode and layer."""
    (loss,) = _with_xml(file, "svg:src-over", "svg:multiply").dropped
    assert str(loss) == "composite mode svg:multiply: “SALE” has the colours that it shows over what lies below."
