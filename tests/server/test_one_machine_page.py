"""What docs/how-to/serve-on-one-machine.md shows works against a real server, as it stands on the page."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from installation import Installation
from PIL import Image

import delaminate
from conftest import drawn

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "serve-on-one-machine.md").read_text(encoding="utf-8")


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with the picture that the page names."""
    drawn().save(tmp_path / "photo.jpg", quality=95)
    return tmp_path


def test_the_python_of_the_page_runs(service: Installation, key: tuple[str, str], desk: Path) -> None:
    """With the environment that the page says to export; it prints the ids, the background's first."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.S)
    known = {"SCENARIO_BASE_URL": f"{service.url}/v1"}
    known |= {"SCENARIO_SDK_API_KEY": key[0], "SCENARIO_SDK_API_SECRET": key[1]}
    assert all(f"{name}=" in PAGE for name in known)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=desk, env=os.environ | known, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert len(re.findall("asset_", done.stdout)) >= 2


def test_the_shell_of_the_page_runs(service: Installation, key: tuple[str, str], desk: Path) -> None:
    """Upload, ask, wait, download by curl; the layers come as PNG, and the PSD flattens to the picture."""
    if not (shutil.which("curl") and shutil.which("jq")):
        assert os.environ.get("CI") != "true", "curl and jq are not installed, and CI must have them"
        pytest.skip("needs curl and jq")
    (code,) = re.findall(r"```bash\n(.*?)```", PAGE, re.S)
    address = "api=http://127.0.0.1:8000/v1 key=api_…:…\n"
    assert code.startswith(address)
    code = f"api={service.url}/v1 key={key[0]}:{key[1]}\n{code.removeprefix(address)}"
    done = subprocess.run(["bash", "-euc", code], cwd=desk, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    pictures = [Image.open(path) for path in desk.glob("asset_*.png")]
    assert len(pictures) >= 2
    assert {picture.size for picture in pictures} == {drawn().size}
    flat = np.asarray(delaminate.flatten(desk / "layers.psd"))
    assert np.array_equal(flat, np.asarray(Image.open(desk / "photo.jpg")))
