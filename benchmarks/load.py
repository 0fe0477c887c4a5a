"""How quickly the service says how a job is doing while it works: 200 pollers, 50 uploads and 20 jobs at once.

    python benchmarks/load.py                    # the installed `delaminate serve`
    python benchmarks/load.py --command …        # another one, for instance of an older version

Each poller looks at its job once a second for as long as there is work, up to a minute. The pollers share the machine
with the service, as everything here does; so that what they cost is not taken for the service's, they speak HTTP by
hand over one connection each, and every picture is drawn before the clock runs.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import io
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "server"))

import httpx
import numpy as np
from installation import Installation
from PIL import Image, ImageDraw

MODEL = "model_scenario-image-layers-extractor"


def drawn(seed: int, width: int = 480, height: int = 360) -> str:
    """Four shapes on a ground, as a data URL."""
    rng = np.random.default_rng(seed)
    image = Image.new("RGB", (width, height), (230, 228, 222))
    draw = ImageDraw.Draw(image)
    for number in range(4):
        left, top = 20 + number * 115 + int(rng.integers(0, 20)), int(rng.integers(40, 220))
        draw.rectangle((left, top, left + 70, top + 90), fill=tuple(int(v) for v in rng.integers(20, 200, 3)))
    file = io.BytesIO()
    image.save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


class Line:
    """One kept connection that asks for one thing again and again."""

    def __init__(self, url: str, key: tuple[str, str], path: str) -> None:
        self._host, _, self._port = url.removeprefix("http://").partition(":")
        token = base64.b64encode(":".join(key).encode()).decode()
        self._request = f"GET /v1{path} HTTP/1.1\r\nHost: {self._host}\r\nAuthorization: Basic {token}\r\n\r\n".encode()
        self._ends: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self) -> int:
        """The status of the answer, once all of it is here."""
        if self._ends is None:
            self._ends = await asyncio.open_connection(self._host, int(self._port))
        reader, writer = self._ends
        writer.write(self._request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        if b"connection: close" in head:
            writer.close()
            self._ends = None
        return int(head.split()[1])


async def measured(url: str, key: tuple[str, str], pollers: int, uploads: int, jobs: int, seconds: float) -> str:
    """One line of a table."""
    limits = httpx.Limits(max_connections=pollers + uploads + 10, max_keepalive_connections=pollers)
    looks: list[float] = []
    sent: list[float] = []
    codes: dict[int, int] = {}
    pictures = [drawn(1000 + number, 1024, 768) for number in range(uploads)]
    works = [drawn(number) for number in range(jobs)]
    async with httpx.AsyncClient(base_url=f"{url}/v1", auth=key, limits=limits, timeout=120) as http:
        made = []
        for number, work in enumerate(works):
            body = {"image": work, "separationInstruction": "the boxes", "seed": number}
            answer = await http.post(f"/generate/custom/{MODEL}", json=body)
            made.append(answer.raise_for_status().json()["job"]["jobId"])
        ends, working = time.monotonic() + seconds, True

        async def poll(number: int) -> None:
            nonlocal working
            await asyncio.sleep(number / pollers)
            line = Line(url, key, f"/jobs/{made[number % jobs]}")
            while working and time.monotonic() < ends:
                started = time.perf_counter()
                code = await line.ask()
                looks.append(time.perf_counter() - started)
                codes[code] = codes.get(code, 0) + 1
                await asyncio.sleep(max(0.0, 1 - (time.perf_counter() - started)))

        async def send(number: int) -> None:
            await asyncio.sleep(2)
            for _ in range(20):
                started = time.perf_counter()
                answer = await http.post("/assets", json={"name": "x", "image": pictures[number]})
                codes[answer.status_code] = codes.get(answer.status_code, 0) + 1
                if answer.status_code == 200:
                    sent.append(time.perf_counter() - started)
                    return
                await asyncio.sleep(float(answer.headers.get("retry-after", 1)))

        async def watch() -> None:
            nonlocal working
            while time.monotonic() < ends:
                await asyncio.sleep(2)
                told = (await http.get("/jobs?pageSize=100&type=custom")).json()["jobs"]
                if all(one["status"] in ("success", "failure") for one in told):
                    break
            working = False

        begun = time.monotonic()
        await asyncio.gather(watch(), *map(poll, range(pollers)), *map(send, range(uploads)))
        wall = time.monotonic() - begun
    looks.sort()
    p50, p99 = (1000 * looks[int(share * (len(looks) - 1))] for share in (0.5, 0.99))
    told = ", ".join(f"{code}: {count}" for code, count in sorted(codes.items()))
    upload = sorted(sent)[len(sent) // 2] if sent else 0.0
    return (
        f"status p50 {p50:.0f} ms, p99 {p99:.0f} ms of {len(looks)} looks; {len(sent)} of {uploads} uploads, p50 "
        f"{upload:.1f} s; {wall:.0f} s; answers {told}; load {os.getloadavg()[0]:.0f}"
    )


def main() -> None:
    """Start, measure, stop."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--command", nargs="+", default=[str(Path(sys.executable).with_name("delaminate"))])
    parser.add_argument("--pollers", type=int, default=200)
    parser.add_argument("--uploads", type=int, default=50)
    parser.add_argument("--jobs", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60)
    asked = parser.parse_args()
    settings = {"DELAMINATE_PARALLEL_JOBS": "100", "DELAMINATE_REQUESTS_PER_MINUTE": "1000000"}
    installation = Installation(Path(tempfile.mkdtemp(prefix="load-")), settings)
    installation.start("serve", *asked.command, "serve", "--port", str(installation.port))
    installation.ready()
    try:
        key = installation.key("load")
        work = measured(installation.url, key, asked.pollers, asked.uploads, asked.jobs, asked.seconds)
        print(asyncio.run(work))
    finally:
        installation.stop()


if __name__ == "__main__":
    main()
