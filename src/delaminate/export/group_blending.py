"""Layers and groups with blend modes and opacities → layers that look the same when they are laid over plainly.

A group is blended by itself and then faded as a whole: where layers of a fainter group overlap they are put together
first, as fading each instead lets lower ones shine through. A pass-through group is none but for its opacity: what is
in it is blended with all that lies below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations, groupby

import numpy as np

from delaminate.composite import over
from delaminate.export.blending import MODES, blended
from delaminate.export.dropped import Dropped, named
from delaminate.export.loose import Canvas, Loose, clipped, with_opacity
from delaminate.pixels import Box, Rgba, around, shared


@dataclass(frozen=True, eq=False)
class Group:
    """A group of a file; `within` is the one around it. Two groups are the same only if they are one object.

    `mode` is one of `blending.MODES`, "" for normal; `through` says that its layers see what lies below the group.
    """

    name: str
    opacity: float = 1.0
    within: Group | None = None
    mode: str = ""
    through: bool = False

    @property
    def path(self) -> tuple[Group, ...]:
        """The groups around a layer of this one, the outermost first."""
        return (*(self.within.path if self.within else ()), self)


@dataclass(frozen=True, eq=False)
class Placed:
    """A layer with its group and its mode, "" for normal."""

    layer: Loose
    group: Group | None = None
    mode: str = ""


def plainly(items: Sequence[Placed], canvas: Canvas) -> tuple[list[Loose], list[Dropped]]:
    """Layers, bottom to top, as modes and groups make them look, and what was put together for it."""
    joined: list[str] = []
    odd = any(item.mode or (item.group and any(group.mode for group in item.group.path)) for item in items)
    below = np.zeros((canvas.height, canvas.width, 4), items[0].layer.pixels.dtype) if odd else None
    members = [(item, item.group.path if item.group else ()) for item in items]
    layers = _plainly(members, 0, canvas, joined, below)
    if not joined:
        return layers, []
    why = f"{named(joined)}: blended as a whole, so the layers in it were put together."
    return layers, [Dropped("separate layers of a group", why)]


def _plainly(
    items: Sequence[tuple[Placed, tuple[Group, ...]]],
    depth: int,
    canvas: Canvas,
    joined: list[str],
    below: Rgba | None,
) -> list[Loose]:
    """The layers of one group; `below` is what is seen under each, where any mode asks, and is painted on."""
    found: list[Loose] = []
    for _, run in groupby(items, key=lambda item: id(item[1][depth]) if len(item[1]) > depth else 0):
        members = list(run)
        if len(members[0][1]) <= depth:
            found += [_laid(item.layer, item.mode, canvas, below) for item, _ in members]
            continue
        group = members[0][1][depth]
        own = None if below is None else below.copy() if group.through else np.zeros_like(below)
        inside = _plainly(members, depth + 1, canvas, joined, own)
        if group.mode or (group.opacity < 1 and _overlap(inside, canvas)):
            if len(inside) > 1:
                joined.append(group.name)
            inside = _together(inside, group, canvas)
        faint = (replace(layer, pixels=with_opacity(layer.pixels, group.opacity)) for layer in inside)
        found += [_laid(layer, group.mode, canvas, below) for layer in faint]
    return found


def _laid(layer: Loose, mode: str, canvas: Canvas, below: Rgba | None) -> Loose:
    """The layer with the colours it shows over `below`, onto which it is painted."""
    part = clipped(layer, canvas.width, canvas.height)
    if below is None or part is None:
        return layer
    under = below[_box(part).slices]
    if mode in MODES:
        layer = part = replace(part, pixels=blended(part.pixels, under, mode))
    over(np.ascontiguousarray(part.pixels), under)
    return layer


def _box(layer: Loose) -> Box:
    rows, columns = layer.pixels.shape[:2]
    return Box(layer.left, layer.top, layer.left + columns, layer.top + rows)


def _overlap(layers: Sequence[Loose], canvas: Canvas) -> bool:
    """Whether two of the layers have paint on the same pixel of the canvas."""
    seen = [part for layer in layers if (part := clipped(layer, canvas.width, canvas.height)) is not None]
    for one, other in combinations(seen, 2):
        common = shared(_box(one), _box(other))
        if common is not None:
            a, b = (layer.pixels[common.shifted(-layer.left, -layer.top).slices][..., 3] > 0 for layer in (one, other))
            if (a & b).any():
                return True
    return False


def _together(layers: Sequence[Loose], group: Group, canvas: Canvas) -> list[Loose]:
    """One layer that looks like all of them."""
    seen = [part for layer in layers if (part := clipped(layer, canvas.width, canvas.height)) is not None]
    if not seen:
        return []
    box = around([_box(part) for part in seen])
    pixels = np.zeros((box.height, box.width, 4), seen[0].pixels.dtype)
    for part in seen:
        place = _box(part).shifted(-box.left, -box.top)
        over(np.ascontiguousarray(part.pixels), pixels[place.slices])
    target = group.within.name if group.within else None
    return [Loose(group.name, box.left, box.top, pixels, target)]
