"""FLUX.2 dev edits the crop, and of the edit only the hole is taken (Black Forest Labs, 2025; 32 billion weights)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from delaminate.errors import BadInput
from delaminate.models.device import Device
from delaminate.models.diffusion import picture
from delaminate.pixels import Mask
from delaminate.stages.inpainting.crop import EMPTY
from delaminate.stages.inpainting.painting import Diffusion

_EDIT = "Part of this picture is covered by a smooth blur without any detail. Replace the blur, and keep all else."


@dataclass(frozen=True)
class Flux2Dev(Diffusion):
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
    pipeline: ClassVar[str] = "Flux2Pipeline"
    words_only: ClassVar[bool] = True
    task: ClassVar[str] = f"{_EDIT} {EMPTY}"

    def __post_init__(self) -> None:
        if self.steps < 1 or not 256 * 256 <= self.most <= 1024 * 1024:
            raise BadInput("flux2-dev needs steps ≥ 1 and 65536 ≤ most ≤ 1048576")

    def _shown(self, shown: NDArray[np.uint8], inside: Mask) -> dict[str, Any]:  # noqa: ARG002 - words tell of the hole
        return {"image": [picture(shown)]}
