"""A separation is planned once, whoever works on it, and what another version began is finished by this one."""

from __future__ import annotations

import itertools
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from installation import HERE, Installation
from test_contract import finished, flattened, run, upload
from test_durability import diary
from tiny_engine import tiny_engine

from conftest import drawn, make_installation, png
from delaminate.contracts import Instruction, Plan, Stages, Target, Tick, no_tick
from delaminate.pixels import Rgb
from delaminate.server.blobs import open_blobs
from delaminate.server.database import assets, jobs, open_database
from delaminate.server.database.assets import Asset
from delaminate.server.database.jobs import Job
from delaminate.server.ids import AssetId, AuthorId, JobId, ProjectId
from delaminate.server.metrics import Metrics
from delaminate.server.workflows.separate import Separation


@dataclass
class Moody:
    """A planner that reads every sentence another way each time."""

    asked: Any = field(default_factory=itertools.count)

    def __call__(self, instruction: Instruction, rgb: Rgb, tick: Tick = no_tick) -> Plan:
        """What it thinks of this time."""
        number = next(self.asked)
        return Plan((Target(f"reading {number}"),), note=f"read in way {number}", planner="moody")


class Dies(BaseException):
    """The worker is gone."""


@dataclass
class Steps:
    """What a durable engine does with steps: what is recorded is not run again; a worker dies before `until`."""

    recorded: dict[str, Any] = field(default_factory=dict)
    until: str = ""

    def __call__(self, name: str, function: Callable[..., Any], *arguments: Any) -> Any:
        """The result, now or from before."""
        if name == self.until:
            raise Dies
        if name not in self.recorded:
            self.recorded[name] = function(*arguments)
        return self.recorded[name]


@dataclass(frozen=True)
class Bench:
    """Tables, a store, and one job that waits."""

    folder: Path
    job_id: str = "job_1"

    def worker(self, stages: Stages) -> Separation:
        """One of its own, as another process would make it."""
        tables = open_database(f"sqlite:///{self.folder / 'tables.sqlite'}")
        return Separation(tables, open_blobs("", self.folder / "blobs"), lambda _: stages, Metrics(), 10**6)

    def add_job(self) -> None:
        """Every box of the drawn picture."""
        worker, content = self.worker(tiny_engine(0, None)), png(drawn())
        who = (ProjectId("p"), AuthorId("a"))
        asset = Asset(AssetId("asset_1"), *who, "uploaded", "image/png", 120, 40, len(content), "x")
        request = {"image": "asset_1", "separationInstruction": "every box", "maxLayers": 6, "model": "content-aware"}
        with worker.tables.begin() as connection:
            assets.add(connection, asset)
            jobs.add(connection, Job(JobId(self.job_id), *who, "custom", {"assetIds": []}, request, cost=9.0))
        worker.blobs.put("assets/asset_1", content)


@pytest.mark.parametrize("until", ["layer 1", "layer 3", "settle"])
def test_the_planner_is_asked_once_also_when_another_worker_finishes_the_job(tmp_path: Path, until: str) -> None:
    """It would answer otherwise the second time; the plan that is told is the one that was run, and so is its note."""
    bench, steps = Bench(tmp_path), Steps(until=until)
    bench.add_job()
    first, second = Moody(), Moody()
    with pytest.raises(Dies):
        bench.worker(replace(tiny_engine(0, None), planner=first)).separate(bench.job_id, steps)
    # The other worker's planner has been asked before: whatever it said now would differ.
    next(second.asked)
    steps.until = ""
    other = bench.worker(replace(tiny_engine(0, None), planner=second))
    other.separate(bench.job_id, steps)
    assert (next(first.asked), next(second.asked)) == (1, 1)
    with other.tables.connect() as connection:
        job = jobs.get(connection, bench.job_id)
    assert job is not None
    output = job.metadata["output"]
    assert (job.status, output["plan"]["targets"][0]["phrase"]) == ("success", "reading 0")
    assert (output["notes"], output["targets"][0]["target"]) == (["read in way 0"], "reading 0")
    assert {layer["target"] for layer in output["layers"][1:]} == {"reading 0"}
    assert list(other.blobs.under("work")) == []


@pytest.mark.parametrize("until", ["layer 1", "layer 2", "layer 4", "settle"])
def test_a_job_whose_values_are_gone_is_begun_anew_and_ends_exact(tmp_path: Path, until: str) -> None:
    """As one is that another version began: its values have other names. This time fewer things are found."""
    bench, steps = Bench(tmp_path), Steps(until=until)
    bench.add_job()
    worker = bench.worker(tiny_engine(0, None))
    with pytest.raises(Dies):
        worker.separate(bench.job_id, steps)
    worker.blobs.clear(f"work/{bench.job_id}")
    steps.until, steps.recorded["search"] = "", steps.recorded["search"] + 1
    worker.separate(bench.job_id, steps)
    with worker.tables.connect() as connection:
        job = jobs.get(connection, bench.job_id)
    assert job is not None
    assert (job.status, len(job.metadata["assetIds"])) == ("success", 5)
    assert job.metadata["output"]["recomposition"] == {"maxError": 0, "differingPixels": 0}
    assert list(worker.blobs.under("work")) == []


def test_more_layers_than_were_counted_are_made_all_the_same(tmp_path: Path) -> None:
    """The version before counted two; this one finds four, and leaves none out."""
    bench = Bench(tmp_path)
    bench.add_job()
    worker = bench.worker(tiny_engine(0, None))
    worker.separate(bench.job_id, Steps({"search": 2, "layer 1": None}))
    with worker.tables.connect() as connection:
        job = jobs.get(connection, bench.job_id)
    assert job is not None
    assert (job.status, len(job.metadata["assetIds"])) == ("success", 5)


def test_a_worker_that_was_only_slow_does_not_begin_a_finished_job_anew(tmp_path: Path) -> None:
    """Its place was taken, the job has ended, and what lay between the steps is gone."""
    bench = Bench(tmp_path)
    bench.add_job()
    steps = Steps(until="layer 3")
    planner = Moody()
    worker = bench.worker(replace(tiny_engine(0, None), planner=planner))
    with pytest.raises(Dies):
        worker.separate(bench.job_id, steps)
    worker.separate(bench.job_id, Steps(dict(steps.recorded)))
    with pytest.raises(Exception, match="cancelled"):
        worker.layer(bench.job_id, 3)
    assert next(planner.asked) == 1
    assert list(worker.blobs.under("work")) == []


# ------------------------------------------------------------------------------------------- the version before this


@pytest.fixture
def upgraded(kind: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Installation:
    """An installation on which the version before worked; its dead workers are noticed after 2 s."""
    return make_installation(kind, tmp_path_factory.mktemp("before"), request, DELAMINATE_LEASE_SECONDS="2")


def test_jobs_that_the_version_before_began_are_finished_by_this_one(upgraded: Installation) -> None:
    """A separation with a layer taken off and a revision with an edit done, recorded by a real worker that died."""
    upgraded.start("api")
    upgraded.ready()
    try:
        key = upgraded.key("upgrade")
        sdk = upgraded.sdk(key)
        worker = upgraded.start("worker")
        done, _ = finished(sdk, run(sdk, upload(sdk), inpaintPrompt="first"))
        worker.terminate()
        worker.wait(30)
        marker = upgraded.folder / "half-way"
        before = upgraded.start("", sys.executable, str(HERE / "version_before.py"), str(marker))
        separation = run(sdk, upload(sdk), inpaintPrompt="half")
        edits = [{"kind": "refill", "layer": f"l{n}", "inpaintPrompt": f"edit-{n}"} for n in (1, 2)]
        answer = httpx.post(f"{upgraded.url}/v1/jobs/{done.job_id}/revise", json={"edits": edits}, auth=key)
        revision = answer.json()["job"]["jobId"]
        ends = time.monotonic() + 120
        while not marker.exists() or len(marker.read_text().split()) < 2:
            assert time.monotonic() < ends, upgraded.log.read_text(encoding="utf-8")[-2000:]
            time.sleep(0.05)
        before.kill()
        before.wait()
        upgraded.start("worker")
        for job_id in (separation, revision):
            job, _ = finished(sdk, job_id)
            assert job.status == "success", job.metadata
            assert len(job.metadata.asset_ids or []) == 5
            flat = flattened(sdk, job.metadata.asset_ids or []).convert("RGB")
            assert np.array_equal(np.asarray(flat), np.asarray(drawn()))
    finally:
        upgraded.stop()
    fills = Counter((mark, box) for mark, box, _, _ in diary(upgraded))
    assert {mark for mark, _ in fills} == {"first", "half", "edit-1", "edit-2"}
    assert set(fills.values()) == {1}
