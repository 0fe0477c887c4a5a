"""The environment as typed settings; read by `app.py`, `worker.py` and the key commands only."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


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

    engine: str = "embedded"
    inpaint_model: str = "content-aware"
    """What fills the holes when a request names a model that is not configured here."""
    strict_models: bool = False
    """Refuse a request for a model that is not configured, instead of falling back."""

    worker_jobs: int = Field(default=2, ge=1)
    """Jobs that one worker runs at a time."""
    parallel_jobs: int = Field(default=20, ge=1)
    """Jobs of one project that may be queued or running."""
    requests_per_minute: int = Field(default=1200, ge=1)
    """Per key and server process."""
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

    link_hours: float = Field(default=24.0, gt=0)
    part_link_hours: float = Field(default=2.0, gt=0)
    restore_days: int = Field(default=30, ge=1)
    """How long a deleted asset can be restored before it is swept."""
    sweep_seconds: float = Field(default=60.0, gt=0)
    drain_seconds: int = Field(default=20, ge=0)
    """How long a stopping worker lets running jobs go on; what is not done then goes on elsewhere."""
    cors_origins: tuple[str, ...] = ()
    """Web origins that may call the API from a browser; none by default."""

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
