"""A Postgres connection that gives up: a frozen server answers nothing, and no limit of its own ends the wait."""

from __future__ import annotations

from typing import Any

import psycopg
import sqlalchemy as sa

SECONDS = 15.0
"""The longest that one statement may take; ours take milliseconds."""
_CONNECT_SECONDS = 5


class _Impatient(psycopg.Connection[Any]):
    """Every answer of the server is waited for in here."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        try:
            return super().wait(gen, interval, SECONDS if timeout is None else timeout)
        except psycopg.errors._WaitTimeout as error:
            self.close()
            raise psycopg.OperationalError("the database does not answer") from error


def make_impatient(engine: sa.Engine) -> None:
    """Let an engine open such connections, where it is one of Postgres."""
    if engine.dialect.name == "postgresql":
        sa.event.listen(engine, "do_connect", _connect)


def _connect(_dialect: Any, _record: Any, arguments: Any, options: dict[str, Any]) -> psycopg.Connection[Any]:
    limits = {"connect_timeout": _CONNECT_SECONDS, "options": f"-c statement_timeout={int(1000 * SECONDS)}"}
    return _Impatient.connect(*arguments, **{**limits, **options})
