"""Debian's Firefox, driven by what it speaks itself: WebDriver BiDi over a WebSocket (RFC 6455).

Playwright drives its own builds of Firefox only: a stable one knows not every command that it sends.
"""

from __future__ import annotations

import base64
import json
import os
import re
import socket
import struct
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PATIENCE_SECONDS = 180.0
PREFERENCES = {
    "browser.download.folderList": 2,
    "browser.download.useDownloadDir": True,
    "browser.download.always_ask_before_handling_new_types": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.normandy.enabled": False,
}
FIND = """(role, name) => {
  const named = (one) => (one.getAttribute("aria-label") ?? one.innerText).trim();
  const found = [...document.querySelectorAll(role)].filter((one) => one.checkVisibility());
  return found.find((one) => named(one).startsWith(name)) ?? null;
}"""


class Socket:
    """A client's end of a WebSocket that carries texts."""

    def __init__(self, port: int, path: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        self._file = self._socket.makefile("rb")
        status = self._file.readline()
        assert b" 101 " in status, status
        while self._file.readline().strip():
            pass

    def send(self, text: str) -> None:
        """One text, masked as clients do."""
        content, mask = text.encode(), os.urandom(4)
        size = len(content)
        head = struct.pack(">BB", 0x81, 0x80 | size) if size < 126 else struct.pack(">BBH", 0x81, 0x80 | 126, size)
        self._socket.sendall(head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(content)))

    def receive(self) -> str:
        """The next text, put together of its parts."""
        whole = b""
        while True:
            first, second = self._file.read(2)
            length = second & 127
            if length > 125:
                length = int.from_bytes(self._file.read(2 if length == 126 else 8), "big")
            content = self._file.read(length)
            if first & 15 < 3:
                whole += content
                if first & 128:
                    return whole.decode()

    def close(self) -> None:
        self._file.close()
        self._socket.close()


@dataclass
class Firefox:
    """One window of a new profile.

    Parameters
    ----------
    program : Firefox's.
    folder : where its profile and what it downloads lie.
    """

    program: str
    folder: Path
    complaints: list[str] = field(default_factory=list)
    downloads: list[Path] = field(default_factory=list)
    _number: int = 0

    def __enter__(self) -> Firefox:
        profile, home = self.folder / "profile", self.folder / "home"
        for one in (profile, home, self.folder / "downloads"):
            one.mkdir()
        told = {**PREFERENCES, "browser.download.dir": str(self.folder / "downloads")}
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in told.items()]
        (profile / "user.js").write_text("".join(lines), encoding="utf-8")
        command = [self.program, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"]
        self._process = subprocess.Popen(
            command,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "HOME": str(home), "MOZ_DISABLE_CONTENT_SANDBOX": "1"},
        )
        assert self._process.stderr is not None
        for line in self._process.stderr:
            if found := re.search(r"BiDi listening on ws://127\.0\.0\.1:(\d+)", line):
                break
        else:
            raise RuntimeError("Firefox ended before it listened")
        self._socket = Socket(int(found[1]), "/session")
        self.ask("session.new", capabilities={"alwaysMatch": {}})
        events = ["log.entryAdded", "browsingContext.downloadEnd"]
        self.ask("session.subscribe", events=events)
        self._window = self.ask("browsingContext.getTree")["contexts"][0]["context"]
        self.ask("browsingContext.setViewport", context=self._window, viewport={"width": 1440, "height": 900})
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Give a command; its result. What happens meanwhile is noted."""
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            told = json.loads(self._socket.receive())
            if told.get("id") == self._number:
                if told["type"] == "error":
                    raise RuntimeError(f"{method}: {told['message']}")
                result: dict[str, Any] = told["result"]
                return result
            self._note(told)

    def _note(self, told: dict[str, Any]) -> None:
        what = told.get("params", {})
        if told.get("method") == "log.entryAdded" and what["level"] in ("error", "warn"):
            self.complaints.append(str(what["text"]))
        if told.get("method") == "browsingContext.downloadEnd" and what.get("filepath"):
            self.downloads.append(Path(what["filepath"]))

    def open(self, address: str) -> None:
        """Go there and wait until it is loaded."""
        self.ask("browsingContext.navigate", context=self._window, url=address, wait="complete")

    def run(self, function: str, *values: str) -> Any:
        """The result of a function of the page: a plain value, or a reference to an element."""
        told = self.ask(
            "script.callFunction",
            functionDeclaration=function,
            arguments=[{"type": "string", "value": value} for value in values],
            awaitPromise=True,
            target={"context": self._window},
        )
        assert told["type"] == "success", told
        result = told["result"]
        return {"sharedId": result["sharedId"]} if result["type"] == "node" else result.get("value")

    def wait(self, look: Callable[[], Any]) -> Any:
        """Look until there is something."""
        ends = time.monotonic() + PATIENCE_SECONDS
        while not (found := look()):
            assert time.monotonic() < ends, (self.complaints, self.run("() => document.body.innerText"))
            time.sleep(0.1)
        return found

    def find(self, kind: str, name: str) -> dict[str, str]:
        """The first element of a selector that is seen and whose name begins so."""
        found: dict[str, str] = self.wait(lambda: self.run(FIND, kind, name))
        return found

    def click(self, kind: str, name: str) -> None:
        """Press and release the mouse on its middle."""
        place = {"type": "element", "element": self.find(kind, name)}
        moves = [
            {"type": "pointerMove", "x": 0, "y": 0, "origin": place},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        self._act({"type": "pointer", "id": "mouse", "actions": moves})

    def type(self, text: str) -> None:
        """Press keys."""
        keys = [{"type": kind, "value": letter} for letter in text for kind in ("keyDown", "keyUp")]
        self._act({"type": "key", "id": "keys", "actions": keys})

    def _act(self, actions: dict[str, Any]) -> None:
        self.ask("input.performActions", context=self._window, actions=[actions])

    def choose(self, file: Path) -> None:
        """Give a file to the page's field for files."""
        field = self.run("() => document.querySelector('input[type=file]')")
        self.ask("input.setFiles", context=self._window, element=field, files=[str(file)])

    def picture(self, path: Path) -> None:
        """Leave a screenshot."""
        told = self.ask("browsingContext.captureScreenshot", context=self._window)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(base64.b64decode(told["data"]))
