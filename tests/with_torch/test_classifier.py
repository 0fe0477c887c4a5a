"""The classifier's graph, and its reader of weights, against torch."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.functional import batch_norm, conv2d, linear, pad

from delaminate.models.torch_file import tensors_in
from delaminate.models.weights import folder
from delaminate.stages.segmentation.embedded.classifier import classifier
from photographs import photograph

Weights = dict[str, Any]

STAGES = ((1, 16, 1, 3), (2, 24, 2, 3), (2, 40, 2, 5), (3, 80, 2, 3), (3, 112, 1, 5), (4, 192, 2, 5), (1, 320, 1, 3))
"""Repeats, channels, stride, kernel of each stage: Tan and Le 2019, table 1, as their code has the strides."""


@pytest.fixture(scope="module")
def file() -> Path:
    """The file of weights that every installation has."""
    return folder("efficientnet-lite0")


@pytest.fixture(scope="module")
def weights(file: Path) -> Weights:
    """As torch itself reads them."""
    loaded: Weights = torch.load(file, weights_only=True)
    return loaded


def test_the_tensors_are_those_torch_reads(file: Path, weights: Weights) -> None:
    """Every one, to the last bit."""
    ours = tensors_in(file.read_bytes())
    assert list(ours) == list(weights)
    for name, tensor in weights.items():
        np.testing.assert_array_equal(ours[name], tensor.numpy(), err_msg=name)


def test_the_answers_are_torchs(weights: Weights) -> None:
    """Features and probabilities within 1e-4, on photographs and on noise."""
    crops = [photograph(name)[20:244, 100:324] for name in ("chelsea", "coffee", "astronaut")]
    crops.append(np.random.default_rng(3).integers(0, 256, (224, 224, 3), np.uint8))
    net = classifier()
    assert net is not None
    ours = net.look(crops)
    with torch.no_grad():
        features, probabilities = _network(weights, torch.from_numpy(np.stack(crops)))
    np.testing.assert_allclose(ours.features, features.numpy(), atol=1e-4)
    np.testing.assert_allclose(ours.probabilities, probabilities.numpy(), atol=1e-4)


def _network(weights: Weights, crops: Any) -> tuple[Any, Any]:
    """EfficientNet-lite0 in torch, normalisation and convolution apart: pooled features and probabilities."""
    x = (crops.float().permute(0, 3, 1, 2) - 127) / 128
    x = _convolved(weights, x, "_conv_stem", "_bn0", 2).clip(0, 6)
    block = 0
    for repeats, channels, first, kernel in STAGES:
        for i in range(repeats):
            name, y = f"_blocks.{block}.", x
            if block:
                y = _convolved(weights, y, f"{name}_expand_conv", f"{name}_bn0", 1).clip(0, 6)
            assert weights[f"{name}_depthwise_conv.weight"].shape[2] == kernel
            y = _convolved(weights, y, f"{name}_depthwise_conv", f"{name}_bn1", 1 if i else first, y.shape[1])
            y = _convolved(weights, y.clip(0, 6), f"{name}_project_conv", f"{name}_bn2", 1)
            assert y.shape[1] == channels
            x = x + y if i else y
            block += 1
    features = _convolved(weights, x, "_conv_head", "_bn1", 1).clip(0, 6).mean((2, 3))
    return features, linear(features, weights["_fc.weight"], weights["_fc.bias"]).softmax(1)


def _convolved(weights: Weights, x: Any, name: str, norm: str, stride: int, groups: int = 1) -> Any:
    """Padded as TensorFlow pads: what is odd goes to the right and below."""
    kernel = weights[f"{name}.weight"]
    lacking = max((-(-x.shape[2] // stride) - 1) * stride + kernel.shape[2] - x.shape[2], 0)
    x = pad(x, (lacking // 2, lacking - lacking // 2) * 2)
    x = conv2d(x, kernel, stride=stride, groups=groups)
    parts = [weights[f"{norm}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")]
    return batch_norm(x, *parts, eps=1e-3)
