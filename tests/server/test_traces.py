"""What the service leaves behind: log lines that nobody can forge, files that nobody else reads, names for Windows."""

from __future__ import annotations

import json
import logging
import stat
import time

import httpx
import pytest
from installation import Installation
from scenario_sdk import Scenario
from test_contract import upload

from delaminate.server.database.assets import Asset
from delaminate.server.ids import AssetId, AuthorId, ProjectId
from delaminate.server.logs import _Lines
from delaminate.server.workflows.pack import file_names


def test_no_request_writes_a_line_of_its_own_or_moves_the_cursor(service: Installation) -> None:
    """Without a key anybody could write a whole false line."""
    forged = "2026-01-01T00:00:00.000Z error [job_FORGED] all is lost"
    httpx.get(f"{service.url}/v1/x%0A{forged.replace(' ', '%20')}%1b%5b31m%E2%80%AE")
    ends, lines = time.monotonic() + 10, list[str]()
    while not any("job_FORGED" in line for line in lines):  # it is written when the answer has gone
        assert time.monotonic() < ends
        lines = service.log.read_text(encoding="utf-8").splitlines()
    assert not any(line.startswith(forged[:20]) for line in lines)
    told = next(line for line in lines if "job_FORGED" in line)
    assert ("\\u000a" in told, "\\u001b" in told, "\x1b" in told, "\u202e" in told) == (True, True, False, False)


def test_a_trace_is_set_off_and_json_keeps_one_line() -> None:
    """So that no line of an exception's text is taken for one of ours."""
    try:
        raise ValueError("x\n2026-01-01 error forged")
    except ValueError as error:
        record = logging.LogRecord("delaminate", logging.ERROR, "", 1, "failed", (), (ValueError, error, None))
    lines = _Lines(as_json=False).format(record).split("\n")
    assert all(line.startswith("  ") for line in lines[1:])
    assert "\n" not in _Lines(as_json=True).format(record)
    assert "forged" in json.loads(_Lines(as_json=True).format(record))["message"]


def test_nobody_else_reads_the_data_folder(service: Installation, sdk: Scenario) -> None:
    """0700 and 0600; the key of links lies apart from the tables that people copy."""
    upload(sdk)
    folder = service.folder / "data"
    if not folder.exists():
        pytest.skip("rows and bytes of this one are elsewhere")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(("-shm", "-wal"))]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} <= {0o600}
    if (folder / "delaminate.sqlite").exists():
        key = (folder / "link.key").read_text(encoding="ascii")
        assert len(key) == 64
        assert not any(key.encode() in path.read_bytes() for path in folder.glob("delaminate.sqlite*"))


def test_names_in_an_archive_are_taken_by_windows() -> None:
    """No device, and none that differs from another by its case only."""

    def named(name: str) -> Asset:
        return Asset(AssetId("a"), ProjectId("p"), AuthorId("a"), "img2img", "image/png", 1, 1, 1, name)

    rows = [named(name) for name in ("CON", "nul.txt", "A", "a", "com1", "lpt¹.x", "console")]
    names = file_names(rows, "{name}")
    assert names == ["-CON.png", "-nul.txt.png", "A.png", "a-2.png", "-com1.png", "-lpt¹.x.png", "console.png"]
