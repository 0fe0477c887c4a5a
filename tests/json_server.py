"""A server on this machine that answers JSON as it is told, for the stages that ask servers of one's own."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def running(made: ThreadingHTTPServer, path: str = "/masks") -> str:
    """Its address, once it answers."""
    threading.Thread(target=made.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{made.server_port}{path}"


class Scripted:
    """A server that answers as it is told: a status, "slow", "break" or a value; it counts what it is asked.

    Parameters
    ----------
    script : one entry a request; after them `otherwise`, which may be made from the body of the request.
    """

    def __init__(self, *script: Any, otherwise: Any = None) -> None:
        self.script, self.asked, told = list(script), list[dict[str, Any]](), self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                told.asked.append(body)
                after = otherwise(body) if callable(otherwise) else otherwise or {"things": []}
                act = told.script.pop(0) if told.script else after
                if act == "slow":
                    time.sleep(1.0)
                if act == "break":
                    self.connection.close()
                    return
                content = b"<html>" if act == "slow" else json.dumps(act).encode()
                self.send_response(act if isinstance(act, int) else 200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.url = running(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
