"""How the layers of a finished job are arranged: kept with the job, and no part of what makes it exact."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from delaminate.server.api.answers import job_json, json_answer
from delaminate.server.api.dependencies import Parts, Signed
from delaminate.server.api.jobs import finished_separation
from delaminate.server.api.schemas import JobAnswer
from delaminate.server.bodies import ArrangementBody
from delaminate.server.database import jobs
from delaminate.server.errors import InvalidInput

router = APIRouter(tags=["arrangements"])


@router.put("/jobs/{job_id}/arrangement", responses={200: {"model": JobAnswer}})
def arrange(job_id: str, body: ArrangementBody, parts: Parts, who: Signed) -> JSONResponse:
    """Keep where, how and in which order the layers are shown; the job tells it as `metadata.arrangement`.

    The layers themselves stay as they are: `GET …/export` gives either, the exact stack or the arranged one.
    """
    job = finished_separation(parts, who, job_id)
    known = [row["id"] for row in job.metadata["output"]["layers"]]
    for number, placed in enumerate(body.layers):
        if placed.id not in known:
            raise InvalidInput(
                f"Input layers.{number}: there is no layer {placed.id!r}; there are: {', '.join(known)}", input="layers"
            )
        if not (placed.scale_x and placed.scale_y):
            raise InvalidInput(f"Input layers.{number}: a scale must not be 0", input="layers")
    with parts.tables.begin() as connection:
        jobs.arrange(connection, job_id, body.model_dump(mode="json", by_alias=True))
    return json_answer({"job": job_json(finished_separation(parts, who, job_id))})
