"""The durable workflow of one job: keys in → search, one step a layer → keys out → settle. Only here does the server
see pixels of a job.

Between the steps everything lies in the store under `work/JOB/`, at keys that follow from the job and the step, so a
step that a dying worker had finished but not reported finds its own result. All of it is removed when the job ends.
"""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from obstore.exceptions import BaseError as StoreFault

from delaminate.composite import recomposition
from delaminate.contracts import Instruction, Plan, Stages
from delaminate.errors import BadInput, Cancelled, StageFailed
from delaminate.export.png_encode import write_png
from delaminate.peel import Remaining, assemble, peel
from delaminate.picture import Picture, open_picture
from delaminate.search import search
from delaminate.server.accounts import ledger, pricing
from delaminate.server.blobs import Blobs
from delaminate.server.catalogue import Engines
from delaminate.server.database import assets, jobs
from delaminate.server.engine import Step, StepFailed
from delaminate.server.metrics import Metrics
from delaminate.server.plans import PlanBody, instruction, plan_json
from delaminate.server.results import asset_row, cut_json, layer_json, target_json
from delaminate.server.workpiece import (
    pack_layer,
    pack_remaining,
    pack_search,
    unpack_layer,
    unpack_remaining,
    unpack_search,
)
from delaminate.stack import LayerStack

_log = logging.getLogger(__name__)
_SEARCHED, _PEELED = 0.35, 0.95
"""Progress after the search and after the last layer."""
_TICK_SECONDS = 0.25


def transient(error: BaseException) -> bool:
    """Whether another try may help: the network, a database or a model that was busy."""
    return isinstance(error, OSError | StageFailed | StoreFault | sa.exc.OperationalError)


@dataclass
class _Ticker:
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
        with self.tables.begin() as connection:
            if not jobs.advance(connection, self.job_id, round(self.start + self.share * min(1.0, done), 4)):
                raise Cancelled("the job was cancelled")


@dataclass(frozen=True)
class Fulfilment:
    """Does jobs.

    Parameters
    ----------
    tables, blobs : where jobs and pictures are.
    engines : builds the engine for an inpaint model.
    metrics : counts what is done.
    max_pixels : larger pictures are refused, as when they were uploaded.
    """

    tables: sa.Engine
    blobs: Blobs
    engines: Engines
    metrics: Metrics
    max_pixels: int

    def separate(self, job_id: str, step: Step) -> None:
        """The workflow of a separation."""
        with self._ending(job_id, step):
            layers = int(step("search", self.search, job_id))
            for number in range(layers):
                step(f"layer {number + 1}", self.layer, job_id, number, layers)
            step("settle", self.settle, job_id, layers)

    @contextmanager
    def _ending(self, job_id: str, step: Step) -> Iterator[None]:
        try:
            yield
        except StepFailed as failed:
            if failed.kind != Cancelled.__name__:
                _log.warning("a job failed: %s", failed, extra={"job": job_id})
                step("fail", self.fail, job_id, failed.kind, str(failed))
        finally:
            # Not a step: the engine starts none of a cancelled job. A job that goes on elsewhere keeps its workpiece.
            if self._status(job_id) in jobs.FINISHED:
                self.blobs.clear(_key(job_id))

    # ------------------------------------------------------------------------------------------------------- steps

    def search(self, job_id: str) -> int:
        """Read the instruction, look for what it asks for, store the findings; how many layers there will be."""
        with self.tables.begin() as connection:
            if not jobs.move(connection, job_id, "in-progress", progress=0.01):
                raise Cancelled("the job was cancelled")
            job = jobs.get(connection, job_id)
        assert job is not None
        with self._timed("search", job_id):
            asked, stages = instruction(job["request"]), self._stages(job)
            picture = self._picture(job)
            tick = _Ticker(self.tables, job_id, 0.01, _SEARCHED - 0.01)
            plan = self._plan(job, asked, stages, picture)
            found = search(picture.rgb, plan, asked, stages, tick)
            self.blobs.put(_key(job_id, "search.npz"), pack_search(found, picture.lossy))
            self.blobs.put(_key(job_id, "remaining-0.npz"), pack_remaining(Remaining.of(picture)))
        layers = len(found.cuts)
        told = [cut_json(cut) | {"progress": _span(number, layers)} for number, cut in enumerate(found.cuts)]
        with self.tables.begin() as connection:
            jobs.note(connection, job_id, {"found": told})
        return layers

    def layer(self, job_id: str, number: int, layers: int) -> None:
        """Take one thing off the picture; what is there already from a worker that died is kept."""
        done = _key(job_id, f"layer-{number}.npz")
        if self.blobs.size(done) is not None:
            return
        job = self._job(job_id)
        with self._timed("layer", job_id):
            asked, stages = instruction(job["request"]), self._stages(job)
            begun, ended = _span(number, layers)
            found, lossy = unpack_search(self.blobs.get(_key(job_id, "search.npz")))
            remaining = unpack_remaining(self.blobs.get(_key(job_id, f"remaining-{number}.npz")))
            cut = found.cuts[number]
            layer = peel(
                remaining,
                cut,
                found.cuts[number + 1 :],
                stages,
                asked,
                lossy=lossy,
                target=found.reports[cut.target].target if cut.target < len(found.reports) else "everything else",
                tick=_Ticker(self.tables, job_id, begun, ended - begun),
            )
            self.blobs.put(_key(job_id, f"remaining-{number + 1}.npz"), pack_remaining(remaining))
            self.blobs.put(done, pack_layer(layer))
        if number:
            self.blobs.delete([_key(job_id, f"remaining-{number - 1}.npz")])

    def settle(self, job_id: str, layers: int) -> None:
        """Put the stack together, prove it, make assets of it, and book what it cost."""
        job = self._job(job_id)
        with self._timed("settle", job_id):
            picture, stages = self._picture(job), self._stages(job)
            found, _ = unpack_search(self.blobs.get(_key(job_id, "search.npz")))
            remaining = unpack_remaining(self.blobs.get(_key(job_id, f"remaining-{layers}.npz")))
            taken = [unpack_layer(self.blobs.get(_key(job_id, f"layer-{number}.npz"))) for number in range(layers)]
            stack = assemble(picture, remaining, taken)
            proof = recomposition(stack, picture.pixels)
            if not proof.exact:
                raise StageFailed(f"the layers differ from the picture in {proof.differing_pixels} pixels")
            source = self._asset(job)
            made = [self._store(job, source, stack, z) for z in range(len(stack.layers))]
            targets = [target_json(report) for report in found.reports]
            output = {
                "layers": [layer_json(layer, z, made[z]["id"]) for z, layer in enumerate(stack.layers)],
                "targets": targets,
                "recomposition": {"maxError": proof.max_error, "differingPixels": proof.differing_pixels},
                "engine": stages.name,
                "inpaintModel": stages.inpainter.name,
                "plan": plan_json(self._plan(job, instruction(job["request"]), stages, picture)),
                "notes": list(picture.notes),
            }
        hints = [*job["request"].get("hints", ()), *(one["advice"] for one in targets if one["advice"])]
        metadata = {"assetIds": [asset["id"] for asset in made], "output": output}
        with self.tables.begin() as connection:
            units = min(job["cost"], pricing.price(connection, stages.inpainter.name).of(layers))
            ended = jobs.move(
                connection,
                job_id,
                "success",
                progress=1.0,
                metadata=metadata | ({"hint": " ".join(hints)} if hints else {}),
                cost=units,
            )
            if ended:
                for asset in made:
                    assets.add(connection, asset)
                ledger.settle(connection, job_id, job["project_id"], units)
        if ended:
            self.metrics.jobs.labels("success").inc()
        elif self._status(job_id) != "success":
            self.blobs.delete(f"assets/{asset['id']}" for asset in made)

    def fail(self, job_id: str, kind: str, reason: str) -> None:
        """End a job as a failure and give back what it was charged."""
        theirs = kind in {one.__name__ for one in _kinds(BadInput)}
        hint = (
            "Change the input as the error says and try again."
            if theirs
            else "This is a fault of the server or of a model it uses; try again, and tell its operator if it stays."
        )
        error = reason if theirs or kind == StageFailed.__name__ else "The separation failed inside the server."
        with self.tables.begin() as connection:
            job = jobs.get(connection, job_id)
            if job is not None and jobs.move(
                connection, job_id, "failure", metadata={"error": error, "hint": hint}, cost=0.0
            ):
                ledger.refund(connection, job_id, job["project_id"])
                self.metrics.jobs.labels("failure").inc()

    # ------------------------------------------------------------------------------------------------------ helping

    @contextmanager
    def _timed(self, stage: str, job_id: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        spent = time.perf_counter() - started
        self.metrics.stage_seconds.labels(stage).observe(spent)
        _log.info("%s took %.2f s", stage, spent, extra={"job": job_id})

    def _job(self, job_id: str) -> dict[str, Any]:
        with self.tables.connect() as connection:
            job = jobs.get(connection, job_id)
        if job is None or job["status"] not in (*jobs.ACTIVE, "success"):
            raise Cancelled("the job was cancelled")
        return job

    def _status(self, job_id: str) -> str:
        with self.tables.connect() as connection:
            job = jobs.get(connection, job_id)
        return "" if job is None else str(job["status"])

    def _stages(self, job: dict[str, Any]) -> Stages:
        return self.engines(job["request"]["model"])

    def _asset(self, job: dict[str, Any]) -> dict[str, Any]:
        image = job["request"]["image"]
        with self.tables.connect() as connection:
            return assets.get(connection, [image], job["project_id"], deleted=True)[image]

    def _picture(self, job: dict[str, Any]) -> Picture:
        return open_picture(self.blobs.get(f"assets/{job['request']['image']}"), max_pixels=self.max_pixels)

    def _plan(self, job: dict[str, Any], asked: Instruction, stages: Stages, picture: Picture) -> Plan:
        edited = job["request"].get("plan")
        if edited is not None:
            return PlanBody.model_validate(edited).plan()
        return stages.planner(asked, picture.rgb)

    def _store(self, job: dict[str, Any], source: dict[str, Any], stack: LayerStack, z: int) -> dict[str, Any]:
        """Store one layer as a full-canvas PNG; the row of its asset."""
        layer = stack.layers[z]
        file = io.BytesIO()
        at = (layer.box.left, layer.box.top)
        write_png(file, layer.pixels, canvas=(stack.width, stack.height), at=at, icc=stack.icc, dpi=stack.dpi)
        row = asset_row(job, source, stack, z, file.tell())
        file.seek(0)
        self.blobs.put(f"assets/{row['id']}", file)
        return row


def _span(number: int, layers: int) -> tuple[float, float]:
    """The job's progress when the layer of that number, counted from 0, is begun, and when it is done."""
    share = (_PEELED - _SEARCHED) / layers
    return round(_SEARCHED + share * number, 4), round(_SEARCHED + share * (number + 1), 4)


def _key(job_id: str, name: str = "") -> str:
    return f"work/{job_id}/{name}" if name else f"work/{job_id}"


def _kinds(kind: type[BadInput]) -> Sequence[type[BadInput]]:
    return [kind, *(below for one in kind.__subclasses__() for below in _kinds(one))]
