"""Grounded SAM: Grounding DINO finds things by their names, SAM 2.1 cuts them out.

Liu et al., "Grounding DINO", ECCV 2024; Ravi et al., "SAM 2", 2024. Both sets of weights are Apache-2.0 and not gated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from delaminate.contracts import Tick
from delaminate.errors import BadInput
from delaminate.models import weights
from delaminate.models.device import Device, once, working
from delaminate.pixels import Rgb
from delaminate.stages.segmentation.cutouts import Cutout
from delaminate.stages.segmentation.pixel_values import IMAGENET, pixel_values
from delaminate.stages.segmentation.questions import by_query, grouped, question
from delaminate.stages.segmentation.reading import Reading, Seen, detections

_SHORT, _LONG = 800, 1333
_AT_ONCE = 32


@dataclass(frozen=True)
class GroundedSam(Reading):
    """Finds things by name; text, drawn shapes and what has no name are left to the embedded segmenter.

    Parameters
    ----------
    detector, cutter : names of the weights, or folders that hold them.
    threshold : least score of a detection; it counts as sure from twice that on.
    device : where the models run.

    Notes
    -----
    All names of a plan go through the detector in one pass, and the picture through the cutter once, whatever the
    number of targets. Memory beside the models: a few megabytes, and the masks' boxes.
    """

    detector: str = "grounding-dino"
    cutter: str = "sam2.1"
    threshold: float = 0.3
    device: Device = field(default_factory=Device)

    def __post_init__(self) -> None:
        if not 0 < self.threshold < 1:
            raise BadInput(f"the threshold of grounded-sam must lie within 0..1, got {self.threshold}")

    @property
    def checkpoints(self) -> tuple[str, ...]:
        return self.detector, self.cutter

    def missing(self) -> str:
        """What to install or fetch first; empty when the stage can work."""
        return weights.missing(*self.checkpoints)

    def _working(self) -> AbstractContextManager[None]:
        return working("grounded-sam")

    def _looking(self) -> Callable[[Rgb], Any]:
        sam = self._sam()

        def look(rgb: Rgb) -> Any:
            side = sam.config.prompt_encoder_config.image_size
            values = pixel_values(rgb, side, side, IMAGENET)
            return sam.get_image_embeddings(values.to(sam.device, sam.dtype))

        return look

    def _sam(self) -> Any:
        from transformers import Sam2Model

        device, folder = self.device.resolved(), weights.folder(self.cutter)
        return once(("sam2", folder, device), lambda: device.model(lambda: Sam2Model.from_pretrained(folder)))

    def _dino(self) -> tuple[Any, Any]:
        from transformers import AutoTokenizer, GroundingDinoForObjectDetection

        device, folder = self.device.resolved(), weights.folder(self.detector)

        def load() -> tuple[Any, Any]:
            model = device.model(lambda: GroundingDinoForObjectDetection.from_pretrained(folder))
            return AutoTokenizer.from_pretrained(folder), model

        loaded: tuple[Any, Any] = once(("grounding-dino", folder, device), load)
        return loaded

    def _read(self, prepared: Seen, queries: list[str], tick: Tick) -> dict[str, list[Cutout]]:
        """Boxes for each query."""
        import torch

        tokenizer, model = self._dino()
        height, width = prepared.height, prepared.width
        scale = min(_SHORT / min(height, width), _LONG / max(height, width))
        size = max(32, round(width * scale)), max(32, round(height * scale))
        values = pixel_values(prepared.rgb, *size, IMAGENET).to(model.device, model.dtype)
        found: dict[str, list[Cutout]] = {query: [] for query in queries}
        for group in grouped(queries, lambda query: len(tokenizer(query)["input_ids"])):
            words = tokenizer(
                question(group), return_tensors="pt", return_offsets_mapping=True, return_token_type_ids=True
            )
            offsets = words.pop("offset_mapping")[0].numpy()
            answer = model(pixel_values=values, **words.to(model.device))
            odds = torch.sigmoid(answer.logits[0].float()).cpu().numpy()
            boxes = answer.pred_boxes[0].float().cpu().numpy()
            found |= detections(by_query(odds, offsets, group), boxes, group, self.threshold)
        tick(1.0)
        return found

    def _cut(self, prepared: Seen, cutouts: Sequence[Cutout]) -> list[Cutout]:
        """Cut out boxes; a box without extent is a point."""
        done: list[Cutout] = []
        for start in range(0, len(cutouts), _AT_ONCE):
            part = cutouts[start : start + _AT_ONCE]
            points = [c for c in part if c.corners[0] == c.corners[2]]
            boxes = [c for c in part if c.corners[0] != c.corners[2]]
            for kind, asked in (("input_points", points), ("input_boxes", boxes)):
                if asked:
                    done += self._prompted(prepared, kind, asked)
        return sorted(done, key=lambda c: [o.corners for o in cutouts].index(c.corners))

    def _prompted(self, prepared: Seen, kind: str, asked: list[Cutout]) -> list[Cutout]:
        import torch

        sam = self._sam()
        side = sam.config.prompt_encoder_config.image_size
        places = np.array([cutout.corners for cutout in asked], np.float32) * side
        places = places[:, None, :2] if kind == "input_points" else places
        prompt = {kind: torch.from_numpy(places[None]).to(sam.device)}
        # A point leaves open how much of a thing is meant, a box does not.
        answer = sam(
            image_embeddings=[part.clone() for part in prepared.view],
            multimask_output=kind == "input_points",
            **prompt,
        )
        masks = answer.pred_masks[0].float().cpu().numpy()
        best = answer.iou_scores[0].float().argmax(dim=-1).cpu().numpy()
        return [
            Cutout(cutout.corners, cutout.score, np.ascontiguousarray(masks[n, best[n]]))
            for n, cutout in enumerate(asked)
        ]
