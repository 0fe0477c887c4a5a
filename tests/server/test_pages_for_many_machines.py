"""What the pages on many machines and on backups tell people to type works, as it stands, on Postgres and a bucket."""

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
from test_contract import finished, flattened, run, upload

from conftest import drawn, make_installation

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"


def typed(page: str, heading: str = "") -> list[str]:
    """The command lines of a page, or of the section under a heading, without their remarks."""
    text = (HOW_TO / page).read_text(encoding="utf-8")
    text = text[text.index(heading) :]
    lines = re.findall(r"^\$ (.*)$", "\n".join(re.findall(r"```console\n(.*?)```", text, re.S)), re.M)
    return [re.sub(r"\s{2,}#.*", "", line) for line in lines]


@pytest.fixture
def machines(tmp_path: Path, request: pytest.FixtureRequest) -> tuple[Installation, Installation]:
    """Two empty databases with a bucket each, and nothing that runs on them."""
    one, two = (make_installation("postgres and s3", tmp_path / name, request) for name in ("one", "two"))
    for each in (one, two):  # the command that pip installed comes first, whatever else the machine has
        each.environment["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return one, two


def started(machine: Installation) -> list[subprocess.Popen[bytes]]:
    """The page's servers, one of each kind, after what it exports; the port is one that is free here."""
    exports, commands = typed("serve-on-many-machines.md")[:3], typed("serve-on-many-machines.md")[3:]
    named = {name for line in exports for name in re.findall(r"([A-Z_]+)=", line)}
    assert all(line.startswith("export ") for line in exports)
    assert named == set(machine.environment) - {"PATH"}
    assert commands == ["delaminate serve --no-worker --host 0.0.0.0", "delaminate worker"]
    api = f"exec {commands[0]} --port {machine.port}"
    begun = [machine.start("api", "bash", "-c", api), machine.start("worker", "bash", "-c", f"exec {commands[1]}")]
    machine.ready()
    return begun


def obeyed(machine: Installation, line: str, folder: Path) -> None:
    """A line in a shell on that machine; the backup's folder is one of the test's."""
    line = line.replace("/backups", str(folder / "backups"))
    environment = {**os.environ, **machine.environment}
    done = subprocess.run(
        ["bash", "-euc", line], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (line, done.stdout, done.stderr)


def test_two_machines_serve_and_their_backup_is_restored_elsewhere(
    machines: tuple[Installation, Installation], tmp_path: Path
) -> None:
    """A job is done on one database and bucket; saved and restored as the page says, another has it, exact."""
    for program in ("pg_dump", "pg_restore", "aws"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    one, two = machines
    commands = typed("back-up.md", "## Postgres and a bucket")
    saving = [line for line in commands if line.startswith(("pg_dump", "aws s3 sync s3:", 'aws s3 sync "$'))]
    restoring = [line for line in commands if line not in saving]
    assert [line.split()[0] for line in saving] == ["pg_dump", "aws"]
    assert [line.split()[0] for line in restoring] == ["aws", "pg_restore"]
    try:
        started(one)
        key = one.key("kept")
        sdk = one.sdk(key)
        job_id = run(sdk, upload(sdk), separationInstruction="the red box and the blue box")
        job, _ = finished(sdk, job_id)
        assert (job.status, job.metadata.error) == ("success", None)
        for line in saving:
            obeyed(one, line, tmp_path)
        one.stop()
        for line in restoring:
            obeyed(two, line, tmp_path)
        started(two)
        there = two.sdk(key)
        again = there.jobs.retrieve(job_id).job
        assert (again.status, again.metadata.asset_ids) == ("success", job.metadata.asset_ids)
        layers = flattened(there, again.metadata.asset_ids or [])
        assert np.array_equal(np.asarray(layers.convert("RGB")), np.asarray(drawn()))
        assert finished(there, run(there, upload(there)))[0].status == "success"
    finally:
        one.stop()
        two.stop()
