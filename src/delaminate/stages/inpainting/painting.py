"""What fills that paint from words have in common: a crop about the hole, a prompt, a picture back through the hole."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from delaminate.contracts import Tick, no_tick
from delaminate.models import weights
from delaminate.models.device import working
from delaminate.models.diffusion import LIBRARIES, loaded, noise, stepping
from delaminate.pixels import Mask, Rgb
from delaminate.stages.inpainting.crop import EMPTY, Fit, fill_through

if TYPE_CHECKING:
    from delaminate.models.device import Device


class Painter(ABC):
    """An inpainter that is told in words what to paint; all of the crop that is not hole is shown to the model."""

    name: str
    task: ClassVar[str] = EMPTY
    """What every prompt begins with."""

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
        """See `contracts.Inpainter`.

        Raises
        ------
        StageFailed
            If the model is not there, cannot be asked, or does not answer with a picture.
        """
        words = f"{self.task} {prompt}".strip()

        def render(shown: NDArray[np.uint8], inside: Mask) -> NDArray[np.uint8]:
            return self._painted(shown, inside, words, seed, tick)

        filled = fill_through(rgb, hole, self._fit(), render, self.name)
        tick(1.0)
        return filled

    @abstractmethod
    def _fit(self) -> Fit:
        """The sizes that the model works at."""

    @abstractmethod
    def _painted(self, shown: NDArray[np.uint8], inside: Mask, words: str, seed: int, tick: Tick) -> NDArray[np.uint8]:
        """What the model makes of a crop h×w×3, its hole and a prompt: a picture of the same size."""


class Diffusion(Painter):
    """One that runs a pipeline of diffusers' here: seeded noise, one fill at a time, the prompt encoded once."""

    checkpoint: str
    steps: int
    guidance: float
    most: int
    device: Device
    wants_gpu: ClassVar[bool] = True
    pipeline: ClassVar[str]
    """The class of diffusers'."""
    words_only: ClassVar[bool] = False

    @property
    def checkpoints(self) -> tuple[str, ...]:
        return (self.checkpoint,)

    def missing(self) -> str:
        """What to install or fetch first; empty when the stage can work."""
        return weights.missing(self.checkpoint, libraries=LIBRARIES)

    def _fit(self) -> Fit:
        return Fit(16, min(512 * 512, self.most), self.most, 2048, 4.0)

    def _painted(self, shown: NDArray[np.uint8], inside: Mask, words: str, seed: int, tick: Tick) -> NDArray[np.uint8]:
        tick(0.0)
        with working(self.name):
            model = loaded(self.pipeline, self.checkpoint, self.device, words_only=self.words_only)
            with model.lock:
                embedding = model.encoded(words)
                tick(0.1)
                made = model.pipeline(
                    **self._shown(shown, inside),
                    prompt_embeds=embedding,
                    height=shown.shape[0],
                    width=shown.shape[1],
                    num_inference_steps=self.steps,
                    guidance_scale=self.guidance,
                    generator=noise(seed),
                    callback_on_step_end=stepping(tick, self.steps),
                )
        return np.asarray(made.images[0].convert("RGB"))

    @abstractmethod
    def _shown(self, shown: NDArray[np.uint8], inside: Mask) -> dict[str, Any]:
        """The crop and its hole as this pipeline takes them."""
