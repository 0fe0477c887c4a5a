"""`delaminate split` as a user runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from typer.testing import CliRunner, Result

import delaminate
from delaminate.cli import app
from delaminate.contracts import Decomposition
from delaminate.version import __version__


def run(*arguments: str | Path) -> Result:
    """The command in this process, with stdout and stderr apart."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A red disc and a blue square on light grey, 160 × 120."""
    image = Image.new("RGB", (160, 120), (225, 225, 230))
    draw = ImageDraw.Draw(image)
    draw.ellipse((20, 30, 70, 80), fill=(200, 30, 40))
    draw.rectangle((100, 40, 140, 80), fill=(40, 60, 180))
    image.save(tmp_path / "shapes.png")
    return tmp_path / "shapes.png"


DISC = ("--box", "18,28,73,83:red disc")


def _flattened(folder: Path) -> np.ndarray:
    rows = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["layers"]
    together = Image.open(folder / rows[0]["file"]).convert("RGBA")
    for row in rows[1:]:
        together = Image.alpha_composite(together, Image.open(folder / row["file"]))
    return np.asarray(together.convert("RGB"))


def test_a_marked_thing_becomes_a_layer_and_the_report_says_so(picture: Path, tmp_path: Path) -> None:
    """Where the layers are, which they are, and the proof; and the proof is true."""
    result = run("split", picture, "the red disc", *DISC, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.stderr
    assert f"background in {tmp_path / 'out'}" in result.stdout
    assert "red disc" in result.stdout
    assert "layers add up to the picture: exact" in result.stdout
    assert np.array_equal(_flattened(tmp_path / "out"), np.asarray(Image.open(picture)))


def test_the_instruction_may_be_left_out_when_something_is_marked(picture: Path, tmp_path: Path) -> None:
    """The last argument is then a picture."""
    result = run("split", picture, *DISC, "--out", tmp_path / "out", "--no-preview")
    assert result.exit_code == 0, result.stderr
    assert not (tmp_path / "out" / "preview.png").exists()


def test_json_prints_the_manifest_and_nothing_else(picture: Path, tmp_path: Path) -> None:
    """The same as in the folder."""
    result = run("split", picture, "the disc", *DISC, "--out", tmp_path / "out", "--json", "--seed", "4")
    told = json.loads(result.stdout)
    assert told == json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert (told["seed"], told["layers"][0]["role"]) == (4, "background")


def test_a_batch_goes_on_after_a_bad_file_and_says_so(picture: Path, tmp_path: Path) -> None:
    """Patterns, a text file among the pictures, and one that is not there."""
    (tmp_path / "letter.png").write_text("Dear reader", encoding="utf-8")
    result = run("split", tmp_path / "*.png", tmp_path / "gone.png", "the disc", *DISC, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "letter.png is not a whole PNG" in result.stderr
    assert "gone.png does not exist" in result.stderr
    assert "2 of 3 pictures could not be split" in result.stderr
    assert [folder.name for folder in (tmp_path / "out").iterdir()] == ["shapes-layers"]


def test_pictures_of_one_name_get_folders_of_their_own_and_the_same_bytes_when_they_are_the_same(
    picture: Path, tmp_path: Path
) -> None:
    """A batch prints its manifests as a list."""
    (tmp_path / "other").mkdir()
    twin = tmp_path / "other" / "shapes.png"
    twin.write_bytes(picture.read_bytes())
    result = run("split", picture, twin, *DISC, "--out", tmp_path / "out", "--json")
    assert len(json.loads(result.stdout)) == 2
    one, two = tmp_path / "out" / "shapes-layers", tmp_path / "out" / "shapes-2-layers"
    names = {path.name for path in one.glob("*.png")}
    assert names >= {"00-background.png", "01-red-disc.png", "preview.png"}
    assert all((one / name).read_bytes() == (two / name).read_bytes() for name in names)


BAD = [
    (("gone.png", "the disc"), 1, "gone.png does not exist; check the path"),
    (("bad", "the disc"), 1, "is a folder without pictures; name a picture file"),
    (("empty.png", "the disc"), 1, "empty.png is empty (0 bytes)"),
    (("letter.png", "the disc"), 1, "is not a whole PNG, JPEG"),
    (("cut.png", "the disc"), 1, "is damaged or cut short"),
    (("shapes.png", "the disc", "--max-pixels", "100"), 1, "more than the limit of 100;"),
    (("shapes.png", "the disc", "--engine", "nobody"), 1, "there is no engine called 'nobody'"),
    (("shapes.png", "the disc", "--inpaint-model", "nobody"), 1, "there is no inpainter called 'nobody'"),
    (("shapes.png", "the disc", "--box", "500,500,600,600"), 1, "outside"),
    (("shapes.png", "the disc", "--out", "note"), 1, "is a file; name a folder for the layers"),
    (("shapes.png", "the disc", "--out", "."), 1, "holds no layers of ours; name a new or an empty folder"),
    (("shapes.png", "the disc", "--out", "empty.png/out"), 1, "cannot be"),
    (("shapes.png",), 2, "say what to extract"),
    (("the disc",), 2, "name a picture"),
    ((), 2, "Missing argument"),
    (("shapes.png", "the disc", "--max-layers", "0"), 2, "'--max-layers': 0 is "),
    (("shapes.png", "the disc", "--max-layers", "abc"), 2, "'--max-layers': 'abc' is not a "),
    (("shapes.png", "the disc", "--shadows", "foo"), 2, "'--shadows': 'foo' is not one of 'with', 'own', 'leave'."),
    (("shapes.png", "the disc", "--box", "1,2,3"), 2, 'a box is "x1,y1,x2,y2"'),
    (("shapes.png", "the disc", "--box", "9,9,3,3"), 2, "x1 must be less than x2"),
    (("shapes.png", "the disc", "--point", "a,b"), 2, 'a point is "x,y"'),
    (("shapes.png", "the disc", "--typo"), 2, "--typo"),
]


@pytest.mark.parametrize(("arguments", "code", "sentence"), BAD, ids=[sentence for _, _, sentence in BAD])
def test_bad_input_gets_one_sentence_and_nothing_is_written(
    picture: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: int, sentence: str
) -> None:
    """Exit code 1 for what is wrong with the input, 2 for the usage; no traceback, no new file."""
    monkeypatch.chdir(picture.parent)
    Path("empty.png").touch()
    Path("note").touch()
    Path("bad").mkdir()
    Path("letter.png").write_text("Dear reader", encoding="utf-8")
    Path("cut.png").write_bytes(picture.read_bytes()[:200])
    before = sorted(Path().rglob("*"))
    result = run("split", *arguments)
    said = " ".join(result.stderr.replace("│", " ").split())
    assert (result.exit_code, sentence in said) == (code, True), said
    assert "Traceback" not in result.output
    assert code == 2 or said.count("delaminate: ") == 1
    assert sorted(Path().rglob("*")) == before


def test_layers_are_replaced_only_with_overwrite(picture: Path, tmp_path: Path, decomposition: Decomposition) -> None:
    """Refused before the work is done."""
    delaminate.save(decomposition, tmp_path / "out")
    command = ("split", picture, "the disc", *DISC, "--out", tmp_path / "out")
    refused = run(*command)
    assert (refused.exit_code, "already holds layers" in refused.stderr) == (1, True)
    assert run(*command, "--overwrite").exit_code == 0
    assert np.array_equal(_flattened(tmp_path / "out"), np.asarray(Image.open(picture)))


def test_verbose_says_what_is_being_done(picture: Path, tmp_path: Path) -> None:
    """On stderr, in a process of its own; stdout stays JSON."""
    command = [sys.executable, "-m", "delaminate", "-v", "split", str(picture), *DISC, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert "shapes.png goes to shapes-layers" in done.stderr
    assert "fill  red disc" in done.stderr
    assert json.loads(done.stdout)["version"] == 1


def test_the_version_is_told() -> None:
    """On stdout."""
    assert run("--version").stdout.strip() == f"delaminate {__version__}"


def test_help_and_import_load_no_heavy_library() -> None:
    """So that both are instant; in a fresh interpreter."""
    code = "import sys, delaminate, delaminate.cli; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "PIL", "scipy", "cv2", "skimage", "onnxruntime", "rapidocr", "rich"} & set(loaded)
