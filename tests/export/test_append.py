"""Layers added to a document that exists: what was in it stays, byte for byte in its layers, and the rest fits."""

from __future__ import annotations

import dataclasses
import io
import resource
import signal
import stat
import struct
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import psd_tools
import pytest
from numpy.typing import NDArray
from PIL import Image
from psd_tools.api.layers import PixelLayer
from psd_tools.constants import BlendMode, Resource
from psd_tools.psd.image_resources import ImageResource

import delaminate
from delaminate.composite import flatten, over
from delaminate.errors import BadInput, UnwritableOutput
from delaminate.export.append import append as append_layers
from delaminate.export.append import at_depth, check_document
from delaminate.export.cut_as import CutAs
from delaminate.stack import LayerStack
from stacks import HEIGHT, WIDTH, drawn_stack, small_stack

DOCUMENTS = pytest.mark.parametrize("suffix", [".psd", ".psb", ".ora"])


def _cuts() -> LayerStack:
    """Layers over an opaque background, as a split gives them."""
    return drawn_stack()


def _laid_over(below: LayerStack, above: LayerStack, lowest: int = 1) -> NDArray[Any]:
    """The layers from `lowest` on, which leaves out the background, over what is there."""
    flat = flatten(below)
    for layer in at_depth(above, below.bits).layers[lowest:]:
        over(layer.pixels, flat[layer.box.slices])
    return flat


def _psd_parts(path: Path) -> tuple[list[bytes], list[bytes]]:
    """Every layer record and every channel of a PSD, as psd-tools finds and writes them again."""
    with path.open("rb") as file:
        info = psd_tools.psd.PSD.read(file).layer_and_mask_information.layer_info
    assert info is not None
    records: list[bytes] = []
    channels: list[bytes] = []
    for record, data in zip(info.layer_records, info.channel_image_data, strict=True):
        for kind, parts in ((record, records), (data, channels)):
            made = io.BytesIO()
            kind.write(made)
            parts.append(made.getvalue())
    return records, channels


@DOCUMENTS
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("opaque", [True, False])
def test_the_layers_lie_over_all_that_was_there(suffix: str, bits: int, opaque: bool, tmp_path: Path) -> None:
    """Read back they look so, bit for bit, and the merged picture shows it where it is opaque."""
    path, there = tmp_path / f"design{suffix}", drawn_stack(bits, opaque)
    delaminate.write(there, path)
    delaminate.append(_cuts(), path, group="neu ü")
    wanted = _laid_over(there, _cuts())
    assert np.array_equal(flatten(delaminate.read(path)), wanted)
    shown = delaminate.open_picture(path).pixels
    assert shown.shape[2] == (3 if opaque else 4)
    if opaque:
        assert np.array_equal(shown, wanted[..., :3])


@DOCUMENTS
def test_the_background_comes_only_where_it_is_asked_for(suffix: str, tmp_path: Path) -> None:
    """An opaque one would hide all that was there; asked for, it does."""
    path, there = tmp_path / f"design{suffix}", small_and_wide()
    for background in (False, True):
        delaminate.write(there, path)
        delaminate.append(_cuts(), path, background=background)
        names = [layer.name for layer in delaminate.read(path).layers]
        above = [layer.name for layer in _cuts().layers[0 if background else 1 :]]
        assert names == [layer.name for layer in there.layers] + above
        wanted = _laid_over(there, _cuts(), lowest=0 if background else 1)
        assert np.array_equal(flatten(delaminate.read(path)), wanted)
        assert np.array_equal(wanted, flatten(_cuts())) is background


@DOCUMENTS
def test_a_stack_of_nothing_but_its_background_adds_nothing(suffix: str, tmp_path: Path) -> None:
    """It is said, and the document stays."""
    path = tmp_path / f"design{suffix}"
    delaminate.write(drawn_stack(), path)
    before = path.read_bytes()
    bare = dataclasses.replace(_cuts(), layers=_cuts().layers[:1])
    with pytest.raises(BadInput, match="no layer but the background"):
        delaminate.append(bare, path)
    assert path.read_bytes() == before
    delaminate.append(bare, path, background=True)
    assert len(delaminate.read(path).layers) == len(drawn_stack().layers) + 1


def test_psd_tools_sees_the_old_layers_and_the_new_group_above_them(tmp_path: Path) -> None:
    """By their names, places and pixels."""
    path = tmp_path / "design.psd"
    delaminate.write(drawn_stack(), path)
    before = [layer.name for layer in psd_tools.PSDImage.open(path)]
    delaminate.append(small_and_wide(), path, group="photo")
    document = psd_tools.PSDImage.open(path)
    assert [layer.name for layer in document] == [*before, "photo"]
    group: Any = document[-1]
    assert group.is_group()
    assert [layer.name for layer in group] == ["patch"]
    patch = group[-1].topil()
    assert patch is not None
    assert np.array_equal(np.asarray(patch), small_and_wide().layers[-1].pixels)


def small_and_wide() -> LayerStack:
    """The small stack's patch on a canvas of the drawn stack's size."""
    patch = small_stack().layers[-1]
    ground = drawn_stack().background
    clear = dataclasses.replace(ground, name="background", pixels=np.zeros_like(ground.pixels))
    return dataclasses.replace(drawn_stack(), layers=(clear, patch), opaque=False)


@pytest.mark.parametrize("bits", [8, 16])
def test_records_and_channels_of_a_psd_stay_byte_for_byte(bits: int, tmp_path: Path) -> None:
    """As they lie in the file, also those with what a stack cannot hold: modes, clipping, hidden layers."""
    path = tmp_path / "design.psd"
    delaminate.write(drawn_stack(bits), path)
    if bits == 8:
        document = psd_tools.PSDImage.open(path)
        document[-1].blend_mode = BlendMode.MULTIPLY
        document[-2].clipping = True
        document[0].visible = False
        document.save(path)
    old = path.read_bytes()
    records, channels = _psd_parts(path) if bits == 8 else ([], [])
    delaminate.append(_cuts(), path)
    new = path.read_bytes()
    if bits == 8:
        found = _psd_parts(path)
        assert found[0][: len(records)] == records
        assert found[1][: len(channels)] == channels
    else:  # Lr16: the block's records and channels are found whole in the new file
        begin = old.index(b"8BIMLr16") + 12
        size = struct.unpack(">I", old[begin - 4 : begin])[0]
        block = old[begin + 2 : begin + size].rstrip(b"\0")
        first = block[:200]
        assert first in new
        assert block[-2000:] in new


def test_every_other_entry_of_an_openraster_file_stays(tmp_path: Path) -> None:
    """Pictures byte for byte; in stack.xml one group is added, comments and foreign attributes stay."""
    path = tmp_path / "design.ora"
    delaminate.write(drawn_stack(), path)
    with zipfile.ZipFile(path) as archive:
        before = {name: archive.read(name) for name in archive.namelist()}
    xml = before["stack.xml"].replace(b"<stack>", b'<!-- by hand --><stack x-note="a > b">')
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in (before | {"stack.xml": xml, "notes.txt": b"kept"}).items():
            archive.writestr(name, data)
    delaminate.append(_cuts(), path, group="neu ü")
    with zipfile.ZipFile(path) as archive:
        after = {name: archive.read(name) for name in archive.namelist()}
        assert len(after) == len(archive.namelist())
    made = {"stack.xml", "mergedimage.png", "Thumbnails/thumbnail.png"}
    assert all(after[name] == data for name, data in before.items() if name not in made)
    assert after["notes.txt"] == b"kept"
    tree = after["stack.xml"]
    assert ElementTree.fromstring(tree)[0][0].get("name") == "neu ü"
    assert b"<!-- by hand -->" in tree
    # Without the new group every byte is as it was.
    begin = tree.index(b'a > b">') + 7
    assert xml.startswith(tree[:begin])
    assert xml.endswith(tree[-(len(xml) - begin) :])


def test_a_document_without_layers_keeps_its_picture_as_one(tmp_path: Path) -> None:
    """Photoshop shows layers only: what was the picture becomes a layer called Background, at both depths."""
    rng = np.random.default_rng(1)
    picture = rng.integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    psd_tools.PSDImage.frompil(Image.fromarray(picture)).save(tmp_path / "flat.psd")
    deep = picture.astype(np.uint16) * 257
    head = b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, HEIGHT, WIDTH, 16, 3) + bytes(12)
    (tmp_path / "deep.psd").write_bytes(head + bytes(2) + deep.transpose(2, 0, 1).astype(">u2").tobytes())
    for name, wanted in (("flat.psd", picture), ("deep.psd", deep)):
        delaminate.append(_cuts(), tmp_path / name)
        stack = delaminate.read(tmp_path / name)
        assert stack.background.name == "Background"
        assert np.array_equal(stack.background.pixels[..., :3], wanted)
        below = dataclasses.replace(stack, layers=(stack.background,))
        assert np.array_equal(flatten(stack), _laid_over(below, _cuts()))


def test_saved_selections_and_resources_of_a_psd_stay(tmp_path: Path) -> None:
    """The fifth channel of the merged picture, and every image resource but the thumbnail."""
    path = tmp_path / "design.psd"
    picture = np.random.default_rng(2).integers(0, 256, (4, HEIGHT, WIDTH), np.uint8)
    note = b"8BIM" + struct.pack(">HHI", 1060, 0, 5) + b"<xmp>\0"
    icon = b"8BIM" + struct.pack(">HHI", 1036, 0, 4) + b"JPEG"
    head = b"8BPS" + struct.pack(">H6xHIIHH", 1, 4, HEIGHT, WIDTH, 8, 3) + bytes(4)
    path.write_bytes(head + struct.pack(">I", len(note + icon)) + icon + note + bytes(4) + bytes(2) + picture.tobytes())
    delaminate.append(_cuts(), path)
    data = path.read_bytes()
    assert note in data
    assert b"JPEG" not in data
    assert np.array_equal(np.asarray(psd_tools.PSDImage.open(path).numpy())[..., 3] * 255, picture[3])


def test_lists_with_an_entry_for_each_layer_grow_with_them(tmp_path: Path) -> None:
    """Photoshop keeps which layers are linked and which groups are on beside the layers: a link for each record."""
    path = tmp_path / "design.psd"
    delaminate.write(drawn_stack(), path)
    document = psd_tools.PSDImage.open(path)
    records = len(_psd_parts(path)[0])
    document.image_resources[Resource.LAYER_GROUP_INFO] = ImageResource(
        key=Resource.LAYER_GROUP_INFO, data=struct.pack(f">{records}H", *range(records))
    )
    document.save(path)
    delaminate.append(_cuts(), path)
    after = len(_psd_parts(path)[0])
    data = path.read_bytes()
    at = data.index(b"8BIM" + struct.pack(">H", 1026)) + 8
    size = struct.unpack(">I", data[at : at + 4])[0]
    found = struct.unpack(f">{size // 2}H", data[at + 4 : at + 4 + size])
    assert after > records
    assert found == (*range(records), *(0,) * (after - records))


def test_layers_are_brought_to_the_depth_of_the_document(tmp_path: Path) -> None:
    """16 bits are rounded in a document of 8, which is told."""
    delaminate.write(drawn_stack(8), tmp_path / "design.psd")
    told = delaminate.append(at_depth(_cuts(), 16), tmp_path / "design.psd")
    assert any(loss.what == "16-bit depth" for loss in told)
    assert np.array_equal(flatten(delaminate.read(tmp_path / "design.psd")), _laid_over(drawn_stack(8), _cuts()))


def test_layers_may_be_added_as_masks(tmp_path: Path) -> None:
    """As in a PSD of our own."""
    delaminate.write(drawn_stack(), tmp_path / "design.psd")
    append_layers(_cuts(), tmp_path / "design.psd", "cuts", cut=CutAs.MASKS)
    group: Any = psd_tools.PSDImage.open(tmp_path / "design.psd")[-1]
    assert [layer.has_mask() for layer in group.descendants() if not layer.is_group()] == [True] * 4


def test_a_document_is_appended_to_again_and_again(tmp_path: Path) -> None:
    """Every time one group more."""
    for suffix in (".psd", ".ora"):
        path = tmp_path / f"design{suffix}"
        delaminate.write(drawn_stack(), path)
        counts = []
        for turn in range(3):
            delaminate.append(_cuts(), path, group=f"turn {turn}")
            counts.append(len(delaminate.read(path).layers))
        assert counts == [9, 13, 17]


@DOCUMENTS
def test_a_document_of_another_size_is_refused_and_stays(suffix: str, tmp_path: Path) -> None:
    """In one sentence, before any work."""
    path = tmp_path / f"design{suffix}"
    delaminate.write(small_stack(), path)
    before = path.read_bytes()
    with pytest.raises(BadInput, match=rf"design\{suffix} has 12 x 9 pixels and the layers 120 x 80"):
        delaminate.append(_cuts(), path)
    assert path.read_bytes() == before


def test_other_colour_modes_and_files_are_refused(tmp_path: Path) -> None:
    """Grey, a picture, a damaged file, none at all."""
    psd_tools.PSDImage.frompil(Image.new("L", (WIDTH, HEIGHT))).save(tmp_path / "grey.psd")
    with pytest.raises(BadInput, match="it is not RGB of 8 or 16 bits"):
        check_document(tmp_path / "grey.psd", WIDTH, HEIGHT)
    with pytest.raises(BadInput, match=r"nothing can be added to a\.tif: it ends in none of \.psd, \.psb, \.ora"):
        check_document(tmp_path / "a.tif", WIDTH, HEIGHT)
    with pytest.raises(BadInput, match="cannot be read: No such file"):
        check_document(tmp_path / "none.psd", WIDTH, HEIGHT)
    for name in ("a.psd", "a.ora"):
        (tmp_path / name).write_bytes(b"a letter and no document")
        with pytest.raises(BadInput, match=f"nothing can be added to {name}"):
            check_document(tmp_path / name, WIDTH, HEIGHT)


@pytest.mark.parametrize("suffix", [".psd", ".ora"])
def test_a_damaged_document_is_refused_and_stays(suffix: str, tmp_path: Path) -> None:
    """A file cut anywhere within its layers is not touched."""
    path = tmp_path / f"design{suffix}"
    delaminate.write(drawn_stack(), path)
    whole = path.read_bytes()
    for share in (0.3, 0.5, 0.7):
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(BadInput, match="nothing can be added to design"):
            delaminate.append(_cuts(), path)
        assert path.read_bytes() == whole[: int(len(whole) * share)]
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_a_disk_that_is_full_leaves_the_document_as_it_was(tmp_path: Path) -> None:
    """A limit on the size of files stands for it: the new file is never put in place."""
    path = tmp_path / "design.psd"
    delaminate.write(drawn_stack(), path)
    before = path.read_bytes()
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, limit[1]))
    try:
        with pytest.raises(UnwritableOutput, match="cannot be written: File too large"):
            delaminate.append(_cuts(), path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, handler)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_links_and_permissions_stay(tmp_path: Path) -> None:
    """The link still points to the document, which nobody else may read."""
    (tmp_path / "real").mkdir()
    path, link = tmp_path / "real" / "design.psd", tmp_path / "design.psd"
    delaminate.write(drawn_stack(), path)
    path.chmod(0o600)
    link.symlink_to(path)
    delaminate.append(_cuts(), link)
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(delaminate.read(path).layers) == 9


def test_a_document_that_psd_tools_made_keeps_its_masks(tmp_path: Path) -> None:
    """The layer mask of a foreign file is there afterwards, and the picture is the one laid over the other."""
    document = psd_tools.PSDImage.new("RGB", (WIDTH, HEIGHT), color=(10, 20, 30))
    picture = Image.new("RGBA", (40, 30), (200, 100, 50, 255))
    picture.putalpha(Image.linear_gradient("L").resize((40, 30)))
    document.append(PixelLayer.frompil(picture, document, "masked", top=4, left=5))
    document.save(tmp_path / "a.psd")
    there = delaminate.read(tmp_path / "a.psd")
    delaminate.append(_cuts(), tmp_path / "a.psd")
    assert any(layer.has_mask() for layer in psd_tools.PSDImage.open(tmp_path / "a.psd").descendants())
    assert np.array_equal(flatten(delaminate.read(tmp_path / "a.psd")), _laid_over(there, _cuts()))
