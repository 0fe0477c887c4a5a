"""A layer made anew below a composite that must not change: cut along another mask, or with its hole filled again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from delaminate.contracts import Found, Stages, Tick, no_tick
from delaminate.editing.underlay import covered, crop, fit, laid, sink, solid, upto
from delaminate.pixels import Alpha, Box, Colour, Mask, Rgb, Rgba, levels
from delaminate.splitting.steps import (
    filled,
    trimmed,
    trimmed_like,
)
from delaminate.stack import Layer, LayerStack


@dataclass(frozen=True)
class Paint:
    """How holes are filled: the prompt, the seed, and whether the picture went through lossy compression."""

    prompt: str = ""
    seed: int = 0
    lossy: bool = False


@dataclass(frozen=True)
class Means:
    """What an edit looks and paints with: the stages of an engine, how holes are filled, whom to tell how far it is."""

    stages: Stages
    paint: Paint = Paint()
    tick: Tick = no_tick

    def part(self, start: float, share: float) -> Means:
        """The same for a part of the work, which begins at `start` and is that share of the whole."""
        return replace(self, tick=lambda done: self.tick(start + share * done))

    def fill(self, rgb: Rgb, hole: Mask, usable: Mask, box: Box) -> Rgb:
        """The crop `box` of the picture with the hole filled; see `steps.filled`."""
        paint = self.paint
        return filled(rgb, hole, usable, box, self.stages, prompt=paint.prompt, seed=paint.seed, tick=self.tick)


@dataclass(frozen=True, eq=False)
class Place:
    """Layer z of a stack and a window round it.

    Parameters
    ----------
    after : the composite up to the layer, of the whole canvas.
    behind : the composite up to what is right below it, over the window.
    """

    stack: LayerStack
    z: int
    box: Box
    after: Rgba
    behind: Rgba

    @classmethod
    def of(cls, stack: LayerStack, z: int, box: Box) -> Place:
        return cls(stack, z, box, upto(stack, z), upto(stack, z - 1, box))


def fill(at: Place, known: Mask, hole: Mask, means: Means) -> Rgba:
    """The crop of the composite with the hole filled; what is known to be behind is put in first."""
    stack, after, box = at.stack, at.after, at.box
    out = after[box.slices].copy()
    if not hole.any():
        return out
    base = np.ascontiguousarray(after[..., :3])
    base[box.slices][known] = at.behind[known][:, :3]
    whole: Mask = np.zeros(base.shape[:2], np.bool_)
    whole[box.slices] = hole
    usable = ~whole & ~covered(stack.layers[1 : at.z], stack.canvas, solid(stack)) & (after[..., 3] == levels(after))
    out[..., :3] = means.part(0.4, 0.5).fill(base, whole, usable, box)
    out[..., 3] = np.where(hole, levels(out), out[..., 3])
    return out


def settled(
    stack: LayerStack,
    z: int,
    box: Box,
    wanted: Rgba,
    alpha: Alpha,
    colour: Colour,
    *,
    move: int | None,
    named: Found | None = None,
) -> LayerStack:
    """The stack with `wanted` behind layer z as far as that can be, and the layer solved over what is there."""
    old = stack.layers[z]
    between = stack.layers[1:z]
    target = upto(stack, z, box)
    sunk = sink(stack, z, box, wanted, into_layers=False)
    ground = sunk.changed.get(0, stack.background.pixels[box.slices])
    under = laid(ground, between, box)
    mine = crop(old, box)
    # Where the background could not be changed, the layer keeps what it needs.
    held = (under != target).any(axis=2) & (alpha * levels(target) < mine[..., 3]) & sunk.stuck
    alpha = np.where(held, mine[..., 3].astype(np.float32) / np.float32(levels(target)), alpha)
    colour = np.where(held[..., None], mine[..., :3].astype(np.float32), colour)
    free = ~covered(between, box)
    fitted = fit(target, under, alpha, colour, free=free, move=move, spare=mine)
    pixels = ground.copy()
    pixels[free] = fitted.under[free]
    above = stack.layers[z + 1 :]
    layer = shaped(old, fitted.layer, box, above)
    if named is not None:
        layer = replace(layer, confidence=float(named.confidence))
    layers = [*between, layer, *above]
    return replace(stack, layers=(grounded(stack, layers, box, pixels), *layers))


def shaped(layer: Layer, pixels: Rgba, box: Box, above: Sequence[Layer]) -> Layer:
    """The layer with other pixels, trimmed; what lies under the layers above is made up."""
    invented = (pixels[..., 3] > 0) & covered(above, box)
    at, cropped = trimmed(pixels, box)
    mask = trimmed_like(invented, pixels) if invented.any() else None
    return replace(layer, box=at, pixels=cropped, invented=mask)


def grounded(stack: LayerStack, layers: Sequence[Layer], box: Box, pixels: Rgba) -> Layer:
    """The background with other pixels in a box; the same object where they are what is there already."""
    old = stack.background
    hidden = covered(layers, box)
    before = covered(stack.layers[1:], stack.canvas) if old.invented is None else old.invented
    invented = before.copy()
    # What a layer covers was made up when it was cut; what nothing covers any more is the picture itself.
    invented[box.slices] = hidden
    if np.array_equal(pixels, old.pixels[box.slices]) and np.array_equal(invented, before):
        return old
    whole = old.pixels.copy()
    whole[box.slices] = pixels
    return replace(old, pixels=whole, invented=invented if invented.any() else None)


def with_layer(stack: LayerStack, z: int, layer: Layer) -> LayerStack:
    """The stack with another layer at place z."""
    return replace(stack, layers=(*stack.layers[:z], layer, *stack.layers[z + 1 :]))
