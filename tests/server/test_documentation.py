"""The settings page tells all settings and their defaults, and the CLI commands exist as the how-tos write them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from delaminate.server.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"
COMMAND = str(Path(sys.executable).with_name("delaminate"))


def test_every_setting_is_on_the_page_with_its_default() -> None:
    """And nothing else is."""
    page = (DOCS / "reference" / "settings.md").read_text(encoding="utf-8")
    told = {
        name: default.strip("` ") for name, default in re.findall(r"^\| `DELAMINATE_(\w+)` \|([^|]*)\|", page, re.M)
    }
    real = {name.upper(): field.default for name, field in Settings.model_fields.items()}
    assert told == {name: "" if default in ("", ()) else str(default) for name, default in real.items()}


@pytest.mark.parametrize(
    "command", ["serve", "studio", "worker", "key", "key create", "key list", "key revoke", "backup", "restore"]
)
def test_every_command_has_help(command: str) -> None:
    """Without any environment."""
    done = subprocess.run([COMMAND, *command.split(), "--help"], capture_output=True, text=True, check=True)
    assert "Usage: delaminate" in done.stdout
