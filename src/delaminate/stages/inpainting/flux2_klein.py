"""FLUX.2 klein fills a hole in four steps (Black Forest Labs; the distilled models of 4 and 9 billion weights)."""

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


@dataclass(frozen=True)
class Flux2Klein4B:
    """Fills from a prompt; Apache-2.0.

    Works on a crop about the hole, with the prompt encoded once per process, from pure noise: with few steps a partial
    strength leaves traces of what it starts from.

    Parameters
    ----------
    checkpoint : name of the weights, or a folder that holds them.
    steps, guidance : as the makers' card has it for the distilled models, which ignore guidance; the pipeline's own
        defaults are for the base model.
    most : pixels of the crop at most; time grows with it.
    device : where the model runs.

    Raises
    ------
    BadInput
        If an option is out of range.
    """

    checkpoint: str = "flux2-klein-4b"
    steps: int = 4
    guidance: float = 1.0
    most: int = 768 * 768
    device: Device = field(default_factory=Device)
    name: str = field(default="flux2-klein-4b", init=False)
    wants_gpu: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.steps < 1 or self.most < 256 * 256:
            raise BadInput(f"{self.name} needs steps ≥ 1 and most ≥ 65536")

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
        words = f"{EMPTY} {prompt}".strip()

        def render(shown: NDArray[np.uint8], inside: Mask) -> NDArray[np.uint8]:
            tick(0.0)
            with working(self.name):
                model = loaded("Flux2KleinInpaintPipeline", self.checkpoint, self.device)
                with model.lock:
                    embedding = model.encoded(words)
                    tick(0.1)
                    made = model.pipeline(
                        image=picture(shown),
                        mask_image=picture(inside),
                        prompt_embeds=embedding,
                        height=shown.shape[0],
                        width=shown.shape[1],
                        strength=1.0,
                        num_inference_steps=self.steps,
                        guidance_scale=self.guidance,
                        generator=noise(seed),
                        callback_on_step_end=stepping(tick, self.steps),
                    )
            return np.asarray(made.images[0].convert("RGB"))

        filled = fill_through(rgb, hole, fit, render, self.name)
        tick(1.0)
        return filled


@dataclass(frozen=True)
class Flux2Klein9B(Flux2Klein4B):
    """The larger one; its weights may not be used commercially."""

    checkpoint: str = "flux2-klein-9b"
    name: str = field(default="flux2-klein-9b", init=False)
