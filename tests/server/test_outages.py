"""Outages end no job: what is away is waited for, and what an outage stranded is taken up again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
import sqlalchemy as sa
from installation import HERE, Installation
from test_contract import MODEL, finished, flattened, run, upload

from conftest import drawn, make_installation
from delaminate.errors import StageFailed
from delaminate.server.durable import Queue, _Seen
from delaminate.server.outages import patiently


def test_an_outage_is_waited_for_and_other_faults_are_not() -> None:
    """Three times away, then there; after its time the error is raised."""
    tries: list[int] = []

    def away(times: int, error: Exception) -> str:
        tries.append(1)
        if len(tries) <= times:
            raise error
        return "there"

    fault = sa.exc.OperationalError("", {}, Exception("gone"))
    assert (patiently(away, 3, fault), len(tries)) == ("there", 4)
    tries.clear()
    with pytest.raises(sa.exc.OperationalError):
        patiently(away, 100, fault, seconds=1)
    assert 1 < len(tries) < 6
    tries.clear()
    assert patiently(away, 1, OSError(28, "No space left on device")) == "there"
    tries.clear()
    with pytest.raises(StageFailed):
        patiently(away, 1, StageFailed("no"))


def test_age_is_what_was_seen_and_not_what_a_clock_says() -> None:
    """A heartbeat that lies in the future grows old like any other; while nothing could be seen nothing does."""
    seen = _Seen()
    seen.ages({"a": 9e9, "b": 1})
    time.sleep(0.2)
    ages = seen.ages({"a": 9e9, "b": 2})
    assert (ages["a"] > 0.15, ages["b"] < 0.1) == (True, True)
    seen.forget()
    assert seen.ages({"a": 9e9})["a"] < 0.1


def pending(url: str, job_id: str, executor: str) -> None:
    """A job that a worker has claimed."""
    queue = Queue(url)
    queue.submit("work", job_id)
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        claimed = "UPDATE workflow_status SET status = 'PENDING', executor_id = :e WHERE workflow_uuid = :w"
        connection.execute(sa.text(claimed), {"e": executor, "w": job_id})
    engine.dispose()
    queue.close()


def test_claimed_jobs_that_nobody_runs_go_on(tmp_path: Path) -> None:
    """One was claimed here and its thread died silently; one by a worker whose last beat lies an hour ahead; one by a
    worker that was killed before its heart could beat."""
    url, lines = f"sqlite:///{tmp_path / 'workflows.sqlite'}", tmp_path / "lines.txt"
    pending(url, "ahead", "dead-worker")
    pending(url, "unborn", "a worker that never had a beat")
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE worker_lease (worker text PRIMARY KEY, beat double precision NOT NULL)"
        )
        connection.execute(sa.text("INSERT INTO worker_lease VALUES ('dead-worker', :b)"), {"b": time.time() + 3600})
    engine.dispose()
    queue = Queue(url)
    queue.submit("work", "strand")
    done = subprocess.Popen([sys.executable, str(HERE / "stranded.py"), url, str(lines), "600"])
    ends = time.monotonic() + 90
    states: dict[str, str] = {}
    while set(states.values()) != {"SUCCESS"}:
        assert time.monotonic() < ends, (states, lines.read_text(encoding="utf-8"))
        time.sleep(0.3)
        states = queue.states(["ahead", "unborn", "strand"])
    queue.close()
    done.terminate()
    done.wait()
    assert lines.read_text(encoding="utf-8").count("strand") == 2


@pytest.fixture
def away(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Installation]:
    """An installation on Postgres and S3 whose fills take half a second."""
    installation = make_installation(
        "postgres and s3",
        tmp_path_factory.mktemp("away"),
        request,
        DELAMINATE_LEASE_SECONDS="4",
        DELAMINATE_SWEEP_SECONDS="2",
    )
    installation.pause = 0.5
    yield installation
    installation.stop()


def stop_postgres(address: str, how: signal.Signals) -> list[int]:
    """Send a signal to the server and all its processes; their ids."""
    port = address.rpartition(":")[2]
    everybody = [int(one.name) for one in Path("/proc").iterdir() if one.name.isdigit()]
    commands = {one: Path(f"/proc/{one}/cmdline") for one in everybody}
    main = [one for one, file in commands.items() if file.exists() and f"port={port}".encode() in file.read_bytes()]
    parents = {one: Path(f"/proc/{one}/stat") for one in everybody}
    children = [
        one
        for one, file in parents.items()
        if file.exists() and int(file.read_text(encoding="ascii").rpartition(")")[2].split()[1]) in main
    ]
    for one in (*main, *children):
        os.kill(one, how)
    return [*main, *children]


def test_a_frozen_database_loses_no_job_and_the_service_says_so(away: Installation, postgres: str) -> None:
    """For 25 s `/healthz` answers, `/readyz` tells what is wrong, others get 503; then all jobs are exact."""
    away.start("api")
    away.start("worker")
    away.ready()
    key = away.key("frozen")
    sdk = away.sdk(key)
    image = upload(sdk)
    made = [run(sdk, image, inpaintPrompt=f"job {number}") for number in range(4)]
    while sdk.jobs.retrieve(made[0]).job.progress < 0.3:
        time.sleep(0.1)
    frozen = stop_postgres(postgres, signal.SIGSTOP)
    try:
        with pytest.raises(httpx.HTTPError):
            httpx.get(f"{away.url}/v1/jobs/{made[0]}", auth=key, timeout=2)
        slowest, ends = 0.0, time.monotonic() + 23
        ready = httpx.get(f"{away.url}/readyz", timeout=10)
        answer = httpx.get(f"{away.url}/v1/jobs", auth=key, timeout=60)
        while time.monotonic() < ends:
            started = time.monotonic()
            assert httpx.get(f"{away.url}/healthz", timeout=10).text == "ok"
            slowest = max(slowest, time.monotonic() - started)
            time.sleep(0.2)
    finally:
        for one in frozen:
            os.kill(one, signal.SIGCONT)
    assert (ready.status_code, "database" in ready.text) == (503, True)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert slowest < 5
    for job_id in made:
        job, _ = finished(sdk, job_id, seconds=240)
        assert (job.status, job.metadata.error) == ("success", None)
        layers = flattened(sdk, job.metadata.asset_ids or [])
        assert np.array_equal(np.asarray(layers.convert("RGB")), np.asarray(drawn()))


def test_a_full_disk_leaves_no_job_hanging(tmp_path: Path) -> None:
    """A small disk fills up while six jobs run, and is emptied after 12 s."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(disk)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount a small disk")
    settings = {"DELAMINATE_LEASE_SECONDS": "3", "DELAMINATE_SWEEP_SECONDS": "2", "DELAMINATE_DATA": str(disk / "data")}
    installation = Installation(tmp_path, settings, pause=0.3)
    try:
        installation.start("serve")
        installation.ready()
        key = installation.key("full")
        sdk = installation.sdk(key)
        image = upload(sdk)
        made = [run(sdk, image, inpaintPrompt=f"job {number}") for number in range(6)]
        while sdk.jobs.retrieve(made[0]).job.progress < 0.2:
            time.sleep(0.05)
        filler = disk / "filler"
        with filler.open("wb", buffering=0) as file:
            ends = time.monotonic() + 12
            while time.monotonic() < ends:
                try:
                    file.write(bytes(1 << 14))
                except OSError:
                    time.sleep(0.05)
        body = {"image": image, "separationInstruction": "every box"}
        answer = httpx.post(f"{installation.url}/v1/generate/custom/{MODEL}", json=body, auth=key, timeout=60)
        assert answer.status_code == 503, answer.text
        filler.unlink()
        for job_id in made:
            job, _ = finished(sdk, job_id, seconds=120)
            assert (job.status, job.metadata.error) == ("success", None)
    finally:
        installation.stop()
        subprocess.run(["umount", "-l", str(disk)], check=False)
