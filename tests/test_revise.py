"""One edit of a stack: the picture stays what it was, bit for bit, and so does every layer not concerned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from delaminate.composite import flatten
from delaminate.contracts import Found, Instruction, Plan, Stages, Target, Tick, no_tick
from delaminate.edits import Edit, Merge, Redo, Refill, Remove, Rename, Split
from delaminate.errors import BadInstruction
from delaminate.pixels import Alpha, Box, Colour, Mask, Rgb, box_of
from delaminate.revise import revise
from delaminate.stack import Layer, LayerStack, Role


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
class Soft:
    """A matter with random edges, seeded by the mask."""

    def __call__(self, rgb: Rgb, mask: Mask, tick: Tick = no_tick) -> Alpha:
        rng = np.random.default_rng(int(mask.sum()))
        return np.where(mask, rng.random(mask.shape, np.float32), np.float32(0)).astype(np.float32)


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


def rough_stages(mask: Any) -> Stages:
    """Stages that find that mask and make everything else as hard as it can be."""
    return Stages("rough", Asks(), Finds(mask), Soft(), Own(), Noise())


def random_stack(rng: np.random.Generator, depth: Any, layers: int) -> LayerStack:
    """An opaque ground under layers of any colour and any alpha, at any place."""
    width, height = (int(n) for n in rng.integers(16, 48, 2))
    full = np.iinfo(depth).max
    ground = rng.integers(0, full + 1, (height, width, 4)).astype(depth)
    ground[..., 3] = full
    made = [Layer("background", "background", Role.BACKGROUND, Box(0, 0, width, height), ground)]
    for number in range(1, layers + 1):
        left, top = int(rng.integers(0, width - 8)), int(rng.integers(0, height - 8))
        box = Box(left, top, int(rng.integers(left + 4, width + 1)), int(rng.integers(top + 4, height + 1)))
        pixels = rng.integers(0, full + 1, (box.height, box.width, 4)).astype(depth)
        some = rng.choice(np.array([0, 1, full // 3, full // 2 + 1, full, full]), (box.height, box.width))
        pixels[..., 3] = some.astype(depth)
        made.append(Layer(f"l{number}", f"thing {number}", Role.OBJECT, box, pixels))
    return LayerStack(width, height, tuple(made))


def random_edit(rng: np.random.Generator, stack: LayerStack) -> Edit:
    """Any of the six."""
    ids = [layer.id for layer in stack.layers[1:]]
    one = str(rng.choice(ids))
    pair = tuple(str(i) for i in rng.permutation(ids)[: int(rng.integers(2, len(ids) + 1))])
    edits: list[Edit] = [Redo(one, "thing"), Redo(one, box=Box(1, 1, 9, 9)), Merge(pair), Split(one, "a part")]
    edits += [Refill(one), Rename(one, "another"), Remove(one)]
    return edits[int(rng.integers(0, len(edits)))]


def concerned(edit: Edit, stack: LayerStack) -> set[str]:
    """Ids of the layers that the edit may change."""
    if isinstance(edit, Merge):
        return set(edit.layers)
    below = {layer.id for layer in stack.layers[: [one.id for one in stack.layers].index(edit.layer)]}
    if isinstance(edit, Remove):
        return {edit.layer, *below}
    return {edit.layer} if isinstance(edit, Rename | Split) else {edit.layer, "background"}


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([np.uint8, np.uint16]), st.integers(2, 4))
def test_every_edit_of_every_stack_keeps_the_picture_and_the_other_layers(seed: int, depth: Any, layers: int) -> None:
    """Random pixels, random alphas, random masks, noise for a fill: three edits one after another."""
    rng = np.random.default_rng(seed)
    stack = random_stack(rng, depth, layers)
    picture = flatten(stack)
    for _ in range(3):
        if len(stack.layers) < 3:
            return
        edit = random_edit(rng, stack)
        mask = rng.random(picture.shape[:2]) < 0.6
        try:
            revised = revise(stack, edit, rough_stages(mask))
        except BadInstruction:
            continue  # nothing there to split, to redo or to refill
        assert np.array_equal(flatten(revised), picture), edit
        old = {layer.id: layer for layer in stack.layers}
        changed = {layer.id for layer in revised.layers if old.get(layer.id) is not layer}
        assert changed - {layer.id for layer in revised.layers if layer.id not in old} <= concerned(edit, stack), edit
        stack = revised
