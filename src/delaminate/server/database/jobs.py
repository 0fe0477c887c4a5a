"""Jobs: rows that only move forward. Every change is one conditional UPDATE, right for any number of workers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from delaminate.server.database.tables import JOBS, USED_KEYS
from delaminate.server.documents import Json, StatusLine
from delaminate.server.ids import AuthorId, JobId, ProjectId, now

ACTIVE = ("pending", "queued", "warming-up", "in-progress", "finalizing")
FINISHED = ("success", "failure", "canceled")
_ROUND = 1000
"""Steps of a round of the queue; a weight may be as large."""
_ONE = sa.select(JOBS).where(JOBS.c.id == sa.bindparam("id"))
"""Made once: clients poll, and building a query takes longer than running this one."""


@dataclass(frozen=True)
class Job:
    """A row.

    Parameters
    ----------
    type : "custom" (a separation or a revision), "upload" or "assets-download".
    metadata : what the API tells of it; grows while it runs.
    request : what its workflow works from; `documents` has a shape for each.
    cost : compute units it was charged, or, once it ended, cost.
    asked_sha256, idempotency_key : tell a repeated request from a new one.
    turn : the round of the queue in which it is served, lower ones first; see `next_turn`.
    """

    id: JobId
    project_id: ProjectId
    author_id: AuthorId
    type: str
    metadata: Json
    request: Json
    status: str = "queued"
    progress: float = 0.0
    history: tuple[StatusLine, ...] = ()
    cost: float = 0.0
    asked_sha256: str | None = None
    idempotency_key: str | None = None
    hidden: bool = False
    turn: int = 0
    created_at: str = field(default_factory=now)
    updated_at: str = field(default_factory=now)


def of_row(row: Mapping[Any, Any]) -> Job:
    """The job of a row."""
    return Job(**{**row, "history": tuple(row["history"])})


def add(connection: sa.Connection, job: Job) -> Job:
    """Insert a job; the instants and the first line of its history are set here."""
    moment = now()
    begun = replace(job, created_at=moment, updated_at=moment, history=({"status": job.status, "date": moment},))
    connection.execute(sa.insert(JOBS).values({**asdict(begun), "history": list(begun.history)}))
    return begun


def get(connection: sa.Connection, job_id: str, project_id: str | None = None) -> Job | None:
    """A job, None where there is none of that id (in that project)."""
    row = connection.execute(_ONE, {"id": job_id}).first()
    if row is None or project_id not in (None, row.project_id):
        return None
    return of_row(row._mapping)


def repeated(connection: sa.Connection, author_id: str, sha256: str, *, since: str = "", after: str = "") -> Job | None:
    """The newest job that this key asked for with the same body since a moment, or strictly after one."""
    query = sa.select(JOBS).where(JOBS.c.author_id == author_id, JOBS.c.asked_sha256 == sha256)
    query = query.where(JOBS.c.created_at >= since, JOBS.c.created_at > after)
    row = connection.execute(query.order_by(JOBS.c.created_at.desc()).limit(1)).first()
    return None if row is None else of_row(row._mapping)


def by_idempotency_key(connection: sa.Connection, project_id: str, key: str) -> Job | None:
    """The job that was asked for under that key."""
    query = sa.select(JOBS).where(JOBS.c.project_id == project_id, JOBS.c.idempotency_key == key)
    row = connection.execute(query).first()
    return None if row is None else of_row(row._mapping)


def used(connection: sa.Connection, project_id: str, key: str) -> bool:
    """Whether a job that has been deleted since was asked for under that key."""
    query = sa.select(USED_KEYS.c.job_id).where(
        USED_KEYS.c.project_id == project_id, USED_KEYS.c.idempotency_key == key
    )
    return connection.execute(query).first() is not None


def active_count(connection: sa.Connection, project_id: str, kind: str) -> int:
    """How many of the project's jobs of a type are queued or running."""
    query = sa.select(sa.func.count()).select_from(JOBS)
    return int(
        connection.execute(
            query.where(JOBS.c.project_id == project_id, JOBS.c.type == kind, JOBS.c.status.in_(ACTIVE))
        ).scalar_one()
    )


def next_turn(connection: sa.Connection, project_id: str, weight: int) -> int:
    """The turn of the project's next job: projects are served round by round, each as often as its weight says.

    This is start-time fair queueing (Goyal, Vin & Cheng, 1996): a job starts where the queue is now, or one step behind
    the last of its project that still waits or runs, whichever is later. A project that has nothing in the queue is
    served next, however much others have put in before.

    Parameters
    ----------
    weight : jobs a round; a step is 1/weight of a round.
    """
    mine, active = JOBS.c.project_id == project_id, JOBS.c.status.in_(ACTIVE)
    last = connection.execute(sa.select(sa.func.max(JOBS.c.turn)).where(mine, active)).scalar_one()
    waiting = sa.select(sa.func.min(JOBS.c.turn)).where(JOBS.c.status == "queued", JOBS.c.turn > 0)
    running = sa.select(sa.func.max(JOBS.c.turn)).where(active, JOBS.c.status != "queued")
    here = connection.execute(waiting).scalar_one() or connection.execute(running).scalar_one() or 1
    return max(here, 0 if not last else last + max(1, _ROUND // weight), 1)


def waiting_since(connection: sa.Connection) -> str | None:
    """When the job that waits longest was asked for."""
    query = sa.select(sa.func.min(JOBS.c.created_at)).where(JOBS.c.status == "queued")
    found: str | None = connection.execute(query).scalar_one()
    return found


def sum_of_downloads(connection: sa.Connection, project_id: str, since: str) -> int:
    """Bytes of the project's archives that are made or were since a moment."""
    mine = JOBS.c.project_id == project_id, JOBS.c.type == "assets-download", JOBS.c.created_at >= since
    rows = connection.execute(sa.select(JOBS.c.request).where(*mine, JOBS.c.status.not_in(("failure", "canceled"))))
    return sum(int(row.request.get("size", 0)) for row in rows)


def count_by_status(connection: sa.Connection) -> dict[str, int]:
    """How many active jobs there are of each status."""
    query = sa.select(JOBS.c.status, sa.func.count()).where(JOBS.c.status.in_(ACTIVE)).group_by(JOBS.c.status)
    return {row[0]: row[1] for row in connection.execute(query)}


def advance(connection: sa.Connection, job_id: str, progress: float) -> bool:
    """Note progress, which never goes back; False when the job is no longer active."""
    further = sa.case((JOBS.c.progress < progress, progress), else_=JOBS.c.progress)
    changed = connection.execute(
        sa.update(JOBS).where(JOBS.c.id == job_id, JOBS.c.status.in_(ACTIVE)).values(progress=further, updated_at=now())
    )
    return bool(changed.rowcount)


def note(connection: sa.Connection, job_id: str, metadata: Mapping[str, Any]) -> None:
    """Merge into what an active job tells while it runs."""
    active = JOBS.c.id == job_id, JOBS.c.status.in_(ACTIVE)
    row = connection.execute(sa.select(JOBS.c.metadata).where(*active).with_for_update()).first()
    if row is not None:
        merged = {**row._mapping["metadata"], **metadata}
        connection.execute(sa.update(JOBS).where(*active).values(metadata=merged, updated_at=now()))


def arrange(connection: sa.Connection, job_id: str, arrangement: Mapping[str, Any]) -> bool:
    """Keep with a finished job how its layers are arranged; False when there is no such job."""
    done = JOBS.c.id == job_id, JOBS.c.status == "success"
    row = connection.execute(sa.select(JOBS.c.metadata).where(*done).with_for_update()).first()
    if row is None:
        return False
    merged = {**row._mapping["metadata"], "arrangement": dict(arrangement)}
    connection.execute(sa.update(JOBS).where(*done).values(metadata=merged, updated_at=now()))
    return True


def move(
    connection: sa.Connection,
    job_id: str,
    status: str,
    *,
    progress: float | None = None,
    metadata: Mapping[str, Any] | None = None,
    cost: float | None = None,
) -> bool:
    """Give an active job another status; False when it is no longer active, so that nothing finished is overwritten.

    Parameters
    ----------
    metadata : merged into what is there.
    """
    row = connection.execute(
        sa.select(JOBS).where(JOBS.c.id == job_id, JOBS.c.status.in_(ACTIVE)).with_for_update()
    ).first()
    if row is None:
        return False
    if row.status == status:
        return True
    moment = now()
    values: dict[str, Any] = {
        "status": status,
        "updated_at": moment,
        "history": [*row.history, {"status": status, "date": moment}],
    }
    if progress is not None:
        values["progress"] = max(progress, row.progress)
    if metadata is not None:
        values["metadata"] = {**row._mapping["metadata"], **metadata}
    if cost is not None:
        values["cost"] = cost
    changed = connection.execute(sa.update(JOBS).where(JOBS.c.id == job_id, JOBS.c.status.in_(ACTIVE)).values(values))
    return bool(changed.rowcount)


def active_since(connection: sa.Connection, before: str, limit: int = 200) -> list[Job]:
    """Active jobs that have not changed since `before`, oldest first."""
    query = sa.select(JOBS).where(JOBS.c.status.in_(ACTIVE), JOBS.c.updated_at < before)
    return [of_row(row._mapping) for row in connection.execute(query.order_by(JOBS.c.updated_at).limit(limit))]


def active_ids(connection: sa.Connection, ids: list[str]) -> set[str]:
    """Those of the ids that belong to active jobs."""
    query = sa.select(JOBS.c.id).where(JOBS.c.id.in_(ids), JOBS.c.status.in_(ACTIVE))
    return {row.id for row in connection.execute(query)}


def count_restart(connection: sa.Connection, job_id: str) -> int:
    """Note that a job is begun anew; how often that was."""
    row = connection.execute(sa.select(JOBS.c.request).where(JOBS.c.id == job_id).with_for_update()).one()
    count = int(row.request.get("restarts", 0)) + 1
    changed = {"request": {**row.request, "restarts": count}, "updated_at": now()}
    connection.execute(sa.update(JOBS).where(JOBS.c.id == job_id).values(changed))
    return count


def remove(connection: sa.Connection, job_id: str) -> bool:
    """Forget a job that has ended, but for its idempotency key; False when it has not."""
    ended = JOBS.c.id == job_id, JOBS.c.status.in_(FINISHED)
    known = sa.select(JOBS.c.project_id, JOBS.c.idempotency_key, JOBS.c.id).where(
        *ended, JOBS.c.idempotency_key.is_not(None)
    )
    connection.execute(sa.insert(USED_KEYS).from_select(["project_id", "idempotency_key", "job_id"], known))
    gone = connection.execute(sa.delete(JOBS).where(*ended))
    return bool(gone.rowcount)


def used_by_others(connection: sa.Connection, project_id: str, asset_ids: Sequence[str]) -> set[str]:
    """Those of the assets that jobs of the project name: as input or result, or, while they run, as what they work on.

    Notes
    -----
    Reads the project's jobs once for each asset.
    """
    told, asked = (sa.cast(JOBS.c[name], sa.Text) for name in ("metadata", "request"))
    used = set()
    for asset_id in asset_ids:
        named = told.contains(asset_id) | (JOBS.c.status.in_(ACTIVE) & asked.contains(asset_id))
        query = sa.select(JOBS.c.id).where(JOBS.c.project_id == project_id, named).limit(1)
        if connection.execute(query).first() is not None:
            used.add(asset_id)
    return used
