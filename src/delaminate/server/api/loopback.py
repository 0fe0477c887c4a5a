"""What guards a service that asks for no key: only this machine, and in its browsers only the service's own page.

Any web page can send requests to an address of this machine. Those are told by what browsers always add and scripts
cannot change: `Origin` and `Sec-Fetch-Site` name another site, and after DNS rebinding `Host` names another host.
"""

from __future__ import annotations

import ipaddress
import json

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

_UNSAID_PORT = 80
"""The port that browsers leave out of the address."""
_NAMES = ("127.0.0.1", "localhost", "[::1]")
_PASSED_ON = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
_REASON = "This studio answers only its own page and programs on this machine; run `delaminate serve` for others"


class Loopback:
    """Pure ASGI: refuses with 403 whatever does not come from this machine and, in a browser, from this origin."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _is_own(scope):
            await self._app(scope, receive, send)
            return
        body = {"reason": _REASON, "message": _REASON, "status": "error", "code": "FORBIDDEN", "details": {}}
        content = json.dumps({**body, "trace_id": "tr_loopback"}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": 403, "headers": headers})
        await send({"type": "http.response.body", "body": content})


def _is_own(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    server, client = scope.get("server") or ("", 0), scope.get("client") or ("", 0)
    if not _on_this_machine(server) or not _on_this_machine(client) or any(name in headers for name in _PASSED_ON):
        return False
    hosts = {f"{name}:{server[1]}" for name in _NAMES} | ({*_NAMES} if server[1] == _UNSAID_PORT else set())
    if headers.get("host", "").lower() not in hosts:
        return False
    if headers.get("origin", "http://" + headers["host"]) != "http://" + headers["host"]:
        return False
    # Following a link to the page is no request of that other page's; everything else from elsewhere is.
    opened = scope["method"] == "GET" and scope["path"] == "/" and headers.get("sec-fetch-mode") == "navigate"
    return opened or headers.get("sec-fetch-site", "none") in ("same-origin", "none")


def _on_this_machine(address: tuple[str, int | None]) -> bool:
    try:
        return ipaddress.ip_address(address[0]).is_loopback
    except ValueError:
        return False
