"""EfficientNet-lite0 as a graph: plain convolutions, no attention (Tan and Le 2019; the lite form, Liu 2020).

The architecture is written here, the weights are those of the ImageNet model that its authors published. Batch
normalisation is folded into the convolutions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaminate.models.onnx_graph import Graph

SIDE = 224
"""Pixels of a crop it looks at."""
CLASSES = 1000
FEATURES = 1280

_BLOCKS = 16
_HALVING = {1, 3, 5, 11}
"""The blocks that halve the picture, besides the stem."""
_EPSILON = 1e-3
_MIDDLE, _SPREAD = 127.0, 128.0
"""Its pixels are (level - 127) / 128."""

Weights = Mapping[str, NDArray[Any]]


def graph_of(weights: Weights) -> bytes:
    """The network as an ONNX model.

    Takes `crops`, uint8 N×224×224×3; answers `probabilities`, float32 N×1000, and `features`, float32 N×1280, the
    pooled features they are made of.

    Parameters
    ----------
    weights : by the names of the PyTorch port (`_conv_stem.weight`, `_blocks.0._depthwise_conv.weight`, …).

    Raises
    ------
    KeyError
        If one is missing.
    """
    graph = Graph()
    crops = graph.input("crops", np.uint8, ["n", SIDE, SIDE, 3])
    levels = graph.node("Transpose", [graph.node("Cast", [crops], {"to": 1})], {"perm": [0, 3, 1, 2]})
    middle, spread = (graph.array(np.array([level], np.float32)) for level in (_MIDDLE, _SPREAD))
    net = _Network(graph, weights)
    x = net.convolved(
        graph.node("Div", [graph.node("Sub", [levels, middle]), spread]), "_conv_stem", "_bn0", stride=2, clipped=True
    )
    for i in range(_BLOCKS):
        x = net.block(x, f"_blocks.{i}.", 2 if i in _HALVING else 1)
    pooled = graph.node("GlobalAveragePool", [net.convolved(x, "_conv_head", "_bn1", clipped=True)])
    features = graph.node("Flatten", [pooled], name="features")
    last = [graph.array(np.asarray(weights[f"_fc.{part}"], np.float32)) for part in ("weight", "bias")]
    graph.node("Softmax", [graph.node("Gemm", [features, *last], {"transB": 1})], {"axis": 1}, name="probabilities")
    graph.output("probabilities", np.float32, ["n", CLASSES])
    graph.output("features", np.float32, ["n", FEATURES])
    return graph.model()


class _Network:
    """Adds convolutions with weights of given names to a graph."""

    def __init__(self, graph: Graph, weights: Weights) -> None:
        self._graph, self._weights = graph, weights
        self._bounds = [graph.array(np.array(bound, np.float32)) for bound in (0, 6)]

    def block(self, x: str, name: str, stride: int) -> str:
        """An inverted bottleneck: wider, each channel by itself, narrower, and past them what came in if it fits."""
        y = x
        wide = f"{name}_expand_conv.weight" in self._weights
        if wide:
            y = self.convolved(y, f"{name}_expand_conv", f"{name}_bn0", clipped=True)
        y = self.convolved(y, f"{name}_depthwise_conv", f"{name}_bn1", stride=stride, apart=True, clipped=True)
        y = self.convolved(y, f"{name}_project_conv", f"{name}_bn2")
        into = self._weights[f"{name}{'_expand' if wide else '_depthwise'}_conv.weight"].shape[1 if wide else 0]
        fits = stride == 1 and into == self._weights[f"{name}_project_conv.weight"].shape[0]
        return self._graph.node("Add", [x, y]) if fits else y

    def convolved(
        self, x: str, name: str, norm: str, *, stride: int = 1, apart: bool = False, clipped: bool = False
    ) -> str:
        """A convolution with its normalisation; `apart` treats each channel by itself, `clipped` ends in 0..6."""
        kernel = self._weights[f"{name}.weight"]
        scale, bias, mean, variance = (
            self._weights[f"{norm}.{part}"].astype(np.float64)
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        scale = scale / np.sqrt(variance + _EPSILON)
        folded = kernel * scale.astype(np.float32)[:, None, None, None], (bias - mean * scale).astype(np.float32)
        y = self._graph.node(
            "Conv",
            [x, *map(self._graph.array, folded)],
            {"strides": [stride, stride], "group": len(kernel) if apart else 1, "auto_pad": "SAME_UPPER"},
        )
        return self._graph.node("Clip", [y, *self._bounds]) if clipped else y
