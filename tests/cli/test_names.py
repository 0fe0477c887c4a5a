"""The names that help and completion offer."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from delaminate.cli import app, batch, names
from delaminate.contracts import DOUBTFUL
from delaminate.engines import ENGINES, stage_names


def test_the_names_in_help_are_those_there_are() -> None:
    """Written down where nothing heavy is imported, and the same as where they come from."""
    assert set(names.ENGINES) == set(ENGINES) - {"untaught"}
    assert set(names.INPAINT_MODELS) == set(stage_names("inpainter"))
    assert tuple(map(str, DOUBTFUL)) == batch._DOUBTFUL


@pytest.mark.parametrize("command", ["split", "revise", "evaluate", "studio"])
def test_help_names_the_engines(command: str) -> None:
    """So that nobody has to make a mistake to learn them."""
    told = " ".join(CliRunner().invoke(app, [command, "--help"]).stdout.replace("│", " ").split())
    assert ", ".join(names.ENGINES) in told


def test_an_unknown_engine_is_told_the_useful_ones() -> None:
    """The one that is there to compare with is not offered."""
    result = CliRunner().invoke(app, ["split", "x.png", "a dog", "--engine", "nobody"])
    assert result.exit_code == 1
    assert "auto, embedded, lite, open, layered, hosted" in result.stderr
    assert "untaught" not in result.stderr


@pytest.mark.parametrize(
    ("typed", "offered"), [("split --engine la", "layered"), ("split --inpaint-model flux2-k", "flux2-klein-4b")]
)
def test_the_shell_completes_names(typed: str, offered: str, tmp_path: Path) -> None:
    """As bash asks for it; `delaminate --install-completion` sets that up."""
    words = f"delaminate {typed}"
    asked = {"_DELAMINATE_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1)}
    program = str(Path(sys.executable).with_name("delaminate"))
    done = subprocess.run([program], env=os.environ | asked, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert offered in done.stdout.split()
