"""Jobs survive the death of their worker, stop when told to, and are done once."""

from __future__ import annotations

import base64
import collections
import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx
import numpy as np
import pytest
import scenario_sdk
from installation import Installation
from scenario_sdk import Scenario
from test_contract import MODEL, finished, flattened, run, upload

from conftest import drawn, make_installation, png
from delaminate.server.blobs import open_blobs
from delaminate.server.database import open_database


@pytest.fixture
def slow(kind: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Installation]:
    """An API without a worker; fills take 0.3 s; dead workers are noticed after 3 s."""
    installation = make_installation(
        kind,
        tmp_path_factory.mktemp("slow"),
        request,
        DELAMINATE_LEASE_SECONDS="3",
        DELAMINATE_WORKER_JOBS="4",
        DELAMINATE_SWEEP_SECONDS="2",
        DELAMINATE_PARALLEL_JOBS="25",
        DELAMINATE_ATTEMPTS="2",
    )
    installation.pause = 0.3
    yield installation
    installation.stop()


def spent(sdk: Scenario) -> object:
    """Compute units of the project so far."""
    return (sdk.usages.list().model_extra or {})["creativeUnits"]


def diary(installation: Installation) -> list[tuple[str, str, int, float]]:
    """Every fill that ended: job's mark, box, process, moment."""
    if not installation.diary.exists():
        return []
    lines = [line.rsplit(" ", 3) for line in installation.diary.read_text(encoding="utf-8").splitlines()]
    return [(mark, box, int(process), float(moment)) for mark, box, process, moment in lines]


def test_a_killed_worker_loses_no_job_and_no_finished_step_is_done_again(slow: Installation) -> None:
    """20 jobs of 4 layers on two workers; one is killed in the middle, the other goes on by itself."""
    slow.start("api")
    slow.ready()
    victim, _ = slow.start("worker"), slow.start("worker")
    sdk = slow.sdk(slow.key("kill"))
    image = upload(sdk)
    made = {f"job-{number}": run(sdk, image, inpaintPrompt=f"job-{number}") for number in range(20)}
    ends = time.monotonic() + 240
    while sum(process == victim.pid for _, _, process, _ in diary(slow)) < 10:
        assert time.monotonic() < ends, "the victim did nothing"
        time.sleep(0.02)
    os.kill(victim.pid, signal.SIGKILL)
    for job_id in made.values():
        job, _ = finished(sdk, job_id, seconds=360)
        assert job.status == "success"
        assert job.metadata.asset_ids is not None
        assert np.array_equal(np.asarray(flattened(sdk, job.metadata.asset_ids).convert("RGB")), np.asarray(drawn()))
    done = diary(slow)
    times = collections.Counter((mark, box) for mark, box, _, _ in done)
    assert set(times) == {(mark, box) for mark in made for box in {box for _, box, _, _ in done}}
    # The steps of a job follow one another: only the last that the victim did of each may not have been stored yet.
    by_victim: dict[str, list[tuple[str, str]]] = collections.defaultdict(list)
    for mark, box, process, _ in done:
        if process == victim.pid:
            by_victim[mark].append((mark, box))
    stored = {step for steps in by_victim.values() for step in steps[:-1]}
    assert stored
    assert {step: times[step] for step in stored if times[step] > 1} == {}


def test_a_revision_goes_on_after_the_death_of_its_worker_and_repeats_no_edit(slow: Installation) -> None:
    """Three refills, one after another; the worker dies in the second, and another finishes."""
    slow.pause = 1
    victim = slow.start("worker")
    slow.start("api")
    slow.ready()
    key = slow.key("amend")
    sdk = slow.sdk(key)
    made, _ = finished(sdk, run(sdk, upload(sdk)))
    edits = [{"kind": "refill", "layer": f"l{n}", "inpaintPrompt": f"edit-{n}"} for n in (1, 2, 3)]
    url = f"{slow.url}/v1/jobs/{made.job_id}/revise"
    job_id = httpx.post(url, json={"edits": edits}, auth=key).json()["job"]["jobId"]
    ends = time.monotonic() + 240
    while sdk.jobs.retrieve(job_id).job.progress <= 0.36:
        assert time.monotonic() < ends, slow.log.read_text(encoding="utf-8")[-2000:]
        time.sleep(0.05)
    os.kill(victim.pid, signal.SIGKILL)
    slow.start("worker")
    job, _ = finished(sdk, job_id, seconds=360)
    assert (job.status, job.metadata.asset_ids is not None) == ("success", True)
    assert np.array_equal(np.asarray(flattened(sdk, job.metadata.asset_ids or []).convert("RGB")), np.asarray(drawn()))
    times = collections.Counter(mark for mark, _, _, _ in diary(slow) if mark.startswith("edit-"))
    assert (set(times), times["edit-1"], times["edit-3"]) == ({"edit-1", "edit-2", "edit-3"}, 1, 1)


def test_a_job_that_kills_its_workers_ends_as_a_failure_and_is_refunded(slow: Installation) -> None:
    """Not as a loop: after two attempts it is given up."""
    worker = slow.start("worker")
    slow.start("api")
    slow.ready()
    sdk = slow.sdk(slow.key("poison"))
    job_id = run(sdk, upload(sdk), inpaintPrompt="poison")
    deaths, ends = 0, time.monotonic() + 400
    while sdk.jobs.retrieve(job_id).job.status != "failure":
        assert time.monotonic() < ends, slow.log.read_text(encoding="utf-8")[-2000:]
        if worker.poll() is not None:
            deaths, worker = deaths + 1, slow.start("worker")
        time.sleep(0.2)
    job = sdk.jobs.retrieve(job_id).job
    assert (job.metadata.asset_ids, bool(job.metadata.error), deaths <= 4) == ([], True, True)
    assert spent(sdk) == 0


def test_a_transient_fault_is_tried_again_and_a_lasting_one_fails_with_its_reason(sdk: Scenario) -> None:
    """Two faults of the network cost some seconds; a model that never answers costs nothing but the wait."""
    image = upload(sdk)
    flaky, broken = run(sdk, image, inpaintPrompt="flaky"), run(sdk, image, inpaintPrompt="broken")
    assert finished(sdk, flaky)[0].status == "success"
    job = finished(sdk, broken)[0]
    assert (job.status, job.metadata.error) == ("failure", "the model does not answer")
    assert "try again" in str(job.metadata.hint)
    assert (job.metadata.asset_ids, spent(sdk)) == ([], 6)


def test_cancelling_stops_a_running_job_frees_its_place_and_costs_nothing(
    slow: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the stages and inside them, as far as they listen."""
    slow.pause = 30
    slow.environment["DELAMINATE_WORKER_JOBS"] = "1"
    slow.start("serve")
    slow.ready()
    sdk = slow.sdk(slow.key("cancel"))
    image = upload(sdk)
    first, second = run(sdk, image), run(sdk, image)
    ends = time.monotonic() + 120
    while sdk.jobs.retrieve(first).job.progress < 0.35:
        assert time.monotonic() < ends
        time.sleep(0.05)
    for job_id in (first, second):
        assert sdk.jobs.trigger_action(job_id, action="cancel").job.status == "canceled"
    third = run(sdk, image)
    while sdk.jobs.retrieve(third).job.status != "in-progress":
        assert time.monotonic() < ends, "the place was not freed"
        time.sleep(0.05)
    sdk.jobs.trigger_action(third, action="cancel")
    job = sdk.jobs.retrieve(first).job
    assert (job.status, job.metadata.asset_ids, job.billing.cu_cost if job.billing else None) == ("canceled", [], 0)
    assert spent(sdk) == 0
    for name, value in slow.environment.items():
        monkeypatch.setenv(name, value)
    blobs = open_blobs(slow.settings.storage_url, slow.settings.data / "blobs")
    while list(blobs.under("work")):
        assert time.monotonic() < ends, "the workpiece was left behind"
        time.sleep(0.1)


def test_a_project_at_its_limit_gets_429_and_others_do_not(slow: Installation) -> None:
    """With the action, the limit, and when to come back."""
    slow.environment["DELAMINATE_PARALLEL_JOBS"] = "2"
    slow.pause = 5
    slow.start("serve")
    slow.ready()
    sdk, other = slow.sdk(slow.key("busy")), slow.sdk(slow.key("quiet"))
    image = upload(sdk)
    run(sdk, image), run(sdk, image)
    with pytest.raises(scenario_sdk.RateLimitError) as caught:
        run(sdk, image)
    body = caught.value.body
    assert isinstance(body, dict)
    assert body["details"] == {"actionName": "parallelCustomJobs", "actionLimit": 2}
    assert (body["remainingSeconds"], caught.value.response.headers["retry-after"]) == (10, "10")
    assert run(other, upload(other)).startswith("job_")


def test_a_request_that_the_client_repeats_runs_once(service: Installation, key: tuple[str, str]) -> None:
    """The SDK sends no idempotency key, only the number of the retry; its own keys are honoured too."""
    sdk = service.sdk(key)
    body = {"image": upload(sdk), "separationInstruction": "every box"}
    url = f"{service.url}/v1/generate/custom/{MODEL}"
    first = httpx.post(url, json=body, auth=key).json()["job"]["jobId"]
    again = httpx.post(url, json=body, auth=key, headers={"x-stainless-retry-count": "1"}).json()["job"]["jobId"]
    another = httpx.post(url, json=body, auth=key).json()["job"]["jobId"]
    assert (again == first, another == first) == (True, False)
    with ThreadPoolExecutor(8) as pool:
        twins = [pool.submit(httpx.post, url, json=body, auth=key, headers={"Idempotency-Key": "k1"}) for _ in range(8)]
    assert len({twin.result().json()["job"]["jobId"] for twin in twins}) == 1
    answer = httpx.post(url, json={**body, "seed": 4}, auth=key, headers={"Idempotency-Key": "k1"})
    assert answer.status_code == 400
    assert len(sdk.jobs.list(type="custom").jobs) == 3


def test_a_request_that_its_own_retry_overtakes_is_paid_once(
    service: Installation, key: tuple[str, str], sdk: Scenario
) -> None:
    """The body of the first request is still coming in while the SDK's second is answered; no orphan is left."""
    picture = "data:image/png;base64," + base64.b64encode(png(drawn())).decode()
    body = json.dumps({"image": picture, "separationInstruction": "every box", "seed": 77}).encode()
    path = f"/v1/generate/custom/{MODEL}"
    login = base64.b64encode(":".join(key).encode()).decode()
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {login}\r\nConnection: close\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", service.port)) as first:
        first.sendall(head.encode() + body[:100])
        time.sleep(0.3)
        kind = {"Content-Type": "application/json"}
        counted = {**kind, "x-stainless-retry-count": "1"}
        retry = httpx.post(service.url + path, content=body, auth=key, headers=counted)
        first.sendall(body[100:])
        answer = b"".join(iter(lambda: first.recv(1 << 16), b""))
    made = json.loads(answer.partition(b"\r\n\r\n")[2])["job"]["jobId"]
    assert made == retry.json()["job"]["jobId"]
    finished(sdk, made)
    assert spent(sdk) == 6
    assert len(sdk.jobs.list(type="custom").jobs) == 1
    assert len(sdk.assets.list(type="uploaded").assets) == 1
    again = httpx.post(service.url + path, content=body, auth=key, headers=kind).json()["job"]["jobId"]
    assert again != made


def test_deleting_a_job_does_not_free_its_idempotency_key(
    http: httpx.Client, sdk: Scenario, key: tuple[str, str]
) -> None:
    """A repetition would be charged."""
    body = {"image": upload(sdk), "separationInstruction": "every box"}
    url, headers = f"/generate/custom/{MODEL}", {"Idempotency-Key": "k"}
    job_id = http.post(url, json=body, headers=headers).json()["job"]["jobId"]
    finished(sdk, job_id)
    assert http.delete(f"/jobs/{job_id}").status_code == 200
    answer = http.post(url, json=body, headers=headers)
    assert (answer.status_code, "deleted" in answer.json()["reason"]) == (400, True)
    assert spent(sdk) == 6


def test_a_job_that_never_reached_the_queue_is_queued_by_the_sweeper(service: Installation, sdk: Scenario) -> None:
    """As when the API dies between storing and queueing; the other half of the pair is tested with a real queue."""
    from delaminate.server.database import jobs
    from delaminate.server.database.tables import JOBS
    from delaminate.server.documents import Json
    from delaminate.server.durable import Queue
    from delaminate.server.ids import JobId, new_id
    from delaminate.server.sweeper import Sweeper

    done, _ = finished(sdk, run(sdk, upload(sdk)))
    tables = open_database(service.settings.tables_url)
    lost = JobId(new_id("job"))
    with tables.begin() as connection:
        twin = jobs.get(connection, done.job_id)
        assert twin is not None
        told: Json = {"assetIds": [], "input": {}}
        jobs.add(connection, replace(twin, id=lost, status="queued", progress=0.0, metadata=told))
        connection.execute(JOBS.update().where(JOBS.c.id == lost).values(updated_at="2026-01-01T00:00:00.000Z"))
    queue = Queue(service.settings.engine_url)
    blobs = open_blobs("", service.folder / "unused")
    Sweeper(tables, blobs, queue).lost_jobs()
    queue.close()
    assert finished(sdk, lost)[0].status == "success"
