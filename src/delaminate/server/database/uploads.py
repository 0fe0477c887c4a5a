"""Uploads in parts."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace

import sqlalchemy as sa

from delaminate.server.database.tables import UPLOADS
from delaminate.server.documents import UploadOptions
from delaminate.server.ids import AssetId, AuthorId, JobId, ProjectId, UploadId, now


@dataclass(frozen=True)
class Upload:
    """A row.

    Parameters
    ----------
    file_size : bytes of the whole file, as announced.
    options : what its asset gets.
    status : "pending", "validating", "imported" or "failed".
    entity_id : the asset it became.
    """

    id: UploadId
    project_id: ProjectId
    author_id: AuthorId
    job_id: JobId
    file_name: str
    content_type: str
    file_size: int
    parts_count: int
    options: UploadOptions
    expires_at: str
    status: str = "pending"
    entity_id: AssetId | None = None
    error: str | None = None
    created_at: str = field(default_factory=now)
    updated_at: str = field(default_factory=now)


def add(connection: sa.Connection, upload: Upload) -> Upload:
    """Insert an upload that waits for its parts."""
    moment = now()
    begun = replace(upload, created_at=moment, updated_at=moment)
    connection.execute(sa.insert(UPLOADS).values(asdict(begun)))
    return begun


def get(connection: sa.Connection, upload_id: str, project_id: str | None = None) -> Upload | None:
    """An upload, None where there is none of that id (in that project)."""
    query = sa.select(UPLOADS).where(UPLOADS.c.id == upload_id)
    if project_id is not None:
        query = query.where(UPLOADS.c.project_id == project_id)
    row = connection.execute(query).first()
    return None if row is None else Upload(**row._mapping)


def claim(connection: sa.Connection, upload_id: str) -> bool:
    """Take a pending upload for importing; False when somebody else has it."""
    changed = connection.execute(
        sa.update(UPLOADS)
        .where(UPLOADS.c.id == upload_id, UPLOADS.c.status == "pending")
        .values(status="validating", updated_at=now())
    )
    return bool(changed.rowcount)


def release(connection: sa.Connection, upload_id: str) -> None:
    """Give back an upload that was claimed and could not be imported just now; it may be completed again."""
    mine = UPLOADS.c.id == upload_id, UPLOADS.c.status == "validating"
    connection.execute(sa.update(UPLOADS).where(*mine).values(status="pending", updated_at=now()))


def cancel(connection: sa.Connection, job_id: str) -> str | None:
    """End the upload of a job that is cancelled; its id, None where it has ended already."""
    mine = UPLOADS.c.job_id == job_id, UPLOADS.c.status.in_(("pending", "validating"))
    found = connection.execute(sa.select(UPLOADS.c.id).where(*mine)).scalar_one_or_none()
    values = {"status": "failed", "error": "The upload was cancelled.", "updated_at": now()}
    connection.execute(sa.update(UPLOADS).where(*mine).values(values))
    return found


def end(
    connection: sa.Connection, upload_id: str, status: str, *, entity_id: str | None = None, error: str | None = None
) -> None:
    """Note how an upload ended."""
    values = {"status": status, "entity_id": entity_id, "error": error, "updated_at": now()}
    connection.execute(sa.update(UPLOADS).where(UPLOADS.c.id == upload_id).values(values))


def overdue(connection: sa.Connection, import_seconds: float, limit: int = 200) -> list[Upload]:
    """Uploads that are not finished and whose time is over.

    Parameters
    ----------
    import_seconds : how long importing may take; what takes longer was left by a server that died.
    """
    late = (UPLOADS.c.status == "pending") & (UPLOADS.c.expires_at < now())
    left = (UPLOADS.c.status == "validating") & (UPLOADS.c.updated_at < now(seconds=-import_seconds))
    query = sa.select(UPLOADS).where(late | left).limit(limit)
    return [Upload(**row._mapping) for row in connection.execute(query)]
