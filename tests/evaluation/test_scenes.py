"""Scene folders are read or refused in one sentence."""

import json
from pathlib import Path

import pytest

from delaminate.errors import BadInput
from delaminate.evaluation.generation.generator import generate
from delaminate.evaluation.scenes import Scene, read_scene, read_scenes


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """A generated scene."""
    return generate(tmp_path, 1, seed=1)[0]


def test_a_scene_tells_its_instruction_targets_and_layers(scene: Scene) -> None:
    """The first layer is the background and the picture has the stated size."""
    assert scene.layers[0].role == "background"
    assert scene.instruction
    assert scene.picture().shape == (scene.height, scene.width, 3)
    assert scene.pixels(1).shape == (scene.height, scene.width, 4)


def test_scenes_can_be_chosen_by_id(scene: Scene) -> None:
    """And an id that is not there is named."""
    assert [s.id for s in read_scenes(scene.folder.parent, [scene.id])] == [scene.id]
    with pytest.raises(BadInput, match="no scene nowhere"):
        read_scenes(scene.folder.parent, ["nowhere"])


def test_a_folder_without_scenes_is_refused(tmp_path: Path) -> None:
    """It says what a scene is."""
    with pytest.raises(BadInput, match=r"scene\.json"):
        read_scenes(tmp_path)


@pytest.mark.parametrize("text", ["not json", "{}", '{"layers": [], "targets": 3}'])
def test_a_damaged_description_is_refused(scene: Scene, text: str) -> None:
    """The file is named."""
    (scene.folder / "scene.json").write_text(text)
    with pytest.raises(BadInput, match=r"scene\.json does not describe a scene"):
        read_scene(scene.folder)


def test_a_target_must_ask_for_a_layer_that_exists(scene: Scene) -> None:
    """The background cannot be asked for either."""
    path = scene.folder / "scene.json"
    facts = json.loads(path.read_text())
    facts["targets"][0]["layers"] = [0]
    path.write_text(json.dumps(facts))
    with pytest.raises(BadInput, match="target"):
        read_scene(scene.folder)


def test_a_missing_picture_is_named(scene: Scene) -> None:
    """When it is asked for, not before."""
    scene.picture_path.unlink()
    with pytest.raises(BadInput, match=r"image\.png"):
        scene.picture()
