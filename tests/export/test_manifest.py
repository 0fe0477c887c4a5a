"""manifest.json, version 1, as the architecture writes it down."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from delaminate import __version__
from delaminate.contracts import Decomposition, Outcome
from delaminate.errors import BadStack
from delaminate.export import manifest
from delaminate.pixels import Box
from delaminate.stack import Role

FILES = {"background": "00-background.png", "l1": "01-rod-aeble.png"}


@pytest.fixture
def told(decomposition: Decomposition) -> dict[str, Any]:
    """A manifest as plain JSON values."""
    return manifest.write(decomposition, FILES, {"background": "00-background.invented.png"})


def test_it_has_exactly_the_fields_of_version_one(told: dict[str, Any]) -> None:
    """Key by key."""
    assert told == {
        "version": 1,
        "generator": f"delaminate {__version__}",
        "image": {
            "width": 40,
            "height": 30,
            "mode": "RGB",
            "bits": 8,
            "sha256": "ab" * 32,
            "icc": False,
            "lossy": False,
        },
        "instruction": "the red apple",
        "max_layers": 6,
        "engine": "embedded",
        "inpaint_model": "content-aware",
        "seed": 3,
        "layers": [
            {
                "id": "background",
                "file": "00-background.png",
                "name": "background",
                "role": "background",
                "z": 0,
                "bbox": [0, 0, 40, 30],
                "invented": "00-background.invented.png",
            },
            {
                "id": "l1",
                "file": "01-rod-aeble.png",
                "name": "Rød æble",
                "role": "object",
                "z": 1,
                "bbox": [8, 4, 29, 25],
                "confidence": 0.4322,
                "target": "the red apple",
                "text": None,
                "invented": None,
            },
        ],
        "report": {
            "recomposition": {"max_error": 0, "differing_pixels": 0},
            "targets": [{"target": "the red apple", "outcome": "uncertain", "advice": "Mark it."}],
            "seconds": {"plan": 0.123},
        },
    }


def test_what_was_written_is_read_with_types(told: dict[str, Any], tmp_path: Path) -> None:
    """From the file and from its folder."""
    (tmp_path / "manifest.json").write_text(json.dumps(told), encoding="utf-8")
    read = manifest.read(tmp_path)
    assert read == manifest.read(tmp_path / "manifest.json")
    assert (read.layers[1].role, read.layers[1].bbox) == (Role.OBJECT, Box(8, 4, 29, 25))
    assert read.report.targets[0].outcome is Outcome.UNCERTAIN


def test_a_layer_without_a_file_cannot_be_written(decomposition: Decomposition) -> None:
    """The layer is named."""
    with pytest.raises(BadStack, match="no file was named for layer 'l1'"):
        manifest.write(decomposition, {"background": "00-background.png"})


def test_unknown_keys_are_left_alone(told: dict[str, Any]) -> None:
    """A later version 1 may add some."""
    told["layers"][1]["blend"] = "multiply"
    assert manifest.validate(told).layers[1].id == "l1"


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (("version",), 2, "has version 2, this program reads version 1"),
        (("version",), True, "needs 'version' to be a whole number"),
        (("image", "width"), "40", "image needs 'width' to be a whole number"),
        (("image", "height"), 0, "40 x 0 pixels"),
        (("image", "bits"), 12, "12 bits"),
        (("layers",), [], "first layer of a manifest must be the background"),
        (("layers", 0, "role"), "object", "first layer of a manifest must be the background"),
        (("layers", 1, "role"), "background", "there is one background"),
        (("layers", 1, "role"), "hero", "'hero' is not a valid Role"),
        (("layers", 1, "z"), 4, "layer 1 says it is at z 4"),
        (("layers", 1, "id"), "background", "two layers of the manifest have the same id"),
        (("layers", 1, "file"), "00-background.png", "two layers of the manifest have the same file"),
        (("layers", 1, "file"), "../secret.png", "plain file name"),
        (("layers", 1, "file"), "/etc/passwd", "plain file name"),
        (("layers", 1, "file"), "C:\\x.png", "plain file name"),
        (("layers", 1, "invented"), "..", "plain file name"),
        (("layers", 1, "bbox"), [8, 4, 41, 25], "layer 1 leaves the canvas"),
        (("layers", 1, "bbox"), [8, 4, 8, 25], "left < right"),
        (("layers", 1, "bbox"), [8, 4, 9.5, 25], "four whole numbers"),
        (("layers", 1, "confidence"), 1.5, "within 0..1"),
        (("layers", 1, "text"), 7, "needs 'text' to be text"),
        (("layers", 1), "apple", "layer 1 must be a JSON object"),
        (("report", "recomposition", "max_error"), None, "needs 'max_error'"),
        (("report", "seconds", "plan"), "fast", "seconds needs 'plan' to be a number"),
        (("report", "seconds", "plan"), -1, "must be a number from 0"),
        (("report", "seconds", "plan"), float("nan"), "must be a number from 0"),
        (("report", "targets", 0, "outcome"), "lost", "'lost' is not a valid Outcome"),
    ],
)
def test_a_manifest_that_contradicts_itself_is_refused(
    told: dict[str, Any], path: tuple[Any, ...], value: Any, sentence: str
) -> None:
    """With the place and the reason."""
    broken = copy.deepcopy(told)
    at = broken
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    with pytest.raises(BadStack, match=sentence):
        manifest.validate(broken)


def test_a_folder_without_a_manifest_says_what_to_name(tmp_path: Path) -> None:
    """A folder that `delaminate split` wrote."""
    with pytest.raises(BadStack, match="name a folder that `delaminate split` wrote"):
        manifest.read(tmp_path)


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe{}", b"[]", b"7"])
def test_a_file_that_is_no_manifest_is_refused(content: bytes, tmp_path: Path) -> None:
    """Not JSON, not UTF-8, not an object."""
    (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(BadStack, match=r"is not JSON|must be a JSON object"):
        manifest.read(tmp_path)
