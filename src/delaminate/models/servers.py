"""What is known of the servers that are asked: which rest after failures, and what was asked of them and paid.

A server that fails several times in a row is left alone for a while: whoever would ask it hears one sentence at once,
and the engine "auto" takes the next choice. Pauses between tries are random shares of a growing one, so that many
workers do not come back together.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace

from delaminate.contracts import ServerCalls, Tick
from delaminate.errors import StageFailed

BREAKS_AFTER, REST_SECONDS = 3, 30.0
"""Failures in a row after which a server is left alone, and for how long."""

LONGEST_PAUSE = 20.0
"""Seconds to wait at most between two tries, whatever a server proposes."""


@dataclass
class Circuit:
    """How often a server failed in a row, and until when it is left alone."""

    failures: int = 0
    rests_until: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)


_CIRCUITS: dict[tuple[str, str], Circuit] = {}
_LOCK = threading.Lock()


@dataclass(frozen=True)
class Server:
    """A server that is asked for one purpose.

    Parameters
    ----------
    purpose : "planning", "masks", "fills" or "layers"; one may fail while another of the same machine works.
    host : its name and port.
    price : of one call, in any currency; None where nobody said.
    """

    purpose: str
    host: str
    price: float | None = None

    @property
    def _circuit(self) -> Circuit:
        with _LOCK:
            return _CIRCUITS.setdefault((self.purpose, self.host), Circuit())

    def resting(self) -> str:
        """One sentence while the server is left alone, else ""."""
        left = self._circuit.rests_until - time.monotonic()
        if left <= 0:
            return ""
        return (
            f"{self.host} failed {BREAKS_AFTER} times in a row and is left alone for {left:.0f} seconds more; "
            "see whether it runs"
        )

    def check(self) -> None:
        """Raise StageFailed while the server is left alone."""
        rests = self.resting()
        if rests:
            raise StageFailed(rests)

    def failed(self) -> None:
        """It is busy, broken or silent; a refusal of what was asked is no failure."""
        circuit = self._circuit
        with circuit.lock:
            circuit.failures += 1
            if circuit.failures >= BREAKS_AFTER:
                circuit.failures, circuit.rests_until = 0, time.monotonic() + REST_SECONDS

    def answered(self, seconds: float) -> None:
        """It works, after so many seconds; the call is counted where calls are (see `counted`)."""
        circuit = self._circuit
        with circuit.lock:
            circuit.failures = 0
        calls = _COUNTED.get()
        if calls is not None:
            calls.add(ServerCalls(self.host, self.purpose, 1, seconds, self.price))


class Calls:
    """The calls of a job so far, one row a server and purpose."""

    def __init__(self, before: tuple[ServerCalls, ...] = ()) -> None:
        self._rows = {(row.server, row.purpose): row for row in before}

    def add(self, row: ServerCalls) -> None:
        """Count a row in."""
        old = self._rows.get((row.server, row.purpose))
        if old is not None:
            cost = None if old.cost is None or row.cost is None else round(old.cost + row.cost, 9)
            row = replace(old, calls=old.calls + row.calls, seconds=old.seconds + row.seconds, cost=cost)
        self._rows[row.server, row.purpose] = row

    @property
    def rows(self) -> tuple[ServerCalls, ...]:
        """In the order in which they were first asked; seconds to the millisecond."""
        return tuple(replace(row, seconds=round(row.seconds, 3)) for row in self._rows.values())


_COUNTED: ContextVar[Calls | None] = ContextVar("counted", default=None)


@contextmanager
def counted(before: tuple[ServerCalls, ...] = ()) -> Iterator[Calls]:
    """Count the calls that are answered within, on top of those before."""
    calls = Calls(before)
    mark = _COUNTED.set(calls)
    try:
        yield calls
    finally:
        _COUNTED.reset(mark)


def price_of(setting: str) -> float | None:
    """What one call costs by a setting; None where it is not set.

    Raises
    ------
    StageFailed
        If it is no number from 0.
    """
    told = os.environ.get(setting, "").strip()
    if not told:
        return None
    try:
        price = float(told)
    except ValueError:
        price = -1.0
    if not 0 <= price < float("inf"):
        raise StageFailed(f"{setting} must be a number from 0: what one call costs")
    return price


def wait(seconds: float, tick: Tick) -> None:
    """Let so many seconds go by; `tick` may raise `Cancelled` meanwhile."""
    end = time.monotonic() + seconds
    tick(0.0)
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(left, 0.25))
        tick(0.0)


def jittered(pause: float) -> float:
    """A random share of a pause, within `LONGEST_PAUSE`."""
    return random.uniform(0, min(pause, LONGEST_PAUSE))
