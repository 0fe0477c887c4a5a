"""The tables as queries see them; `migrations/` creates them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

_METADATA = sa.MetaData()


def _table(name: str, *columns: sa.Column[Any]) -> sa.Table:
    return sa.Table(name, _METADATA, *columns)


def _json(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON)


FACTS = _table("facts", sa.Column("name", sa.String, primary_key=True), sa.Column("value", sa.Text))

JOBS = _table(
    "jobs",
    sa.Column("id", sa.String, primary_key=True),
    *(sa.Column(name, sa.String) for name in ("project_id", "author_id", "type", "status", "created_at", "updated_at")),
    sa.Column("progress", sa.Float),
    *(_json(name) for name in ("history", "metadata", "request")),
    sa.Column("cost", sa.Float),
    sa.Column("asked_sha256", sa.String),
    sa.Column("idempotency_key", sa.String),
    sa.Column("hidden", sa.Boolean),
    sa.Column("turn", sa.Integer),
)

USED_KEYS = _table(
    "used_keys",
    sa.Column("project_id", sa.String, primary_key=True),
    sa.Column("idempotency_key", sa.String, primary_key=True),
    sa.Column("job_id", sa.String),
)

ASSETS = _table(
    "assets",
    sa.Column("id", sa.String, primary_key=True),
    *(sa.Column(name, sa.String) for name in ("project_id", "author_id", "source", "mime_type", "name", "description")),
    *(sa.Column(name, sa.Integer) for name in ("width", "height", "size", "output_index")),
    *(sa.Column(name, sa.String) for name in ("parent_id", "root_id", "job_id", "model_id")),
    *(_json(name) for name in ("metadata", "collection_ids")),
    sa.Column("hidden", sa.Boolean),
    *(sa.Column(name, sa.String) for name in ("created_at", "updated_at", "deleted_at")),
)

TAGS = _table(
    "asset_tags", sa.Column("asset_id", sa.String, primary_key=True), sa.Column("tag", sa.String, primary_key=True)
)

UPLOADS = _table(
    "uploads",
    sa.Column("id", sa.String, primary_key=True),
    *(sa.Column(name, sa.String) for name in ("project_id", "author_id", "job_id", "status", "file_name")),
    *(sa.Column(name, sa.String) for name in ("content_type", "entity_id", "error")),
    *(sa.Column(name, sa.Integer) for name in ("file_size", "parts_count")),
    _json("options"),
    *(sa.Column(name, sa.String) for name in ("expires_at", "created_at", "updated_at")),
)
