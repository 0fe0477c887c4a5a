"""The graph writer: what it writes is ONNX, and onnxruntime computes what it says."""

import numpy as np
import onnx
import onnxruntime

from delaminate.models.onnx_graph import Graph


def small_graph() -> bytes:
    """leaky((x as float) + bias), padded convolution with every kind of attribute the writer knows."""
    graph = Graph()
    given = graph.input("x", np.uint8, ["n", 1, 4, 4])
    kernel = np.zeros((1, 1, 3, 3), np.float32)
    kernel[0, 0, 1, 1] = -2
    y = graph.node("Cast", [given], {"to": 1})
    y = graph.node("Conv", [y, graph.array(kernel)], {"strides": [1, 1], "auto_pad": "SAME_UPPER"})
    graph.node("LeakyRelu", [graph.node("Add", [y, graph.array(np.array([3], np.float32))])], {"alpha": 0.25}, name="y")
    graph.output("y", np.float32, ["n", 1, 4, 4])
    return graph.model()


def test_what_is_written_is_a_valid_model() -> None:
    """By ONNX's own checker, shapes and types included."""
    onnx.checker.check_model(onnx.load_from_string(small_graph()), full_check=True)


def test_it_computes_what_the_nodes_say() -> None:
    """With any number of pictures at once."""
    x = np.arange(32, dtype=np.uint8).reshape(2, 1, 4, 4)
    session = onnxruntime.InferenceSession(small_graph(), providers=["CPUExecutionProvider"])
    wide = 3 - 2 * x.astype(np.float32)
    np.testing.assert_allclose(session.run(None, {"x": x})[0], np.where(wide < 0, wide / 4, wide), rtol=1e-6)
