"""The main thing: picture + instruction → layers and report. The only peel loop.

Front to back: take the frontmost thing off, fill the hole it leaves, solve for the layer that over the filled picture
gives the picture before it back bit for bit, and go on with the filled picture. By induction the whole stack is exact.

`begin`, `Split.advance` and `Split.finish` are its steps, and a `Split` is all that lies between two of them. `split`
runs them in memory; who must survive the death of a process stores the value in between (see `codec`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from delaminate.composite import recomposition
from delaminate.contracts import (
    Decomposition,
    Found,
    Instruction,
    Plan,
    Progress,
    Report,
    ServerCalls,
    Stages,
    TargetReport,
    Wanting,
    Watch,
)
from delaminate.errors import BadInstruction
from delaminate.models.servers import counted
from delaminate.picture import Picture
from delaminate.splitting.completing import completed_cuts, with_shadows
from delaminate.splitting.peel import Remaining, assemble, peel, timed
from delaminate.splitting.search import Cut, Search, search
from delaminate.stack import Layer

_PLANNED, _SEARCHED, _PEELED = 0.05, 0.35, 0.95
"""Progress after the plan, after the search and after the last layer; typical shares of the time on a photograph."""


@dataclass(frozen=True, eq=False)
class Split:
    """A split under way: everything that the rest of the work needs besides the picture and the stages.

    Parameters
    ----------
    instruction, plan : what was asked, and how it was read; nothing is planned twice.
    engine, inpaint_model : what works on it.
    lossy : whether the picture went through lossy compression.
    notes : remarks for the report.
    reports : how every target ended.
    cuts : what is still to be taken off, front to back.
    others : the other things of the picture, which no fill may copy.
    remaining : the picture without the layers taken off so far.
    layers : those layers, front to back.
    seconds : wall clock per stage.
    calls : what servers were asked.
    """

    instruction: Instruction
    plan: Plan
    engine: str
    inpaint_model: str
    lossy: bool
    notes: tuple[str, ...]
    reports: tuple[TargetReport, ...]
    cuts: tuple[Cut, ...]
    others: tuple[Found, ...]
    remaining: Remaining
    layers: tuple[Layer, ...]
    seconds: Mapping[str, float]
    calls: tuple[ServerCalls, ...] = ()

    @property
    def total(self) -> int:
        """How many layers there will be, the background not counted."""
        return len(self.layers) + len(self.cuts)

    def span(self, number: int) -> tuple[float, float]:
        """The progress of the whole when the layer of that number, counted from 0, is begun and when it is done."""
        share = (_PEELED - _SEARCHED) / self.total
        return round(_SEARCHED + share * number, 4), round(_SEARCHED + share * (number + 1), 4)

    def advance(self, stages: Stages, watch: Watch | None = None) -> Split:
        """Take the frontmost thing off; there must be one left in `cuts`.

        Returns
        -------
        Split
            With the same `remaining`, changed in place, because no second picture is kept: the value before is spent.

        Raises
        ------
        ValueError
            If this value is spent.
        """
        if self.remaining.taken != len(self.layers):
            raise ValueError("this split was advanced already; go on with what `advance` returned")
        number, cut, behind = len(self.layers), self.cuts[0], self.cuts[1:]
        begun, ended = self.span(number)
        clock, seconds = _Clock(watch, begun), dict(self.seconds)

        def tick(done: float) -> None:
            stage = "alpha" if done < 0.4 else "fill" if done < 0.9 else "exact"
            at = begun + (ended - begun) * min(1.0, done)
            clock.report(stage, at, number + 1, self.total, cut.found.name)

        tick(0.0)
        with counted(self.calls) as calls:
            layer = peel(
                self.remaining,
                cut,
                behind,
                stages,
                self.instruction,
                others=self.others,
                lossy=self.lossy,
                target=self.reports[cut.target].target,
                seconds=seconds,
                tick=tick,
            )
        return replace(self, cuts=behind, layers=(*self.layers, layer), seconds=seconds, calls=calls.rows)

    def finish(self, picture: Picture, watch: Watch | None = None) -> Decomposition:
        """Put the stack together and prove it, once `cuts` is empty.

        Parameters
        ----------
        picture : the one that the split began with.
        """
        seconds = dict(self.seconds)
        with timed(seconds, "exact"):
            stack = assemble(picture, self.remaining, self.layers)
            proof = recomposition(stack, picture.pixels)
        _Clock(watch).report("done", 1.0, len(self.layers), len(self.layers))
        spent = {stage: round(value, 4) for stage, value in seconds.items()}
        report = Report(self.reports, proof.max_error, proof.differing_pixels, spent, self.notes, self.calls)
        return Decomposition(
            stack,
            report,
            self.instruction,
            self.plan,
            self.engine,
            self.inpaint_model,
            picture.sha256,
            picture.mode,
            picture.lossy,
        )


def begin(
    picture: Picture,
    instruction: Instruction,
    stages: Stages,
    watch: Watch | None = None,
    *,
    plan: Plan | None = None,
    found: Search | None = None,
) -> Split:
    """Read the instruction and look for what it asks for.

    Parameters
    ----------
    plan : how the instruction is to be read; None asks the planner.
    found : what was found for that plan in this picture; None looks for it.

    Raises
    ------
    BadInstruction
        If nothing can be understood, or `max_layers` is below 1.
    """
    if instruction.max_layers < 1:
        raise BadInstruction(f"max_layers must be at least 1, got {instruction.max_layers}")
    clock, seconds = _Clock(watch), dict[str, float]()
    clock.report("plan", 0.0)
    if plan is None and instruction.masks and not (instruction.text or instruction.boxes or instruction.points):
        plan = Plan(())
    with counted() as calls:
        if plan is None:
            with timed(seconds, "plan"):
                plan = stages.planner(instruction, picture.rgb, lambda done: clock.report("plan", _PLANNED * done))
        clock.report("segment", _PLANNED)
        looking = _SEARCHED - _PLANNED
        with timed(seconds, "segment"):
            found = found or search(
                picture.rgb,
                plan,
                instruction,
                stages,
                lambda done: clock.report("segment", _PLANNED + looking * 0.9 * done),
            )
            # Bands of distance take what lies in them whole.
            cuts = (
                found.cuts
                if plan.depth
                else completed_cuts(
                    picture.rgb,
                    found.cuts,
                    instruction.shadows,
                    instruction.max_layers - len(found.cuts),
                    lambda done: clock.report("segment", _PLANNED + looking * (0.9 + 0.1 * done)),
                )
            )
    wants = stages.segmenter.wants(picture.rgb, plan) if isinstance(stages.segmenter, Wanting) else ""
    return Split(
        instruction=instruction,
        plan=plan,
        engine=stages.name,
        inpaint_model=stages.inpainter.name,
        lossy=picture.lossy,
        notes=(*picture.notes, *(note for note in (plan.note, wants, *stages.notes) if note)),
        reports=with_shadows(found.reports, cuts),
        cuts=cuts,
        others=found.others,
        remaining=Remaining.of(picture),
        layers=(),
        seconds=seconds,
        calls=calls.rows,
    )


def split(picture: Picture, instruction: Instruction, stages: Stages, watch: Watch | None = None) -> Decomposition:
    """Split a picture into exact layers.

    Parameters
    ----------
    picture : see `picture.open_picture`.
    stages : the engine, from `engines.engine`.
    watch : called with `Progress`; raising `Cancelled` in it stops the work.

    Returns
    -------
    Decomposition
        The stack flattens to the picture bit for bit; `report` says how every target ended.

    Raises
    ------
    BadInstruction
        If nothing can be understood, or `max_layers` is below 1.

    Notes
    -----
    Deterministic for a seed. Memory: the picture, one working copy, three masks, and the layers' boxes.
    """
    state = begin(picture, instruction, stages, watch)
    while state.cuts:
        state = state.advance(stages, watch)
    return state.finish(picture, watch)


@dataclass
class _Clock:
    """Progress that never goes back."""

    watch: Watch | None
    done: float = 0.0

    def report(self, stage: str, done: float, layer: int = 0, layers: int = 0, name: str = "") -> None:
        self.done = max(self.done, min(1.0, done))
        if self.watch is not None:
            self.watch(Progress(stage, self.done, layer, layers, name))
