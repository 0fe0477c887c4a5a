"""ViTMatte: matting from a trimap with a plain vision transformer (Yao et al., Information Fusion 2024)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaminate.contracts import Tick, no_tick
from delaminate.errors import BadInput
from delaminate.models import weights
from delaminate.models.device import Device, once, working
from delaminate.pixels import Alpha, Mask, Rgb
from delaminate.stages.matting.refined import refine
from delaminate.stages.matting.trimap import Trimap

_MULTIPLE = 32


@dataclass(frozen=True)
class VitMatte:
    """Mask → alpha; good at hair and fur.

    Parameters
    ----------
    checkpoint : name of the weights, or a folder that holds them.
    radius : half the width of the band the model decides, as a share of the thing's longer side.
    most : pixels the model is shown at most; memory and time grow with it.
    device : where the model runs.

    Raises
    ------
    BadInput
        If an option is out of range.
    """

    checkpoint: str = "vitmatte"
    radius: float = 0.02
    most: int = 1536 * 1024
    device: Device = field(default_factory=Device)

    def __post_init__(self) -> None:
        if not 0 < self.radius < 0.5 or self.most < 64 * 64:
            raise BadInput("vitmatte needs 0 < radius < 0.5 and most ≥ 4096")

    @property
    def checkpoints(self) -> tuple[str, ...]:
        return (self.checkpoint,)

    def missing(self) -> str:
        """What to install or fetch first; empty when the stage can work."""
        return weights.missing(self.checkpoint)

    def __call__(self, rgb: Rgb, mask: Mask, tick: Tick = no_tick) -> Alpha:
        """See `contracts.Matter`.

        Raises
        ------
        StageFailed
            If the weights are not there or memory runs out.
        """

        def solve(shown: NDArray[np.uint8], trimap: Trimap) -> NDArray[np.float32]:
            tick(0.1)
            with working("vitmatte"):
                return self._solved(shown, trimap)

        tick(0.0)
        alpha = refine(rgb, mask, self.radius, self.most, solve)
        tick(1.0)
        return alpha

    def _solved(self, shown: NDArray[np.uint8], trimap: Trimap) -> NDArray[np.float32]:
        import torch

        model = self._loaded()
        height, width = trimap.shape
        answer = model(torch.from_numpy(model_input(shown, trimap)).to(model.device, model.dtype))
        return np.asarray(answer.alphas[0, 0, :height, :width].float().cpu().numpy(), np.float32)

    def _loaded(self) -> Any:
        from transformers import VitMatteForImageMatting

        device, folder = self.device.resolved(), weights.folder(self.checkpoint)
        load = VitMatteForImageMatting.from_pretrained
        return once(("vitmatte", folder, device), lambda: device.model(lambda: load(folder)))


def model_input(rgb: NDArray[np.uint8], trimap: Trimap) -> NDArray[np.float32]:
    """1×4×h×w: colours within -1..1 and the trimap within 0..1, padded with zeros to multiples of 32."""
    height, width = trimap.shape
    values = np.zeros((1, 4, -(-height // _MULTIPLE) * _MULTIPLE, -(-width // _MULTIPLE) * _MULTIPLE), np.float32)
    values[0, :3, :height, :width] = rgb.transpose(2, 0, 1) / np.float32(127.5) - 1
    # As the makers code it in 8 bits: 0, 128, 255.
    values[0, 3, :height, :width] = np.array([0, 128 / 255, 1], np.float32)[trimap]
    return values
