"""Cuts made whole before anything is taken off: left-over pieces join, openings leave, shadows are found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from delaminate.compiled import in_bands, threads
from delaminate.contracts import Found, Shadows, TargetReport, Tick, no_tick
from delaminate.pixels import Box, Mask, Rgb, box_of
from delaminate.splitting.belonging import completed_mask
from delaminate.splitting.overlaps import within
from delaminate.splitting.search import Cut
from delaminate.splitting.shadow import Shadow, reach, shadow_of
from delaminate.stack import Role

LARGEST = 12_000_000
"""Most pixels round a thing that are looked at; a thing that fills a larger picture casts no shadow that shows."""
LEAST = 400
"""Fewest pixels of a thing that is looked at."""
_BODIES = (Role.OBJECT, Role.PERSON, Role.SHAPE)
"""What has pieces and casts shadows; text brings its own mask, and light casts none."""


def completed_cuts(rgb: Rgb, cuts: Sequence[Cut], shadows: Shadows, room: int, tick: Tick = no_tick) -> tuple[Cut, ...]:
    """The cuts with better masks, and with their shadows.

    Parameters
    ----------
    rgb : H×W×3, the picture.
    cuts : front to back.
    room : how many layers may still be added (for `Shadows.OWN`).

    Returns
    -------
    tuple of Cut
        Front to back; a shadow with a layer of its own comes right after its owner.

    Notes
    -----
    Looks at copies of at most 384 pixels a side, one a thing; masks are as large as their boxes.
    """
    whole = _side_by_side(
        cuts, lambda cut: replace(cut, found=_completed(rgb, cut, cuts)), lambda done: tick(0.5 * done)
    )
    if shadows is not Shadows.LEAVE:
        before = whole
        whole = _side_by_side(
            before, lambda cut: replace(cut, shadow=_shadow(rgb, cut, before)), lambda done: tick(0.5 + 0.5 * done)
        )
        whole = _once(whole)
    return tuple(_apart(whole, room)) if shadows is Shadows.OWN else tuple(whole)


def with_shadows(reports: Sequence[TargetReport], cuts: Sequence[Cut]) -> tuple[TargetReport, ...]:
    """The reports with the layers that shadows of their things became."""
    own = [cut for cut in cuts if cut.found.role is Role.SHADOW and cut.shadow is not None]
    return tuple(
        replace(report, layers=(*report.layers, *(cut.id for cut in own if cut.target == place)))
        for place, report in enumerate(reports)
    )


def _side_by_side(cuts: Sequence[Cut], work: Callable[[Cut], Cut], tick: Tick) -> list[Cut]:
    """What becomes of each cut, as many at a time as there are cores; none needs what becomes of another."""
    out = list(cuts)

    def some(start: int, stop: int) -> None:
        out[first + start : first + stop] = [work(cut) for cut in cuts[first + start : first + stop]]

    for first in range(0, len(out), threads()):
        tick(first / len(out))
        count = min(threads(), len(out) - first)
        in_bands(some, count, count)
    return out


def _looked_at(cut: Cut, box: Box) -> bool:
    return cut.found.role in _BODIES and int(cut.found.mask.sum()) >= LEAST and box.area <= LARGEST


def _others(cut: Cut, cuts: Sequence[Cut], box: Box) -> Mask:
    out = np.zeros((box.height, box.width), np.bool_)
    for other in cuts:
        if other.id != cut.id and other.found.box.meets(box):
            out |= within(other.found, box)
    return out


def _completed(rgb: Rgb, cut: Cut, cuts: Sequence[Cut]) -> Found:
    found = cut.found
    box = reach(found.box, rgb.shape[1], rgb.shape[0])
    if found.alpha is not None or found.drawn or not _looked_at(cut, box):
        return found
    before = within(found, box)
    # What lies on the thing is no opening in it, and no piece of it.
    mask = completed_mask(rgb[box.slices], before, _others(cut, cuts, box) & ~before)
    inner = box_of(mask)
    if mask is before or inner is None:
        return found
    return replace(found, box=inner.shifted(box.left, box.top), mask=np.ascontiguousarray(mask[inner.slices]))


def _shadow(rgb: Rgb, cut: Cut, cuts: Sequence[Cut]) -> Shadow | None:
    box = reach(cut.found.box, rgb.shape[1], rgb.shape[0])
    if not _looked_at(cut, box):
        return None
    mask = within(cut.found, box)
    return shadow_of(rgb[box.slices], mask, _others(cut, cuts, box) & ~mask, box)


def _once(cuts: Sequence[Cut]) -> list[Cut]:
    """The cuts with no more light in two shadows that overlap than is gone there: each was measured as if alone."""
    out: list[Cut] = []
    for cut in cuts:
        if cut.shadow is None:
            out.append(cut)
            continue
        box, light = cut.shadow.box, cut.shadow.light
        for nearer in out:
            if nearer.shadow is not None and nearer.shadow.box.meets(box):
                light = np.minimum(light / nearer.shadow.over(box), np.float32(1))
        out.append(replace(cut, shadow=Shadow(box, light)))
    return out


def _apart(cuts: Sequence[Cut], room: int) -> Iterator[Cut]:
    """Each cut, and after it its shadow as a cut, while there is room for one more layer."""
    number = len(cuts)
    for cut in cuts:
        shadow = cut.shadow
        if shadow is None or room <= number - len(cuts):
            yield cut
            continue
        number += 1
        yield replace(cut, apart=True)
        dark = np.asarray(shadow.light.min(axis=2) < 0.98)
        yield Cut(
            f"l{number}",
            cut.target,
            Found(
                shadow.box,
                dark,
                f"shadow of {cut.found.name}",
                Role.SHADOW,
                confidence=cut.found.confidence,
                alpha=np.zeros(dark.shape, np.float32),
            ),
            shadow,
        )
