"""Facts of the installation that all its processes share: the key that signs links, the id of the team."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from delaminate.server.database.tables import FACTS


def fact(engine: sa.Engine, name: str, first: str) -> str:
    """The value kept under a name; `first` is stored where there is none yet, whoever comes first wins."""
    query = sa.select(FACTS.c.value).where(FACTS.c.name == name)
    with engine.connect() as connection:
        value = connection.execute(query).scalar_one_or_none()
    if value is None:
        try:
            with engine.begin() as connection:
                connection.execute(sa.insert(FACTS).values(name=name, value=first))
        except IntegrityError:
            pass
        with engine.connect() as connection:
            value = connection.execute(query).scalar_one()
    return str(value)


def taken_fact(engine: sa.Engine, name: str) -> str:
    """The value kept under a name, which is kept there no longer; empty where there was none."""
    with engine.begin() as connection:
        value = connection.execute(sa.select(FACTS.c.value).where(FACTS.c.name == name)).scalar_one_or_none()
        connection.execute(sa.delete(FACTS).where(FACTS.c.name == name))
    return str(value or "")
