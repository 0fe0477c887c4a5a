"""Pointing at a thing: what is at a place of a picture, proposed at once, before any job."""

from __future__ import annotations

import base64

import numpy as np
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from delaminate.codec import camel, plain, unpack
from delaminate.contracts import Found, Glancer, Segmenter, Target
from delaminate.pixels import Box, Rgb
from delaminate.server.accounts.api_keys import Caller
from delaminate.server.api.answers import json_answer
from delaminate.server.api.dependencies import Parts, Service, Signed, base_url, one_asset
from delaminate.server.api.intake import check_mask
from delaminate.server.api.schemas import Proposal, ProposalAnswer
from delaminate.server.database.assets import Asset
from delaminate.server.documents import Json
from delaminate.server.errors import InvalidInput
from delaminate.server.looks import MASK, Key, drawn, keep_found, read_found
from delaminate.splitting.proposing import proposed

router = APIRouter(tags=["generate"])
_GLANCED = 1024
"""Most pixels of a side of a mask that is only shown until the thorough one comes."""


@router.post("/layers/propose", responses={200: {"model": ProposalAnswer}})
def propose(body: Proposal, request: Request, parts: Parts, who: Signed) -> JSONResponse:
    """What is at a point or in a box of a picture; with `mask`, added to what was found before or taken away from it.

    The picture is looked at once and kept for a while, so that the next place takes a fraction of a second. `found` is
    null where nothing is there; its `mask.id` goes into `regions` of a job.
    """
    image = one_asset(parts, who, body.image)
    if (body.box is None) == (body.point is None):
        raise InvalidInput("Input point or box: say which place, by one of the two", input="point")
    box = None if body.box is None else Box(*body.box)
    x, y = body.point or (0, 0) if box is None else (box.left, box.top)
    if x >= image.width or y >= image.height:
        raise InvalidInput(f"Input point: it lies outside the picture of {image.width} x {image.height}", input="point")
    before = None
    if body.mask is not None:
        check_mask(parts, who, body.image, body.mask, "mask")
        before = _mask(parts, who, image, body.mask)
    stages = parts.engines(parts.settings.inpaint_model)
    key = (who.project_id, body.image, stages.name)
    stages = parts.looks.stages(stages, key)
    if body.glance:
        return json_answer({"found": _glanced(parts, stages.segmenter, key, body.point)})
    place = Target("marked", name=body.name, box=box, point=body.point)
    rgb = None if parts.looks.has(key) else colours(parts, who, body.image, None)
    with parts.looking.entered(who.project_id):
        prepared = parts.looks.place(key).prepared if rgb is None else stages.segmenter.prepare(rgb)
        found = proposed(stages.segmenter, prepared, place, before, take=body.take)
    if found is None:
        return json_answer({"found": None})
    told = {
        "name": found.name,
        "role": found.role.value,
        "bbox": plain(found.box, camel),
        "confidence": round(found.confidence, 4),
        "text": found.text,
        "mask": mask_json(parts, request, body.image, found),
    }
    return json_answer({"found": told})


def _glanced(parts: Service, segmenter: Segmenter, key: Key, point: tuple[int, int] | None) -> Json | None:
    """What can be shown at once at a point of a picture that was looked at before, else nothing."""
    if point is None or not isinstance(segmenter, Glancer) or not parts.looks.has(key):
        return None
    found = segmenter.glance(parts.looks.place(key).prepared, *point)
    if found is None:
        return None
    url = "data:image/png;base64," + base64.b64encode(drawn(found, _GLANCED)).decode()
    told = {"name": "", "role": found.role.value, "bbox": plain(found.box, camel), "confidence": 0.0, "text": None}
    return {**told, "mask": {"id": None, "url": url}}


def colours(parts: Service, who: Caller, image: str, content: bytes | None) -> Rgb:
    """H×W×3 of an asset, or of a picture's bytes that came with the request; decoded elsewhere."""
    if content is None:
        content = parts.blobs.get(f"assets/{image}")
    facts = {"maxPixels": parts.settings.max_pixels}
    told, rgb = parts.decoders.run("pixels", facts, content, owner=who.project_id)
    return np.frombuffer(rgb, np.dtype(told["dtype"])).reshape(told["shape"])


def _mask(parts: Service, who: Caller, image: Asset, mask_id: str) -> Found:
    if mask_id.startswith(MASK):
        return read_found(parts.blobs, image.id, mask_id)
    # One that was painted is a picture like any other: it is decoded elsewhere, too.
    facts = {"maxPixels": parts.settings.max_pixels, "width": image.width, "height": image.height}
    _, found = parts.decoders.run("mask", facts, parts.blobs.get(f"assets/{mask_id}"), owner=who.project_id)
    return unpack(Found, found)


def mask_json(parts: Service, request: Request, image_id: str, found: Found) -> Json:
    """A finding's mask as the API tells it: an id to ask for it by, and a link to see it, over its box."""
    mask_id = keep_found(parts.blobs, image_id, found)
    return {"id": mask_id, "url": base_url(parts, request) + parts.links.sign(f"/masks/{image_id}/{mask_id}")}
