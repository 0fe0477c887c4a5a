"""The durable workflow of a revision: the stack of a finished job, one step an edit, and the layers that changed.

Between the steps a list of layers lies under `work/JOB/`, each an asset of before or a layer packed by the step that
changed it; so what no edit concerns stays the asset it was. As with a separation, list n is made from the one before
where it is not stored, also because another version stored it in another shape.
"""

from __future__ import annotations

import json
from functools import partial
from typing import cast

from delaminate.codec import camel, pack, plain, shape_of
from delaminate.composite import recomposition
from delaminate.editing.apply import revise
from delaminate.editing.edits import needs_engine
from delaminate.editing.settle import Paint
from delaminate.errors import StageFailed
from delaminate.export.manifest import Recomposition
from delaminate.picture import Picture
from delaminate.server.accounts import pricing
from delaminate.server.bodies import edit_of
from delaminate.server.database.assets import Asset
from delaminate.server.database.jobs import Job
from delaminate.server.documents import EditRequest, Json, LayerJson, RevisionRequest
from delaminate.server.durable import Step
from delaminate.server.results import LayerRow
from delaminate.server.workflows.job import JobWorkflow, Ticker, work_key
from delaminate.server.workflows.stack_of_job import read_stack
from delaminate.stack import Layer, LayerStack

_BEGUN, _EDITED = 0.05, 0.95
"""Progress before the first and after the last edit."""


class Revision(JobWorkflow):
    """Does revisions."""

    def revise(self, job_id: str, step: Step) -> None:
        """The workflow of a revision."""
        with self.ending(job_id, step):
            edits = int(step("begin", self.lay_out, job_id))
            for number in range(1, edits + 1):
                step(f"edit {number}", self.edit, job_id, number)
            step("settle", self.settle, job_id, edits)

    def lay_out(self, job_id: str) -> int:
        """Take the job up; how many edits there are."""
        return len(_request(self.begin(job_id))["edits"])

    def edit(self, job_id: str, number: int) -> None:
        """Carry out one edit, the first being number 1; what is there already from a worker that died is kept."""
        job = self.job(job_id)
        if self.blobs.size(_rows_key(job_id, number)) is None:
            self._reached(job, number)

    def _reached(self, job: Job, number: int) -> list[LayerJson]:
        """The list of layers after so many edits: what is stored, or the one before it carried on."""
        job_id, request = job.id, _request(job)
        if number == 0:
            return list(request["layers"])
        if self.blobs.size(_rows_key(job_id, number)) is not None:
            stored: list[LayerJson] = json.loads(self.blobs.get(_rows_key(job_id, number)))
            return stored
        rows = self._reached(job, number - 1)
        with self.timed("edit", job_id):
            asked, picture = request["edits"][number - 1], self.picture(job)
            before = read_stack(self.blobs, rows, picture)
            share = (_EDITED - _BEGUN) / len(request["edits"])
            tick = Ticker(self.tables, job_id, _BEGUN + (number - 1) * share, share)
            edit = edit_of(asked, partial(self.mask, job))
            stages = self.engines(asked["model"]) if needs_engine(edit) else None
            after = revise(before, edit, stages, _paint(asked, picture), tick)
            told = self._told(job_id, number, rows, before, after)
            self.blobs.put(_rows_key(job_id, number), json.dumps(told).encode())
        return told

    def settle(self, job_id: str, edits: int) -> None:
        """Prove the new stack, make assets of the layers that changed, and book what it cost."""
        job = self.job(job_id)
        request, rows = _request(job), self._reached(job, edits)
        with self.timed("settle", job_id):
            picture = self.picture(job)
            stack = read_stack(self.blobs, rows, picture)
            proof = recomposition(stack, picture.pixels)
            if not proof.exact:
                raise StageFailed(f"the layers differ from the picture in {proof.differing_pixels} pixels")
            source = self.source(job)
            made: list[Asset] = []
            told: list[LayerJson] = []
            for z, (row, layer) in enumerate(zip(rows, stack.layers, strict=True)):
                if "work" in row:
                    fresh = self.store(job, source, stack, z)
                    made += fresh
                    told.append(LayerRow.of(layer, z, fresh).told())
                else:
                    told.append({**row, "z": z})
            here = {row["id"] for row in told}
            output: Json = {
                **request["output"],
                "layers": told,
                "targets": [
                    {**one, "layers": [layer for layer in one.get("layers", ()) if layer in here]}
                    for one in request["output"].get("targets", ())
                ],
                "recomposition": plain(Recomposition(proof.max_error, proof.differing_pixels), camel),
            }
        added = len(told) - len(request["layers"])
        with self.tables.connect() as connection:
            units = min(job.cost, pricing.revision(connection, request["edits"], added))
        metadata = {"assetIds": [row["assetId"] for row in told], "output": output}
        self.succeed(job_id, made, metadata, units, request.get("hints", ()))

    def _told(
        self, job_id: str, number: int, rows: list[LayerJson], before: LayerStack, after: LayerStack
    ) -> list[LayerJson]:
        """The rows after an edit; layers that changed are packed, the others stay what they were but for the name."""
        known = {layer.id: (layer, row) for layer, row in zip(before.layers, rows, strict=True)}
        told: list[LayerJson] = []
        for z, layer in enumerate(after.layers):
            old, row = known.get(layer.id, (None, None))
            same = old is not None and layer.pixels is old.pixels and layer.invented is old.invented
            if row is not None and same:
                told.append({**row, "name": layer.name, "z": z})
                continue
            key = work_key(job_id, f"edited-{shape_of(Layer)}-{number}-{z}.npz")
            self.blobs.put(key, pack(layer))
            told.append({"id": layer.id, "name": layer.name, "work": key})
        return told


def _request(job: Job) -> RevisionRequest:
    return cast(RevisionRequest, job.request)


def _paint(asked: EditRequest, picture: Picture) -> Paint:
    return Paint(asked.get("inpaintPrompt") or "", asked.get("seed") or 0, picture.lossy)


def _rows_key(job_id: str, number: int) -> str:
    return work_key(job_id, f"edited-{shape_of(Layer)}-{number}.json")
