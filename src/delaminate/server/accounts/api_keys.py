"""API keys: made, checked, listed, revoked. A secret is 256 random bits, so one SHA-256 of it is safe to keep."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass, field

import sqlalchemy as sa

from delaminate.server.ids import AuthorId, ProjectId, new_id, now

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
    author_id: AuthorId
    project_id: ProjectId


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
    return Caller("local", AuthorId("local"), _project_named(connection, project))


def _project_named(connection: sa.Connection, name: str) -> ProjectId:
    found = connection.execute(sa.select(PROJECTS.c.id).where(PROJECTS.c.name == name)).scalar_one_or_none()
    if found is not None:
        return ProjectId(found)
    made, moment = ProjectId(new_id("proj")), now()
    connection.execute(sa.insert(PROJECTS).values(id=made, name=name, created_at=moment, updated_at=moment, turn=0))
    return made


def check(connection: sa.Connection, key: str, secret: str) -> Caller | None:
    """Whose key this is; None when it is unknown, revoked, or the secret is not its own; equally long for each."""
    row = connection.execute(_KNOWN, {"key": key}).first()
    offered = hashlib.sha256(secret.encode()).hexdigest()
    matches = hmac.compare_digest(offered, _NOBODY if row is None else row.secret_sha256)
    return Caller(key, AuthorId(row.author_id), ProjectId(row.project_id)) if row is not None and matches else None


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

    def remembered(self, key: str, secret: str) -> Caller | None:
        """Whose key this is, where that was looked up a moment ago."""
        known = self._known.get(key)
        if known is None or time.monotonic() >= known[0]:
            return None
        offered = hashlib.sha256(secret.encode()).digest()
        return known[2] if hmac.compare_digest(known[1], offered) else None

    def caller(self, key: str, secret: str) -> Caller | None:
        """Whose key this is, or None."""
        moment, offered = time.monotonic(), hashlib.sha256(secret.encode()).digest()
        with self.tables.connect() as connection:
            found = check(connection, key, secret)
        if found is not None:
            self._known[key] = (moment + self.seconds, offered, found)
        return found


@dataclass(frozen=True)
class Key:
    """A key as it is listed, without its secret; `project` is the name."""

    id: str
    project: str
    created_at: str
    revoked_at: str | None


def listed(connection: sa.Connection) -> list[Key]:
    """All keys with the names of their projects, oldest first."""
    query = sa.select(KEYS.c.id, PROJECTS.c.name.label("project"), KEYS.c.created_at, KEYS.c.revoked_at)
    rows = connection.execute(query.join(PROJECTS, PROJECTS.c.id == KEYS.c.project_id).order_by(KEYS.c.created_at))
    return [Key(**row._mapping) for row in rows]


def revoke(connection: sa.Connection, key: str) -> bool:
    """Make a key useless; False when there is none of that id that still works."""
    done = connection.execute(
        sa.update(KEYS).where(KEYS.c.id == key, KEYS.c.revoked_at.is_(None)).values(revoked_at=now())
    )
    return bool(done.rowcount)


@dataclass(frozen=True)
class Project:
    """A project, and how many keys of it work."""

    id: ProjectId
    name: str
    created_at: str
    updated_at: str
    keys: int


def project(connection: sa.Connection, project_id: ProjectId) -> Project:
    """The project of that id, which there must be."""
    row = connection.execute(sa.select(PROJECTS).where(PROJECTS.c.id == project_id)).one()
    working = sa.select(sa.func.count()).where(KEYS.c.project_id == project_id, KEYS.c.revoked_at.is_(None))
    keys = connection.execute(working).scalar_one()
    return Project(row.id, row.name, row.created_at, row.updated_at, keys)
