"""Rows as the API writes them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse

from delaminate.server import previews
from delaminate.server.api.dependencies import Service, base_url
from delaminate.server.database.assets import Asset
from delaminate.server.database.jobs import Job
from delaminate.server.documents import Json


def json_answer(content: Any, status: int = 200) -> JSONResponse:
    """An answer whose shape the route has declared; not checked a second time."""
    return JSONResponse(content, status)


def job_json(job: Job) -> Json:
    """A job."""
    return {
        "jobId": job.id,
        "jobType": job.type,
        "status": job.status,
        "progress": job.progress,
        "createdAt": job.created_at,
        "updatedAt": job.updated_at,
        "statusHistory": list(job.history),
        "metadata": job.metadata,
        "billing": {"cuCost": job.cost, "cuDiscount": 0},
        "authorId": job.author_id,
        "ownerId": job.project_id,
    }


_ONLY_ALONE = ("plan", "regions", "edits")
"""Inputs that a list leaves out: each may have as many bytes as a whole page of jobs without them."""


def listed_job_json(job: Job) -> Json:
    """A job as lists have it: without what only the job itself tells."""
    told = job_json(job)
    metadata = dict(job.metadata)
    if isinstance(metadata.get("input"), dict):
        metadata["input"] = {name: value for name, value in metadata["input"].items() if name not in _ONLY_ALONE}
    metadata.pop("found", None)
    return {**told, "metadata": metadata}


def bounded(rows: Sequence[Json], most: int) -> int:
    """How many of the rows, from the first on, have no more bytes than that; at least one."""
    total = 0
    for count, row in enumerate(rows):
        total += len(json.dumps(row))
        if total > most and count:
            return count
    return len(rows)


def asset_json(asset: Asset, parts: Service, request: Request, *, original: bool = False) -> Json:
    """An asset, with a fresh link."""
    path = f"/{'assets' if original else 'assets-transform'}/{asset.id}"
    base = base_url(parts, request)
    link = base + parts.links.sign(path)
    width, height = previews.size_of(asset)
    seen = base + parts.links.sign(f"/previews/{asset.id}") if previews.needs_one(asset) else link
    known = {
        "parentId": asset.parent_id,
        "rootParentId": asset.root_id,
        "parentJobId": asset.job_id,
        "modelId": asset.model_id,
        "outputIndex": asset.output_index,
    }
    size = {"width": asset.width, "height": asset.height, "size": asset.size}
    told = {
        "id": asset.id,
        "url": link,
        "authorId": asset.author_id,
        "ownerId": asset.project_id,
        "createdAt": asset.created_at,
        "updatedAt": asset.updated_at,
        "mimeType": asset.mime_type,
        "kind": "image",
        "source": asset.source,
        "status": "success",
        "privacy": "private",
        "tags": list(asset.tags),
        "collectionIds": list(asset.collection_ids),
        "editCapabilities": [],
        "metadata": {
            "type": asset.source,
            "kind": "image",
            "name": asset.name,
            **size,
            **{name: value for name, value in known.items() if value is not None},
            **asset.metadata,
        },
        "properties": size,
        "preview": {"assetId": asset.id, "url": seen, "width": width, "height": height},
    }
    optional = {
        "outputIndex": asset.output_index,
        "description": asset.description,
        "deletedAt": asset.deleted_at,
    }
    return told | {name: value for name, value in optional.items() if value is not None}


def page_json(name: str, rows: Sequence[Json], token: str | None) -> Json:
    """A page of a listing; no token on the last."""
    return {name: list(rows)} | ({"nextPaginationToken": token} if token else {})
