"""Assets: upload, read, list, describe, tag, copy, delete and restore."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from delaminate.server.api.answers import asset_json, json_answer, page_json
from delaminate.server.api.dependencies import Parts, Signed, checked_id, one_asset
from delaminate.server.api.intake import decode_base64, take_in
from delaminate.server.api.jobs import Moment, PageSize, Token
from delaminate.server.api.schemas import (
    AssetAnswer,
    AssetCopy,
    AssetIds,
    AssetIdsToRead,
    AssetsAnswer,
    AssetUpdate,
    AssetUpload,
    TagChange,
)
from delaminate.server.database import assets
from delaminate.server.database.pages import Page
from delaminate.server.database.tables import ASSETS
from delaminate.server.errors import InvalidInput, NotAllowed
from delaminate.server.ids import AssetId, new_id, now

router = APIRouter(tags=["assets"])
_Word = Annotated[str | None, Query(max_length=2000)]


@router.post("/assets", responses={200: {"model": AssetAnswer}})
def upload(body: AssetUpload, request: Request, parts: Parts, who: Signed) -> JSONResponse:
    """Store a picture given as base64."""
    asset = take_in(
        parts,
        who,
        decode_base64(body.image, "image"),
        body.name,
        "image",
        parent_id=None if body.parent_id is None else AssetId(body.parent_id),
        collection_ids=body.collection_ids or (),
        hidden=body.hide,
    )
    return json_answer({"asset": asset_json(asset, parts, request)})


@router.get("/assets", responses={200: {"model": AssetsAnswer}})
def listing(
    request: Request,
    parts: Parts,
    who: Signed,
    page_size: PageSize = 50,
    pagination_token: Token = None,
    sort_by: Annotated[str, Query(alias="sortBy", pattern="^(createdAt|updatedAt)$")] = "createdAt",
    sort_direction: Annotated[str, Query(alias="sortDirection", pattern="^(asc|desc)$")] = "desc",
    created_after: Annotated[Moment, Query(alias="createdAfter")] = None,
    created_before: Annotated[Moment, Query(alias="createdBefore")] = None,
    updated_after: Annotated[Moment, Query(alias="updatedAfter")] = None,
    updated_before: Annotated[Moment, Query(alias="updatedBefore")] = None,
    kind: Annotated[_Word, Query(alias="type")] = None,
    types: _Word = None,
    parent: Annotated[_Word, Query(alias="parentAssetId")] = None,
    root: Annotated[_Word, Query(alias="rootAssetId")] = None,
    author: Annotated[_Word, Query(alias="authorId")] = None,
    collection: Annotated[_Word, Query(alias="collectionId")] = None,
    model: Annotated[_Word, Query(alias="modelId")] = None,
    inference: Annotated[_Word, Query(alias="inferenceId")] = None,
    tags: _Word = None,
    privacy: _Word = None,
    deleted: bool = False,
    original: Annotated[bool, Query(alias="originalAssets")] = False,
) -> JSONResponse:
    """The project's assets, newest first unless asked otherwise."""
    words = {"type": kind, "types": types, "parentAssetId": parent, "rootAssetId": root, "authorId": author}
    words |= {"collectionId": collection, "modelId": model, "inferenceId": inference, "tags": tags, "privacy": privacy}
    for name, given in words.items():
        if given is not None and "\0" in given:
            raise InvalidInput(f"Input {name} must not hold null characters", input=name)
    if kind and types:
        raise InvalidInput("Input type cannot be combined with types", input="type")
    column = {"createdAt": "created_at", "updatedAt": "updated_at"}[sort_by]
    bounds = (
        ("createdAfter", created_after, "created_at"),
        ("createdBefore", created_before, "created_at"),
        ("updatedAfter", updated_after, "updated_at"),
        ("updatedBefore", updated_before, "updated_at"),
    )
    wanted: list[Any] = []
    for name, moment, about in bounds:
        if moment and about != column:
            raise InvalidInput(f"Input {name} needs sortBy={name[:7]}At", input=name)
        if moment:
            wanted.append(ASSETS.c[about] > moment if name.endswith("After") else ASSETS.c[about] < moment)
    equal = {"parent_id": parent, "root_id": root, "author_id": author, "model_id": model, "job_id": inference}
    wanted += [ASSETS.c[name] == value for name, value in equal.items() if value]
    wanted += [ASSETS.c.source.in_((types or kind or "").split(","))] if types or kind else []
    wanted += [assets.tagged(tags.split(","))] if tags else []
    wanted += [ASSETS.c.id == ""] if privacy not in (None, "", "private") or collection else []
    page = Page(page_size, pagination_token, column, sort_direction == "desc")
    with parts.tables.connect() as connection:
        rows, token = assets.listed(connection, who.project_id, page, *wanted, deleted=deleted)
    found = [asset_json(row, parts, request, original=original) for row in rows]
    return json_answer(page_json("assets", found, token))


@router.post("/assets/get-bulk", responses={200: {"model": AssetsAnswer}})
def read_many(body: AssetIdsToRead, request: Request, parts: Parts, who: Signed) -> JSONResponse:
    """Up to 200 assets; those that cannot be read are left out."""
    with parts.tables.connect() as connection:
        found = assets.get(connection, body.asset_ids, who.project_id)
    rows = [asset_json(found[one], parts, request) for one in dict.fromkeys(body.asset_ids) if one in found]
    return json_answer({"assets": rows})


@router.delete("/assets")
def delete(body: AssetIds, parts: Parts, who: Signed) -> JSONResponse:
    """Delete assets; for 30 days they can be restored."""
    with parts.tables.begin() as connection:
        assets.delete(connection, body.asset_ids, who.project_id)
    return json_answer({})


@router.post("/assets/restore")
def restore(body: AssetIds, parts: Parts, who: Signed) -> JSONResponse:
    """Take back deletions."""
    oldest = now(days=-parts.settings.restore_days)
    skipped, restored = [], []
    with parts.tables.begin() as connection:
        found = assets.get(connection, body.asset_ids, who.project_id, deleted=True)
        for one in dict.fromkeys(body.asset_ids):
            gone = found[one].deleted_at if one in found else None
            if one not in found:
                skipped.append({"assetId": one, "reason": "not-found"})
            elif gone is None:
                skipped.append({"assetId": one, "reason": "not-deleted"})
            elif gone < oldest:
                skipped.append({"assetId": one, "reason": "expired"})
            else:
                restored.append(one)
        assets.restore(connection, restored)
    return json_answer({"restoredAssetIds": restored, "skippedAssets": skipped})


@router.get("/assets/{asset_id}", responses={200: {"model": AssetAnswer}})
def retrieve(
    asset_id: str,
    request: Request,
    parts: Parts,
    who: Signed,
    original: Annotated[bool, Query(alias="originalAssets")] = False,
) -> JSONResponse:
    """One asset with a fresh link."""
    return json_answer({"asset": asset_json(one_asset(parts, who, asset_id), parts, request, original=original)})


@router.put("/assets/{asset_id}", responses={200: {"model": AssetAnswer}})
def update(asset_id: str, body: AssetUpdate, request: Request, parts: Parts, who: Signed) -> JSONResponse:
    """Say something about an asset."""
    one_asset(parts, who, asset_id)
    with parts.tables.begin() as connection:
        assets.describe(connection, asset_id, body.description)
    return json_answer({"asset": asset_json(one_asset(parts, who, asset_id), parts, request)})


@router.put("/assets/{asset_id}/tags")
def change_tags(asset_id: str, body: TagChange, parts: Parts, who: Signed) -> JSONResponse:
    """Add and delete tags; with `strict` nothing may be added that is there or deleted that is not."""
    asset = one_asset(parts, who, asset_id)
    here = set(asset.tags)
    if set(body.add) & set(body.delete):
        raise InvalidInput("Input delete: a tag cannot be added and deleted at once", input="delete")
    if body.strict and (set(body.add) & here or set(body.delete) - here):
        raise InvalidInput(
            "Input strict: a tag to add is there already, or one to delete is not; send strict=false to pass over it",
            input="strict",
        )
    with parts.tables.begin() as connection:
        added, deleted = assets.change_tags(connection, asset_id, body.add, body.delete)
    return json_answer({"added": added, "deleted": deleted})


@router.post("/assets/{asset_id}/copy", responses={200: {"model": AssetAnswer}})
def copy(asset_id: str, body: AssetCopy, request: Request, parts: Parts, who: Signed) -> JSONResponse:
    """A second asset with the same bytes."""
    asset = one_asset(parts, who, asset_id)
    if body.target_project_id not in (None, who.project_id):
        raise NotAllowed("Forbidden: this key cannot write to the project targetProjectId")
    twin = replace(asset, id=AssetId(new_id("asset")), author_id=who.author_id)
    parts.blobs.put(f"assets/{twin.id}", parts.blobs.get(f"assets/{asset_id}"))
    with parts.tables.begin() as connection:
        made = assets.add(connection, twin)
    return json_answer({"asset": asset_json(made, parts, request)})


@router.put("/assets/{asset_id}/{change}", include_in_schema=False)
def canvas_only(asset_id: str, change: str, parts: Parts, who: Signed) -> JSONResponse:
    """Locking and unlocking are for canvases, which this server has none of."""
    one_asset(parts, who, checked_id(asset_id, "asset"))
    raise InvalidInput(f"{change[:20]!r} is for canvases only; this asset is an image", input="assetId")
