"""A page with nothing but the stack view, on loopback, under the studio's own content policy."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

HERE = Path(__file__).parent
STUDIO = HERE.parents[1] / "src" / "delaminate" / "studio"
TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".png": "image/png"}
POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


@contextmanager
def showroom(stack: dict[str, Any], pictures: dict[str, bytes]) -> Iterator[str]:
    """Serve the page for one stack; yields its address.

    Parameters
    ----------
    stack : what the view is given.
    pictures : file name → PNG, served below /pictures/.
    """

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            found = _content(path, stack, pictures)
            self.send_response(404 if found is None else 200)
            self.send_header("Content-Type", TYPES.get(Path(path).suffix, "text/html; charset=utf-8"))
            self.send_header("Content-Security-Policy", POLICY)
            self.send_header("X-Content-Type-Options", "nosniff")
            self.end_headers()
            self.wfile.write(found or b"")

        def log_message(self, *_: object) -> None:
            """Tests stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def _content(path: str, stack: dict[str, Any], pictures: dict[str, bytes]) -> bytes | None:
    if path == "/stack.json":
        return json.dumps(stack).encode()
    if path.startswith("/pictures/"):
        return pictures.get(path.removeprefix("/pictures/"))
    file = STUDIO / path.removeprefix("/studio/") if path.startswith("/studio/") else HERE / (path[1:] or "page.html")
    return file.read_bytes() if file.suffix in TYPES and file.is_file() else None
