"""The outermost layer: limits on bodies, security headers, counting, and a log line a request that holds no secret."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from http import HTTPStatus
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from delaminate.server.ids import now
from delaminate.server.metrics import Metrics
from delaminate.server.settings import Settings

_log = logging.getLogger(__name__)
_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
]


_PART_PATIENCE = 10
"""How many times as long as a body a part of an upload may take to come."""
_TOO_LARGE = "The body is larger than {limit:,} bytes; send large pictures in parts with /v1/uploads"
_TOO_SLOW = "The body came too slowly; send large pictures in parts with /v1/uploads"


class _BodyTooLong(Exception):
    pass


class _BodyTooSlow(Exception):
    pass


class Boundary:
    """Pure ASGI: it costs a few microseconds a request.

    Parameters
    ----------
    settings : for the limits on bodies.
    metrics : counts answers.
    """

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics
        self._body, self._part = settings.max_body_bytes, settings.max_upload_bytes
        self._seconds = settings.body_seconds
        self._counters: dict[tuple[str, int], Any] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})["arrived"] = now()
        started, status, too_long, too_slow = time.perf_counter(), 500, False, False
        is_part = scope["path"].startswith("/parts/")
        limit = self._part if is_part else self._body
        seconds = self._seconds * (_PART_PATIENCE if is_part else 1)
        left, more = limit, True

        async def limited() -> Message:
            nonlocal left, more, too_long, too_slow
            if not more:
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), max(0.0, started + seconds - time.perf_counter()))
            except TimeoutError:
                too_slow = True
                raise _BodyTooSlow from None
            more = bool(message.get("more_body", False))
            left -= len(message.get("body", b""))
            if left < 0:
                too_long = True
                raise _BodyTooLong
            return message

        async def told(message: Message) -> None:
            nonlocal status
            if too_long or too_slow:
                return
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *_HEADERS]
            await send(message)

        try:
            stated = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
            if not stated.isdigit() or int(stated) > limit:
                raise _BodyTooLong
            await self._app(scope, limited, told)
        except _BodyTooLong:
            too_long = True
        except _BodyTooSlow:
            too_slow = True
        if too_long or too_slow:
            # Whatever the routes made of the torn body, this is the answer.
            answer = (413, "TOO_LARGE", _TOO_LARGE.format(limit=limit)) if too_long else (408, "TIMEOUT", _TOO_SLOW)
            too_long = too_slow = False
            await _refuse(told, *answer)
        method = scope["method"]
        self._counter(method, status).inc()
        spent = 1000 * (time.perf_counter() - started)
        # Clients poll: a line for every look at a job would bury all others.
        level = (
            logging.DEBUG
            if method == "GET" and status == HTTPStatus.OK and scope["path"].startswith("/v1/jobs/")
            else logging.INFO
        )
        if _log.isEnabledFor(level):
            _log.log(level, "%s %s %d in %.1f ms", method, scope["path"], status, spent)

    def _counter(self, method: str, status: int) -> Any:
        known = self._counters.get((method, status))
        if known is None:
            kind = method if method in ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH") else "other"
            known = self._counters[method, status] = self._metrics.requests.labels(kind, str(status))
        return known


async def _refuse(send: Send, status: int, code: str, reason: str) -> None:
    body = {"reason": reason, "message": reason, "status": "error", "code": code, "details": {}}
    content = json.dumps({**body, "trace_id": "tr_boundary"}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, (b"connection", b"close")]})
    await send({"type": "http.response.body", "body": content})
