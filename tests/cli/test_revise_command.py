"""`delaminate revise` as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from typer.testing import CliRunner, Result

import delaminate
from delaminate.cli import app


def run(*arguments: str | Path) -> Result:
    """The command in this process, with stdout and stderr apart."""
    return CliRunner().invoke(app, ["revise", *(str(argument) for argument in arguments)])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A red disc and a blue square on light grey, 160 × 120, split by two boxes."""
    image = Image.new("RGB", (160, 120), (225, 225, 230))
    draw = ImageDraw.Draw(image)
    draw.ellipse((20, 30, 70, 80), fill=(200, 30, 40))
    draw.rectangle((100, 40, 140, 80), fill=(40, 60, 180))
    boxes = [delaminate.NamedBox(delaminate.Box(*corners), name) for corners, name in BOXES]
    folder = tmp_path_factory.mktemp("made") / "layers"
    delaminate.save(delaminate.split(np.asarray(image), boxes=boxes), folder, invented=True)
    return folder


BOXES = [((18, 28, 73, 83), "disc"), ((98, 38, 143, 83), "square")]


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy of it to edit."""
    copy = tmp_path / "layers"
    copy.mkdir()
    for file in made.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    return copy


def rows(folder: Path) -> dict[str, dict[str, object]]:
    """Layer id → its row in the manifest."""
    told = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return {row["id"]: row for row in told["layers"]}


def named(folder: Path, name: str) -> str:
    """The id of the layer of that name."""
    return next(layer for layer, row in rows(folder).items() if row["name"] == name)


def file(folder: Path, layer: str) -> bytes:
    """The bytes of a layer's PNG."""
    return (folder / str(rows(folder)[layer]["file"])).read_bytes()


def same_picture(one: Path, other: Path) -> bool:
    """Whether both folders flatten to the same picture."""
    return np.array_equal(np.asarray(delaminate.flatten(one)), np.asarray(delaminate.flatten(other)))


def test_a_layer_is_redone_by_a_box_into_a_new_folder_and_the_others_keep_their_bytes(
    folder: Path, tmp_path: Path
) -> None:
    """The picture is what it was; the report says what changed and that it is exact."""
    disc, square = named(folder, "disc"), named(folder, "square")
    result = run(folder, "--redo", "disc", "--box", "18,28,73,60", "--name", "top of the disc", "--out", tmp_path / "n")
    assert result.exit_code == 0, result.stderr
    assert "layers add up to the picture: exact" in result.stdout
    assert "1 of 3 layers are what they were" in result.stdout
    assert same_picture(folder, tmp_path / "n")
    assert file(tmp_path / "n", square) == file(folder, square)
    assert file(tmp_path / "n", disc) != file(folder, disc)
    assert rows(tmp_path / "n")[disc]["name"] == "top of the disc"


def test_in_place_the_folder_is_replaced_whole_and_other_files_stay(folder: Path, made: Path) -> None:
    """A merge needs no engine; notes of all revisions are kept."""
    (folder / "my notes.txt").write_text("mine", encoding="utf-8")
    assert run(folder, "--merge", "disc,square", "--name", "badge").exit_code == 0
    assert run(folder, "--rename", "badge", "sign").exit_code == 0
    told = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert [row["name"] for row in told["layers"]] == ["background", "sign"]
    assert told["report"]["notes"] == ["'disc', 'square' were merged", "'badge' was renamed to 'sign'"]
    assert file(folder, "background") == file(made, "background")
    assert (same_picture(folder, made), (folder / "my notes.txt").read_text(encoding="utf-8")) == (True, "mine")


def test_a_removed_layer_is_in_the_background_again(folder: Path, made: Path) -> None:
    """Pixel for pixel as in the picture."""
    square = named(folder, "square")
    assert run(folder, "--remove", "disc").exit_code == 0
    ground = np.asarray(Image.open(folder / "00-background.png"))
    assert (ground[55, 45] == [200, 30, 40, 255]).all()
    assert (same_picture(folder, made), file(folder, square)) == (True, file(made, square))


def test_a_hole_is_refilled_and_only_it_and_its_layer_may_change(folder: Path, made: Path) -> None:
    """By name of another inpainter, or of the same."""
    result = run(folder, "--refill", "disc", "--inpaint-model", "content-aware", "--seed", "7", "--json")
    assert result.exit_code == 0, result.stderr
    square = named(made, "square")
    told = json.loads(result.stdout)["report"]["notes"]
    assert told == ["the background behind 'disc' was filled again by content-aware"]
    assert (same_picture(folder, made), file(folder, square)) == (True, file(made, square))


def test_a_layer_is_cut_again_along_a_mask(folder: Path, made: Path, tmp_path: Path) -> None:
    """Half of the disc stays in the layer, the other half is in the background again."""

    def covered() -> np.ndarray:
        layer = str(rows(folder)[named(folder, "disc")]["file"])
        return np.asarray(Image.open(folder / layer))[..., 3] > 127

    half = covered() & (np.arange(160) >= 45)
    Image.fromarray(half.astype(np.uint8) * 255).save(tmp_path / "half.png")
    result = run(folder, "--redo", "disc", "--mask", str(tmp_path / "half.png"))
    assert result.exit_code == 0, result.stderr
    assert abs(int(covered().sum()) - int(half.sum())) < 0.1 * half.sum()
    assert same_picture(folder, made)


BAD = [
    ((), 2, "say one edit: --redo, --merge"),
    (("--remove", "disc", "--rename", "disc", "x"), 2, "say one edit"),
    (("--redo", "disc"), 2, "say how to redo the layer"),
    (("--remove", "disc", "--box", "1,2,3,4"), 2, "--box belongs to --redo, not to --remove"),
    (("--redo", "disc", "--mask", "nothing.png"), 1, "does not exist"),
    (("--redo", "disc", "--box", "1,2,3"), 2, 'a box is "x1,y1,x2,y2"'),
    (("--redo", "disc", "--box", "500,500,600,600"), 1, "outside"),
    (("--redo", "nobody", "--point", "5,5"), 1, "there is no layer 'nobody'; there are: l1 ("),
    (("--merge", "disc"), 1, "name at least two layers to merge"),
    (("--remove", "background"), 1, "the background cannot be edited by itself"),
    (("--rename", "disc", " "), 1, "a layer needs a name"),
    (("--refill", "disc", "--inpaint-model", "nobody"), 1, "there is no inpainter called 'nobody'"),
    (("--refill", "disc", "--engine", "nobody"), 1, "there is no engine called 'nobody'"),
    (("--remove", "disc", "--out", "."), 1, "holds no layers of ours"),
]


@pytest.mark.parametrize(("arguments", "code", "sentence"), BAD)
def test_bad_input_is_one_sentence_and_changes_nothing(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: int, sentence: str
) -> None:
    """No traceback, and every file as it was."""
    monkeypatch.chdir(tmp_path)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    result = run("layers", *arguments)
    told = " ".join(result.stderr.replace("│", " ").split())
    assert (result.exit_code, sentence in told) == (code, True), result.stderr
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["layers"]


@pytest.mark.parametrize(
    ("name", "sentence"), [("gone", "is no folder; name one"), ("empty", "name a folder that `delaminate split` wrote")]
)
def test_what_is_no_layer_folder_is_refused(tmp_path: Path, name: str, sentence: str) -> None:
    """One sentence."""
    (tmp_path / "empty").mkdir()
    result = run(tmp_path / name, "--remove", "disc")
    assert (result.exit_code, sentence in result.stderr) == (1, True), result.stderr
