"""One layer given back to what is behind it."""

from __future__ import annotations

from dataclasses import replace

from delaminate.editing.settle import grounded, shaped
from delaminate.editing.underlay import crop, sink, upto
from delaminate.pixels import around
from delaminate.stack import LayerStack


def removed(stack: LayerStack, z: int) -> LayerStack:
    """The stack without layer z: each pixel goes to the topmost layer that is solid behind it, or to the ground."""
    old, above = stack.layers[z], stack.layers[z + 1 :]
    box = old.box
    sunk = sink(stack, z, box, upto(stack, z, box), into_layers=True)
    below = list(stack.layers[1:z])
    for place, pixels in sunk.changed.items():
        if place:
            one = stack.layers[place]
            whole = around((one.box, box))
            canvas = crop(one, whole)
            canvas[box.slices_in(whole)] = pixels
            below[place - 1] = shaped(one, canvas, whole, (*stack.layers[place + 1 : z], *above))
    layers = [*below, *above]
    ground = sunk.changed.get(0, stack.background.pixels[box.slices])
    return replace(stack, layers=(grounded(stack, layers, box, ground), *layers))
