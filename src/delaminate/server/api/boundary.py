"""The outermost layer: limits on bodies, security headers, counting, and a log line a request that holds no secret."""

from __future__ import annotations

import json
import logging
import time
from http import HTTPStatus
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from delaminate.server.metrics import Metrics
from delaminate.server.settings import Settings

_log = logging.getLogger(__name__)
_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
]


class _BodyTooLong(Exception):
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
        self._counters: dict[tuple[str, int], Any] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status, too_long = time.perf_counter(), 500, False
        limit = self._part if scope["path"].startswith("/parts/") else self._body
        left = limit

        async def limited() -> Message:
            nonlocal left, too_long
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                too_long = True
                raise _BodyTooLong
            return message

        async def told(message: Message) -> None:
            nonlocal status
            if too_long:
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
        if too_long:
            # Whatever the routes made of the torn body, this is the answer.
            too_long = False
            await _refuse(told, limit)
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


async def _refuse(send: Send, limit: int) -> None:
    reason = f"The body is larger than {limit:,} bytes; send large pictures in parts with /v1/uploads"
    body = {"reason": reason, "message": reason, "status": "error", "code": "TOO_LARGE", "details": {}}
    content = json.dumps({**body, "trace_id": "tr_boundary"}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": 413, "headers": [*headers, (b"connection", b"close")]})
    await send({"type": "http.response.body", "body": content})
