"""The embedded fill: flat colour, gradient, continued edges, or patches, as the surroundings call for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from delaminate.compiled import Core, library
from delaminate.contracts import Tick, no_tick
from delaminate.errors import BadArray
from delaminate.pixels import Box, Mask, Rgb, box_of, check_mask, check_pixels, levels
from delaminate.stages.inpainting.content_aware.compiled_core import CompiledCore
from delaminate.stages.inpainting.content_aware.field import PatchCore
from delaminate.stages.inpainting.content_aware.flat import flat_colour
from delaminate.stages.inpainting.content_aware.membrane import membrane_fill
from delaminate.stages.inpainting.content_aware.numpy_core import NumpyCore
from delaminate.stages.inpainting.content_aware.palette import palette, snapped
from delaminate.stages.inpainting.content_aware.patchmatch import complete
from delaminate.stages.inpainting.content_aware.smooth import smooth_fill
from delaminate.stages.inpainting.content_aware.structure import structured
from delaminate.stages.inpainting.content_aware.surroundings import Part, groups, parts

_RING, _LEAST_RING = 0.005, 4
"""Width of the ring a part is judged by: a share of the picture's longer side, and the least in pixels."""

_MOST_HOLE = 0.8
"""Share of a crop above which patches only repeat themselves."""

_LOOK, _LEAST_LOOK = 0.5, 48
"""How far around a hole edges and areas are looked at: a share of its longer side, and the least in pixels."""

Texture: TypeAlias = Callable[[Rgb, Mask, Mask, Tick], NDArray[np.float32]]
"""What completes texture: a crop, its hole and what may be continued → colours of the hole's pixels, N×3."""

_PALETTE_REACH = 32
_PLAIN_SHARE = 0.1


@dataclass(frozen=True)
class ContentAware:
    """Fills from the picture itself; needs no weights.

    Every connected part of the hole is judged by a narrow ring around it. A flat ring gives its commonest colour, a
    smooth one a polynomial with the ring's own noise. Among smooth areas with edges the edges go on through the hole
    and every area is filled by itself (`structure`). All else is completed with patches (`patchmatch.complete`) from
    the part's surroundings, and moved onto the palette where the picture is a drawing. Parts that lie wholly in
    unusable pixels, and parts for which nothing can be copied, get a membrane over the nearest known colours.

    Parameters
    ----------
    core : "compiled", "numpy", or "auto" for the compiled core where it was built.
    context : how far around a part patches are looked for, as a multiple of its longer side.
    structure : whether edges are continued through the hole first; without it all is flat, smooth or texture.
    texture : completes what is neither, in place of patches.
    workers : most threads to use, None for every core there is; the result does not depend on it.

    Notes
    -----
    Time is nearly linear in the hole: with the compiled core about 0.7 CPU seconds for 12 % of a megapixel and 3.3
    for 12 % of 24. Memory grows with the surroundings of the largest part, about 32 bytes per pixel.
    """

    core: Core = "auto"
    context: float = 1.0
    structure: bool = True
    texture: Texture | None = None
    workers: int | None = None
    name: str = field(default="content-aware", init=False)

    def __call__(
        self,
        rgb: Rgb,
        hole: Mask,
        usable: Mask,
        *,
        prompt: str = "",  # noqa: ARG002 - the contract names it, pixels know no words
        seed: int = 0,
        tick: Tick = no_tick,
    ) -> Rgb:
        """See `contracts.Inpainter`; `prompt` is ignored.

        Raises
        ------
        BadArray
            If the arrays disagree or the hole is empty.
        StageFailed
            If `core` is "compiled" and the compiled core was not built.
        """
        check_pixels(rgb)
        check_mask(hole, rgb.shape)
        check_mask(usable, rgb.shape)
        box = box_of(hole)
        if box is None or rgb.shape[2] != 3:
            raise BadArray("filling needs an H×W×3 picture and a hole of at least one pixel")
        height, width = hole.shape
        ring = max(_LEAST_RING, round(_RING * max(height, width)))
        outer = box.grown(ring, width, height)
        pixels, pending = rgb[outer.slices].copy(), hole[outer.slices].copy()
        canvas = _Canvas(rgb, hole, usable, outer, pixels, pending, self.texture)
        seed &= 0xFFFFFFFF
        left = canvas.fill_plain(ring, np.random.default_rng(seed), tick)
        core = self._patch_core()
        rng = np.random.default_rng(seed + 1) if self.structure else None
        jobs = groups([part.box.shifted(outer.left, outer.top) for part in left], self.context, width, height)
        done, total = _PLAIN_SHARE, sum(job.area for job, _ in jobs)
        for job, members in jobs:
            share, start = (1 - _PLAIN_SHARE) * job.area / total, done

            def watch(part: float, start: float = start, share: float = share) -> None:
                tick(start + share * part)

            canvas.fill_job(job, [left[n] for n in members], core, rng, seed, watch)
            done += share
        tick(1.0)
        return np.ascontiguousarray(canvas.pixels[box.slices_in(outer)])

    def _patch_core(self) -> PatchCore:
        compiled = library("patchmatch", self.core)
        return NumpyCore() if compiled is None else CompiledCore(compiled, self.workers)


@dataclass(eq=False)
class _Canvas:
    """The fill at work: `pixels` and `pending` (the hole not filled yet) are `outer` cut from the picture."""

    rgb: Rgb
    hole: Mask
    usable: Mask
    outer: Box
    pixels: Rgb
    pending: Mask
    texture: Texture | None = None

    @property
    def unit(self) -> int:
        """One level of 8 bits in the picture's unit."""
        return levels(self.rgb) // 255

    def _paint(self, box: Box, inside: Mask, colours: NDArray[np.float32]) -> None:
        shown = np.clip(np.rint(colours), 0, levels(self.rgb)).astype(self.rgb.dtype)
        for channel in range(3):  # one by one, which takes a sixth of the time
            self.pixels[box.slices][..., channel][inside] = shown[:, channel]
        self.pending[box.slices][inside] = False

    def fill_plain(self, ring: int, rng: np.random.Generator, tick: Tick) -> list[Part]:
        """Fill the parts with flat, smooth or foreign surroundings; what is left."""
        left = []
        hole, usable = self.hole[self.outer.slices], self.usable[self.outer.slices]
        for part in parts(hole, usable, ring):
            tick(0.0)
            colours = self._plain_colours(part, ring, rng)
            if colours is None:
                left.append(part)
            else:
                self._paint(part.box, part.inside, colours)
        return left

    def _plain_colours(self, part: Part, ring: int, rng: np.random.Generator) -> NDArray[np.float32] | None:
        near = self.rgb[self.outer.slices][part.box.slices]
        around = near[part.ring]
        flat = flat_colour(around, self.unit)
        if flat is not None:
            return flat[None]
        unit = np.float32(self.unit)
        smooth = smooth_fill(around.astype(np.float32) / unit, part.ring, part.inside, max(2.0, ring / 2), rng)
        if smooth is not None:
            return np.asarray(smooth * unit)
        if part.enclosed and part.ring.any():
            return membrane_fill(near, part.inside, part.ring)
        return None

    def fill_job(
        self, job: Box, members: list[Part], core: PatchCore, rng: np.random.Generator | None, seed: int, tick: Tick
    ) -> None:
        """Fill some parts together from the pixels of `job`, a box of the picture: by structure, the rest by texture.

        Without `rng` all is texture.
        """
        todo = np.zeros(self.pending.shape, np.bool_)
        for part in members:
            todo[part.box.slices] |= part.inside
        inner = job.shifted(-self.outer.left, -self.outer.top)
        overlap = Box(
            max(inner.left, 0),
            max(inner.top, 0),
            min(inner.right, self.outer.width),
            min(inner.bottom, self.outer.height),
        )
        there = overlap.slices_in(inner)
        todo = todo[overlap.slices]
        rgb, usable = self.rgb[job.slices], self.usable[job.slices] & ~self.hole[job.slices]
        filled = self.hole[self.outer.slices][overlap.slices] & ~self.pending[overlap.slices]
        if filled.any():
            rgb = rgb.copy()
            rgb[there][filled] = self.pixels[overlap.slices][filled]
            usable[there] |= filled
        hole: Mask = np.zeros(rgb.shape[:2], np.bool_)
        hole[there] = todo
        whole = hole
        if rng is not None:
            rgb, hole = self._by_structure(job, rgb, hole, usable, rng)
            todo = hole[there]
        seen = usable | (whole & ~hole)
        if todo.any() and self.texture is not None:
            self._paint(overlap, todo, self.texture(rgb, hole, seen, tick))
        elif todo.any():
            self._paint(overlap, todo, self._patched(rgb, hole, usable, seen, core, seed=seed, tick=tick))

    def _by_structure(self, job: Box, rgb: Rgb, hole: Mask, usable: Mask, rng: np.random.Generator) -> tuple[Rgb, Mask]:
        """Paint what structure says; the picture with that, and the hole that is left."""
        near = box_of(hole)
        assert near is not None
        margin = max(_LEAST_LOOK, int(_LOOK * max(near.width, near.height)))
        near = near.grown(margin, hole.shape[1], hole.shape[0])
        found = structured(rgb[near.slices], hole[near.slices], usable[near.slices], rng)
        if found is None or not found.filled.any():
            return rgb, hole
        rgb, hole = rgb.copy(), hole.copy()
        colours = np.clip(np.rint(found.colours[found.filled] * self.unit), 0, levels(rgb)).astype(rgb.dtype)
        rgb[near.slices][found.filled] = colours
        hole[near.slices][found.filled] = False
        whole = near.shifted(job.left - self.outer.left, job.top - self.outer.top)
        inner = Box(
            max(whole.left, 0),
            max(whole.top, 0),
            min(whole.right, self.outer.width),
            min(whole.bottom, self.outer.height),
        )
        part = found.filled[inner.shifted(-whole.left, -whole.top).slices]
        self._paint(inner, part, found.colours[inner.shifted(-whole.left, -whole.top).slices][part] * self.unit)
        return rgb, hole

    def _patched(
        self, rgb: Rgb, hole: Mask, usable: Mask, seen: Mask, core: PatchCore, *, seed: int, tick: Tick
    ) -> NDArray[np.float32]:
        near = box_of(hole)
        assert near is not None
        if np.count_nonzero(hole) <= _MOST_HOLE * hole.size:
            colours = complete(rgb, hole, usable, core, seen=seen, seed=seed, tick=tick)
            if colours is not None:
                near = near.grown(_PALETTE_REACH, hole.shape[1], hole.shape[0])
                return snapped(colours, palette(rgb[near.slices], usable[near.slices]), self.unit)
        near = near.grown(1, hole.shape[1], hole.shape[0])
        rgb, hole, usable = rgb[near.slices], hole[near.slices], usable[near.slices]
        known = usable if usable.any() else ~hole
        if not known.any():
            mean: NDArray[np.float64] = self.rgb.reshape(-1, 3).mean(axis=0, dtype=np.float64)
            return mean.astype(np.float32)[None]
        return membrane_fill(rgb, hole, known)
