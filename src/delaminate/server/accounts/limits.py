"""Limits: one project's jobs at a time, and one key's requests a minute."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

import sqlalchemy as sa

from delaminate.server.errors import TooMany

_TURN = sa.text("UPDATE projects SET turn = turn + 1 WHERE id = :project")

PARALLEL_JOBS = "parallelCustomJobs"
"""The action's name in error bodies and in the limits of a team."""


def take_turn(connection: sa.Connection, project_id: str) -> None:
    """Let one request of a project in at a time until the transaction ends, on SQLite as on Postgres."""
    connection.execute(_TURN, {"project": project_id})


def check_parallel(active: int, limit: int) -> None:
    """Refuse one more job than the limit.

    Raises
    ------
    TooMany
        With the action, the limit and when to come back.
    """
    if active >= limit:
        raise TooMany(
            f"{active} jobs of this project are queued or running and {limit} are allowed; "
            "wait for one to finish or cancel one",
            seconds=10,
            actionName=PARALLEL_JOBS,
            actionLimit=limit,
        )


@dataclass
class RequestRate:
    """A token bucket per key: `per_minute` requests, which may come all at once; kept per server process."""

    per_minute: int
    _buckets: dict[str, tuple[float, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def check(self, key: str) -> None:
        """Count one request.

        Raises
        ------
        TooMany
            If the bucket is empty.
        """
        moment = time.monotonic()
        with self._lock:
            left, before = self._buckets.get(key, (float(self.per_minute), moment))
            left = min(float(self.per_minute), left + (moment - before) * self.per_minute / 60)
            self._buckets[key] = (max(0.0, left - 1), moment)
        if left < 1:
            raise TooMany(
                f"This key made more than {self.per_minute} requests in a minute; slow down",
                seconds=max(1, round(60 / self.per_minute)),
                actionName="requestsPerMinute",
                actionLimit=self.per_minute,
            )
