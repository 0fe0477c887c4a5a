"""Models that decompose a whole picture at once: of their layers only the alpha is taken, at the picture's full size.

Such a model paints every layer anew, smaller than the picture is. What it proposes becomes findings like any other
segmenter's; colours, what lies behind, and the proof come from the peel loop.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from delaminate.contracts import Found, Kind, Plan, Target, Tick, no_tick
from delaminate.pixels import Alpha, Box, Rgb, around, box_of, check_pixels

_FLOOR = 12 / 255
"""Alpha below this is the model's noise."""

_UNASKED = "This model cannot be told what its layers hold; use an engine that understands words to name things."


@dataclass(frozen=True, eq=False)
class Proposal:
    """A layer as a model proposes it: where it lies, what it covers, and what the model calls it, "" for nothing."""

    box: Box
    alpha: Alpha
    name: str = ""


@dataclass(eq=False)
class Prepared:
    """One picture and the layers proposed for it, back to front, by the words they were asked with."""

    rgb: Rgb
    proposals: dict[str, list[Proposal]] = field(default_factory=dict)


class Whole:
    """A segmenter whose findings are the layers of a model that decides itself what a layer holds.

    A layer that the model calls as a target is called answers that target. All others answer the target that asks for
    everything or names nothing, and with little confidence the first one where there is no such target.
    """

    def prepare(self, rgb: Rgb, tick: Tick = no_tick) -> Prepared:
        """See `contracts.Segmenter`."""
        check_pixels(rgb)
        tick(0.0)
        return Prepared(rgb)

    def __call__(self, prepared: Prepared, plan: Plan, tick: Tick = no_tick) -> tuple[tuple[Found, ...], ...]:
        """The layers, largest first.

        Raises
        ------
        StageFailed
            If the model does not answer.
        """
        tick(0.0)
        if not plan.targets:
            return ()
        words = ", ".join(target.description or target.phrase for target in plan.targets)
        if words not in prepared.proposals:
            prepared.proposals[words] = self._proposed(prepared.rgb, words, tick)
        numbered = list(enumerate(prepared.proposals[words], 1))
        named = [_called(numbered, target) for target in plan.targets]
        taken = {number for rows in named for number, _ in rows}
        left = [row for row in numbered if row[0] not in taken]
        at = next((place for place, target in enumerate(plan.targets) if _is_open(target)), None)
        found = [_findings(rows, target, True) for rows, target in zip(named, plan.targets, strict=True)]
        if at is not None or not taken:
            found[at or 0] = _findings(left, plan.targets[at or 0], at is not None)
        tick(1.0)
        return tuple(found)

    def _proposed(self, rgb: Rgb, words: str, tick: Tick) -> list[Proposal]:
        """The layers but for the background, from back to front."""
        raise NotImplementedError


def enlarged(alpha: Alpha, width: int, height: int) -> tuple[Box, Alpha] | None:
    """Alpha at width × height pixels on the box of what it covers; None where it covers nothing."""
    alpha = np.where(alpha < _FLOOR, np.float32(0), alpha)
    seen = box_of(alpha)
    if seen is None:
        return None
    h, w = alpha.shape
    x, y = w / width, h / height
    box = Box(
        max(int((seen.left - 1) / x), 0),
        max(int((seen.top - 1) / y), 0),
        min(int((seen.right + 1) / x) + 1, width),
        min(int((seen.bottom + 1) / y) + 1, height),
    )
    back = np.array([[x, 0, (box.left + 0.5) * x - 0.5], [0, y, (box.top + 0.5) * y - 0.5]])
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    full = cv2.warpAffine(alpha, back, (box.width, box.height), flags=how, borderMode=cv2.BORDER_REPLICATE)
    full = np.clip(np.asarray(full, np.float32), 0, 1)
    inner = box_of(full > 0.5)
    if inner is None:
        return None
    soft = box_of(full)
    assert soft is not None
    return soft.shifted(box.left, box.top), np.ascontiguousarray(full[soft.slices])


def _is_open(target: Target) -> bool:
    """Whether a target leaves open what is found."""
    named = target.noun or target.box is not None or target.point is not None
    return target.kind in {Kind.ANYTHING, Kind.SUBJECT} or (target.kind is Kind.OBJECT and not named)


def _called(rows: list[tuple[int, Proposal]], target: Target) -> list[tuple[int, Proposal]]:
    """The layers that have every word of a target's name in theirs, else of its noun where no colour tells more."""
    found: list[tuple[int, Proposal]] = []
    for words in (target.name, "" if target.colours else target.noun):
        wanted = set(words.casefold().split())
        if wanted and not found and not _is_open(target):
            found = [row for row in rows if wanted <= set(row[1].name.casefold().split())]
    return found


def _findings(rows: list[tuple[int, Proposal]], target: Target, sure: bool) -> tuple[Found, ...]:
    """Layers, each with its number from the back, as what answers a target."""
    if not target.each and len(rows) > 1:
        rows = [(rows[0][0], _united([layer for _, layer in rows]))]
    found = []
    for number, layer in rows:
        name = layer.name or (target.name if target.name and len(rows) == 1 else f"{target.name or 'layer'} {number}")
        confidence, advice = (0.6, "") if sure else (0.3, _UNASKED)
        mask = layer.alpha > 0.5
        found.append(
            Found(layer.box, mask, name, confidence=confidence, advice=advice, front=number, alpha=layer.alpha)
        )
    found.sort(key=lambda f: -int(f.mask.sum()))
    return tuple(found if target.count is None else found[: target.count])


def _united(layers: list[Proposal]) -> Proposal:
    whole = around([layer.box for layer in layers])
    union = np.zeros((whole.height, whole.width), np.float32)
    for layer in layers:
        part = union[layer.box.slices_in(whole)]
        np.maximum(part, layer.alpha, out=part)
    return Proposal(whole, union)
