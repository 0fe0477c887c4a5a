"""Durable execution behind a small interface: DBOS 3.4 on SQLite or Postgres, with a lease that finds dead workers.

A workflow is a function of a job id and of a `Step`; a step that was finished is never done again, whatever dies.
DBOS recovers only the work of its own executor id at start, so every worker has an id of its own and a heartbeat on the
database's clock; when a heartbeat stops, any other worker takes over what was running there. A worker also takes up
again what it has claimed and does not run, because an outage ended its thread. Those calls are private, hence the
pinned minor version and the kill test. Outages are waited for (`outages.py`); other faults are tried a few times.
"""

from __future__ import annotations

import logging
import random
import secrets
import socket
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer, EnqueueOptions, StepOptions
from dbos._dbos import _get_dbos_instance
from dbos._utils import INTERNAL_QUEUE_NAME

from delaminate.server.database.patience import make_impatient
from delaminate.server.outages import is_outage, patiently

APPLICATION, VERSION, QUEUE = "delaminate", "1", "jobs"
_ATTEMPTS = 4
"""How often a step is tried when the fault is transient: at once, and after 0.5, 1 and 2 seconds."""

_NO_BEAT = -1.0
"""Of workers that hold a job and were never seen alive, or were forgotten."""

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
                return {"value": patiently(function, *arguments)}
            except Exception as error:
                if transient(error) and not is_outage(error) and tries < _ATTEMPTS:
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
        self._engine = sa.create_engine(url, pool_size=5, pool_timeout=5, pool_pre_ping="sqlite" not in url)
        make_impatient(self._engine)
        self._client = DBOSClient(
            system_database_engine=self._engine,
            application_name=APPLICATION,
            serializer=DBOSPortableJSONSerializer(),
            lazy=True,
            retry_connection_errors=False,
        )

    def submit(self, workflow: str, job_id: str, turn: int = 0) -> None:
        """Queue a job; submitting it again changes nothing.

        Parameters
        ----------
        turn : jobs of lower turns are taken first, those of one turn by age; 0 for no turn, which is before all others.
        """
        options: EnqueueOptions = {
            "workflow_name": workflow,
            "queue_name": QUEUE,
            "workflow_id": job_id,
            "app_version": VERSION,
        }
        if turn:
            options["priority"] = turn
        self._client.enqueue(options, job_id)

    def restart(self, workflow: str, job_id: str, turn: int = 0) -> None:
        """Queue a job anew that has ended with an error of the engine's own; what its steps stored is found there."""
        self._client.delete_workflow(job_id)
        self.submit(workflow, job_id, turn)

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
        self._engine.dispose()


@dataclass(frozen=True)
class Pace:
    """How a worker works: jobs at a time, seconds between looks at the queue, seconds of silence until it counts as
    dead, how often a job may be begun, and how much the jobs that run at a time may weigh together."""

    jobs: int = 2
    poll: float = 0.1
    lease: float = 10.0
    attempts: int = 3
    weight: int = 100_000_000


class _Room:
    """Lets jobs in, first come first served: so many at a time, together of no more than a weight, or one alone."""

    def __init__(self, jobs: int, weight: int) -> None:
        self._jobs, self._weight = jobs, weight
        self._inside: list[int] = []
        self._queue: deque[object] = deque()
        self._changed = threading.Condition()

    @contextmanager
    def entered(self, weight: int) -> Iterator[None]:
        mine = object()
        with self._changed:
            self._queue.append(mine)
            self._changed.wait_for(lambda: self._queue[0] is mine and self._fits(weight))
            self._queue.popleft()
            self._inside.append(weight)
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._inside.remove(weight)
                self._changed.notify_all()

    def _fits(self, weight: int) -> bool:
        if not self._inside:
            return True
        return len(self._inside) < self._jobs and sum(self._inside) + weight <= self._weight


class Worker:
    """Runs queued workflows until it is stopped. One a process, because DBOS is one a process."""

    def __init__(
        self,
        url: str,
        workflows: Mapping[str, Workflow],
        transient: Callable[[BaseException], bool],
        pace: Pace,
        weigh: Callable[[str], int] = lambda _: 0,
    ) -> None:
        """Begin to work.

        Parameters
        ----------
        weigh : what a job weighs, against `pace.weight`.
        """
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
        room, running = _Room(pace.jobs, pace.weight), _Running()
        step = _durable_step(transient)
        for name, workflow in workflows.items():
            _register(name, workflow, step, room, running, weigh, pace.attempts)
        # Its heart beats before it can claim anything: a claim of somebody unknown would wait for nobody.
        self._lease = _Lease(url, self.name, pace.lease, running)
        DBOS.listen_queues([QUEUE])
        DBOS.launch()
        DBOS.register_queue(
            QUEUE, worker_concurrency=pace.jobs, polling_interval_sec=pace.poll, on_conflict="always_update"
        )
        self._lease.start()

    def stop(self, patience: int = 0) -> None:
        """Take no more work, let steps go on for so many seconds, and leave the rest to others at once."""
        DBOS.destroy(workflow_completion_timeout_sec=patience)
        self._lease.give_up()


class _Running:
    """The jobs that this process has a thread for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: list[str] = []

    def __contains__(self, job_id: str) -> bool:
        with self._lock:
            return job_id in self._jobs

    @contextmanager
    def noted(self, job_id: str) -> Iterator[None]:
        with self._lock:
            self._jobs.append(job_id)
        try:
            yield
        finally:
            with self._lock:
                self._jobs.remove(job_id)


def _register(
    name: str,
    workflow: Workflow,
    step: Step,
    room: _Room,
    running: _Running,
    weigh: Callable[[str], int],
    attempts: int,
) -> None:
    def run(job_id: str) -> None:
        # Recovered jobs do not count against the queue's limit; memory is bounded here.
        with running.noted(job_id), room.entered(patiently(weigh, job_id)):
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


class _Seen:
    """How long each thing has been as it is, by this process's own clock: databases' clocks are set back and forth."""

    def __init__(self) -> None:
        self._since: dict[str, tuple[object, float]] = {}

    def ages(self, state: Mapping[str, object]) -> dict[str, float]:
        """Thing → seconds for which it has been seen in this state."""
        moment = time.monotonic()
        before = self._since
        self._since = {
            name: before[name] if name in before and before[name][0] == value else (value, moment)
            for name, value in state.items()
        }
        return {name: moment - since for name, (_, since) in self._since.items()}

    def forget(self) -> None:
        """Nothing was seen for a while: all begins anew."""
        self._since = {}


class _Lease(threading.Thread):
    """The heartbeat of this worker, and the search for silent workers and for jobs without a thread."""

    def __init__(self, url: str, worker: str, seconds: float, running: _Running) -> None:
        super().__init__(daemon=True, name="lease")
        self._worker, self._seconds, self._running = worker, seconds, running
        self._stopped = threading.Event()
        self._beats, self._strands = _Seen(), _Seen()
        self._engine = sa.create_engine(url, pool_size=1)
        make_impatient(self._engine)
        postgres = self._engine.dialect.name == "postgresql"
        self._now = "extract(epoch from clock_timestamp())" if postgres else "(julianday('now') - 2440587.5) * 86400.0"
        patiently(self._make_table)
        patiently(self._beat)

    def run(self) -> None:
        while not self._stopped.wait(self._seconds / 4 * random.uniform(0.9, 1.1)):
            try:
                self._beat()
                self._find_silent()
                self._find_stranded()
            except Exception:  # noqa: BLE001 - whatever it is, the next beat may succeed
                # During an outage nobody's heart could be seen to beat.
                self._beats.forget()
                self._strands.forget()
                _log.warning("the lease could not be renewed", exc_info=True)

    def give_up(self) -> None:
        """Let others take over at once."""
        self._stopped.set()
        with self._engine.begin() as connection:
            connection.execute(sa.text("UPDATE worker_lease SET beat = 0 WHERE worker = :w"), {"w": self._worker})
        self._engine.dispose()

    def _make_table(self) -> None:
        with self._engine.begin() as connection:
            if self._engine.dialect.name == "postgresql":
                # Two that make one table at the same moment: Postgres lets one of them fail.
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('worker_lease'))")
            connection.exec_driver_sql(
                "CREATE TABLE IF NOT EXISTS worker_lease (worker text PRIMARY KEY, beat double precision NOT NULL)"
            )

    def _beat(self) -> None:
        renew = (
            f"INSERT INTO worker_lease VALUES (:w, {self._now}) ON CONFLICT (worker) DO UPDATE SET beat = {self._now}"
        )
        with self._engine.begin() as connection:
            connection.execute(sa.text(renew), {"w": self._worker})

    def _find_silent(self) -> None:
        """Take over from workers whose heartbeat stands still, that gave up (theirs is 0), or that have none."""
        database = _get_dbos_instance()._sys_db
        jobs = database.tables.workflow_status.c
        claims = sa.select(jobs.executor_id).where(jobs.status == "PENDING", jobs.executor_id != self._worker)
        with database.engine.begin() as connection:
            beats = dict.fromkeys(connection.scalars(claims.distinct()), _NO_BEAT)
        with self._engine.begin() as connection:
            rows = connection.execute(sa.text("SELECT worker, beat FROM worker_lease WHERE worker <> :w"), self._me)
            beats |= {row.worker: float(row.beat) for row in rows}
        for worker, age in self._beats.ages(beats).items():
            if beats[worker] == 0 or age > self._seconds:
                self._take_over(worker, beats[worker], age)

    def _take_over(self, worker: str, beat: float, age: float) -> None:
        jobs = DBOS._recover_pending_workflows([worker])
        if jobs:
            _log.warning("worker %s is silent; %d of its jobs go on elsewhere", worker, len(jobs))
        # Forgotten only when nothing of its is left, and late, so that one that was only slow is seen again.
        elif age > 10 * self._seconds:
            gone = "DELETE FROM worker_lease WHERE worker = :w AND beat = :b"
            with self._engine.begin() as connection:
                connection.execute(sa.text(gone), {"w": worker, "b": beat})

    def _find_stranded(self) -> None:
        """Queue again what this worker has claimed and does not run: an outage ended its thread and its last word."""
        tables = _get_dbos_instance()._sys_db
        mine = {one.workflow_id for one in tables.get_pending_workflows(self._worker, VERSION)}
        lost = dict.fromkeys(job_id for job_id in mine if job_id not in self._running)
        for job_id, age in self._strands.ages(lost).items():
            if age > self._seconds / 2:  # between claiming a job and beginning it lie milliseconds
                _log.warning("a job without a thread goes on", extra={"job": job_id})
                tables.reenqueue_for_recovery(job_id, [self._worker], INTERNAL_QUEUE_NAME)

    @property
    def _me(self) -> dict[str, str]:
        return {"w": self._worker}
