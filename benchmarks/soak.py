"""A soak of the service: small jobs without end, workers killed, database and store away; nothing may get lost.

    python benchmarks/soak.py --minutes 30 --out benchmarks/results/soak.md
    python benchmarks/soak.py --minutes 5 --sqlite

It starts an API, workers, a Postgres and an S3 server (moto) of its own, on loopback, in a temporary folder; with
`--sqlite` only an API and workers on one folder, and no outages. Every few seconds a worker is killed (SIGKILL)
and another started, or Postgres or the store is frozen (SIGSTOP) for 5 to 60 s. In the end it waits for
what is under way and checks every job: its end, the pixels of its layers against the source, the ledger.
"""

from __future__ import annotations

import argparse
import base64
import io
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "server"))

import httpx
import numpy as np
import psycopg
from installation import Installation, free_port
from PIL import Image

MODEL = "model_scenario-image-layers-extractor"
COLOURS = [(200, 40, 40), (40, 160, 60), (40, 80, 200), (220, 180, 40)]


def picture(seed: int) -> bytes:
    """Rectangles at places that the seed chooses."""
    rng = np.random.default_rng(seed)
    pixels = np.full((40, 120, 3), 235, np.uint8)
    for number in range(4):
        left = 6 + number * 30 + int(rng.integers(0, 8))
        pixels[10:30, left : left + 16] = COLOURS[number]
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


@dataclass
class Site:
    """The servers, and what was done to them."""

    installation: Installation
    postgres: int | None = None
    store: subprocess.Popen[bytes] | None = None
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    away: float = 0.0

    def kill_worker(self) -> None:
        """One dies, another begins."""
        victim = self.workers.pop(random.randrange(len(self.workers)))
        victim.kill()
        victim.wait()
        self.done["workers killed"] += 1
        self.workers.append(self.installation.start("worker"))

    def replace_dead(self) -> None:
        """Whoever runs workers starts another where one has ended by itself, as one does that begins in an outage."""
        for number, worker in enumerate(self.workers):
            if worker.poll() is not None:
                self.workers[number] = self.installation.start("worker")
                self.done["workers that ended by themselves"] += 1

    def outage(self, what: str, seconds: float) -> None:
        """Freeze the database or the store for a while."""
        if what == "database" and self.postgres is not None:
            stopped = _family(self.postgres)
        elif what == "store" and self.store is not None:
            stopped = _family(self.store.pid)
        else:
            return
        for process in stopped:
            os.kill(process, signal.SIGSTOP)
        time.sleep(seconds)
        for process in stopped:
            os.kill(process, signal.SIGCONT)
        self.done[f"{what} outages"] += 1
        self.away += seconds


def _family(process: int) -> list[int]:
    found = [process]
    for one in Path("/proc").iterdir():
        try:
            told = (one / "stat").read_text(encoding="ascii").rpartition(")")[2].split()
        except OSError:
            continue
        if one.name.isdigit() and int(told[1]) == process:
            found.append(int(one.name))
    return found


def resident(process: int) -> float:
    """Megabytes that a process holds."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def start(folder: Path, workers: int, sqlite: bool) -> Site:
    """Everything, on loopback."""
    settings = {
        "DELAMINATE_LEASE_SECONDS": "4",
        "DELAMINATE_SWEEP_SECONDS": "5",
        "DELAMINATE_PARALLEL_JOBS": "1000",
        "DELAMINATE_REQUESTS_PER_MINUTE": "1000000",
        "DELAMINATE_ATTEMPTS": "20",
    }
    if sqlite:
        site = Site(Installation(folder, settings))
    else:
        port, store_port = free_port(), free_port()
        binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))[-1].parent
        user = "postgres" if os.geteuid() == 0 else None
        data = Path(tempfile.mkdtemp(prefix="soak-postgres-"))
        if user:
            shutil.chown(data, user)
        options = ["-D", str(data / "d"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run([binaries / "initdb", *options], user=user, cwd=data, check=True, capture_output=True)
        flags = [f"port={port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={data}", "max_connections=300"]
        command = [str(binaries / "postgres"), "-D", str(data / "d")]
        command += [part for flag in flags for part in ("-c", flag)]
        server = subprocess.Popen(command, user=user, cwd=data, stderr=subprocess.DEVNULL)
        store = subprocess.Popen(
            [Path(sys.executable).with_name("moto_server"), "-p", str(store_port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        address = f"http://127.0.0.1:{store_port}"
        database = f"postgresql://postgres@127.0.0.1:{port}"
        _until(lambda: psycopg.connect(f"{database}/postgres", autocommit=True).execute("CREATE DATABASE soak"))
        _until(lambda: httpx.put(f"{address}/soak").raise_for_status())
        settings |= {
            "DELAMINATE_DATABASE_URL": f"{database}/soak",
            "DELAMINATE_STORAGE_URL": "s3://soak/layers",
            "AWS_ENDPOINT_URL": address,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
        }
        site = Site(Installation(folder, settings), server.pid, store)
    site.installation.start("api")
    site.workers = [site.installation.start("worker") for _ in range(workers)]
    site.installation.ready()
    return site


def _until(attempt: Any, seconds: float = 60) -> None:
    ends = time.monotonic() + seconds
    while True:
        try:
            attempt()
        except Exception:
            if time.monotonic() > ends:
                raise
            time.sleep(0.2)
        else:
            return


def main() -> None:
    """Run, check, tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument(
        "--jobs", type=int, default=1000, help="so many, evenly over the time; fewer when they take longer"
    )
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--waiting", type=int, default=12, help="jobs under way at a time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sqlite", action="store_true")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    random.seed(asked.seed)
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    site = start(folder, asked.workers, asked.sqlite)
    try:
        text = soak(site, asked.minutes, asked.jobs, asked.waiting)
    finally:
        site.installation.stop()
        if site.store is not None:
            site.store.kill()
        if site.postgres is not None:
            os.kill(site.postgres, signal.SIGINT)
    print(text)
    if asked.out:
        asked.out.write_text(text, encoding="utf-8")


def soak(site: Site, minutes: float, most: int, waiting: int) -> str:
    """The figures as a page."""
    url, key = f"{site.installation.url}/v1", site.installation.key("soak")
    http = httpx.Client(base_url=url, auth=key, timeout=90)
    made: dict[str, bytes] = {}
    ended: dict[str, str] = {}
    answers: Counter[int | str] = Counter()
    memory: list[float] = []
    over = threading.Event()
    begun = time.monotonic()
    ends = begun + 60 * minutes

    def trouble() -> None:
        following = 10.0
        while not over.wait(following):
            site.replace_dead()
            if random.random() < 0.6:
                site.kill_worker()
            else:
                site.outage(random.choice(("database", "store")), random.uniform(5, min(60.0, 6 * minutes)))
            following = random.uniform(5, 25)

    def ask(method: str, path: str, **more: Any) -> Any:
        """The answer, however often it takes."""
        while True:
            try:
                answer = http.request(method, path, **more)
            except httpx.HTTPError as error:
                answers[type(error).__name__] += 1
                time.sleep(1)
                continue
            answers[answer.status_code] += 1
            if answer.status_code < 500 and answer.status_code != 429:
                return answer.json()
            time.sleep(float(answer.headers.get("retry-after", 1)))

    breaker = threading.Thread(target=trouble)
    breaker.start()
    while time.monotonic() < ends and len(made) < most:
        number = len(made)
        source = picture(number)
        body = {"image": "data:image/png;base64," + base64.b64encode(source).decode(), "seed": number}
        body["separationInstruction"] = "every box"
        headers = {"Idempotency-Key": f"soak-{number}"}
        told = ask("POST", f"/generate/custom/{MODEL}", json=body, headers=headers)
        made[told["job"]["jobId"]] = source
        memory.append(resident(site.installation.processes[0].pid))
        due = begun + 60 * minutes * len(made) / most
        while (len(made) - len(ended) >= waiting or time.monotonic() < due) and time.monotonic() < ends:
            _look(ask, made, ended)
            time.sleep(0.3)
    over.set()
    breaker.join()
    patience = time.monotonic() + 700
    while len(ended) < len(made) and time.monotonic() < patience:
        site.replace_dead()
        _look(ask, made, ended)
        time.sleep(1)
    exact = sum(_is_exact(ask, job_id, made[job_id]) for job_id, status in ended.items() if status == "success")
    spent = float(ask("GET", "/usages")["creativeUnits"])
    owed = 6.0 * sum(status == "success" for status in ended.values())
    count = Counter(ended.values())
    tenth = max(1, len(memory) // 10)
    lines = [
        "# Soak",
        "",
        f"{minutes:g} minutes asked, {'SQLite and a folder' if site.postgres is None else 'Postgres and S3 (moto)'}, "
        f"{len(site.workers)} workers, {os.cpu_count()} cores, loopback.",
        "",
        "| what | figure |",
        "|---|---|",
        f"| jobs asked for | {len(made)} |",
        f"| success / failure / canceled | {count['success']} / {count['failure']} / {count['canceled']} |",
        f"| neither, ten minutes after the end | {len(made) - len(ended)} |",
        f"| of the successes exact, pixel by pixel | {exact} |",
        f"| units booked / owed (6 a success) | {spent:g} / {owed:g} |",
        *(f"| {name} | {number} |" for name, number in sorted(site.done.items())),
        f"| seconds of outages | {site.away:.0f} |",
        f"| memory of the API, first and last tenth of the jobs | {np.mean(memory[:tenth]):.0f} MB, "
        f"{np.mean(memory[-tenth:]):.0f} MB |",
        f"| answers | {', '.join(f'{code}: {number}' for code, number in sorted(answers.items(), key=str))} |",
        "",
    ]
    return "\n".join(lines)


def _look(ask: Any, made: dict[str, bytes], ended: dict[str, str]) -> None:
    for job_id in [one for one in made if one not in ended]:
        status = ask("GET", f"/jobs/{job_id}")["job"]["status"]
        if status in ("success", "failure", "canceled"):
            ended[job_id] = status


def _is_exact(ask: Any, job_id: str, source: bytes) -> bool:
    job = ask("GET", f"/jobs/{job_id}")["job"]
    canvas: Image.Image | None = None
    for asset_id in job["metadata"]["assetIds"]:
        link = ask("GET", f"/assets/{asset_id}")["asset"]["url"]
        layer = Image.open(io.BytesIO(httpx.get(link, timeout=90).content)).convert("RGBA")
        canvas = layer if canvas is None else Image.alpha_composite(canvas, layer)
    assert canvas is not None
    return np.array_equal(np.asarray(canvas.convert("RGB")), np.asarray(Image.open(io.BytesIO(source))))


if __name__ == "__main__":
    main()
