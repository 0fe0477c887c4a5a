"""API keys: made, checked, listed, revoked. A secret is 256 random bits, so one SHA-256 of it is safe to keep."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from delaminate.server.ids import new_id, now

_METADATA = sa.MetaData()
PROJECTS = sa.Table(
    "projects",
    _METADATA,
    sa.Column("id", sa.String, primary_key=True),
    *(sa.Column(name, sa.String) for name in ("name", "created_at", "updated_at")),
    sa.Column("turn", sa.Integer),
)
KEYS = sa.Table(
    "api_keys",
    _METADATA,
    sa.Column("id", sa.String, primary_key=True),
    *(sa.Column(name, sa.String) for name in ("author_id", "project_id", "secret_sha256", "created_at", "revoked_at")),
)
_KNOWN = sa.select(KEYS.c.secret_sha256, KEYS.c.author_id, KEYS.c.project_id).where(
    KEYS.c.id == sa.bindparam("key"), KEYS.c.revoked_at.is_(None)
)
_NOBODY = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True)
class Caller:
    """Who a request comes from: the key, the id under which it acts, its project."""

    key_id: str
    author_id: str
    project_id: str


def create(connection: sa.Connection, project: str) -> tuple[str, str]:
    """Make a key for a project, which is made too when there is none of that name.

    Returns
    -------
    key, secret
        The secret is known nowhere else.
    """
    project_id = _project_named(connection, project)
    key, secret = new_id("api"), secrets.token_urlsafe(32)
    connection.execute(
        sa.insert(KEYS).values(
            id=key,
            author_id=new_id("apiu"),
            project_id=project_id,
            secret_sha256=hashlib.sha256(secret.encode()).hexdigest(),
            created_at=now(),
        )
    )
    return key, secret


def owner(connection: sa.Connection, project: str) -> Caller:
    """Whoever sits at this machine, for a service that asks for no key; the project is made when there is none."""
    return Caller("local", "local", _project_named(connection, project))


def _project_named(connection: sa.Connection, name: str) -> str:
    found = connection.execute(sa.select(PROJECTS.c.id).where(PROJECTS.c.name == name)).scalar_one_or_none()
    if found is not None:
        return str(found)
    made, moment = new_id("proj"), now()
    connection.execute(sa.insert(PROJECTS).values(id=made, name=name, created_at=moment, updated_at=moment, turn=0))
    return made


def check(connection: sa.Connection, key: str, secret: str) -> Caller | None:
    """Whose key this is; None when it is unknown, revoked, or the secret is not its own; equally long for each."""
    row = connection.execute(_KNOWN, {"key": key}).first()
    offered = hashlib.sha256(secret.encode()).hexdigest()
    matches = hmac.compare_digest(offered, _NOBODY if row is None else row.secret_sha256)
    return Caller(key, row.author_id, row.project_id) if row is not None and matches else None


@dataclass
class KeyRing:
    """Checks keys and remembers for a second those that are good, because clients poll; so long a revoked one works.

    Parameters
    ----------
    tables : where the keys are.
    seconds : how long a good key is not looked up again.
    """

    tables: sa.Engine
    seconds: float = 1.0
    _known: dict[str, tuple[float, bytes, Caller]] = field(default_factory=dict)

    def caller(self, key: str, secret: str) -> Caller | None:
        """Whose key this is, or None."""
        moment, offered = time.monotonic(), hashlib.sha256(secret.encode()).digest()
        known = self._known.get(key)
        if known is not None and moment < known[0] and hmac.compare_digest(known[1], offered):
            return known[2]
        with self.tables.connect() as connection:
            found = check(connection, key, secret)
        if found is not None:
            self._known[key] = (moment + self.seconds, offered, found)
        return found


def listed(connection: sa.Connection) -> list[dict[str, Any]]:
    """All keys with the names of their projects, oldest first."""
    query = sa.select(KEYS.c.id, PROJECTS.c.name.label("project"), KEYS.c.created_at, KEYS.c.revoked_at)
    rows = connection.execute(query.join(PROJECTS, PROJECTS.c.id == KEYS.c.project_id).order_by(KEYS.c.created_at))
    return [dict(row._mapping) for row in rows]


def revoke(connection: sa.Connection, key: str) -> bool:
    """Make a key useless; False when there is none of that id that still works."""
    done = connection.execute(
        sa.update(KEYS).where(KEYS.c.id == key, KEYS.c.revoked_at.is_(None)).values(revoked_at=now())
    )
    return bool(done.rowcount)


def project(connection: sa.Connection, project_id: str) -> dict[str, Any]:
    """The project's row and how many keys of it work."""
    row = connection.execute(sa.select(PROJECTS).where(PROJECTS.c.id == project_id)).one()
    working = sa.select(sa.func.count()).where(KEYS.c.project_id == project_id, KEYS.c.revoked_at.is_(None))
    return {**row._mapping, "keys": connection.execute(working).scalar_one()}
