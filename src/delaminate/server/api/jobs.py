"""Jobs: read, list, watch, cancel."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, StreamingResponse

from delaminate.errors import StageFailed
from delaminate.server import previews
from delaminate.server.accounts import ledger
from delaminate.server.accounts.api_keys import Caller
from delaminate.server.api.answers import bounded, job_json, json_answer, listed_job_json, page_json
from delaminate.server.api.dependencies import Parts, Service, Signed, checked_id
from delaminate.server.api.queueing import cancel
from delaminate.server.api.schemas import JobAction, JobAnswer, JobsAnswer, MadeAnswer
from delaminate.server.database import assets, jobs, uploads
from delaminate.server.database.jobs import Job
from delaminate.server.database.pages import Page
from delaminate.server.database.tables import JOBS
from delaminate.server.errors import InvalidInput, NotThere
from delaminate.server.ids import now
from delaminate.server.results import results

router = APIRouter(tags=["jobs"])
_LIST_BYTES = 4_000_000
"""Of a page of jobs; what has no room is on the next."""
_WATCH_SECONDS, _ALIVE_SECONDS = 0.25, 15.0
PageSize = Annotated[int, Query(alias="pageSize", ge=1, le=100)]
Token = Annotated[str | None, Query(alias="paginationToken", max_length=2000)]
Moment = Annotated[str | None, Query(pattern=r"^\d{4}-\d\d-\d\d([T ][0-9:.]{1,15}(Z|[+-]\d\d:?\d\d)?)?$")]


def _one(parts: Service, who: Caller, job_id: str) -> Job:
    checked_id(job_id, "job")
    with parts.tables.connect() as connection:
        job = jobs.get(connection, job_id, who.project_id)
    if job is None:
        raise NotThere(f"There is no job {job_id} in this project")
    return job


def finished_separation(parts: Service, who: Caller, job_id: str) -> Job:
    """A job of the caller's project that has layers.

    Raises
    ------
    NotThere
        If there is none of that id.
    InvalidInput
        If it has no layers: another type of job, or one that has not ended well.
    """
    job = _one(parts, who, job_id)
    if job.type != "custom":
        raise InvalidInput(f"The job is of type {job.type}: only separations have layers", input="jobId")
    if job.status != "success":
        raise InvalidInput(f"The job is {job.status}: it has layers when it has ended as success", input="jobId")
    return job


@router.get("/jobs/{job_id}", responses={200: {"model": JobAnswer}})
def retrieve(job_id: str, request: Request, who: Signed) -> JSONResponse:
    """One job."""
    job = _one(request.app.state.service, who, job_id)
    answer = json_answer({"job": job_json(job)})
    if job.status not in jobs.FINISHED:
        # Looking more often tells nothing new; `events` tells each change without asking.
        answer.headers["Retry-After"] = "1"
        answer.headers["Link"] = f'</v1/jobs/{job_id}/events>; rel="monitor"'
    return answer


@router.get("/jobs/{job_id}/made", responses={200: {"model": MadeAnswer}})
def made(job_id: str, parts: Parts, who: Signed) -> JSONResponse:
    """The layers of a running separation that are cut already, as small pictures over their boxes, to be looked at.

    `made` counts as `found` of the job does; it is empty before the first and after the job has ended, when its layers
    are assets.
    """
    job = _one(parts, who, job_id)
    found = job.metadata.get("found", ()) if job.status not in jobs.FINISHED else ()
    rows = []
    for number, row in enumerate(found, 1):
        key = previews.made_key(job_id, number)
        if parts.blobs.size(key) is None:
            continue
        try:
            picture = parts.blobs.get(key)
        except StageFailed:
            break  # the job has ended meanwhile
        # In the answer itself: a moment later the job may have ended, and a link would lead nowhere.
        rows.append({"id": row["id"], "url": f"data:{previews.MEDIA};base64,{base64.b64encode(picture).decode()}"})
    return json_answer({"made": rows})


@router.delete("/jobs/{job_id}")
def delete(job_id: str, parts: Parts, who: Signed) -> JSONResponse:
    """Remove a job that has ended from the history, and those of its layers that no other job uses.

    Its layers can be restored like any deleted asset; what was separated stays, and so does what it cost.
    """
    job = _one(parts, who, job_id)
    with parts.tables.begin() as connection:
        if not jobs.remove(connection, job_id):
            raise InvalidInput(f"The job is {job.status}: cancel it before it is deleted", input="jobId")
        mine = results(job)
        kept = jobs.used_by_others(connection, who.project_id, mine)
        assets.delete(connection, [one for one in mine if one not in kept], who.project_id)
    return json_answer({})


@router.get("/jobs", responses={200: {"model": JobsAnswer}})
def listing(
    parts: Parts,
    who: Signed,
    page_size: PageSize = 50,
    pagination_token: Token = None,
    status: Annotated[str | None, Query(max_length=64)] = None,
    kind: Annotated[str | None, Query(alias="type", max_length=64)] = None,
    types: Annotated[str | None, Query(max_length=500)] = None,
    author_id: Annotated[str | None, Query(alias="authorId", max_length=64)] = None,
    workflow_id: Annotated[str | None, Query(alias="workflowId", max_length=64)] = None,
    created_after: Annotated[Moment, Query(alias="createdAfter")] = None,
    updated_after: Annotated[Moment, Query(alias="updatedAfter")] = None,
    hide_results: Annotated[bool | None, Query(alias="hideResults")] = None,
) -> JSONResponse:
    """The project's jobs, newest first."""
    narrowed = any(one is not None for one in (status, kind, types, workflow_id))
    if created_after and narrowed:
        raise InvalidInput(
            "Input createdAfter cannot be combined with status, type, types or workflowId; use updatedAfter",
            input="createdAfter",
        )
    for name, given in (("status", status), ("type", kind), ("types", types), ("authorId", author_id)):
        if given is not None and "\0" in given:
            raise InvalidInput(f"Input {name} must not hold null characters", input=name)
    wanted: list[Any] = [JOBS.c.project_id == who.project_id]
    wanted += [JOBS.c.status == status] if status else []
    wanted += [JOBS.c.type.in_(types.split(","))] if types else [JOBS.c.type == kind] if kind else []
    wanted += [JOBS.c.author_id == author_id] if author_id else []
    wanted += [JOBS.c.id == ""] if workflow_id else []
    wanted += [JOBS.c.created_at > created_after] if created_after else []
    wanted += [JOBS.c.updated_at > updated_after] if updated_after else []
    wanted += [JOBS.c.hidden.is_(False)] if hide_results is False else []
    if (author_id or hide_results is False) and not (created_after or updated_after):
        wanted.append(JOBS.c.created_at > now(days=-30))
    page = Page(page_size, pagination_token, "updated_at" if narrowed else "created_at")
    with parts.tables.connect() as connection:
        rows, token = page.of(connection, JOBS, *wanted, without="request")
    told = [listed_job_json(jobs.of_row({**row, "request": {}})) for row in rows]
    fits = bounded(told, _LIST_BYTES)
    if fits < len(rows):
        told, token = told[:fits], page.after(rows[fits - 1])
    return json_answer(page_json("jobs", told, token))


@router.post("/jobs/{job_id}/action", responses={200: {"model": JobAnswer}})
def act(job_id: str, body: JobAction, parts: Parts, who: Signed) -> JSONResponse:
    """Cancel a job; a running one stops where it is, leaves nothing, and costs nothing."""
    job = _one(parts, who, job_id)
    with parts.tables.begin() as connection:
        cancelled = job.type in ("custom", "upload") and jobs.move(connection, job_id, "canceled", cost=0.0)
        if cancelled and job.type == "custom":
            ledger.refund(connection, job_id, who.project_id)
        upload = uploads.cancel(connection, job_id) if cancelled and job.type == "upload" else None
    if not cancelled:
        raise InvalidInput(
            f"The job is {_one(parts, who, job_id).status} and of type {job.type}: it cannot be cancelled. "
            "Action not permitted.",
            input="action",
        )
    if upload is None:
        cancel(parts, job_id)
    else:
        parts.blobs.clear(f"uploads/{upload}")
    parts.metrics.jobs.labels("canceled").inc()
    return json_answer({"job": job_json(_one(parts, who, job_id))})


@router.get(
    "/jobs/{job_id}/events",
    responses={200: {"content": {"text/event-stream": {}}, "description": "`event: job` with `{job}`, until it ends."}},
    response_class=StreamingResponse,
)
async def watch(job_id: str, request: Request, parts: Parts, who: Signed) -> StreamingResponse:
    """The job each time it changes, as server-sent events, until it has ended."""
    job = await run_in_threadpool(_one, parts, who, job_id)
    parts.streams.check(who.key_id)
    return StreamingResponse(
        _events(request, parts, who, job), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
    )


async def _events(request: Request, parts: Service, who: Caller, job: Job) -> AsyncIterator[str]:
    with parts.streams.open(who.key_id):
        async for event in _changes(request, parts, who, job):
            yield event


async def _changes(request: Request, parts: Service, who: Caller, job: Job) -> AsyncIterator[str]:
    yield _event(job)
    silent = 0.0
    while job.status not in jobs.FINISHED and not await request.is_disconnected():
        await asyncio.sleep(_WATCH_SECONDS)
        silent += _WATCH_SECONDS
        before, job = job, await run_in_threadpool(_one, parts, who, job.id)
        if (job.updated_at, job.progress, job.status) != (
            before.updated_at,
            before.progress,
            before.status,
        ):
            silent = 0.0
            yield _event(job)
        elif silent >= _ALIVE_SECONDS:
            silent = 0.0
            yield ": still here\n\n"


def _event(job: Job) -> str:
    return f"event: job\ndata: {json.dumps({'job': job_json(job)}, separators=(',', ':'))}\n\n"
