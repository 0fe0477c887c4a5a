"""What the service costs beside the separation itself: enqueue→start, reading a job, a hundred uploads at once.

Run `python benchmarks/service.py [--json FILE]` with the extras `server` and `test-server`; a minute on two cores. It
starts its own server with a worker on SQLite, and beside it a FastAPI application with one empty route under the same
web server, so that rates are ratios on one machine. Without `--json` it writes `results/service.md`.
"""

from __future__ import annotations

import asyncio
import base64
import io
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

import httpx
from PIL import Image

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests" / "server"))

from installation import Installation, free_port  # noqa: E402
from measure import Ratio, tell  # noqa: E402

UNLIMITED = {"DELAMINATE_REQUESTS_PER_MINUTE": "100000000", "DELAMINATE_PARALLEL_JOBS": "100000"}
"""Settings under which no limit, but the machine, ends what is measured."""

EMPTY = """
import sys, uvicorn
from fastapi import FastAPI
app = FastAPI()
@app.get("/")
async def empty():
    return {}
uvicorn.run(app, port=int(sys.argv[1]), log_config=None, access_log=False)
"""


def milliseconds(values: list[float], share: float) -> float:
    """A percentile."""
    return 1000 * sorted(values)[min(len(values) - 1, int(share * len(values)))]


async def latencies(url: str, auth: tuple[str, str] | None, count: int) -> list[float]:
    """Seconds of each of so many requests, one after the other."""
    taken = []
    async with httpx.AsyncClient(auth=auth) as client:
        for _ in range(count):
            started = time.perf_counter()
            (await client.get(url)).raise_for_status()
            taken.append(time.perf_counter() - started)
    return taken[count // 10 :]


def rate(url: str, auth: tuple[str, str] | None, seconds: float) -> float:
    """Requests a second over 8 connections, from a process of its own."""
    code = (
        "import asyncio,sys,time,base64\n"
        "async def one(host,port,request,ends):\n"
        "    r,w=await asyncio.open_connection(host,port);n=0\n"
        "    while time.perf_counter()<ends:\n"
        "        w.write(request);head=await r.readuntil(b'\\r\\n\\r\\n')\n"
        "        assert head.startswith(b'HTTP/1.1 200'),head\n"
        "        size=int(head.lower().split(b'content-length: ')[1].split(b'\\r\\n')[0])\n"
        "        await r.readexactly(size);n+=1\n"
        "    return n\n"
        "async def main():\n"
        "    host,port,path,auth,seconds=sys.argv[1:6]\n"
        "    more=f'Authorization: Basic {base64.b64encode(auth.encode()).decode()}\\r\\n' if auth else ''\n"
        "    request=f'GET {path} HTTP/1.1\\r\\nHost: {host}\\r\\n{more}\\r\\n'.encode()\n"
        "    ends=time.perf_counter()+float(seconds)\n"
        "    print(sum(await asyncio.gather(*(one(host,int(port),request,ends) for _ in range(8))))/float(seconds))\n"
        "asyncio.run(main())\n"
    )
    parsed = httpx.URL(url)
    arguments = [parsed.host, str(parsed.port), parsed.path, ":".join(auth) if auth else "", str(seconds)]
    done = subprocess.run([sys.executable, "-c", code, *arguments], check=True, capture_output=True, text=True)
    return float(done.stdout)


def picture(side: int) -> bytes:
    """A plain picture with one rectangle."""
    image = Image.new("RGB", (side, side), (235, 235, 235))
    image.paste((200, 40, 40), (10, 10, 30, 30))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def starts(installation: Installation, key: tuple[str, str], image: str, count: int) -> list[float]:
    """Seconds from a job's acceptance to its start, one job at a time, by the instants in its own history."""
    taken = []
    with httpx.Client(base_url=f"{installation.url}/v1", auth=key) as http:
        for _ in range(count):
            body = {"image": image, "separationInstruction": "the box", "maxLayers": 1}
            job = http.post("/generate/custom/model_scenario-image-layers-extractor", json=body).json()["job"]
            while job["status"] not in ("success", "failure"):
                time.sleep(0.05)
                job = http.get(f"/jobs/{job['jobId']}").json()["job"]
            dates = {line["status"]: datetime.fromisoformat(line["date"]) for line in job["statusHistory"]}
            taken.append((dates["in-progress"] - dates["queued"]).total_seconds())
    return taken


def jobs_per_minute(workers: int, count: int) -> float:
    """Jobs finished a minute by so many worker processes, when all wait at once; each splits a small picture."""
    folder = Path(tempfile.mkdtemp(prefix="delaminate-benchmark-"))
    installation = Installation(folder, UNLIMITED)
    installation.start("api")
    try:
        installation.ready()
        key = installation.key("benchmark")
        with httpx.Client(base_url=f"{installation.url}/v1", auth=key, timeout=60) as http:
            body = {"name": "x", "image": base64.b64encode(picture(256)).decode()}
            image = http.post("/assets", json=body).json()["asset"]["id"]
            asked = {"image": image, "separationInstruction": "the box", "maxLayers": 1}
            url = "/generate/custom/model_scenario-image-layers-extractor"
            answers = [http.post(url, json=asked).raise_for_status() for _ in range(count + workers)]
            waiting = {answer.json()["job"]["jobId"] for answer in answers}
            for _ in range(workers):
                installation.start("worker")
            finished: list[float] = []
            ends = time.perf_counter() + 120
            while waiting and time.perf_counter() < ends:
                for job in list(waiting):
                    status = http.get(f"/jobs/{job}").json()["job"]["status"]
                    if status == "failure":
                        raise RuntimeError(f"job {job} failed")
                    if status == "success":
                        waiting.remove(job)
                        finished.append(time.perf_counter())
                time.sleep(0.02)
            if waiting:
                raise RuntimeError(f"{len(waiting)} jobs did not finish in two minutes")
    finally:
        installation.stop()
        shutil.rmtree(folder)
    first = finished[workers - 1]  # the workers have started by then
    return 60 * count / max(finished[-1] - first, 1e-3)


async def uploads(installation: Installation, key: tuple[str, str], count: int) -> tuple[int, float]:
    """How many of so many uploads at once failed, and seconds for all."""
    body = {"name": "x.png", "image": base64.b64encode(os.urandom(0) + picture(512)).decode()}
    started = time.perf_counter()
    async with httpx.AsyncClient(auth=key, timeout=60, limits=httpx.Limits(max_connections=count)) as client:
        url = f"{installation.url}/v1/assets"
        answers = await asyncio.gather(*(client.post(url, json=body) for _ in range(count)))
    return sum(answer.status_code != 200 for answer in answers), time.perf_counter() - started


def main() -> None:
    """Measure and write the table."""
    folder = Path(tempfile.mkdtemp(prefix="delaminate-benchmark-"))
    installation = Installation(folder, UNLIMITED)
    installation.start()
    port = free_port()
    empty = subprocess.Popen([sys.executable, "-c", EMPTY, str(port)])
    try:
        installation.ready()
        key = installation.key("benchmark")
        with httpx.Client(base_url=f"{installation.url}/v1", auth=key) as http:
            body = {"name": "x", "image": base64.b64encode(picture(64)).decode()}
            image = http.post("/assets", json=body).json()["asset"]["id"]
        waits = starts(installation, key, image, 40)
        job = httpx.get(f"{installation.url}/v1/jobs", auth=key).json()["jobs"][0]["jobId"]
        url, bare = f"{installation.url}/v1/jobs/{job}", f"http://127.0.0.1:{port}/"
        reads, empties = asyncio.run(latencies(url, key, 500)), asyncio.run(latencies(bare, None, 500))
        rates = [(rate(url, key, 4), rate(bare, None, 4)) for _ in range(3)]
        ours, theirs = (statistics.median(column) for column in zip(*rates, strict=True))
        failed, seconds = asyncio.run(uploads(installation, key, 100))
    finally:
        empty.terminate()
        installation.stop()
        shutil.rmtree(folder)
    minutes = {workers: jobs_per_minute(workers, 40) for workers in (1, 2)}
    if "--json" in sys.argv:
        p50 = milliseconds(waits, 0.5)
        read, bare_read = milliseconds(reads, 0.5), milliseconds(empties, 0.5)
        route, one = "an empty route", "1 worker"
        told = [
            Ratio("service, enqueue→start, p50", 120 / p50, p50, 120, "ms", "budget", 1.0),
            Ratio("service, GET /jobs/{id}, p50", 5 / read, read, 5, "ms", "budget", 1.0),
            Ratio("service, GET /jobs/{id}, p50 beside an empty route", bare_read / read, read, bare_read, "ms", route),
            Ratio("service, GET /jobs/{id}, requests/s", ours / theirs, ours, theirs, "1/s", route, 0.4),
            Ratio("service, jobs by 2 workers", minutes[2] / minutes[1], minutes[2], minutes[1], "1/min", one),
            Ratio("service, 100 uploads at once", 10 / seconds, seconds, 10, "s", "budget, no errors", 1.0),
        ]
        tell(told, sys.argv)
        if failed:
            raise RuntimeError(f"{failed} of 100 uploads failed")
        return
    rows = [
        (
            "enqueue→start, SQLite, p50 / p99",
            f"{milliseconds(waits, 0.5):.0f} / {milliseconds(waits, 0.99):.0f} ms",
            "≤ 120 ms",
        ),
        (
            "GET /jobs/{id}, p50",
            f"{milliseconds(reads, 0.5):.1f} ms (empty route {milliseconds(empties, 0.5):.1f} ms)",
            "≤ 5 ms",
        ),
        ("GET /jobs/{id}, rate", f"{ours:.0f}/s of {theirs:.0f}/s = {100 * ours / theirs:.0f} %", "≥ 40 %"),
        ("jobs a minute, 1 / 2 workers", " / ".join(f"{rate:.0f}" for rate in minutes.values()), "–"),
        ("100 uploads at once, 512 × 512", f"{failed} errors, {seconds:.1f} s", "0 errors"),
    ]
    table = "\n".join(f"| {what} | {figure} | {wanted} |" for what, figure, wanted in rows)
    where = f"{os.cpu_count()} cores, Python {platform.python_version()}, one server process with its worker, SQLite"
    text = f"# Service\n\n{where}; `python benchmarks/service.py`.\n\n| | measured | wanted |\n|---|---|---|\n{table}\n"
    (HERE / "results").mkdir(exist_ok=True)
    (HERE / "results" / "service.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
