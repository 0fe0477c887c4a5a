"""The main thing: picture + instruction → layers and report. The only peel loop.

Front to back: take the frontmost thing off, fill the hole it leaves, solve for the layer that over the filled picture
gives the picture before it back bit for bit, and go on with the filled picture. By induction the whole stack is exact.

`split` is the loop. `search.search` and `peel` are its two steps, for callers that keep what is between them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from delaminate.composite import recomposition
from delaminate.contracts import (
    Decomposition,
    Instruction,
    Progress,
    Report,
    Stages,
    Watch,
)
from delaminate.errors import BadInstruction
from delaminate.picture import Picture
from delaminate.splitting.peel import Remaining, assemble, peel, timed
from delaminate.splitting.search import Cut, search
from delaminate.stack import Layer

# ------------------------------------------------------------------------------------------------------------ peel


# ----------------------------------------------------------------------------------------------------------- split


@dataclass
class _Clock:
    """Progress that never goes back, and seconds per stage."""

    watch: Watch | None
    done: float = 0.0
    seconds: dict[str, float] = field(default_factory=dict)

    def report(self, stage: str, done: float, layer: int = 0, layers: int = 0, name: str = "") -> None:
        self.done = max(self.done, min(1.0, done))
        if self.watch is not None:
            self.watch(Progress(stage, self.done, layer, layers, name))


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
    if instruction.max_layers < 1:
        raise BadInstruction(f"max_layers must be at least 1, got {instruction.max_layers}")
    clock = _Clock(watch)
    clock.report("plan", 0.0)
    with timed(clock.seconds, "plan"):
        plan = stages.planner(instruction, picture.rgb, lambda done: clock.report("plan", 0.05 * done))
    clock.report("segment", 0.05)
    with timed(clock.seconds, "segment"):
        found = search(picture.rgb, plan, instruction, stages, lambda done: clock.report("segment", 0.05 + 0.3 * done))
    remaining = Remaining.of(picture)
    layers: list[Layer] = []
    for number, cut in enumerate(found.cuts):
        share = 0.65 / len(found.cuts)
        start = 0.35 + share * number

        def tick(done: float, start: float = start, share: float = share, number: int = number, cut: Cut = cut) -> None:
            stage = "alpha" if done < 0.4 else "fill" if done < 0.9 else "exact"
            clock.report(stage, start + share * done, number + 1, len(found.cuts), cut.found.name)

        tick(0.0)
        layer = peel(
            remaining,
            cut,
            found.cuts[number + 1 :],
            stages,
            instruction,
            lossy=picture.lossy,
            target=plan.targets[cut.target].phrase if cut.target < len(plan.targets) else "everything else",
            seconds=clock.seconds,
            tick=tick,
        )
        layers.append(layer)
    with timed(clock.seconds, "exact"):
        stack = assemble(picture, remaining, layers)
        proof = recomposition(stack, picture.pixels)
    clock.report("done", 1.0, len(layers), len(layers))
    seconds = {stage: round(value, 4) for stage, value in clock.seconds.items()}
    notes = (*picture.notes, *((plan.note,) if plan.note else ()))
    report = Report(found.reports, proof.max_error, proof.differing_pixels, seconds, notes)
    return Decomposition(
        stack,
        report,
        instruction,
        plan,
        stages.name,
        stages.inpainter.name,
        picture.sha256,
        picture.mode,
        picture.lossy,
    )
