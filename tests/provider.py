"""A provider on this machine that checks every request as the real one documents it, and fails in every way it can."""

from __future__ import annotations

import base64
import io
import json
import threading
import time
from dataclasses import dataclass, field
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
from PIL import Image

INK = (40, 160, 90)
"""What it paints into the clear part of a mask."""


@dataclass
class Asked:
    """One request as it came in: multipart fields as bytes, or the JSON body."""

    path: str
    headers: dict[str, str]
    fields: dict[str, bytes] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)


@dataclass
class Provider:
    """What is to be answered, and what was asked.

    Parameters
    ----------
    script : one entry a request, first come first served: a status, "slow", "garbage", "refused", "quota",
        "no picture", "not a picture", "other size"; a dict or a text to be the content of a chat answer. When it is
        empty every image request is answered properly.
    least, longest : pixels of the smallest picture it takes, and how many times as long as wide one may be.
    """

    script: list[Any] = field(default_factory=list)
    least: int = 655_360
    longest: int = 3
    asked: list[Asked] = field(default_factory=list)
    url: str = ""


def _parts(content_type: str, body: bytes) -> dict[str, bytes]:
    message = BytesParser().parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    fields = {}
    for part in message.get_payload():
        assert not isinstance(part, str)
        name = part.get_param("name", header="content-disposition")
        fields[str(name)] = part.get_payload(decode=True)
    return fields  # type: ignore[return-value]


def complaint(fields: dict[str, bytes], least: int, longest: int) -> str:
    """What the documentation of images/edits would object to; empty when the request is in order."""
    unknown = set(fields) - {
        "model",
        "prompt",
        "image",
        "mask",
        "n",
        "size",
        "quality",
        "background",
        "output_format",
    }
    if unknown:
        return f"unknown parameters {sorted(unknown)}"
    if not {"model", "prompt", "image"} <= set(fields) or len(fields["prompt"]) > 32_000:
        return "model, prompt and image are needed"
    image = Image.open(io.BytesIO(fields["image"]))
    mask = Image.open(io.BytesIO(fields["mask"]))
    if mask.format != "PNG" or mask.mode != "RGBA" or mask.size != image.size or len(fields["mask"]) >= 4 << 20:
        return "the mask must be a PNG with alpha, of the image's size, below 4 MB"
    width, height = (int(side) for side in fields["size"].split(b"x"))
    if width % 16 or height % 16 or max(width, height) > 3840 or max(width, height) > longest * min(width, height):
        return f"size {width}x{height} is not supported"
    if not least <= width * height <= 8_294_400 or (width, height) != image.size:
        return f"size {width}x{height} is out of range"
    return "" if fields["background"] in {b"auto", b"opaque"} else "background"


def edited(fields: dict[str, bytes], scale: float = 1.0) -> bytes:
    """The image with the clear part of the mask in ink, everything a little brighter: a re-rendering, as models do."""
    image = np.asarray(Image.open(io.BytesIO(fields["image"])).convert("RGB")).astype(np.int32) + 3
    clear = np.asarray(Image.open(io.BytesIO(fields["mask"])))[..., 3] == 0
    image[clear] = INK
    picture = Image.fromarray(np.clip(image, 0, 255).astype(np.uint8))
    file = io.BytesIO()
    picture.resize((int(picture.width * scale), picture.height)).save(file, "PNG")
    return file.getvalue()


class _Handler(BaseHTTPRequestHandler):
    provider: Provider

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        kind = self.headers["Content-Type"]
        asked = Asked(self.path, {name.lower(): value for name, value in self.headers.items()})
        if kind.startswith("multipart/"):
            asked.fields = _parts(kind, body)
        else:
            asked.body = json.loads(body)
        self.provider.asked.append(asked)
        self._answer(asked, self.provider.script.pop(0) if self.provider.script else "well")

    def _answer(self, asked: Asked, act: Any) -> None:
        match act:
            case int():
                self._error(act, "", "as told")
            case "slow":
                time.sleep(1.0)
                self._error(500, "", "too late")
            case "garbage":
                self._send(200, b"<html>it works</html>", "text/html")
            case "refused":
                self._error(400, "moderation_blocked", "Your request was rejected by the safety system.")
            case "quota":
                self._error(429, "insufficient_quota", "You exceeded your current quota.")
            case "no picture":
                self._json({"created": 1, "data": []})
            case "not a picture":
                self._json({"created": 1, "data": [{"b64_json": base64.b64encode(b"hello").decode()}]})
            case "other size" | "well" if asked.path.endswith("/images/edits"):
                wrong = complaint(asked.fields, self.provider.least, self.provider.longest)
                if wrong:
                    self._error(400, "invalid_value", wrong)
                    return
                picture = edited(asked.fields, 0.5 if act == "other size" else 1.0)
                self._json({"created": 1, "data": [{"b64_json": base64.b64encode(picture).decode()}]})
            case _:
                content = act if isinstance(act, str) else json.dumps(act)
                message = {"role": "assistant", "content": content}
                choice = {"index": 0, "message": message, "finish_reason": "stop"}
                self._json({"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]})

    def _error(self, status: int, code: str, message: str) -> None:
        self._json({"error": {"message": message, "code": code, "type": "x", "param": None}}, status)

    def _json(self, value: Any, status: int = 200) -> None:
        self._send(status, json.dumps(value).encode(), "application/json")

    def _send(self, status: int, content: bytes, kind: str) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        except (BrokenPipeError, ConnectionResetError):
            pass  # whoever asked has given up waiting


def serve(provider: Provider) -> ThreadingHTTPServer:
    """Start answering on a free port; sets `provider.url`."""
    handler = type("Handler", (_Handler,), {"provider": provider})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    provider.url = f"http://127.0.0.1:{server.server_port}/v1"
    return server
