"""Environments with nothing in them but the built wheel and what it asks for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fresh.environment import ROOT, Environment


@pytest.fixture(scope="session")
def wheel() -> Path:
    """What `make dist` built last."""
    built = sorted((ROOT / "dist").glob("*.whl"), key=lambda path: path.stat().st_mtime)
    assert built, "there is no wheel in dist/; run make dist first"
    return built[-1]


@pytest.fixture(scope="session")
def base(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The wheel without extras."""
    place = tmp_path_factory.mktemp("base")
    subprocess.run([sys.executable, "-m", "venv", place / "venv"], check=True, capture_output=True)
    environment = Environment(place / "venv")
    environment.install(str(wheel), cwd=place)
    return environment
