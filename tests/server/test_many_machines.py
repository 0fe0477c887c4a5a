"""Many machines: two APIs and three workers on one Postgres and one bucket, in the middle of an upgrade."""

from __future__ import annotations

import collections
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import numpy as np
import pytest
from installation import HERE, Installation
from test_contract import finished, flattened, run, upload

from conftest import drawn, make_installation


def test_jobs_outlive_an_upgrade_and_the_death_of_an_api_and_a_worker(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> None:
    """The worker of the version before has begun two jobs; ten more follow; a link of one API works at the other."""
    settings = {"DELAMINATE_LEASE_SECONDS": "3", "DELAMINATE_SWEEP_SECONDS": "2", "DELAMINATE_WORKER_JOBS": "2"}
    first = make_installation("postgres and s3", tmp_path_factory.mktemp("one"), request, **settings)
    second = Installation(tmp_path_factory.mktemp("two"), dict(first.environment))
    first.pause = second.pause = 0.2
    marker = first.folder / "half-done.txt"
    try:
        api = first.start("api")
        first.ready()
        second.start("api")
        before = first.start("before", sys.executable, str(HERE / "version_before.py"), str(marker))
        key = first.key("many")
        here = first.sdk(key)
        image = upload(here)
        made = [run(here, image, inpaintPrompt=f"job {number}") for number in range(2)]
        _wait(lambda: marker.exists() and len(set(marker.read_text(encoding="utf-8").split())) == 2)
        workers = [second.start("worker") for _ in range(3)]
        second.ready()
        there = second.sdk(key)
        made += [run(there, image, inpaintPrompt=f"job {number}") for number in range(2, 12)]
        # The old worker goes, an API dies, and so does one of the new workers while it works.
        before.kill()
        _wait(lambda: sum(there.jobs.retrieve(one).job.status == "in-progress" for one in made) >= 2)
        os.kill(workers[0].pid, signal.SIGKILL)
        link = here.assets.retrieve(image).asset.url
        api.send_signal(signal.SIGKILL)
        api.wait()
        for job_id in made:
            job, _ = finished(there, job_id, seconds=360)
            assert (job.status, job.metadata.error) == ("success", None)
            layers = flattened(there, job.metadata.asset_ids or [])
            assert np.array_equal(np.asarray(layers.convert("RGB")), np.asarray(drawn()))
        elsewhere = link.replace(str(first.port), str(second.port))
        assert httpx.get(elsewhere).status_code == 200
        count = collections.Counter(one.status for one in there.jobs.list(type="custom").jobs)
        assert count == {"success": 12}
        assert (there.usages.list().model_extra or {})["creativeUnits"] == 12 * 6
    finally:
        first.stop()
        second.stop()


def _wait(condition: object, seconds: float = 180) -> None:
    assert callable(condition)
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.1)


def test_serve_runs_its_worker_beside_itself_and_starts_another_when_it_dies(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """One command, two processes; the metrics of both on one page; both end with SIGTERM."""
    command = str(Path(sys.executable).with_name("delaminate"))
    installation = Installation(tmp_path_factory.mktemp("beside"), {"DELAMINATE_DRAIN_SECONDS": "1"})
    server = installation.start("serve", command, "serve", "--port", str(installation.port))
    installation.ready()

    def workers() -> list[int]:
        command = ["ps", "-o", "pid=,args=", "--ppid", str(server.pid)]
        told = subprocess.run(command, check=False, capture_output=True, text=True)
        return [int(line.split()[0]) for line in told.stdout.splitlines() if " worker " in line]

    try:
        _wait(lambda: len(workers()) == 1)
        page = f"{installation.url}/metrics"
        _wait(lambda: 'delaminate_resident_bytes{process="worker"}' in httpx.get(page).text)
        told = httpx.get(page).text
        assert told.count("# TYPE delaminate_jobs_total counter") == 1
        for name in ("delaminate_queue_age_seconds", 'resident_bytes{process="api"}', "delaminate_requests_total"):
            assert name in told
        killed = workers()[0]
        os.kill(killed, signal.SIGKILL)
        _wait(lambda: workers() not in ([], [killed]))
        worker = workers()[0]
    finally:
        server.terminate()
        assert server.wait(60) is not None
    _wait(lambda: not Path(f"/proc/{worker}").exists(), 30)
