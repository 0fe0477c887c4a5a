"""Teams, projects, limits, usages and prices, read only: one team, and the key's own project."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from delaminate.server.accounts import api_keys, ledger
from delaminate.server.accounts.limits import PARALLEL_JOBS
from delaminate.server.api.answers import json_answer
from delaminate.server.api.dependencies import Parts, Service, Signed
from delaminate.server.api.jobs import Moment, PageSize, Token
from delaminate.server.catalogue import MODEL
from delaminate.server.database import assets
from delaminate.server.documents import Json
from delaminate.server.errors import InvalidInput, NotThere
from delaminate.server.ids import ProjectId, instant

router = APIRouter(tags=["account"])
_PLAN = "enterprise"
_UNLIMITED = (
    "apiKeys",
    "canvasAssetLayers",
    "canvasAssets",
    "collections",
    "creativeUnits",
    "defaultSeats",
    "downloadAssets",
    "downloadModel",
    "inferenceBatchSize",
    "maxCooldown",
    "maxTrainingDatasets",
    "minCooldown",
    "models",
    "OTPSessions",
    "parallelInferences",
    "parallelTraining",
    "parallelWorkflowRuns",
    "premiumGenerationSamples",
    "projects",
    "scalingFactor",
    "seats",
    "snapshotsRetention",
    "upload",
)


def _project(parts: Service, project_id: ProjectId) -> api_keys.Project:
    with parts.tables.connect() as connection:
        return api_keys.project(connection, project_id)


def _project_json(parts: Service, row: api_keys.Project) -> Json:
    about = {"id": row.id, "name": row.name, "createdAt": row.created_at, "updatedAt": row.updated_at}
    return {**about, "teamId": parts.team_id, "privacyMode": True, "keys": [], "users": []}


@router.get("/teams")
def teams(parts: Parts, who: Signed) -> JSONResponse:
    """The one team with the key's project."""
    row = _project(parts, who.project_id)
    project = {name: value for name, value in _project_json(parts, row).items() if name in _SHORT}
    team = {
        "id": parts.team_id,
        "name": "delaminate",
        "plan": _PLAN,
        "type": "shared",
        "createdAt": row.created_at,
        "updatedAt": row.updated_at,
        "context": {"invitationsCount": 0, "keysCount": row.keys, "usersCount": 0, "userRole": "key"},
        "projects": [project],
    }
    return json_answer({"teams": [team]})


_SHORT = ("id", "name", "createdAt", "updatedAt")


@router.get("/teams/{team_id}/limits")
def team_limits(team_id: str, parts: Parts, who: Signed) -> JSONResponse:
    """What is limited; everything but parallel jobs is -1, which means not."""
    if team_id != parts.team_id:
        raise NotThere("There is no team of that id")
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    start = today.replace(day=1)
    end = start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
    with parts.tables.connect() as connection:
        spent = sum(day.units for day in ledger.spent(connection, who.project_id, instant(start)))
    keys = _project(parts, who.project_id).keys
    values = {"apiKeys": keys, "canvasAssets": 0, "collections": 0, "creativeUnits": spent, "projects": 1, "seats": 0}
    return json_answer(
        {
            "limits": {**dict.fromkeys(_UNLIMITED, -1), PARALLEL_JOBS: parts.settings.parallel_jobs},
            "values": values,
            "period": {"start": instant(start), "end": instant(end)},
            "plan": _PLAN,
            "oneShotCreativeUnits": [],
        }
    )


@router.get("/projects")
def projects(
    parts: Parts,
    who: Signed,
    team_id: Annotated[str | None, Query(alias="teamId", max_length=64)] = None,
    page_size: PageSize = 10,
    pagination_token: Token = None,
) -> JSONResponse:
    """The key's project."""
    if pagination_token is not None:
        raise InvalidInput(
            "Input paginationToken is not one that this listing gave out; start again without it",
            input="paginationToken",
        )
    mine = team_id in (None, parts.team_id)
    return json_answer({"projects": [_project_json(parts, _project(parts, who.project_id))] if mine else []})


@router.get("/projects/{project_id}")
def project(project_id: str, parts: Parts, who: Signed) -> JSONResponse:
    """The key's project."""
    if project_id != who.project_id:
        raise NotThere("There is no project of that id that this key may see")
    return json_answer({"project": _project_json(parts, _project(parts, who.project_id))})


@router.get("/usages")
def usages(
    parts: Parts,
    who: Signed,
    start: Annotated[Moment, Query(alias="startDate")] = None,
    end: Annotated[Moment, Query(alias="endDate")] = None,
) -> JSONResponse:
    """Compute units and jobs per day, from the ledger."""
    with parts.tables.connect() as connection:
        days = ledger.spent(connection, who.project_id, start or "", end or "9")
    return json_answer(
        {"modelId": MODEL, "creativeUnits": sum(day.units for day in days), "days": [asdict(one) for one in days]}
    )


@router.get("/oscu/prices")
def prices(who: Signed) -> JSONResponse:
    """Nothing is for sale."""
    return json_answer({"prices": []})


@router.get("/tags")
def tags(parts: Parts, who: Signed) -> JSONResponse:
    """The project's tags."""
    with parts.tables.connect() as connection:
        return json_answer({"tags": assets.all_tags(connection, who.project_id)})
