"""The main thing: picture + instruction → layers and report. The only peel loop.

Front to back: take the frontmost thing off, fill the hole it leaves, solve for the layer that over the filled picture
gives the picture before it back bit for bit, and go on with the filled picture. By induction the whole stack is exact.

`split` is the loop. `search.search` and `peel` are its two steps, for callers that keep what is between them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from delaminate.composite import recomposition
from delaminate.contracts import (
    Decomposition,
    Instruction,
    Progress,
    Report,
    Stages,
    Tick,
    Watch,
    no_tick,
)
from delaminate.errors import BadInstruction
from delaminate.exact import solve
from delaminate.lift import (
    clear_behind,
    completed,
    coverage,
    filled,
    hole_of,
    is_plain,
    surroundings,
    trimmed,
    trimmed_like,
    with_halo,
)
from delaminate.picture import Picture
from delaminate.pixels import Alpha, Box, Mask, Rgb, Rgba, levels
from delaminate.search import Cut, search, within
from delaminate.stack import Layer, LayerStack, Role


@dataclass(eq=False)
class Remaining:
    """The picture as it is while layers are taken off it.

    Parameters
    ----------
    rgb : H×W×3; changed in place by `peel`.
    alpha : H×W of the picture's depth, or None for an opaque picture; changed in place.
    uncovered : H×W, True where a layer was taken off.
    """

    rgb: Rgb
    alpha: Rgb | None
    uncovered: Mask

    @classmethod
    def of(cls, picture: Picture) -> Remaining:
        alpha = None if picture.alpha is None else picture.alpha.copy()
        return cls(np.ascontiguousarray(picture.rgb).copy(), alpha, np.zeros(picture.rgb.shape[:2], np.bool_))


# ------------------------------------------------------------------------------------------------------------ peel


def peel(
    remaining: Remaining,
    cut: Cut,
    behind: Sequence[Cut],
    stages: Stages,
    instruction: Instruction,
    *,
    lossy: bool = False,
    target: str | None = None,
    seconds: dict[str, float] | None = None,
    tick: Tick = no_tick,
) -> Layer:
    """Take one thing off the picture.

    Parameters
    ----------
    remaining : changed in place: the hole is filled, `uncovered` grows.
    cut : what to take off; nothing lies in front of it any more.
    behind : the cuts still to come.
    lossy : whether the picture went through lossy compression, whose artefacts reach further than the thing itself.

    Returns
    -------
    Layer
        Over the changed `remaining` it gives the old one back, bit for bit.

    Notes
    -----
    Works on the thing's box and its surroundings; only the two masks for the inpainter are of full size.
    """
    spent = seconds if seconds is not None else {}
    height, width = remaining.rgb.shape[:2]
    found = cut.found
    box = surroundings(found.box, width, height)
    before = remaining.rgb[box.slices]
    mask = completed(within(found, box), remaining.uncovered[box.slices])
    with _timed(spent, "alpha"):
        alpha = coverage(before, mask, found, box, stages, lambda done: tick(0.4 * done))
    hole = hole_of(alpha, max(height, width), lossy)
    with _timed(spent, "fill"):
        fill = _fill(remaining, hole, box, behind, stages, instruction, lambda done: tick(0.4 + 0.5 * done))
    clear = None if remaining.alpha is None else clear_behind(remaining.alpha[box.slices], hole)
    with _timed(spent, "exact"):
        plain = is_plain(fill, hole)
        if plain and clear is None:
            alpha = with_halo(before, fill, alpha, hole)
        colour = stages.foreground(before, alpha)
        solved = solve(before, fill, alpha, colour, move=0 if plain else None)
        layer = solved.layer
        seen_before = remaining.uncovered[box.slices]
        if remaining.alpha is not None and clear is not None:
            layer = _with_transparency(remaining, box, solved.under, layer, alpha, clear)
        else:
            remaining.rgb[box.slices] = solved.under
    covers = layer[..., 3] > 0
    invented = covers & seen_before
    remaining.uncovered[box.slices] |= covers
    tick(1.0)
    return Layer(
        cut.id,
        found.name,
        found.role,
        *trimmed(layer, box),
        confidence=float(found.confidence),
        target=target,
        text=found.text,
        invented=trimmed_like(invented, layer) if invented.any() else None,
    )


def _fill(
    remaining: Remaining,
    hole: Mask,
    box: Box,
    behind: Sequence[Cut],
    stages: Stages,
    instruction: Instruction,
    tick: Tick,
) -> Rgb:
    """The crop `box` of the picture with the hole filled.

    Other layers' things are no examples to fill from, unless they enclose the hole: then they are the only ones.
    """
    height, width = remaining.rgb.shape[:2]
    whole_hole = np.zeros((height, width), np.bool_)
    whole_hole[box.slices] = hole
    usable = ~whole_hole
    surrounding: Mask | None = None
    size = int(hole.sum())
    for other in sorted(behind, key=lambda c: int(c.found.mask.sum())):
        shared = int((within(other.found, box) & hole).sum())
        if shared > 0.9 * size and surrounding is None:
            surrounding = within(other.found, Box(0, 0, width, height))
        elif shared < 0.05 * size:
            usable[other.found.box.slices] &= ~other.found.mask
    if surrounding is not None and (usable & surrounding).sum() > 4 * np.sqrt(size):
        usable &= surrounding
    if remaining.alpha is not None:
        usable &= remaining.alpha == levels(remaining.rgb)
    return filled(
        remaining.rgb,
        whole_hole,
        usable,
        box,
        stages,
        prompt=instruction.inpaint_prompt,
        seed=instruction.seed,
        tick=tick,
    )


def _with_transparency(remaining: Remaining, box: Box, under: Rgb, layer: Rgba, alpha: Alpha, clear: Mask) -> Rgba:
    """For pictures with alpha: where nothing is behind, a pixel goes whole to the layer or whole to the rest.

    Blending two see-through pixels in integers cannot be made exact in general; moving one can.
    """
    assert remaining.alpha is not None
    rgb, opacity = remaining.rgb[box.slices], remaining.alpha[box.slices]
    layer = layer.copy()
    mine = clear & (alpha >= 0.5) & (opacity > 0)
    layer[clear] = 0
    layer[mine, :3] = rgb[mine]
    layer[mine, 3] = opacity[mine]
    blended = ~clear
    rgb[blended] = under[blended]
    rgb[mine] = 0
    opacity[mine] = 0
    return layer


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


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    started = time.perf_counter()
    try:
        yield
    finally:
        seconds[stage] = seconds.get(stage, 0.0) + time.perf_counter() - started


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
    with _timed(clock.seconds, "plan"):
        plan = stages.planner(instruction, picture.rgb, lambda done: clock.report("plan", 0.05 * done))
    clock.report("segment", 0.05)
    with _timed(clock.seconds, "segment"):
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
    with _timed(clock.seconds, "exact"):
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


def assemble(picture: Picture, remaining: Remaining, front_to_back: Sequence[Layer]) -> LayerStack:
    """The stack of what was taken off and what remains.

    Parameters
    ----------
    front_to_back : the layers in the order `peel` gave them.
    """
    full = levels(remaining.rgb)
    height, width = remaining.rgb.shape[:2]
    pixels = np.empty((height, width, 4), remaining.rgb.dtype)
    pixels[..., :3] = remaining.rgb
    pixels[..., 3] = full if remaining.alpha is None else remaining.alpha
    background = Layer(
        "background",
        "background",
        Role.BACKGROUND,
        Box(0, 0, width, height),
        pixels,
        invented=remaining.uncovered if remaining.uncovered.any() else None,
    )
    return LayerStack(
        width,
        height,
        (background, *reversed(front_to_back)),
        opaque=remaining.alpha is None,
        icc=picture.icc,
        dpi=picture.dpi,
    )
