"""The durable workflow of a separation: keys in → search, one step a layer → keys out → settle.

Between the steps everything lies in the store under `work/JOB/`, at keys that follow from the job and the step, so a
step that a dying worker had finished but not reported finds its own result. All of it is removed when the job ends.
"""

from __future__ import annotations

from typing import Any

from delaminate.composite import recomposition
from delaminate.contracts import Instruction, Plan, Stages
from delaminate.errors import StageFailed
from delaminate.picture import Picture
from delaminate.server.accounts import pricing
from delaminate.server.bodies import PlanBody, instruction, plan_json
from delaminate.server.database import jobs
from delaminate.server.durable import Step
from delaminate.server.results import cut_json, layer_json, target_json
from delaminate.server.workflows.between_steps import (
    pack_layer,
    pack_remaining,
    pack_search,
    unpack_layer,
    unpack_remaining,
    unpack_search,
)
from delaminate.server.workflows.job import JobWorkflow, Ticker, work_key
from delaminate.splitting.peel import Remaining, assemble, peel
from delaminate.splitting.search import search

_SEARCHED, _PEELED = 0.35, 0.95
"""Progress after the search and after the last layer."""


class Separation(JobWorkflow):
    """Does separations."""

    def separate(self, job_id: str, step: Step) -> None:
        """The workflow of a separation."""
        with self.ending(job_id, step):
            layers = int(step("search", self.search, job_id))
            for number in range(layers):
                step(f"layer {number + 1}", self.layer, job_id, number, layers)
            step("settle", self.settle, job_id, layers)

    def search(self, job_id: str) -> int:
        """Read the instruction, look for what it asks for, store the findings; how many layers there will be."""
        job = self.begin(job_id)
        with self.timed("search", job_id):
            asked, stages = instruction(job["request"]), self._stages(job)
            picture = self.picture(job)
            tick = Ticker(self.tables, job_id, 0.01, _SEARCHED - 0.01)
            plan = self._plan(job, asked, stages, picture)
            found = search(picture.rgb, plan, asked, stages, tick)
            self.blobs.put(work_key(job_id, "search.npz"), pack_search(found, picture.lossy))
            self.blobs.put(work_key(job_id, "remaining-0.npz"), pack_remaining(Remaining.of(picture)))
        layers = len(found.cuts)
        told = [cut_json(cut) | {"progress": _span(number, layers)} for number, cut in enumerate(found.cuts)]
        with self.tables.begin() as connection:
            jobs.note(connection, job_id, {"found": told})
        return layers

    def layer(self, job_id: str, number: int, layers: int) -> None:
        """Take one thing off the picture; what is there already from a worker that died is kept."""
        done = work_key(job_id, f"layer-{number}.npz")
        if self.blobs.size(done) is not None:
            return
        job = self.job(job_id)
        with self.timed("layer", job_id):
            asked, stages = instruction(job["request"]), self._stages(job)
            begun, ended = _span(number, layers)
            found, lossy = unpack_search(self.blobs.get(work_key(job_id, "search.npz")))
            remaining = unpack_remaining(self.blobs.get(work_key(job_id, f"remaining-{number}.npz")))
            cut = found.cuts[number]
            layer = peel(
                remaining,
                cut,
                found.cuts[number + 1 :],
                stages,
                asked,
                lossy=lossy,
                target=found.reports[cut.target].target if cut.target < len(found.reports) else "everything else",
                tick=Ticker(self.tables, job_id, begun, ended - begun),
            )
            self.blobs.put(work_key(job_id, f"remaining-{number + 1}.npz"), pack_remaining(remaining))
            self.blobs.put(done, pack_layer(layer))
        if number:
            self.blobs.delete([work_key(job_id, f"remaining-{number - 1}.npz")])

    def settle(self, job_id: str, layers: int) -> None:
        """Put the stack together, prove it, make assets of it, and book what it cost."""
        job = self.job(job_id)
        with self.timed("settle", job_id):
            picture, stages = self.picture(job), self._stages(job)
            found, _ = unpack_search(self.blobs.get(work_key(job_id, "search.npz")))
            remaining = unpack_remaining(self.blobs.get(work_key(job_id, f"remaining-{layers}.npz")))
            taken = [unpack_layer(self.blobs.get(work_key(job_id, f"layer-{number}.npz"))) for number in range(layers)]
            stack = assemble(picture, remaining, taken)
            proof = recomposition(stack, picture.pixels)
            if not proof.exact:
                raise StageFailed(f"the layers differ from the picture in {proof.differing_pixels} pixels")
            source = self.source(job)
            made = [self.store(job, source, stack, z) for z in range(len(stack.layers))]
            targets = [target_json(report) for report in found.reports]
            output = {
                "layers": [layer_json(layer, z, made[z]) for z, layer in enumerate(stack.layers)],
                "targets": targets,
                "recomposition": {"maxError": proof.max_error, "differingPixels": proof.differing_pixels},
                "engine": stages.name,
                "inpaintModel": stages.inpainter.name,
                "plan": plan_json(self._plan(job, instruction(job["request"]), stages, picture)),
                "notes": list(picture.notes),
            }
        hints = [*job["request"].get("hints", ()), *(one["advice"] for one in targets if one["advice"])]
        metadata = {"assetIds": [rows[0]["id"] for rows in made], "output": output}
        with self.tables.connect() as connection:
            units = min(job["cost"], pricing.price(connection, stages.inpainter.name).of(layers))
        self.succeed(job_id, [row for rows in made for row in rows], metadata, units, hints)

    def _stages(self, job: dict[str, Any]) -> Stages:
        return self.engines(job["request"]["model"])

    def _plan(self, job: dict[str, Any], asked: Instruction, stages: Stages, picture: Picture) -> Plan:
        edited = job["request"].get("plan")
        if edited is not None:
            return PlanBody.model_validate(edited).plan()
        return stages.planner(asked, picture.rgb)


def _span(number: int, layers: int) -> tuple[float, float]:
    """The job's progress when the layer of that number, counted from 0, is begun, and when it is done."""
    share = (_PEELED - _SEARCHED) / layers
    return round(_SEARCHED + share * number, 4), round(_SEARCHED + share * (number + 1), 4)
