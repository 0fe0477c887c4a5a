"""What is put right now and then: jobs that got lost between the tables and the queue, uploads and assets whose time is
over, and what dead jobs left in the store."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from delaminate.server import looks, previews
from delaminate.server.accounts import ledger
from delaminate.server.blobs import Blobs
from delaminate.server.database import assets, jobs, uploads
from delaminate.server.database.jobs import Job
from delaminate.server.durable import Queue
from delaminate.server.ids import now

_log = logging.getLogger(__name__)
_ENDED = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")
_RESTARTS = 5
_IMPORT_SECONDS = 180.0
"""More than a decoder is given, waiting for it included."""
_WORKFLOWS = {"custom": "separate", "assets-download": "pack"}


def workflow_of(job: Job) -> str | None:
    """The workflow that does a job; None for jobs that no worker does."""
    return "revise" if "edits" in job.request else _WORKFLOWS.get(job.type)


@dataclass(frozen=True)
class Sweeper:
    """Sweeps; every part may be done by any number of processes at once.

    Parameters
    ----------
    grace_seconds : jobs that changed more recently are left alone.
    """

    tables: sa.Engine
    blobs: Blobs
    queue: Queue
    restore_days: int = 30
    link_hours: float = 24.0
    grace_seconds: float = 30.0
    stopped: threading.Event = field(default_factory=threading.Event)

    def run(self, seconds: float) -> None:
        """Sweep every so many seconds, until stopped."""
        while not self.stopped.wait(seconds):
            for part in (self.lost_jobs, self.overdue_uploads, self.deleted_assets, self.leftovers):
                try:
                    part()
                except Exception:  # noqa: BLE001 - a service goes on
                    _log.exception("sweeping failed")

    def lost_jobs(self) -> None:
        """Queue what never reached the queue; end what the queue has given up."""
        with self.tables.connect() as connection:
            quiet = [
                job
                for job in jobs.active_since(connection, now(seconds=-self.grace_seconds))
                if workflow_of(job) is not None
            ]
        states = self.queue.states([job.id for job in quiet])
        for job in quiet:
            state = states.get(job.id)
            if state is None:
                self.queue.submit(str(workflow_of(job)), job.id, job.turn)
            elif state == "ERROR" and self._may_restart(job.id):
                _log.warning("a job goes on that an outage ended", extra={"job": job.id})
                self.queue.restart(str(workflow_of(job)), job.id, job.turn)
            elif state in _ENDED:
                self._give_up(job.id, job.project_id)

    def _may_restart(self, job_id: str) -> bool:
        """Whether the engine's own error is the first few of this job: a workflow ends with none but in an outage."""
        with self.tables.begin() as connection:
            return jobs.count_restart(connection, job_id) <= _RESTARTS

    def _give_up(self, job_id: str, project_id: str) -> None:
        reason = {
            "error": "The separation took its worker down, more than once.",
            "hint": "The picture may need more memory than the worker has; try a smaller one and tell the operator.",
        }
        with self.tables.begin() as connection:
            if jobs.move(connection, job_id, "failure", metadata=reason, cost=0.0):
                ledger.refund(connection, job_id, project_id)
                _log.error("a job was given up", extra={"job": job_id})

    def overdue_uploads(self) -> None:
        """Fail uploads that nobody completed or that a dead server was importing, and remove their parts."""
        with self.tables.connect() as connection:
            late = uploads.overdue(connection, _IMPORT_SECONDS)
        for upload in late:
            reason = "The parts did not come in time; begin a new upload."
            if upload.status == "validating":
                reason = "The server stopped while it looked at the picture; begin a new upload."
            with self.tables.begin() as connection:
                uploads.end(connection, upload.id, "failed", error=reason)
                jobs.move(connection, upload.job_id, "failure", metadata={"error": reason})
            self.blobs.clear(f"uploads/{upload.id}")

    def deleted_assets(self) -> None:
        """Remove for good what can no longer be restored."""
        with self.tables.connect() as connection:
            ids = assets.expired(connection, now(days=-self.restore_days))
        if ids:
            self.blobs.delete(key for one in ids for key in (f"assets/{one}", previews.key(one)))
            for one in ids:
                looks.forget(self.blobs, one)
            with self.tables.begin() as connection:
                assets.remove(connection, ids)

    def leftovers(self) -> None:
        """Remove old archives and conversions, and the workpieces of jobs that have ended."""
        moment = datetime.now(UTC)
        old = moment - timedelta(hours=self.link_hours)
        for made in ("downloads", "conversions"):
            self.blobs.delete([key for key, written in self.blobs.under(made) if written < old])
        unused = moment - timedelta(days=self.restore_days)
        self.blobs.delete([key for key, written in self.blobs.under("masks") if written < unused])
        quiet = moment - timedelta(seconds=self.grace_seconds)
        owners: dict[str, list[str]] = {}
        for key, written in self.blobs.under("work"):
            if written < quiet:
                owners.setdefault(key.split("/")[1], []).append(key)
        with self.tables.connect() as connection:
            running = jobs.active_ids(connection, list(owners))
        self.blobs.delete(key for owner, keys in owners.items() if owner not in running for key in keys)
