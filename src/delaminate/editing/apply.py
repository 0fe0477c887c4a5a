"""A finished stack and one edit → another stack that flattens to the same picture, bit for bit.

The composite right after each layer is known from the stack. An edit of layer k keeps it, so nothing above k changes;
below k the background takes up what the layer leaves and is filled where it newly hides. Layers that an edit does not
concern are the same objects afterwards.
"""

from __future__ import annotations

from dataclasses import replace

from delaminate.composite import flatten, recomposition
from delaminate.contracts import (
    Decomposition,
    Progress,
    Stages,
    Tick,
    Watch,
    no_tick,
)
from delaminate.editing.edits import (
    Edit,
    Merge,
    Recut,
    Redo,
    Refill,
    Remove,
    Rename,
    SplitOff,
    layer_index,
    needs_engine,
    sentence,
)
from delaminate.editing.merge import merged
from delaminate.editing.redo import recut, redone
from delaminate.editing.refill import filled_again
from delaminate.editing.remove import removed
from delaminate.editing.settle import Means, Paint, with_layer
from delaminate.editing.split_off import split_off
from delaminate.errors import BadInput, BadInstruction
from delaminate.models.servers import counted
from delaminate.stack import LayerStack

PLAIN = Paint()
_LOOKED = 0.4
"""Share of an edit's progress after which the thing is cut out and holes are filled."""


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
    means = Means(stages, paint, tick)
    match edit:
        case Refill():
            return filled_again(stack, layer_index(stack.layers, edit.layer), means)
        case SplitOff():
            return split_off(stack, edit, means)
        case Recut():
            return recut(stack, edit, means)
        case Redo():
            return redone(stack, edit, means)


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
            watch(Progress("segment" if done < _LOOKED else "fill", done, 1, 1))

    tick(0.0)
    with counted(result.report.calls) as calls:
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
        calls=calls.rows,
    )
    if watch is not None:
        watch(Progress("done", 1.0, 1, 1))
    return replace(result, stack=stack, report=report)


def _renamed(stack: LayerStack, edit: Rename) -> LayerStack:
    z = layer_index(stack.layers, edit.layer)
    if not edit.name.strip():
        raise BadInstruction("a layer needs a name with at least one letter")
    return with_layer(stack, z, replace(stack.layers[z], name=edit.name.strip()))
