"""The segmenter of the engine lite: a detector finds what words say, and two cutters compete for its outline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaminate.contracts import Plan, Target, Tick
from delaminate.errors import BadInput
from delaminate.pixels import Box, Mask, Rgb
from delaminate.stages.segmentation.cutouts import Cutout, full_size
from delaminate.stages.segmentation.embedded.figure import FigureNetwork, figure_network
from delaminate.stages.segmentation.lite.cutter import EfficientSam
from delaminate.stages.segmentation.lite.detectors import Detector, DinoLite, OwlVit, missing
from delaminate.stages.segmentation.reading import Reading, Seen

_MARGIN = 0.15
"""How much of its surroundings a thing is judged with, as a share of its longer side."""


@dataclass(frozen=True)
class Lite(Reading):
    """Finds things by name on onnxruntime alone; text, drawn shapes and what has no name are left to `plain`.

    A box is cut out by EfficientSAM and by the embedded segmenter, and the outline is taken that agrees better with
    what the figure network sees in it; without that network EfficientSAM's, without EfficientSAM the embedded one.

    Parameters
    ----------
    detectors : in order of preference; the first that lacks nothing is asked.
    cutter : see above; None leaves all outlines to the embedded segmenter, as does one whose weights are not here.
    threshold : least score of a detection of OWL-ViT; three times that for Grounding DINO, whose scores are higher.

    Notes
    -----
    All names of a plan go through the detector in one run; every thing found costs one run of the cutter.
    """

    detectors: tuple[Detector, ...] = field(default_factory=lambda: (DinoLite(), OwlVit()))
    cutter: EfficientSam | None = field(default_factory=EfficientSam)
    threshold: float = 0.1

    def __post_init__(self) -> None:
        if not 0 < self.threshold < 1 / 3 or not self.detectors:
            raise BadInput(f"lite needs a detector and a threshold within 0..1/3, got {self.threshold}")

    @property
    def _detector(self) -> Detector:
        return next((one for one in self.detectors if not missing(one)), self.detectors[-1])

    @property
    def checkpoints(self) -> tuple[str, ...]:
        cutter = () if self.cutter is None or self.cutter.missing() else (self.cutter.weights,)
        return (*self._detector.checkpoints, *cutter, *self.plain.checkpoints)

    def missing(self) -> str:
        """What to install or fetch first; empty when the stage can work."""
        lacking = missing(self._detector)
        return "fetch the weights: delaminate models pull lite" if lacking.startswith("fetch") else lacking

    def wants(self, rgb: Rgb, plan: Plan) -> str:
        """See `contracts.Wanting`."""
        return self.plain.wants(rgb, plan)

    def _looking(self) -> Callable[[Rgb], Any]:
        return (lambda _: None) if self.cutter is None or self.cutter.missing() else self.cutter.look

    def _read(self, prepared: Seen, queries: list[str], tick: Tick) -> dict[str, list[Cutout]]:
        found = self._detector(prepared.rgb, queries, self.threshold)
        tick(1.0)
        return found

    def _cut(self, prepared: Seen, cutouts: Sequence[Cutout]) -> list[Cutout]:
        judge = figure_network() if self.plain.taught else None
        return [self._outlined(prepared, cutout, judge) for cutout in cutouts]

    def _outlined(self, prepared: Seen, cutout: Cutout, judge: FigureNetwork | None) -> Cutout:
        """A box or point with the better of two outlines."""
        mine = None
        if self.cutter is not None and prepared.view is not None:
            mine = full_size(self.cutter(prepared.view, cutout.corners), prepared.width, prepared.height)
        if mine is not None and judge is None:
            return replace(cutout, whole=mine)
        plain = self._plainly(prepared, cutout)
        if mine is None or plain is None:
            return replace(cutout, whole=mine or plain)
        assert judge is not None
        return replace(cutout, whole=better(prepared.rgb, mine, plain, judge))

    def _plainly(self, prepared: Seen, cutout: Cutout) -> tuple[Box, Mask] | None:
        """The outline of the embedded segmenter."""
        left, top, right, bottom = cutout.corners
        x, y = int(left * prepared.width), int(top * prepared.height)
        x, y = min(x, prepared.width - 1), min(y, prepared.height - 1)
        if right > left:
            corner = max(x + 1, round(right * prepared.width)), max(y + 1, round(bottom * prepared.height))
            target = Target("", name="thing", box=Box(x, y, *corner))
        else:
            target = Target("", name="thing", point=(x, y))
        found = self.plain(prepared.plainly, Plan((target,)))[0]
        return (found[0].box, found[0].mask) if found else None


def better(rgb: Rgb, first: tuple[Box, Mask], second: tuple[Box, Mask], judge: FigureNetwork) -> tuple[Box, Mask]:
    """Of two outlines in a picture, the one that is more like what stands out where they lie; the first in doubt."""
    box = Box(
        min(first[0].left, second[0].left),
        min(first[0].top, second[0].top),
        max(first[0].right, second[0].right),
        max(first[0].bottom, second[0].bottom),
    )
    near = box.grown(max(8, int(_MARGIN * max(box.width, box.height))), rgb.shape[1], rgb.shape[0])
    seen = judge(np.ascontiguousarray(rgb[near.slices]))
    return second if _agreement(second, near, seen) > _agreement(first, near, seen) else first


def _agreement(outline: tuple[Box, Mask], near: Box, seen: NDArray[np.float32]) -> float:
    """Soft intersection over union of an outline and what stands out."""
    box, mask = outline
    part = seen[box.slices_in(near)]
    both = float(part[mask].sum())
    union = float(seen.sum()) + float(np.count_nonzero(mask)) - both
    return both / union if union > 0 else 0.0
