"""`delaminate flatten` as a user runs it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import psd_tools
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

import delaminate
from delaminate.cli import app
from delaminate.composite import flatten
from delaminate.contracts import Decomposition


def run(*arguments: str | Path) -> Result:
    """The command in this process."""
    return CliRunner().invoke(app, ["flatten", *(str(argument) for argument in arguments)])


@pytest.fixture
def folder(decomposition: Decomposition, tmp_path: Path) -> Path:
    """A saved decomposition."""
    delaminate.save(decomposition, tmp_path / "layers")
    return tmp_path / "layers"


@pytest.mark.parametrize("name", ["flat.png", "flat.tif", "flat.webp"])
def test_a_folder_flattens_to_the_picture(
    folder: Path, decomposition: Decomposition, tmp_path: Path, name: str
) -> None:
    """Bit for bit, without an alpha channel as the input had none."""
    result = run(folder, "-o", tmp_path / name)
    assert result.exit_code == 0, result.stderr
    image = Image.open(tmp_path / name)
    assert image.mode == "RGB"
    assert np.array_equal(np.asarray(image), flatten(decomposition.stack)[..., :3])


def test_the_resolution_is_kept(folder: Path, tmp_path: Path) -> None:
    """300 dots per inch."""
    run(folder, "-o", tmp_path / "flat.png")
    assert Image.open(tmp_path / "flat.png").info["dpi"] == pytest.approx((300, 300), abs=0.02)


def test_jpeg_is_close(folder: Path, decomposition: Decomposition, tmp_path: Path) -> None:
    """It cannot be exact."""
    run(folder, "-o", tmp_path / "flat.jpg")
    error = np.asarray(Image.open(tmp_path / "flat.jpg")).astype(int) - flatten(decomposition.stack)[..., :3]
    assert np.abs(error).mean() < 8


def test_a_transparent_picture_cannot_become_a_jpeg(decomposition: Decomposition, tmp_path: Path) -> None:
    """The sentence names what can hold it, and nothing is written."""
    ground = decomposition.stack.background
    clear = dataclasses.replace(ground, pixels=ground.pixels * np.array([1, 1, 1, 0], np.uint8))
    stack = dataclasses.replace(decomposition.stack, layers=(clear,), opaque=False)
    delaminate.save(dataclasses.replace(decomposition, stack=stack, mode="RGBA"), tmp_path / "layers")
    result = run(tmp_path / "layers", "-o", tmp_path / "flat.jpg")
    assert (result.exit_code, result.stderr.strip()) == (
        1,
        "delaminate: the picture has transparency, which JPEG cannot hold; name flat.png",
    )
    assert [entry.name for entry in tmp_path.iterdir()] == ["layers"]


@pytest.mark.parametrize(
    ("out", "sentence"),
    [("flat.xyz", "must end in one of .png"), ("nowhere/flat.png", "cannot be written"), ("layers", "must end in")],
)
def test_a_file_that_cannot_be_written_is_refused(folder: Path, tmp_path: Path, out: str, sentence: str) -> None:
    """And nothing stays behind."""
    result = run(folder, "-o", tmp_path / out)
    assert (result.exit_code, sentence in result.stderr) == (1, True), result.stderr
    assert [entry.name for entry in tmp_path.iterdir()] == ["layers"]


def test_a_folder_without_layers_is_refused(tmp_path: Path) -> None:
    """One sentence."""
    result = run(tmp_path, "-o", tmp_path / "flat.png")
    assert (result.exit_code, "name a folder that `delaminate split` wrote" in result.stderr) == (1, True)


def test_an_edited_stack_is_put_back_with_what_changed_and_the_proof(
    folder: Path, decomposition: Decomposition, tmp_path: Path
) -> None:
    """A layer was moved in a PSD: that is told, and that nothing else was; other canvases are refused."""
    delaminate.write(decomposition, tmp_path / "a.psd")
    document = psd_tools.PSDImage.open(tmp_path / "a.psd")
    document[-1].left += 2
    document.save(tmp_path / "a.psd")
    result = run(tmp_path / "a.psd", "-o", tmp_path / "flat.png", "--against", folder)
    assert result.exit_code == 0, result.stderr
    assert "changed: “Rød æble” moved by 2, 0 pixels, within 10, 6, 29, 23" in result.stdout
    assert "untouched: all " in result.stdout
    flat = np.asarray(Image.open(tmp_path / "flat.png"))
    assert np.array_equal(flat[:, :8], flatten(decomposition.stack)[:, :8, :3])
    alone = run(tmp_path / "a.psd", "--against", folder)
    assert (alone.exit_code, alone.stdout) == (0, result.stdout.partition("\n")[2])
    other = run(tmp_path / "a.psd", "-o", tmp_path / "no.png", "--against", tmp_path)
    assert (other.exit_code, (tmp_path / "no.png").exists()) == (1, False)


def test_layers_that_nobody_changed_are_said_to_be_so_and_nothing_is_written(folder: Path, tmp_path: Path) -> None:
    """In one line; without a file and without anything to compare with, the command is not understood."""
    result = run(folder, "--against", folder)
    assert (result.exit_code, result.stdout) == (0, "nothing was changed: all 1,200 pixels are as they were\n")
    assert [entry.name for entry in tmp_path.iterdir()] == ["layers"]
    assert run(folder).exit_code == 2


@pytest.mark.parametrize("name", ["picture.png", "picture.tif"])
def test_layers_are_compared_with_the_picture_they_came_from(
    folder: Path, decomposition: Decomposition, tmp_path: Path, name: str
) -> None:
    """They add up to it, or so many pixels differ by so much; also in a TIFF, which might hold layers."""
    run(folder, "-o", tmp_path / name)
    assert (
        "exact: the layers add up to that picture in all 1,200 pixels"
        in run(folder, "--against", tmp_path / name).stdout
    )
    changed = np.asarray(Image.open(tmp_path / name)).copy()
    changed[3:5, 7] = np.where(changed[3:5, 7] > 127, changed[3:5, 7] - 4, changed[3:5, 7] + 4)
    Image.fromarray(changed).save(tmp_path / name)
    said = run(folder, "--against", tmp_path / name).stdout
    assert said == "NOT exact: 2 of 1,200 pixels differ from that picture, by up to 4 levels, within 7, 3, 8, 5\n"


def test_what_is_neither_layers_nor_a_picture_of_this_size_is_refused(folder: Path, tmp_path: Path) -> None:
    """In one sentence."""
    Image.new("RGB", (7, 5)).save(tmp_path / "small.png")
    small = run(folder, "--against", tmp_path / "small.png")
    assert "have 40 x 30 pixels of 8 bits, and what they are compared with 7 x 5 pixels of 8 bits" in small.stderr
    (tmp_path / "a.txt").write_text("no picture")
    assert [run(folder, "--against", tmp_path / name).exit_code for name in ("a.txt", "none.png", "none.psd")] == [
        1
    ] * 3
