"""What docs/how-to/repair.md tells people to type works, in the order of the page."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import delaminate
from delaminate.cli import app
from drawings import balls

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "repair.md").read_text(encoding="utf-8")


def test_the_page_can_be_typed_from_top_to_bottom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every folder it leaves flattens to the picture."""
    monkeypatch.chdir(tmp_path)
    pixels, _ = balls()
    Image.fromarray(pixels).save("balls.png")
    (block,) = re.findall(r"```console\n(.*?)```", PAGE, re.S)
    for line in block.splitlines():
        program, *arguments = shlex.split(line[2:])
        done = CliRunner().invoke(app, arguments)
        assert (program, done.exit_code) == ("delaminate", 0), (line, done.stderr)
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.S)
    exec(compile(code, "repair.md", "exec"), {})
    for folder in ("layers", "merged", "without-apple"):
        assert np.array_equal(np.asarray(delaminate.flatten(folder)), pixels), folder
