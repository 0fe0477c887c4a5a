"""Taking a job on: charged, stored and queued once, however often a client repeats its request."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated

import sqlalchemy as sa
from fastapi import Header, Query
from pydantic import BaseModel

from delaminate.server.accounts import ledger, limits
from delaminate.server.accounts.api_keys import Caller
from delaminate.server.api.dependencies import Service
from delaminate.server.api.queueing import submit
from delaminate.server.database import jobs
from delaminate.server.database.jobs import Job
from delaminate.server.documents import Json
from delaminate.server.errors import InvalidInput
from delaminate.server.ids import JobId, new_id, now

DryRun = Annotated[str | None, Query(alias="dryRun", description="true or api: only say the price.")]
Retry = Annotated[int, Header(alias="x-stainless-retry-count", ge=0)]
IdempotencyKey = Annotated[str | None, Header(pattern=r"^[ -~]{1,255}$")]

_RETRY_SECONDS = 180
"""How long after a request the SDK may still be repeating it: three tries of 60 s."""


def is_dry(dry_run: str | None) -> bool:
    """Whether only the price is asked for.

    Raises
    ------
    InvalidInput
        If it is none of the words that Scenario knows.
    """
    if dry_run not in (None, "true", "false", "api"):
        raise InvalidInput("Input dryRun must be true, api or false", input="dryRun")
    return dry_run in ("true", "api")


def cost_json(units: float) -> Json:
    """A price as the API writes it."""
    details = {"custom-generation": units} if units else {}
    return {"creativeUnitsCost": units, "creativeUnitsDiscount": 0, "costDetails": details}


@dataclass(frozen=True)
class Asked:
    """What tells a repetition from a new request: the body's hash, the SDK's retry counter, the client's own key."""

    sha256: str
    repeated: bool
    key: str | None

    @classmethod
    def of(cls, body: BaseModel, retry: int, key: str | None, *about: str) -> Asked:
        """The marks of a request; `about` is what its path names."""
        told = [*about, json.dumps(body.model_dump(mode="json"), sort_keys=True)]
        return cls(hashlib.sha256("\0".join(told).encode()).hexdigest(), retry > 0, key)


@dataclass(frozen=True)
class Order:
    """What a new job starts with: what it tells, what its workflow works from, whether its results are hidden."""

    metadata: Json
    request: Mapping[str, object]
    hidden: bool


def accept(parts: Service, who: Caller, asked: Asked, workflow: str, units: float, order: Callable[[], Order]) -> Job:
    """Store the job, charge it, queue it; a request that is a repetition gets the job it made before.

    Parameters
    ----------
    order : called only for a request that is none.
    """
    with parts.tables.begin() as connection:
        before = _before(connection, parts, who, asked)
    if before is not None:
        return before
    made = order()
    with parts.tables.begin() as connection:
        # Asked again, because a twin of this request may have come between.
        before = _before(connection, parts, who, asked)
        if before is not None:
            return before
        job = jobs.add(
            connection,
            Job(
                JobId(new_id("job")),
                who.project_id,
                who.author_id,
                "custom",
                made.metadata,
                dict(made.request),
                cost=units,
                asked_sha256=asked.sha256,
                idempotency_key=asked.key,
                hidden=made.hidden,
            ),
        )
        ledger.charge(connection, job.id, who.project_id, units)
    submit(parts, workflow, job.id)
    return job


def _before(connection: sa.Connection, parts: Service, who: Caller, asked: Asked) -> Job | None:
    """The job that this request has made already; when there is none, whether there is room for one."""
    limits.take_turn(connection, who.project_id)
    before = None
    if asked.key is not None:
        before = jobs.by_idempotency_key(connection, who.project_id, asked.key)
        if before is not None and before.asked_sha256 != asked.sha256:
            raise InvalidInput("This Idempotency-Key was used for another body; use a new one", input="Idempotency-Key")
    elif asked.repeated:
        before = jobs.repeated(connection, who.author_id, asked.sha256, now(seconds=-_RETRY_SECONDS))
    if before is None:
        limits.check_parallel(jobs.active_count(connection, who.project_id, "custom"), parts.settings.parallel_jobs)
    return before
