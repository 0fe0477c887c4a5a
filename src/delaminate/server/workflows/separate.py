"""The durable workflow of a separation: the three steps of `splitting.split`, with the value between them in the store.

Value n has n layers taken off and lies under `work/JOB/`, at a key that follows from the job, n and the shape of the
value. A step that a dying worker had finished but not reported finds its own result; a job whose values have another
shape, because another version wrote them, is begun anew. All of it is removed when the job ends.
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from delaminate.codec import pack, shape_of, unpack
from delaminate.contracts import Progress, Stages, Watch
from delaminate.errors import StageFailed
from delaminate.server import previews
from delaminate.server.accounts import pricing
from delaminate.server.bodies import PlanBody, instruction, masks_of
from delaminate.server.database import jobs
from delaminate.server.database.jobs import Job
from delaminate.server.documents import SeparationRequest
from delaminate.server.durable import Step
from delaminate.server.looks import read_search
from delaminate.server.results import Output, cut_json
from delaminate.server.workflows.job import JobWorkflow, Ticker, work_key
from delaminate.splitting.split import Split, begin
from delaminate.stack import Layer


class Separation(JobWorkflow):
    """Does separations."""

    def separate(self, job_id: str, step: Step) -> None:
        """The workflow of a separation."""
        with self.ending(job_id, step):
            layers = int(step("search", self.search, job_id))
            for number in range(1, layers + 1):
                step(f"layer {number}", self.layer, job_id, number)
            step("settle", self.settle, job_id, layers)

    def search(self, job_id: str) -> int:
        """Read the instruction and look for what it asks for; how many layers there will be."""
        return self._reached(self.begin(job_id), 0).total

    def layer(self, job_id: str, number: int) -> None:
        """Take one thing off the picture, the first being number 1."""
        job = self.job(job_id)
        if self.blobs.size(_layer_key(job_id, number)) is None:
            self._reached(job, number)

    def settle(self, job_id: str, layers: int) -> None:
        """Put the stack together, prove it, make assets of it, and book what it cost."""
        job = self.job(job_id)
        split = self._reached(job, layers)
        while split.cuts:
            # Begun anew, more may have been found than the version counted that was here before.
            split = self._reached(job, len(split.layers) + 1)
        with self.timed("settle", job_id):
            done = split.finish(self.picture(job))
            stack, report = done.stack, done.report
            if report.differing_pixels:
                raise StageFailed(f"the layers differ from the picture in {report.differing_pixels} pixels")
            source = self.source(job)
            made = [self.store(job, source, stack, z) for z in range(len(stack.layers))]
            output = Output.of(done, made)
        hints = [*job.request.get("hints", ()), *(one.advice for one in output.targets if one.advice)]
        metadata = {"assetIds": [layer[0].id for layer in made], "output": output.told()}
        with self.tables.connect() as connection:
            units = min(job.cost, pricing.price(connection, done.inpaint_model).of(len(split.layers)))
        self.succeed(job_id, [one for layer in made for one in layer], metadata, units, hints)

    def _reached(self, job: Job, number: int) -> Split:
        """The split with so many layers taken off: what is stored, or the one before it carried on."""
        job_id = job.id
        if self.blobs.size(_split_key(job_id, number)) is not None:
            return self._stored(job_id, number)
        if number == 0:
            return self._begun(job_id)
        before = self._reached(job, number - 1)
        if not before.cuts:
            return before
        with self.timed("layer", job_id):
            split = before.advance(self._stages(job), self._watch(job_id))
            self.blobs.put(_layer_key(job_id, number), pack(split.layers[-1]))
            self.blobs.put(previews.made_key(job_id, number), previews.made(split.layers[-1]))
            self._store(job_id, split)
        if number > 1:
            self.blobs.delete([_split_key(job_id, number - 2)])
        return split

    def _begun(self, job_id: str) -> Split:
        """The split with nothing taken off, stored; what was found is told in the job's row."""
        job = self.begin(job_id)
        with self.timed("search", job_id):
            request = _request(job)
            asked, edited = instruction(request), request.get("plan")
            plan = None if edited is None else PlanBody.model_validate(edited).plan()
            masks = [self.mask(job, mask_id, name) for mask_id, name in masks_of(request)]
            stages = self._stages(job)
            stages = self.looks.stages(stages, (job.project_id, request["image"], stages.name))
            found = None
            if plan is not None and not masks:
                found = read_search(self.blobs, request["image"], plan, asked, stages.name)
            asked = replace(asked, masks=tuple(masks))
            split = begin(self.picture(job), asked, stages, self._watch(job_id), plan=plan, found=found)
            told = [cut_json(cut) | {"progress": split.span(number)} for number, cut in enumerate(split.cuts)]
            with self.tables.begin() as connection:
                jobs.note(connection, job_id, {"found": told})
            self._store(job_id, split)
        return split

    def _store(self, job_id: str, split: Split) -> None:
        """Store the value but for its layers, which are stored once each, when they are made."""
        self.blobs.put(_split_key(job_id, len(split.layers)), pack(replace(split, layers=())))

    def _stored(self, job_id: str, number: int) -> Split:
        split = unpack(Split, self.blobs.get(_split_key(job_id, number)))
        layers = (unpack(Layer, self.blobs.get(_layer_key(job_id, one))) for one in range(1, number + 1))
        return replace(split, layers=tuple(layers))

    def _stages(self, job: Job) -> Stages:
        return self.engines(_request(job)["model"])

    def _watch(self, job_id: str) -> Watch:
        tick = Ticker(self.tables, job_id, 0.0, 1.0)

        def watch(progress: Progress) -> None:
            tick(progress.done)

        return watch


def _request(job: Job) -> SeparationRequest:
    return cast(SeparationRequest, job.request)


def _split_key(job_id: str, number: int) -> str:
    return work_key(job_id, f"split-{shape_of(Split)}-{number}.npz")


def _layer_key(job_id: str, number: int) -> str:
    return work_key(job_id, f"split-{shape_of(Split)}-layer-{number}.npz")
