"""Scenes × engines: stored, resumed, told in tables and pictures; a failure is a row, not an end."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from delaminate.cli import app
from delaminate.errors import BadInput, UnknownName
from delaminate.evaluation.runner import evaluate
from delaminate.evaluation.scenes import Scene
from delaminate.evaluation.tables import as_markdown, summarise
from delaminate.evaluation.thumbnails import alpha_difference
from delaminate.evaluation.trial import stored


def _written(folder: Path, layers: list[np.ndarray]) -> Path:
    """A stack as any tool may write it; returns the folder."""
    folder.mkdir(parents=True)
    rows = []
    for k, pixels in enumerate(layers):
        Image.fromarray(pixels).save(folder / f"{k}.png")
        rows.append({"file": f"{k}.png", "name": f"layer {k}", "role": "object" if k else "background"})
    (folder / "manifest.json").write_text(json.dumps({"layers": rows}))
    return folder


@pytest.fixture
def stacks(small_scene: Scene, tmp_path: Path) -> list[Path]:
    """Two tools: one that gives the true layers, one that gives the picture back."""
    true = [small_scene.pixels(0), small_scene.pixels(1)]
    whole = np.dstack([small_scene.picture(), np.full((90, 120), 255, np.uint8)])
    _written(tmp_path / "true" / small_scene.id, true)
    _written(tmp_path / "idle" / small_scene.id, [whole])
    return [tmp_path / "true", tmp_path / "idle"]


def test_stacks_of_any_tool_are_scored(small_scene: Scene, stacks: list[Path], tmp_path: Path) -> None:
    """True layers are perfect in every measure; giving the picture back is exact and worth nothing."""
    true, idle = evaluate([small_scene], tmp_path / "out", engines=(), stacks=stacks)
    assert (true.score, true.hit75, true.recomposition_error, true.fill_l1) == (1, 1, 0, 0)
    assert true.layerd_rgb_l1[0] == 0
    assert (idle.score, idle.recomposition_error, idle.found) == (0, 0, (None,))


def test_the_report_shows_the_worst_first(small_scene: Scene, stacks: list[Path], tmp_path: Path) -> None:
    """And every picture it shows is there."""
    out = tmp_path / "out"
    evaluate([small_scene], out, engines=(), stacks=stacks)
    page = (out / "report.html").read_text()
    assert page.index('id="idle-disc"') < page.index('id="true-disc"')
    sources = [part.split('"')[0] for part in page.split('src="')[1:]]
    assert len(sources) > 6
    assert all((out / source).is_file() for source in sources)


def test_a_stack_that_is_missing_is_told_and_counts_as_zero(small_scene: Scene, tmp_path: Path) -> None:
    """The run goes on."""
    (tmp_path / "absent").mkdir()
    (trial,) = evaluate([small_scene], tmp_path / "out", engines=(), stacks=[tmp_path / "absent"])
    assert "has no manifest.json" in trial.error
    assert summarise([trial])["all"]["score"] == 0


def test_an_engine_is_run_once_and_its_result_kept(small_scene: Scene, tmp_path: Path) -> None:
    """The second run reads what the first stored; another picture makes it stale."""
    out = tmp_path / "out"
    first = evaluate([small_scene], out)
    folder = out / "embedded" / "disc"
    written = (folder / "result.json").stat().st_mtime_ns
    assert first[0].error == ""
    assert first[0].recomposition_error == 0
    assert first[0].names[0] == "background"
    assert evaluate([small_scene], out) == first
    assert (folder / "result.json").stat().st_mtime_ns == written
    assert json.loads((out / "results.json").read_text())["trials"][0]["scene"] == "disc"
    small_scene.picture_path.write_bytes(small_scene.picture_path.read_bytes() + b"\0")
    assert stored(small_scene, folder) is None


def test_tables_have_a_row_per_family_and_one_for_all(small_scene: Scene, stacks: list[Path], tmp_path: Path) -> None:
    """Every row of a table has as many cells."""
    trials = evaluate([small_scene], tmp_path / "out", engines=(), stacks=stacks[:1])
    table = [line for line in as_markdown(trials).splitlines() if line.startswith("|")]
    assert [line.split("|")[1].strip() for line in table[2:4]] == ["shapes", "all"]
    assert len({line.count("|") for line in table[:4]}) == 1


def test_nothing_to_do_and_unknown_engines_are_refused(small_scene: Scene, tmp_path: Path) -> None:
    """Before anything is written."""
    with pytest.raises(BadInput, match="nothing to evaluate"):
        evaluate([], tmp_path / "out")
    with pytest.raises(UnknownName, match="no engine called 'magic'"):
        evaluate([small_scene], tmp_path / "out", engines=["magic"])
    with pytest.raises(BadInput, match="name of its own"):
        evaluate([small_scene], tmp_path / "out", engines=["embedded"], stacks=[tmp_path / "embedded"])
    assert not (tmp_path / "out").exists()


def test_the_command_prints_the_table(small_scene: Scene, stacks: list[Path], tmp_path: Path) -> None:
    """Scores on stdout, where the report is on stderr."""
    argv = ["evaluate", str(small_scene.folder.parent), "--stacks", str(stacks[0]), "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(app, argv)
    assert result.exit_code == 0
    assert "## true" in result.stdout
    assert "report.html" in result.stderr


def test_the_command_generates_scenes(tmp_path: Path) -> None:
    """Without engines that know them the stacks are missing, and that is said."""
    (tmp_path / "none").mkdir()
    argv = [
        "evaluate",
        "--generate",
        "1",
        "--seed",
        "3",
        "--stacks",
        str(tmp_path / "none"),
        "--out",
        str(tmp_path / "out"),
    ]
    result = CliRunner().invoke(app, argv)
    assert (tmp_path / "out" / "scenes" / "g3_000_sprites" / "scene.json").is_file()
    assert "g3_000_sprites (none)" in result.stderr


def test_scenes_or_a_number_must_be_given(tmp_path: Path) -> None:
    """Not both, not neither."""
    assert CliRunner().invoke(app, ["evaluate"]).exit_code == 2
    assert CliRunner().invoke(app, ["evaluate", str(tmp_path), "--generate", "2"]).exit_code == 2


def test_missed_coverage_is_orange_and_too_much_is_blue() -> None:
    """One pixel each."""
    true, found = np.array([[1.0, 0.0]], np.float32), np.array([[0.0, 1.0]], np.float32)
    shown = alpha_difference(true, found, np.zeros((1, 2, 3), np.uint8))
    assert shown.tolist() == [[[230, 110, 20], [30, 100, 220]]]
