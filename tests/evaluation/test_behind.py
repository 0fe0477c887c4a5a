"""What lies behind the things, with the true masks given: every fill on the same holes, told by family."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from delaminate.cli import app
from delaminate.errors import BadInput, UnknownName
from delaminate.evaluation.behind import behind, behind_all, behind_table
from delaminate.evaluation.generation.composition import Composition, Request
from delaminate.evaluation.scenes import Scene, read_scene


def test_the_true_mask_leaves_a_flat_ground_without_error(small_scene: Scene) -> None:
    """Behind the disc of a flat picture our fill is right, and Telea's is measured on the same hole."""
    rows = {row.fill: row for row in behind(small_scene, ("content-aware", "telea"))}
    assert rows["content-aware"].error < 0.05
    assert rows["telea"].error < 3
    assert {row.family for row in rows.values()} == {"shapes"}


def test_a_pane_is_taken_off_whole_although_its_rim_covers_more_than_it(tmp_path: Path) -> None:
    """A mask at half coverage would have been the rim alone, and the pane would have stayed."""
    composition = Composition("shapes", np.full((90, 120, 3), 220, np.uint8))
    pane = np.zeros((50, 60, 4), np.uint8)
    pane[..., :3], pane[..., 3] = (60, 120, 200), 190
    pane[3:-3, 3:-3, 3] = 80
    composition.place(pane, 30, 20, "pane", "glass")
    composition.write(tmp_path / "pane", "pane", Request("the pane", (("pane", (1,)),)), "0 0")
    (row,) = behind(read_scene(tmp_path / "pane"), ("content-aware",))
    assert row.error < 0.5


def test_the_command_prints_a_row_for_every_family(small_scene: Scene) -> None:
    """`evaluate SCENES --true-masks` writes no folder, only the table."""
    told = CliRunner().invoke(app, ["evaluate", str(small_scene.folder.parent), "--true-masks", "--processes", "1"])
    assert told.exit_code == 0, told.output
    assert "| shapes | 1 | 0.0 |" in told.output
    assert "| family | scenes | content-aware | texture alone | telea" in told.output
    assert not Path("evaluation").exists()


def test_families_are_means_over_scenes(small_scene: Scene) -> None:
    """And "all" stands last."""
    table = behind_table(behind_all([small_scene], ("telea",), processes=1)).splitlines()
    assert table[0] == "| family | scenes | telea |"
    assert [line.split(" | ")[0] for line in table[2:]] == ["| shapes", "| all"]


def test_what_cannot_be_measured_is_refused(small_scene: Scene) -> None:
    """No scenes, or a fill nobody knows."""
    with pytest.raises(BadInput):
        behind_all([])
    with pytest.raises(UnknownName):
        behind_all([small_scene], ("nobody",))
