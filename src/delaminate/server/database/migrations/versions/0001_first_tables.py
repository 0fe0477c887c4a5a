"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ID, MOMENT = sa.String(64), sa.String(24)


def upgrade() -> None:
    """Create everything."""
    op.create_table(
        "facts", sa.Column("name", sa.String(64), primary_key=True), sa.Column("value", sa.Text, nullable=False)
    )
    op.create_table(
        "projects",
        sa.Column("id", ID, primary_key=True),
        sa.Column("name", sa.String(200), nullable=False, unique=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("turn", sa.Integer, nullable=False, server_default="0"),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", ID, primary_key=True),
        sa.Column("author_id", ID, nullable=False),
        sa.Column("project_id", ID, sa.ForeignKey("projects.id"), nullable=False),
        sa.Column("secret_sha256", sa.String(64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT),
    )
    op.create_table(
        "prices", sa.Column("name", sa.String(64), primary_key=True), sa.Column("units", sa.Float, nullable=False)
    )
    op.create_table(
        "ledger",
        sa.Column("job_id", ID, primary_key=True),
        sa.Column("entry", sa.String(16), primary_key=True),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("units", sa.Float, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
    )
    op.create_index("ledger_project", "ledger", ["project_id", "created_at"])
    op.create_table(
        "jobs",
        sa.Column("id", ID, primary_key=True),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("author_id", ID, nullable=False),
        sa.Column("type", sa.String(32), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("progress", sa.Float, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("history", sa.JSON, nullable=False),
        sa.Column("metadata", sa.JSON, nullable=False),
        sa.Column("request", sa.JSON, nullable=False),
        sa.Column("cost", sa.Float, nullable=False),
        sa.Column("asked_sha256", sa.String(64)),
        sa.Column("idempotency_key", sa.String(255)),
        sa.Column("hidden", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.UniqueConstraint("project_id", "idempotency_key"),
    )
    op.create_index("jobs_project", "jobs", ["project_id", "created_at", "id"])
    op.create_index("jobs_changed", "jobs", ["project_id", "updated_at", "id"])
    op.create_index("jobs_status", "jobs", ["status", "updated_at"])
    op.create_table(
        "assets",
        sa.Column("id", ID, primary_key=True),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("author_id", ID, nullable=False),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("mime_type", sa.String(64), nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("parent_id", ID),
        sa.Column("root_id", ID),
        sa.Column("job_id", ID),
        sa.Column("output_index", sa.Integer),
        sa.Column("model_id", sa.String(128)),
        sa.Column("metadata", sa.JSON, nullable=False),
        sa.Column("collection_ids", sa.JSON, nullable=False),
        sa.Column("hidden", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("deleted_at", MOMENT),
    )
    op.create_index("assets_project", "assets", ["project_id", "created_at", "id"])
    op.create_index("assets_changed", "assets", ["project_id", "updated_at", "id"])
    op.create_index("assets_deleted", "assets", ["deleted_at"])
    op.create_table(
        "asset_tags",
        sa.Column("asset_id", ID, primary_key=True),
        sa.Column("tag", sa.String(200), primary_key=True),
    )
    op.create_table(
        "uploads",
        sa.Column("id", ID, primary_key=True),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("author_id", ID, nullable=False),
        sa.Column("job_id", ID, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("file_name", sa.String(300), nullable=False),
        sa.Column("content_type", sa.String(128), nullable=False),
        sa.Column("file_size", sa.BigInteger, nullable=False),
        sa.Column("parts_count", sa.Integer, nullable=False),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("entity_id", ID),
        sa.Column("error", sa.Text),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
    )
    op.create_index("uploads_expired", "uploads", ["status", "expires_at"])
    op.bulk_insert(
        sa.table("prices", sa.column("name", sa.String), sa.column("units", sa.Float)),
        [
            {"name": "base", "units": 2},
            {"name": "content-aware", "units": 1},
            {"name": "flux2-klein-9b", "units": 2},
            {"name": "flux2-dev", "units": 3},
            {"name": "gpt-image-2", "units": 4},
        ],
    )
