"""The depth network's adapter, with a tiny network of the same inputs and outputs: what is brighter is nearer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from delaminate.errors import BadInput, StageFailed
from delaminate.models.onnx_graph import Graph
from delaminate.stages.depth.depth_anything import DepthAnything


def network(path: Path, outputs: int = 1) -> Path:
    """1×3×h×w → 1×h×w: the mean of the channels; with more outputs 1×3×h×w, which is no depth."""
    graph = Graph()
    given = graph.input("pixel_values", np.float32, (1, 3, "height", "width"))
    if outputs == 1:
        graph.node("ReduceMean", [given], {"axes": [1], "keepdims": 0}, "predicted_depth")
        graph.output("predicted_depth", np.float32, (1, "height", "width"))
    else:
        graph.node("Relu", [given], {}, "predicted_depth")
        graph.output("predicted_depth", np.float32, (1, 3, "height", "width"))
    path.write_bytes(graph.model())
    return path


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
@pytest.mark.parametrize("size", [(61, 97), (700, 300)])
def test_the_answer_has_the_pictures_size_and_larger_is_nearer(
    tmp_path: Path, size: tuple[int, int], depth: type[np.unsignedinteger[np.typing.NBitBase]]
) -> None:
    """Of any size and depth, larger or smaller than what the network is shown."""
    rgb = np.zeros((*size, 3), depth)
    rgb[:, size[1] // 2 :] = np.iinfo(depth).max
    near = DepthAnything(str(network(tmp_path / "tiny.onnx")), side=56)(rgb)
    assert near.shape == size
    assert near.dtype == np.float32
    assert near[:, -8:].min() > near[:, :8].max() + 2


def test_what_is_missing_is_said_before_it_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to do; asked all the same, it fails with that sentence."""
    monkeypatch.setenv("DELAMINATE_MODELS", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    assert "delaminate models pull depth-anything-v2-small" in DepthAnything().missing()
    assert "there is no file" in DepthAnything(str(tmp_path / "none.onnx")).missing()
    with pytest.raises(StageFailed, match="there is no file"):
        DepthAnything(str(tmp_path / "none.onnx"))(np.zeros((30, 30, 3), np.uint8))


def test_a_file_that_is_no_such_network_is_refused(tmp_path: Path) -> None:
    """Damaged, or of another shape."""
    (tmp_path / "damaged.onnx").write_bytes(b"no network")
    with pytest.raises(StageFailed, match="cannot be loaded"):
        DepthAnything(str(tmp_path / "damaged.onnx"))(np.zeros((30, 30, 3), np.uint8))
    with pytest.raises(StageFailed, match="is no depth network"):
        DepthAnything(str(network(tmp_path / "other.onnx", 3)), side=28)(np.zeros((30, 30, 3), np.uint8))
    with pytest.raises(BadInput, match="at least 14"):
        DepthAnything(side=3)
