"""What signed links lead to: the bytes themselves, always with their length and never in chunks of unknown number."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response, StreamingResponse

from delaminate.server.api.dependencies import Parts, Service, checked_id
from delaminate.server.api.picture_formats import converted, media_type
from delaminate.server.database import uploads
from delaminate.server.database.tables import ASSETS
from delaminate.server.marks import now
from delaminate.server.refusals import InvalidInput, NotThere, TooLarge

router = APIRouter(tags=["files"])
_SAFE = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"}


@router.get("/assets/{asset_id}", include_in_schema=False)
@router.get("/assets-transform/{asset_id}", include_in_schema=False)
def asset(asset_id: str, request: Request, parts: Parts) -> Response:
    """An asset's bytes, in the format that the link names."""
    query = dict(request.query_params)
    parts.links.check(request.url.path, query)
    with parts.tables.connect() as connection:
        row = connection.execute(
            ASSETS.select().where(ASSETS.c.id == checked_id(asset_id, "asset"), ASSETS.c.deleted_at.is_(None))
        ).first()
    if row is None:
        raise NotThere("This asset was deleted")
    wanted = query.get("Format")
    if wanted is None:
        return _stream(parts, f"assets/{asset_id}", row.mime_type)
    with parts.decoding:
        content = converted(parts.open_picture(parts.blobs.get(f"assets/{asset_id}")), wanted)
    return Response(content, media_type=media_type(wanted), headers=_SAFE)


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
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > parts.settings.max_upload_bytes:
            raise TooLarge(f"This part is larger than {parts.settings.max_upload_bytes:,} bytes")
    await run_in_threadpool(_keep, parts, upload_id, number, bytes(content))
    return JSONResponse({})


def _keep(parts: Service, upload_id: str, number: int, content: bytes) -> None:
    with parts.tables.connect() as connection:
        upload = uploads.get(connection, upload_id)
    if upload is None or upload["status"] != "pending" or upload["expires_at"] < now():
        raise InvalidInput("This upload takes no more parts; begin a new one", input="uploadId")
    if len(content) > upload["file_size"]:
        raise TooLarge(
            f"This part has {len(content):,} bytes, the whole file was announced with {upload['file_size']:,}"
        )
    parts.blobs.put(f"uploads/{upload_id}/{number}", content)


def _stream(parts: Service, key: str, media: str) -> Response:
    size = parts.blobs.size(key)
    if size is None:
        raise NotThere("There is nothing behind this link any more")
    headers = {"Content-Length": str(size), "Cache-Control": "private, max-age=3600", **_SAFE}
    return StreamingResponse(parts.blobs.stream(key), media_type=media, headers=headers)
