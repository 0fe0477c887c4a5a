"""The composition root of the service: settings → parts → routes, and the one table from refusal to HTTP status."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from typing import Any

import sqlalchemy as sa
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException

from delaminate.engines import is_ready
from delaminate.errors import BadInput, DelaminateError
from delaminate.picture import open_picture
from delaminate.server.accounts.api_keys import KeyRing, owner
from delaminate.server.accounts.limits import RequestRate
from delaminate.server.api import (
    account,
    arrangements,
    assets,
    downloads,
    exports,
    files,
    generate,
    jobs,
    models,
    revise,
    uploads,
)
from delaminate.server.api.boundary import Boundary
from delaminate.server.api.dependencies import Service
from delaminate.server.api.loopback import Loopback
from delaminate.server.api.schemas import Problem
from delaminate.server.api.studio import add_studio
from delaminate.server.blobs import open_blobs
from delaminate.server.catalogue import INPAINT_MODELS, Engines
from delaminate.server.database import open_database
from delaminate.server.database.facts import fact
from delaminate.server.database.jobs import ACTIVE, count_by_status
from delaminate.server.durable import Queue
from delaminate.server.errors import (
    InvalidInput,
    NotAllowed,
    NotSignedIn,
    NotThere,
    Refused,
    TooLarge,
    TooMany,
)
from delaminate.server.ids import new_id
from delaminate.server.links import Links
from delaminate.server.metrics import Metrics
from delaminate.server.settings import Settings
from delaminate.server.worker import RunningWorker, configured_engines
from delaminate.version import __version__

_log = logging.getLogger(__name__)

STATUS: Mapping[type[DelaminateError], tuple[int, str]] = {
    NotSignedIn: (401, "UNAUTHORIZED"),
    NotAllowed: (403, "FORBIDDEN"),
    NotThere: (404, "NOT_FOUND"),
    TooLarge: (413, "TOO_LARGE"),
    TooMany: (429, "TOO_MANY_REQUESTS"),
    InvalidInput: (400, "INVALID_PARAMETER"),
    BadInput: (400, "INVALID_PARAMETER"),
    DelaminateError: (500, "INTERNAL_ERROR"),
}
"""Refusal → HTTP status and code; the first that fits."""


def create_app(
    settings: Settings,
    *,
    engines: Engines | None = None,
    inpaint_models: tuple[str, ...] | None = None,
    with_worker: bool = True,
    local: bool = False,
) -> FastAPI:
    """The service as an ASGI application.

    Parameters
    ----------
    engines : how engines are built; None takes those of the settings.
    inpaint_models : names of the inpaint models that are configured; None asks which are installed.
    with_worker : whether this process runs jobs too.
    local : ask for no key, and refuse whatever does not come from this machine and its own page.
    """
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        worker = await run_in_threadpool(RunningWorker, settings, metrics, engines) if with_worker else None
        app.state.service = await run_in_threadpool(_service, settings, metrics, engines, inpaint_models, local)
        yield
        if worker is not None:
            await run_in_threadpool(worker.stop)
        app.state.service.queue.close()

    app = FastAPI(title="delaminate", version=__version__, lifespan=lifespan, redoc_url=None)
    responses: dict[int | str, dict[str, Any]] = {code: {"model": Problem} for code in (400, 401, 403, 404, 413, 429)}
    # Jobs come first because they are asked for most; downloads before assets, as /assets/download is no asset.
    for resource in (jobs, generate, revise, arrangements, exports, downloads, assets, uploads, models, account):
        app.include_router(resource.router, prefix="/v1", responses=responses)
    app.include_router(files.router)
    _add_operations(app, metrics)
    add_studio(app, settings.public_url)
    _add_errors(app)
    if local:
        app.add_middleware(Loopback)
    app.add_middleware(Boundary, settings=settings, metrics=metrics)
    if settings.cors_origins and not local:
        app.add_middleware(
            CORSMiddleware, allow_origins=list(settings.cors_origins), allow_methods=["*"], allow_headers=["*"]
        )
    return app


def _service(
    settings: Settings, metrics: Metrics, engines: Engines | None, inpaint_models: tuple[str, ...] | None, local: bool
) -> Service:
    tables = open_database(settings.tables_url)
    whoever = None
    if local:
        with tables.begin() as connection:
            whoever = owner(connection, "studio")
    here = inpaint_models or tuple(name for name in INPAINT_MODELS if is_ready("inpainter", name))
    return Service(
        settings=settings,
        tables=tables,
        blobs=open_blobs(settings.storage_url, settings.data / "blobs"),
        queue=Queue(settings.engine_url),
        links=Links(fact(tables, "link secret", secrets.token_hex(32)), settings.link_hours),
        keys=KeyRing(tables),
        rate=RequestRate(settings.requests_per_minute),
        metrics=metrics,
        engines=engines or configured_engines(settings),
        inpaint_models=here,
        team_id=fact(tables, "team id", new_id("team")),
        decoding=threading.BoundedSemaphore(2),
        exporting=threading.BoundedSemaphore(1),
        open_picture=partial(open_picture, max_pixels=settings.max_pixels),
        owner=whoever,
    )


def _add_operations(app: FastAPI, metrics: Metrics) -> None:
    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> Response:
        return PlainTextResponse("ok")

    @app.get("/readyz", include_in_schema=False)
    def readyz(request: Request) -> Response:
        with request.app.state.service.tables.connect() as connection:
            connection.execute(sa.select(1))
        return PlainTextResponse("ready")

    @app.get("/metrics", include_in_schema=False)
    def measured(request: Request) -> Response:
        with request.app.state.service.tables.connect() as connection:
            counts = count_by_status(connection)
        for status in ACTIVE:
            metrics.queue.labels(status).set(counts.get(status, 0))
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)


# ---------------------------------------------------------------------------------------------------------- errors


def problem(status: int, code: str, reason: str, details: Mapping[str, Any] | None = None, **more: Any) -> JSONResponse:
    """An error body that every client of Scenario finds its field in."""
    body = {"reason": reason, "message": reason, "status": "error", "code": code, "details": dict(details or {})}
    answer = JSONResponse({**body, "trace_id": f"tr_{secrets.token_hex(8)}", **more}, status)
    if status == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = 'Basic realm="delaminate"'
    return answer


_KINDS = ("int", "float", "constrained-int", "constrained-float")
"""What pydantic adds to the place of a number that may be written in two ways."""


def _required(request: Request) -> str:
    """The inputs that the body of a route must have: " with name and image"."""
    field = getattr(request.scope.get("route"), "body_field", None)
    model = getattr(field, "type_", None) or getattr(getattr(field, "field_info", None), "annotation", None)
    fields = getattr(model, "model_fields", {})
    names = [one.alias or name for name, one in fields.items() if one.is_required()]
    return f" with {' and '.join(names)}" if names else ""


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(DelaminateError)
    async def refused(_: Request, error: DelaminateError) -> Response:
        status, code = next(answer for kind, answer in STATUS.items() if isinstance(error, kind))
        if status == HTTPStatus.INTERNAL_SERVER_ERROR:
            _log.error("a request failed", exc_info=error)
            return problem(status, code, "The server failed; try again, and tell its operator if it stays")
        details = error.details if isinstance(error, Refused) else None
        if isinstance(error, TooMany):
            answer = problem(status, code, str(error), details, remainingSeconds=error.seconds)
            answer.headers["Retry-After"] = str(error.seconds)
            return answer
        return problem(status, code, str(error), details)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        place = [str(part) for part in first["loc"] if part not in ("body", "query", "path", "header", *_KINDS)]
        name = place[0] if place else "body"
        text = str(first["msg"]).removeprefix("Value error, ")
        if first["type"] == "too_long" and isinstance(first["input"], str):
            text = text.replace("items after validation", "characters")
        if not place and "json" not in request.headers.get("content-type", ""):
            text = f"send JSON{_required(request)} (Content-Type: application/json); a picture goes in as base64"
        reason = f"Input {'.'.join(place) or 'body'}: {text[:1].lower()}{text[1:]}"
        return problem(400, "INVALID_PARAMETER", reason.encode("utf-8", "replace").decode(), {"input": name})

    @app.exception_handler(HTTPException)
    async def http(_: Request, error: HTTPException) -> Response:
        status = 400 if error.status_code == HTTPStatus.UNPROCESSABLE_ENTITY else error.status_code
        code = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}.get(status, "INVALID_PARAMETER")
        answer = problem(status, code, str(error.detail))
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(Exception)
    async def failed(_: Request, error: Exception) -> Response:
        _log.error("a request failed", exc_info=error)
        return problem(500, "INTERNAL_ERROR", "The server failed; try again, and tell its operator if it stays")
