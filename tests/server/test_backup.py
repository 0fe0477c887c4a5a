"""A backup that was taken while jobs ran restores to an installation that finishes them, exact."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from installation import Installation
from test_contract import finished, flattened, run, upload

from conftest import drawn

COMMAND = str(Path(sys.executable).with_name("delaminate"))


def said(folder: Path, *arguments: str) -> tuple[int, str]:
    """Exit code and words of a command on a data folder."""
    environment = {**os.environ, "DELAMINATE_DATA": str(folder)}
    done = subprocess.run([COMMAND, *arguments], env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_six_running_jobs_are_backed_up_restored_and_end_exact(tmp_path: Path) -> None:
    """Keys, links and pictures with them; the original goes on unharmed."""
    first = Installation(tmp_path / "first", {"DELAMINATE_LEASE_SECONDS": "2"}, pause=0.5)
    second = Installation(tmp_path / "second", {"DELAMINATE_LEASE_SECONDS": "2"})
    try:
        first.start()
        first.ready()
        key = first.key("kept")
        sdk = first.sdk(key)
        image = upload(sdk)
        made = [run(sdk, image, inpaintPrompt=f"job {number}") for number in range(6)]
        while sdk.jobs.retrieve(made[0]).job.progress < 0.4:
            time.sleep(0.05)
        code, words = said(tmp_path / "first" / "data", "backup", str(tmp_path / "copy"))
        assert code == 0, words
        assert said(tmp_path / "first" / "data", "backup", str(tmp_path / "copy"))[0] == 1
        assert "not empty" in said(tmp_path / "first" / "data", "restore", str(tmp_path / "copy"))[1]
        code, words = said(tmp_path / "second" / "data", "restore", str(tmp_path / "copy"))
        assert code == 0, words
        second.start()
        second.ready()
        for one in (sdk, second.sdk(key)):
            for job_id in made:
                job, _ = finished(one, job_id, seconds=240)
                assert (job.status, job.metadata.error) == ("success", None)
                layers = flattened(one, job.metadata.asset_ids or [])
                assert np.array_equal(np.asarray(layers.convert("RGB")), np.asarray(drawn()))
    finally:
        first.stop()
        second.stop()
    # Whoever copies the file of a stopped service has everything.
    tables = sqlite3.connect(f"file:{tmp_path}/first/data/delaminate.sqlite?immutable=1", uri=True)
    assert tables.execute("SELECT count(*) FROM jobs WHERE status = 'success'").fetchone() == (6,)
    tables.close()


def test_an_empty_database_beside_pictures_is_refused(tmp_path: Path) -> None:
    """Missing or empty; with a sentence, and nothing is begun anew."""
    pictures = tmp_path / "blobs" / "assets"
    pictures.mkdir(parents=True)
    (pictures / "asset_x").write_bytes(b"x")
    for content in (None, b""):
        if content is not None:
            (tmp_path / "delaminate.sqlite").write_bytes(content)
        code, words = said(tmp_path, "serve", "--port", "0")
        assert (code, "restore" in words, "Traceback" in words) == (1, True, False), words
    assert (tmp_path / "delaminate.sqlite").read_bytes() == b""
    assert said(tmp_path, "restore", str(tmp_path))[0] == 1


@pytest.mark.parametrize("name", ["delaminate.sqlite", "workflows.sqlite"])
@pytest.mark.parametrize("share", [0.001, 0.5, 0.99])
def test_a_database_that_is_cut_short_is_told_at_once(tmp_path: Path, name: str, share: float) -> None:
    """In one sentence with the file and what to do, by everything that would open it; the file stays as it is."""
    data = tmp_path / name
    with sqlite3.connect(data) as database:
        database.execute("CREATE TABLE t (x)")
        database.executemany("INSERT INTO t VALUES (?)", [("y" * 1000,)] * 200)
    database.close()
    whole = data.read_bytes()
    data.write_bytes(whole[: int(len(whole) * share)])
    for command in (("serve", "--port", "0"), ("worker",), ("key", "list")):
        code, words = said(tmp_path, *command)
        assert (code, name in words, "Traceback" in words) == (1, True, False), words
        assert len(words.strip().splitlines()) == 1  # nothing was begun that could be waited for
        assert "restore" in words
    assert data.read_bytes() == whole[: int(len(whole) * share)]


def test_a_damaged_database_is_told_in_a_sentence(tmp_path: Path) -> None:
    """Of its full length, with other bytes in the middle of its tables."""
    assert said(tmp_path, "key", "create", "--project", "p")[0] == 0
    data = tmp_path / "delaminate.sqlite"
    whole = bytearray(data.read_bytes())
    whole[100:] = bytes(len(whole) - 100)
    data.write_bytes(whole)
    for leftover in tmp_path.glob("*-wal"):
        leftover.unlink()
    code, words = said(tmp_path, "serve", "--port", "0")
    assert (code, "is damaged" in words, "Traceback" in words) == (1, True, False), words


def test_an_installation_elsewhere_is_told_how_it_is_backed_up(tmp_path: Path) -> None:
    """With pg_dump."""
    environment = {**os.environ, "DELAMINATE_DATABASE_URL": "postgresql://nowhere/x", "DELAMINATE_DATA": str(tmp_path)}
    command = [COMMAND, "backup", str(tmp_path / "copy")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, "pg_dump" in done.stderr) == (1, True)
