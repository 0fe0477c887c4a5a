"""What the workflows of jobs share: progress into the job's row, how a job ends, pictures and layers in the store."""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TypedDict

import numpy as np
import sqlalchemy as sa

from delaminate.contracts import Found
from delaminate.errors import BadInput, Cancelled, StageFailed
from delaminate.export.png_encode import write_png
from delaminate.picture import Picture, open_picture
from delaminate.server.accounts import ledger
from delaminate.server.blobs import Blobs
from delaminate.server.catalogue import Engines
from delaminate.server.database import assets, jobs
from delaminate.server.database.assets import Asset
from delaminate.server.database.jobs import Job
from delaminate.server.documents import Json
from delaminate.server.durable import Step, StepFailed
from delaminate.server.looks import MASK, Looks, read_found
from delaminate.server.metrics import Metrics
from delaminate.server.outages import is_outage, patiently
from delaminate.server.results import layer_asset, mask_asset
from delaminate.splitting.drawn_mask import found_in_mask
from delaminate.stack import LayerStack

_log = logging.getLogger(__name__)
_TICK_SECONDS = 0.25


def transient(error: BaseException) -> bool:
    """Whether another try may help: the network, a database or a model that was busy, or Python itself."""
    return isinstance(error, OSError | StageFailed | SystemError) or is_outage(error)


@dataclass
class Ticker:
    """Progress of one step into the job's row, a few times a second; stops the step when the job was cancelled."""

    tables: sa.Engine
    job_id: str
    start: float
    share: float
    next: float = field(default=0.0)

    def __call__(self, done: float) -> None:
        if time.monotonic() < self.next:
            return
        self.next = time.monotonic() + _TICK_SECONDS
        try:
            with self.tables.begin() as connection:
                active = jobs.advance(connection, self.job_id, round(self.start + self.share * min(1.0, done), 4))
        except Exception as error:
            if not is_outage(error):
                raise
            return  # work goes on without a word, and what it makes is stored when the outage is over
        if not active:
            raise Cancelled("the job was cancelled")


@dataclass(frozen=True)
class JobWorkflow:
    """Where jobs are worked on.

    Parameters
    ----------
    tables, blobs : where jobs and pictures are.
    engines : builds the engine for an inpaint model.
    metrics : counts what is done.
    max_pixels : larger pictures are refused, as when they were uploaded.
    looks : pictures that this process has looked at.
    """

    tables: sa.Engine
    blobs: Blobs
    engines: Engines
    metrics: Metrics
    max_pixels: int
    looks: Looks = field(default_factory=Looks)

    @contextmanager
    def ending(self, job_id: str, step: Step) -> Iterator[None]:
        """Make a failure of what fails inside, and clear the workpiece of a job that has ended."""
        try:
            yield
        except StepFailed as failed:
            if failed.kind != Cancelled.__name__:
                _log.warning("a job failed: %s", failed, extra={"job": job_id})
                step("fail", self.fail, job_id, failed.kind, str(failed))
        finally:
            # Not a step: the engine starts none of a cancelled job. A job that goes on elsewhere keeps its workpiece.
            if patiently(self.status, job_id) in jobs.FINISHED:
                patiently(self.blobs.clear, work_key(job_id))

    def begin(self, job_id: str) -> Job:
        """The job, now in progress.

        Raises
        ------
        Cancelled
            If it is no longer active.
        """
        with self.tables.begin() as connection:
            if not jobs.move(connection, job_id, "in-progress", progress=0.01):
                raise Cancelled("the job was cancelled")
            job = jobs.get(connection, job_id)
        assert job is not None
        return job

    def succeed(
        self,
        job_id: str,
        made: Sequence[Asset],
        metadata: Json,
        units: float,
        hints: Sequence[str] = (),
    ) -> None:
        """Register what was made, end the job as a success, and book what it cost."""
        with self.tables.begin() as connection:
            told = metadata | ({"hint": " ".join(hints)} if hints else {})
            ended = jobs.move(connection, job_id, "success", progress=1.0, metadata=told, cost=units)
            if ended:
                for asset in made:
                    assets.add(connection, asset)
                job = jobs.get(connection, job_id)
                assert job is not None
                ledger.settle(connection, job_id, job.project_id, units)
        if ended:
            self.metrics.jobs.labels("success").inc()
        elif self.status(job_id) != "success":
            self.blobs.delete(f"assets/{asset.id}" for asset in made)

    def fail(self, job_id: str, kind: str, reason: str) -> None:
        """End a job as a failure and give back what it was charged."""
        theirs = kind in {one.__name__ for one in _kinds(BadInput)}
        hint = (
            "Change the input as the error says and try again."
            if theirs
            else "This is a fault of the server or of a model it uses; try again, and tell its operator if it stays."
        )
        error = reason if theirs or kind == StageFailed.__name__ else "The separation failed inside the server."
        if kind == MemoryError.__name__:
            error, hint = "The picture needs more memory than the worker has.", "Scale it down, or tell the operator."
        with self.tables.begin() as connection:
            job = jobs.get(connection, job_id)
            if job is not None and jobs.move(
                connection, job_id, "failure", metadata={"error": error, "hint": hint}, cost=0.0
            ):
                ledger.refund(connection, job_id, job.project_id)
                self.metrics.jobs.labels("failure").inc()

    @contextmanager
    def timed(self, stage: str, job_id: str) -> Iterator[None]:
        """Measure a stage, for the metrics and the log."""
        started = time.perf_counter()
        yield
        spent = time.perf_counter() - started
        self.metrics.stage_seconds.labels(stage).observe(spent)
        _log.info("%s took %.2f s", stage, spent, extra={"job": job_id})

    def job(self, job_id: str) -> Job:
        """The job's row.

        Raises
        ------
        Cancelled
            If it is neither active nor done.
        """
        with self.tables.connect() as connection:
            job = jobs.get(connection, job_id)
        if job is None or job.status not in (*jobs.ACTIVE, "success"):
            raise Cancelled("the job was cancelled")
        return job

    def status(self, job_id: str) -> str:
        """The job's status, empty where there is no such job."""
        with self.tables.connect() as connection:
            job = jobs.get(connection, job_id)
        return "" if job is None else job.status

    def source(self, job: Job) -> Asset:
        """The row of the asset that is separated."""
        image = job.request["image"]
        with self.tables.connect() as connection:
            return assets.get(connection, [image], job.project_id, deleted=True)[image]

    def picture(self, job: Job) -> Picture:
        """The picture that is separated."""
        return open_picture(self.blobs.get(f"assets/{job.request['image']}"), max_pixels=self.max_pixels)

    def mask(self, job: Job, mask_id: str, name: str = "") -> Found:
        """The thing that a mask's id stands for: one that was found in the picture, or an asset."""
        image_id = job.request["image"]
        if mask_id.startswith(MASK):
            found = read_found(self.blobs, image_id, mask_id)
            return replace(found, name=name or found.name)
        drawn = open_picture(self.blobs.get(f"assets/{mask_id}"), max_pixels=self.max_pixels)
        source = self.source(job)
        return found_in_mask(drawn, source.width, source.height, name)

    def store(self, job: Job, source: Asset, stack: LayerStack, z: int) -> list[Asset]:
        """Store one layer, and the mask of its made-up pixels where it has some, as full-canvas PNGs.

        Returns
        -------
        list
            Their assets, not yet in the table; the layer's first, the mask's where there is one.
        """
        layer = stack.layers[z]
        place: _Place = {"canvas": (stack.width, stack.height), "at": (layer.box.left, layer.box.top)}
        file = io.BytesIO()
        write_png(file, layer.pixels, **place, icc=stack.icc, dpi=stack.dpi)
        made = [layer_asset(job, source, stack, z, file.tell())]
        self._put(made[0], file)
        if layer.invented is not None and layer.invented.any():
            file = io.BytesIO()
            write_png(file, layer.invented.astype(np.uint8) * 255, **place)
            made.append(mask_asset(made[0], file.tell()))
            self._put(made[1], file)
        return made

    def _put(self, asset: Asset, file: io.BytesIO) -> None:
        file.seek(0)
        self.blobs.put(f"assets/{asset.id}", file)


class _Place(TypedDict):
    """Where a layer lies on its canvas."""

    canvas: tuple[int, int]
    at: tuple[int, int]


def work_key(job_id: str, name: str = "") -> str:
    """Where a job's workpiece lies."""
    return f"work/{job_id}/{name}" if name else f"work/{job_id}"


def _kinds(kind: type[BadInput]) -> Sequence[type[BadInput]]:
    return [kind, *(below for one in kind.__subclasses__() for below in _kinds(one))]
