"""A finished stack and one edit → another stack that flattens to the same picture, bit for bit.

The composite right after each layer is known from the stack. An edit of layer k keeps it, so nothing above k changes;
below k the background takes up what the layer leaves and is filled where it newly hides. Layers that an edit does not
concern are the same objects afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from delaminate.between import covered, solid, upto
from delaminate.composite import flatten, recomposition
from delaminate.contracts import (
    Decomposition,
    Found,
    Instruction,
    NamedBox,
    NamedPoint,
    Progress,
    Stages,
    Tick,
    Watch,
    no_tick,
)
from delaminate.divide import cut_off, is_part
from delaminate.edits import Edit, Merge, Redo, Refill, Remove, Rename, Split, layer_index, needs_engine, sentence
from delaminate.errors import BadInput, BadInstruction
from delaminate.join import merged, removed
from delaminate.pixels import Rgb, around
from delaminate.recut import Paint, cut_again, filled_again
from delaminate.search import Cut, search, within
from delaminate.stack import Layer, LayerStack

PLAIN = Paint()
_MOST = 10
"""Findings that are looked at for one redone layer; together they make it."""


def revise(
    stack: LayerStack, edit: Edit, stages: Stages | None = None, paint: Paint = PLAIN, tick: Tick = no_tick
) -> LayerStack:
    """Carry out one edit.

    Parameters
    ----------
    stack : changed in nothing.
    edit : one of `edits`.
    stages : the engine; may be None for edits that neither look nor paint (`edits.needs_engine`).
    paint : how holes are filled.

    Returns
    -------
    LayerStack
        It flattens to what `stack` flattens to. A layer that the edit does not concern is the same object; a redone,
        renamed, refilled or split layer keeps its id.

    Raises
    ------
    UnknownName
        If no layer is called so.
    BadInstruction
        If the edit contradicts itself, or nothing in the picture answers it.
    BadStack
        If half-transparent pixels lie over each other so that the edit could not be exact.

    Notes
    -----
    Memory: the composite up to the edited layer, masks of full size, and scratch for the layer's box.
    """
    if needs_engine(edit) and stages is None:
        raise BadInput("this edit looks at the picture or paints; give the stages of an engine")
    match edit:
        case Rename():
            return _renamed(stack, edit)
        case Merge():
            return merged(stack, [layer_index(stack.layers, called) for called in edit.layers], edit.name)
        case Remove():
            return removed(stack, layer_index(stack.layers, edit.layer))
    assert stages is not None
    match edit:
        case Refill():
            return filled_again(stack, layer_index(stack.layers, edit.layer), stages, paint, tick)
        case Split():
            return _split(stack, edit, stages, paint, tick)
        case Redo():
            return _redone(stack, edit, stages, paint, tick)


def revised(
    result: Decomposition, edit: Edit, stages: Stages | None = None, paint: Paint = PLAIN, watch: Watch | None = None
) -> Decomposition:
    """The result of a split after one edit, with the proof made anew against its own flattened picture.

    Parameters
    ----------
    paint : as in `revise`; `lossy` is taken from the result.
    watch : called with `Progress`; raising `Cancelled` in it stops the work.
    """

    def tick(done: float) -> None:
        if watch is not None:
            watch(Progress("segment" if done < 0.4 else "fill", done, 1, 1))

    tick(0.0)
    stack = revise(result.stack, edit, stages, replace(paint, lossy=result.lossy), tick)
    proof = recomposition(stack, flatten(result.stack))
    here = {layer.id for layer in stack.layers}
    by = f" by {stages.inpainter.name}" if isinstance(edit, Refill) and stages is not None else ""
    report = replace(
        result.report,
        targets=tuple(
            replace(one, layers=tuple(layer for layer in one.layers if layer in here)) for one in result.report.targets
        ),
        max_error=proof.max_error,
        differing_pixels=proof.differing_pixels,
        notes=(*result.report.notes, sentence(edit) + by),
    )
    if watch is not None:
        watch(Progress("done", 1.0, 1, 1))
    return replace(result, stack=stack, report=report)


def _with(stack: LayerStack, z: int, layer: Layer) -> LayerStack:
    return replace(stack, layers=(*stack.layers[:z], layer, *stack.layers[z + 1 :]))


def _renamed(stack: LayerStack, edit: Rename) -> LayerStack:
    z = layer_index(stack.layers, edit.layer)
    if not edit.name.strip():
        raise BadInstruction("a layer needs a name with at least one letter")
    return _with(stack, z, replace(stack.layers[z], name=edit.name.strip()))


def _redone(stack: LayerStack, edit: Redo, stages: Stages, paint: Paint, tick: Tick) -> LayerStack:
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
        inpaint_prompt=paint.prompt,
        seed=paint.seed,
    )
    rgb = np.ascontiguousarray(flatten(stack)[..., :3])
    cuts = _sought(rgb, asked, stages, lambda done: tick(0.4 * done))
    if not cuts:
        answer = f"answers {edit.phrase!r}" if edit.phrase.strip() else "was found there"
        raise BadInstruction(f"nothing {answer}, so {old.name!r} stays as it is; mark it with another box or point")
    found = _not_above(stack, z, _together([cut.found for cut in cuts]))
    done = cut_again(stack, z, found, stages, paint, lambda part: tick(0.4 + 0.6 * part))
    layer = done.layers[z]
    if edit.phrase.strip():
        layer = replace(layer, name=found.name, role=found.role, target=edit.phrase.strip(), text=found.text)
    return _with(done, z, replace(layer, name=edit.name.strip() or layer.name))


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


def _sought(rgb: Rgb, asked: Instruction, stages: Stages, tick: Tick) -> tuple[Cut, ...]:
    plan = stages.planner(asked, rgb)
    return search(rgb, plan, asked, stages, tick).cuts


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
            part = alpha[one.box.shifted(-box.left, -box.top).slices]
            np.maximum(part, one.alpha, out=part)
    known = all(one.alpha is not None for one in found)
    return replace(
        found[0],
        box=box,
        mask=mask,
        alpha=alpha if known else None,
        confidence=min(one.confidence for one in found),
    )


def _part_of(tick: Tick, start: float, share: float) -> Tick:
    return lambda done: tick(start + share * done)


def _split(stack: LayerStack, edit: Split, stages: Stages, paint: Paint, tick: Tick) -> LayerStack:
    z = layer_index(stack.layers, edit.layer)
    old = stack.layers[z]
    if edit.max_layers < 1:
        raise BadInstruction(f"max_layers must be at least 1, got {edit.max_layers}")
    half = solid(stack)
    asked = Instruction(edit.instruction, edit.max_layers, inpaint_prompt=paint.prompt, seed=paint.seed)
    window = old.box.grown(max(12, max(old.box.width, old.box.height) // 10), stack.width, stack.height)
    rgb = np.ascontiguousarray(upto(stack, z, window)[..., :3])
    seen = [
        replace(cut.found, box=cut.found.box.shifted(window.left, window.top))
        for cut in _sought(rgb, asked, stages, lambda done: tick(0.3 * done))
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
        stack = cut_off(
            stack, z, part, found, stages, paint, _part_of(tick, 0.3 + 0.7 * index / len(parts), 0.7 / len(parts))
        )
    return stack
