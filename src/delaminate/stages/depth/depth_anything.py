"""Depth Anything V2, the small one (Yang et al., NeurIPS 2024), run by onnxruntime.

Its answer is relative inverse depth: larger is nearer, in no unit. `delaminate models pull depth-anything-v2-small`
fetches it; a file exported elsewhere serves as well, as long as it takes 1×3×h×w and gives 1×h×w or 1×1×h×w.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.contracts import Tick, no_tick
from delaminate.errors import BadInput, StageFailed
from delaminate.models import weights
from delaminate.models.device import once
from delaminate.pixels import Rgb, as_eight_bit

_PATCH = 14
"""The network looks at the picture in squares of so many pixels: both sides are multiples of it."""
_MEAN = np.array((0.485, 0.456, 0.406), np.float32)
_DEVIATION = np.array((0.229, 0.224, 0.225), np.float32)
_FILE = Path("onnx/model.onnx")


@dataclass(frozen=True)
class DepthAnything:
    """See `contracts.DepthEstimator`.

    Parameters
    ----------
    checkpoint : name of the weights, or an ONNX file.
    side : about how many pixels the shorter side has that the network is shown; the makers use 518.

    Raises
    ------
    BadInput
        If the side is smaller than one square of the network.
    """

    checkpoint: str = "depth-anything-v2-small"
    side: int = 518

    def __post_init__(self) -> None:
        if self.side < _PATCH:
            raise BadInput(f"depth-anything needs a side of at least {_PATCH} pixels")

    @property
    def checkpoints(self) -> tuple[str, ...]:
        return () if self.checkpoint.endswith(".onnx") else (self.checkpoint,)

    def missing(self) -> str:
        """What to install or fetch first; empty when the stage can work."""
        if find_spec("onnxruntime") is None:
            return "install onnxruntime: pip install onnxruntime"
        if self.checkpoint.endswith(".onnx"):
            return "" if Path(self.checkpoint).is_file() else f"there is no file {self.checkpoint}"
        return weights.missing(self.checkpoint, libraries=())

    def __call__(self, rgb: Rgb, tick: Tick = no_tick) -> NDArray[np.float32]:
        """See `contracts.DepthEstimator`.

        Raises
        ------
        StageFailed
            If the weights are not there or are no such network.
        """
        tick(0.0)
        height, width = rgb.shape[:2]
        scale = self.side / min(height, width)
        shown = cv2.resize(
            np.ascontiguousarray(as_eight_bit(rgb)),
            (_rounded(width * scale), _rounded(height * scale)),
            interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC,
        )
        values = (shown.astype(np.float32) / np.float32(255) - _MEAN) / _DEVIATION
        session = self._loaded()
        given = np.ascontiguousarray(values.transpose(2, 0, 1)[None])
        answer = np.asarray(session.run(None, {session.get_inputs()[0].name: given})[0], np.float32)
        if answer.ndim not in (3, 4) or answer.size != np.prod(answer.shape[-2:]):
            raise StageFailed(f"{self.checkpoint} is no depth network: it answers {answer.shape}")
        tick(1.0)
        near = answer.reshape(answer.shape[-2:])
        return np.asarray(cv2.resize(near, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)

    def _loaded(self) -> Any:
        import onnxruntime

        lacking = self.missing()
        if lacking:
            raise StageFailed(lacking)
        path = Path(self.checkpoint) if not self.checkpoints else weights.folder(self.checkpoint) / _FILE
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        options.intra_op_num_threads = 2  # the same everywhere: the same input gives the same
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")

        def load() -> Any:
            try:
                return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
            except Exception as error:  # onnxruntime has a class of its own for each trouble
                raise StageFailed(f"{path} cannot be loaded; fetch it again: {str(error)[:200]}") from error

        return once(("depth-anything", str(path), path.stat().st_mtime_ns), load)


def _rounded(side: float) -> int:
    return max(1, round(side / _PATCH)) * _PATCH
