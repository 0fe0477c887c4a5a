"""Groups that are fainter as a whole: where their layers overlap, they are put together before the opacity counts.

Editors blend a group by itself and then fade the result; fading each layer instead lets lower ones shine through.
Layers that do not overlap stay apart: for them the two are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, groupby

import numpy as np

from delaminate.composite import over
from delaminate.export.dropped import Dropped, named
from delaminate.export.loose import Canvas, Loose, clipped, with_opacity
from delaminate.pixels import Box, around, shared


@dataclass(frozen=True, eq=False)
class Group:
    """A group of a file; `within` is the one around it. Two groups are the same only if they are one object."""

    name: str
    opacity: float = 1.0
    within: Group | None = None

    @property
    def path(self) -> tuple[Group, ...]:
        """The groups around a layer of this one, the outermost first."""
        return (*(self.within.path if self.within else ()), self)


def faded(items: Sequence[tuple[Loose, Group | None]], canvas: Canvas) -> tuple[list[Loose], list[Dropped]]:
    """Layers, bottom to top, with what their groups' opacities make of them, and what was put together."""
    joined: list[str] = []
    paths = [(layer, group.path if group else ()) for layer, group in items]
    layers = _faded(paths, 0, canvas, joined)
    if not joined:
        return layers, []
    why = f"{named(joined)}: fainter as a whole, so the layers in it, which overlap, were put together."
    return layers, [Dropped("separate layers of a group", why)]


def _faded(
    items: Sequence[tuple[Loose, tuple[Group, ...]]], depth: int, canvas: Canvas, joined: list[str]
) -> list[Loose]:
    found: list[Loose] = []
    for _, run in groupby(items, key=lambda item: id(item[1][depth]) if len(item[1]) > depth else 0):
        members = list(run)
        if len(members[0][1]) <= depth:
            found += [layer for layer, _ in members]
            continue
        group = members[0][1][depth]
        inside = _faded(members, depth + 1, canvas, joined)
        if group.opacity < 1 and _overlap(inside, canvas):
            inside = _together(inside, group, canvas)
            joined.append(group.name)
        found += [
            Loose(layer.name, layer.left, layer.top, with_opacity(layer.pixels, group.opacity), layer.target)
            for layer in inside
        ]
    return found


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
    box = around([_box(part) for part in seen])
    pixels = np.zeros((box.height, box.width, 4), seen[0].pixels.dtype)
    for part in seen:
        place = _box(part).shifted(-box.left, -box.top)
        over(np.ascontiguousarray(part.pixels), pixels[place.slices])
    target = group.within.name if group.within else None
    return [Loose(group.name, box.left, box.top, pixels, target)]
