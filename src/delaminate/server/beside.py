"""The worker that `delaminate serve` runs beside the API in a process of its own, so that work delays no answer."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request

_log = logging.getLogger(__name__)
_LONGEST_PAUSE = 30.0
"""Between two starts of a worker that dies at once."""


class WorkerBeside:
    """Starts a worker, and again whenever it dies.

    Parameters
    ----------
    patience : seconds that it gets to stop.
    options : further words of its command line.
    """

    def __init__(self, patience: float, *options: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = int(probe.getsockname()[1])
        self._command = [sys.executable, "-m", "delaminate", "worker", "--metrics-host", "127.0.0.1"]
        self._command += ["--metrics-port", str(self._port), *options]
        self._patience = patience
        self._stopped = threading.Event()
        self._process = self._started()
        threading.Thread(target=self._watch, name="worker-beside", daemon=True).start()

    def _started(self) -> subprocess.Popen[bytes]:
        # Ctrl+C reaches the whole group; the worker is stopped by us, when no request needs it any more.
        return subprocess.Popen(self._command, env=os.environ | {"DELAMINATE_PARENT": str(os.getpid())})

    def _watch(self) -> None:
        pause = 1.0
        while not self._stopped.is_set():
            started = time.monotonic()
            status = self._process.wait()
            if self._stopped.is_set():
                return
            pause = 1.0 if time.monotonic() - started > _LONGEST_PAUSE else min(2 * pause, _LONGEST_PAUSE)
            _log.error("the worker ended with status %d; another starts in %.0f s", status, pause)
            if not self._stopped.wait(pause):
                self._process = self._started()

    def metrics(self) -> str:
        """What it measures, as Prometheus reads it; empty while it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/metrics", timeout=1) as answer:
                return str(answer.read().decode())
        except OSError:
            return ""

    def stop(self) -> None:
        """Let it finish what takes little, and end it."""
        self._stopped.set()
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(self._patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
