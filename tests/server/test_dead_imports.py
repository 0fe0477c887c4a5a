"""An upload whose server was killed while it looked at the picture: it can be cancelled and leaves nothing."""

from __future__ import annotations

import contextlib
import io
import signal
import threading
import time
from pathlib import Path
from typing import Any

import httpx
from installation import Installation
from PIL import Image


def _slow_picture() -> bytes:
    """A JPEG of as many scans as are taken, large enough for seconds of decoding."""
    file = io.BytesIO()
    Image.new("L", (6000, 6000), 90).save(file, "JPEG", progressive=True)
    data = file.getvalue()
    last = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + last * 85 + b"\xff\xd9"


def test_an_import_under_a_killed_server_is_cancelled_after_a_start(tmp_path: Path) -> None:
    """kill -9 in the middle; the upload is told as it is, cancelling ends it, and its parts are gone."""
    service = Installation(tmp_path, {"DELAMINATE_DECODE_SECONDS": "100"})
    try:
        first = service.start("api")
        service.ready()
        content = _slow_picture()
        with httpx.Client(base_url=f"{service.url}/v1", auth=service.key("p"), timeout=120) as http:
            body = {
                "fileName": "a.jpg",
                "fileSize": len(content),
                "parts": 1,
                "contentType": "image/jpeg",
                "kind": "image",
            }
            upload: dict[str, Any] = http.post("/uploads", json=body).json()["upload"]
            httpx.put(upload["parts"][0]["url"], content=content).raise_for_status()
            path = f"/uploads/{upload['id']}"

            def complete() -> None:
                with contextlib.suppress(httpx.TransportError):
                    http.post(f"{path}/action", json={"action": "complete"})

            asking = threading.Thread(target=complete)
            asking.start()
            ends = time.monotonic() + 60
            while http.get(path).json()["upload"]["status"] == "pending" and time.monotonic() < ends:
                time.sleep(0.05)
            assert http.get(path).json()["upload"]["status"] == "validating"
            first.send_signal(signal.SIGKILL)
            first.wait()
            asking.join()
            service.start("api")
            service.ready()
            assert http.get(path).json()["upload"]["status"] == "validating"
            cancelled = http.post(f"/jobs/{upload['jobId']}/action", json={"action": "cancel"})
            assert cancelled.status_code == 200, cancelled.text
            assert cancelled.json()["job"]["status"] == "canceled"
            told = http.get(path).json()["upload"]
            assert (told["status"], told["errorMessage"]) == ("failed", "The upload was cancelled.")
            assert http.get("/assets").json()["assets"] == []
    finally:
        service.stop()
    assert not list((tmp_path / "data").glob(f"**/{upload['id']}/*"))
