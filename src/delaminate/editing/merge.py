"""Layers joined: several made one, or one given back to what is behind it. Nothing is looked for or painted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from delaminate.editing.settle import shaped
from delaminate.editing.underlay import crop, fit, laid, upto
from delaminate.errors import BadInstruction
from delaminate.pixels import Box, Rgba, around, levels
from delaminate.stack import LayerStack

_BAND = 1 << 21
"""Pixels joined at a time, so that scratch stays small for layers as large as the picture."""


def merged(stack: LayerStack, places: Sequence[int], name: str = "") -> LayerStack:
    """The layers at `places` as one, where the topmost was, with the id of the first.

    Parameters
    ----------
    name : what to call it; empty joins the names.

    Raises
    ------
    BadInstruction
        If they are fewer than two.
    """
    places = list(dict.fromkeys(places))
    if len(places) <= 1:
        raise BadInstruction("name at least two layers to merge")
    top = max(places)
    taken = [stack.layers[z] for z in sorted(places)]
    box = around([layer.box for layer in taken])
    pixels = np.empty((box.height, box.width, 4), stack.background.pixels.dtype)
    rows = max(1, _BAND // box.width)
    for start in range(box.top, box.bottom, rows):
        band = Box(box.left, start, box.right, min(start + rows, box.bottom))
        pixels[band.top - box.top : band.bottom - box.top] = _merged_band(stack, places, band)
    first = stack.layers[places[0]]
    texts = [layer.text for layer in taken if layer.text]
    joined = replace(
        first,
        name=name.strip() or " and ".join(dict.fromkeys(stack.layers[z].name for z in places)),
        confidence=min(layer.confidence for layer in taken),
        text=" ".join(texts) if texts else None,
    )
    above = stack.layers[top + 1 :]
    staying = [layer for z, layer in enumerate(stack.layers[:top]) if z not in places]
    return replace(stack, layers=(*staying, shaped(joined, pixels, box, above), *above))


def _merged_band(stack: LayerStack, places: Sequence[int], box: Box) -> Rgba:
    """What the layers at `places` show together over a box, over the layers between them that stay."""
    top = max(places)
    staying = [layer for z, layer in enumerate(stack.layers[1:top], 1) if z not in places]
    target, under = upto(stack, top, box), laid(stack.background.pixels[box.slices], staying, box)
    full = levels(target)
    alpha = np.zeros(target.shape[:2], np.float32)
    colour = np.zeros((*alpha.shape, 3), np.float32)
    spare, touched = np.zeros_like(target), np.zeros(alpha.shape, np.uint8)
    for z in range(min(places), top + 1):
        pixels = crop(stack.layers[z], box)
        own = pixels[..., 3].astype(np.float32) / np.float32(full)
        alpha *= 1 - own
        colour *= (1 - own)[..., None]
        if z in places:
            alpha += own
            colour += own[..., None] * pixels[..., :3]
            spare = np.where((pixels[..., 3] > 0)[..., None], pixels, spare)
        touched += pixels[..., 3] > 0
    # Where one layer alone has a pixel, that pixel is exact as it is.
    spare[touched > 1] = 0
    colour /= np.maximum(alpha, np.float32(1e-6))[..., None]
    return fit(target, under, np.clip(alpha, 0, 1), colour, spare=spare).layer
