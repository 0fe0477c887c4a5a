"""BiRefNet: bilateral reference for high-resolution segmentation and matting (Zheng et al., CAAI AIR 2024).

Its weights come with the makers' own Python code, which runs with your rights: only when its commit is named.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.contracts import Tick, no_tick
from delaminate.errors import BadInput, StageFailed
from delaminate.models import weights
from delaminate.models.device import Device, once, working
from delaminate.pixels import Alpha, Mask, Rgb
from delaminate.stages.matting.refined import refine
from delaminate.stages.matting.trimap import Trimap

_COMMIT = re.compile(r"[0-9a-f]{40}")
_MEAN = np.array((0.485, 0.456, 0.406), np.float32)
_DEVIATION = np.array((0.229, 0.224, 0.225), np.float32)


@dataclass(frozen=True)
class BiRefNet:
    """Mask → alpha; good at fine structures of the main thing, does not look at the mask itself.

    Parameters
    ----------
    checkpoint : name of the weights, or a folder that holds them.
    revision : the commit whose code may run, 40 hexadecimal digits; default `DELAMINATE_BIREFNET_REVISION`.
    side : pixels of the square the model is shown; 2048 for the weights made for high resolution.
    radius : half the width of the band the model decides, as a share of the thing's longer side.
    device : where the model runs.

    Raises
    ------
    BadInput
        If an option is out of range.
    """

    checkpoint: str = "birefnet"
    revision: str = ""
    side: int = 2048
    radius: float = 0.03
    device: Device = field(default_factory=Device)

    def __post_init__(self) -> None:
        if not 0 < self.radius < 0.5 or self.side < 32 or self.side % 32:
            raise BadInput("birefnet needs 0 < radius < 0.5 and a side that is a multiple of 32")

    @property
    def checkpoints(self) -> tuple[str, ...]:
        return (self.checkpoint,)

    @property
    def _revision(self) -> str:
        return self.revision or os.environ.get("DELAMINATE_BIREFNET_REVISION", "")

    def missing(self) -> str:
        """What to install, fetch or allow first; empty when the stage can work."""
        lacking = weights.missing(self.checkpoint)
        if lacking:
            return lacking
        here = weights.folder(self.checkpoint).name
        if not _COMMIT.fullmatch(self._revision):
            return (
                "BiRefNet brings Python code of its makers; read it, then allow its commit: "
                f"DELAMINATE_BIREFNET_REVISION={here}"
            )
        if here != self._revision:
            return f"commit {here} of BiRefNet is on this machine, but {self._revision} is allowed"
        return ""

    def __call__(self, rgb: Rgb, mask: Mask, tick: Tick = no_tick) -> Alpha:
        """See `contracts.Matter`.

        Raises
        ------
        StageFailed
            If the weights are not there, their code was not allowed, or memory runs out.
        """

        def solve(shown: NDArray[np.uint8], _: Trimap) -> NDArray[np.float32]:
            tick(0.1)
            with working("birefnet"):
                return self._solved(shown)

        tick(0.0)
        alpha = refine(rgb, mask, self.radius, self.side * self.side, solve)
        tick(1.0)
        return alpha

    def _solved(self, shown: NDArray[np.uint8]) -> NDArray[np.float32]:
        import torch

        model = self._loaded()
        square = cv2.resize(shown, (self.side, self.side), interpolation=cv2.INTER_LINEAR)
        values = (square.astype(np.float32) / np.float32(255) - _MEAN) / _DEVIATION
        given = torch.from_numpy(np.ascontiguousarray(values.transpose(2, 0, 1)[None]))
        # The last of several outputs is the finest.
        answer = model(given.to(model.device, model.dtype))[-1].float().sigmoid()[0, 0].cpu().numpy()
        return np.asarray(cv2.resize(answer, shown.shape[1::-1], interpolation=cv2.INTER_LINEAR), np.float32)

    def _loaded(self) -> Any:
        from transformers import AutoModelForImageSegmentation

        lacking = self.missing()
        if lacking:
            raise StageFailed(lacking)
        device, folder = self.device.resolved(), weights.folder(self.checkpoint)
        load = AutoModelForImageSegmentation.from_pretrained
        return once(("birefnet", folder, device), lambda: device.model(lambda: load(folder, trust_remote_code=True)))
