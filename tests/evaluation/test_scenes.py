"""Scene folders are read or refused in one sentence."""

import json
from pathlib import Path

import pytest

from delaminate.errors import BadInput
from delaminate.evaluation.scenes import Scene, read_scene, read_scenes


def test_a_scene_tells_its_instruction_targets_and_layers(small_scene: Scene) -> None:
    """The first layer is the background and the picture has the stated size."""
    assert small_scene.layers[0].role == "background"
    assert small_scene.instruction
    assert small_scene.picture().shape == (small_scene.height, small_scene.width, 3)
    assert small_scene.pixels(1).shape == (small_scene.height, small_scene.width, 4)


def test_scenes_can_be_chosen_by_id(small_scene: Scene) -> None:
    """And an id that is not there is named."""
    assert [s.id for s in read_scenes(small_scene.folder.parent, [small_scene.id])] == [small_scene.id]
    with pytest.raises(BadInput, match="no scene nowhere"):
        read_scenes(small_scene.folder.parent, ["nowhere"])


def test_a_folder_without_scenes_is_refused(tmp_path: Path) -> None:
    """It says what a scene is."""
    with pytest.raises(BadInput, match=r"scene\.json"):
        read_scenes(tmp_path)


@pytest.mark.parametrize("text", ["not json", "{}", '{"layers": [], "targets": 3}'])
def test_a_damaged_description_is_refused(small_scene: Scene, text: str) -> None:
    """The file is named."""
    (small_scene.folder / "scene.json").write_text(text)
    with pytest.raises(BadInput, match=r"scene\.json does not describe a scene"):
        read_scene(small_scene.folder)


def test_a_target_must_ask_for_a_layer_that_exists(small_scene: Scene) -> None:
    """The background cannot be asked for either."""
    path = small_scene.folder / "scene.json"
    facts = json.loads(path.read_text())
    facts["targets"][0]["layers"] = [0]
    path.write_text(json.dumps(facts))
    with pytest.raises(BadInput, match="target"):
        read_scene(small_scene.folder)


def test_a_missing_picture_is_named(small_scene: Scene) -> None:
    """When it is asked for, not before."""
    small_scene.picture_path.unlink()
    with pytest.raises(BadInput, match=r"image\.png"):
        small_scene.picture()
