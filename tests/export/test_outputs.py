"""Folders, files and both; what was dropped stands in the manifest; zips hold a folder whole."""

from __future__ import annotations

import dataclasses
import json
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest

import delaminate
from delaminate.composite import flatten
from delaminate.contracts import Decomposition
from delaminate.errors import BadInput, BadStack, UnwritableOutput
from delaminate.export.formats import formats_named
from delaminate.export.outputs import outputs_of
from stacks import drawn_stack


@pytest.fixture
def result(decomposition: Decomposition) -> Decomposition:
    """A decomposition whose stack has groups, text and a profile."""
    return dataclasses.replace(decomposition, stack=drawn_stack())


def test_files_lie_beside_the_folder_and_the_manifest_says_what_they_dropped(
    result: Decomposition, tmp_path: Path
) -> None:
    """For every file, also where it is nothing."""
    place = outputs_of(tmp_path / "layers", formats_named(["ora", "svg", "zip"]))
    told, _ = place.write(result)
    assert {path.name for path in tmp_path.iterdir()} == {"layers", "layers.ora", "layers.svg", "layers.zip"}
    assert json.loads((tmp_path / "layers" / "manifest.json").read_text("utf-8")) == told
    assert {name: len(losses) for name, losses in told["report"]["dropped"].items()} == {
        "layers.ora": 1,
        "layers.svg": 2,
        "layers.zip": 0,
    }
    assert told["report"]["dropped"]["layers.ora"][0]["what"] == "live text"


def test_a_file_alone_is_written_without_a_folder(result: Decomposition, tmp_path: Path) -> None:
    """And the manifest that is returned names the files instead."""
    told, _ = outputs_of(tmp_path / "a.psd", formats_named(["ora"])).write(result)
    assert {path.name for path in tmp_path.iterdir()} == {"a.psd", "a.ora"}
    assert told["files"] == [str(tmp_path / "a.psd"), str(tmp_path / "a.ora")]


def test_taken_places_are_refused_before_and_replaced_when_allowed(result: Decomposition, tmp_path: Path) -> None:
    """A file that exists, a folder of that name, a folder that is missing."""
    (tmp_path / "a.psd").write_bytes(b"mine")
    (tmp_path / "b.psd").mkdir()
    for out, words in (("a.psd", "--overwrite"), ("b.psd", "is a folder"), ("no/c.psd", "there is no folder")):
        with pytest.raises(UnwritableOutput, match=words):
            outputs_of(tmp_path / out, ()).check(overwrite=False)
    outputs_of(tmp_path / "a.psd", ()).check(overwrite=True)


@pytest.mark.parametrize("bits", [8, 16])
def test_a_zip_holds_the_folder_whole(bits: int, decomposition: Decomposition, tmp_path: Path) -> None:
    """The same stack, with masks; the same bytes whoever writes it."""
    stack = drawn_stack(bits)
    result = dataclasses.replace(decomposition, stack=stack)
    delaminate.save(result, tmp_path / "layers", invented=True)
    assert delaminate.write(tmp_path / "layers", tmp_path / "a.zip") == ()
    back = delaminate.read(tmp_path / "a.zip")
    assert np.array_equal(flatten(back), flatten(stack))
    assert [(layer.name, layer.role, layer.text) for layer in back.layers] == [
        (layer.name, layer.role, layer.text) for layer in stack.layers
    ]


def test_a_zip_from_a_result_needs_no_folder_and_from_a_bare_stack_is_refused(
    result: Decomposition, tmp_path: Path
) -> None:
    """A stack has no manifest."""
    delaminate.write(result, tmp_path / "a.zip")
    assert np.array_equal(flatten(delaminate.read(tmp_path / "a.zip")), flatten(result.stack))
    with pytest.raises(BadInput, match="give the result of a split"):
        delaminate.write(result.stack, tmp_path / "b.zip")


def test_a_zip_cannot_reach_outside(tmp_path: Path) -> None:
    """Entries with folders in their names are not unpacked."""
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        archive.writestr("../escaped.txt", "x")
    with pytest.raises(BadStack, match=r"bad\.zip holds no layer folder"):
        delaminate.read(tmp_path / "bad.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["bad.zip"]


def test_an_unknown_suffix_names_the_known_ones(tmp_path: Path) -> None:
    """To write and to read."""
    with pytest.raises(BadInput, match=r"a.gif must end in one of \.psd, "):
        delaminate.write(drawn_stack(), tmp_path / "a.gif")
    (tmp_path / "a.gif").touch()
    with pytest.raises(BadInput, match="cannot be read as layers"):
        delaminate.read(tmp_path / "a.gif")


def test_files_flatten_like_folders_and_losses_are_warned_of(tmp_path: Path) -> None:
    """`delaminate.flatten` takes whatever `delaminate.read` takes."""
    stack = drawn_stack()
    delaminate.write(stack, tmp_path / "a.ora")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        image = delaminate.flatten(tmp_path / "a.ora")
    assert np.array_equal(np.asarray(image), flatten(stack)[..., :3])
    assert image.info["icc_profile"] == stack.icc


def test_files_written_beside_an_atlas_are_not_replaced_unasked(tmp_path: Path) -> None:
    """The sheet has a name of its own, so that it never takes the place of the picture."""
    (tmp_path / "hero.png").touch()
    outputs_of(tmp_path / "hero.atlas", ()).check(overwrite=False)
    (tmp_path / "hero.sheet.png").touch()
    with pytest.raises(UnwritableOutput, match=r"hero\.sheet\.png exists"):
        outputs_of(tmp_path / "hero.atlas", ()).check(overwrite=False)
