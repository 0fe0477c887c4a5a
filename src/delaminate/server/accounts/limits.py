"""Limits: one project's jobs at a time, and one key's requests a minute."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from delaminate.server.accounts import ledger
from delaminate.server.database.tables import ASSETS, UPLOADS
from delaminate.server.errors import TooMany
from delaminate.server.ids import instant

_PROJECTS = sa.table("projects", sa.column("id"), sa.column("weight"), sa.column("monthly_units"))
_TURN = sa.text("UPDATE projects SET turn = turn + 1 WHERE id = :project")

PARALLEL_JOBS = "parallelCustomJobs"
"""The action's name in error bodies and in the limits of a team."""


def take_turn(connection: sa.Connection, project_id: str) -> None:
    """Let one request of a project in at a time until the transaction ends, on SQLite as on Postgres."""
    connection.execute(_TURN, {"project": project_id})


def weight(connection: sa.Connection, project_id: str) -> int:
    """How many jobs of the project are served in one round of the queue."""
    query = sa.select(_PROJECTS.c.weight).where(_PROJECTS.c.id == project_id)
    return max(1, int(connection.execute(query).scalar_one_or_none() or 1))


def check_spending(connection: sa.Connection, project_id: str, units: float, otherwise: float) -> None:
    """Refuse what would cost more than the project may spend in this month.

    Parameters
    ----------
    otherwise : compute units of projects that have no number of their own; 0 for no limit.

    Raises
    ------
    TooMany
        With what is left; it may be tried again on the first of the next month.
    """
    query = sa.select(_PROJECTS.c.monthly_units).where(_PROJECTS.c.id == project_id)
    own = connection.execute(query).scalar_one_or_none()
    most = otherwise if own is None else own
    if not most or not units:
        return
    today = datetime.now(UTC)
    month = today.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    spent = sum(day.units for day in ledger.spent(connection, project_id, instant(month)))
    if spent + units > most:
        ahead = (month + timedelta(days=32)).replace(day=1) - today
        raise TooMany(
            f"This costs up to {units:g} compute units and {max(0.0, most - spent):g} of {most:g} are left this month",
            seconds=int(ahead.total_seconds()) + 1,
            actionName="creativeUnits",
            actionLimit=most,
        )


def check_storage(connection: sa.Connection, project_id: str, more: int, most: int) -> None:
    """Refuse bytes that the project has no room for.

    Parameters
    ----------
    more : bytes that come on top of the stored assets and of the uploads that are under way.
    most : what a project may store; 0 for no limit.

    Raises
    ------
    TooMany
        With how many are stored.
    """
    if not most:
        return
    # Deleted assets count until they are swept: they are still there.
    held = sa.select(sa.func.coalesce(sa.func.sum(ASSETS.c.size), 0)).where(ASSETS.c.project_id == project_id)
    coming = sa.select(sa.func.coalesce(sa.func.sum(UPLOADS.c.file_size), 0)).where(
        UPLOADS.c.project_id == project_id, UPLOADS.c.status.in_(("pending", "validating"))
    )
    stored = int(connection.execute(held).scalar_one()) + int(connection.execute(coming).scalar_one())
    if stored + more > most:
        raise TooMany(
            f"This project stores {stored:,} bytes of {most:,}, and {more:,} more have no room; delete assets first",
            seconds=60,
            actionName="storage",
            actionLimit=most,
        )


def check_parallel(active: int, limit: int, name: str = PARALLEL_JOBS) -> None:
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
            actionName=name,
            actionLimit=limit,
        )


@dataclass
class RequestRate:
    """A token bucket per key: `per_minute` requests, which may come all at once; kept per server process."""

    per_minute: int
    what: str = "requests"
    whose: str = "This key"
    _buckets: dict[str, tuple[float, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def check(self, key: str, count: float = 1) -> None:
        """Count one request, or work that is worth so many.

        Raises
        ------
        TooMany
            If the bucket is empty.
        """
        moment = time.monotonic()
        with self._lock:
            left, before = self._buckets.get(key, (float(self.per_minute), moment))
            left = min(float(self.per_minute), left + (moment - before) * self.per_minute / 60)
            self._buckets[key] = (max(0.0, left - count), moment)
        if left < count:
            raise TooMany(
                f"{self.whose} made more than {self.per_minute} {self.what} in a minute; slow down",
                seconds=max(1, round(60 / self.per_minute)),
                actionName=f"{self.what}PerMinute",
                actionLimit=self.per_minute,
            )


@dataclass
class Streams:
    """Event streams that are open, by key; kept per server process."""

    most: int
    _open: Counter[str] = field(default_factory=Counter)

    def check(self, key: str) -> None:
        """Refuse one more than `most`.

        Raises
        ------
        TooMany
            If there are as many.
        """
        if self._open[key] >= self.most:
            raise TooMany(
                f"This key holds {self.most} event streams open; close one or look at the job now and then",
                seconds=5,
                actionName="eventStreams",
                actionLimit=self.most,
            )

    @contextmanager
    def open(self, key: str) -> Iterator[None]:
        """One stream, while it is open."""
        self._open[key] += 1
        try:
            yield
        finally:
            self._open[key] -= 1
            self._open += Counter()
