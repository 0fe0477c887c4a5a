"""Files as other programs write them: groups that are faint as a whole, modes of groups, old names, other colours."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import psd_tools
import pytest
from PIL import Image

import delaminate
from delaminate.composite import flatten
from delaminate.errors import BadInput
from delaminate.export import openraster_reader, psd_reader
from delaminate.export.old_names import OldNames
from delaminate.pixels import Box
from delaminate.stack import Layer, LayerStack, Role


def _plate(
    colour: tuple[int, int, int], width: int = 40, height: int = 30
) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    plate = np.empty((height, width, 4), np.uint8)
    plate[:] = (*colour, 255)
    return plate


_RED, _BLUE, _PAPER = _plate((255, 0, 0)), _plate((0, 0, 255)), _plate((250, 250, 250), 80, 60)


def _png(pixels: np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def _ora(path: Path, xml: str, merged: bool = True) -> Path:
    """Paper, and a red and a blue plate which `xml` puts into a stack."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "image/openraster")
        archive.writestr(
            "stack.xml", f'<image w="80" h="60"><stack>{xml}<layer name="paper" src="p.png"/></stack></image>'
        )
        for name, pixels in (("r.png", _RED), ("b.png", _BLUE), ("p.png", _PAPER)):
            archive.writestr(name, _png(pixels))
        if merged:
            archive.writestr("mergedimage.png", _png(_PAPER))
    return path


_BLUE_OVER_RED = '<layer name="blue" src="b.png" x="30" y="20"/><layer name="red" src="r.png" x="10" y="10"/>'


def test_a_faint_group_of_overlapping_layers_fades_as_a_whole(tmp_path: Path) -> None:
    """Where blue covers red no red shines through, as GIMP and Krita show it; told."""
    xml = f'<stack name="both" opacity="0.5">{_BLUE_OVER_RED}</stack>'
    reading = openraster_reader.read(_ora(tmp_path / "a.ora", xml))
    flat = flatten(reading.stack).astype(int)
    assert np.abs(flat[25, 35, :3] - (125, 125, 252)).max() <= 1
    assert np.abs(flat[15, 15, :3] - (252, 125, 125)).max() <= 1
    assert [layer.name for layer in reading.stack.layers] == ["paper", "both"]
    assert any(loss.what == "separate layers of a group" for loss in reading.dropped)


def test_a_faint_group_of_layers_apart_keeps_them(tmp_path: Path) -> None:
    """For them both ways of fading are the same."""
    xml = (
        '<stack name="both" opacity="0.5"><layer name="blue" src="b.png" x="40" y="30"/>'
        '<layer name="red" src="r.png"/></stack>'
    )
    reading = openraster_reader.read(_ora(tmp_path / "a.ora", xml))
    assert [layer.name for layer in reading.stack.layers] == ["paper", "red", "blue"]
    assert {layer.target for layer in reading.stack.layers[1:]} == {"both"}
    assert reading.dropped == ()


def test_faint_groups_within_faint_groups(tmp_path: Path) -> None:
    """A quarter of the blue over a half of the red."""
    xml = (
        '<stack name="outer" opacity="0.5"><stack name="inner" opacity="0.5">'
        '<layer name="blue" src="b.png" x="30" y="20"/></stack><layer name="red" src="r.png" x="10" y="10"/></stack>'
    )
    flat = flatten(openraster_reader.read(_ora(tmp_path / "a.ora", xml)).stack).astype(int)
    purple = (np.array((128, 0, 128)) + 250) / 2
    assert np.abs(flat[25, 35, :3] - purple).max() <= 2


def test_the_composite_mode_of_a_group_is_told(tmp_path: Path) -> None:
    """As that of a layer is."""
    xml = f'<stack name="shade" composite-op="svg:multiply">{_BLUE_OVER_RED}</stack>'
    dropped = openraster_reader.read(_ora(tmp_path / "a.ora", xml)).dropped
    assert [(loss.what, "shade" in loss.why) for loss in dropped] == [
        ("composite mode svg:multiply", True),
        ("separate layers of a group", True),
    ]


def test_an_openraster_file_without_a_merged_picture_is_put_together(tmp_path: Path) -> None:
    """From its layers."""
    stack = openraster_reader.read(_ora(tmp_path / "a.ora", _BLUE_OVER_RED, merged=False)).stack
    assert stack.opaque
    assert flatten(stack)[25, 35].tolist() == [0, 0, 255, 255]


@pytest.mark.parametrize("suffix", [".psd", ".psb"])
def test_a_faint_group_of_a_psd_fades_as_a_whole(tmp_path: Path, suffix: str) -> None:
    """The same picture through another format."""
    layers = [Layer("background", "paper", Role.BACKGROUND, Box(0, 0, 80, 60), _PAPER)]
    for number, (name, pixels, left) in enumerate((("red", _RED, 10), ("blue", _BLUE, 30)), 1):
        box = Box(left, left, left + 40, left + 30)
        layers.append(Layer(f"l{number}", name, Role.OBJECT, box, pixels, target="both"))
    path = tmp_path / f"a{suffix}"
    delaminate.write(LayerStack(80, 60, tuple(layers)), path)
    data = path.read_bytes()
    at = data.index(b"both", data.index(b"blue"))  # the group's record stands above its layers'
    record = data.rindex(b"8BIMnorm", 0, at)
    path.write_bytes(data[: record + 8] + b"\x80" + data[record + 9 :])
    flat = flatten(psd_reader.read(path).stack).astype(int)
    assert np.abs(flat[35, 40, :3] - (125, 125, 252)).max() <= 2


@pytest.mark.parametrize(
    ("names", "encoding", "wanted"),
    [
        (("背景".encode("shift_jis"), "髪の毛".encode("shift_jis"), "目".encode()), None, ["背景", "髪の毛", "目"]),
        (("背景".encode("gbk"),), "gbk", ["背景"]),
        (("배경".encode("euc_kr"),), "euc_kr", ["배경"]),
        (("Café".encode("mac_roman"),), None, ["Café"]),
        (("фон".encode(),), None, ["фон"]),
    ],
)
def test_names_of_other_code_pages_are_read(names: tuple[bytes, ...], encoding: str | None, wanted: list[str]) -> None:
    """UTF-8 first, then what was named, then Japanese where it looks so, then Mac Roman, told."""
    reading, told = OldNames(encoding).read(names)
    assert [reading(name) for name in names] == wanted
    odd = any(name.decode("utf-8", "replace") != text for name, text in zip(names, wanted, strict=True))
    assert bool(told) == (odd and encoding is None)


def test_an_encoding_that_nobody_knows_gets_a_sentence() -> None:
    """With some that are known."""
    with pytest.raises(BadInput, match="there is no encoding 'klingon'; try shift_jis"):
        OldNames("klingon")


def test_names_without_unicode_are_read_from_a_file(tmp_path: Path) -> None:
    """A layer record whose Unicode block is renamed away."""
    box = Box(0, 0, 80, 60)
    stack = LayerStack(80, 60, (Layer("background", "0123456789", Role.BACKGROUND, box, _PAPER),))
    delaminate.write(stack, tmp_path / "a.psd")
    data = (tmp_path / "a.psd").read_bytes().replace(b"luni", b"xxxx")
    (tmp_path / "a.psd").write_bytes(data.replace(b"0123456789", "髪の毛背景".encode("shift_jis"), 1))
    reading = psd_reader.read(tmp_path / "a.psd")
    assert reading.stack.background.name == "髪の毛背景"
    assert [loss.what for loss in reading.dropped] == ["names in an old encoding"]


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_psd_without_layers_flattens_to_its_merged_picture(tmp_path: Path, mode: str) -> None:
    """The picture is the background."""
    ramp = np.add.outer(np.arange(40), np.arange(50)).astype(np.uint8)
    image = Image.fromarray(np.dstack([ramp, ramp[:, ::-1], 255 - ramp])).convert(mode)
    psd_tools.PSDImage.frompil(image).save(tmp_path / "flat.psd")
    stack = psd_reader.read(tmp_path / "flat.psd").stack
    read = psd_tools.PSDImage.open(tmp_path / "flat.psd").topil()
    assert read is not None
    assert stack.opaque
    assert np.abs(flatten(stack)[..., :3].astype(int) - np.asarray(read.convert("RGB"))).max() <= 1


def test_layers_of_a_grey_psd_are_read(tmp_path: Path) -> None:
    """One colour channel instead of three."""
    record = struct.pack(">4iHhIhI", 0, 0, 4, 6, 2, -1, 2 + 24, 0, 2 + 24) + b"8BIMnorm" + bytes((255, 0, 8, 0))
    extra = bytes(8) + b"\x03one"
    record += struct.pack(">I", len(extra)) + extra
    planes = b"\0\0" + b"\xff" * 24 + b"\0\0" + bytes(range(24))
    info = struct.pack(">h", 1) + record + planes
    info += bytes(len(info) % 2)
    section = struct.pack(">I", len(info)) + info + bytes(4)
    header = b"8BPS" + struct.pack(">H6xHIIHH", 1, 1, 4, 6, 8, 1) + bytes(8)
    (tmp_path / "grey.psd").write_bytes(header + struct.pack(">I", len(section)) + section + b"\0\0" + bytes(range(24)))
    stack = psd_reader.read(tmp_path / "grey.psd").stack
    assert flatten(stack)[0, 3].tolist() == [3, 3, 3, 255]
