"""LaMa fills with Fourier convolutions (Suvorov et al., "Resolution-robust Large Mask Inpainting", WACV 2022).

It reads no prompt, has no seed, and is quick on a CPU. The weights are those that `delaminate models pull lama`
fetches (OpenCV's quantised ONNX, 512 pixels square), or a file of the user's: ONNX ("lama_fp32.onnx") or TorchScript
("big-lama.pt", which needs torch). It was trained on Places.
"""

from __future__ import annotations

import functools
import importlib.util
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaminate.contracts import Tick, no_tick
from delaminate.errors import BadInput, StageFailed
from delaminate.models import weights
from delaminate.models.device import Device, once, working
from delaminate.models.onnx_session import answers, can_run, loading, side_of
from delaminate.pixels import Mask, Rgb
from delaminate.stages.inpainting.content_aware.fill import ContentAware
from delaminate.stages.inpainting.tiles import Tiles

_WEIGHTS = "lama"
_load = loading("LaMa", "image", "mask")


@dataclass(frozen=True)
class Lama:
    """Fills without words what flat colours, gradients and continued edges do not explain.

    Parameters
    ----------
    file : the weights, ".pt" or ".onnx"; default `DELAMINATE_LAMA`, else those that were pulled.
    side : of the squares it is shown, a multiple of 8; a model of fixed size (ONNX) takes its own.
    device : where TorchScript runs; ONNX runs on the CPU.
    structure : whether edges are continued through the hole first, as the embedded fill does.

    Raises
    ------
    BadInput
        If an option is out of range.
    """

    file: str = ""
    side: int = 768
    device: Device = field(default_factory=Device)
    structure: bool = True
    name: str = field(default="lama", init=False)

    def __post_init__(self) -> None:
        if self.side < 64 or self.side % 8:
            raise BadInput("lama needs a side of at least 64 that is a multiple of 8")

    @property
    def _own(self) -> str:
        """The file of the user's, or ""."""
        return self.file or os.environ.get("DELAMINATE_LAMA", "")

    @property
    def checkpoints(self) -> tuple[str, ...]:
        """The weights, where they are not a file of the user's, who knows its licence."""
        return () if self._own else (_WEIGHTS,)

    def missing(self) -> str:
        """What to install or set first; empty when the stage can work."""
        if not self._own:
            if not can_run():
                return "install onnxruntime: pip install onnxruntime"
            return weights.missing(_WEIGHTS, libraries=())
        if not Path(self._own).is_file():
            return f"DELAMINATE_LAMA names {self._own}, which is not there; or: delaminate models pull {_WEIGHTS}"
        if Path(self._own).suffix != ".onnx" and importlib.util.find_spec("torch") is None:
            return "install the extra for local models: pip install 'delaminate[models]', or take the ONNX file"
        return ""

    def __call__(
        self,
        rgb: Rgb,
        hole: Mask,
        usable: Mask,
        *,
        prompt: str = "",  # noqa: ARG002
        seed: int = 0,
        tick: Tick = no_tick,
    ) -> Rgb:
        """See `contracts.Inpainter`; `prompt` is ignored, `seed` is that of the grain of smooth areas.

        Raises
        ------
        StageFailed
            If the weights are not there, are not LaMa's, or do not fit into memory.
        """
        lacking = self.missing()
        if lacking:
            raise StageFailed(f"lama cannot work yet: {lacking}")
        fill = ContentAware(structure=self.structure, texture=self._textured)
        return fill(rgb, hole, usable, seed=seed, tick=tick)

    def _textured(self, rgb: Rgb, hole: Mask, known: Mask, tick: Tick) -> NDArray[np.float32]:
        """The model is loaded when it is first needed: flat and smooth holes never need it."""
        return self._tiles()(rgb, hole, known, tick)

    def _tiles(self) -> Tiles:
        if self._own and Path(self._own).suffix != ".onnx":
            return Tiles(self._scripted, self.side, self.name)
        session, why = weights.loaded(self._own or _WEIGHTS, _load)
        if session is None:
            raise StageFailed(f"lama cannot work: {why}")
        return Tiles(functools.partial(_asked, session), side_of(session, "image") or self.side, self.name)

    def _scripted(self, shown: NDArray[np.uint8], inside: Mask) -> NDArray[np.float32]:
        import torch

        image, mask = _given(shown, inside)
        with working(self.name):
            place, file = self.device.resolved().name, Path(self._own)
            model = once(("lama", file, place), lambda: torch.jit.load(file, map_location=place).eval())
            made = model(torch.from_numpy(image).to(place), torch.from_numpy(mask).to(place))
            return _picture(made.float().cpu().numpy() * 255)


def _given(shown: NDArray[np.uint8], inside: Mask) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Picture and hole as LaMa takes them: 1×3×h×w in 0..1, 1×1×h×w with 1 where to fill."""
    image = np.ascontiguousarray(shown.transpose(2, 0, 1)[None]).astype(np.float32) / np.float32(255)
    return image, inside[None, None].astype(np.float32)


def _asked(session: Any, shown: NDArray[np.uint8], inside: Mask) -> NDArray[np.float32]:
    """The exported model answers in 0..255 where the scripted one answers in 0..1."""
    image, mask = _given(shown, inside)
    try:
        return _picture(answers(session, {"image": image, "mask": mask})[0])
    except Exception as error:
        raise StageFailed(f"lama failed: {str(error).splitlines()[0]}") from error


def _picture(made: NDArray[Any]) -> NDArray[np.float32]:
    return np.asarray(np.clip(made[0].transpose(1, 2, 0), 0, 255), np.float32)
