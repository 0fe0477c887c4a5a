"""A base price for revisions."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """One row."""
    prices = sa.table("prices", sa.column("name", sa.String), sa.column("units", sa.Float))
    op.bulk_insert(prices, [{"name": "revision", "units": 1}])
