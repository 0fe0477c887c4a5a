"""An engine whose planner and segmenter know the answer, for tests of what comes after."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from delaminate.contracts import Found, Instruction, Plan, Stages, Target, Tick, no_tick
from delaminate.engines import engine
from delaminate.pixels import Rgb, box_of
from delaminate.stack import Role


@dataclass(frozen=True)
class Asks:
    """A planner that asks for `count` things."""

    count: int = 1

    def __call__(self, instruction: Instruction, rgb: Rgb, tick: Tick = no_tick) -> Plan:
        return Plan(tuple(Target(f"thing {n}") for n in range(self.count)))


@dataclass(frozen=True)
class Finds:
    """A segmenter that finds given masks (bool, of the picture's size), one a target."""

    masks: tuple[Any, ...]
    confidence: float = 0.9

    def prepare(self, rgb: Rgb, tick: Tick = no_tick) -> None:
        return None

    def __call__(self, prepared: Any, plan: Plan, tick: Tick = no_tick) -> tuple[tuple[Found, ...], ...]:
        return tuple(self._found(mask) for mask in self.masks)

    def _found(self, mask: Any) -> tuple[Found, ...]:
        box = box_of(mask)
        return () if box is None else (Found(box, mask[box.slices].copy(), "thing", Role.OBJECT, self.confidence),)


def stages_for(*masks: Any, confidence: float = 0.9) -> Stages:
    """The embedded engine with a planner and a segmenter that know the answer."""
    return replace(engine(), planner=Asks(len(masks)), segmenter=Finds(masks, confidence))
