"""What stands out in a picture or a crop: the figure, as a float mask.

The network is U²-Net-p (Qin et al., "U²-Net: Going deeper with nested U-structure for salient object detection",
Pattern Recognition 2020), whose file `delaminate models pull` fetches. Where no such file lies on this machine there is
no figure network, and `why_no_figure_network` says what to do.
"""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.errors import StageFailed
from delaminate.models.weights import models_folder
from delaminate.pixels import Alpha, Rgb, as_eight_bit
from delaminate.stages.segmentation.embedded.sessions import can_run, run, session_of

FILE = "u2netp.onnx"
SHA256 = "309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8"

SIDE = 320
"""Pixels of what it looks at."""
_MEAN, _DEVIATION = np.array([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]], np.float32)
"""Of the pictures it learned from, in shares of the brightest level of each."""


@dataclass(frozen=True, eq=False)
class FigureNetwork:
    """The network, loaded; `session` is onnxruntime's, which threads may share."""

    session: Any

    def __call__(self, rgb: Rgb) -> Alpha:
        """How much each pixel of a picture belongs to what stands out: float32 H×W in 0..1."""
        return self.of_crops([rgb])[0]

    def of_crops(self, crops: Sequence[Rgb]) -> list[Alpha]:
        """The same for crops of any size, each asked about by itself; about 0.2 s each on two cores.

        They go through one by one: its file takes one picture at a time.
        """
        return [self._asked(crop) for crop in crops]

    def _asked(self, crop: Rgb) -> Alpha:
        shown = _resized(as_eight_bit(crop), SIDE, SIDE).astype(np.float32)
        shown = (shown / max(float(shown.max()), 1.0) - _MEAN) / _DEVIATION
        answer = run(self.session, np.ascontiguousarray(shown.transpose(2, 0, 1)[None]))[0][0, 0]
        height, width = crop.shape[:2]
        return np.asarray(np.clip(_resized(answer, width, height), 0, 1), np.float32)


def _resized(values: NDArray[Any], width: int, height: int) -> NDArray[Any]:
    shrinks = values.shape[0] * values.shape[1] > width * height
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(values, (width, height), interpolation=how))


def figure_network() -> FigureNetwork | None:
    """The figure network, loaded once; None where it cannot be had."""
    return _loaded()[0]


def why_no_figure_network() -> str:
    """One sentence that says what is missing and how to get it; empty where there is a figure network."""
    return _loaded()[1]


def places() -> Iterator[Path]:
    """Where its file is looked for: our own folder of models, then where other programs keep it."""
    yield models_folder() / "u2netp" / FILE
    yield Path(os.environ.get("U2NET_HOME") or Path.home() / ".u2net") / FILE


def _loaded() -> tuple[FigureNetwork | None, str]:
    if not can_run():
        return None, "onnxruntime is not installed: pip install onnxruntime"
    why = f"{FILE} is not on this machine; fetch it: delaminate models pull"
    for place in places():
        if place.is_file():
            network, why = _kept(place, place.stat().st_mtime_ns)
            if network:
                return network, ""
    return None, why


@functools.cache
def _kept(file: Path, _: int) -> tuple[FigureNetwork | None, str]:
    """What a file gave when it was last changed, so that one that is fetched later is found without a new start."""
    try:
        return figure_network_of(file), ""
    except StageFailed as error:
        return None, str(error)


def figure_network_of(file: Path) -> FigureNetwork:
    """The figure network of a file.

    Raises
    ------
    StageFailed
        If it cannot be read or is another file than the one this package knows.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise StageFailed(f"{file} cannot be read ({error.strerror})") from error
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise StageFailed(
            f"{file} is not the file this package knows (its SHA-256 differs), so it is not used; "
            "fetch it: delaminate models pull"
        )
    return FigureNetwork(session_of(content))
