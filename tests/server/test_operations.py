"""What operators need: the command line, health, metrics, a stop that loses nothing; the embedded engine for real."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from installation import Installation
from PIL import Image, ImageDraw
from scenario_sdk import Scenario
from test_contract import finished, flattened, run, told, upload

import delaminate

COMMAND = str(Path(sys.executable).with_name("delaminate"))


def test_health_readiness_and_metrics_answer_without_a_key(service: Installation, sdk: Scenario) -> None:
    """Prometheus sees the queue, the stages and the requests."""
    finished(sdk, run(sdk, upload(sdk)))
    assert httpx.get(f"{service.url}/healthz").text == "ok"
    assert httpx.get(f"{service.url}/readyz").text == "ready"
    told = httpx.get(f"{service.url}/metrics").text
    for line in ('delaminate_jobs_active{status="queued"}', 'stage_seconds_count{stage="layer"}', "requests_total{"):
        assert line in told
    assert 'delaminate_jobs_total{status="success"}' in told


def test_a_stopped_server_goes_on_where_it_was(tmp_path: Path) -> None:
    """SIGTERM in the middle of a job; after a start the job ends by itself."""
    installation = Installation(tmp_path, {"DELAMINATE_DRAIN_SECONDS": "0", "DELAMINATE_LEASE_SECONDS": "2"}, pause=0.4)
    first = installation.start()
    installation.ready()
    sdk = installation.sdk(installation.key("restart"))
    job_id = run(sdk, upload(sdk))
    while sdk.jobs.retrieve(job_id).job.progress < 0.4:
        pass
    first.terminate()
    assert first.wait(30) is not None
    installation.start()
    installation.ready()
    try:
        assert finished(sdk, job_id)[0].status == "success"
    finally:
        installation.stop()


def test_keys_are_made_listed_and_revoked_on_the_command_line(tmp_path: Path) -> None:
    """The secret is printed once and is nowhere in the folder."""
    environment = {**os.environ, "DELAMINATE_DATA": str(tmp_path)}

    def said(*arguments: str) -> str:
        return subprocess.run(
            [COMMAND, "key", *arguments], env=environment, check=True, capture_output=True, text=True
        ).stdout

    key, secret = (line.partition("=")[2] for line in said("create", "--project", "shop").split())
    assert said("list").startswith(f"{key}  shop  made ")
    assert not any(secret.encode() in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert said("revoke", key) == f"{key} is revoked\n"
    assert "revoked" in said("list")
    again = subprocess.run(
        [COMMAND, "key", "revoke", key], env=environment, capture_output=True, text=True, check=False
    )
    assert (again.returncode, "no working key" in again.stderr) == (1, True)


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Installation]:
    """`delaminate serve`, as a user starts it."""
    installation = Installation(tmp_path)
    installation.start("serve", COMMAND, "serve", "--port", str(installation.port))
    installation.ready()
    yield installation
    installation.stop()


def test_the_seed_example_works_on_the_embedded_engine(embedded: Installation) -> None:
    """`delaminate serve`, the official client, the example's own words; the same layers as from Python."""
    picture = Image.new("RGB", (320, 240), (150, 190, 230))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 170, 320, 240), fill=(70, 120, 60))
    draw.ellipse((40, 30, 110, 100), fill=(240, 220, 90))
    draw.polygon(((180, 170), (230, 60), (290, 170)), fill=(110, 80, 90))
    file = io.BytesIO()
    picture.save(file, "PNG")
    sdk = embedded.sdk(embedded.key("seed"))
    image = upload(sdk, file.getvalue(), "landscape.png")
    inputs = {"separationInstruction": "A fantasy landscape", "maxLayers": 6, "inpaintModel": "gpt-image-2"}
    job, seen = finished(sdk, run(sdk, image, **inputs), seconds=400)
    assert (job.status, seen == sorted(seen)) == ("success", True)
    assert job.metadata.asset_ids is not None
    assert 1 <= len(job.metadata.asset_ids) <= 7
    together = flattened(sdk, job.metadata.asset_ids).convert("RGB")
    assert np.array_equal(np.asarray(together), np.asarray(picture))
    alone = delaminate.split(file.getvalue(), "A fantasy landscape", max_layers=6).stack
    assert [layer["name"] for layer in told(job)["layers"]] == [layer.name for layer in alone.layers]
    for asset_id, layer in zip(job.metadata.asset_ids, alone.layers, strict=True):
        canvas = np.asarray(Image.open(io.BytesIO(httpx.get(sdk.assets.retrieve(asset_id).asset.url).content)))
        assert np.array_equal(canvas[layer.box.slices], layer.pixels)


def test_a_head_that_does_not_come_is_not_waited_for_by_serve(embedded: Installation) -> None:
    """The command's own server closes the connection after 20 s."""
    with socket.create_connection(("127.0.0.1", embedded.port), timeout=60) as slow:
        slow.sendall(b"GET /healthz HTTP/1.1\r\nX-Slow: ")
        began = time.monotonic()
        assert slow.recv(1 << 12) == b""
    assert 15 < time.monotonic() - began < 45
