"""Asking a server of one's own for masks: JSON over HTTP, tried again with care, left alone when it is down.

A server that fails several times in a row is not asked for a while, so that a job ends with a sentence at once and the
server has time to come back. Retries wait a random share of a growing pause, so that many workers do not come back
together. Nothing is tried again after a time-out: the work may be on its way, and cost.
"""

from __future__ import annotations

import json
import logging
import random
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from delaminate.contracts import Tick
from delaminate.errors import StageFailed
from delaminate.models.hosted import host, is_local, offline

logger = logging.getLogger(__name__)

_BUSY = {429, 502, 503, 504}
_LONGEST_PAUSE = 20.0
_BREAKS_AFTER, _REST_SECONDS = 3, 30.0
"""Failures in a row after which a server is left alone, and for how long."""


@dataclass
class Circuit:
    """What is known of one server: how often it failed in a row, since when it rests, what it has done so far."""

    failures: int = 0
    rests_until: float = 0.0
    calls: int = 0
    seconds: float = 0.0
    cost: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)


_CIRCUITS: dict[str, Circuit] = {}
_LOCK = threading.Lock()


def circuit(url: str) -> Circuit:
    """The one of a server in this process."""
    with _LOCK:
        return _CIRCUITS.setdefault(url, Circuit())


@dataclass(frozen=True)
class Endpoint:
    """A server that answers JSON with JSON.

    Parameters
    ----------
    url : where requests are sent.
    key : sent as a bearer token; "" sends none.
    timeout : seconds one answer may take.
    tries, pause : how often to ask a busy server, and the most seconds before the second time, doubled for each more.
    price : of one call, in any currency; `circuit(url).cost` adds them up.
    """

    url: str
    key: str = field(default="", repr=False)
    timeout: float = 120.0
    tries: int = 3
    pause: float = 2.0
    price: float = 0.0

    def missing(self, setting: str) -> str:
        """One sentence that says what to set before it can be asked; "" when nothing is missing."""
        if not self.url:
            return f"set {setting} to the address of a server"
        if offline() and not is_local(self.url):
            return "DELAMINATE_OFFLINE is set, so nothing is asked over the network; unset it to use a server"
        return ""

    def ask(self, body: dict[str, Any], tick: Tick) -> dict[str, Any]:
        """The answer to a request.

        Raises
        ------
        StageFailed
            If there is none that can be used; the message says why and what to do.
        """
        state, pause = circuit(self.url), self.pause
        for left in reversed(range(self.tries)):
            tick(0.0)
            rest = state.rests_until - time.monotonic()
            if rest > 0:
                raise StageFailed(
                    f"{host(self.url)} failed {_BREAKS_AFTER} times in a row and is left alone for {rest:.0f} seconds "
                    "more; see whether it runs"
                )
            started = time.monotonic()
            try:
                answer = self._once(body)
            except _Again as error:
                self._failed(state)
                if not left:
                    raise StageFailed(f"{host(self.url)} {error}; try again later, or see whether it runs") from error
                _wait(random.uniform(0, min(pause, _LONGEST_PAUSE)), tick)
                pause *= 2
                continue
            except StageFailed:
                self._failed(state)
                raise
            with state.lock:
                state.failures = 0
                state.calls += 1
                state.seconds += time.monotonic() - started
                state.cost += self.price
            logger.info("%s: call %d, %.1f s, cost so far %g", host(self.url), state.calls, state.seconds, state.cost)
            return answer
        raise AssertionError("unreachable")

    def _failed(self, state: Circuit) -> None:
        with state.lock:
            state.failures += 1
            if state.failures >= _BREAKS_AFTER:
                state.failures, state.rests_until = 0, time.monotonic() + _REST_SECONDS

    def _once(self, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {self.key}"} if self.key else {})
        request = urllib.request.Request(self.url, json.dumps(body).encode(), headers)
        who = host(self.url)
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as answer:
                value = json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code in _BUSY:
                raise _Again(f"is busy (status {error.code})") from error
            raise StageFailed(_refusal(who, error.code)) from error
        except TimeoutError as error:
            raise StageFailed(
                f"{who} did not answer within {self.timeout:g} seconds, and was not asked again"
            ) from error
        except urllib.error.URLError as error:
            if isinstance(error.reason, TimeoutError):
                raise StageFailed(f"{who} did not answer within {self.timeout:g} seconds") from error
            raise _Again("cannot be reached") from error
        except ConnectionError as error:
            raise _Again("broke the connection off") from error
        except ValueError as error:
            raise StageFailed(f"{who} answered with something that is no JSON; check the address") from error
        if not isinstance(value, dict):
            raise StageFailed(f"{who} answered with something that is no object; check the address")
        return value


class _Again(Exception):
    """What may go better the next time."""


def _refusal(who: str, status: int) -> str:
    match status:
        case 401 | 403:
            return f"{who} does not accept the key; check DELAMINATE_MASKS_KEY"
        case 404:
            return f"{who} has nothing at this address; check DELAMINATE_MASKS_URL"
        case _:
            return f"{who} did not accept the request (status {status})"


def _wait(seconds: float, tick: Tick) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        tick(0.0)
        time.sleep(min(left, 0.25))
