"""Sprite sheets: frames put back at their places make the picture, in every one of the three atlases."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from delaminate.composite import flatten
from delaminate.export import sprites
from stacks import HEIGHT, WIDTH, drawn_stack


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    """The drawn stack as hero.atlas and its companions."""
    sprites.write(drawn_stack(), tmp_path / "hero.atlas")
    return tmp_path


def test_four_files_are_written_and_named(tmp_path: Path) -> None:
    """The one that was asked for comes first."""
    written = sprites.write(drawn_stack(), tmp_path / "hero.atlas")
    assert [path.name for path in written.paths] == [
        "hero.atlas",
        "hero.sheet.json",
        "hero.skeleton.json",
        "hero.sheet.png",
    ]
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in written.paths}


def test_the_frames_of_the_json_make_the_picture_again(sheet: Path) -> None:
    """In the order of z, each at its place in its source size."""
    atlas = json.loads((sheet / "hero.sheet.json").read_text("utf-8"))
    image = Image.open(sheet / atlas["meta"]["image"])
    canvas = Image.new("RGBA", (WIDTH, HEIGHT))
    for frame in sorted(atlas["frames"].values(), key=lambda frame: frame["z"]):
        x, y, w, h = (frame["frame"][key] for key in "xywh")
        canvas.alpha_composite(
            image.crop((x, y, x + w, y + h)), (frame["spriteSourceSize"]["x"], frame["spriteSourceSize"]["y"])
        )
    assert np.array_equal(np.asarray(canvas), flatten(drawn_stack()))


def test_keys_are_unique_ascii_and_the_names_are_kept_beside_them(sheet: Path) -> None:
    """Importers choke on anything else."""
    frames = json.loads((sheet / "hero.sheet.json").read_text("utf-8"))["frames"]
    assert all(re.fullmatch(r"[a-z0-9-]+", key) for key in frames)
    assert [frame["name"] for frame in frames.values()] == [layer.name for layer in drawn_stack().layers]


def test_frames_do_not_overlap_and_keep_a_gap(sheet: Path) -> None:
    """Two pixels, so that filtering does not bleed."""
    frames = [frame["frame"] for frame in json.loads((sheet / "hero.sheet.json").read_text("utf-8"))["frames"].values()]
    taken = np.zeros((1000, 1000), int)
    for frame in frames:
        taken[frame["y"] : frame["y"] + frame["h"] + 1, frame["x"] : frame["x"] + frame["w"] + 1] += 1
    assert taken.max() == 1


def test_the_skeleton_puts_the_regions_of_the_atlas_at_their_places(sheet: Path) -> None:
    """Spine: y runs up, slots are drawn in order, every attachment is a region of the same size."""
    skeleton = json.loads((sheet / "hero.skeleton.json").read_text("utf-8"))
    regions = re.findall(
        r"^(\S+)\n  rotate: false\n  xy: \d+, \d+\n  size: (\d+), (\d+)",
        (sheet / "hero.atlas").read_text("utf-8"),
        re.M,
    )
    attachments = skeleton["skins"][0]["attachments"]
    assert [slot["name"] for slot in skeleton["slots"]] == [name for name, *_ in regions]
    for (name, width, height), layer in zip(regions, drawn_stack().layers, strict=True):
        place = attachments[name][name]
        assert (place["width"], place["height"]) == (int(width), int(height))
        assert place["x"] + WIDTH / 2 - place["width"] / 2 == layer.box.left
        assert HEIGHT - place["y"] - place["height"] / 2 == layer.box.top
