"""Nobody takes more than their share: of the queue, of the disk, of the database, of money and of connections."""

from __future__ import annotations

import base64
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from installation import Installation
from test_contract import MODEL, finished, run, upload

from conftest import drawn, png
from delaminate.server.accounts.limits import Streams
from delaminate.server.database import jobs, open_database
from delaminate.server.database.jobs import Job
from delaminate.server.durable import _Room
from delaminate.server.errors import TooMany
from delaminate.server.ids import AuthorId, JobId, ProjectId

SMALL = {
    "DELAMINATE_STORAGE_BYTES": "20000",
    "DELAMINATE_MONTHLY_UNITS": "13",
    "DELAMINATE_PARALLEL_DOWNLOADS": "1",
    "DELAMINATE_STREAMS_PER_KEY": "2",
    "DELAMINATE_BODY_SECONDS": "2",
    "DELAMINATE_CONVERSIONS_PER_MINUTE": "3",
    "DELAMINATE_WORKER_JOBS": "1",
}


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A service with small shares and one place for work."""
    installation = Installation(tmp_path_factory.mktemp("narrow"), dict(SMALL), pause=0.2)
    installation.start()
    installation.ready()
    yield installation
    installation.stop()


def client(installation: Installation, project: str) -> httpx.Client:
    """A plain client of a project."""
    return httpx.Client(base_url=f"{installation.url}/v1", auth=installation.key(project), timeout=60)


def test_projects_are_served_in_turn_by_their_weights(tmp_path: Path) -> None:
    """Ten of one, one of another, four of a third that weighs double: nobody waits behind more than a round."""
    tables = open_database(f"sqlite:///{tmp_path / 'tables.sqlite'}")
    with tables.begin() as connection:

        def ask(project: str, weight: int = 1) -> Job:
            turn = jobs.next_turn(connection, project, weight)
            number = connection.execute(sa.text("SELECT count(*) FROM jobs")).scalar_one()
            job = Job(JobId(f"{project}{number:02}"), ProjectId(project), AuthorId("a"), "custom", {}, {}, turn=turn)
            return jobs.add(connection, job)

        asked = [ask("a") for _ in range(10)] + [ask("b")] + [ask("c", 2) for _ in range(4)]
        order = [str(job.project_id) for job in sorted(asked, key=lambda job: (job.turn, job.id))]
        assert order.index("b") <= 2
        assert order[:6].count("c") >= 2
        first = min(asked, key=lambda job: (job.turn, job.id))
        jobs.move(connection, first.id, "in-progress")
        late = ask("d")
        behind = sum(job.turn < late.turn for job in asked if job.id != first.id)
    tables.dispose()
    assert behind == 0


def test_a_single_job_starts_before_the_many_of_another_project(tmp_path: Path) -> None:
    """One place, four jobs of A, then one of B: it ends before three of A's do."""
    queue = Installation(tmp_path, {"DELAMINATE_WORKER_JOBS": "1"})
    try:
        queue.start("api")
        queue.ready()
        many, one = queue.sdk(queue.key("many")), queue.sdk(queue.key("one"))
        image, other = upload(many), upload(one)
        crowd = [run(many, image, maxLayers=1) for _ in range(4)]
        single = run(one, other, maxLayers=1)
        queue.start("worker")  # only now: all of them wait, however slow the machine is
        end = finished(one, single)[0].updated_at
        ends = [finished(many, job_id)[0].updated_at for job_id in crowd]
    finally:
        queue.stop()
    assert sum(end < later for later in ends) >= 3


def test_what_a_project_may_spend_in_a_month_ends_with_a_sentence(narrow: Installation) -> None:
    """A job of at most 10 units leaves 3 of 13; a cancelled one costs nothing."""
    sdk = narrow.sdk(narrow.key("rich"))
    with client(narrow, "rich") as http:
        image = upload(sdk)
        body = {"image": image, "separationInstruction": "every box", "maxLayers": 8}
        first = http.post(f"/generate/custom/{MODEL}", json=body).json()["job"]["jobId"]
        answer = http.post(f"/generate/custom/{MODEL}", json=body)
        assert (answer.status_code, "3 of 13 are left" in answer.json()["reason"]) == (429, True)
        assert http.post(f"/jobs/{first}/action", json={"action": "cancel"}).status_code == 200
        assert http.post(f"/generate/custom/{MODEL}", json=body).status_code == 200


def test_storage_ends_with_a_sentence_for_uploads_parts_and_archives(narrow: Installation) -> None:
    """20,000 bytes: an announced file counts, and its parts together bring no more than was announced."""
    with client(narrow, "full") as http:
        told = http.post("/uploads", json={"fileSize": 15_000, "parts": 3, "kind": "image"}).json()["upload"]
        links = [part["url"] for part in told["parts"]]
        assert httpx.put(links[0], content=bytes(9_000)).status_code == 200
        answer = httpx.put(links[1], content=bytes(9_000))
        assert (answer.status_code, "6,000 bytes" in answer.json()["reason"]) == (413, True)
        answer = http.post("/uploads", json={"fileSize": 6_000, "kind": "image"})
        assert (answer.status_code, answer.json()["details"]["actionName"]) == (429, "storage")
        picture = base64.b64encode(png(drawn().resize((640, 480)).effect_spread(200))).decode()
        assert http.post("/assets", json={"name": "x", "image": picture}).status_code == 429
        assert http.post(f"/jobs/{told['jobId']}/action", json={"action": "cancel"}).status_code == 200
        small = base64.b64encode(png(drawn())).decode()
        made = http.post("/assets", json={"name": "x", "image": small}).json()["asset"]["id"]
        body = {"query": {"assetIds": [made]}}
        codes = [http.post("/assets/download", json=body).status_code for _ in range(60)]
        assert (codes[0], 429 in codes) == (200, True)


def test_a_request_that_fills_the_database_is_refused_and_lists_tell_no_plans(narrow: Installation) -> None:
    """A plan of 4 MB was stored twice and told in every list."""
    sdk = narrow.sdk(narrow.key("long"))
    image = upload(sdk)
    words = "🍎" * 4000
    plan = {"targets": [{"phrase": words, "kind": "object"} for _ in range(50)]}
    with client(narrow, "long") as http:
        url = f"/generate/custom/{MODEL}"
        answer = http.post(url, json={"image": image, "separationInstruction": "x", "plan": plan})
        assert (answer.status_code, "64,000" in answer.json()["reason"]) == (400, True)
        plan = {"targets": [{"phrase": "every box", "kind": "object"}]}
        job_id = http.post(url, json={"image": image, "separationInstruction": "x", "plan": plan}).json()["job"][
            "jobId"
        ]
        assert "plan" in http.get(f"/jobs/{job_id}").json()["job"]["metadata"]["input"]
        listed = http.get("/jobs").json()["jobs"][0]
        assert (listed["jobId"], "plan" in listed["metadata"]["input"]) == (job_id, False)


def test_a_page_of_jobs_ends_where_its_bytes_end() -> None:
    """And at least one is on it."""
    from delaminate.server.api.answers import bounded

    rows = [{"text": "x" * 1000} for _ in range(10)]
    assert bounded(rows, 3500) == 3
    assert bounded(rows, 10) == 1
    assert bounded(rows, 10**6) == 10


def test_conversions_behind_a_link_are_made_once_and_counted(narrow: Installation) -> None:
    """The second look costs nothing; a project that wants another and another is told to wait."""
    sdk = narrow.sdk(narrow.key("shapes"))
    asset = upload(sdk)
    with client(narrow, "shapes") as http:
        link = http.post(f"/assets/{asset}/download", json={"targetFormat": "webp"}).json()["url"]
        first, second = httpx.get(link), httpx.get(link)
        assert (first.status_code, first.content == second.content) == (200, True)
        assert [path.name for path in (narrow.folder / "data" / "blobs" / "conversions").iterdir()] == [f"{asset}.webp"]
        links = [
            http.post(f"/assets/{asset}/download", json={"targetFormat": kind}).json()["url"]
            for kind in ("png", "jpg", "tif", "gif")
        ]
        codes = [httpx.get(one).status_code for one in links]
    assert codes[-1] == 429
    assert httpx.get(link).status_code == 200


def test_one_key_holds_few_event_streams() -> None:
    """And gets the place back when one is closed."""
    streams = Streams(2)
    with streams.open("k"), streams.open("k"):
        with pytest.raises(TooMany):
            streams.check("k")
        streams.check("other")
    streams.check("k")


def test_a_body_that_does_not_come_is_not_waited_for(narrow: Installation) -> None:
    """408 after the seconds that are set; the connection is closed."""
    key = base64.b64encode(":".join(narrow.key("slow")).encode()).decode()
    head = f"POST /v1/assets HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {key}\r\nContent-Length: 100\r\n"
    with socket.create_connection(("127.0.0.1", narrow.port), timeout=30) as slow:
        slow.sendall(head.encode() + b"Content-Type: application/json\r\n\r\n{")
        started = time.monotonic()
        answer = b"".join(iter(lambda: slow.recv(1 << 16), b""))
    assert b" 408 " in answer.split(b"\r\n")[0]
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "TIMEOUT"
    assert time.monotonic() - started < 15


def test_a_large_picture_is_worked_on_alone_and_in_its_turn() -> None:
    """Two of 40 fit beside each other, 100 waits for both, and who came after it waits behind it."""
    room, told, leave = _Room(4, 100), list[int](), threading.Event()

    def work(weight: int) -> None:
        with room.entered(weight):
            told.append(weight)
            leave.wait(60)

    threads = []
    for number, weight in enumerate((40, 41, 100, 1), 1):
        threads.append(threading.Thread(target=work, args=(weight,)))
        threads[-1].start()
        while len(told) + len(room._queue) < number:
            time.sleep(0.01)
    assert told == [40, 41]
    leave.set()
    for thread in threads:
        thread.join()
    assert told == [40, 41, 100, 1]
