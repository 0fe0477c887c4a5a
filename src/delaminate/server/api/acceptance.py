"""Taking a job on: charged, stored and queued once, however often a client repeats its request."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated

import sqlalchemy as sa
from fastapi import Depends, Header, Query, Request
from pydantic import BaseModel

from delaminate.server.accounts import ledger, limits
from delaminate.server.accounts.api_keys import Caller
from delaminate.server.api.dependencies import Service
from delaminate.server.api.queueing import submit
from delaminate.server.database import assets, jobs
from delaminate.server.database.jobs import Job
from delaminate.server.documents import Json
from delaminate.server.errors import InvalidInput
from delaminate.server.ids import AssetId, JobId, new_id, now

DryRun = Annotated[str | None, Query(alias="dryRun", description="true or api: only say the price.")]
Retry = Annotated[int, Header(alias="x-stainless-retry-count", ge=0)]
IdempotencyKey = Annotated[str | None, Header(pattern=r"^[ -~]{1,255}$")]

_RETRY_SECONDS = 180
"""How long after a request the SDK may still be repeating it: three tries of 60 s."""

_MOST_BYTES = 64_000
"""Of a stored request: fifty targets with all they can say have 30,000."""
_BY_RETRY = "byRetry"
"""In a job's request: it was made by a repetition, whose first request may still come."""


def _arrival(request: Request) -> str:
    """When the request began to come in; `boundary.py` noted it, before the body was read."""
    return str(request.state.arrived)


Arrival = Annotated[str, Depends(_arrival)]


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
    """What tells a repetition from a new request.

    Parameters
    ----------
    sha256 : of the body.
    repeated : whether the SDK's counter says so.
    arrived : when the request began to come in.
    key : the client's own.
    """

    sha256: str
    repeated: bool
    arrived: str
    key: str | None

    @classmethod
    def of(cls, body: BaseModel, retry: int, arrived: str, key: str | None, *about: str) -> Asked:
        """The marks of a request; `about` is what its path names."""
        told = [*about, json.dumps(body.model_dump(mode="json"), sort_keys=True)]
        return cls(hashlib.sha256("\0".join(told).encode()).hexdigest(), retry > 0, arrived, key)


@dataclass(frozen=True)
class Order:
    """What a new job starts with: what it tells, what its workflow works from, whether its results are hidden.

    Parameters
    ----------
    made : the asset that was made for it alone.
    """

    metadata: Json
    request: Mapping[str, object]
    hidden: bool
    made: AssetId | None = None


def check_size(request: Mapping[str, object], most: int) -> None:
    """Refuse a request whose stored form is larger than any that people write.

    Raises
    ------
    InvalidInput
        With how large it is.
    """
    # What a revision keeps of the job before is ours, and was bounded when that was made.
    told = {name: value for name, value in request.items() if name not in ("layers", "output")}
    size = len(json.dumps(told))
    if size > most:
        raise InvalidInput(
            f"This request has {size:,} bytes of instruction, plan, regions and edits, and {most:,} are taken: "
            "ask for fewer things at once",
            input="plan",
        )


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
    check_size(made.request, _MOST_BYTES)
    with parts.tables.begin() as connection:
        # Asked again, because a twin of this request may have come between; from here on nobody else has a turn.
        before = _before(connection, parts, who, asked)
        job = before or jobs.add(
            connection,
            Job(
                JobId(new_id("job")),
                who.project_id,
                who.author_id,
                "custom",
                made.metadata,
                {**made.request, _BY_RETRY: True} if asked.repeated else dict(made.request),
                cost=units,
                asked_sha256=asked.sha256,
                idempotency_key=asked.key,
                hidden=made.hidden,
                turn=jobs.next_turn(connection, who.project_id, limits.weight(connection, who.project_id)),
            ),
        )
        if before is None:
            limits.check_spending(connection, who.project_id, units, parts.settings.monthly_units)
            ledger.charge(connection, job.id, who.project_id, units)
        elif made.made is not None:
            assets.remove(connection, [made.made])
    if before is None:
        submit(parts, workflow, job)
    elif made.made is not None:
        parts.blobs.delete([f"assets/{made.made}"])
    return job


def _before(connection: sa.Connection, parts: Service, who: Caller, asked: Asked) -> Job | None:
    """The job that this request has made already; when there is none, whether there is room for one."""
    limits.take_turn(connection, who.project_id)
    before = None
    if asked.key is not None:
        before = jobs.by_idempotency_key(connection, who.project_id, asked.key)
        if before is not None and before.asked_sha256 != asked.sha256:
            raise InvalidInput("This Idempotency-Key was used for another body; use a new one", input="Idempotency-Key")
        if before is None and jobs.used(connection, who.project_id, asked.key):
            raise InvalidInput(
                "This Idempotency-Key was used for a job that has been deleted; use a new one", input="Idempotency-Key"
            )
    elif asked.repeated:
        before = jobs.repeated(connection, who.author_id, asked.sha256, since=now(seconds=-_RETRY_SECONDS))
    else:
        # A retry that came later than this request and was quicker is its own.
        before = jobs.repeated(connection, who.author_id, asked.sha256, after=asked.arrived)
        before = before if before is not None and before.request.get(_BY_RETRY) else None
    if before is None:
        limits.check_parallel(jobs.active_count(connection, who.project_id, "custom"), parts.settings.parallel_jobs)
    return before
