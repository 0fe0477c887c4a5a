"""Uploads in parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from delaminate.server.database.tables import UPLOADS
from delaminate.server.ids import now


def add(connection: sa.Connection, upload: Mapping[str, Any]) -> dict[str, Any]:
    """Insert an upload that waits for its parts."""
    moment = now()
    row = {**upload, "status": "pending", "entity_id": None, "error": None, "created_at": moment, "updated_at": moment}
    connection.execute(sa.insert(UPLOADS).values(row))
    return row


def get(connection: sa.Connection, upload_id: str, project_id: str | None = None) -> dict[str, Any] | None:
    """An upload, None where there is none of that id (in that project)."""
    query = sa.select(UPLOADS).where(UPLOADS.c.id == upload_id)
    if project_id is not None:
        query = query.where(UPLOADS.c.project_id == project_id)
    row = connection.execute(query).first()
    return None if row is None else dict(row._mapping)


def claim(connection: sa.Connection, upload_id: str) -> bool:
    """Take a pending upload for importing; False when somebody else has it."""
    changed = connection.execute(
        sa.update(UPLOADS)
        .where(UPLOADS.c.id == upload_id, UPLOADS.c.status == "pending")
        .values(status="validating", updated_at=now())
    )
    return bool(changed.rowcount)


def end(
    connection: sa.Connection, upload_id: str, status: str, *, entity_id: str | None = None, error: str | None = None
) -> None:
    """Note how an upload ended."""
    values = {"status": status, "entity_id": entity_id, "error": error, "updated_at": now()}
    connection.execute(sa.update(UPLOADS).where(UPLOADS.c.id == upload_id).values(values))


def overdue(connection: sa.Connection, limit: int = 200) -> list[dict[str, Any]]:
    """Uploads that are not finished and whose time is over."""
    open_ones = UPLOADS.c.status.in_(("pending", "validating"))
    query = sa.select(UPLOADS).where(open_ones, UPLOADS.c.expires_at < now()).limit(limit)
    return [dict(row._mapping) for row in connection.execute(query)]
