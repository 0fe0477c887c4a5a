"""What signed links lead to: the bytes themselves, always with their length and never in chunks of unknown number."""

from __future__ import annotations

import tempfile

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response, StreamingResponse

from delaminate.server import looks, previews
from delaminate.server.api.dependencies import Parts, Service, checked_id
from delaminate.server.database import assets, uploads
from delaminate.server.database.assets import Asset
from delaminate.server.documents import Json
from delaminate.server.errors import InvalidInput, NotThere, TooLarge
from delaminate.server.ids import now
from delaminate.server.picture_formats import check_format, media_type

router = APIRouter(tags=["files"])
_IN_MEMORY = 1 << 20
"""Bytes of a part that are kept in memory; more go to a temporary file."""
_EFFORT = 6
"""Encoders take longer than decoders: lossless WebP takes 0.4 s a megapixel."""
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
    key = previews.conversion_key(asset_id, check_format(wanted))
    if parts.blobs.size(key) is None:
        # Whoever has a link needs no key: what it costs is counted against the project that gave it out.
        parts.conversions.check(found.project_id)
        facts = {"maxPixels": parts.settings.max_pixels, "format": wanted}
        parts.blobs.put(key, _drawn(parts, found, "convert", facts))
    return _stream(parts, key, media_type(wanted))


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
        width, height = previews.size_of(found)
        facts = {"maxPixels": parts.settings.max_pixels, "width": width, "height": height}
        parts.blobs.put(key, _drawn(parts, found, "preview", facts))
    return _stream(parts, key, previews.MEDIA)


@router.get("/masks/{image_id}/{mask_id}", include_in_schema=False)
def mask(image_id: str, mask_id: str, request: Request, parts: Parts) -> Response:
    """The mask of something that was found in a picture, over its box."""
    parts.links.check(request.url.path, dict(request.query_params))
    if not looks.has_found(parts.blobs, checked_id(image_id, "asset"), checked_id(mask_id, "mask")):
        raise NotThere("This mask is not kept any more; look through the picture again")
    content = looks.drawn(looks.read_found(parts.blobs, image_id, mask_id))
    return Response(content, media_type="image/png", headers={"Cache-Control": "private, max-age=86400", **_SAFE})


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
    announced = await run_in_threadpool(_room, parts, upload_id, number)
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
        async for piece in request.stream():
            file.write(piece)
            if file.tell() > announced:
                raise TooLarge(f"This part is larger than the {announced:,} bytes that are left of the announced file")
        file.seek(0)
        await run_in_threadpool(parts.blobs.put, f"uploads/{upload_id}/{number}", file)
    return JSONResponse({})


def _room(parts: Service, upload_id: str, number: int) -> int:
    """Bytes of the announced file that the other parts have left."""
    with parts.tables.connect() as connection:
        upload = uploads.get(connection, upload_id)
    if upload is None or upload.status != "pending" or upload.expires_at < now():
        raise InvalidInput("This upload takes no more parts; begin a new one", input="uploadId")
    own = f"uploads/{upload_id}/{number}"
    return upload.file_size - sum(size for key, size in parts.blobs.sizes(f"uploads/{upload_id}") if key != own)


def _drawn(parts: Service, found: Asset, task: str, facts: Json) -> bytes:
    """What a decoder makes of an asset."""
    content = parts.blobs.get(f"assets/{found.id}")
    return parts.decoders.run(task, facts, content, owner=found.project_id, effort=_EFFORT)[1]


def _stream(parts: Service, key: str, media: str) -> Response:
    size = parts.blobs.size(key)
    if size is None:
        raise NotThere("There is nothing behind this link any more")
    headers = {"Content-Length": str(size), "Cache-Control": "private, max-age=3600", **_SAFE}
    return StreamingResponse(parts.blobs.stream(key), media_type=media, headers=headers)
