"""The ledger: what a job is charged, settles and gets back, however often a step is done."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from delaminate.server.accounts import ledger
from delaminate.server.ids import ProjectId


@pytest.fixture
def connection() -> Iterator[sa.Connection]:
    """An empty ledger in memory."""
    engine = sa.create_engine("sqlite://")
    ledger.LEDGER.create(engine)
    with engine.connect() as opened:
        yield opened


SHOP = ProjectId("proj_shop")


def rows(connection: sa.Connection) -> list[tuple[str, str, float]]:
    """Job, entry and units of all lines."""
    table = ledger.LEDGER.c
    return [tuple(row) for row in connection.execute(sa.select(table.job_id, table.entry, table.units))]


def total(connection: sa.Connection, project: str = SHOP) -> float:
    """What a project spent in all."""
    return sum(day.units for day in ledger.spent(connection, project))


def test_a_settled_job_costs_what_it_used(connection: sa.Connection) -> None:
    """The most is charged first, and what was not used is given back."""
    ledger.charge(connection, "job_1", SHOP, 8)
    assert total(connection) == 8
    ledger.settle(connection, "job_1", SHOP, 3)
    assert total(connection) == 3
    assert rows(connection) == [("job_1", "charge", 8), ("job_1", "settlement", -5)]


def test_each_step_counts_once_however_often_it_is_done(connection: sa.Connection) -> None:
    """As after a crash, when a step is done again; also with other numbers."""
    for units in (8, 9):
        ledger.charge(connection, "job_1", SHOP, units)
    for units in (3, 2):
        ledger.settle(connection, "job_1", SHOP, units)
    assert rows(connection) == [("job_1", "charge", 8), ("job_1", "settlement", -5)]


def test_a_failed_job_gets_everything_back(connection: sa.Connection) -> None:
    """Once, and what other jobs were charged stays."""
    ledger.charge(connection, "job_1", SHOP, 8)
    ledger.charge(connection, "job_2", SHOP, 2)
    for _ in range(2):
        ledger.refund(connection, "job_1", SHOP)
    assert rows(connection)[-1] == ("job_1", "refund", -8)
    assert len(rows(connection)) == 3
    assert total(connection) == 2


def test_a_settled_job_is_refunded_what_it_still_costs(connection: sa.Connection) -> None:
    """The sum of a job is never below nothing."""
    ledger.charge(connection, "job_1", SHOP, 8)
    ledger.settle(connection, "job_1", SHOP, 3)
    ledger.refund(connection, "job_1", SHOP)
    assert total(connection) == 0
    assert rows(connection)[-1] == ("job_1", "refund", -3)


def test_nothing_is_booked_where_nothing_is_left(connection: sa.Connection) -> None:
    """A job that used all it was charged, and one that was charged nothing."""
    ledger.charge(connection, "job_1", SHOP, 8)
    ledger.settle(connection, "job_1", SHOP, 8)
    ledger.refund(connection, "job_2", SHOP)
    assert rows(connection) == [("job_1", "charge", 8)]


def test_a_project_sees_its_own_days_in_the_asked_span(connection: sa.Connection) -> None:
    """Grouped by day, in their order, jobs counted once; the start is in the span and the end is not."""
    for job, units in (("job_1", 4.0), ("job_2", 5.0), ("job_3", 6.0)):
        ledger.charge(connection, job, SHOP, units)
    ledger.charge(connection, "job_4", ProjectId("proj_other"), 100)
    ledger.settle(connection, "job_1", SHOP, 1)
    for job, day in (("job_1", "2026-01-02"), ("job_2", "2026-01-02"), ("job_3", "2026-01-03")):
        dated = sa.update(ledger.LEDGER).where(ledger.LEDGER.c.job_id == job).values(created_at=f"{day}T10:00:00Z")
        connection.execute(dated)
    assert ledger.spent(connection, SHOP) == [ledger.Day("2026-01-02", 6.0, 2), ledger.Day("2026-01-03", 6.0, 1)]
    assert [day.day for day in ledger.spent(connection, SHOP, "2026-01-03")] == ["2026-01-03"]
    assert [day.day for day in ledger.spent(connection, SHOP, "2026-01-03T10:00:00Z")] == ["2026-01-03"]
    assert [day.day for day in ledger.spent(connection, SHOP, "", "2026-01-03T10:00:00Z")] == ["2026-01-02"]
    assert ledger.spent(connection, "proj_nobody") == []
