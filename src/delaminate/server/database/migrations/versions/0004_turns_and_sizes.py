"""The turn of each job in the queue, and how many projects may do at once and a month."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Columns with defaults, which older processes leave alone."""
    op.add_column("jobs", sa.Column("turn", sa.Integer, nullable=False, server_default="0"))
    op.add_column("projects", sa.Column("weight", sa.Integer, nullable=False, server_default="1"))
    op.add_column("projects", sa.Column("monthly_units", sa.Float))
    op.create_index("assets_sizes", "assets", ["project_id", "size"])
