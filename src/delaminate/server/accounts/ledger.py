"""The ledger: at most one charge, one settlement and one refund a job, however often a step is done."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from delaminate.server.ids import now

LEDGER = sa.Table(
    "ledger",
    sa.MetaData(),
    sa.Column("job_id", sa.String, primary_key=True),
    sa.Column("entry", sa.String, primary_key=True),
    sa.Column("project_id", sa.String),
    sa.Column("units", sa.Float),
    sa.Column("created_at", sa.String),
)


def charge(connection: sa.Connection, job_id: str, project_id: str, units: float) -> None:
    """Book the most a job can cost, when it is accepted."""
    _book(connection, job_id, "charge", project_id, units)


def settle(connection: sa.Connection, job_id: str, project_id: str, units: float) -> None:
    """Book what a finished job did not use of its charge."""
    spare = _balance(connection, job_id) - units
    if spare:
        _book(connection, job_id, "settlement", project_id, -spare)


def refund(connection: sa.Connection, job_id: str, project_id: str) -> None:
    """Give back everything that a failed or cancelled job was charged."""
    balance = _balance(connection, job_id)
    if balance:
        _book(connection, job_id, "refund", project_id, -balance)


def _balance(connection: sa.Connection, job_id: str) -> float:
    query = sa.select(sa.func.coalesce(sa.func.sum(LEDGER.c.units), 0.0)).where(LEDGER.c.job_id == job_id)
    return float(connection.execute(query).scalar_one())


def _book(connection: sa.Connection, job_id: str, entry: str, project_id: str, units: float) -> None:
    there = sa.select(LEDGER.c.job_id).where(LEDGER.c.job_id == job_id, LEDGER.c.entry == entry)
    if connection.execute(there).first() is None:
        connection.execute(
            sa.insert(LEDGER).values(job_id=job_id, entry=entry, project_id=project_id, units=units, created_at=now())
        )


@dataclass(frozen=True)
class Day:
    """What a project spent on a day."""

    day: str
    units: float
    jobs: int


def spent(connection: sa.Connection, project_id: str, start: str = "", end: str = "9") -> list[Day]:
    """Compute units and jobs per day of a project between two instants."""
    day = sa.func.substr(LEDGER.c.created_at, 1, 10).label("day")
    jobs = sa.func.count(sa.distinct(LEDGER.c.job_id)).label("jobs")
    query = sa.select(day, sa.func.sum(LEDGER.c.units).label("units"), jobs).where(
        LEDGER.c.project_id == project_id, LEDGER.c.created_at >= start, LEDGER.c.created_at < end
    )
    return [Day(**row._mapping) for row in connection.execute(query.group_by(day).order_by(day))]
