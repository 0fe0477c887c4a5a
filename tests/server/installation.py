"""An installation of the service for tests: its settings, its processes, its keys."""

from __future__ import annotations

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
from scenario_sdk import Scenario

from delaminate.server.accounts import api_keys
from delaminate.server.database import open_database
from delaminate.server.settings import Settings

HERE = Path(__file__).parent


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Installation:
    """Where data are (a folder, or a database and a store), and the processes that were started on them."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    pause: float = 0.0
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def diary(self) -> Path:
        return self.folder / "diary.txt"

    @property
    def log(self) -> Path:
        return self.folder / "log.txt"

    @property
    def settings(self) -> Settings:
        names = {name: value for name, value in self.environment.items() if name.startswith("DELAMINATE_")}
        given = {name.removeprefix("DELAMINATE_").lower(): value for name, value in names.items()}
        return Settings.model_validate({"data": self.folder / "data", **given})

    def start(self, what: str = "serve", *command: str) -> subprocess.Popen[bytes]:
        """Start a process: "serve" (API and worker), "api" (without worker), "worker", or the given command."""
        self.folder.mkdir(parents=True, exist_ok=True)
        own = [sys.executable, str(HERE / "launch.py"), what, str(self.port), str(self.pause), str(self.diary)]
        environment = {**os.environ, "DELAMINATE_DATA": str(self.folder / "data"), **self.environment}
        with self.log.open("ab") as log:
            started = subprocess.Popen([*command] or own, env=environment, stdout=log, stderr=log)
        self.processes.append(started)
        return started

    def ready(self, seconds: float = 240) -> None:
        """Wait until the API answers."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            with suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/readyz", timeout=60).status_code == 200:
                    return
            time.sleep(0.1)  # whoever asks on and on takes the time that it needs
        self.stop()
        raise TimeoutError(self.log.read_text(encoding="utf-8")[-3000:])

    def stop(self) -> None:
        """End every process that was started here."""
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def key(self, project: str) -> tuple[str, str]:
        """A new key and its secret."""
        tables = open_database(self.settings.tables_url)
        with tables.begin() as connection:
            made = api_keys.create(connection, project)
        tables.dispose()
        return made

    def sdk(self, key: tuple[str, str], retries: int = 0) -> Scenario:
        """The official client, strict."""
        return Scenario(
            base_url=f"{self.url}/v1",
            api_key=key[0],
            api_secret=key[1],
            max_retries=retries,
            timeout=240,
            _strict_response_validation=True,
        )
