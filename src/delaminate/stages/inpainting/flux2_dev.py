"""FLUX.2 dev edits the crop, and of the edit only the hole is taken (Black Forest Labs, 2025; 32 billion weights)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from delaminate.contracts import Tick, no_tick
from delaminate.errors import BadInput
from delaminate.models import weights
from delaminate.models.device import Device, working
from delaminate.models.diffusion import LIBRARIES, loaded, noise, picture, stepping
from delaminate.pixels import Mask, Rgb
from delaminate.stages.inpainting.crop import EMPTY, Fit, fill_through

_EDIT = "Part of this picture is covered by a smooth blur without any detail. Replace the blur, and keep all else."


@dataclass(frozen=True)
class Flux2Dev:
    """Fills by editing; the weights may not be used commercially.

    There is no inpainting pipeline for this model: it is told of the covered hole in words, re-renders the crop, and
    everything it did outside the hole is dropped.

    Parameters
    ----------
    checkpoint : name of the weights, or a folder that holds them.
    steps, guidance : the pipeline's own defaults, which are made for this model.
    most : pixels of the crop at most, up to 1024².
    device : where the model runs.

    Raises
    ------
    BadInput
        If an option is out of range.
    """

    checkpoint: str = "flux2-dev"
    steps: int = 50
    guidance: float = 4.0
    most: int = 1024 * 1024
    device: Device = field(default_factory=Device)
    name: str = field(default="flux2-dev", init=False)
    wants_gpu: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.steps < 1 or not 256 * 256 <= self.most <= 1024 * 1024:
            raise BadInput("flux2-dev needs steps ≥ 1 and 65536 ≤ most ≤ 1048576")

    @property
    def checkpoints(self) -> tuple[str, ...]:
        return (self.checkpoint,)

    def missing(self) -> str:
        """What to install or fetch first; empty when the stage can work."""
        return weights.missing(self.checkpoint, libraries=LIBRARIES)

    def __call__(
        self,
        rgb: Rgb,
        hole: Mask,
        usable: Mask,  # noqa: ARG002
        *,
        prompt: str = "",
        seed: int = 0,
        tick: Tick = no_tick,
    ) -> Rgb:
        """See `contracts.Inpainter`; all that is not hole is shown to the model.

        Raises
        ------
        StageFailed
            If the weights are not there or memory runs out.
        """
        fit = Fit(16, min(512 * 512, self.most), self.most, 2048, 4.0)
        words = f"{_EDIT} {EMPTY} {prompt}".strip()

        def render(shown: NDArray[np.uint8], _: Mask) -> NDArray[np.uint8]:
            tick(0.0)
            with working(self.name):
                model = loaded("Flux2Pipeline", self.checkpoint, self.device, words_only=True)
                with model.lock:
                    embedding = model.encoded(words)
                    tick(0.1)
                    made = model.pipeline(
                        image=[picture(shown)],
                        prompt_embeds=embedding,
                        height=shown.shape[0],
                        width=shown.shape[1],
                        num_inference_steps=self.steps,
                        guidance_scale=self.guidance,
                        generator=noise(seed),
                        callback_on_step_end=stepping(tick, self.steps),
                    )
            return np.asarray(made.images[0].convert("RGB"))

        filled = fill_through(rgb, hole, fit, render, self.name)
        tick(1.0)
        return filled
