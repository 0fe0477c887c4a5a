"""An engine for queue tests: it cuts plain rectangles off a plain ground, as slowly as asked, and keeps a diary."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from delaminate.contracts import Found, Plan, Stages, Tick, no_tick
from delaminate.errors import StageFailed
from delaminate.pixels import Alpha, Box, Colour, Mask, Rgb, box_of
from delaminate.stages.planning.grammar.planner import Grammar


@dataclass(frozen=True)
class Rectangles:
    """Every plain rectangle that is not of the ground's colour, from left to right."""

    def prepare(self, rgb: Rgb, tick: Tick = no_tick) -> Rgb:
        """Nothing to do."""
        return rgb

    def __call__(self, prepared: Rgb, plan: Plan, tick: Tick = no_tick) -> tuple[tuple[Found, ...], ...]:
        """All of them answer the first target, unless it is marked: a box is the thing, at a point is the one there."""
        if not plan.targets:
            return ()
        marked = plan.targets[0].box
        if marked is not None:
            mask = np.ones((marked.height, marked.width), np.bool_)
            return ((Found(marked, mask, plan.targets[0].name or "marked"),), *(() for _ in plan.targets[1:]))
        # One number a colour: sorting rows of three takes minutes at 24 MP.
        numbers = prepared.astype(np.uint32) @ np.array([65536, 256, 1], np.uint32)
        masks = [numbers == number for number in np.unique(numbers) if number != numbers[0, 0]]
        boxes = [(box, mask) for mask in masks if (box := box_of(mask)) is not None]
        point = plan.targets[0].point
        if point is not None:
            boxes = [(box, mask) for box, mask in boxes if mask[point[1], point[0]]]
        found = tuple(Found(box, mask[box.slices], f"box at {box.left}") for box, mask in sorted(boxes, key=_left))
        return (found, *(() for _ in plan.targets[1:]))


def _left(pair: tuple[Box, Mask]) -> int:
    return pair[0].left


@dataclass(frozen=True)
class Outline:
    """The mask as it is."""

    def __call__(self, rgb: Rgb, mask: Mask, tick: Tick = no_tick) -> Alpha:
        """Full coverage inside."""
        return mask.astype(np.float32)


@dataclass(frozen=True)
class OwnColour:
    """The colour that is there."""

    def __call__(self, rgb: Rgb, alpha: Alpha) -> Colour:
        """As it is."""
        return rgb.astype(np.float32)


@dataclass
class SlowGround:
    """Fills with the ground's colour, after a pause; the prompts "poison", "broken" and "flaky" do what they say.

    Parameters
    ----------
    pause : seconds.
    diary : one line for every fill that ended: prompt, box, process, moment.
    faults : how often a "flaky" prompt fails before it works.
    """

    name: str = "content-aware"
    pause: float = 0.0
    diary: Path | None = None
    faults: int = 2

    def __call__(
        self, rgb: Rgb, hole: Mask, usable: Mask, *, prompt: str = "", seed: int = 0, tick: Tick = no_tick
    ) -> Rgb:
        """The ground."""
        if prompt == "poison":
            os.kill(os.getpid(), 9)
        if prompt == "broken":
            raise StageFailed("the model does not answer")
        if prompt == "flaky" and self.faults:
            self.faults -= 1
            raise ConnectionError("the network is away")
        ends = time.monotonic() + self.pause
        while time.monotonic() < ends:
            time.sleep(0.02)
            tick(0.5)
        box = box_of(hole)
        assert box is not None
        if self.diary is not None:
            with self.diary.open("a", encoding="utf-8") as file:
                file.write(f"{prompt} {box.left} {os.getpid()} {time.time()}\n")
        patch = rgb[box.slices].copy()
        patch[hole[box.slices]] = rgb[0, 0]
        return patch


def tiny_engine(pause: float, diary: Path | None) -> Stages:
    """The engine."""
    fill = SlowGround(pause=pause, diary=diary)
    return Stages("tiny", Grammar(), Rectangles(), Outline(), OwnColour(), fill)
