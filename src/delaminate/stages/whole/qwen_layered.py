"""Qwen-Image-Layered proposes a whole stack; of its layers only the alpha is taken (Yin et al., arXiv 2512.15603).

The model paints every layer anew at about 640 or 1024 pixels. Here its alpha says what belongs to a layer, at the full
size of the picture; colours, what lies behind, and the proof come from the peel loop, as with any other engine.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.contracts import Found, Kind, Plan, Target, Tick, no_tick
from delaminate.errors import BadInput
from delaminate.models import weights
from delaminate.models.device import Device, working
from delaminate.models.diffusion import LIBRARIES, loaded, noise, picture, stepping
from delaminate.pixels import Alpha, Box, Rgb, around, as_eight_bit, box_of, check_pixels

_FLOOR = 12 / 255
"""Alpha below this is the model's noise."""

_RATIO = 4.0
_UNASKED = "This model cannot be told what its layers hold; use an engine that understands words to name things."


@dataclass(eq=False)
class Prepared:
    """One picture and the layers proposed for it, by the words they were asked with."""

    rgb: Rgb
    proposals: dict[str, list[tuple[Box, Alpha]]] = field(default_factory=dict)


@dataclass(frozen=True)
class QwenLayered:
    """A segmenter whose findings are the layers of a model that decomposes the whole picture at once.

    It decides itself what a layer holds, so its layers answer the target that asks for everything or names nothing,
    and with little confidence the first one where there is no such target.

    Parameters
    ----------
    checkpoint : name of the weights, or a folder that holds them.
    layers : how many to propose, the background counted.
    resolution : 640, which its makers recommend, or 1024: the square whose area the model works at.
    steps, guidance : as its makers' example has them.
    seed : of the noise it starts from.
    device : where the model runs.

    Raises
    ------
    BadInput
        If an option is out of range.
    """

    checkpoint: str = "qwen-image-layered"
    layers: int = 4
    resolution: Literal[640, 1024] = 640
    steps: int = 50
    guidance: float = 4.0
    seed: int = 0
    device: Device = field(default_factory=Device)

    def __post_init__(self) -> None:
        if not 2 <= self.layers <= 16 or self.resolution not in (640, 1024) or self.steps < 1:
            raise BadInput("qwen-layered needs 2 to 16 layers, a resolution of 640 or 1024, and steps ≥ 1")

    @property
    def checkpoints(self) -> tuple[str, ...]:
        return (self.checkpoint,)

    def missing(self) -> str:
        """What to install or fetch first; empty when the stage can work."""
        return weights.missing(self.checkpoint, libraries=LIBRARIES)

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
            If the weights are not there or memory runs out.
        """
        tick(0.0)
        if not plan.targets:
            return ()
        at = next((place for place, target in enumerate(plan.targets) if _is_open(target)), None)
        words = ", ".join(target.description or target.phrase for target in plan.targets)
        if words not in prepared.proposals:
            prepared.proposals[words] = self._proposed(prepared.rgb, words, tick)
        found = _findings(prepared.proposals[words], plan.targets[at or 0], sure=at is not None)
        tick(1.0)
        return tuple(found if place == (at or 0) else () for place in range(len(plan.targets)))

    def _proposed(self, rgb: Rgb, words: str, tick: Tick) -> list[tuple[Box, Alpha]]:
        """Where each layer but the background lies and what it covers, from back to front."""
        shown, inner = _shown(rgb, self.resolution)
        with working("qwen-layered"):
            # The processor describes pictures that come without words, and needs torchvision.
            model = loaded("QwenImageLayeredPipeline", self.checkpoint, self.device, without=("processor",))
            with model.lock:
                made = model.pipeline(
                    image=picture(np.dstack([shown, np.full(shown.shape[:2], 255, np.uint8)])),
                    prompt=words,
                    negative_prompt=" ",
                    true_cfg_scale=self.guidance,
                    layers=self.layers,
                    resolution=self.resolution,
                    num_inference_steps=self.steps,
                    cfg_normalize=True,
                    generator=noise(self.seed),
                    callback_on_step_end=stepping(tick, self.steps),
                )
        layers = []
        for image in made.images[0][1:]:
            alpha = np.asarray(image.convert("RGBA").resize(shown.shape[1::-1]))[inner.slices][..., 3]
            enlarged = _enlarged(alpha.astype(np.float32) / np.float32(255), rgb.shape[1], rgb.shape[0])
            if enlarged is not None:
                layers.append(enlarged)
        return layers


def _is_open(target: Target) -> bool:
    """Whether a target leaves open what is found."""
    named = target.noun or target.box is not None or target.point is not None
    return target.kind in {Kind.ANYTHING, Kind.SUBJECT} or (target.kind is Kind.OBJECT and not named)


def _shown(rgb: Rgb, resolution: int) -> tuple[NDArray[np.uint8], Box]:
    """The picture at about the model's area, and where it lies in it: what is too long is padded with its own edge."""
    height, width = rgb.shape[:2]
    wide, high = max(width, height / _RATIO), max(height, width / _RATIO)
    scale = resolution / float(np.sqrt(wide * high))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = np.asarray(cv2.resize(as_eight_bit(rgb), size, interpolation=how), np.uint8)
    right, bottom = max(0, round(wide * scale) - size[0]), max(0, round(high * scale) - size[1])
    return np.asarray(cv2.copyMakeBorder(small, 0, bottom, 0, right, cv2.BORDER_REPLICATE), np.uint8), Box(0, 0, *size)


def _enlarged(alpha: Alpha, width: int, height: int) -> tuple[Box, Alpha] | None:
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


def _findings(layers: list[tuple[Box, Alpha]], target: Target, sure: bool) -> tuple[Found, ...]:
    if not target.each and len(layers) > 1:
        layers = [_united(layers)]
    found = []
    for number, (box, alpha) in enumerate(layers, 1):
        name = target.name if target.name and len(layers) == 1 else f"{target.name or 'layer'} {number}"
        confidence, advice = (0.6, "") if sure else (0.3, _UNASKED)
        found.append(Found(box, alpha > 0.5, name, confidence=confidence, advice=advice, front=number, alpha=alpha))
    found.sort(key=lambda f: -int(f.mask.sum()))
    return tuple(found if target.count is None else found[: target.count])


def _united(layers: list[tuple[Box, Alpha]]) -> tuple[Box, Alpha]:
    whole = around([box for box, _ in layers])
    union = np.zeros((whole.height, whole.width), np.float32)
    for box, alpha in layers:
        part = union[box.slices_in(whole)]
        np.maximum(part, alpha, out=part)
    return whole, union
