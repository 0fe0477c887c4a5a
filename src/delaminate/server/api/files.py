"""What signed links lead to: the bytes themselves, always with their length and never in chunks of unknown number."""

from __future__ import annotations

import tempfile

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response, StreamingResponse

from delaminate.server import previews
from delaminate.server.api.dependencies import Parts, Service, checked_id
from delaminate.server.api.picture_formats import converted, media_type
from delaminate.server.database import assets, uploads
from delaminate.server.errors import InvalidInput, NotThere, TooLarge
from delaminate.server.ids import now

router = APIRouter(tags=["files"])
_IN_MEMORY = 1 << 20
"""Bytes of a part that are kept in memory; more go to a temporary file."""
_SAFE = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"}


@router.get("/assets/{asset_id}", include_in_schema=False)
@router.get("/assets-transform/{asset_id}", include_in_schema=False)
def asset(asset_id: str, request: Request, parts: Parts) -> Response:
    """An asset's bytes, in the format that the link names."""
    query = dict(request.query_params)
    parts.links.check(request.url.path, query)
    with parts.tables.connect() as connection:
        found = assets.anywhere(connection, checked_id(asset_id, "asset"))
    if found is None:
        raise NotThere("This asset was deleted")
    wanted = query.get("Format")
    if wanted is None:
        return _stream(parts, f"assets/{asset_id}", found.mime_type)
    with parts.decoding:
        content = converted(parts.open_picture(parts.blobs.get(f"assets/{asset_id}")), wanted)
    return Response(content, media_type=media_type(wanted), headers=_SAFE)


@router.get("/previews/{asset_id}", include_in_schema=False)
def preview(asset_id: str, request: Request, parts: Parts) -> Response:
    """An asset scaled down; made when it is first looked at, then kept."""
    parts.links.check(request.url.path, dict(request.query_params))
    with parts.tables.connect() as connection:
        found = assets.anywhere(connection, checked_id(asset_id, "asset"))
    if found is None:
        raise NotThere("This asset was deleted")
    key = previews.key(asset_id)
    if parts.blobs.size(key) is None:
        with parts.decoding:
            picture = parts.open_picture(parts.blobs.get(f"assets/{asset_id}"))
            parts.blobs.put(key, previews.drawn(picture, previews.size_of(found)))
    return _stream(parts, key, previews.MEDIA)


@router.get("/downloads/{job_id}", include_in_schema=False)
def archive(job_id: str, request: Request, parts: Parts) -> Response:
    """A zip archive that a download job made."""
    parts.links.check(request.url.path, dict(request.query_params))
    name = request.query_params.get("Name", "assets")
    answer = _stream(parts, f"downloads/{checked_id(job_id, 'download')}", "application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.zip"'
    return answer


@router.put("/parts/{upload_id}/{number}", include_in_schema=False)
async def put_part(upload_id: str, number: int, request: Request, parts: Parts) -> Response:
    """One part of an upload."""
    parts.links.check(request.url.path, dict(request.query_params))
    announced = await run_in_threadpool(_announced, parts, upload_id)
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
        async for piece in request.stream():
            file.write(piece)
            if file.tell() > announced:
                raise TooLarge(
                    f"This part is larger than the {announced:,} bytes that the whole file was announced with"
                )
        file.seek(0)
        await run_in_threadpool(parts.blobs.put, f"uploads/{upload_id}/{number}", file)
    return JSONResponse({})


def _announced(parts: Service, upload_id: str) -> int:
    """Bytes of the whole file."""
    with parts.tables.connect() as connection:
        upload = uploads.get(connection, upload_id)
    if upload is None or upload.status != "pending" or upload.expires_at < now():
        raise InvalidInput("This upload takes no more parts; begin a new one", input="uploadId")
    return upload.file_size


def _stream(parts: Service, key: str, media: str) -> Response:
    size = parts.blobs.size(key)
    if size is None:
        raise NotThere("There is nothing behind this link any more")
    headers = {"Content-Length": str(size), "Cache-Control": "private, max-age=3600", **_SAFE}
    return StreamingResponse(parts.blobs.stream(key), media_type=media, headers=headers)
