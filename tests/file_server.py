"""A file server on this machine that goes on where a download broke off, and breaks off as told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Files:
    """What is served, and what was asked.

    `breaks` holds, for each request to come, after how many bytes the connection breaks; `ranges` says whether it can
    go on in the middle; `asked` collects the Range header of each request. `statuses` are answered before anything
    else, one a request; `kind` is the type of what is served; `holds` is after how many bytes the rest is held back,
    until `goes_on` is set.
    """

    content: dict[str, bytes]
    breaks: list[int] = field(default_factory=list)
    ranges: bool = True
    asked: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    kind: str = "application/octet-stream"
    holds: int = 0
    goes_on: threading.Event = field(default_factory=threading.Event)
    url: str = ""


@contextmanager
def serving(files: Files) -> Iterator[Files]:
    """Serve on loopback; `files.url` is where."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range", "")
            files.asked.append(wanted)
            if files.statuses:
                self.send_response(files.statuses.pop(0))
                self.send_header("Retry-After", "0")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            content = files.content.get(self.path.lstrip("/"))
            if content is None:
                self.send_error(404)
                return
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and files.ranges else 0
            self.send_response(206 if start else 200)
            self.send_header("Content-Type", files.kind)
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            sent = content[start:]
            sent = sent[: files.breaks.pop(0)] if files.breaks else sent
            with suppress(OSError):  # who asked may be gone
                if files.holds:
                    self.wfile.write(sent[: files.holds])
                    files.goes_on.wait()
                    sent = sent[files.holds :]
                self.wfile.write(sent)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    files.url = f"http://127.0.0.1:{server.server_port}"
    yield files
    server.shutdown()
    server.server_close()
