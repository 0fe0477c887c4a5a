"""One layer split into parts: what is in the layer is shared out, and nothing below or above it changes."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from delaminate.composite import over
from delaminate.contracts import Found, Instruction
from delaminate.editing.edits import (
    SplitOff,
    layer_index,
)
from delaminate.editing.settle import Means, Place, shaped
from delaminate.editing.underlay import MOSTLY, covered, crop, fit, solid, upto
from delaminate.errors import BadInstruction
from delaminate.pixels import Alpha, Colour, Mask, Rgba, levels
from delaminate.splitting.overlaps import within
from delaminate.splitting.search import SMALLEST, sought
from delaminate.splitting.steps import FAINT, completed, coverage, grown, hole_of, surroundings
from delaminate.stack import Layer, LayerStack

_WHOLE = 0.9
"""Share of a layer from which a finding is the layer itself, not a part of it."""

_INSIDE = 0.7
"""Share of a part's rim on the layer from which the layer goes on behind it."""


def split_off(stack: LayerStack, edit: SplitOff, means: Means) -> LayerStack:
    """The stack with the parts that the edit names cut off one layer, each a layer above what is left.

    Raises
    ------
    BadInstruction
        If no part of the layer answers.
    """
    z = layer_index(stack.layers, edit.layer)
    old = stack.layers[z]
    if edit.max_layers < 1:
        raise BadInstruction(f"max_layers must be at least 1, got {edit.max_layers}")
    half = solid(stack)
    asked = Instruction(edit.instruction, edit.max_layers, inpaint_prompt=means.paint.prompt, seed=means.paint.seed)
    window = old.box.grown(max(12, max(old.box.width, old.box.height) // 10), stack.width, stack.height)
    rgb = np.ascontiguousarray(upto(stack, z, window)[..., :3])
    seen = [
        replace(cut.found, box=cut.found.box.shifted(window.left, window.top))
        for cut in sought(rgb, asked, means.stages, means.part(0, 0.3).tick)
    ]
    parts = [found for found in seen if is_part(found, old, half)]
    if not parts:
        raise BadInstruction(
            f"no part of {old.name!r} answers {edit.instruction!r}; say it in other words, "
            "or redo the layer with a box round what it should hold"
        )
    number = max((int(layer.id[1:]) for layer in stack.layers if re.fullmatch(r"l\d{1,9}", layer.id)), default=0)
    for index, found in enumerate(parts):
        part = replace(
            old, id=f"l{number + index + 1}", name=found.name, role=found.role, target=edit.instruction, text=found.text
        )
        stack = cut_off(stack, z, part, found, means.part(0.3 + 0.7 * index / len(parts), 0.7 / len(parts)))
    return stack


def is_part(found: Found, layer: Layer, half: int) -> bool:
    """Whether the finding covers some of the layer and not all of it."""
    mine = crop(layer, found.box)[..., 3] >= half
    shared = int((mine & found.mask).sum())
    return SMALLEST <= shared <= _WHOLE * int((layer.pixels[..., 3] >= half).sum())


def cut_off(stack: LayerStack, z: int, part: Layer, found: Found, means: Means) -> LayerStack:
    """Layer z without the finding, and right above it the finding as a layer with the id and name of `part`.

    Where the rest encloses the part it is completed behind it; elsewhere what is behind the layer shows.
    """
    old = stack.layers[z]
    box = surroundings(old.box, stack.width, stack.height)
    at = Place.of(stack, z, box)
    target, behind = at.after[box.slices], at.behind
    full, half = levels(target), solid(stack)
    mine = crop(old, box)
    mask = completed(within(found, box), covered(stack.layers[z + 1 :], box)) & (mine[..., 3] > 0)
    rgb = np.ascontiguousarray(target[..., :3])
    alpha = coverage(rgb, mask, found, box, means.stages, means.part(0, 0.4).tick)
    alpha = np.where(mine[..., 3] > 0, alpha, np.float32(0))
    see_through = (target[..., 3] < full) | (behind[..., 3] < full)
    hard = mine.copy()
    hard[~(see_through & (alpha >= MOSTLY))] = 0
    hole = hole_of(alpha, max(stack.width, stack.height), means.paint.lossy) & (mine[..., 3] > 0)
    if not see_through.any() and _enclosed(hole, mine, half):
        rest, under = _completed_rest(at, mine, hole, means)
        colour: Colour = means.stages.foreground(rgb, alpha)
    else:
        rest = _shared_out(mine, alpha, full, see_through)
        under = _over(rest, behind)
        alpha = alpha * (mine[..., 3].astype(np.float32) / np.float32(full))
        colour = mine[..., :3].astype(np.float32)
    alpha = np.where(see_through, np.float32(0), alpha)
    fitted = fit(target, under, alpha, colour, spare=hard)
    above = stack.layers[z + 1 :]
    top = shaped(replace(part, confidence=float(found.confidence)), fitted.layer, box, above)
    bottom = shaped(old, rest, box, (top, *above))
    return replace(stack, layers=(*stack.layers[:z], bottom, top, *above))


def _enclosed(hole: Mask, mine: Rgba, half: int) -> bool:
    rim = grown(hole, 2) & ~hole
    return bool(rim.any()) and float((mine[..., 3] >= half)[rim].mean()) > _INSIDE


def _completed_rest(at: Place, mine: Rgba, hole: Mask, means: Means) -> tuple[Rgba, Rgba]:
    """The rest of a layer with the hole in it filled from the layer itself, and the composite it gives."""
    box = at.box
    whole, usable = (np.zeros(at.after.shape[:2], np.bool_) for _ in range(2))
    whole[box.slices] = hole
    usable[box.slices] = (mine[..., 3] == levels(mine)) & ~hole
    wanted = at.after[box.slices].copy()
    fill = means.part(0.4, 0.5).fill(np.ascontiguousarray(at.after[..., :3]), whole, usable, box)
    wanted[hole, :3] = fill[hole]
    colour = np.where(hole[..., None], fill, mine[..., :3]).astype(np.float32)
    alpha: Alpha = mine[..., 3].astype(np.float32) / np.float32(levels(mine))
    rest = fit(wanted, at.behind, alpha, colour, spare=mine).layer
    return rest, wanted


def _shared_out(mine: Rgba, alpha: Alpha, full: int, see_through: Mask) -> Rgba:
    """What is left of a layer when a part over it has `alpha` of it; see-through pixels go whole to one of the two."""
    own = mine[..., 3].astype(np.float32) / np.float32(full)
    left = own * (1 - alpha) / np.maximum(1 - alpha * own, np.float32(1e-6))
    left[alpha <= FAINT] = own[alpha <= FAINT]
    left = np.where(see_through, np.where(alpha >= MOSTLY, np.float32(0), own), left)
    rest = mine.copy()
    rest[..., 3] = np.rint(np.clip(left, 0, 1) * full)
    rest[rest[..., 3] == 0] = 0
    return rest


def _over(layer: Rgba, under: Rgba) -> Rgba:
    out = under.copy()
    over(layer, out)
    return out
