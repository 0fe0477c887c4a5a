"""`delaminate export`, `flatten FILE` and `split --also` as a user types them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from typer.testing import CliRunner

import delaminate
from delaminate.cli import app
from delaminate.composite import flatten
from delaminate.contracts import Decomposition
from stacks import drawn_stack


@pytest.fixture
def folder(decomposition: Decomposition, tmp_path: Path) -> Path:
    """A saved decomposition."""
    delaminate.save(decomposition, tmp_path / "layers")
    return tmp_path / "layers"


def _run(*arguments: str | Path) -> tuple[int, str]:
    outcome = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return outcome.exit_code, " ".join(outcome.output.split())


def test_a_folder_is_exported_to_several_files_with_a_report(folder: Path) -> None:
    """On stdout and in the manifest."""
    code, output = _run("export", folder, folder.parent / "a.psd", folder.parent / "a.atlas")
    assert code == 0
    assert "wrote" in output
    assert "not in it: resolution: textures are measured in pixels." in output
    told = json.loads((folder / "manifest.json").read_text("utf-8"))["report"]["dropped"]
    assert (set(told), told["a.psd"]) == ({"a.psd", "a.atlas"}, [])


def test_one_format_is_turned_into_another(tmp_path: Path) -> None:
    """A file may come in where a folder does."""
    delaminate.write(drawn_stack(), tmp_path / "a.ora")
    assert _run("export", tmp_path / "a.ora", tmp_path / "a.psb")[0] == 0
    assert np.array_equal(flatten(delaminate.read(tmp_path / "a.psb")), flatten(drawn_stack()))


def test_files_are_not_overwritten_without_permission(folder: Path) -> None:
    """One sentence, nothing changed."""
    (folder.parent / "a.psd").write_bytes(b"mine")
    code, output = _run("export", folder, folder.parent / "a.psd")
    assert code == 1
    assert output.endswith("exists; name another file or allow overwriting (--overwrite)")
    assert (folder.parent / "a.psd").read_bytes() == b"mine"


@pytest.mark.parametrize("suffix", [".psd", ".ora", ".tif"])
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("flat", ["flat.png", "flat.tif"])
def test_files_are_flattened_at_their_depth(suffix: str, bits: int, flat: str, tmp_path: Path) -> None:
    """Bit for bit, 8 or 16."""
    stack = drawn_stack(bits, opaque=False)
    delaminate.write(stack, tmp_path / f"a{suffix}")
    assert _run("flatten", tmp_path / f"a{suffix}", "-o", tmp_path / flat)[0] == 0
    if flat.endswith("png"):
        pixels = cv2.imread(str(tmp_path / flat), cv2.IMREAD_UNCHANGED)
        assert pixels is not None
        pixels = pixels[..., [2, 1, 0, 3]]
    else:
        pixels = tifffile.imread(tmp_path / flat)
    assert np.array_equal(pixels, flatten(stack))


def test_rounding_to_eight_bits_is_said(tmp_path: Path) -> None:
    """WebP has no 16."""
    delaminate.write(drawn_stack(16), tmp_path / "a.psd")
    code, output = _run("flatten", tmp_path / "a.psd", "-o", tmp_path / "a.webp")
    assert code == 0
    assert "so 16 were rounded; PNG and TIFF keep them" in output


def test_a_damaged_file_is_one_sentence(tmp_path: Path) -> None:
    """And exit code 1."""
    (tmp_path / "a.psd").write_bytes(b"8BPS\0\1")
    code, output = _run("flatten", tmp_path / "a.psd", "-o", tmp_path / "a.png")
    assert (code, output) == (1, "delaminate: a.psd is damaged or no Photoshop file: it ends too early")


def test_an_unknown_format_is_refused_before_the_split(tmp_path: Path) -> None:
    """With the ones there are."""
    picture = tmp_path / "a.png"
    cv2.imwrite(str(picture), np.zeros((8, 8, 3), np.uint8))
    code, output = _run("split", picture, "the apple", "--also", "gif")
    assert code == 2
    assert "'gif' is no format; choose from psd, psb, ora" in output


def test_a_split_goes_into_files_beside_its_folder(tmp_path: Path) -> None:
    """Marked by a box, so that nothing has to be recognised."""
    scene = np.full((60, 80, 3), 230, np.uint8)
    scene[20:40, 30:55] = (200, 30, 30)
    cv2.imwrite(str(tmp_path / "a.png"), scene[..., ::-1])
    code, output = _run(
        "split", tmp_path / "a.png", "--box", "28,18,57,42:card", "--out", tmp_path / "out", "--also", "psd,ora",
        "--invented",
    )  # fmt: skip
    assert code == 0, output
    told = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert told["layers"][0]["invented"] == "00-background.invented.png"
    assert set(told["report"]["dropped"]) == {"out.psd", "out.ora"}
    assert np.array_equal(flatten(delaminate.read(tmp_path / "out.psd"))[..., :3], scene)


def test_several_pictures_cannot_go_into_one_file(tmp_path: Path) -> None:
    """A folder and --also can."""
    for name in ("a.png", "b.png"):
        cv2.imwrite(str(tmp_path / name), np.zeros((8, 8, 3), np.uint8))
    code, output = _run("split", tmp_path / "a.png", tmp_path / "b.png", "the card", "--out", tmp_path / "x.psd")
    assert code == 2
    assert "name a folder and add --also" in output


def test_libraries_below_do_not_add_to_the_sentence(tmp_path: Path) -> None:
    """tifffile logs what it finds odd; in the command line only -v shows it."""
    delaminate.write(drawn_stack(), tmp_path / "a.tif")
    whole = (tmp_path / "a.tif").read_bytes()
    (tmp_path / "a.tif").write_bytes(whole[: len(whole) // 2])
    command = [sys.executable, "-m", "delaminate", "flatten", "a.tif", "-o", "a.png"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith("delaminate: a.tif ")
