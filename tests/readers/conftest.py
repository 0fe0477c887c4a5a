"""What the tests of this folder share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home for all programs: the first start of an editor takes half a minute, the next two seconds."""
    return tmp_path_factory.mktemp("home")
