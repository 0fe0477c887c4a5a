"""LaMa fills with Fourier convolutions (Suvorov et al., "Resolution-robust Large Mask Inpainting", WACV 2022).

It reads no prompt, has no seed, and is quick on a CPU. The weights are a file of the user's: TorchScript
("big-lama.pt", which needs torch) or ONNX ("lama_fp32.onnx", which does not).
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaminate.contracts import Tick, no_tick
from delaminate.errors import BadInput, StageFailed
from delaminate.models.device import Device, once, working
from delaminate.pixels import Mask, Rgb
from delaminate.stages.inpainting.crop import Fit, fill_through

_HOW = "set DELAMINATE_LAMA to a file with LaMa's weights: big-lama.pt (TorchScript) or lama_fp32.onnx"


@dataclass(frozen=True)
class Lama:
    """Fills without words.

    Parameters
    ----------
    file : the weights, ".pt" or ".onnx"; default `DELAMINATE_LAMA`.
    most : pixels of the crop at most; a model of fixed size (ONNX) takes its own.
    device : where TorchScript runs; ONNX runs on the CPU.

    Raises
    ------
    BadInput
        If an option is out of range.
    """

    file: str = ""
    most: int = 1024 * 1024
    device: Device = field(default_factory=Device)
    name: str = field(default="lama", init=False)

    def __post_init__(self) -> None:
        if self.most < 64 * 64:
            raise BadInput("lama needs most ≥ 4096")

    @property
    def _file(self) -> Path:
        return Path(self.file or os.environ.get("DELAMINATE_LAMA", ""))

    def missing(self) -> str:
        """What to install or set first; empty when the stage can work."""
        if not self._file.is_file():
            return _HOW
        if self._file.suffix != ".onnx" and importlib.util.find_spec("torch") is None:
            return "install the extra for local models: pip install 'delaminate[models]', or take the ONNX file"
        return ""

    def __call__(
        self,
        rgb: Rgb,
        hole: Mask,
        usable: Mask,  # noqa: ARG002
        *,
        prompt: str = "",  # noqa: ARG002
        seed: int = 0,  # noqa: ARG002
        tick: Tick = no_tick,
    ) -> Rgb:
        """See `contracts.Inpainter`; `prompt` and `seed` are ignored.

        Raises
        ------
        StageFailed
            If the weights are not there, are not LaMa's, or do not fit into memory.
        """
        tick(0.0)
        lacking = self.missing()
        if lacking:
            raise StageFailed(f"lama cannot work yet: {lacking}")
        run, side = self._loaded()
        square = side * side if side else 0
        fit = Fit(side, square, square, side, 1.0) if side else Fit(8, 256 * 256, self.most, 4096, 6.0)

        def render(shown: NDArray[np.uint8], inside: Mask) -> NDArray[np.float32]:
            tick(0.1)
            image = np.ascontiguousarray(shown.transpose(2, 0, 1)[None]).astype(np.float32) / np.float32(255)
            made = run(image, inside[None, None].astype(np.float32))
            if made.shape != image.shape:
                raise StageFailed(f"{self._file.name} is no LaMa: it answers {made.shape} for {image.shape}")
            tick(0.9)
            return np.asarray(np.clip(made[0].transpose(1, 2, 0), 0, 255), np.float32)

        filled = fill_through(rgb, hole, fit, render, self.name)
        tick(1.0)
        return filled

    def _loaded(self) -> tuple[Callable[[NDArray[Any], NDArray[Any]], NDArray[np.float32]], int]:
        """The model as a function of picture and mask that answers in 0..255, and its side where that is fixed."""
        if self._file.suffix == ".onnx":
            session = once(("lama", self._file), lambda: _session(self._file))
            height = session.get_inputs()[0].shape[2]
            return lambda image, mask: _asked(session, image, mask), height if isinstance(height, int) else 0
        return self._scripted, 0

    def _scripted(self, image: NDArray[Any], mask: NDArray[Any]) -> NDArray[np.float32]:
        import torch

        with working(self.name):
            place = self.device.resolved().name
            model = once(("lama", self._file, place), lambda: torch.jit.load(self._file, map_location=place).eval())
            made = model(torch.from_numpy(image).to(place), torch.from_numpy(mask).to(place))
            return np.asarray(made.float().cpu().numpy() * 255, np.float32)


def _session(file: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # As many threads everywhere, so that the same picture gives the same bytes.
    options.intra_op_num_threads = 2
    try:
        session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise StageFailed(f"{file.name} cannot be loaded: {str(error).splitlines()[0]}") from error
    if len(session.get_inputs()) != 2:
        raise StageFailed(f"{file.name} is no LaMa: it takes {len(session.get_inputs())} inputs, not picture and mask")
    return session


def _asked(session: Any, image: NDArray[Any], mask: NDArray[Any]) -> NDArray[np.float32]:
    """The exported model answers in 0..255 where the scripted one answers in 0..1."""
    names = [given.name for given in session.get_inputs()]
    try:
        made = session.run(None, dict(zip(names, (image, mask), strict=True)))[0]
    except Exception as error:
        raise StageFailed(f"lama failed: {str(error).splitlines()[0]}") from error
    return np.asarray(made, np.float32)
