"""SAM 3 finds and cuts out every instance of a concept given in words (Carion et al., "SAM 3", 2025).

The hub hands its weights out on request only; where they are not granted, `grounded-sam` does the work in two steps.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from delaminate.contracts import Found, Plan, Target, Tick, no_tick
from delaminate.errors import BadInput
from delaminate.models import weights
from delaminate.models.device import Device, once, working
from delaminate.pixels import Rgb, check_pixels
from delaminate.stages.segmentation.cutouts import Cutout, answered, corners_of, overlap, query
from delaminate.stages.segmentation.embedded.segmenter import Embedded
from delaminate.stages.segmentation.pixel_values import HALVES, pixel_values

_WORDS = 32
"""Tokens of one concept, padded to that."""


@dataclass(eq=False)
class Prepared:
    """One picture; the model looks at it once, when it is first asked."""

    rgb: Rgb
    model: Any
    seen_plainly: Any

    @property
    def width(self) -> int:
        return int(self.rgb.shape[1])

    @property
    def height(self) -> int:
        return int(self.rgb.shape[0])

    @cached_property
    def embeddings(self) -> Any:
        """The model's view of the picture."""
        side = self.model.config.vision_config.backbone_config.image_size
        values = pixel_values(self.rgb, side, side, HALVES)
        return self.model.get_vision_features(values.to(self.model.device, self.model.dtype))


@dataclass(frozen=True)
class Sam3:
    """Finds things by name; text, drawn shapes and what has no name are left to the embedded segmenter.

    Parameters
    ----------
    checkpoint : name of the weights, or a folder that holds them.
    threshold : least score of a finding.
    device : where the model runs.
    plain : answers what has no name, and boxes and points in which the model finds nothing.

    Notes
    -----
    The picture is encoded once, whatever the number of targets; each further name costs about a tenth of that.
    """

    checkpoint: str = "sam3"
    threshold: float = 0.4
    device: Device = field(default_factory=Device)
    plain: Embedded = field(default_factory=Embedded)

    def __post_init__(self) -> None:
        if not 0 < self.threshold < 1:
            raise BadInput(f"the threshold of sam3 must lie within 0..1, got {self.threshold}")

    @property
    def checkpoints(self) -> tuple[str, ...]:
        return (self.checkpoint,)

    def missing(self) -> str:
        """What to install or fetch first; empty when the stage can work."""
        return weights.missing(*self.checkpoints)

    def prepare(self, rgb: Rgb, tick: Tick = no_tick) -> Prepared:
        """See `contracts.Segmenter`.

        Raises
        ------
        StageFailed
            If the weights are not there or do not fit into memory.
        """
        check_pixels(rgb)
        tick(0.0)
        with working("sam3"):
            _, model = self._loaded()
            return Prepared(rgb, model, self.plain.prepare(rgb))

    def __call__(self, prepared: Prepared, plan: Plan, tick: Tick = no_tick) -> tuple[tuple[Found, ...], ...]:
        tick(0.0)
        with working("sam3"):
            found = answered(
                plan,
                prepared.width,
                prepared.height,
                lambda queries: self._read(prepared, queries, lambda done: tick(0.6 * done)),
                lambda target, seen: _marked(target, seen, prepared.width, prepared.height),
                list,
                lambda rest: self.plain(prepared.seen_plainly, rest, lambda done: tick(0.6 + 0.4 * done)),
            )
        tick(1.0)
        return found

    def _loaded(self) -> tuple[Any, Any]:
        from transformers import AutoTokenizer, Sam3Model

        device, folder = self.device.resolved(), weights.folder(self.checkpoint)

        def load() -> tuple[Any, Any]:
            return AutoTokenizer.from_pretrained(folder), device.model(lambda: Sam3Model.from_pretrained(folder))

        loaded: tuple[Any, Any] = once(("sam3", folder, device), load)
        return loaded

    def _read(self, prepared: Prepared, queries: list[str], tick: Tick) -> dict[str, list[Cutout]]:
        """Everything found under each query, cut out."""
        tokenizer, model = self._loaded()
        found: dict[str, list[Cutout]] = {}
        for number, words in enumerate(queries):
            tick(number / len(queries))
            tokens = tokenizer(words, padding="max_length", max_length=_WORDS, truncation=True, return_tensors="pt")
            answer = model(
                vision_embeds=prepared.embeddings,
                input_ids=tokens["input_ids"].to(model.device),
                attention_mask=tokens["attention_mask"].to(model.device),
            )
            scores = answer.pred_logits[0].float().sigmoid()
            if answer.presence_logits is not None:
                scores = scores * answer.presence_logits[0].float().sigmoid()
            scores = scores.cpu().numpy()
            boxes = answer.pred_boxes[0].float().clamp(0, 1).cpu().numpy()
            found[words] = [
                Cutout(
                    (float(boxes[n, 0]), float(boxes[n, 1]), float(boxes[n, 2]), float(boxes[n, 3])),
                    float(scores[n]),
                    np.ascontiguousarray(answer.pred_masks[0, n].float().cpu().numpy()),
                )
                for n in np.flatnonzero(scores > self.threshold)
            ]
        return found


def _marked(target: Target, seen: dict[str, list[Cutout]], width: int, height: int) -> list[Cutout]:
    """Of what was found under the target's words, what fills its box or covers its point best."""
    candidates = seen.get(query(target), [])
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
