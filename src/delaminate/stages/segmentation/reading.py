"""What segmenters that read have in common: words are looked for, marks are cut out, the embedded one does the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from delaminate.contracts import Found, Plan, Target, Tick, no_tick
from delaminate.pixels import Rgb, check_pixels
from delaminate.stages.segmentation.cutouts import Cutout, answered, corners_of
from delaminate.stages.segmentation.embedded.segmenter import Embedded

_READ = 0.5
"""Progress when everything was looked for; the rest is cutting out."""


@dataclass(eq=False)
class Seen:
    """One picture, and what the models made of it; each looks at it once, when it is first asked."""

    rgb: Rgb
    plainly: Any
    look: Callable[[Rgb], Any]

    @property
    def width(self) -> int:
        return int(self.rgb.shape[1])

    @property
    def height(self) -> int:
        return int(self.rgb.shape[0])

    @cached_property
    def view(self) -> Any:
        """The picture as the model that cuts things out sees it."""
        return self.look(self.rgb)


@dataclass(frozen=True)
class Reading:
    """A segmenter that finds things by what they are called.

    Text, drawn shapes and what has no name are left to the embedded segmenter. A model that reads says, in a class of
    its own, how it looks at a picture, what it finds under words, and what it takes a mark for.

    Parameters
    ----------
    plain : answers what has no name.
    """

    plain: Embedded = field(default_factory=Embedded, kw_only=True)

    def prepare(self, rgb: Rgb, tick: Tick = no_tick) -> Seen:
        """See `contracts.Segmenter`.

        Raises
        ------
        StageFailed
            If the weights are not there or do not fit into memory.
        """
        check_pixels(rgb)
        tick(0.0)
        with self._working():
            return Seen(rgb, self.plain.prepare(rgb), self._looking())

    def __call__(self, prepared: Seen, plan: Plan, tick: Tick = no_tick) -> tuple[tuple[Found, ...], ...]:
        tick(0.0)
        with self._working():

            def cut(cutouts: list[Cutout]) -> list[Cutout]:
                tick(_READ)
                return self._cut(prepared, cutouts)

            found = answered(
                plan,
                prepared.width,
                prepared.height,
                lambda queries: self._read(prepared, queries, lambda done: tick(_READ * done)),
                lambda target, seen: self._marked(prepared, target, seen),
                cut,
                lambda rest: self.plain(prepared.plainly, rest, lambda done: tick(0.6 + 0.4 * done)),
            )
        tick(1.0)
        return found

    def others(self, prepared: Seen, plan: Plan, tick: Tick = no_tick) -> tuple[Found, ...]:
        """See `contracts.Surveyor`."""
        return self.plain.others(prepared.plainly, plan, tick)

    # What a model that reads says of itself; see the classes below this one.

    def _working(self) -> AbstractContextManager[None]:
        """Around all that runs the model."""
        return nullcontext()

    def _looking(self) -> Callable[[Rgb], Any]:
        """How the model looks at a picture; asked once, so that weights that are missing are told at once."""
        raise NotImplementedError

    def _read(self, prepared: Seen, queries: list[str], tick: Tick) -> dict[str, list[Cutout]]:
        """Everything found under each query, cut out or not."""
        raise NotImplementedError

    def _marked(self, prepared: Seen, target: Target, seen: dict[str, list[Cutout]]) -> list[Cutout]:  # noqa: ARG002
        """What answers a target that carries a box or a point: by itself the mark as it is."""
        return [marked(target, prepared.width, prepared.height)]

    def _cut(self, prepared: Seen, cutouts: Sequence[Cutout]) -> list[Cutout]:  # noqa: ARG002
        """Those that were not cut out yet, cut out."""
        return list(cutouts)


def marked(target: Target, width: int, height: int) -> Cutout:
    """A mark as something that is to be cut out; a point is a box without extent."""
    if target.box is not None:
        return Cutout(corners_of(target.box, width, height), 0.9)
    assert target.point is not None
    x, y = (target.point[0] + 0.5) / width, (target.point[1] + 0.5) / height
    return Cutout((x, y, x, y), 0.8)


def detections(
    scores: np.ndarray[Any, Any], boxes: np.ndarray[Any, Any], queries: Sequence[str], threshold: float
) -> dict[str, list[Cutout]]:
    """What a detector found, under the query that each detection suits best.

    Parameters
    ----------
    scores : queries × detections, 0..1.
    boxes : detections × 4: middle x, middle y, width and height as shares of the picture's sides.
    threshold : least score; from there to twice that a finding grows from unsure to sure.
    """
    found: dict[str, list[Cutout]] = {query: [] for query in queries}
    best = scores.argmax(axis=0)
    for place in np.flatnonzero(scores.max(axis=0) > threshold):
        x, y, w, h = (float(v) for v in boxes[place])
        corners = max(x - w / 2, 0.0), max(y - h / 2, 0.0), min(x + w / 2, 1.0), min(y + h / 2, 1.0)
        if corners[0] >= corners[2] or corners[1] >= corners[3]:
            continue
        score = min(1.0, float(scores[best[place], place]) / (4 * threshold) + 0.25)
        found[queries[best[place]]].append(Cutout(corners, score))
    return found
