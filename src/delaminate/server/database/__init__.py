"""The service's tables on SQLite (WAL) or Postgres: opened here, brought to the newest version, queried beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from delaminate.errors import BadInput
from delaminate.server.database.patience import make_impatient

_POOL_SECONDS = 5.0
"""How long a connection of the pool is waited for."""
_MIGRATION_LOCK = 7_261_003
"""Any number; the processes of one installation take turns by it on Postgres."""


def open_database(url: str, connections: int = 20) -> sa.Engine:
    """Connect, and create or upgrade the tables; safe to call from many processes at once.

    Parameters
    ----------
    url : of SQLAlchemy; `sqlite:///file` or `postgresql+psycopg://…`.
    connections : size of the pool.

    Raises
    ------
    BadInput
        If what is there is damaged.
    """
    if url.startswith("sqlite"):
        Path(sa.make_url(url).database or "").parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(
        url,
        pool_size=connections,
        max_overflow=connections,
        pool_timeout=_POOL_SECONDS,
        pool_pre_ping="sqlite" not in url,
    )
    make_impatient(engine)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _set_up_sqlite)
    try:
        _migrate(engine)
    except sa.exc.OperationalError:
        raise  # it is away, and may come back
    except sa.exc.DatabaseError as error:
        place = engine.url.render_as_string(hide_password=True)
        raise BadInput(f"the database {place} is damaged ({error.orig}); restore it from a backup") from error
    return engine


def _set_up_sqlite(connection: Any, _: Any) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")


def _migrate(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # The driver begins transactions late; this takes the write lock before anything is read.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
