"""The models of lite on Ray Serve: masks, fills and health over HTTP, on as many replicas as there is room for.

    pip install 'ray[serve]' 'delaminate[lite,server]'
    delaminate models pull lite
    serve run --app-dir examples ray_serve:app          # http://127.0.0.1:8000

    DELAMINATE_MASKS_URL=http://that-machine:8000/masks
    DELAMINATE_FILL_URL=http://that-machine:8000/v1

`web` is an ordinary ASGI application: without Ray, `uvicorn ray_serve:web --app-dir examples` serves the same from one
process. `DELAMINATE_SERVE_SEGMENTER` and `DELAMINATE_SERVE_INPAINTER` name other stages.
"""

from __future__ import annotations

import base64
import functools
import io
import os
from email.parser import BytesParser
from typing import Any

import numpy as np
from fastapi import FastAPI, HTTPException, Request
from mask_server import things
from PIL import Image, UnidentifiedImageError
from starlette.concurrency import run_in_threadpool

from delaminate.contracts import Inpainter, Segmenter
from delaminate.engines import stage
from delaminate.errors import DelaminateError

web = FastAPI(title="Stages of delaminate")


@functools.cache
def segmenter() -> Segmenter:
    """What finds and cuts things out."""
    made: Segmenter = stage("segmenter", os.environ.get("DELAMINATE_SERVE_SEGMENTER", "lite"))
    return made


@functools.cache
def inpainter() -> Inpainter:
    """What fills."""
    made: Inpainter = stage("inpainter", os.environ.get("DELAMINATE_SERVE_INPAINTER", "lama"))
    return made


@web.get("/health")
def health() -> dict[str, str]:
    """What each stage lacks, "" for nothing."""
    stages = {"segmenter": segmenter(), "inpainter": inpainter()}
    return {name: made.missing() if hasattr(made, "missing") else "" for name, made in stages.items()}


@web.post("/masks")
async def masks(body: dict[str, Any]) -> dict[str, Any]:
    """The masks of docs/how-to/remote-models.md."""
    return {"things": await _done(things, segmenter(), body)}


@web.post("/v1/images/edits")
async def edits(request: Request) -> dict[str, Any]:
    """OpenAI's image edits: picture, and mask that is clear where to fill; one picture of the same size comes back."""
    parts = _parts(request.headers.get("content-type", ""), await request.body())
    filled = await _done(_filled, parts)
    return {"created": 0, "data": [{"b64_json": base64.b64encode(filled).decode()}]}


def _parts(kind: str, body: bytes) -> dict[str, bytes]:
    """The parts of a form by name."""
    message = BytesParser().parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    parts: Any = message.get_payload() if message.is_multipart() else []
    return {str(one.get_param("name", header="content-disposition")): one.get_payload(decode=True) for one in parts}


def _filled(parts: dict[str, bytes]) -> bytes:
    rgb = np.array(Image.open(io.BytesIO(parts["image"])).convert("RGB"))
    hole = np.asarray(Image.open(io.BytesIO(parts["mask"])).convert("RGBA"))[..., 3] < 128
    if hole.shape != rgb.shape[:2] or not hole.any():
        raise ValueError("the mask needs the size of the picture and a clear part")
    rows, columns = np.flatnonzero(hole.any(1)), np.flatnonzero(hole.any(0))
    where = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    rgb[where] = inpainter()(rgb, hole, ~hole, prompt=parts.get("prompt", b"").decode())
    file = io.BytesIO()
    Image.fromarray(rgb).save(file, "PNG")
    return file.getvalue()


async def _done(work: Any, *given: Any) -> Any:
    """The work in a thread, so that health is told meanwhile; what cannot be done in one sentence."""
    try:
        return await run_in_threadpool(work, *given)
    except (KeyError, TypeError, ValueError, UnidentifiedImageError) as error:
        raise HTTPException(400, str(error).splitlines()[0][:200]) from error
    except DelaminateError as error:
        raise HTTPException(500, str(error)) from error


try:
    from ray import serve  # type: ignore[import-not-found,unused-ignore]
except ImportError:  # without Ray it is an ASGI application and no more
    pass
else:

    @serve.deployment(num_replicas=1, max_ongoing_requests=4, ray_actor_options={"num_cpus": 1})
    @serve.ingress(web)
    class Stages:
        """One copy of the stages in each replica; `num_gpus` in `ray_actor_options` gives it a GPU."""

    app = Stages.bind()  # type: ignore[attr-defined,unused-ignore]
