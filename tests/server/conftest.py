"""Real servers for the tests: the service itself, Debian's Postgres, moto's S3; each test session starts its own."""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import numpy as np
import psycopg
import pytest
from installation import Installation, free_port
from PIL import Image
from scenario_sdk import Scenario

from delaminate.server.ids import new_id

COLOURS = [(200, 40, 40), (40, 160, 60), (40, 80, 200), (220, 180, 40)]


def _missing(what: str) -> None:
    """CI has everything; elsewhere a missing server skips the tests that need it."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is not installed, and CI must have it")
    pytest.skip(f"{what} is not installed")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A Postgres in a temporary folder, as an unprivileged user; the URL of its server without a database name."""
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = binaries[-1].parent if binaries else None
    if found is None:
        _missing("Postgres (apt-get install postgresql)")
    assert found is not None
    folder, port = Path(tempfile.mkdtemp(prefix="delaminate-postgres-")), free_port()
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    data = folder / "data"
    subprocess.run(
        [found / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"],
        user=user,
        cwd=folder,
        check=True,
        capture_output=True,
    )
    options = {"port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": folder, "fsync": "off"}
    options |= {"max_connections": 300}
    arguments = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([found / "postgres", "-D", data, *arguments], user=user, cwd=folder, stderr=log)
    address = f"postgresql://postgres@127.0.0.1:{port}"
    _wait_for(lambda: psycopg.connect(f"{address}/postgres").close(), psycopg.OperationalError)
    yield address
    # SIGINT is Postgres's fast shutdown: it does not wait for its clients.
    server.send_signal(signal.SIGINT)
    server.wait(30)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def s3() -> Iterator[dict[str, str]]:
    """moto's S3 server; the environment that leads to it."""
    port = free_port()
    program = Path(sys.executable).with_name("moto_server")
    if not program.exists():
        _missing("moto")
    server = subprocess.Popen([program, "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    _wait_for(lambda: httpx.get(address), httpx.TransportError)
    yield {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
    }
    server.terminate()
    server.wait(30)


def _wait_for(attempt: Callable[[], object], failure: type[Exception], seconds: float = 40) -> None:
    ends = time.monotonic() + seconds
    while True:
        try:
            attempt()
        except failure:
            if time.monotonic() > ends:
                raise
            time.sleep(0.1)
        else:
            return


def make_installation(kind: str, folder: Path, request: pytest.FixtureRequest, **environment: str) -> Installation:
    """An installation on SQLite and a folder, or on a fresh Postgres database and a fresh S3 bucket."""
    if kind == "postgres and s3":
        address = request.getfixturevalue("postgres")
        name = new_id("test").lower()
        with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        store = request.getfixturevalue("s3")
        bucket = name.replace("_", "-")
        httpx.put(f"{store['AWS_ENDPOINT_URL']}/{bucket}").raise_for_status()
        environment |= {
            **store,
            "DELAMINATE_DATABASE_URL": f"{address}/{name}",
            "DELAMINATE_STORAGE_URL": f"s3://{bucket}/layers",
        }
    return Installation(folder, environment)


@pytest.fixture(scope="session", params=["sqlite and folder", "postgres and s3"])
def kind(request: pytest.FixtureRequest) -> str:
    """On what the service keeps its rows and its bytes."""
    return str(request.param)


@pytest.fixture(scope="session")
def service(
    kind: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Installation]:
    """A running service with the tiny engine."""
    installation = make_installation(
        kind,
        tmp_path_factory.mktemp("service"),
        request,
        DELAMINATE_MAX_PIXELS="4000000",
        DELAMINATE_REQUESTS_PER_MINUTE="100000",
        DELAMINATE_PARALLEL_JOBS="60",
    )
    installation.start()
    installation.ready()
    yield installation
    installation.stop()


@pytest.fixture
def key(service: Installation) -> tuple[str, str]:
    """The key of a project of the test's own."""
    return service.key(new_id("project"))


@pytest.fixture
def sdk(service: Installation, key: tuple[str, str]) -> Scenario:
    """The official client with that key."""
    return service.sdk(key)


@pytest.fixture
def http(service: Installation, key: tuple[str, str]) -> Iterator[httpx.Client]:
    """A plain client with that key."""
    with httpx.Client(base_url=f"{service.url}/v1", auth=key, timeout=30) as client:
        yield client


def drawn(rectangles: int = 4, width: int = 120) -> Image.Image:
    """Rectangles of unlike colours on a plain ground."""
    pixels = np.full((40, width, 3), 235, np.uint8)
    for number in range(rectangles):
        left = 6 + number * (width // 4)
        pixels[10:30, left : left + 16] = COLOURS[number]
    return Image.fromarray(pixels)


def png(image: Image.Image) -> bytes:
    """The picture's file."""
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
