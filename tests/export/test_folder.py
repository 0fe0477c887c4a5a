"""A stack as a folder: written whole or not at all, and read back."""

from __future__ import annotations

import dataclasses
import json
import resource
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from delaminate.composite import flatten
from delaminate.contracts import Decomposition
from delaminate.errors import BadStack, PictureTooLarge, UnwritableOutput
from delaminate.export.folder import check_folder, read_folder, save

FILES = {"00-background.png", "00-background.invented.png", "01-rod-aeble.png", "manifest.json", "preview.png"}


@pytest.fixture
def folder(decomposition: Decomposition, tmp_path: Path) -> Path:
    """A saved decomposition."""
    save(decomposition, tmp_path / "layers", invented=True)
    return tmp_path / "layers"


@pytest.fixture
def small_files() -> Iterator[None]:
    """A disk that takes no file above 600 bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_folder_holds_layers_masks_manifest_and_preview_and_nothing_else(folder: Path) -> None:
    """And nothing is left beside it."""
    assert {entry.name for entry in folder.iterdir()} == FILES
    assert [entry.name for entry in folder.parent.iterdir()] == ["layers"]


def test_the_layers_are_full_canvas_rgba_and_add_up_in_pillow(folder: Path, decomposition: Decomposition) -> None:
    """Read as anybody would read them."""
    rows = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["layers"]
    images: list[Image.Image] = [Image.open(folder / row["file"]) for row in rows]
    assert {(image.mode, image.size) for image in images} == {("RGBA", (40, 30))}
    together = images[0]
    for image in images[1:]:
        together = Image.alpha_composite(together, image)
    assert np.array_equal(np.asarray(together), flatten(decomposition.stack))


def test_a_folder_reads_back_as_the_same_stack(folder: Path, decomposition: Decomposition) -> None:
    """Names, boxes, pixels, made-up pixels, resolution."""
    before, after = decomposition.stack, read_folder(folder)
    assert (after.width, after.height, after.opaque) == (40, 30, True)
    assert after.dpi == pytest.approx(before.dpi, abs=0.02)
    for one, other in zip(before.layers, after.layers, strict=True):
        assert (one.id, one.name, one.role, one.box) == (other.id, other.name, other.role, other.box)
        assert np.array_equal(one.pixels, other.pixels)
    assert np.array_equal(before.background.invented, after.background.invented)  # type: ignore[arg-type]
    assert after.layers[1].invented is None


def test_a_profile_goes_into_every_file_and_back(decomposition: Decomposition, tmp_path: Path) -> None:
    """To the byte."""
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    stack = dataclasses.replace(decomposition.stack, icc=icc)
    save(dataclasses.replace(decomposition, stack=stack), tmp_path / "layers")
    layers = [tmp_path / "layers" / name for name in ("00-background.png", "01-rod-aeble.png")]
    assert [Image.open(layer).info["icc_profile"] for layer in layers] == [icc, icc]
    assert read_folder(tmp_path / "layers").icc == icc


def test_sixteen_bit_layers_read_back_bit_for_bit(decomposition: Decomposition, tmp_path: Path) -> None:
    """The writer keeps the depth of the stack."""
    stack = decomposition.stack
    deep = tuple(
        dataclasses.replace(layer, pixels=layer.pixels.astype(np.uint16) * np.uint16(257) ^ np.uint16(1))
        for layer in stack.layers
    )
    save(dataclasses.replace(decomposition, stack=dataclasses.replace(stack, layers=deep)), tmp_path / "layers")
    read = read_folder(tmp_path / "layers")
    assert np.array_equal(read.background.pixels, deep[0].pixels)
    assert read.bits == 16


def test_the_preview_can_be_left_out(decomposition: Decomposition, tmp_path: Path) -> None:
    """On request."""
    save(decomposition, tmp_path / "layers", preview=False)
    assert not (tmp_path / "layers" / "preview.png").exists()


def test_saving_twice_gives_the_same_bytes(decomposition: Decomposition, folder: Path, tmp_path: Path) -> None:
    """File by file."""
    save(decomposition, tmp_path / "again", invented=True)
    assert all((folder / name).read_bytes() == (tmp_path / "again" / name).read_bytes() for name in FILES)


def test_an_empty_folder_is_used_and_its_parents_are_made(decomposition: Decomposition, tmp_path: Path) -> None:
    """Both without asking."""
    (tmp_path / "empty").mkdir()
    save(decomposition, tmp_path / "empty")
    save(decomposition, tmp_path / "a" / "b" / "c")
    assert (tmp_path / "empty" / "manifest.json").exists()
    assert (tmp_path / "a" / "b" / "c" / "manifest.json").exists()


def test_layers_are_not_overwritten_without_permission(decomposition: Decomposition, folder: Path) -> None:
    """And nothing changes."""
    before = {entry: entry.stat().st_mtime_ns for entry in folder.iterdir()}
    with pytest.raises(UnwritableOutput, match=r"already holds layers; .*--overwrite"):
        save(decomposition, folder)
    assert before == {entry: entry.stat().st_mtime_ns for entry in folder.iterdir()}


def test_overwriting_replaces_our_files_and_keeps_those_of_others(decomposition: Decomposition, folder: Path) -> None:
    """A note the user put there stays; a layer that is no longer there goes."""
    (folder / "note.txt").write_text("mine", encoding="utf-8")
    alone = dataclasses.replace(decomposition.stack, layers=decomposition.stack.layers[:1])
    save(dataclasses.replace(decomposition, stack=alone), folder, overwrite=True, invented=True)
    assert {entry.name for entry in folder.iterdir()} == (FILES - {"01-rod-aeble.png"}) | {"note.txt"}
    assert [entry.name for entry in folder.parent.iterdir()] == ["layers"]


def test_a_folder_of_other_files_is_never_touched(decomposition: Decomposition, tmp_path: Path) -> None:
    """Not even with permission to overwrite."""
    (tmp_path / "holiday.jpg").write_bytes(b"photo")
    with pytest.raises(UnwritableOutput, match="holds no layers of ours; name a new or an empty folder"):
        save(decomposition, tmp_path, overwrite=True)
    assert [entry.name for entry in tmp_path.iterdir()] == ["holiday.jpg"]


def test_a_file_or_a_place_below_a_file_cannot_be_the_folder(decomposition: Decomposition, tmp_path: Path) -> None:
    """Nor a name that no file system takes."""
    file = tmp_path / "file"
    file.touch()
    for place in (file, file / "layers", tmp_path / ("x" * 300)):
        with pytest.raises(UnwritableOutput, match=str(tmp_path)):
            check_folder(place)
        with pytest.raises(UnwritableOutput, match=str(tmp_path)):
            save(decomposition, place)
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


@pytest.mark.usefixtures("small_files")
def test_a_full_disk_leaves_nothing_behind(decomposition: Decomposition, tmp_path: Path) -> None:
    """The first layer fits partly, then writing fails."""
    with pytest.raises(UnwritableOutput, match="cannot be written"):
        save(decomposition, tmp_path / "layers")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_overwrite_leaves_the_old_layers(decomposition: Decomposition, folder: Path) -> None:
    """As they were."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600, before[1]))
    try:
        with pytest.raises(UnwritableOutput):
            save(decomposition, folder, overwrite=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert np.array_equal(read_folder(folder).background.pixels, decomposition.stack.background.pixels)


def test_a_missing_layer_is_named(folder: Path) -> None:
    """With its path."""
    (folder / "01-rod-aeble.png").unlink()
    with pytest.raises(BadStack, match=r"01-rod-aeble\.png does not exist"):
        read_folder(folder)


def test_a_layer_of_another_size_is_refused(folder: Path) -> None:
    """Both sizes are told."""
    Image.new("RGBA", (41, 30)).save(folder / "01-rod-aeble.png")
    with pytest.raises(BadStack, match="41 x 30 pixels, the manifest says 40 x 30"):
        read_folder(folder)


def test_a_layer_that_leads_elsewhere_is_refused(folder: Path) -> None:
    """A link out of the folder."""
    outside = folder.parent / "secret.png"
    (folder / "01-rod-aeble.png").rename(outside)
    (folder / "01-rod-aeble.png").symlink_to(outside)
    with pytest.raises(BadStack, match="leads out of the folder"):
        read_folder(folder)


def test_a_layer_larger_than_the_limit_is_refused(folder: Path) -> None:
    """The limit of pictures holds for layers."""
    with pytest.raises(PictureTooLarge):
        read_folder(folder, max_pixels=1199)


def test_what_somebody_painted_beyond_the_box_counts(folder: Path) -> None:
    """A layer edited by hand grows its box."""
    path = folder / "01-rod-aeble.png"
    image = Image.open(path).convert("RGBA")
    image.putpixel((39, 29), (255, 0, 0, 255))
    image.save(path)
    stack = read_folder(folder)
    assert stack.layers[1].box.as_tuple() == (8, 4, 40, 30)
    assert flatten(stack)[29, 39].tolist() == [255, 0, 0, 255]


def test_masks_of_invented_pixels_are_written_when_asked_for_only(decomposition: Decomposition, tmp_path: Path) -> None:
    """The manifest names what is there, and nothing else."""
    plain = save(decomposition, tmp_path / "plain")
    masked = save(decomposition, tmp_path / "masked", invented=True)
    assert [row.get("invented") for row in plain["layers"]] == [None, None]
    assert [row.get("invented") for row in masked["layers"]] == ["00-background.invented.png", None]
    assert not list((tmp_path / "plain").glob("*invented*"))
