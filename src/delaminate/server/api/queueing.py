"""Telling the queue. The job's row is the truth: when the queue does not answer, the sweeper puts it right later."""

from __future__ import annotations

import logging

from delaminate.server.api.dependencies import Service
from delaminate.server.database.jobs import Job

_log = logging.getLogger(__name__)


def submit(parts: Service, workflow: str, job: Job) -> None:
    """Queue a stored job."""
    try:
        parts.queue.submit(workflow, job.id, job.turn)
    except Exception:  # noqa: BLE001 - the job is stored: an error now would make the client ask for another
        _log.exception("the job is stored but not queued yet", extra={"job": job.id})


def cancel(parts: Service, job_id: str) -> None:
    """Take a cancelled job out of the queue; a worker that has it sees the row at its next tick."""
    try:
        parts.queue.cancel(job_id)
    except Exception:  # noqa: BLE001 - likewise
        _log.exception("the job is cancelled but still queued", extra={"job": job_id})
