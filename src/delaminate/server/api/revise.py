"""Asking for a revision: edits of a finished job's layers as a new job; the old one stays, which is the way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from delaminate.editing.edits import layer_index
from delaminate.errors import BadInput
from delaminate.server.accounts import pricing
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
from delaminate.server.api.dependencies import Parts, Service, Signed
from delaminate.server.api.intake import check_mask
from delaminate.server.api.jobs import finished_separation
from delaminate.server.api.schemas import DryRunAnswer, GenerateAnswer, Revision
from delaminate.server.bodies import EditBody, MaskBody, MergeBody, RedoBody, RefillBody, RemoveBody, SplitBody
from delaminate.server.catalogue import chosen_inpaint_model
from delaminate.server.database.jobs import Job
from delaminate.server.documents import EditRequest, Json, LayerJson, RevisionRequest, SeparationRequest
from delaminate.server.errors import InvalidInput

router = APIRouter(tags=["revise"])


@router.post(
    "/jobs/{job_id}/revise",
    responses={200: {"model": GenerateAnswer}, 269: {"model": DryRunAnswer, "description": "A dry run."}},
)
def revise(
    job_id: str,
    body: Revision,
    parts: Parts,
    who: Signed,
    arrived: Arrival,
    dry_run: DryRun = None,
    retry: Retry = 0,
    idempotency_key: IdempotencyKey = None,
) -> JSONResponse:
    """Edit the layers of a finished separation; answers at once with a new job, and the old one stays as it is."""
    dry = is_dry(dry_run)
    job = finished_separation(parts, who, job_id)
    rows: list[LayerJson] = job.metadata["output"]["layers"]
    _check(body.edits, rows)
    for edit in body.edits:
        if isinstance(edit, MaskBody):
            check_mask(parts, who, job.request["image"], edit.mask, "edits")
    request = _request(parts, job, body, rows)
    with parts.tables.connect() as connection:
        units = pricing.revision(connection, request["edits"])
    if dry:
        return json_answer({"job": {}, **cost_json(units)}, 269)
    told = {**job.metadata["input"], "revises": job_id, "edits": [_shown(one) for one in body.edits]}
    kept = {name: job.metadata[name] for name in ("arrangement",) if name in job.metadata}
    order = Order({"assetIds": [], "input": told, "revises": job_id, **kept}, request, body.hide_results)
    asked = Asked.of(body, retry, arrived, idempotency_key, job_id)
    made = accept(parts, who, asked, "revise", units, lambda: order)
    return json_answer({"job": job_json(made), **cost_json(units)})


def _shown(edit: EditBody) -> Json:
    return edit.model_dump(mode="json", by_alias=True, exclude_unset=True)


def _request(parts: Service, job: Job, body: Revision, rows: list[LayerJson]) -> RevisionRequest:
    """What the worker needs, so that it needs nothing of the old job any more."""
    before = cast(SeparationRequest | RevisionRequest, job.request)
    edits, hints = [], []
    for edit in body.edits:
        told = {**edit.model_dump(mode="json", by_alias=True), "model": before["model"]}
        told.setdefault("seed", None)
        told.setdefault("inpaintPrompt", None)
        if isinstance(edit, RefillBody) and edit.inpaint_model is not None:
            told["model"], hint = chosen_inpaint_model(
                edit.inpaint_model, parts.inpaint_models, parts.settings.inpaint_model, parts.settings.strict_models
            )
            hints += [hint] if hint else []
        told["seed"] = before["seed"] if told["seed"] is None else told["seed"]
        told["inpaintPrompt"] = before["inpaintPrompt"] if told["inpaintPrompt"] is None else told["inpaintPrompt"]
        edits.append(cast(EditRequest, told))
    return {
        "image": before["image"],
        "separationInstruction": before["separationInstruction"],
        "maxLayers": before["maxLayers"],
        "inpaintModel": before["inpaintModel"],
        "inpaintPrompt": before["inpaintPrompt"],
        "seed": before["seed"],
        "model": before["model"],
        "revises": job.id,
        "edits": edits,
        "layers": rows,
        "output": job.metadata["output"],
        "hints": hints,
    }


@dataclass(frozen=True)
class _Named:
    id: str
    name: str


def _check(edits: Sequence[EditBody], rows: Sequence[LayerJson]) -> None:
    """Refuse edits of layers that are not there, or of places outside the picture, before anything is charged."""
    layers = [_Named(row["id"], row["name"]) for row in rows]
    right, bottom = rows[0]["bbox"][2:]
    for number, edit in enumerate(edits):
        named = edit.layers if isinstance(edit, MergeBody) else (edit.layer,)
        try:
            places = [layer_index(layers, called) for called in named]
        except BadInput as error:
            raise InvalidInput(f"Input edits.{number}: {error}", input="edits") from error
        if isinstance(edit, RedoBody):
            _check_marks(number, edit, right, bottom)
        if isinstance(edit, SplitBody):
            return  # what its parts will be called is known only when they were found
        if isinstance(edit, MergeBody) and len(set(places)) == 1:
            raise InvalidInput(f"Input edits.{number}: name at least two layers to merge", input="edits")
        gone = set(places[1:]) - {places[0]} if isinstance(edit, MergeBody) else set()
        gone |= {places[0]} if isinstance(edit, RemoveBody) else set()
        name = "" if isinstance(edit, RefillBody | RemoveBody) else edit.name
        layers[places[0]] = _Named(layers[places[0]].id, name or layers[places[0]].name)
        layers = [layer for z, layer in enumerate(layers) if z not in gone]


def _check_marks(number: int, edit: RedoBody, right: int, bottom: int) -> None:
    if edit.box is None and not edit.points and not edit.phrase.strip():
        raise InvalidInput(f"Input edits.{number}: a redo needs a box, points or a phrase", input="edits")
    inside = [(x, y) for x, y in edit.points if x < right and y < bottom]
    if len(inside) < len(edit.points) or (edit.box is not None and (edit.box[0] >= right or edit.box[1] >= bottom)):
        raise InvalidInput(
            f"Input edits.{number}: a box or point lies outside the picture of {right} x {bottom} pixels", input="edits"
        )
