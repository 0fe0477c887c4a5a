"""Many pictures: a line each, a table, several at a time, going on, and exit codes that pipelines can trust."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from typer.testing import CliRunner, Result

from delaminate.cli import app


def run(*arguments: str | Path) -> Result:
    """The command in this process, with stdout and stderr apart."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pictures of a disc on grey, 96 × 72."""
    (tmp_path / "in").mkdir()
    for number, colour in enumerate(((200, 30, 40), (30, 140, 60), (30, 60, 190))):
        image = Image.new("RGB", (96, 72), (225, 225, 230))
        ImageDraw.Draw(image).ellipse((20, 15, 60, 55), fill=colour)
        image.save(tmp_path / "in" / f"disc{number}.png")
    return tmp_path


def counted(told: str, kind: str) -> int:
    """How many pictures the table at the end says ended so."""
    found = re.search(rf"(\d+) +{kind}", told)
    return int(found[1]) if found else 0


MARKED = ("--box", "18,13,63,58:disc")
ABSENT = "a xylophone in Braille"


def test_a_batch_says_a_line_a_picture_and_counts_at_the_end(folder: Path) -> None:
    """Where the layers are, how many, and how many pictures ended how."""
    result = run("split", folder / "in", "the disc", *MARKED, "--out", folder / "out", "--no-preview")
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert [line.split(" → ")[0].rsplit("/", 1)[-1] for line in lines[:3]] == ["disc0.png", "disc1.png", "disc2.png"]
    assert all(": 1 layer, done" in line for line in lines[:3])
    assert counted(result.stdout, "split, all sure") == 3
    assert len(lines) < 12


def test_quiet_says_nothing_but_trouble(folder: Path) -> None:
    """Of a batch and of one picture."""
    quiet = run("split", folder / "in", "the disc", *MARKED, "--out", folder / "out", "--quiet", "--no-preview")
    assert (quiet.exit_code, quiet.stdout, quiet.stderr) == (0, "", "")
    refused = run("split", folder / "in" / "gone.png", "the disc", *MARKED, "-q")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "gone.png does not exist" in refused.stderr


def test_resume_leaves_what_is_done_and_does_the_rest(folder: Path) -> None:
    """Layers of the same question are left, byte for byte; another question is no resumption."""
    command = ("split", folder / "in", "the disc", *MARKED, "--out", folder / "out", "--no-preview")
    one = run("split", folder / "in" / "disc1.png", "the disc", *MARKED, "--out", folder / "out" / "disc1-layers")
    assert one.exit_code == 0, one.stderr
    before = (folder / "out" / "disc1-layers" / "manifest.json").stat().st_mtime_ns
    result = run(*command, "--resume")
    assert result.exit_code == 0, result.stderr
    assert counted(result.stdout, "done before, skipped") == 1
    assert counted(result.stdout, "split, all sure") == 2
    assert (folder / "out" / "disc1-layers" / "manifest.json").stat().st_mtime_ns == before
    assert counted(run(*command, "--skip-existing").stdout, "done before, skipped") == 3
    other = run("split", folder / "in", "another disc", *MARKED, "--out", folder / "out", "--resume")
    assert other.exit_code == 1
    assert other.stderr.count("already holds layers") == 3


def test_two_at_a_time_give_the_same_bytes_in_the_same_order(folder: Path) -> None:
    """In processes of their own."""
    for jobs in ("1", "2"):
        out = folder / f"out{jobs}"
        result = run("split", folder / "in", "the disc", *MARKED, "--out", out, "--jobs", jobs, "--json")
        assert result.exit_code == 0, result.stderr
        assert len(json.loads(result.stdout)) == 3
    for number in range(3):
        one, two = (folder / f"out{jobs}" / f"disc{number}-layers" for jobs in (1, 2))
        names = {path.name for path in one.glob("*.png")}
        assert "00-background.png" in names
        assert all((one / name).read_bytes() == (two / name).read_bytes() for name in names)


def test_strict_ends_with_three_where_something_was_not_found(folder: Path) -> None:
    """And with 0 without it, as before; what was found is written either way."""
    command = ("split", folder / "in" / "disc0.png", ABSENT, *MARKED, "--no-preview", "--overwrite")
    assert run(*command, "--out", folder / "out").exit_code == 0
    strict = run(*command, "--out", folder / "out", "--strict")
    assert strict.exit_code == 3, strict.stderr
    told = json.loads((folder / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert "not found" in {one["outcome"] for one in told["report"]["targets"]}
    sure = run("split", folder / "in" / "disc0.png", *MARKED, "--out", folder / "sure", "--strict", "--no-preview")
    assert sure.exit_code == 0, sure.stdout


def test_the_summary_names_what_to_look_at(folder: Path) -> None:
    """The picture, the words, and how they ended."""
    result = run("split", folder / "in", ABSENT, *MARKED, "--out", folder / "out", "--no-preview", "--strict")
    assert result.exit_code == 3
    assert counted(result.stdout, "split, something to look at") == 3
    assert result.stdout.count("not found") >= 3
