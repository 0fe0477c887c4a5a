"""FLUX.2 klein fills a hole in four steps (Black Forest Labs; the distilled models of 4 and 9 billion weights)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from delaminate.errors import BadInput
from delaminate.models.device import Device
from delaminate.models.diffusion import picture
from delaminate.pixels import Mask
from delaminate.stages.inpainting.painting import Diffusion


@dataclass(frozen=True)
class Flux2Klein4B(Diffusion):
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
    pipeline: ClassVar[str] = "Flux2KleinInpaintPipeline"

    def __post_init__(self) -> None:
        if self.steps < 1 or self.most < 256 * 256:
            raise BadInput(f"{self.name} needs steps ≥ 1 and most ≥ 65536")

    def _shown(self, shown: NDArray[np.uint8], inside: Mask) -> dict[str, Any]:
        return {"image": picture(shown), "mask_image": picture(inside), "strength": 1.0}


@dataclass(frozen=True)
class Flux2Klein9B(Flux2Klein4B):
    """The larger one; its weights may not be used commercially."""

    checkpoint: str = "flux2-klein-9b"
    name: str = field(default="flux2-klein-9b", init=False)
