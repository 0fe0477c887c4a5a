"""The environment as typed settings; read by `app.py`, `worker.py` and the key commands only."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from delaminate.errors import BadInput


class Settings(BaseSettings):
    """Every setting is read from `DELAMINATE_<NAME>`; an unknown argument is an error."""

    model_config = SettingsConfigDict(env_prefix="DELAMINATE_", extra="forbid", frozen=True)

    data: Path = Path("delaminate-data")
    """Folder of the SQLite files and of stored pictures, where no URL says otherwise."""
    database_url: str = ""
    """`postgresql://user:password@host/name`; empty means SQLite files in `data`."""
    storage_url: str = ""
    """`s3://bucket/prefix` (credentials and endpoint from the usual AWS_ variables); empty means a folder in `data`."""
    public_url: str = ""
    """What links start with, for instance `https://layers.example.org`; empty takes it from the request."""

    engine: str = "auto"
    """"auto" takes the best that lacks nothing on the machine that works."""
    inpaint_model: str = "content-aware"
    """What fills the holes when a request names a model that is not configured here."""
    strict_models: bool = False
    """Refuse a request for a model that is not configured, instead of falling back."""

    worker_jobs: int = Field(default=2, ge=1)
    """Jobs that one worker runs at a time."""
    worker_megapixels: int = Field(default=100, ge=1)
    """Megapixels of the jobs that one worker runs at a time; a larger picture runs alone."""
    worker_niceness: int = Field(default=5, ge=0, le=19)
    """How much a worker gives way to what answers requests; for processes of their own."""
    parallel_jobs: int = Field(default=20, ge=1)
    """Jobs of one project that may be queued or running."""
    parallel_downloads: int = Field(default=5, ge=1)
    """Archives of one project that may be queued or packed."""
    storage_bytes: int = Field(default=20_000_000_000, ge=0)
    """What one project may store: assets, parts of uploads and archives; 0 for no limit."""
    monthly_units: float = Field(default=0.0, ge=0)
    """Compute units that one project may spend in a month, where it has no number of its own; 0 for no limit."""
    streams_per_key: int = Field(default=20, ge=1)
    """Event streams that one key may hold open, per server process."""
    body_seconds: float = Field(default=60.0, gt=0)
    """A request whose body takes longer to come is ended; a part of an upload may take ten times as long."""
    requests_per_minute: int = Field(default=1200, ge=1)
    """Per key and server process."""
    conversions_per_minute: int = Field(default=60, ge=1)
    """Of one project's assets, per server process; each is made once and kept as long as links work."""
    poll_seconds: float = Field(default=0.1, gt=0)
    """How often a worker looks for work; 0.1 suits one machine, 1 fifty."""
    lease_seconds: float = Field(default=10.0, gt=0)
    """A worker that was not heard of for so long is taken for dead and its jobs go to another."""
    attempts: int = Field(default=3, ge=1)
    """How often a job may take its worker down before it is given up."""

    max_pixels: int = Field(default=100_000_000, ge=1)
    max_upload_bytes: int = Field(default=200_000_000, ge=1)
    max_body_bytes: int = Field(default=12_000_000, ge=1000)
    """Of a JSON body, a base64 picture included."""

    decoders: int = Field(default=2, ge=1)
    """Processes that decode pictures for the API."""
    decode_waiting: int = Field(default=48, ge=1)
    """Requests that may wait for one of them; more are told to come back."""
    decode_seconds: float = Field(default=8.0, gt=0)
    """Processor time that decoding one picture may take."""
    decode_megabytes: int = Field(default=850, ge=100)
    """Memory that decoding one picture may take: enough for 100 MP of 8 bits a channel and 40 MP of 16."""
    export_megabytes: int = Field(default=8000, ge=100)
    """Memory that writing the layers of one job as a file may take."""

    link_key: str = ""
    """What links are signed with; empty keeps a key in `data/link.key`, or in the tables on Postgres."""
    link_hours: float = Field(default=24.0, gt=0)
    part_link_hours: float = Field(default=2.0, gt=0)
    restore_days: int = Field(default=30, ge=1)
    """How long a deleted asset can be restored before it is swept."""
    sweep_seconds: float = Field(default=60.0, gt=0)
    drain_seconds: int = Field(default=20, ge=0)
    """How long a stopping worker lets running jobs go on; what is not done then goes on elsewhere."""
    log_json: bool = False
    """Write log lines as JSON, as `--log-json` does."""
    cors_origins: tuple[str, ...] = ()
    """Web origins that may call the API from a browser; none by default."""

    def make_folder(self) -> None:
        """Make the data folder, which nobody but its owner reads; what is made from now on is the owner's too.

        Raises
        ------
        BadInput
            If it has pictures and no database that knows them, or a database that is cut short.
        """
        os.umask(0o077)
        if not self.database_url and not self.storage_url and self._has_pictures and not self._has_tables:
            raise BadInput(
                f"{self.data} has pictures, and its database delaminate.sqlite is missing or empty: restore both "
                "from a backup (delaminate restore), or move blobs away to begin anew"
            )
        for file in () if self.database_url else (self.data / "delaminate.sqlite", self.data / "workflows.sqlite"):
            if _is_cut_short(file):
                raise BadInput(f"{file} is damaged or cut short; restore it from a backup (delaminate restore)")
        if self.database_url and self.storage_url:
            return  # nothing of ours is kept in it
        self.data.mkdir(parents=True, exist_ok=True)
        if hasattr(os, "geteuid") and self.data.stat().st_uid == os.geteuid():
            self.data.chmod(0o700)
            for file in self.data.glob("*.sqlite*"):
                file.chmod(0o600)

    @property
    def _has_pictures(self) -> bool:
        assets = self.data / "blobs" / "assets"
        return assets.is_dir() and any(assets.iterdir())

    @property
    def _has_tables(self) -> bool:
        file = self.data / "delaminate.sqlite"
        sizes = [one.stat().st_size for one in (file, file.with_name(f"{file.name}-wal")) if one.exists()]
        return file.exists() and sum(sizes) > 0

    @property
    def tables_url(self) -> str:
        """SQLAlchemy URL of the service's own tables."""
        return self._url("delaminate.sqlite")

    @property
    def engine_url(self) -> str:
        """SQLAlchemy URL of the durable-execution engine's tables."""
        return self._url("workflows.sqlite")

    def _url(self, file: str) -> str:
        if not self.database_url:
            return f"sqlite:///{(self.data / file).absolute()}"
        scheme, _, rest = self.database_url.partition("://")
        return f"postgresql+psycopg://{rest}" if scheme in ("postgres", "postgresql") else self.database_url


_HEAD_BYTES = 100
"""Of a database file of SQLite."""


def _is_cut_short(file: Path) -> bool:
    """Whether a database of SQLite has fewer pages than its header says (SQLite, Database File Format, 1.3)."""
    if not file.exists():
        return False
    with file.open("rb") as opened:
        head = opened.read(_HEAD_BYTES)
    if not head:
        return False  # made and not yet written
    if len(head) < _HEAD_BYTES or head[:16] != b"SQLite format 3\0":
        return True
    page = int.from_bytes(head[16:18], "big")
    return file.stat().st_size < (65536 if page == 1 else page) * int.from_bytes(head[28:32], "big")
