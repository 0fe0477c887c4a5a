"""Assets: pictures that were uploaded or made, their tags, deleting and restoring. The bytes are in `blobs`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from delaminate.server.database.pages import Page
from delaminate.server.database.tables import ASSETS, TAGS
from delaminate.server.documents import Json
from delaminate.server.ids import AssetId, AuthorId, JobId, ProjectId, now


@dataclass(frozen=True)
class Asset:
    """A row with its tags.

    Parameters
    ----------
    source : "uploaded", or "img2img" for what a job made.
    size : bytes.
    root_id : the picture that the first of its parents was made of.
    output_index : the layer's place in its job.
    metadata : what the API tells beside the columns.
    """

    id: AssetId
    project_id: ProjectId
    author_id: AuthorId
    source: str
    mime_type: str
    width: int
    height: int
    size: int
    name: str
    description: str | None = None
    parent_id: AssetId | None = None
    root_id: AssetId | None = None
    job_id: JobId | None = None
    output_index: int | None = None
    model_id: str | None = None
    metadata: Json = field(default_factory=dict)
    collection_ids: tuple[str, ...] = ()
    hidden: bool = False
    created_at: str = field(default_factory=now)
    updated_at: str = field(default_factory=now)
    deleted_at: str | None = None
    tags: tuple[str, ...] = ()


def add(connection: sa.Connection, asset: Asset) -> Asset:
    """Insert an asset; one that is there already (a step done twice) stays as it is. Its tags are not taken over."""
    moment = now()
    fresh = replace(asset, created_at=moment, updated_at=moment, deleted_at=None, tags=())
    there = connection.execute(sa.select(ASSETS.c.id).where(ASSETS.c.id == fresh.id)).first()
    if there is None:
        row = {name: value for name, value in asdict(fresh).items() if name != "tags"}
        connection.execute(sa.insert(ASSETS).values({**row, "collection_ids": list(fresh.collection_ids)}))
    return fresh


def get(connection: sa.Connection, ids: Iterable[str], project_id: str, *, deleted: bool = False) -> dict[str, Asset]:
    """The assets of these ids that are in the project, by id; deleted ones only when asked for."""
    query = sa.select(ASSETS).where(ASSETS.c.id.in_(list(ids)), ASSETS.c.project_id == project_id)
    if not deleted:
        query = query.where(ASSETS.c.deleted_at.is_(None))
    rows = [row._mapping for row in connection.execute(query)]
    return {asset.id: asset for asset in _with_tags(connection, rows)}


def anywhere(connection: sa.Connection, asset_id: str) -> Asset | None:
    """The asset of that id in whatever project, for whoever has a link that we signed; None where it was deleted."""
    row = connection.execute(sa.select(ASSETS).where(ASSETS.c.id == asset_id, ASSETS.c.deleted_at.is_(None))).first()
    return None if row is None else _with_tags(connection, [row._mapping])[0]


def listed(
    connection: sa.Connection, project_id: str, page: Page, *wanted: Any, deleted: bool = False
) -> tuple[list[Asset], str | None]:
    """One page of the project's assets."""
    gone = ASSETS.c.deleted_at.is_not(None) if deleted else ASSETS.c.deleted_at.is_(None)
    rows, token = page.of(connection, ASSETS, ASSETS.c.project_id == project_id, gone, *wanted)
    return _with_tags(connection, rows), token


def tagged(tags: Iterable[str]) -> Any:
    """The condition that an asset carries one of these tags."""
    return ASSETS.c.id.in_(sa.select(TAGS.c.asset_id).where(TAGS.c.tag.in_(list(tags))))


def _with_tags(connection: sa.Connection, rows: Sequence[sa.RowMapping]) -> list[Asset]:
    tags: dict[str, list[str]] = {row["id"]: [] for row in rows}
    if tags:
        for row in connection.execute(sa.select(TAGS).where(TAGS.c.asset_id.in_(list(tags))).order_by(TAGS.c.tag)):
            tags[row.asset_id].append(row.tag)
    return [
        Asset(**{**row, "collection_ids": tuple(row["collection_ids"])}, tags=tuple(tags[row["id"]])) for row in rows
    ]


def describe(connection: sa.Connection, asset_id: str, description: str | None) -> None:
    """Set what a person says about an asset."""
    connection.execute(
        sa.update(ASSETS).where(ASSETS.c.id == asset_id).values(description=description, updated_at=now())
    )


def delete(connection: sa.Connection, ids: Iterable[str], project_id: str) -> None:
    """Mark assets as deleted; the sweeper removes them for good later."""
    mine = (ASSETS.c.id.in_(list(ids)), ASSETS.c.project_id == project_id, ASSETS.c.deleted_at.is_(None))
    connection.execute(sa.update(ASSETS).where(*mine).values(deleted_at=now(), updated_at=now()))


def restore(connection: sa.Connection, ids: Iterable[str]) -> None:
    """Take the mark away."""
    connection.execute(sa.update(ASSETS).where(ASSETS.c.id.in_(list(ids))).values(deleted_at=None, updated_at=now()))


def expired(connection: sa.Connection, before: str, limit: int = 200) -> list[str]:
    """Ids of assets that were deleted before then."""
    query = sa.select(ASSETS.c.id).where(ASSETS.c.deleted_at < before).limit(limit)
    return [row.id for row in connection.execute(query)]


def remove(connection: sa.Connection, ids: list[str]) -> None:
    """Forget assets for good."""
    connection.execute(sa.delete(TAGS).where(TAGS.c.asset_id.in_(ids)))
    connection.execute(sa.delete(ASSETS).where(ASSETS.c.id.in_(ids)))


def change_tags(
    connection: sa.Connection, asset_id: str, add_these: Iterable[str], delete_these: Iterable[str]
) -> tuple[list[str], list[str]]:
    """Add and delete tags; what really changed is returned."""
    here = set(connection.execute(sa.select(TAGS.c.tag).where(TAGS.c.asset_id == asset_id)).scalars())
    added = sorted(set(add_these) - here)
    deleted = sorted(set(delete_these) & here)
    if added:
        connection.execute(sa.insert(TAGS), [{"asset_id": asset_id, "tag": tag} for tag in added])
    if deleted:
        connection.execute(sa.delete(TAGS).where(TAGS.c.asset_id == asset_id, TAGS.c.tag.in_(deleted)))
    return added, deleted


def all_tags(connection: sa.Connection, project_id: str) -> list[str]:
    """Every tag of the project's assets."""
    query = sa.select(TAGS.c.tag).join(ASSETS, ASSETS.c.id == TAGS.c.asset_id).where(ASSETS.c.project_id == project_id)
    return list(
        connection.execute(query.where(ASSETS.c.deleted_at.is_(None)).distinct().order_by(TAGS.c.tag)).scalars()
    )
