"""A server for masks: one machine with the models, many workers that ask it.

    python examples/mask_server.py 8900 lite
    DELAMINATE_MASKS_URL=http://that-machine:8900/masks delaminate split photo.jpg "the dog"

It runs any segmenter by name. Put it behind what you serve other models with; the request is one POST of JSON.
"""

from __future__ import annotations

import base64
import io
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
from PIL import Image

from delaminate.contracts import Found, Plan, Segmenter, Target
from delaminate.engines import stage
from delaminate.pixels import Box

MOST_BYTES = 200_000_000


def things(segmenter: Segmenter, body: dict[str, Any]) -> list[dict[str, Any]]:
    """The answer to a request, as docs/how-to/remote-models.md has it."""
    rgb = np.asarray(Image.open(io.BytesIO(base64.b64decode(body["image"]))).convert("RGB"))
    queries = [str(query) for query in body.get("queries", ())]
    targets = [Target(query, noun=query.split()[-1], description=query, count=None) for query in queries]
    targets += [Target("", name="marked", box=Box(*box)) for box in body.get("boxes", ())]
    targets += [Target("", name="marked", point=(point[0], point[1])) for point in body.get("points", ())]
    answers = segmenter(segmenter.prepare(rgb), Plan(tuple(targets)))
    return [thing(found, queries[n] if n < len(queries) else "") for n, group in enumerate(answers) for found in group]


def thing(found: Found, query: str) -> dict[str, Any]:
    """One finding; its mask is a grey PNG over its box."""
    file = io.BytesIO()
    Image.fromarray(found.mask.astype(np.uint8) * 255).save(file, "PNG")
    mask = base64.b64encode(file.getvalue()).decode()
    return {"query": query, "score": found.confidence, "box": found.box.as_tuple(), "mask": mask}


def server(port: int, segmenter: Segmenter) -> ThreadingHTTPServer:
    """The server, on the loopback address; put a proxy with a certificate before it for others."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            if self.path != "/masks" or not 0 < length <= MOST_BYTES:
                self.send_error(404 if self.path != "/masks" else 413)
                return
            try:
                told = {"things": things(segmenter, json.loads(self.rfile.read(length)))}
            except (KeyError, TypeError, ValueError, OSError) as error:
                self.send_error(400, str(error).splitlines()[0][:200])
                return
            content = json.dumps(told).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


if __name__ == "__main__":
    chosen = sys.argv[2] if len(sys.argv) > 2 else "embedded"
    running = server(int(sys.argv[1]) if len(sys.argv) > 1 else 8900, stage("segmenter", chosen))
    print(f"{chosen} answers on http://127.0.0.1:{running.server_port}/masks")
    running.serve_forever()
