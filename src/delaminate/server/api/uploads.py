"""Uploads in parts: announced, sent to signed part links, completed; the picture becomes an asset."""

from __future__ import annotations

import contextlib
import logging

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from delaminate.server.accounts import limits
from delaminate.server.accounts.api_keys import Caller
from delaminate.server.api.answers import json_answer
from delaminate.server.api.dependencies import Parts, Service, Signed, base_url, checked_id
from delaminate.server.api.intake import take_in
from delaminate.server.api.schemas import AssetOptions, UploadAction, UploadAnswer, UploadCreate
from delaminate.server.database import assets, jobs, uploads
from delaminate.server.database.jobs import Job
from delaminate.server.database.uploads import Upload
from delaminate.server.documents import Json, UploadOptions
from delaminate.server.errors import Busy, InvalidInput, NotThere, Refused, TooLarge
from delaminate.server.ids import AssetId, JobId, UploadId, new_id, now
from delaminate.server.outages import AWAY, is_outage

router = APIRouter(tags=["uploads"])
_log = logging.getLogger(__name__)


@router.post("/uploads", responses={200: {"model": UploadAnswer}})
def create(body: UploadCreate, request: Request, parts: Parts, who: Signed) -> JSONResponse:
    """Announce a file; the answer has a link for each of its parts."""
    if body.url is not None:
        raise InvalidInput(
            "Input url: this server fetches no addresses; send the file in parts or as base64", input="url"
        )
    if body.kind != "image":
        raise InvalidInput("Input kind must be image", input="kind")
    if body.file_size is None:
        raise InvalidInput("Input fileSize is required: the bytes of the whole file", input="fileSize")
    if body.file_size > parts.settings.max_upload_bytes:
        raise TooLarge(
            f"Input fileSize: this server takes up to {parts.settings.max_upload_bytes:,} bytes", input="fileSize"
        )
    with parts.tables.begin() as connection:
        limits.take_turn(connection, who.project_id)
        limits.check_storage(connection, who.project_id, int(body.file_size), parts.settings.storage_bytes)
        job = jobs.add(
            connection,
            Job(
                JobId(new_id("job")),
                who.project_id,
                who.author_id,
                "upload",
                {"input": {"fileName": body.file_name}, "output": {}},
                {},
                status="pending",
            ),
        )
        upload = uploads.add(
            connection,
            Upload(
                UploadId(new_id("upload")),
                who.project_id,
                who.author_id,
                job.id,
                body.file_name,
                body.content_type,
                int(body.file_size),
                int(body.parts),
                _options(body.asset_options),
                now(hours=parts.settings.part_link_hours),
            ),
        )
    return json_answer({"upload": _upload_json(upload, parts, request)})


@router.get("/uploads/{upload_id}", responses={200: {"model": UploadAnswer}})
def retrieve(upload_id: str, request: Request, parts: Parts, who: Signed) -> JSONResponse:
    """How an upload is doing."""
    return json_answer({"upload": _upload_json(_one(parts, who, upload_id), parts, request)})


@router.post("/uploads/{upload_id}/action", responses={200: {"model": UploadAnswer}})
def complete(upload_id: str, body: UploadAction, request: Request, parts: Parts, who: Signed) -> JSONResponse:
    """Say that all parts are sent; the picture is checked and becomes an asset."""
    upload = _one(parts, who, upload_id)
    if upload.status == "pending":
        keys = _keys(upload)
        missing = [number for number, key in enumerate(keys, 1) if parts.blobs.size(key) is None]
        if missing:
            raise InvalidInput(
                f"Part {missing[0]} of {len(keys)} is missing; send it and complete again", input="parts"
            )
        with parts.tables.begin() as connection:
            mine = uploads.claim(connection, upload_id)
        if mine:
            _import(parts, who, upload)
    return json_answer({"upload": _upload_json(_one(parts, who, upload_id), parts, request)})


def _options(told: AssetOptions) -> UploadOptions:
    parent = None if told.parent_id is None else AssetId(told.parent_id)
    return {"collection_ids": told.collection_ids, "parent_id": parent, "hide": told.hide}


def _import(parts: Service, who: Caller, upload: Upload) -> None:
    options = upload.options
    try:
        sizes = [parts.blobs.size(key) or 0 for key in _keys(upload)]
        if sum(sizes) != upload.file_size:
            raise InvalidInput(
                f"Input fileSize: {upload.file_size:,} bytes were announced and {sum(sizes):,} came",
                input="fileSize",
            )
        content = b"".join(parts.blobs.get(key) for key in _keys(upload))
        asset = take_in(
            parts,
            who,
            content,
            upload.file_name,
            "image",
            parent_id=options["parent_id"] or None,
            collection_ids=options["collection_ids"] or (),
            hidden=options["hide"],
            announced=True,
        )
    except Busy:
        _release(parts, upload)
        raise
    except Refused as refused:
        with parts.tables.begin() as connection:
            uploads.end(connection, upload.id, "failed", error=str(refused))
            jobs.move(connection, upload.job_id, "failure", metadata={"error": str(refused)})
    except Exception as error:
        if is_outage(error):
            _release(parts, upload)
            raise
        _log.error("an upload could not be imported", exc_info=error)
        reason = "The picture could not be read; save it anew, as a PNG, and begin a new upload."
        with parts.tables.begin() as connection:
            uploads.end(connection, upload.id, "failed", error=reason)
            jobs.move(connection, upload.job_id, "failure", metadata={"error": reason})
    else:
        output = {"entityId": asset.id, "assetId": asset.id}
        made = {"assetIds": [asset.id], "output": output}
        with parts.tables.begin() as connection:
            ended = jobs.move(connection, upload.job_id, "success", progress=1.0, metadata=made)
            if ended:
                uploads.end(connection, upload.id, "imported", entity_id=asset.id)
            else:  # it was cancelled meanwhile
                assets.remove(connection, [asset.id])
        if not ended:
            parts.blobs.delete([f"assets/{asset.id}"])
    parts.blobs.clear(f"uploads/{upload.id}")


def _release(parts: Service, upload: Upload) -> None:
    """Let an upload be completed again, once what is away is back; the sweeper ends what cannot even be released."""
    with contextlib.suppress(*AWAY), parts.tables.begin() as connection:
        uploads.release(connection, upload.id)


def _keys(upload: Upload) -> list[str]:
    return [f"uploads/{upload.id}/{number}" for number in range(1, upload.parts_count + 1)]


def _one(parts: Service, who: Caller, upload_id: str) -> Upload:
    with parts.tables.connect() as connection:
        upload = uploads.get(connection, checked_id(upload_id, "upload"), who.project_id)
    if upload is None:
        raise NotThere(f"There is no upload {upload_id} in this project")
    return upload


def _upload_json(upload: Upload, parts: Service, request: Request) -> Json:
    told: Json = {
        "id": upload.id,
        "authorId": upload.author_id,
        "ownerId": upload.project_id,
        "createdAt": upload.created_at,
        "updatedAt": upload.updated_at,
        "fileName": upload.file_name,
        "contentType": upload.content_type,
        "fileSize": upload.file_size,
        "kind": "image",
        "source": "multipart",
        "status": upload.status,
        "jobId": upload.job_id,
        "entityId": upload.entity_id,
        "partsCount": upload.parts_count,
    }
    if upload.error:
        told["errorMessage"] = upload.error
    if upload.status == "pending":
        told["parts"] = [
            {"number": number, "url": _part_link(upload, number, parts, request), "expires": upload.expires_at}
            for number in range(1, upload.parts_count + 1)
        ]
    return told


def _part_link(upload: Upload, number: int, parts: Service, request: Request) -> str:
    path = f"/parts/{upload.id}/{number}"
    return base_url(parts, request) + parts.links.sign(path, hours=parts.settings.part_link_hours)
