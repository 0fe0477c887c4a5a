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

from delaminate.contracts import Tick
from delaminate.errors import BadInput
from delaminate.models import weights
from delaminate.models.device import Device, working
from delaminate.models.diffusion import LIBRARIES, loaded, noise, picture, stepping
from delaminate.pixels import Box, Rgb, as_eight_bit
from delaminate.stages.whole.proposing import Proposal, Whole, enlarged

_RATIO = 4.0


@dataclass(frozen=True)
class QwenLayered(Whole):
    """A segmenter whose findings are the layers of the model; it is not told what they hold, and names none.

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

    def _proposed(self, rgb: Rgb, words: str, tick: Tick) -> list[Proposal]:
        """See `Whole`; StageFailed if the weights are not there or memory runs out."""
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
            placed = enlarged(alpha.astype(np.float32) / np.float32(255), rgb.shape[1], rgb.shape[0])
            if placed is not None:
                layers.append(Proposal(*placed))
        return layers


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
