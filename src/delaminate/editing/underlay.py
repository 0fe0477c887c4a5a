"""What lies between a layer and the background: composites on the way up, wanted values handed on the way down.

An edit of layer k must leave the composite right after k as it was: then nothing above it changes. So every edit is a
question about pixels below: which background, seen through the layers between, gives the composite that is wanted?
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from delaminate.composite import over
from delaminate.errors import BadStack
from delaminate.exact import beneath, solve
from delaminate.pixels import Alpha, Box, Colour, Mask, Rgba, levels, shared
from delaminate.stack import Layer, LayerStack

MOSTLY = 0.5
"""Coverage from which a pixel that cannot be shared goes whole to the thing."""


def crop(layer: Layer, box: Box) -> Rgba:
    """The layer's pixels over any box of the canvas; transparent outside the layer."""
    out = np.zeros((box.height, box.width, 4), layer.pixels.dtype)
    inner = shared(layer.box, box)
    if inner is not None:
        there = inner.slices_in(layer.box)
        out[inner.slices_in(box)] = layer.pixels[there]
    return out


def laid(ground: Rgba, layers: Sequence[Layer], box: Box) -> Rgba:
    """A copy of the crop `ground` with layers laid over it, bottom to top."""
    out = np.ascontiguousarray(ground).copy()
    for layer in layers:
        inner = shared(layer.box, box)
        if inner is not None:
            there = inner.slices_in(layer.box)
            over(layer.pixels[there], out[inner.slices_in(box)])
    return out


def upto(stack: LayerStack, z: int, box: Box | None = None) -> Rgba:
    """The composite of the layers 0..z over a box, by default over the canvas."""
    box = box or stack.canvas
    return laid(stack.background.pixels[box.slices], stack.layers[1 : z + 1], box)


def covered(layers: Sequence[Layer], box: Box, least: int = 1) -> Mask:
    """Where any of the layers has an alpha of at least `least` levels, over a box."""
    out = np.zeros((box.height, box.width), np.bool_)
    for layer in layers:
        inner = shared(layer.box, box)
        if inner is not None:
            there = inner.slices_in(layer.box)
            out[inner.slices_in(box)] |= layer.pixels[there][..., 3] >= least
    return out


def solid(stack: LayerStack) -> int:
    """The alpha, in levels, from which a layer rather hides than shows what is behind it: one half."""
    return levels(stack.background.pixels) // 2 + 1


@dataclass(frozen=True, eq=False)
class Fitted:
    """`layer` over `under` is what was wanted; both H×W×4."""

    layer: Rgba
    under: Rgba


def fit(
    target: Rgba,
    under: Rgba,
    alpha: Alpha,
    colour: Colour,
    *,
    free: Mask | None = None,
    move: int | None = None,
    spare: Rgba | None = None,
) -> Fitted:
    """Find the layer that, over `under`, gives `target`, also where pictures are see-through.

    Parameters
    ----------
    target, under : H×W×4 of one depth.
    alpha, colour : what the layer should be, as in `exact.solve`; alpha is raised where exactness needs it.
    free : where `under` may be moved as `exact.solve` does, by at most `move` levels; nowhere by default.
    spare : H×W×4 to take where see-through pixels have no other answer.

    Raises
    ------
    BadStack
        If half-transparent pixels lie over each other so that no layer gives the target.
    """
    full = levels(target)
    movable = np.zeros(alpha.shape, np.bool_) if free is None else free
    both = (target[..., 3] == full) & (under[..., 3] == full)
    differs = (target != under).any(axis=2)
    # Over a ground that is fixed, the least alpha is where the solve starts to raise it.
    alpha = np.where(differs & ~movable, np.maximum(alpha, np.float32(1 / full)), alpha)
    layer, below = np.zeros_like(target), np.ascontiguousarray(under).copy()
    for where, step in ((both & movable, move), (both & ~movable, 0)):
        if where.any():
            wanted = np.where(where, alpha, np.float32(0))
            solved = solve(target[..., :3], below[..., :3], wanted, colour, move=step)
            layer[where] = solved.layer[where]
            below[where, :3] = solved.under[where]
    whole = ~both & differs & ((under[..., 3] == 0) | (target[..., 3] == full))
    layer[whole] = target[whole]
    wrong = _wrong(target, below, layer)
    if spare is not None and wrong.any():
        layer[wrong], below[wrong] = spare[wrong], under[wrong]
        wrong = _wrong(target, below, layer)
    if wrong.any():
        raise BadStack(
            f"{int(wrong.sum())} half-transparent pixels lie over each other, so this edit would not be exact; "
            "merge these layers in an editor"
        )
    return Fitted(layer, below)


def _wrong(target: Rgba, under: Rgba, layer: Rgba) -> Mask:
    got = under.copy()
    over(layer, got)
    return np.asarray((got != target).any(axis=2))


@dataclass(frozen=True, eq=False)
class Sunk:
    """What layers below become: place in the stack → pixels over the box; `stuck` is where nothing could be done."""

    changed: dict[int, Rgba]
    stuck: Mask


def sink(stack: LayerStack, z: int, box: Box, wanted: Rgba, *, into_layers: bool) -> Sunk:
    """Change what lies below layer z so that its composite over the box is `wanted`.

    From above, each pixel goes down through layers that are faint there, to the background. A layer that is solid there
    takes the pixel itself if `into_layers`; otherwise the pixel stays as it is and counts as stuck.
    """
    before = upto(stack, z - 1, box)
    stuck = np.zeros(before.shape[:2], np.bool_)
    rows, columns = np.nonzero((wanted != before).any(axis=2))
    changed: dict[int, Rgba] = {}
    if rows.size == 0:
        return Sunk(changed, stuck)
    full = levels(before)
    need = wanted[rows, columns].copy()
    falling = np.ones(rows.size, np.bool_)
    for below in range(z - 1, 0, -1):
        if not stack.layers[below].box.meets(box):
            continue
        pixels = crop(stack.layers[below], box)
        mine = pixels[rows, columns]
        met = falling & (mine[:, 3] > 0)
        through = met & (mine[:, 3] < solid(stack)) & (need[:, 3] == full)
        if through.any():
            at = np.flatnonzero(through)
            value, possible = beneath(need[at, :3], mine[at])
            need[at[possible], :3] = value[possible]
            through[at[~possible]] = False
        kept = met & ~through
        falling &= ~kept
        if into_layers and kept.any():
            pixels[rows[kept], columns[kept]] = _taken(
                need[kept], upto(stack, below - 1, box)[rows[kept], columns[kept]], mine[kept]
            )
            changed[below] = pixels
        else:
            stuck[rows[kept], columns[kept]] = True
    if falling.any():
        ground = stack.background.pixels[box.slices].copy()
        ground[rows[falling], columns[falling]] = need[falling]
        changed[0] = ground
    return Sunk(changed, stuck)


def _taken(need: Rgba, under: Rgba, mine: Rgba) -> Rgba:
    """N×4 pixels of a layer that over `under` give `need`, at least as solid as they were."""
    alpha: Alpha = (mine[:, 3].astype(np.float32) / np.float32(levels(mine)))[:, None]
    colour = need[:, None, :3].astype(np.float32)
    return fit(need[:, None], under[:, None], alpha, colour).layer[:, 0]
