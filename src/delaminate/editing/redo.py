"""A layer looked for again and cut along another mask; what it leaves and what it newly hides is settled below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from delaminate.composite import flatten
from delaminate.contracts import (
    Found,
    Instruction,
    NamedBox,
    NamedPoint,
)
from delaminate.editing.edits import Recut, Redo, layer_index
from delaminate.editing.settle import Means, Place, fill, settled, with_layer
from delaminate.editing.underlay import MOSTLY, covered, solid
from delaminate.errors import BadInstruction
from delaminate.pixels import Alpha, around, levels
from delaminate.splitting.overlaps import within
from delaminate.splitting.search import SMALLEST, sought
from delaminate.splitting.steps import (
    clear_behind,
    completed,
    coverage,
    hole_of,
    is_plain,
    surroundings,
    with_halo,
)
from delaminate.stack import LayerStack

_MOST = 10
"""Findings that are looked at for one redone layer; together they make it."""


def redone(stack: LayerStack, edit: Redo, means: Means) -> LayerStack:
    """The stack with one layer looked for again, by a box, by points or by other words.

    Raises
    ------
    BadInstruction
        If the edit does not say how, or nothing answers it.
    """
    z = layer_index(stack.layers, edit.layer)
    old = stack.layers[z]
    marked = edit.box is not None or bool(edit.points)
    if not marked and not edit.phrase.strip():
        raise BadInstruction("say how to redo the layer: by a box, by points or by a phrase")
    asked = Instruction(
        text="" if marked else edit.phrase,
        max_layers=_MOST,
        boxes=() if edit.box is None else (NamedBox(edit.box, edit.phrase),),
        points=tuple(NamedPoint(x, y, edit.phrase) for x, y in edit.points),
        inpaint_prompt=means.paint.prompt,
        seed=means.paint.seed,
    )
    rgb = np.ascontiguousarray(flatten(stack)[..., :3])
    cuts = sought(rgb, asked, means.stages, means.part(0, 0.4).tick)
    if not cuts:
        answer = f"answers {edit.phrase!r}" if edit.phrase.strip() else "was found there"
        raise BadInstruction(f"nothing {answer}, so {old.name!r} stays as it is; mark it with another box or point")
    found = _not_above(stack, z, _together([cut.found for cut in cuts]))
    done = cut_again(stack, z, found, means.part(0.4, 0.6))
    layer = done.layers[z]
    if edit.phrase.strip():
        layer = replace(layer, name=found.name, role=found.role, target=edit.phrase.strip(), text=found.text)
    return with_layer(done, z, replace(layer, name=edit.name.strip() or layer.name))


def recut(stack: LayerStack, edit: Recut, means: Means) -> LayerStack:
    """The stack with one layer cut along a mask that somebody drew; what layers above it hold stays theirs.

    Raises
    ------
    BadInstruction
        If the mask is of another size than the picture, holds next to nothing, or most of it is in layers above.
    """
    z = layer_index(stack.layers, edit.layer)
    if not edit.found.box.within(stack.canvas):
        raise BadInstruction(f"the mask reaches out of the picture of {stack.width} x {stack.height} pixels")
    if int(edit.found.mask.sum()) < SMALLEST:
        raise BadInstruction(f"the mask holds fewer than {SMALLEST} pixels; remove the layer, or draw more of it")
    done = cut_again(stack, z, _not_above(stack, z, edit.found), means)
    layer = done.layers[z]
    return with_layer(done, z, replace(layer, name=edit.name.strip() or layer.name))


def cut_again(stack: LayerStack, z: int, found: Found, means: Means) -> LayerStack:
    """Layer z cut along another mask.

    What it leaves goes to the background, where a solid layer lies between it stays with the layer; what it newly
    hides is filled. Only layer z and the background change.

    Notes
    -----
    Works on the box of the old and the new layer; the composite and two masks are of full size.
    """
    old = stack.layers[z]
    width, height = stack.width, stack.height
    near = surroundings(found.box, width, height)
    box = around((near, old.box))
    at = Place.of(stack, z, box)
    target = at.after[box.slices]
    full = levels(target)
    alpha: Alpha = np.zeros(target.shape[:2], np.float32)
    inner = near.slices_in(box)
    mask = completed(within(found, near), covered(stack.layers[z + 1 :], near))
    seen = np.ascontiguousarray(at.after[near.slices][..., :3])
    alpha[inner] = coverage(seen, mask, found, near, means.stages, means.part(0, 0.4).tick)
    hole = hole_of(alpha, max(height, width), means.paint.lossy)
    blocked = covered(stack.layers[1:z], box, solid(stack))
    known = hole & (covered([old], box) | blocked)
    wanted = target.copy()
    wanted[known] = at.behind[known]
    new = hole & ~known
    wanted[new] = fill(at, known, new, means)[new]
    clear = np.zeros_like(hole) if stack.opaque else clear_behind(target[..., 3], hole)
    wanted[clear] = target[clear]
    wanted[clear & ~blocked & (alpha >= MOSTLY) & (target[..., 3] > 0)] = 0
    plain = bool(hole.any()) and is_plain(wanted[..., :3], hole)
    if plain and not clear.any():
        alpha = with_halo(target[..., :3], wanted[..., :3], alpha, hole & ~blocked)
    bare = (np.rint(alpha * full) == 0) & ~clear
    wanted[bare] = target[bare]
    colour = means.stages.foreground(np.ascontiguousarray(target[..., :3]), alpha)
    return settled(stack, z, box, wanted, alpha, colour, move=0 if plain else None, named=found)


def _not_above(stack: LayerStack, z: int, found: Found) -> Found:
    """The finding without what layers above z hold.

    Raises
    ------
    BadInstruction
        If most of it is theirs; the message names the layer.
    """
    half = solid(stack)
    mask = found.mask & ~covered(stack.layers[z + 1 :], found.box, half)
    if 4 * int(mask.sum()) >= int(found.mask.sum()):
        return replace(found, mask=mask)
    owner = max(stack.layers[z + 1 :], key=lambda one: int((covered([one], found.box, half) & found.mask).sum()))
    raise BadInstruction(
        f"what was found is in {owner.name!r} ({owner.id}) already, which lies above {stack.layers[z].name!r}; "
        "edit that layer, remove it first, or mark another thing"
    )


def _together(found: Sequence[Found]) -> Found:
    """Several findings as one thing; what is known of the first is said of all."""
    if len(found) == 1:
        return found[0]
    box = around([one.box for one in found])
    mask = np.zeros((box.height, box.width), np.bool_)
    for one in found:
        mask |= within(one, box)
    alpha = np.zeros(mask.shape, np.float32)
    for one in found:
        if one.alpha is not None:
            part = alpha[one.box.slices_in(box)]
            np.maximum(part, one.alpha, out=part)
    known = all(one.alpha is not None for one in found)
    return replace(
        found[0],
        box=box,
        mask=mask,
        alpha=alpha if known else None,
        paint=None,
        confidence=min(one.confidence for one in found),
    )
