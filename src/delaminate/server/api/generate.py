"""Asking for a separation: the price first, a plan to look at, or the job itself."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from delaminate.codec import camel, plain
from delaminate.contracts import Forewarner, Shadows
from delaminate.server.accounts import pricing
from delaminate.server.accounts.api_keys import Caller
from delaminate.server.api.acceptance import (
    Arrival,
    Asked,
    DryRun,
    IdempotencyKey,
    Order,
    Retry,
    accept,
    cost_json,
    is_dry,
)
from delaminate.server.api.answers import job_json, json_answer
from delaminate.server.api.dependencies import Parts, Service, Signed, one_asset
from delaminate.server.api.intake import check_mask, decode_base64, discard, take_in
from delaminate.server.api.proposals import colours, mask_json
from delaminate.server.api.schemas import DryRunAnswer, GenerateAnswer, PlanAnswer, Planning, Separation
from delaminate.server.bodies import instruction
from delaminate.server.catalogue import MODEL, chosen_inpaint_model
from delaminate.server.database.assets import Asset
from delaminate.server.documents import SeparationRequest
from delaminate.server.errors import InvalidInput, NotThere
from delaminate.server.looks import keep_search
from delaminate.server.results import advised, cut_json
from delaminate.splitting.completing import completed_cuts
from delaminate.splitting.search import search

router = APIRouter(tags=["generate"])
_SHOWN = (
    "image",
    "separationInstruction",
    "maxLayers",
    "inpaintModel",
    "inpaintPrompt",
    "seed",
    "regions",
    "plan",
)
"""What of its request a job tells."""


@router.post(
    "/generate/custom/{model_id}",
    responses={200: {"model": GenerateAnswer}, 269: {"model": DryRunAnswer, "description": "A dry run."}},
)
def generate(
    model_id: str,
    body: Separation,
    parts: Parts,
    who: Signed,
    arrived: Arrival,
    dry_run: DryRun = None,
    retry: Retry = 0,
    idempotency_key: IdempotencyKey = None,
) -> JSONResponse:
    """Separate a picture into layers; answers at once with a queued job."""
    if model_id != MODEL:
        raise NotThere(f"There is no model of that id; this server has {MODEL}")
    dry = is_dry(dry_run)
    request = request_of(parts, body)
    units = _ceiling(parts, request)
    content = _content(parts, who, body.image)
    planner = parts.engines(request["model"]).planner
    if body.plan is None and body.separation_instruction.strip() and isinstance(planner, Forewarner):
        planner.check(instruction(request))
    for region in body.regions:
        if region.mask is not None:
            check_mask(parts, who, body.image, region.mask, "regions")
    if dry:
        if content is None:
            _check_places(body, one_asset(parts, who, body.image))
        return json_answer({"job": {}, **cost_json(units)}, 269)
    asked = Asked.of(body, retry, arrived, idempotency_key)
    job = accept(parts, who, asked, "separate", units, lambda: _order(parts, who, body, request, content))
    return json_answer({"job": job_json(job), **cost_json(units)})


@router.post("/layers/plan", responses={200: {"model": PlanAnswer}})
def plan(body: Planning, request: Request, parts: Parts, who: Signed) -> JSONResponse:
    """Read an instruction without running it: the plan, to be edited and sent back as `plan`, and its price.

    With `locate` the answer says too where things are, with their masks, before anything is cut out; a `plan` in the
    body is then taken instead of reading the instruction. A job that is sent the same plan need not look again.
    """
    wanted = request_of(parts, body)
    content = _content(parts, who, body.image)
    rgb = colours(parts, who, body.image, content)
    asked, stages = instruction(wanted), parts.engines(wanted["model"])
    if content is None:
        stages = parts.looks.stages(stages, (who.project_id, body.image, stages.name))
    seen = None
    with parts.looking.entered(who.project_id):
        read = body.plan.plan() if body.plan is not None else stages.planner(asked, rgb)
        if body.locate:
            seen = search(rgb, read, asked, stages)
    answer = {"plan": plain(read, camel), "inpaintModel": wanted["model"], **cost_json(_ceiling(parts, wanted))}
    if seen is not None:
        rows = [cut_json(cut) for cut in seen.cuts]
        if content is None:
            keep_search(parts.blobs, body.image, read, asked, stages.name, seen)
            # As the job will cut them: with the pieces that belong to them, and without openings.
            whole = seen.cuts if read.depth else completed_cuts(rgb, seen.cuts, Shadows.LEAVE, 0)
            for row, cut in zip(rows, whole, strict=True):
                row["mask"] = mask_json(parts, request, body.image, cut.found)
        answer |= {
            "found": rows,
            "targets": [plain(advised(one), camel) for one in seen.reports],
        }
    return json_answer(answer | ({"hint": " ".join(wanted["hints"])} if wanted["hints"] else {}))


def request_of(parts: Service, body: Separation) -> SeparationRequest:
    """The body with defaults filled in and the inpaint model that will really run."""
    masked = any(region.mask is not None for region in body.regions)
    named = body.plan is not None and (body.plan.targets or masked)
    if body.plan is not None and not named:
        raise InvalidInput("Input plan needs at least one target, or regions with masks", input="plan")
    if not body.separation_instruction.strip() and not body.regions and body.plan is None:
        raise InvalidInput(
            "Input separationInstruction is required: say what to separate, or mark it with regions",
            input="separationInstruction",
        )
    for region in body.regions:
        if sum(mark is not None for mark in (region.box, region.point, region.mask)) != 1:
            raise InvalidInput("Input regions: each needs either a box, a point or a mask", input="regions")
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
        "shadows": body.shadows.value,
        "strict": body.strict,
        "plan": None if body.plan is None else body.plan.model_dump(mode="json", by_alias=True),
        # Whoever names no model asked for none that could be missing.
        "hints": [hint] if hint and "inpaint_model" in body.model_fields_set else [],
    }


def _ceiling(parts: Service, request: SeparationRequest) -> float:
    with parts.tables.connect() as connection:
        return pricing.price(connection, request["model"]).of(request["maxLayers"])


def _content(parts: Service, who: Caller, image: str) -> bytes | None:
    """The bytes of a picture that came with the request; None for an asset, which is there."""
    if image[:5].lower() == "data:":
        return decode_base64(image, "image")
    one_asset(parts, who, image)
    return None


def _check_places(body: Separation, asset: Asset) -> None:
    """Refuse boxes and points that lie outside the picture, before anything is queued."""
    marks = [*body.regions, *(body.plan.targets if body.plan is not None else ())]
    for number, mark in enumerate(marks):
        outside = mark.box is not None and (mark.box[0] >= asset.width or mark.box[1] >= asset.height)
        outside |= mark.point is not None and (mark.point[0] >= asset.width or mark.point[1] >= asset.height)
        if outside:
            name = "regions" if number < len(body.regions) else "plan"
            raise InvalidInput(
                f"Input {name}: a box or point lies outside the picture of {asset.width} x {asset.height} pixels",
                input=name,
            )


def _order(parts: Service, who: Caller, body: Separation, request: SeparationRequest, content: bytes | None) -> Order:
    made = None if content is None else take_in(parts, who, content, "image", "image")
    asset = one_asset(parts, who, body.image) if made is None else made
    try:
        _check_places(body, asset)
    except InvalidInput:
        if made is not None:
            discard(parts, made)
        raise
    request["image"] = asset.id
    shown = {name: value for name, value in request.items() if name in _SHOWN and value not in (None, "", [])}
    return Order(
        {"assetIds": [], "input": {"modelId": MODEL, **shown}},
        request,
        body.hide_results,
        None if made is None else made.id,
    )
