"""Completion from examples: multi-scale PatchMatch.

Wexler, Shechtman and Irani, "Space-Time Completion of Video" (2007), for the alternation of search and vote over a
pyramid; Barnes et al., "PatchMatch" (2009), for the search. The coarsest level starts from an onion peel: rings from
the outside in, each pixel copied from the patch that agrees best with what is known around it.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.compiled import in_bands
from delaminate.contracts import Tick, no_tick
from delaminate.pixels import Mask, Rgb, box_of
from delaminate.stages.inpainting.content_aware.field import RADIUS, SCALE, Field, PatchCore, Picture, Positions
from delaminate.stages.inpainting.content_aware.membrane import correction
from delaminate.stages.inpainting.content_aware.pyramid import Level, ground_level, halved

_COARSE_RADIUS = 16.0
"""The hole is halved until nowhere deeper than this, in pixels: what a few 7×7 patches bridge."""

_COARSE_PIXELS = 40_000
"""… and until it has no more pixels than this, as long as it stays deeper than `_THIN`."""

_THIN = 3.0
_LEAST_SIDE = 6 * RADIUS
_LEAST_SOURCES = 64

_ROUNDS = (8, 5, 4, 3, 2, 2, 1)
"""Alternations of search and vote, from the coarsest level up."""

_BUDGET = 300_000
"""Targets times rounds on one level: large levels only refine what the smaller ones found."""

_SHARP, _LAST_SHARP = 0.5, 0.1
"""How much worse than the best patch over a pixel another may be and still be heard, as a share of their mean; the
last vote hardly blends, for blends are blurred."""

_FADE = 1.2
"""A patch counts less by this factor for every pixel it lies deeper in the hole."""

_FAR, _FARTHEST = 9 * 147, 4.0
"""Squared levels a patch costs for every 2 hole radii of its source's distance, and the most radii counted."""

_TRIES, _LEAST_TRIES, _MOST_TRIES = 12_000_000, 48, 1000
"""Sources tried in the peel: in all, and for one pixel."""

_FINE_REACH = 4
"""Pixels around a source within which a level that only refines looks for a better one."""

_STILL = 0.2 * SCALE
"""Mean change of a round, in steps, below which a level has settled."""

_CLIP, _BLUR = 16.0, 3.0
"""The border's residual: most levels believed, and pixels averaged over."""

_CHUNK = 1 << 16
_FOREIGN = 2 * RADIUS
"""How far from the hole a target patch can reach: unusable pixels within are made up too, and thrown away."""


def complete(
    rgb: Rgb,
    hole: Mask,
    usable: Mask,
    core: PatchCore,
    *,
    seen: Mask | None = None,
    seed: int = 0,
    tick: Tick = no_tick,
) -> NDArray[np.float32] | None:
    """Fill `hole` with patches from the rest of the picture.

    Parameters
    ----------
    rgb : H×W×3, uint8 or uint16.
    hole : H×W, at least one pixel.
    usable : H×W, pixels that may serve as examples. The others are neither copied nor matched, …
    seen : H×W, … but these are matched: what else is known to lie beside the hole.

    Returns
    -------
    NDArray | None
        float32 n×3, colours in rgb's own unit for the pixels of the hole in reading order. None when the picture is
        smaller than a patch or has too few whole patches to copy.

    Notes
    -----
    Time is linear in the hole and nearly free of the picture. Memory: about 25 bytes per pixel of the picture and 50
    per pixel of the hole, 8 more per pixel at 16 bits.
    """
    if min(hole.shape) < 2 * RADIUS + 1:
        return None
    deep = _depth(hole)
    halvings = _halvings(hole, deep)
    levels = [ground_level(rgb, hole, usable, halvings, seen, core.workers)]
    for _ in range(halvings):
        levels.append(halved(levels[-1], core.workers))
        tick(0.05 * len(levels) / (halvings + 1))
    field, level = None, levels[-1]
    for rank in range(halvings + 1):
        level, above = levels.pop(), field
        field = _field(level, deep)
        if field is None:
            continue
        _guess(field, level, above, core, seed)
        share = 0.05 + 0.9 * rank / (halvings + 1), 0.9 / (halvings + 1)
        rounds = max(1, min(_ROUNDS[min(rank, len(_ROUNDS) - 1)], _BUDGET // field.target.size))
        fine = rounds == 1 and above is not None
        for turn in range(rounds):
            sweeps = 1 if fine else 5 if above is None and turn == 0 else 2
            reach = _FINE_REACH if fine else max(field.height, field.width)
            _search(field, core, seed + 7919 * level.halvings + 31 * turn, sweeps=sweeps, reach=reach)
            tick(share[0] + share[1] * (turn + 1) / rounds)
            if levels or turn + 1 < rounds:
                moved = _vote(field, core)
                if moved < _STILL and turn + 1 < rounds:
                    break
    return None if field is None else _colours(field, level, rgb, core)


def _depth(hole: Mask) -> float:
    """Radius of the largest disc inside the hole."""
    inside = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 5)
    return min(float(inside.max()), float(max(hole.shape)))


def _halvings(hole: Mask, deep: float) -> int:
    pixels, count = int(np.count_nonzero(hole)), 0
    while min(hole.shape) / 2 ** (count + 1) >= _LEAST_SIDE and (
        deep / 2**count > _COARSE_RADIUS or (pixels / 4**count > _COARSE_PIXELS and deep / 2 ** (count + 1) > _THIN)
    ):
        count += 1
    return count


def _grown(mask: Mask, by: int) -> Mask:
    side = 2 * by + 1
    return np.asarray(cv2.dilate(mask.view(np.uint8), np.ones((side, side), np.uint8)), dtype=np.bool_)


def _inner(mask: Mask) -> Mask:
    """The mask without pixels whose patch would leave the picture; changed in place."""
    mask[:RADIUS] = mask[-RADIUS:] = False
    mask[:, :RADIUS] = mask[:, -RADIUS:] = False
    return mask


def _positions(mask: Mask) -> Positions:
    return np.flatnonzero(mask).astype(np.int32)


def _places(at: Positions, width: int) -> tuple[Positions, Positions]:
    """Rows and columns of positions; numpy divides many times faster than it gives quotient and rest at once."""
    rows = at // np.int32(width)
    return rows, at - rows * np.int32(width)


def _painted(picture: Picture, at: Positions, colours: Picture) -> None:
    """Put colours at positions of a picture, the four levels of each in one go."""
    picture.view(np.int64).ravel()[at] = colours.view(np.int64).ravel()


def _field(level: Level, deep: float) -> Field | None:
    """The field of a level, every target at its own place yet; None where the hole or the examples have vanished."""
    hole = level.hole
    side = 2 * RADIUS + 1
    valid = cv2.erode(
        level.whole.view(np.uint8), np.ones((side, side), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0
    )
    target = _positions(_inner(_grown(hole, RADIUS)))
    if not target.size or not hole.any() or np.count_nonzero(valid) < _LEAST_SOURCES:
        return None
    index = np.full(hole.shape, -1, np.int32)
    index.ravel()[target] = np.arange(target.size, dtype=np.int32)
    away = cv2.distanceTransform((~hole).view(np.uint8), cv2.DIST_L2, 5)
    np.multiply(away, _FAR * 2.0**level.halvings / (2 * max(deep, 8.0)), out=away)
    penalty = np.minimum(away, _FAR * _FARTHEST, out=away).astype(np.uint16)
    inside = cv2.distanceTransform(hole.view(np.uint8), cv2.DIST_L2, 3, dst=away)
    weight = np.float32(_FADE) ** -np.minimum(inside.ravel()[target], np.float32(40))
    fill = _positions(hole | (_grown(hole, _FOREIGN) & ~level.known))
    return Field(
        level.picture, valid.astype(np.uint8), penalty, index, fill, target, weight, target.copy(), np.ones_like(target)
    )


def _guess(field: Field, level: Level, above: Field | None, core: PatchCore, seed: int) -> None:
    """First sources and first colours of a level: from the level above, or by peeling."""
    rng = np.random.default_rng([seed, level.halvings])
    if above is None:
        rows, columns = np.divmod(field.target, np.int32(field.width))
        origin = _peel(field, level, core, seed, rng).ravel()[field.target]
        has = origin >= 0
        rows[has], columns[has] = np.divmod(origin[has], field.width)
        field.source[:] = _settled(field, rows, columns, rng)
        return
    rows, columns = np.empty_like(field.target), np.empty_like(field.target)

    def some(start: int, stop: int) -> None:
        rows[start:stop], columns[start:stop] = _continued(field.target[start:stop], field.width, above)

    in_bands(some, field.target.size, -(-field.target.size // _CHUNK), core.workers)
    field.source[:] = _settled(field, rows, columns, rng)
    _painted(field.picture, field.fill, core.vote(field, field.picture, field.fill, _SHARP))


def _continued(target: Positions, width: int, above: Field) -> tuple[Positions, Positions]:
    """Rows and columns of the sources that the level above found for the places of some targets."""
    rows, columns = _places(target, width)
    inner_rows = np.clip(rows // 2, RADIUS, above.height - RADIUS - 1)
    inner_columns = np.clip(columns // 2, RADIUS, above.width - RADIUS - 1)
    number = above.index.ravel()[inner_rows * np.int32(above.width) + inner_columns]
    has = number >= 0
    found_rows, found_columns = _places(above.source[number[has]], above.width)
    rows[has] += 2 * (found_rows - inner_rows[has])
    columns[has] += 2 * (found_columns - inner_columns[has])
    return rows, columns


def _peel(field: Field, level: Level, core: PatchCore, seed: int, rng: np.random.Generator) -> Positions:
    """Fill the level ring by ring with single pixels; int32 H×W, where each came from, -1 elsewhere."""
    picture, known = field.picture.reshape(-1, 4), level.known.astype(np.uint8)
    missing = np.zeros(level.hole.shape, np.uint8)
    missing.ravel()[field.fill] = 1
    rings = np.ceil(cv2.distanceTransform(missing, cv2.DIST_L2, 3).ravel()[field.fill] - 0.01).astype(np.int32)
    sources = _positions(field.valid.view(np.bool_))
    tries = min(max(_TRIES // field.fill.size, _LEAST_TRIES), _MOST_TRIES, sources.size)
    origin = np.full(level.hole.shape, -1, np.int32)
    for ring in range(1, int(rings.max()) + 1):
        where = field.fill[rings == ring]
        samples = np.sort(rng.choice(sources, tries, replace=False))
        chosen = core.choose(field, where, known=known, origin=origin, samples=samples, seed=seed + ring)
        picture[where] = picture[chosen]
        known.ravel()[where] = 1
        origin.ravel()[where] = chosen
    return origin


def _settled(field: Field, rows: Positions, columns: Positions, rng: np.random.Generator) -> Positions:
    """Positions of the valid pixels next to the given places; at random where none is near."""
    np.clip(rows, 0, field.height - 1, out=rows)
    np.clip(columns, 0, field.width - 1, out=columns)
    at = rows * np.int32(field.width) + columns
    valid = field.valid.ravel()
    astray = np.flatnonzero(valid[at] == 0)
    for radius in (1, 2, 3, 4, 6, 8, 12, 16, 24, 32):
        for down, right in ((0, 1), (1, 0), (0, -1), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1)):
            if not astray.size:
                return at
            y = np.clip(rows[astray] + down * radius, 0, field.height - 1)
            x = np.clip(columns[astray] + right * radius, 0, field.width - 1)
            near = y * np.int32(field.width) + x
            fine = valid[near] != 0
            at[astray[fine]] = near[fine]
            astray = astray[~fine]
    if astray.size:
        at[astray] = rng.choice(_positions(field.valid.view(np.bool_)), astray.size)
    return at


def _search(field: Field, core: PatchCore, seed: int, *, sweeps: int, reach: int) -> None:
    core.distances(field)
    for sweep in range(sweeps):
        core.search(field, (seed + 101 * sweep) & 0xFFFFFFFF, sweep % 2 == 1, reach)


def _vote(field: Field, core: PatchCore) -> float:
    """Repaint the hole from the sources; mean change in steps."""
    said = core.vote(field, field.picture, field.fill, _SHARP)
    before = field.picture.view(np.int64).ravel()[field.fill].view(np.int16).reshape(-1, 4)
    moved = float(np.abs(said[:, :3] - before[:, :3]).mean())
    _painted(field.picture, field.fill, said)
    return moved


def _colours(field: Field, level: Level, rgb: Rgb, core: PatchCore) -> NDArray[np.float32]:
    """The last vote over the hole, corrected by the membrane of what it misses along the hole's border."""
    wide = rgb.dtype == np.uint16
    colours, zero, step = (_biased(rgb), 32768, 1) if wide else (field.picture, 0, 1 / SCALE)

    def said(at: Positions) -> NDArray[np.float32]:
        vote = core.vote(field, colours, at, _LAST_SHARP)[:, :3].astype(np.float32)
        return (vote + np.float32(zero)) * np.float32(step)

    ring = _positions(_inner(_grown(level.hole, 1) & level.known))
    rows, columns = np.divmod(ring, field.width)
    most = np.float32(_CLIP * (257 if wide else 1))
    residual = np.clip(rgb[rows, columns].astype(np.float32) - said(ring), -most, most)
    box = box_of(level.hole)
    assert box is not None
    box = box.grown(1, field.width, field.height)
    missing = correction(rows - box.top, columns - box.left, residual, (box.height, box.width), _BLUR)
    where = _positions(level.hole)
    out = np.empty((where.size, 3), np.float32)

    def some(start: int, stop: int) -> None:
        y, x = _places(where[start:stop], field.width)
        out[start:stop] = said(where[start:stop]) + missing(y - box.top, x - box.left)

    in_bands(some, where.size, -(-where.size // _CHUNK), core.workers)
    return out


def _biased(rgb: Rgb) -> Picture:
    """16-bit colours moved into the range of int16, so that the last vote keeps all their levels."""
    out = np.zeros((*rgb.shape[:2], 4), np.int16)
    out[..., :3] = (rgb ^ np.uint16(0x8000)).view(np.int16)
    return out
