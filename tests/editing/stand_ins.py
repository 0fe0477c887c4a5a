"""Stages that know the answer, for edits: planners, segmenters, matters and fills one can predict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from delaminate.contracts import Found, Instruction, Plan, Stages, Target, Tick, no_tick
from delaminate.pixels import Alpha, Colour, Mask, Rgb, box_of


@dataclass(frozen=True)
class Asks:
    """A planner that asks for one thing."""

    def __call__(self, instruction: Instruction, rgb: Rgb, tick: Tick = no_tick) -> Plan:
        return Plan((Target(instruction.text or "marked"),))


@dataclass(frozen=True)
class Finds:
    """A segmenter that finds one given mask, shown in a window of the picture's size or of a part of it."""

    mask: Any
    at: tuple[int, int] = (0, 0)

    def prepare(self, rgb: Rgb, tick: Tick = no_tick) -> tuple[int, int]:
        return rgb.shape[0], rgb.shape[1]

    def __call__(self, prepared: tuple[int, int], plan: Plan, tick: Tick = no_tick) -> tuple[tuple[Found, ...], ...]:
        seen = self.mask[: prepared[0], : prepared[1]]
        box = box_of(seen)
        return ((),) if box is None else ((Found(box, seen[box.slices].copy(), "thing"),),)


@dataclass(frozen=True)
class FindsEach:
    """A segmenter that finds one given mask after another for its one target."""

    masks: tuple[Any, ...]

    def prepare(self, rgb: Rgb, tick: Tick = no_tick) -> None:
        return None

    def __call__(self, prepared: None, plan: Plan, tick: Tick = no_tick) -> tuple[tuple[Found, ...], ...]:
        boxes = [box for mask in self.masks if (box := box_of(mask)) is not None]
        return (tuple(Found(box, mask[box.slices], "thing") for box, mask in zip(boxes, self.masks, strict=True)),)


@dataclass(frozen=True)
class Soft:
    """A matter with random edges, seeded by the mask."""

    def __call__(self, rgb: Rgb, mask: Mask, tick: Tick = no_tick) -> Alpha:
        rng = np.random.default_rng(int(mask.sum()))
        return np.where(mask, rng.random(mask.shape, np.float32), np.float32(0)).astype(np.float32)


@dataclass(frozen=True)
class Hard:
    """A matter that takes the mask as it is."""

    def __call__(self, rgb: Rgb, mask: Mask, tick: Tick = no_tick) -> Alpha:
        return mask.astype(np.float32)


@dataclass(frozen=True)
class Own:
    """The colour that is there."""

    def __call__(self, rgb: Rgb, alpha: Alpha) -> Colour:
        return rgb.astype(np.float32)


@dataclass(frozen=True)
class Noise:
    """An inpainter that fills with noise: the worst case for exactness."""

    name: str = "noise"

    def __call__(
        self, rgb: Rgb, hole: Mask, usable: Mask, *, prompt: str = "", seed: int = 0, tick: Tick = no_tick
    ) -> Rgb:
        box = box_of(hole)
        assert box is not None
        patch = rgb[box.slices].copy()
        rng = np.random.default_rng(seed)
        inside = hole[box.slices]
        patch[inside] = rng.integers(0, np.iinfo(rgb.dtype).max + 1, (int(inside.sum()), 3)).astype(rgb.dtype)
        return patch


@dataclass(frozen=True)
class Fills:
    """An inpainter that fills with one colour."""

    colour: tuple[int, int, int]
    name: str = "one colour"

    def __call__(
        self, rgb: Rgb, hole: Mask, usable: Mask, *, prompt: str = "", seed: int = 0, tick: Tick = no_tick
    ) -> Rgb:
        box = box_of(hole)
        assert box is not None
        patch = rgb[box.slices].copy()
        patch[hole[box.slices]] = self.colour
        return patch


def rough_stages(mask: Any) -> Stages:
    """Stages that find that mask and make everything else as hard as it can be."""
    return Stages("rough", Asks(), Finds(mask), Soft(), Own(), Noise())
