"""What is swept: deleted assets after their time, uploads that nobody completed, what ended jobs left in the store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from delaminate.server.blobs import Blobs, open_blobs
from delaminate.server.database import assets, jobs, open_database, uploads
from delaminate.server.database.assets import Asset
from delaminate.server.database.jobs import Job
from delaminate.server.database.tables import ASSETS, UPLOADS
from delaminate.server.database.uploads import Upload
from delaminate.server.documents import UploadOptions
from delaminate.server.durable import Queue
from delaminate.server.ids import AssetId, AuthorId, JobId, ProjectId, UploadId, now
from delaminate.server.sweeper import Sweeper, workflow_of

OLD = "2026-01-01T00:00:00.000Z"


@pytest.fixture
def sweeper(tmp_path: Path) -> Iterator[Sweeper]:
    """A sweeper on SQLite and a folder, without grace."""
    queue = Queue(f"sqlite:///{tmp_path / 'workflows.sqlite'}")
    tables = open_database(f"sqlite:///{tmp_path / 'tables.sqlite'}")
    yield Sweeper(tables, open_blobs("", tmp_path / "blobs"), queue, grace_seconds=-1)
    queue.close()


WHO = (ProjectId("p"), AuthorId("a"))


def add_asset(sweeper: Sweeper, asset_id: str) -> None:
    """An asset with a byte."""
    asset = Asset(AssetId(asset_id), *WHO, "uploaded", "image/png", 1, 1, 1, "x")
    with sweeper.tables.begin() as connection:
        assets.add(connection, asset)
    sweeper.blobs.put(f"assets/{asset_id}", b"x")


def add_job(connection: sa.Connection, job_id: str, status: str) -> None:
    """A job of a status."""
    jobs.add(connection, Job(JobId(job_id), *WHO, "custom", {}, {}, status))


def keys(blobs: Blobs, prefix: str) -> list[str]:
    """What is stored below a folder."""
    return sorted(key for key, _ in blobs.under(prefix))


def test_deleted_assets_go_for_good_after_their_time_and_not_before(sweeper: Sweeper) -> None:
    """Row and bytes; a fresh deletion can still be restored."""
    for asset_id in ("kept", "fresh", "old"):
        add_asset(sweeper, asset_id)
    with sweeper.tables.begin() as connection:
        assets.delete(connection, ["fresh", "old"], "p")
        connection.execute(ASSETS.update().where(ASSETS.c.id == "old").values(deleted_at=OLD))
    sweeper.deleted_assets()
    assert keys(sweeper.blobs, "assets") == ["assets/fresh", "assets/kept"]
    with sweeper.tables.connect() as connection:
        assert set(assets.get(connection, ["kept", "fresh", "old"], "p", deleted=True)) == {"kept", "fresh"}


def test_an_upload_that_nobody_completed_fails_and_its_parts_go(sweeper: Sweeper) -> None:
    """Its job fails with it."""
    options: UploadOptions = {"collection_ids": None, "parent_id": None, "hide": False}
    begun = Upload(UploadId("upload_u"), *WHO, JobId("job_u"), "x", "image/png", 9, 1, options, now(hours=1))
    with sweeper.tables.begin() as connection:
        add_job(connection, "job_u", "pending")
        uploads.add(connection, begun)
    sweeper.blobs.put("uploads/upload_u/1", b"part")
    sweeper.overdue_uploads()
    assert keys(sweeper.blobs, "uploads") == ["uploads/upload_u/1"]
    with sweeper.tables.begin() as connection:
        connection.execute(UPLOADS.update().values(expires_at=OLD))
    sweeper.overdue_uploads()
    assert keys(sweeper.blobs, "uploads") == []
    with sweeper.tables.connect() as connection:
        upload, job = uploads.get(connection, "upload_u"), jobs.get(connection, "job_u")
    assert (upload and upload.status, job and job.status) == ("failed", "failure")


def test_an_upload_that_a_dead_server_was_importing_fails_and_its_parts_go(sweeper: Sweeper) -> None:
    """Not before any decoder would have ended; with a sentence that says what happened."""
    options: UploadOptions = {"collection_ids": None, "parent_id": None, "hide": False}
    begun = Upload(UploadId("upload_u"), *WHO, JobId("job_u"), "x", "image/png", 9, 1, options, now(hours=1))
    with sweeper.tables.begin() as connection:
        add_job(connection, "job_u", "in-progress")
        uploads.add(connection, begun)
        assert uploads.claim(connection, "upload_u")
    sweeper.blobs.put("uploads/upload_u/1", b"part")
    sweeper.overdue_uploads()
    assert keys(sweeper.blobs, "uploads") == ["uploads/upload_u/1"]
    with sweeper.tables.begin() as connection:
        connection.execute(UPLOADS.update().values(updated_at=OLD))
    sweeper.overdue_uploads()
    assert keys(sweeper.blobs, "uploads") == []
    with sweeper.tables.connect() as connection:
        upload, job = uploads.get(connection, "upload_u"), jobs.get(connection, "job_u")
    assert (upload and upload.status, job and job.status) == ("failed", "failure")
    assert upload is not None
    assert upload.error == "The server stopped while it looked at the picture; begin a new upload."


def test_workpieces_of_ended_jobs_go_and_those_of_running_jobs_stay(sweeper: Sweeper) -> None:
    """Also those of jobs that nobody knows."""
    with sweeper.tables.begin() as connection:
        add_job(connection, "running", "in-progress")
        add_job(connection, "ended", "canceled")
    for job_id in ("running", "ended", "unknown"):
        sweeper.blobs.put(f"work/{job_id}/search.npz", b"x")
    sweeper.leftovers()
    assert keys(sweeper.blobs, "work") == ["work/running/search.npz"]


@pytest.mark.parametrize(
    ("kind", "request_", "workflow"),
    [
        ("custom", {}, "separate"),
        ("custom", {"edits": [{"kind": "remove"}]}, "revise"),
        ("assets-download", {"assetIds": []}, "pack"),
        ("upload", {}, None),
    ],
)
def test_a_lost_job_goes_back_to_the_workflow_it_came_from(
    kind: str, request_: dict[str, object], workflow: str | None
) -> None:
    """A revision is no separation, although both are custom jobs; uploads no worker does."""
    assert workflow_of(Job(JobId("job_1"), *WHO, kind, {}, request_)) == workflow
