"""Durable execution behind a small interface: DBOS 3.4 on SQLite or Postgres, with a lease that finds dead workers.

A workflow is a function of a job id and of a `Step`; a step that was finished is never done again, whatever dies.
DBOS recovers only the work of its own executor id at start, so every worker has an id of its own and a heartbeat on the
database's clock; when a heartbeat stops, any other worker takes over what was running there. That call is private,
hence the pinned minor version and the kill test.
"""

from __future__ import annotations

import logging
import random
import secrets
import socket
import sqlite3
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer, StepOptions

APPLICATION, VERSION, QUEUE = "delaminate", "1", "jobs"
_ATTEMPTS = 4
"""How often a step is tried when the fault is transient: at once, and after 0.5, 1 and 2 seconds."""

_log = logging.getLogger(__name__)


class StepFailed(Exception):
    """A step ended with an error that another try would not change; `kind` is the name of its class."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


class Step(Protocol):
    """Runs a function once, and from then on gives what it returned."""

    def __call__(self, name: str, function: Callable[..., Any], *arguments: Any) -> Any:
        """Arguments and the result are plain JSON values.

        Raises
        ------
        StepFailed
            If the function raised, for the last time.
        """


Workflow: TypeAlias = Callable[[str, Step], None]


def _durable_step(transient: Callable[[BaseException], bool]) -> Step:
    def step(name: str, function: Callable[..., Any], *arguments: Any) -> Any:
        tries = 0

        def attempt() -> dict[str, Any]:
            nonlocal tries
            tries += 1
            try:
                return {"value": function(*arguments)}
            except Exception as error:
                if transient(error) and tries < _ATTEMPTS:
                    raise
                # Kept as a value: what an engine stores of an exception class nobody can read after an upgrade.
                return {"kind": type(error).__name__, "reason": str(error)}

        options: StepOptions = {
            "name": name,
            "retries_allowed": True,
            "max_attempts": _ATTEMPTS,
            "interval_seconds": 0.5,
        }
        outcome = DBOS.run_step(options, attempt)
        if "kind" in outcome:
            raise StepFailed(outcome["kind"], outcome["reason"])
        return outcome["value"]

    return step


class Queue:
    """The side of whoever asks for work."""

    def __init__(self, url: str) -> None:
        # The client makes no tables, and an API may be up before its first worker.
        _use_wal(url)
        DBOS.migrate(url)
        self._client = DBOSClient(
            system_database_url=url, application_name=APPLICATION, serializer=DBOSPortableJSONSerializer(), lazy=True
        )

    def submit(self, workflow: str, job_id: str) -> None:
        """Queue a job; submitting it again changes nothing."""
        self._client.enqueue(
            {"workflow_name": workflow, "queue_name": QUEUE, "workflow_id": job_id, "app_version": VERSION}, job_id
        )

    def cancel(self, job_id: str) -> None:
        """Start no further step of a job."""
        self._client.cancel_workflow(job_id)

    def states(self, job_ids: list[str]) -> dict[str, str]:
        """Job id → "ENQUEUED", "PENDING", "SUCCESS", "ERROR", "CANCELLED" or "MAX_RECOVERY_ATTEMPTS_EXCEEDED"."""
        if not job_ids:
            return {}
        found = self._client.list_workflows(workflow_ids=job_ids, load_input=False, load_output=False)
        return {one.workflow_id: str(one.status) for one in found}

    def close(self) -> None:
        """Let go of the connections."""
        self._client.destroy()


@dataclass(frozen=True)
class Pace:
    """How a worker works: jobs at a time, seconds between looks at the queue, seconds of silence until it counts as
    dead, and how often a job may be begun."""

    jobs: int = 2
    poll: float = 0.1
    lease: float = 10.0
    attempts: int = 3


class Worker:
    """Runs queued workflows until it is stopped. One a process, because DBOS is one a process."""

    def __init__(
        self,
        url: str,
        workflows: Mapping[str, Workflow],
        transient: Callable[[BaseException], bool],
        pace: Pace,
    ) -> None:
        _use_wal(url)
        self.name = f"{socket.gethostname()}-{secrets.token_hex(6)}"
        self._pace = pace
        config: DBOSConfig = {
            "name": APPLICATION,
            "system_database_url": url,
            "application_version": VERSION,
            "executor_id": self.name,
            "log_level": "ERROR",
            "serializer": DBOSPortableJSONSerializer(),
            "max_executor_threads": 4 * pace.jobs + 8,
        }
        DBOS(config=config)
        room = threading.BoundedSemaphore(pace.jobs)
        step = _durable_step(transient)
        for name, workflow in workflows.items():
            _register(name, workflow, step, room, pace.attempts)
        DBOS.listen_queues([QUEUE])
        DBOS.launch()
        DBOS.register_queue(
            QUEUE, worker_concurrency=pace.jobs, polling_interval_sec=pace.poll, on_conflict="always_update"
        )
        self._lease = _Lease(url, self.name, pace.lease)

    def stop(self, patience: int = 0) -> None:
        """Take no more work, let steps go on for so many seconds, and leave the rest to others at once."""
        DBOS.destroy(workflow_completion_timeout_sec=patience)
        self._lease.give_up()


def _register(name: str, workflow: Workflow, step: Step, room: threading.BoundedSemaphore, attempts: int) -> None:
    def run(job_id: str) -> None:
        # Recovered jobs do not count against the queue's limit; memory is bounded here.
        with room:
            workflow(job_id, step)

    run.__qualname__ = run.__name__ = name
    DBOS.workflow(name=name, max_recovery_attempts=attempts)(run)


def _use_wal(url: str) -> None:
    if url.startswith("sqlite"):
        path = Path(sa.make_url(url).database or "")
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=30)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.close()


class _Lease(threading.Thread):
    """The heartbeat of this worker, and the search for workers whose heartbeat stopped."""

    def __init__(self, url: str, worker: str, seconds: float) -> None:
        super().__init__(daemon=True, name="lease")
        self._worker, self._seconds = worker, seconds
        self._stopped = threading.Event()
        self._engine = sa.create_engine(url, pool_size=1)
        postgres = self._engine.dialect.name == "postgresql"
        self._now = "extract(epoch from clock_timestamp())" if postgres else "(julianday('now') - 2440587.5) * 86400.0"
        with self._engine.begin() as connection:
            connection.exec_driver_sql(
                "CREATE TABLE IF NOT EXISTS worker_lease (worker text PRIMARY KEY, beat double precision NOT NULL)"
            )
        self._beat()
        self.start()

    def run(self) -> None:
        while not self._stopped.wait(self._seconds / 4 * random.uniform(0.9, 1.1)):
            try:
                self._beat()
                for worker in self._silent():
                    self._take_over(worker)
            except sa.exc.SQLAlchemyError:
                _log.exception("the lease could not be renewed")

    def give_up(self) -> None:
        """Let others take over at once."""
        self._stopped.set()
        with self._engine.begin() as connection:
            connection.execute(sa.text("UPDATE worker_lease SET beat = 0 WHERE worker = :w"), {"w": self._worker})
        self._engine.dispose()

    def _beat(self) -> None:
        renew = (
            f"INSERT INTO worker_lease VALUES (:w, {self._now}) ON CONFLICT (worker) DO UPDATE SET beat = {self._now}"
        )
        with self._engine.begin() as connection:
            connection.execute(sa.text(renew), {"w": self._worker})

    def _silent(self) -> list[str]:
        query = sa.text(f"SELECT worker FROM worker_lease WHERE beat < {self._now} - :s")
        with self._engine.begin() as connection:
            return list(connection.execute(query, {"s": self._seconds}).scalars())

    def _take_over(self, worker: str) -> None:
        jobs = DBOS._recover_pending_workflows([worker])
        if jobs:
            _log.warning("worker %s is silent; %d of its jobs go on elsewhere", worker, len(jobs))
            return
        # Forgotten only when nothing of its is left, and late, so that one that was only slow is seen again.
        with self._engine.begin() as connection:
            gone = f"DELETE FROM worker_lease WHERE worker = :w AND beat < {self._now} - :s"
            connection.execute(sa.text(gone), {"w": worker, "s": 10 * self._seconds})
