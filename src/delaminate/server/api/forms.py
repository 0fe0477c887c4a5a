"""Bodies that come as forms, from pages and from `curl -F`, made JSON before any route sees them."""

from __future__ import annotations

import base64
import json
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_URL, _PARTS = "application/x-www-form-urlencoded", "multipart/form-data"
_MOST_FIELDS = 200


class Forms:
    """Pure ASGI: a form's fields become the keys of a JSON object, its files base64.

    A value that is JSON of another kind than text (a number, `true`, a list) is taken as that.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"]) if scope["type"] == "http" else {}
        kind = headers.get(b"content-type", b"").decode("latin-1")
        if not kind.lower().startswith((_URL, _PARTS)) or not scope["path"].startswith("/v1/"):
            await self._app(scope, receive, send)
            return
        content, more = bytearray(), True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return
            content += message.get("body", b"")
            more = message.get("more_body", False)
        body = json.dumps(fields_of(bytes(content), kind)).encode()
        sent = False

        async def made() -> Message:
            nonlocal sent
            if sent:
                return await receive()
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        kept = [(name, value) for name, value in scope["headers"] if name not in (b"content-type", b"content-length")]
        told = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await self._app({**scope, "headers": kept + told}, made, send)


def fields_of(content: bytes, kind: str) -> dict[str, Any]:
    """The fields of a form; what is none has no fields, which the route then misses."""
    if kind.lower().startswith(_URL):
        try:
            return {
                name: _meant(value) for name, value in parse_qsl(content.decode(), True, max_num_fields=_MOST_FIELDS)
            }
        except ValueError:
            return {}
    message = BytesParser(policy=HTTP).parsebytes(
        f"Content-Type: {kind}\r\n\r\n".encode("latin-1", "replace") + content
    )
    found: dict[str, Any] = {}
    for part in list(message.iter_parts())[:_MOST_FIELDS] if message.is_multipart() else ():
        name, value = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(value, bytes):
            continue
        is_file = part.get_filename() is not None
        found[name] = base64.b64encode(value).decode() if is_file else _meant(value.decode("utf-8", "replace"))
    return found


def _meant(text: str) -> Any:
    """Numbers, truth values, lists and objects; everything else is the text itself."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if value is None or isinstance(value, bool | int | float | list | dict) else text
