"""One thing taken off the picture: its edge, its hole filled, and the layer that over the fill gives it back."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import cv2
import numpy as np

from delaminate.contracts import (
    Found,
    Instruction,
    Stages,
    Tick,
    no_tick,
)
from delaminate.exact import least_alpha, solve
from delaminate.picture import Picture
from delaminate.pixels import Alpha, Box, Colour, Mask, Rgb, Rgba, around, levels, shared
from delaminate.splitting.ground import ground
from delaminate.splitting.overlaps import within
from delaminate.splitting.search import Cut
from delaminate.splitting.shadow import Shadow, cast, lit
from delaminate.splitting.steps import (
    FAINT,
    clear_behind,
    completed,
    coverage,
    filled,
    grown,
    hole_of,
    is_plain,
    seen_through,
    smooth_beside,
    surroundings,
    trimmed,
    trimmed_like,
    with_halo,
)
from delaminate.stack import Layer, LayerStack, Role


@dataclass(eq=False)
class Remaining:
    """The picture as it is while layers are taken off it.

    Parameters
    ----------
    rgb : H×W×3; changed in place by `peel`.
    alpha : H×W of the picture's depth, or None for an opaque picture; changed in place.
    uncovered : H×W, True where a layer was taken off.
    taken : how many layers were taken off.
    """

    rgb: Rgb
    alpha: Rgb | None
    uncovered: Mask
    taken: int = 0

    @classmethod
    def of(cls, picture: Picture) -> Remaining:
        alpha = None if picture.alpha is None else picture.alpha.copy()
        return cls(np.ascontiguousarray(picture.rgb).copy(), alpha, np.zeros(picture.rgb.shape[:2], np.bool_))


def peel(
    remaining: Remaining,
    cut: Cut,
    behind: Sequence[Cut],
    stages: Stages,
    instruction: Instruction,
    *,
    others: Sequence[Found] = (),
    lossy: bool = False,
    target: str | None = None,
    seconds: dict[str, float] | None = None,
    tick: Tick = no_tick,
) -> Layer:
    """Take one thing off the picture.

    Parameters
    ----------
    remaining : changed in place: the hole is filled, `uncovered` grows.
    cut : what to take off; nothing lies in front of it any more.
    behind : the cuts still to come.
    others : further things of the picture, which the fill must not copy.
    lossy : whether the picture went through lossy compression, whose artefacts reach further than the thing itself.

    Returns
    -------
    Layer
        Over the changed `remaining` it gives the old one back, bit for bit.

    Notes
    -----
    Works on the thing's box and its surroundings; only the two masks for the inpainter are of full size.
    """
    spent = seconds if seconds is not None else {}
    height, width = remaining.rgb.shape[:2]
    found = cut.found
    shadow = cut.shadow if remaining.alpha is None else None
    box = surroundings(found.box if shadow is None else around((found.box, shadow.box)), width, height)
    before = remaining.rgb[box.slices]
    mask = completed(within(found, box), remaining.uncovered[box.slices])
    with timed(spent, "alpha"):
        alpha = coverage(before, mask, found, box, stages, lambda done: tick(0.4 * done))
    hole = hole_of(alpha, max(height, width), lossy)
    light: Colour | None = None
    paint = None if found.paint is None or remaining.alpha is not None else _over(found.paint, found.box, box)
    if paint is not None:
        before = before.copy()
        remaining.rgb[box.slices], hole = seen_through(before, alpha, paint)
        behind, others = (), ()  # what is seen through it is really there, things as well
    elif shadow is not None:
        before, light = before.copy(), _light(shadow, box, hole, behind)
        remaining.rgb[box.slices] = lit(before, light)
        if is_plain(remaining.rgb[box.slices], _shaded(light)):
            # What is left of a shadow would show on a plain ground, so that is filled too; what stands in it is not.
            shaded = grown(_shaded(light), max(3, round(0.01 * max(height, width))))
            hole = hole | smooth_beside(remaining.rgb[box.slices], hole, shaded)
    with timed(spent, "fill"):
        fill = _fill(remaining, hole, box, behind, others, stages, instruction, lambda done: tick(0.4 + 0.5 * done))
    clear = None if remaining.alpha is None else clear_behind(remaining.alpha[box.slices], hole)
    with timed(spent, "exact"):
        plain = is_plain(fill, hole)
        colour = paint
        if light is not None:
            fill, alpha, colour = _with_shadow(before, fill, alpha, light, stages, apart=cut.apart)
        if plain and clear is None and paint is None:
            alpha = with_halo(before, fill, alpha, hole)
        if found.role is Role.TEXT and clear is None:  # the ground stays as it was filled: letters leave no ghost
            alpha = np.where(alpha > 0, np.maximum(alpha, least_alpha(before, fill)), np.float32(0))
        if colour is None:
            colour = stages.foreground(before, alpha)
        solved = solve(before, fill, alpha, colour, move=0 if plain or paint is not None else None)
        layer = solved.layer
        seen_before = remaining.uncovered[box.slices]
        if remaining.alpha is not None and clear is not None:
            layer = _with_transparency(remaining, box, solved.under, layer, alpha, clear)
        else:
            remaining.rgb[box.slices] = solved.under
    covers = layer[..., 3] > 0
    invented = covers & seen_before
    remaining.uncovered[box.slices] |= covers if paint is None else covers & hole
    remaining.taken += 1
    tick(1.0)
    return Layer(
        cut.id,
        found.name,
        found.role,
        *trimmed(layer, box),
        confidence=float(found.confidence),
        target=target,
        text=found.text,
        invented=trimmed_like(invented, layer) if invented.any() else None,
    )


def _over(paint: Colour, inner: Box, box: Box) -> Colour:
    """A colour over its own box as one over a larger box; black where it says nothing."""
    out = np.zeros((box.height, box.width, 3), np.float32)
    out[inner.slices_in(box)] = paint
    return out


def _light(shadow: Shadow, box: Box, hole: Mask, behind: Sequence[Cut]) -> Colour:
    """The light over a box, with none taken from the things behind."""
    light = shadow.over(box)
    for other in behind:
        inner = shared(other.found.box, box)
        if inner is not None:
            light[inner.slices_in(box)][
                other.found.mask[inner.slices_in(other.found.box)] & ~hole[inner.slices_in(box)]
            ] = 1
    return light


def _shaded(light: Colour) -> Mask:
    return np.asarray(light.min(axis=2) < 1 - FAINT)


def _with_shadow(
    before: Rgb, fill: Rgb, alpha: Alpha, light: Colour, stages: Stages, *, apart: bool
) -> tuple[Rgb, Alpha, Colour]:
    """What is behind, coverage and colour of a thing together with its shadow or, if that stays `apart`, before it."""
    colour = stages.foreground(before, alpha)
    if apart:
        full = levels(fill)
        shaded = np.asarray(np.rint(np.clip(fill * light, 0, full)), fill.dtype)
        return np.where((alpha > FAINT)[..., None], shaded, before), alpha, colour
    # Beside the thing the light that is left can be measured; under its rim it is what was estimated.
    seen = np.clip((before + np.float32(1)) / (fill + np.float32(1)), 0, 1)
    light = np.where((alpha > FAINT)[..., None] | ~_shaded(light)[..., None], light, seen).astype(np.float32)
    cover, dark = cast(fill, light)
    both = alpha + (1 - alpha) * cover
    share = (alpha / np.maximum(both, np.float32(1e-6)))[..., None]
    return fill, both, (share * colour + (1 - share) * dark).astype(np.float32)


def _fill(
    remaining: Remaining,
    hole: Mask,
    box: Box,
    behind: Sequence[Cut],
    others: Sequence[Found],
    stages: Stages,
    instruction: Instruction,
    tick: Tick,
) -> Rgb:
    """The crop `box` of the picture with the hole filled."""
    if not hole.any():
        return remaining.rgb[box.slices].copy()
    height, width = remaining.rgb.shape[:2]
    whole_hole = np.zeros((height, width), np.bool_)
    whole_hole[box.slices] = hole
    usable = ground(hole, box, ~whole_hole, [cut.found for cut in behind], others)
    for other in behind:
        if other.shadow is not None:
            usable[other.shadow.box.slices] &= ~_shaded(other.shadow.light)
    if remaining.alpha is not None:
        usable &= remaining.alpha == levels(remaining.rgb)
    return filled(
        remaining.rgb,
        whole_hole,
        usable,
        box,
        stages,
        prompt=instruction.inpaint_prompt,
        seed=instruction.seed,
        tick=tick,
    )


def _with_transparency(remaining: Remaining, box: Box, under: Rgb, layer: Rgba, alpha: Alpha, clear: Mask) -> Rgba:
    """For pictures with alpha: where nothing is behind, a pixel goes whole to the layer or whole to the rest.

    Blending two see-through pixels in integers cannot be made exact in general; moving one can.
    """
    assert remaining.alpha is not None
    rgb, opacity = remaining.rgb[box.slices], remaining.alpha[box.slices]
    layer = layer.copy()
    mine = clear & (alpha >= 0.5) & (opacity > 0)
    layer[clear] = 0
    layer[mine, :3] = rgb[mine]
    layer[mine, 3] = opacity[mine]
    blended = ~clear
    rgb[blended] = under[blended]
    rgb[mine] = 0
    opacity[mine] = 0
    return layer


def assemble(picture: Picture, remaining: Remaining, front_to_back: Sequence[Layer]) -> LayerStack:
    """The stack of what was taken off and what remains.

    Parameters
    ----------
    front_to_back : the layers in the order `peel` gave them.
    """
    full = levels(remaining.rgb)
    height, width = remaining.rgb.shape[:2]
    opaque = np.full((height, width), full, remaining.rgb.dtype) if remaining.alpha is None else remaining.alpha
    pixels = cv2.merge([*cv2.split(remaining.rgb), opaque])
    background = Layer(
        "background",
        "background",
        Role.BACKGROUND,
        Box(0, 0, width, height),
        pixels,
        invented=remaining.uncovered if remaining.uncovered.any() else None,
    )
    return LayerStack(
        width,
        height,
        (background, *reversed(front_to_back)),
        opaque=remaining.alpha is None,
        icc=picture.icc,
        dpi=picture.dpi,
        about=picture.about,
    )


@contextmanager
def timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    """Add the wall clock of what is inside to the seconds of a stage."""
    started = time.perf_counter()
    try:
        yield
    finally:
        seconds[stage] = seconds.get(stage, 0.0) + time.perf_counter() - started
