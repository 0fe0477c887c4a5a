"""The example for Ray Serve: as the ASGI application it is, and, where Ray is installed, behind Ray itself."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import ray_serve
import uvicorn

import delaminate
from contracts.inpainter_suite import blob, picture
from contracts.segmenter_suite import scene
from delaminate.contracts import Stages
from delaminate.engines import engine
from delaminate.errors import StageFailed
from delaminate.models.cache import Cache
from delaminate.stages.inpainting.lama import Lama
from delaminate.stages.inpainting.remote_fill import RemoteFill
from delaminate.stages.segmentation.lite.cutter import EfficientSam
from delaminate.stages.segmentation.lite.detectors import OwlVit
from delaminate.stages.segmentation.lite.segmenter import Lite
from delaminate.stages.segmentation.remote_masks import RemoteMasks
from lama_file import lama_file
from lite_files import clip_words, efficientsam_file, owlvit_file

EXAMPLES = Path(ray_serve.__file__).parent


@pytest.fixture
def plain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The application on uvicorn, with lite and LaMa on small files of the real inputs and outputs."""
    owl = OwlVit(str(owlvit_file(tmp_path / "owl.onnx")), str(clip_words(tmp_path / "clip.json")))
    lite = Lite(detectors=(owl,), cutter=EfficientSam(str(efficientsam_file(tmp_path / "sam.onnx"))))
    lama = Lama(str(lama_file(tmp_path / "lama.onnx", 128)))
    monkeypatch.setattr(ray_serve, "segmenter", lambda: lite)
    monkeypatch.setattr(ray_serve, "inpainter", lambda: lama)
    server = uvicorn.Server(uvicorn.Config(ray_serve.web, port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def behind_ray(tmp_path: Path) -> Iterator[str]:
    """The application behind Ray, with the embedded segmenter and LaMa on a small file."""
    if importlib.util.find_spec("ray") is None:
        pytest.skip("Ray is not installed: pip install 'ray[serve]'")
    path = os.pathsep.join([str(EXAMPLES), str(EXAMPLES.parent / "src"), os.environ.get("PYTHONPATH", "")])
    chosen = {"DELAMINATE_SERVE_SEGMENTER": "embedded", "DELAMINATE_SERVE_INPAINTER": "lama"}
    lama = str(lama_file(tmp_path / "lama.onnx", 128))
    settings = os.environ | chosen | {"DELAMINATE_LAMA": lama, "PYTHONPATH": path, "RAY_USAGE_STATS_ENABLED": "0"}
    command = [str(Path(sys.executable).with_name("serve")), "run", "--app-dir", str(EXAMPLES), "ray_serve:app"]
    with subprocess.Popen(command, env=settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        _answers("http://127.0.0.1:8000")
        yield "http://127.0.0.1:8000"
        server.terminate()


def _answers(url: str, seconds: float = 180.0) -> None:
    """Wait until both stages say that they lack nothing."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:
                assert answer.read() == b'{"segmenter":"","inpainter":""}'
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.5)
    raise AssertionError(f"{url} does not answer")


@pytest.fixture(params=["plain", "behind_ray"])
def served(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where it answers."""
    monkeypatch.delenv("DELAMINATE_OFFLINE", raising=False)
    url: str = request.getfixturevalue(request.param)
    return url


def test_its_masks_and_fills_make_exact_layers(served: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The red ball by name over HTTP, what is behind it filled over HTTP, and the report names both."""
    for name, value in (("MASKS_URL", f"{served}/masks"), ("FILL_URL", f"{served}/v1"), ("CACHE", str(tmp_path))):
        monkeypatch.setenv(f"DELAMINATE_{name}", value)
    monkeypatch.setenv("DELAMINATE_ENGINE", "auto")
    made = delaminate.split(scene(), "the red ball")
    assert made.exact
    assert made.inpaint_model == "remote-fill"
    (ball,) = made.layers[1:]
    assert abs((ball.box.left + ball.box.right) / 2 - 65) < 8
    assert made.report.calls[0].purpose == "masks"
    hole = blob(300, 400)
    fill = RemoteFill(url=f"{served}/v1", cache=Cache(tmp_path))
    rgb = picture(300, 400)
    filled = fill(rgb, hole, ~hole)
    assert not np.array_equal(filled, rgb[np.ix_(hole.any(1), hole.any(0))])


def test_what_it_cannot_do_is_one_sentence(plain: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stage that lacks something, and a request that is none."""
    monkeypatch.delenv("DELAMINATE_OFFLINE", raising=False)
    monkeypatch.setattr(ray_serve, "segmenter", lambda: Lite(detectors=(OwlVit("/nowhere", "/nowhere"),)))
    remote = RemoteMasks(url=f"{plain}/masks")
    with pytest.raises(StageFailed, match="out of order"):
        delaminate.split(scene(), "the red ball", engine=_with(remote))
    request = urllib.request.Request(f"{plain}/v1/images/edits", b"", {"Content-Type": "text/plain"})
    with pytest.raises(urllib.error.HTTPError, match="400"):
        urllib.request.urlopen(request)


def _with(remote: RemoteMasks) -> Stages:
    return replace(engine("embedded"), segmenter=remote)
