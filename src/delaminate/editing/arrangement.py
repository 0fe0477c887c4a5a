"""A stack as somebody arranged it: other places, sizes, order, opacity, blend modes and ground; no longer exact."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaminate.errors import UnknownName
from delaminate.pixels import Box, Rgba, box_of, levels, shared
from delaminate.stack import AS_CUT, Blend, Layer, LayerStack, Look, Role

GROUND = "ground"
"""Id of the layer of one colour that lies under all others."""

_FINEST = 8
"""Samples a pixel and axis, at most, where a layer is made smaller."""
_SAMPLES = 1 << 20
"""Samples that are taken at once: it bounds the scratch."""


@dataclass(frozen=True)
class Placed:
    """One layer in an arrangement.

    Parameters
    ----------
    id : the layer's.
    name : what it is called now; empty keeps its name.
    x, y : how far its middle is moved, in pixels of the picture.
    scale_x, scale_y : about its middle; below zero it is flipped.
    rotation : degrees clockwise about its middle, after the scale.
    """

    id: str
    name: str = ""
    visible: bool = True
    opacity: float = 1.0
    blend: Blend = Blend.NORMAL
    x: int = 0
    y: int = 0
    scale_x: float = 1.0
    scale_y: float = 1.0
    rotation: float = 0.0

    @property
    def look(self) -> Look:
        return Look(self.visible, self.opacity, self.blend)

    @property
    def still(self) -> bool:
        """Whether the layer keeps its place, size and direction."""
        return (self.x, self.y) == (0, 0) and self.shape_kept

    @property
    def shape_kept(self) -> bool:
        """Whether the layer keeps its size and direction."""
        return (self.scale_x, self.scale_y, self.rotation % 360) == (1, 1, 0)


@dataclass(frozen=True)
class Arrangement:
    """How somebody wants to see a stack.

    Parameters
    ----------
    layers : bottom to top. A layer that is not named stays as it is, right above the one that it lies on.
    ground : colour under all layers, 8 bits each, or None for transparency.
    """

    layers: tuple[Placed, ...] = ()
    ground: tuple[int, int, int] | None = None


def arranged(stack: LayerStack, arrangement: Arrangement) -> LayerStack:
    """The stack with every layer where and how the arrangement has it.

    Parameters
    ----------
    stack : changed in nothing. Its background stays at the bottom and in its place.

    Returns
    -------
    LayerStack
        On the same canvas; what leaves it is cut off, and a layer that lies wholly outside it is left out. Flips,
        quarter turns and moves keep every pixel; other turns and sizes are interpolated, colours weighted by alpha.

    Raises
    ------
    UnknownName
        If it names a layer that is not in the stack.
    """
    known = {layer.id: layer for layer in stack.layers}
    for one in arrangement.layers:
        if one.id not in known:
            raise UnknownName(f"there is no layer {one.id!r}; there are: {', '.join(known)}")
    asked = {one.id: one for one in arrangement.layers}
    order = in_order([layer.id for layer in stack.layers], [one.id for one in arrangement.layers])
    layers = []
    for layer_id in order:
        layer, placed = known[layer_id], asked.get(layer_id, Placed(layer_id))
        moved = layer if layer is stack.background else _moved(layer, placed, stack)
        if moved is not None:
            layers.append(replace(moved, name=placed.name.strip() or moved.name, look=placed.look))
    background = layers[0]
    if arrangement.ground is not None:
        layers = [_coloured(stack, arrangement.ground), replace(background, role=Role.OBJECT, target=None), *layers[1:]]
    seen = background.look == AS_CUT and stack.opaque
    return replace(stack, layers=tuple(layers), opaque=seen or arrangement.ground is not None)


def in_order(ids: Sequence[str], named: Sequence[str]) -> list[str]:
    """All ids, bottom to top, those that are named in that order; the first, the background, stays first."""
    order = [one for one in dict.fromkeys(named) if one != ids[0]]
    for place, one in enumerate(ids):
        if one not in order and place:
            below = ids[place - 1]
            order.insert(order.index(below) + 1 if below in order else 0, one)
    return [ids[0], *order]


def only(stack: LayerStack, ids: Sequence[str]) -> LayerStack:
    """The stack with nothing but these layers, on transparency where the background is not among them.

    Raises
    ------
    UnknownName
        If one of them is not in the stack.
    """
    wanted = set(ids)
    if gone := wanted - {layer.id for layer in stack.layers}:
        raise UnknownName(
            f"there is no layer {min(gone)!r}; there are: {', '.join(layer.id for layer in stack.layers)}"
        )
    kept = [layer for layer in stack.layers if layer.id in wanted]
    if kept and kept[0].role is Role.BACKGROUND:
        return replace(stack, layers=tuple(kept))
    clear = np.zeros_like(stack.background.pixels)
    return replace(stack, layers=(replace(stack.background, pixels=clear, invented=None), *kept), opaque=False)


def covered_box(stack: LayerStack) -> Box:
    """What its layers cover of the canvas; the whole canvas where they cover nothing."""
    boxes = [layer.box for layer in stack.layers if layer.look.visible and box_of(layer.pixels[..., 3]) is not None]
    if not boxes:
        return stack.canvas
    lefts, tops, rights, bottoms = zip(*(box.as_tuple() for box in boxes), strict=True)
    return Box(min(lefts), min(tops), max(rights), max(bottoms))


def _coloured(stack: LayerStack, colour: tuple[int, int, int]) -> Layer:
    pixels = np.empty_like(stack.background.pixels)
    pixels[...] = np.array((*colour, 255), np.uint16) * (levels(pixels) // 255)
    return Layer(GROUND, "Background colour", Role.BACKGROUND, stack.canvas, pixels)


def _moved(layer: Layer, placed: Placed, stack: LayerStack) -> Layer | None:
    """The layer with its pixels where the arrangement has them, cut to the canvas; None outside it."""
    if placed.still:
        return layer
    left, top, pixels = _turned(layer, placed)
    box = Box(left, top, left + pixels.shape[1], top + pixels.shape[0])
    inside = shared(box, stack.canvas)
    if inside is None:
        return None
    cut = np.ascontiguousarray(pixels[inside.slices_in(box)])
    # A format may set text anew: only where it still stands upright and whole.
    text = layer.text if placed.shape_kept and inside == box else None
    invented = layer.invented if inside == box and placed.shape_kept else None
    return replace(layer, box=inside, pixels=cut, text=text, invented=invented)


def _turned(layer: Layer, placed: Placed) -> tuple[int, int, Rgba]:
    """Left, top and pixels of a layer after its scale, rotation and move."""
    quarters = placed.rotation / 90
    sizes = {abs(placed.scale_x), abs(placed.scale_y)}
    middle_x = (layer.box.left + layer.box.right) / 2 + placed.x
    middle_y = (layer.box.top + layer.box.bottom) / 2 + placed.y
    if sizes == {1.0} and quarters == round(quarters):
        pixels = layer.pixels[:, ::-1] if placed.scale_x < 0 else layer.pixels
        pixels = pixels[::-1] if placed.scale_y < 0 else pixels
        pixels = np.ascontiguousarray(np.rot90(pixels, -round(quarters)))
        height, width = pixels.shape[:2]
        return math.floor(middle_x - width / 2), math.floor(middle_y - height / 2), pixels
    return _resampled(layer, placed, middle_x, middle_y)


def _resampled(layer: Layer, placed: Placed, middle_x: float, middle_y: float) -> tuple[int, int, Rgba]:
    """Bilinear samples of the colours weighted by alpha, several a pixel where the layer shrinks."""
    angle = math.radians(placed.rotation)
    cos, sin = math.cos(angle), math.sin(angle)
    # Columns: where the layer's own axes point.
    matrix = np.array([[cos * placed.scale_x, -sin * placed.scale_y], [sin * placed.scale_x, cos * placed.scale_y]])
    half = np.abs(matrix) @ np.array([layer.box.width / 2 + 1, layer.box.height / 2 + 1])
    left, top = math.floor(middle_x - half[0]), math.floor(middle_y - half[1])
    right, bottom = math.ceil(middle_x + half[0]), math.ceil(middle_y + half[1])
    full = np.float32(levels(layer.pixels))
    # A rim of nothing, so that every sample has four neighbours.
    source = np.pad(layer.pixels.astype(np.float32), ((1, 1), (1, 1), (0, 0)))
    source[..., :3] *= source[..., 3:] / full
    finer = min(_FINEST, max(1, math.ceil(1 / min(abs(placed.scale_x), abs(placed.scale_y)) - 1e-6)))
    out = np.empty((bottom - top, right - left, 4), layer.pixels.dtype)
    back = np.linalg.inv(matrix)
    rows = max(1, _SAMPLES // ((right - left) * finer * finer))
    for y in range(top, bottom, rows):
        height = min(rows, bottom - y)
        # Sample i of a pixel lies at (i + 0.5) / finer of it; the middle of pixel 0 of the source at 0.5.
        across = left + (np.arange((right - left) * finer) + 0.5) / finer - middle_x
        down = (y + (np.arange(height * finer) + 0.5) / finer - middle_y)[:, None]
        u = back[0, 0] * across + back[0, 1] * down + (layer.box.width / 2 + 0.5)
        v = back[1, 0] * across + back[1, 1] * down + (layer.box.height / 2 + 0.5)
        mean = _between(source, u, v).reshape(height, finer, right - left, finer, 4).mean(axis=(1, 3))
        straight = mean[..., :3] * (full / np.maximum(mean[..., 3:], np.float32(1e-6)))
        done = np.rint(np.concatenate([np.clip(straight, 0, full), mean[..., 3:]], axis=2))
        done[done[..., 3] == 0] = 0
        out[y - top : y - top + height] = done
    return left, top, out


def _between(source: NDArray[np.float32], u: NDArray[np.float64], v: NDArray[np.float64]) -> NDArray[Any]:
    """Bilinear samples at columns u and rows v, both counted from the middle of the first pixel; nothing outside."""
    height, width = source.shape[:2]
    u, v = np.clip(u, 0, width - 1.001), np.clip(v, 0, height - 1.001)
    left, top = u.astype(np.intp), v.astype(np.intp)
    across, down = (u - left).astype(np.float32)[..., None], (v - top).astype(np.float32)[..., None]
    upper = source[top, left] * (1 - across) + source[top, left + 1] * across
    lower = source[top + 1, left] * (1 - across) + source[top + 1, left + 1] * across
    mixed: NDArray[Any] = upper * (1 - down) + lower * down
    return mixed
