"""A studio of the test's own: its process, its folder, and pictures to give it."""

from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np
from PIL import Image

LAUNCH = Path(__file__).parent / "launch.py"
COLOURS = [(200, 40, 40), (40, 160, 60), (40, 80, 200), (220, 180, 40)]


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Studio:
    """A server on loopback that can die and come back on the same port with the same folder.

    Parameters
    ----------
    command : what starts it, ports and folder left out; None means the service tests' tiny engine.
    pause : seconds that its engine takes for every layer.
    """

    folder: Path
    pause: float = 0.0
    keys: bool = False
    command: list[str] | None = None
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        """Start it and wait until it answers."""
        tiny = [sys.executable, str(LAUNCH), str(self.port), str(self.folder), str(self.pause)]
        real = [*(self.command or ()), "--port", str(self.port), "--data", str(self.folder)]
        command = real if self.command else tiny + (["keys"] if self.keys else [])
        environment = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE"}
        with (self.folder.parent / f"log-{self.port}.txt").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        ends = time.monotonic() + 240
        while time.monotonic() < ends:
            with suppress(httpx.TransportError):
                if httpx.get(f"{self.url}readyz", timeout=60).status_code == 200:
                    return
            time.sleep(0.1)  # whoever asks on and on takes the time that it needs
        raise TimeoutError((self.folder.parent / f"log-{self.port}.txt").read_text(encoding="utf-8")[-3000:])

    def stop(self) -> None:
        """End it in good order."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(how)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def blocks(count: int = 4, scale: int = 6) -> Image.Image:
    """Blocks of unlike colours on a plain ground, 720 × 240 unless scaled otherwise."""
    pixels = np.full((40, 120, 3), 235, np.uint8)
    for number in range(count):
        left = 6 + number * 30
        pixels[10:30, left : left + 16] = COLOURS[number]
    return Image.fromarray(pixels.repeat(scale, 0).repeat(scale, 1))


def png(image: Image.Image) -> bytes:
    """The picture's file."""
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
