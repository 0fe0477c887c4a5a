"""Over two hundred hostile files through the API: none costs a gigabyte, ten seconds or an inner fault."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hostile import hostile_files
from installation import Installation

MOST_MEGABYTES, MOST_SECONDS = 1000, 10


@pytest.fixture
def ordinary(tmp_path: Path) -> Iterator[Installation]:
    """A service with the settings that everybody has."""
    installation = Installation(tmp_path, {"DELAMINATE_REQUESTS_PER_MINUTE": "100000"})
    installation.start("api")
    installation.ready()
    yield installation
    installation.stop()


def fields(process: int) -> list[str]:
    """What the system says of a process, from its state on; empty when it is gone."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return []


def family(process: int) -> list[int]:
    """A process and its children."""
    everybody = [int(one.name) for one in Path("/proc").iterdir() if one.name.isdigit()]
    return [process, *(one for one in everybody if (told := fields(one)) and int(told[1]) == process)]


def peak(process: int) -> int:
    """Megabytes that a process had at most."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    return next((int(line.split()[1]) >> 10 for line in status.splitlines() if line.startswith("VmHWM")), 0)


def spent(process: int) -> float:
    """Seconds of processor time of a process and of its children, those that have ended too."""
    own = sum(map(int, fields(process)[11:15]))
    return (own + sum(sum(map(int, fields(one)[11:13])) for one in family(process)[1:])) / 100


def test_200_hostile_files_cost_no_gigabyte_no_ten_seconds_and_no_inner_fault(ordinary: Installation) -> None:
    """The memory of the API and of whatever decodes for it; seconds of processor time, as machines are busy."""
    server = ordinary.processes[0].pid
    refused, largest, slowest, count = 0, 0, 0.0, 0
    with httpx.Client(base_url=f"{ordinary.url}/v1", auth=ordinary.key("hostile"), timeout=120) as http:
        for count, content in enumerate(hostile_files(), 1):
            if len(content) > 8_500_000:
                continue  # more than a body may have
            before = spent(server)
            answer = http.post("/assets", json={"name": "x", "image": base64.b64encode(content).decode()})
            taken = spent(server) - before
            assert answer.status_code < 500, (count, content[:80], answer.text)
            assert taken < MOST_SECONDS, (count, content[:80], taken)
            refused += answer.status_code != 200
            slowest = max(slowest, taken)
            largest = max(largest, *(peak(one) for one in family(server)))
            assert largest < MOST_MEGABYTES, (count, content[:80], largest)
        assert http.get("/assets").status_code == 200
    assert (count >= 200, refused > 100) == (True, True)
