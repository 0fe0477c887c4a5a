"""Models: the one there is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from delaminate.engines import called
from delaminate.server.accounts import pricing
from delaminate.server.api.answers import json_answer
from delaminate.server.api.dependencies import Parts, Service, Signed
from delaminate.server.api.schemas import ModelIds
from delaminate.server.catalogue import MODEL, model_json
from delaminate.server.documents import Json
from delaminate.server.errors import InvalidInput, NotThere

router = APIRouter(tags=["models"])


def _model(parts: Service) -> Json:
    with parts.tables.connect() as connection:
        prices = {name: pricing.price(connection, name).layer for name in parts.inpaint_models}
    return model_json(prices, called(parts.settings.engine), free=parts.owner is not None)


@router.get("/models/{model_id}")
def retrieve(model_id: str, parts: Parts, who: Signed) -> JSONResponse:
    """A model with its inputs."""
    if model_id != MODEL:
        raise NotThere(f"There is no model of that id; this server has {MODEL}")
    return json_answer({"model": _model(parts)})


@router.get("/models")
def listing(
    parts: Parts,
    who: Signed,
    page_size: Annotated[int, Query(alias="pageSize", ge=1, le=500)] = 100,
    privacy: Annotated[str, Query(max_length=20)] = "private",
    pagination_token: Annotated[str | None, Query(alias="paginationToken", max_length=2000)] = None,
) -> JSONResponse:
    """`privacy=public` lists the model; trained models of one's own there are none."""
    if pagination_token is not None:
        raise InvalidInput(
            "Input paginationToken is not one that this listing gave out; start again without it",
            input="paginationToken",
        )
    return json_answer({"models": [_model(parts)] if privacy == "public" else []})


@router.post("/models/get-bulk")
def read_many(body: ModelIds, parts: Parts, who: Signed) -> JSONResponse:
    """The models of these ids that there are."""
    return json_answer({"models": [_model(parts)] if MODEL in body.model_ids else []})
