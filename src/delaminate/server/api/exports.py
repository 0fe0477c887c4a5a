"""The layers of a job as one file in the formats of other programs."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse, JSONResponse, Response
from starlette.background import BackgroundTask

from delaminate.server.api.answers import json_answer
from delaminate.server.api.dependencies import Parts, Signed
from delaminate.server.api.jobs import finished_separation
from delaminate.server.api.schemas import ExportersAnswer
from delaminate.server.exporters import exporters, write
from delaminate.server.refusals import InvalidInput
from delaminate.server.stacks import read_stack

router = APIRouter(tags=["exports"])


@router.get("/exporters", responses={200: {"model": ExportersAnswer}})
def listing(who: Signed) -> JSONResponse:
    """The formats that layers can be downloaded in, and what each does not hold."""
    return json_answer({"exporters": [asdict(one) for one in exporters()]})


@router.get(
    "/jobs/{job_id}/export",
    responses={200: {"content": {one.mime: {} for one in exporters()}, "description": "The file."}},
    response_class=FileResponse,
)
def export(
    job_id: str,
    parts: Parts,
    who: Signed,
    wanted: Annotated[str, Query(alias="format", max_length=20, description="An id of `GET /v1/exporters`.")],
) -> Response:
    """The layers of a finished job as one file; it is made now, sent, and not kept."""
    job = finished_separation(parts, who, job_id)
    offered = {one.id: one for one in exporters()}
    if wanted not in offered:
        raise InvalidInput(f"Input format must be one of {', '.join(offered)}", input="format")
    folder = Path(tempfile.mkdtemp(prefix="delaminate-export-"))
    try:
        # One at a time: a stack of a large picture is many times its size.
        with parts.exporting:
            picture = parts.open_picture(parts.blobs.get(f"assets/{job['request']['image']}"))
            stack = read_stack(parts.blobs, job["metadata"]["output"]["layers"], picture)
            file = write(job, stack, picture, offered[wanted], folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return FileResponse(
        file,
        media_type=offered[wanted].mime,
        filename=f"{job_id}.{offered[wanted].extension}",
        headers={"Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'; sandbox"},
        background=BackgroundTask(shutil.rmtree, folder, ignore_errors=True),
    )
