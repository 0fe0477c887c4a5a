"""What the README tells people to type works."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from drawings import balls

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [line[2:] for block in re.findall(r"```console\n(.*?)```", README, re.S) for line in block.splitlines()]
ELSEWHERE = ("make ", "pip ", "delaminate serve", "delaminate key", "delaminate studio", "delaminate models")
"""Installing is what made this test run; tests/server, tests/studio and tests/models have the rest."""


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with the pictures the README names."""
    picture = Image.fromarray(balls()[0])
    picture.save(tmp_path / "photo.jpg", quality=95)
    picture.save(tmp_path / "poster.png")
    return tmp_path


@pytest.mark.parametrize("command", [c for c in COMMANDS if not c.startswith(ELSEWHERE)])
def test_a_command_of_the_readme_runs(command: str, desk: Path) -> None:
    """Typed as it stands, in a folder with those pictures, it ends with 0 and leaves a folder of layers."""
    program, *arguments = shlex.split(command)
    assert program == "delaminate"
    done = subprocess.run(
        [sys.executable, "-m", "delaminate", *arguments], cwd=desk, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert list(desk.glob("**/manifest.json"))


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", README, re.S))
def test_the_python_of_the_readme_runs(code: str, desk: Path) -> None:
    """Pasted as it stands it saves its layers."""
    done = subprocess.run([sys.executable, "-c", code], cwd=desk, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (desk / "layers" / "manifest.json").exists()


def test_the_readme_shows_commands_to_test() -> None:
    """The patterns above still find something."""
    assert sum(not c.startswith(ELSEWHERE) for c in COMMANDS) >= 2


@pytest.mark.parametrize("name", ["simple.py", "swap_a_stage.py", "every_step_by_hand.py"])
def test_an_example_runs(name: str, desk: Path) -> None:
    """Each with the arguments its first line names."""
    arguments = {
        "simple.py": ["poster.png", "the red ball", "out"],
        "swap_a_stage.py": ["poster.png", "out"],
        "every_step_by_hand.py": ["poster.png", "the red ball", "out.png"],
    }[name]
    script = ROOT / "examples" / name
    done = subprocess.run(
        [sys.executable, str(script), *arguments], cwd=desk, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert list(desk.glob("out*"))
