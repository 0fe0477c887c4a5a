"""Downloads: a link to one asset in a wanted format, or a job that packs many into a zip."""

from __future__ import annotations

import re

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from delaminate.server.accounts import limits
from delaminate.server.api.answers import json_answer
from delaminate.server.api.dependencies import Parts, Signed, base_url, checked_id, one_asset
from delaminate.server.api.queueing import submit
from delaminate.server.api.schemas import BatchDownload, DownloadRequest
from delaminate.server.database import assets, jobs
from delaminate.server.database.jobs import Job
from delaminate.server.errors import InvalidInput, NotThere
from delaminate.server.ids import JobId, new_id, now
from delaminate.server.picture_formats import check_format, media_type

router = APIRouter(tags=["downloads"])


@router.post("/assets/download")
def request_batch(body: BatchDownload, parts: Parts, who: Signed) -> JSONResponse:
    """Pack assets into a zip; the answer names the job."""
    with parts.tables.begin() as connection:
        limits.take_turn(connection, who.project_id)
        waiting = jobs.active_count(connection, who.project_id, "assets-download")
        limits.check_parallel(waiting, parts.settings.parallel_downloads, "parallelDownloads")
        wanted = list(dict.fromkeys(body.query.asset_ids))
        found = assets.get(connection, wanted, who.project_id)
        missing = [one for one in wanted if one not in found]
        if missing:
            raise NotThere(f"There is no asset {missing[0]} in this project")
        if not wanted:
            raise InvalidInput("Input query.assetIds must name at least one asset", input="query")
        packed = jobs.sum_of_downloads(connection, who.project_id, now(hours=-parts.settings.link_hours))
        size = sum(asset.size for asset in found.values())
        limits.check_storage(connection, who.project_id, packed + size, parts.settings.storage_bytes)
        options = {"template": body.options.file_name_template, "name": body.options.archive_name}
        job = jobs.add(
            connection,
            Job(
                JobId(new_id("job")),
                who.project_id,
                who.author_id,
                "assets-download",
                {"assetIds": wanted},
                {"assetIds": wanted, **options, "size": size},
                turn=jobs.next_turn(connection, who.project_id, limits.weight(connection, who.project_id)),
            ),
        )
    submit(parts, "pack", job)
    return json_answer({"jobId": job.id})


@router.get("/assets/download/{job_id}")
def batch_status(job_id: str, request: Request, parts: Parts, who: Signed) -> JSONResponse:
    """How the packing is doing; when it is done, a link to the zip."""
    with parts.tables.connect() as connection:
        job = jobs.get(connection, checked_id(job_id, "download"), who.project_id)
    if job is None or job.type != "assets-download":
        raise NotThere(f"There is no download {job_id} in this project")
    answer = {"jobId": job_id, "jobStatus": job.status}
    if job.status == "success":
        name = re.sub(r"[^A-Za-z0-9_-]+", "-", job.request["name"] or "assets").strip("-") or "assets"
        answer["downloadUrl"] = base_url(parts, request) + parts.links.sign(f"/downloads/{job_id}", Name=name[:100])
    return json_answer(answer)


@router.post("/assets/{asset_id}/download")
def request_one(asset_id: str, request: Request, parts: Parts, who: Signed, body: DownloadRequest) -> JSONResponse:
    """A link to an asset, in its own format or another."""
    asset = one_asset(parts, who, asset_id)
    path = f"/assets/{asset_id}"
    if body.target_format is None:
        return json_answer({"url": base_url(parts, request) + parts.links.sign(path), "mimeType": asset.mime_type})
    name = check_format(body.target_format)
    return json_answer(
        {"url": base_url(parts, request) + parts.links.sign(path, Format=name), "mimeType": media_type(name)}
    )
