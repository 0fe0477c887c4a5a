"""The composition root of the service: settings → parts → routes, and the one table from refusal to HTTP status."""

from __future__ import annotations

import logging
import secrets
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import anyio
import sqlalchemy as sa
from anyio import to_thread
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.exceptions import HTTPException

from delaminate.engines import is_ready
from delaminate.errors import BadInput, DelaminateError
from delaminate.server.accounts.api_keys import KeyRing, owner
from delaminate.server.accounts.limits import RequestRate, Streams
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
    proposals,
    revise,
    uploads,
)
from delaminate.server.api.boundary import Boundary
from delaminate.server.api.dependencies import Service
from delaminate.server.api.documentation import add_documentation
from delaminate.server.api.forms import Forms
from delaminate.server.api.loopback import Loopback
from delaminate.server.api.schemas import Problem
from delaminate.server.api.studio import add_studio
from delaminate.server.beside import WorkerBeside
from delaminate.server.blobs import open_blobs
from delaminate.server.catalogue import INPAINT_MODELS, Engines
from delaminate.server.database import open_database
from delaminate.server.database.facts import fact
from delaminate.server.database.jobs import ACTIVE, count_by_status, waiting_since
from delaminate.server.decoding import Decoders
from delaminate.server.durable import Queue
from delaminate.server.errors import (
    Busy,
    InvalidInput,
    NotAllowed,
    NotSignedIn,
    NotThere,
    Refused,
    TooLarge,
    TooMany,
)
from delaminate.server.gate import Gate
from delaminate.server.ids import new_id
from delaminate.server.links import Links, link_key
from delaminate.server.looks import Looks
from delaminate.server.metrics import Metrics, together
from delaminate.server.outages import AWAY, is_outage
from delaminate.server.settings import Settings
from delaminate.server.worker import RunningWorker, configured_engines
from delaminate.version import __version__

_log = logging.getLogger(__name__)

_READY_SECONDS = 4.0
_LEAST_FREE = 20_000_000
"""Bytes on the disk of the data folder, below which nothing can be taken on."""
_WAITING = 8
"""Exports and plans that may wait, each."""
_THREADS = 40
"""Of the server, beside those in which requests wait for a decoder, an export or a plan."""

STATUS: Mapping[type[DelaminateError], tuple[int, str]] = {
    NotSignedIn: (401, "UNAUTHORIZED"),
    NotAllowed: (403, "FORBIDDEN"),
    NotThere: (404, "NOT_FOUND"),
    TooLarge: (413, "TOO_LARGE"),
    TooMany: (429, "TOO_MANY_REQUESTS"),
    Busy: (503, "UNAVAILABLE"),
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
    beside: WorkerBeside | None = None,
    local: bool = False,
) -> FastAPI:
    """The service as an ASGI application.

    Parameters
    ----------
    engines : how engines are built; None takes those of the settings.
    inpaint_models : names of the inpaint models that are configured; None asks which are installed.
    with_worker : whether this process runs jobs too.
    beside : the worker that runs beside this process, whose metrics are told with its own.
    local : ask for no key, and refuse whatever does not come from this machine and its own page.
    """
    metrics, looks = Metrics(), Looks()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        settings.make_folder()
        to_thread.current_default_thread_limiter().total_tokens = _THREADS + settings.decode_waiting + 2 * _WAITING
        worker = await run_in_threadpool(RunningWorker, settings, metrics, engines, looks) if with_worker else None
        app.state.service = await run_in_threadpool(_service, settings, metrics, engines, inpaint_models, local, looks)
        yield
        if worker is not None:
            await run_in_threadpool(worker.stop)
        app.state.service.close()

    app = FastAPI(title="delaminate", version=__version__, lifespan=lifespan, docs_url=None, redoc_url=None)
    responses: dict[int | str, dict[str, Any]] = {
        code: {"model": Problem} for code in (400, 401, 403, 404, 413, 429, 503)
    }
    # Jobs come first because they are asked for most; downloads before assets, as /assets/download is no asset.
    for resource in (
        jobs,
        generate,
        proposals,
        revise,
        arrangements,
        exports,
        downloads,
        assets,
        uploads,
        models,
        account,
    ):
        app.include_router(resource.router, prefix="/v1", responses=responses)
    app.include_router(files.router)
    _add_operations(app, metrics, beside)
    add_studio(app, settings.public_url)
    add_documentation(app)
    _add_errors(app)
    if local:
        app.add_middleware(Loopback)
    app.add_middleware(Forms)
    app.add_middleware(Boundary, settings=settings, metrics=metrics)
    if settings.cors_origins and not local:
        app.add_middleware(
            CORSMiddleware, allow_origins=list(settings.cors_origins), allow_methods=["*"], allow_headers=["*"]
        )
    return app


def _service(
    settings: Settings,
    metrics: Metrics,
    engines: Engines | None,
    inpaint_models: tuple[str, ...] | None,
    local: bool,
    looks: Looks,
) -> Service:
    tables = open_database(settings.tables_url)
    whoever = None
    if local:
        with tables.begin() as connection:
            whoever = owner(connection, "studio")
    blobs = open_blobs(settings.storage_url, settings.data / "blobs")
    here = inpaint_models or tuple(name for name in INPAINT_MODELS if is_ready("inpainter", name))
    return Service(
        settings=settings,
        tables=tables,
        blobs=blobs,
        queue=Queue(settings.engine_url),
        links=Links(link_key(settings, tables), settings.link_hours),
        keys=KeyRing(tables),
        rate=RequestRate(settings.requests_per_minute),
        streams=Streams(settings.streams_per_key),
        conversions=RequestRate(settings.conversions_per_minute, "conversions", "This project"),
        metrics=metrics,
        engines=engines or configured_engines(settings, blobs),
        inpaint_models=here,
        team_id=fact(tables, "team id", new_id("team")),
        decoders=Decoders(
            settings.decoders, settings.decode_waiting, settings.decode_seconds, settings.decode_megabytes
        ),
        # One at a time: a stack of a large picture is many times its size.
        exporters=Decoders(1, _WAITING, settings.decode_seconds, settings.export_megabytes),
        looking=Gate(settings.decoders, _WAITING, patience=60),
        looks=looks,
        owner=whoever,
    )


def _wrong(parts: Service) -> str:
    """What keeps the service from working, as a sentence; empty when nothing does."""
    try:
        with parts.tables.connect() as connection:
            connection.execute(sa.select(1))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
        return f"the database does not answer: {type(error).__name__}"
    try:
        parts.blobs.size("ready/probe")
    except Exception as error:  # noqa: BLE001 - likewise
        return f"the store does not answer: {type(error).__name__}"
    if not parts.settings.storage_url and shutil.disk_usage(parts.settings.data).free < _LEAST_FREE:
        return "the disk is full"
    return ""


def _add_operations(app: FastAPI, metrics: Metrics, beside: WorkerBeside | None) -> None:
    looks = anyio.CapacityLimiter(4)

    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> Response:
        return PlainTextResponse("ok")

    @app.get("/readyz", include_in_schema=False)
    async def readyz(request: Request) -> Response:
        # Threads of its own: all others may hang where these are about to look.
        try:
            with anyio.fail_after(_READY_SECONDS):
                wrong = await to_thread.run_sync(
                    _wrong, request.app.state.service, limiter=looks, abandon_on_cancel=True
                )
        except TimeoutError:
            wrong = "the database or the store does not answer"
        return PlainTextResponse(wrong, 503, {"Retry-After": "5"}) if wrong else PlainTextResponse("ready")

    @app.get("/metrics", include_in_schema=False)
    def measured(request: Request) -> Response:
        with request.app.state.service.tables.connect() as connection:
            counts, since = count_by_status(connection), waiting_since(connection)
        waited = 0.0 if since is None else (datetime.now(UTC) - datetime.fromisoformat(since)).total_seconds()
        metrics.queue_age.set(max(0.0, waited))
        for status in ACTIVE:
            metrics.queue.labels(status).set(counts.get(status, 0))
        told = together(metrics.registry, "" if beside is None else beside.metrics())
        return Response(told, media_type=CONTENT_TYPE_LATEST)


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
        if isinstance(error, TooMany | Busy):
            answer = problem(status, code, str(error), details, remainingSeconds=error.seconds)
            answer.headers["Retry-After"] = str(error.seconds)
            return answer
        return problem(status, code, str(error), details)

    async def away(_: Request, error: Exception) -> Response:
        if not is_outage(error):
            _log.error("a request failed", exc_info=error)
            return problem(500, "INTERNAL_ERROR", "The server failed; try again, and tell its operator if it stays")
        _log.warning("a request met an outage: %s", type(error).__name__)
        answer = problem(503, "UNAVAILABLE", "The server's database or store is away; try again in a few seconds")
        answer.headers["Retry-After"] = "5"
        return answer

    @app.exception_handler(MemoryError)
    async def too_little(_: Request, error: Exception) -> Response:
        _log.error("a request needed more memory than there is", exc_info=error)
        answer = problem(503, "UNAVAILABLE", "The server has too little memory for this now; try again in a minute")
        answer.headers["Retry-After"] = "60"
        return answer

    for kind in (*AWAY, OSError):
        app.add_exception_handler(kind, away)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        place = [str(part) for part in first["loc"] if part not in ("body", "query", "path", "header", *_KINDS)]
        name = place[0] if place else "body"
        text = str(first["msg"]).removeprefix("Value error, ")
        if first["type"] == "too_long" and isinstance(first["input"], str):
            text = text.replace("items after validation", "characters")
        if first["type"] == "json_invalid":
            told = str(first.get("ctx", {}).get("error", "")).rstrip(".")
            place, text = [], f"this is no JSON: {told[:1].lower()}{told[1:]}, at character {first['loc'][-1]}"
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
