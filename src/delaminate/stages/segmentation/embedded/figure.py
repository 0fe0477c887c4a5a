"""What stands out in a picture or a crop: the figure, as a float mask.

By default the network is U²-Net-p (Qin et al., "U²-Net: Going deeper with nested U-structure for salient object
detection", Pattern Recognition 2020), whose file `delaminate models pull` fetches; `DELAMINATE_FIGURE` names another:
U²-Net, IS-Net (Qin et al., "Highly accurate dichotomous image segmentation", ECCV 2022), BiRefNet (Zheng et al., CAAI
AIR 2024) in its small form. Where the file is not on this machine there is no figure network, and
`why_no_figure_network` says what to do.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.errors import UnknownName
from delaminate.models import weights
from delaminate.models.checkpoints import check_commercial, commercial_safe
from delaminate.models.onnx_graph import with_factors
from delaminate.pixels import Alpha, Rgb, as_eight_bit
from delaminate.stages.segmentation.embedded.sessions import can_run, run, session_of

_IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class _Kind:
    """How a network is fed: `side` pixels square, levels as shares of 255 (of the brightest level where `relative`)
    less `mean` and over `deviation`; `logits` says that it answers with log odds; `factors` are those of its steps
    from small to large, see `with_factors`.
    """

    side: int
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    relative: bool = False
    logits: bool = False
    factors: tuple[int, ...] = ()


KINDS = {
    "u2netp": _Kind(320, *_IMAGENET, relative=True, factors=(2,) * 33 + (2, 4, 8, 16, 32)),
    "u2net": _Kind(320, *_IMAGENET, relative=True),
    "isnet": _Kind(1024, (128 / 255,), (256 / 255,)),
    "birefnet-lite": _Kind(1024, *_IMAGENET, logits=True),
}
"""The networks there are, by the names of their weights."""


@dataclass(frozen=True, eq=False)
class FigureNetwork:
    """A network, loaded; `session` is onnxruntime's, which threads may share."""

    session: Any
    kind: _Kind

    def __call__(self, rgb: Rgb) -> Alpha:
        """How much each pixel of a picture belongs to what stands out: float32 H×W in 0..1."""
        side = self.kind.side
        shown = _resized(as_eight_bit(rgb), side, side).astype(np.float32)
        shown /= max(float(shown.max()), 1.0) if self.kind.relative else 255.0
        shown = np.asarray((shown - self.kind.mean) / self.kind.deviation, np.float32)
        answer = run(self.session, np.ascontiguousarray(shown.transpose(2, 0, 1)[None]))[0][0, 0]
        if self.kind.logits:
            answer = 1 / (1 + np.exp(-np.clip(answer, -80, 80)))  # farther out a float32 does not tell
        height, width = rgb.shape[:2]
        return np.asarray(np.clip(_resized(answer, width, height), 0, 1), np.float32)

    def of_crops(self, crops: Sequence[Rgb]) -> list[Alpha]:
        """The same for crops of any size, one by one as its files have it; U²-Net-p takes 0.6 CPU seconds each."""
        return [self(crop) for crop in crops]


def _resized(values: NDArray[Any], width: int, height: int) -> NDArray[Any]:
    shrinks = values.shape[0] * values.shape[1] > width * height
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(values, (width, height), interpolation=how))


def chosen() -> str:
    """The name of the network that `DELAMINATE_FIGURE` asks for, or "u2netp".

    Raises
    ------
    UnknownName
        If there is none of that name.
    """
    name = os.environ.get("DELAMINATE_FIGURE") or "u2netp"
    if name not in KINDS:
        raise UnknownName(f"DELAMINATE_FIGURE names no figure network {name!r}; there are: {', '.join(KINDS)}")
    return name


def figure_network() -> FigureNetwork | None:
    """The chosen network, loaded once; None where it cannot be had.

    Raises
    ------
    UnknownName
        If `DELAMINATE_FIGURE` names none.
    LicenceForbids
        If it names one that may not be used commercially and only such are asked for.
    """
    return _loaded()[0]


def why_no_figure_network() -> str:
    """One sentence that says what is missing and how to get it; empty where there is a figure network."""
    return _loaded()[1]


def _loaded() -> tuple[FigureNetwork | None, str]:
    if not can_run():
        return None, "onnxruntime is not installed: pip install onnxruntime"
    name = chosen()
    if commercial_safe():
        check_commercial(name)
    kind = KINDS[name]
    return weights.loaded(name, lambda content: FigureNetwork(session_of(with_factors(content, kind.factors)), kind))
