"""SAM 3 finds and cuts out every instance of a concept given in words (Carion et al., "SAM 3", 2025).

The hub hands its weights out on request only; where they are not granted, `grounded-sam` does the work in two steps.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from delaminate.contracts import Target, Tick
from delaminate.errors import BadInput
from delaminate.models import weights
from delaminate.models.device import Device, once, working
from delaminate.pixels import Rgb
from delaminate.stages.segmentation.cutouts import Corners, Cutout, corners_of, overlap, query
from delaminate.stages.segmentation.pixel_values import HALVES, pixel_values
from delaminate.stages.segmentation.reading import Reading, Seen

_ANY = "visual"
"""What the model was taught to read where only a box is given."""

_WORDS = 32
"""Tokens of one concept, padded to that."""


@dataclass(frozen=True)
class Sam3(Reading):
    """Finds things by name; text, drawn shapes and what has no name are left to the embedded segmenter.

    Parameters
    ----------
    checkpoint : name of the weights, or a folder that holds them.
    threshold : least score of a finding.
    device : where the model runs.

    Notes
    -----
    The picture is encoded once, whatever the number of targets; each further name costs about a tenth of that.
    """

    checkpoint: str = "sam3"
    threshold: float = 0.4
    device: Device = field(default_factory=Device)

    def __post_init__(self) -> None:
        if not 0 < self.threshold < 1:
            raise BadInput(f"the threshold of sam3 must lie within 0..1, got {self.threshold}")

    @property
    def checkpoints(self) -> tuple[str, ...]:
        return (self.checkpoint,)

    def missing(self) -> str:
        """What to install or fetch first; empty when the stage can work."""
        return weights.missing(*self.checkpoints)

    def _working(self) -> AbstractContextManager[None]:
        return working("sam3")

    def _looking(self) -> Callable[[Rgb], Any]:
        _, model = self._loaded()

        def look(rgb: Rgb) -> Any:
            side = model.config.vision_config.backbone_config.image_size
            values = pixel_values(rgb, side, side, HALVES)
            return model.get_vision_features(values.to(model.device, model.dtype))

        return look

    def _loaded(self) -> tuple[Any, Any]:
        from transformers import AutoTokenizer, Sam3Model

        device, folder = self.device.resolved(), weights.folder(self.checkpoint)

        def load() -> tuple[Any, Any]:
            return AutoTokenizer.from_pretrained(folder), device.model(lambda: Sam3Model.from_pretrained(folder))

        loaded: tuple[Any, Any] = once(("sam3", folder, device), load)
        return loaded

    def _read(self, prepared: Seen, queries: list[str], tick: Tick) -> dict[str, list[Cutout]]:
        """Everything found under each query, cut out."""
        found: dict[str, list[Cutout]] = {}
        for number, words in enumerate(queries):
            tick(number / len(queries))
            found[words] = self._asked(prepared, words, None)
        return found

    def _marked(self, prepared: Seen, target: Target, seen: dict[str, list[Cutout]]) -> list[Cutout]:
        """What was found under the target's words where its mark is; else what the model takes its box for."""
        found = _meant(target, seen.get(query(target), []), prepared.width, prepared.height)
        # Its encoder of boxes samples what it saw with an operator of torchvision's.
        if found or target.box is None or importlib.util.find_spec("torchvision") is None:
            return found
        corners = corners_of(target.box, prepared.width, prepared.height)
        return _meant(target, self._asked(prepared, _ANY, corners), prepared.width, prepared.height)

    def _asked(self, prepared: Seen, words: str, corners: Corners | None) -> list[Cutout]:
        """What the model finds under words, or like what a box holds."""
        import torch

        tokenizer, model = self._loaded()
        tokens = tokenizer(words, padding="max_length", max_length=_WORDS, truncation=True, return_tensors="pt")
        box = {}
        if corners is not None:
            left, top, right, bottom = corners
            shares = [[[(left + right) / 2, (top + bottom) / 2, right - left, bottom - top]]]
            box = {"input_boxes": torch.tensor(shares, dtype=model.dtype, device=model.device)}
        answer = model(
            vision_embeds=prepared.view,
            input_ids=tokens["input_ids"].to(model.device),
            attention_mask=tokens["attention_mask"].to(model.device),
            **box,
        )
        scores = answer.pred_logits[0].float().sigmoid()
        if answer.presence_logits is not None:
            scores = scores * answer.presence_logits[0].float().sigmoid()
        scores = scores.cpu().numpy()
        boxes = answer.pred_boxes[0].float().clamp(0, 1).cpu().numpy()
        return [
            Cutout(
                (float(boxes[n, 0]), float(boxes[n, 1]), float(boxes[n, 2]), float(boxes[n, 3])),
                float(scores[n]),
                np.ascontiguousarray(answer.pred_masks[0, n].float().cpu().numpy()),
            )
            for n in np.flatnonzero(scores > self.threshold)
        ]


def _meant(target: Target, candidates: list[Cutout], width: int, height: int) -> list[Cutout]:
    """Of what was found, what fills the target's box or covers its point best."""
    if target.box is not None:
        wanted = corners_of(target.box, width, height)
        best = max(candidates, key=lambda c: overlap(c.corners, wanted), default=None)
        return [best] if best is not None and overlap(best.corners, wanted) > 0.5 else []
    assert target.point is not None
    x, y = target.point[0] / width, target.point[1] / height
    covering = [c for c in candidates if c.corners[0] <= x <= c.corners[2] and c.corners[1] <= y <= c.corners[3]]
    return (
        [min(covering, key=lambda c: (c.corners[2] - c.corners[0]) * (c.corners[3] - c.corners[1]))] if covering else []
    )
