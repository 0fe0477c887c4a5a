"""Asking for a separation: the price first, a plan to look at, or the job itself."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Header, Query
from fastapi.responses import JSONResponse

from delaminate.picture import Picture
from delaminate.search import search
from delaminate.server.accounts import ledger, limits, pricing
from delaminate.server.accounts.api_keys import Caller
from delaminate.server.api.answers import job_json, json_answer
from delaminate.server.api.dependencies import Parts, Service, Signed, one_asset
from delaminate.server.api.intake import decode_base64, take_in
from delaminate.server.api.queueing import submit
from delaminate.server.api.schemas import DryRunAnswer, GenerateAnswer, PlanAnswer, Planning, Separation
from delaminate.server.catalogue import MODEL, chosen_inpaint_model
from delaminate.server.database import jobs
from delaminate.server.marks import new_id, now
from delaminate.server.plans import instruction, plan_json
from delaminate.server.refusals import InvalidInput, NotThere
from delaminate.server.results import cut_json, target_json

router = APIRouter(tags=["generate"])
_RETRY_SECONDS = 180
"""How long after a request the SDK may still be repeating it: three tries of 60 s."""


@dataclass(frozen=True)
class _Asked:
    """What tells a repetition from a new request: the body's hash, the SDK's retry counter, the client's own key."""

    sha256: str
    repeated: bool
    key: str | None


@router.post(
    "/generate/custom/{model_id}",
    responses={200: {"model": GenerateAnswer}, 269: {"model": DryRunAnswer, "description": "A dry run."}},
)
def generate(
    model_id: str,
    body: Separation,
    parts: Parts,
    who: Signed,
    dry_run: Annotated[str | None, Query(alias="dryRun", description="true or api: only say the price.")] = None,
    retry: Annotated[int, Header(alias="x-stainless-retry-count", ge=0)] = 0,
    idempotency_key: Annotated[str | None, Header(pattern=r"^[ -~]{1,255}$")] = None,
) -> JSONResponse:
    """Separate a picture into layers; answers at once with a queued job."""
    if model_id != MODEL:
        raise NotThere(f"There is no model of that id; this server has {MODEL}")
    if dry_run not in (None, "true", "false", "api"):
        raise InvalidInput("Input dryRun must be true, api or false", input="dryRun")
    request = _request(parts, body)
    units = _ceiling(parts, request)
    _check_image(parts, who, body.image)
    if dry_run in ("true", "api"):
        return json_answer({"job": {}, **_cost(units)}, 269)
    sha256 = hashlib.sha256(json.dumps(body.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()
    job = _accept(parts, who, body, request, units, _Asked(sha256, retry > 0, idempotency_key))
    return json_answer({"job": job_json(job), **_cost(units)})


@router.post("/layers/plan", responses={200: {"model": PlanAnswer}})
def plan(body: Planning, parts: Parts, who: Signed) -> JSONResponse:
    """Read an instruction without running it: the plan, to be edited and sent back as `plan`, and its price.

    With `locate` the answer says too where things are, before anything is cut out; a `plan` in the body is then taken
    instead of reading the instruction.
    """
    request = _request(parts, body)
    picture = _picture(parts, who, body.image)
    asked, stages = instruction(request), parts.engines(request["model"])
    seen = None
    # As decoding a picture does, looking through one takes memory.
    with parts.decoding:
        read = body.plan.plan() if body.plan is not None else stages.planner(asked, picture.rgb)
        if body.locate:
            seen = search(picture.rgb, read, asked, stages)
    answer = {"plan": plan_json(read), "inpaintModel": request["model"], **_cost(_ceiling(parts, request))}
    if seen is not None:
        answer |= {"found": [cut_json(cut) for cut in seen.cuts], "targets": [target_json(one) for one in seen.reports]}
    return json_answer(answer | ({"hint": " ".join(request["hints"])} if request["hints"] else {}))


def _request(parts: Service, body: Separation) -> dict[str, Any]:
    """The body with defaults filled in and the inpaint model that will really run."""
    if not body.separation_instruction.strip() and not body.regions and body.plan is None:
        raise InvalidInput(
            "Input separationInstruction is required: say what to separate, or mark it with regions",
            input="separationInstruction",
        )
    for region in body.regions:
        if (region.box is None) == (region.point is None):
            raise InvalidInput("Input regions: each needs either a box or a point", input="regions")
    model, hint = chosen_inpaint_model(
        body.inpaint_model, parts.inpaint_models, parts.settings.inpaint_model, parts.settings.strict_models
    )
    return {
        "separationInstruction": body.separation_instruction,
        "maxLayers": int(body.max_layers),
        "inpaintModel": body.inpaint_model,
        "model": model,
        "inpaintPrompt": (body.inpaint_prompt or "").strip(),
        "regions": [region.model_dump(mode="json", by_alias=True) for region in body.regions],
        "seed": int(body.seed),
        "plan": None if body.plan is None else body.plan.model_dump(mode="json", by_alias=True),
        "hints": [hint] if hint else [],
    }


def _ceiling(parts: Service, request: dict[str, Any]) -> float:
    with parts.tables.connect() as connection:
        return pricing.price(connection, request["model"]).of(request["maxLayers"])


def _cost(units: float) -> dict[str, Any]:
    details = {"custom-generation": units} if units else {}
    return {"creativeUnitsCost": units, "creativeUnitsDiscount": 0, "costDetails": details}


def _is_data(image: str) -> bool:
    return image[:5].lower() == "data:"


def _check_image(parts: Service, who: Caller, image: str) -> None:
    if _is_data(image):
        decode_base64(image, "image")
    else:
        one_asset(parts, who, image)


def _picture(parts: Service, who: Caller, image: str) -> Picture:
    if _is_data(image):
        content = decode_base64(image, "image")
    else:
        content = parts.blobs.get(f"assets/{one_asset(parts, who, image)['id']}")
    with parts.decoding:
        return parts.open_picture(content)


def _accept(
    parts: Service, who: Caller, body: Separation, request: dict[str, Any], units: float, asked: _Asked
) -> dict[str, Any]:
    """Store the job, charge it, queue it; a request that is a repetition gets the job it made before."""
    with parts.tables.begin() as connection:
        before = _before(connection, parts, who, asked)
    if before is not None:
        return before
    if _is_data(body.image):
        request["image"] = take_in(parts, who, decode_base64(body.image, "image"), "image", "image")["id"]
    else:
        request["image"] = body.image
    told = ("image", "separationInstruction", "maxLayers", "inpaintModel", "inpaintPrompt", "seed", "regions", "plan")
    shown = {name: request[name] for name in told if request[name] not in (None, "", [])}
    with parts.tables.begin() as connection:
        # Asked again, because a twin of this request may have come between.
        before = _before(connection, parts, who, asked)
        if before is not None:
            return before
        job = jobs.add(
            connection,
            {
                "id": new_id("job"),
                "project_id": who.project_id,
                "author_id": who.author_id,
                "type": "custom",
                "metadata": {"assetIds": [], "input": {"modelId": MODEL, **shown}},
                "request": request,
                "cost": units,
                "asked_sha256": asked.sha256,
                "idempotency_key": asked.key,
                "hidden": body.hide_results,
            },
        )
        ledger.charge(connection, job["id"], who.project_id, units)
    submit(parts, "separate", job["id"])
    return job


def _before(connection: sa.Connection, parts: Service, who: Caller, asked: _Asked) -> dict[str, Any] | None:
    """The job that this request has made already; when there is none, whether there is room for one."""
    limits.take_turn(connection, who.project_id)
    before = None
    if asked.key is not None:
        before = jobs.by_idempotency_key(connection, who.project_id, asked.key)
        if before is not None and before["asked_sha256"] != asked.sha256:
            raise InvalidInput("This Idempotency-Key was used for another body; use a new one", input="Idempotency-Key")
    elif asked.repeated:
        before = jobs.repeated(connection, who.author_id, asked.sha256, now(seconds=-_RETRY_SECONDS))
    if before is None:
        limits.check_parallel(jobs.active_count(connection, who.project_id, "custom"), parts.settings.parallel_jobs)
    return before
