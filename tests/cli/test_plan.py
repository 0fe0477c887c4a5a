"""`delaminate plan`: how a sentence is read, told before anything is done."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

import delaminate
from delaminate.cli import app


def run(*arguments: str | Path) -> Result:
    """The command in this process, with stdout and stderr apart."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "200"})


def test_a_table_tells_what_will_be_looked_for() -> None:
    """The user's words, what they were read as, how many, the layer's name; and what was ignored."""
    told = run("plan", "le chien et les ballons rouges, pour mon site")
    assert told.exit_code == 0, told.stderr
    rows = [" ".join(line.split()) for line in told.stdout.splitlines()]
    assert "le chien object: dog 1 chien" in rows
    assert "les ballons rouges object: ball, red all, a layer each ballons rouges" in rows
    assert "ignored: pour mon site" in rows
    assert any(row.startswith("note: Read as French") for row in rows)


@pytest.mark.parametrize(
    ("sentence", "line"),
    [
        ("everything except the text", "the text text stays in the background"),
        ("every object, but not the logo", "the logo object: logo stays in the background"),
        ("split into 3 layers", "layers: at most 3, what belongs together grouped"),
        ("BG / MG / FG", "bands, front to back: FG, MG, BG"),
        ("asdfghjkl", "asdfghjkl not understood 1 asdfghjkl"),
        ("the main subject", "the main subject the main thing 1 by what it is"),
    ],
)
def test_what_stays_what_is_grouped_and_what_is_not_understood_is_told(sentence: str, line: str) -> None:
    """One line each."""
    assert line in [" ".join(row.split()) for row in run("plan", sentence).stdout.splitlines()]


def test_json_holds_the_plan(tmp_path: Path) -> None:
    """With a picture, tags become boxes in its pixels."""
    Image.new("RGB", (200, 100)).save(tmp_path / "in.png")
    told = json.loads(run("plan", tmp_path / "in.png", "the cat <bbox>0 0 500 500</bbox>", "--json").stdout)
    assert [(target["noun"], target["box"]) for target in told["targets"]] == [("cat", [0, 0, 100, 50])]
    assert told["planner"] == "grammar"


def test_what_is_no_separation_is_refused_in_one_sentence() -> None:
    """Exit code 1, as for `split`."""
    told = run("plan", "upscale this")
    assert told.exit_code == 1
    assert told.stderr.startswith("delaminate: this tool separates a picture into layers")
    assert told.stderr.count("\n") == 1


def test_a_long_instruction_is_no_file_name(tmp_path: Path) -> None:
    """More than 255 bytes, which no file system takes as a name, are read as the sentence they are."""
    Image.new("RGB", (40, 30), (200, 200, 200)).save(tmp_path / "in.png")
    sentence = ", ".join(["the red circle", "the yellow square"] * 12)
    told = run("split", tmp_path / "in.png", sentence, "--out", tmp_path / "out", "--no-preview")
    assert told.exit_code == 0, told.stderr
    missing = run("split", "x" * 300 + ".png", "the cat")
    assert missing.exit_code == 1
    assert "Traceback" not in missing.stderr


def test_python_reads_a_plan_without_a_picture() -> None:
    """`delaminate.plan` takes the sentence first."""
    plan = delaminate.plan("猫和狗")
    assert [(target.name, target.noun) for target in plan.targets] == [("猫", "cat"), ("狗", "dog")]
