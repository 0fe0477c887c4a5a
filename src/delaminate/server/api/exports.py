"""The layers of a job as one file in the formats of other programs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, BinaryIO

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response, StreamingResponse

from delaminate.server.api.answers import json_answer
from delaminate.server.api.dependencies import Parts, Signed
from delaminate.server.api.jobs import finished_separation
from delaminate.server.api.schemas import ExportersAnswer
from delaminate.server.errors import InvalidInput
from delaminate.server.exporters import Wanted, exporters

router = APIRouter(tags=["exports"])
_PIECE = 1 << 18
_EFFORT = 40
"""A stack has many pictures, and its file is compressed."""


@router.get("/exporters", responses={200: {"model": ExportersAnswer}})
def listing(who: Signed) -> JSONResponse:
    """The formats that layers can be downloaded in, and what each does not hold."""
    return json_answer({"exporters": [asdict(one) for one in exporters()]})


@router.get(
    "/jobs/{job_id}/export",
    responses={200: {"content": {one.mime: {} for one in exporters()}, "description": "The file."}},
    response_class=StreamingResponse,
)
def export(
    job_id: str,
    parts: Parts,
    who: Signed,
    wanted: Annotated[str, Query(alias="format", max_length=20, description="An id of `GET /v1/exporters`.")],
    layers: Annotated[str, Query(max_length=4096, description="Ids of layers, comma between; none means all.")] = "",
    arranged: Annotated[bool, Query(description="As they were arranged (`PUT …/arrangement`), not as cut.")] = False,
    trim: Annotated[bool, Query(description="Of format png: only what the layers cover.")] = False,
) -> Response:
    """The layers of a finished job as one file; it is made now, sent, and not kept."""
    job = finished_separation(parts, who, job_id)
    offered = {one.id: one for one in exporters()}
    if wanted not in offered:
        raise InvalidInput(f"Input format must be one of {', '.join(offered)}", input="format")
    part = Wanted(tuple(one.strip() for one in layers.split(",") if one.strip()), arranged, trim)
    with tempfile.TemporaryDirectory(prefix="delaminate-export-") as folder:
        facts = {
            "job": asdict(job),
            "format": wanted,
            "wanted": asdict(part),
            "folder": folder,
            "storage": parts.settings.storage_url,
            "blobs": str(parts.settings.data / "blobs"),
            "maxPixels": parts.settings.max_pixels,
        }
        told, _ = parts.exporters.run("export", facts, owner=who.project_id, effort=_EFFORT)
        path = Path(folder) / Path(told["path"]).name
        # Open, it outlives its name: nothing stays behind, whenever the client goes away.
        file = path.open("rb")
        size = path.stat().st_size
    headers = {
        "Content-Length": str(size),
        "Content-Disposition": f'attachment; filename="{job_id}.{offered[wanted].extension}"',
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return StreamingResponse(_pieces(file), media_type=offered[wanted].mime, headers=headers)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece
