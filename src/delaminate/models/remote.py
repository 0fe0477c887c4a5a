"""Asking a server of one's own for masks or layers: JSON over HTTP, tried again with care (see `servers`).

Nothing is tried again after a time-out: the work may be on its way, and cost.
"""

from __future__ import annotations

import http.client
import json
import os
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from delaminate.contracts import Tick
from delaminate.errors import StageFailed
from delaminate.models.hosted import host, is_local, offline
from delaminate.models.servers import Server, jittered, price_of, wait

_BUSY = {429, 502, 503, 504}
_MOST_BYTES = 1 << 30
"""Of an answer: some hundred layers of a large picture in base64."""


@dataclass(frozen=True)
class Endpoint:
    """A server that answers JSON with JSON.

    Parameters
    ----------
    url : where requests are sent.
    purpose : what for, "masks" or "layers"; settings are called after it.
    key : sent as a bearer token; "" sends none.
    timeout : seconds one answer may take.
    tries, pause : how often to ask a busy server, and the most seconds before the second time, doubled for each more.
    price : of one call, in any currency; None where nobody said.
    """

    url: str
    purpose: str
    key: str = field(default="", repr=False)
    timeout: float = 120.0
    tries: int = 3
    pause: float = 2.0
    price: float | None = None

    @classmethod
    def set_up(cls, purpose: str, url: str, key: str, price: float | None, **patience: Any) -> Endpoint:
        """What is given, and for the rest what the settings `DELAMINATE_MASKS_URL`, `…_KEY` and `…_PRICE` say."""
        stem = _stem(purpose)
        price = price_of(f"{stem}_PRICE") if price is None else price
        url, key = url or os.environ.get(f"{stem}_URL", ""), key or os.environ.get(f"{stem}_KEY", "")
        return cls(url, purpose, key, price=price, **patience)

    @property
    def server(self) -> Server:
        """Whom it asks."""
        return Server(self.purpose, host(self.url), self.price)

    def missing(self) -> str:
        """One sentence that says what to set before it can be asked; "" when nothing is missing."""
        if not self.url:
            return f"set {_stem(self.purpose)}_URL to the address of a server"
        if offline() and not is_local(self.url):
            return "DELAMINATE_OFFLINE is set, so nothing is asked over the network; unset it to use a server"
        return self.server.resting()

    def ask(self, body: dict[str, Any], tick: Tick) -> dict[str, Any]:
        """The answer to a request.

        Raises
        ------
        StageFailed
            If there is none that can be used; the message says why and what to do.
        """
        server, pause = self.server, self.pause
        for left in reversed(range(self.tries)):
            tick(0.0)
            server.check()
            started = time.monotonic()
            try:
                answer = self._once(body)
            except _Again as error:
                server.failed()
                if not left:
                    raise StageFailed(f"{server.host} {error}; try again later, or see whether it runs") from error
                wait(jittered(pause), tick)
                pause *= 2
                continue
            except _Broken as error:
                server.failed()
                raise StageFailed(str(error)) from error
            server.answered(time.monotonic() - started)
            return answer
        raise AssertionError("unreachable")

    def _once(self, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {self.key}"} if self.key else {})
        request = urllib.request.Request(self.url, json.dumps(body).encode(), headers)
        who = host(self.url)
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as answer:
                value = json.loads(_within(answer.read(_MOST_BYTES + 1)))
        except urllib.error.HTTPError as error:
            if error.code in _BUSY:
                raise _Again(f"is busy (status {error.code})") from error
            if error.code >= 500:
                raise _Broken(f"{who} is out of order (status {error.code}); see what it says there") from error
            raise StageFailed(self._refusal(who, error.code)) from error
        except TimeoutError as error:
            raise _Broken(f"{who} did not answer within {self.timeout:g} seconds, and was not asked again") from error
        except urllib.error.URLError as error:
            if isinstance(error.reason, TimeoutError):
                raise _Broken(f"{who} did not answer within {self.timeout:g} seconds") from error
            raise _Again("cannot be reached") from error
        except (ConnectionError, http.client.HTTPException) as error:
            raise _Again("broke the connection off") from error
        except (ValueError, RecursionError) as error:
            raise _Broken(f"{who} answered with something that is no JSON; check the address") from error
        if not isinstance(value, dict):
            raise _Broken(f"{who} answered with something that is no object; check the address")
        return value

    def _refusal(self, who: str, status: int) -> str:
        match status:
            case 401 | 403:
                return f"{who} does not accept the key; check {_stem(self.purpose)}_KEY"
            case 404:
                return f"{who} has nothing at this address; check {_stem(self.purpose)}_URL"
            case _:
                return f"{who} did not accept the request (status {status})"


class _Again(Exception):
    """What may go better the next time."""


class _Broken(Exception):
    """What the server did wrong; it counts as a failure, and the work may have cost."""


def _stem(purpose: str) -> str:
    return f"DELAMINATE_{purpose.upper()}"


def _within(content: bytes) -> bytes:
    if len(content) > _MOST_BYTES:
        raise ValueError("too long")
    return content
