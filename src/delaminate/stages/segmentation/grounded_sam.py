"""Grounded SAM: Grounding DINO finds things by their names, SAM 2.1 cuts them out.

Liu et al., "Grounding DINO", ECCV 2024; Ravi et al., "SAM 2", 2024. Both sets of weights are Apache-2.0 and not gated.
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
from delaminate.stages.segmentation.cutouts import Cutout, answered, corners_of
from delaminate.stages.segmentation.embedded.segmenter import Embedded
from delaminate.stages.segmentation.pixel_values import IMAGENET, pixel_values

_MOST_TOKENS = 200
"""Tokens of one question; the detector reads 256."""

_SHORT, _LONG = 800, 1333
_AT_ONCE = 32


@dataclass(eq=False)
class Prepared:
    """One picture and what the models made of it; each looks at it once, when first asked."""

    rgb: Rgb
    sam: Any
    seen_plainly: Any

    @property
    def width(self) -> int:
        return int(self.rgb.shape[1])

    @property
    def height(self) -> int:
        return int(self.rgb.shape[0])

    @cached_property
    def embeddings(self) -> Any:
        """SAM's view of the picture."""
        side = self.sam.config.prompt_encoder_config.image_size
        values = pixel_values(self.rgb, side, side, IMAGENET)
        return self.sam.get_image_embeddings(values.to(self.sam.device, self.sam.dtype))


@dataclass(frozen=True)
class GroundedSam:
    """Finds things by name; text, drawn shapes and what has no name are left to the embedded segmenter.

    Parameters
    ----------
    detector, cutter : names of the weights, or folders that hold them.
    threshold : least score of a detection; it counts as sure from twice that on.
    device : where the models run.
    plain : answers what has no name.

    Notes
    -----
    All names of a plan go through the detector in one pass, and the picture through the cutter once, whatever the
    number of targets. Memory beside the models: a few megabytes, and the masks' boxes.
    """

    detector: str = "grounding-dino"
    cutter: str = "sam2.1"
    threshold: float = 0.3
    device: Device = field(default_factory=Device)
    plain: Embedded = field(default_factory=Embedded)

    def __post_init__(self) -> None:
        if not 0 < self.threshold < 1:
            raise BadInput(f"the threshold of grounded-sam must lie within 0..1, got {self.threshold}")

    @property
    def checkpoints(self) -> tuple[str, ...]:
        return self.detector, self.cutter

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
        with working("grounded-sam"):
            return Prepared(rgb, self._sam(), self.plain.prepare(rgb))

    def __call__(self, prepared: Prepared, plan: Plan, tick: Tick = no_tick) -> tuple[tuple[Found, ...], ...]:
        tick(0.0)
        with working("grounded-sam"):

            def cut(cutouts: list[Cutout]) -> list[Cutout]:
                tick(0.5)
                return self._cut(prepared, cutouts)

            found = answered(
                plan,
                prepared.width,
                prepared.height,
                lambda queries: self._detected(prepared.rgb, queries),
                lambda target, _: self._marked(prepared, target),
                cut,
                lambda rest: self.plain(prepared.seen_plainly, rest, lambda done: tick(0.6 + 0.4 * done)),
            )
        tick(1.0)
        return found

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

    def _detected(self, rgb: Rgb, queries: list[str]) -> dict[str, list[Cutout]]:
        """Boxes for each query."""
        import torch

        tokenizer, model = self._dino()
        height, width = rgb.shape[:2]
        scale = min(_SHORT / min(height, width), _LONG / max(height, width))
        size = max(32, round(width * scale)), max(32, round(height * scale))
        values = pixel_values(rgb, *size, IMAGENET).to(model.device, model.dtype)
        found: dict[str, list[Cutout]] = {query: [] for query in queries}
        for group in _grouped(queries, tokenizer):
            text = ". ".join(group) + "."
            words = tokenizer(text, return_tensors="pt", return_offsets_mapping=True, return_token_type_ids=True)
            offsets = words.pop("offset_mapping")[0].numpy()
            answer = model(pixel_values=values, **words.to(model.device))
            odds = torch.sigmoid(answer.logits[0].float()).cpu().numpy()
            boxes = answer.pred_boxes[0].float().cpu().numpy()
            scores = np.stack([odds[:, _tokens(offsets, *span)].max(axis=1) for span in _spans(group)])
            best = scores.argmax(axis=0)
            for place in np.flatnonzero(scores.max(axis=0) > self.threshold):
                x, y, w, h = (float(v) for v in boxes[place])
                corners = max(x - w / 2, 0.0), max(y - h / 2, 0.0), min(x + w / 2, 1.0), min(y + h / 2, 1.0)
                # From the threshold to twice that the finding grows from unsure to sure.
                score = min(1.0, float(scores[best[place], place]) / (4 * self.threshold) + 0.25)
                found[group[best[place]]].append(Cutout(corners, score))
        return found

    def _marked(self, prepared: Prepared, target: Target) -> list[Cutout]:
        if target.box is not None:
            return [Cutout(corners_of(target.box, prepared.width, prepared.height), 0.9)]
        assert target.point is not None
        x, y = (target.point[0] + 0.5) / prepared.width, (target.point[1] + 0.5) / prepared.height
        return [Cutout((x, y, x, y), 0.8)]

    def _cut(self, prepared: Prepared, cutouts: list[Cutout]) -> list[Cutout]:
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

    def _prompted(self, prepared: Prepared, kind: str, asked: list[Cutout]) -> list[Cutout]:
        import torch

        sam, side = prepared.sam, prepared.sam.config.prompt_encoder_config.image_size
        places = np.array([cutout.corners for cutout in asked], np.float32) * side
        places = places[:, None, :2] if kind == "input_points" else places
        prompt = {kind: torch.from_numpy(places[None]).to(sam.device)}
        # A point leaves open how much of a thing is meant, a box does not.
        answer = sam(
            image_embeddings=[part.clone() for part in prepared.embeddings],
            multimask_output=kind == "input_points",
            **prompt,
        )
        masks = answer.pred_masks[0].float().cpu().numpy()
        best = answer.iou_scores[0].float().argmax(dim=-1).cpu().numpy()
        return [
            Cutout(cutout.corners, cutout.score, np.ascontiguousarray(masks[n, best[n]]))
            for n, cutout in enumerate(asked)
        ]


def _grouped(queries: list[str], tokenizer: Any) -> list[list[str]]:
    """The queries in as few questions as the detector's length allows."""
    groups: list[list[str]] = []
    room = 0
    for query in queries:
        size = len(tokenizer(query)["input_ids"])
        if size > room:
            groups.append([])
            room = _MOST_TOKENS
        groups[-1].append(query)
        room -= size
    return groups


def _spans(group: list[str]) -> list[tuple[int, int]]:
    """First and last character of each query in "a. b. c."."""
    spans, start = [], 0
    for query in group:
        spans.append((start, start + len(query)))
        start += len(query) + 2
    return spans


def _tokens(offsets: np.ndarray[Any, Any], start: int, end: int) -> np.ndarray[Any, Any]:
    """Indices of the tokens whose characters lie within [start, end)."""
    inside = (offsets[:, 0] >= start) & (offsets[:, 1] <= end) & (offsets[:, 1] > offsets[:, 0])
    return np.flatnonzero(inside)
