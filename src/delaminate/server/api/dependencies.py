"""What every route may ask for: the service's parts, and who is calling."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from typing import Annotated

import sqlalchemy as sa
from fastapi import Depends, Query, Request
from fastapi.concurrency import run_in_threadpool

from delaminate.server.accounts.api_keys import Caller, KeyRing
from delaminate.server.accounts.limits import RequestRate, Streams
from delaminate.server.blobs import Blobs
from delaminate.server.catalogue import Engines
from delaminate.server.database import assets
from delaminate.server.database.assets import Asset
from delaminate.server.decoding import Decoders
from delaminate.server.durable import Queue
from delaminate.server.errors import NotAllowed, NotSignedIn, NotThere
from delaminate.server.gate import Gate
from delaminate.server.links import Links
from delaminate.server.looks import Looks
from delaminate.server.metrics import Metrics
from delaminate.server.settings import Settings

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class Service:
    """The parts that `create_app` put together."""

    settings: Settings
    tables: sa.Engine
    blobs: Blobs
    queue: Queue
    links: Links
    keys: KeyRing
    rate: RequestRate
    streams: Streams
    conversions: RequestRate
    """Of assets into other formats, by project; those that were made already are not counted."""
    metrics: Metrics
    engines: Engines
    inpaint_models: tuple[str, ...]
    team_id: str
    decoders: Decoders
    """What decodes pictures: this process never does."""
    exporters: Decoders
    """What reads a stack and writes it as a file."""
    looking: Gate
    """Entered while a plan is made, which looks through a picture."""
    looks: Looks = field(default_factory=Looks)
    """Pictures that this process has looked at."""
    owner: Caller | None = None
    """Who every request comes from where no key is asked for, which `loopback.py` guards; else None."""

    def close(self) -> None:
        """Let go of everything."""
        self.queue.close()
        self.decoders.close()
        self.exporters.close()
        self.tables.dispose()


async def service(request: Request) -> Service:
    """The service that answers this request."""
    found: Service = request.app.state.service
    return found


Parts = Annotated[Service, Depends(service)]


async def caller(
    request: Request,
    project: Annotated[str | None, Query(alias="projectId", description="Only the key's own project.")] = None,
) -> Caller:
    """Who calls, by HTTP Basic with key and secret.

    Raises
    ------
    NotSignedIn
        If there is no key, or none that is known.
    NotAllowed
        If another project is asked for.
    TooMany
        If the key calls too often.
    """
    parts: Service = request.app.state.service
    known = parts.owner or await _signed(parts, request.headers.get("authorization", ""))
    if project is not None and project != known.project_id:
        raise NotAllowed("Forbidden: this key belongs to another project than projectId")
    return known


async def _signed(parts: Service, header: str) -> Caller:
    key, secret = _credentials(header)
    # What is not remembered is a query, and no query may hold the loop that answers everybody.
    known = parts.keys.remembered(key, secret) or await run_in_threadpool(parts.keys.caller, key, secret)
    if known is None:
        raise NotSignedIn("The API key or its secret is unknown or was revoked; make one with `delaminate key create`")
    parts.rate.check(key)
    return known


def _credentials(header: str) -> tuple[str, str]:
    kind, _, value = header.partition(" ")
    if kind.lower() != "basic":
        raise NotSignedIn("Sign in with HTTP Basic: the API key as user and its secret as password")
    try:
        key, colon, secret = base64.b64decode(value.strip(), validate=True).decode("ascii").partition(":")
    except ValueError:
        key = colon = secret = ""
    if not colon or not _ID.fullmatch(key):
        raise NotSignedIn("The Authorization header is not base64 of key:secret")
    return key, secret


Signed = Annotated[Caller, Depends(caller)]


def checked_id(given: str, what: str) -> str:
    """An id from a path, refused where none of ours looks like that.

    Raises
    ------
    NotThere
        If it has other letters than ids have.
    """
    if not _ID.fullmatch(given):
        raise NotThere(f"There is no {what} of that id")
    return given


def one_asset(parts: Service, who: Caller, asset_id: str) -> Asset:
    """An asset of the caller's project.

    Raises
    ------
    NotThere
        If there is none, or it was deleted.
    """
    checked_id(asset_id, "asset")
    with parts.tables.connect() as connection:
        found = assets.get(connection, [asset_id], who.project_id)
    if asset_id not in found:
        raise NotThere(f"There is no asset {asset_id} in this project")
    return found[asset_id]


def base_url(parts: Service, request: Request) -> str:
    """What links start with."""
    return (parts.settings.public_url or str(request.base_url)).rstrip("/")
