"""The graph writer: what it writes is ONNX, and onnxruntime computes what it says."""

import numpy as np
import onnx
import onnxruntime
import pytest

from delaminate.models.onnx_graph import Graph, with_factors, with_free_size


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


def of_one_size() -> bytes:
    """A model declared for one picture of 8 × 8."""
    graph = Graph()
    kernel = np.full((1, 3, 4, 4), 1 / 48, np.float32)
    given = graph.input("x", np.float32, [10, 3, 8, 8])
    graph.node("Conv", [given, graph.array(kernel)], {"strides": [4, 4]}, name="y")
    graph.output("y", np.float32, [10, 1, 2, 2])
    return graph.model()


def test_a_model_for_one_size_takes_any_once_its_input_is_declared_anew() -> None:
    """What it computes stays the same; before, another size is refused."""
    x = np.random.default_rng(0).random((1, 3, 12, 20), np.float32)
    with pytest.raises(Exception, match="Got invalid dimensions"):
        onnxruntime.InferenceSession(of_one_size(), providers=["CPUExecutionProvider"]).run(None, {"x": x})
    free = with_free_size(of_one_size(), "x", (1, 3, "high", "wide"))
    onnx.checker.check_model(onnx.load_from_string(free), full_check=True)
    session = onnxruntime.InferenceSession(free, providers=["CPUExecutionProvider"])
    means = x.reshape(1, 3, 3, 4, 5, 4).mean(axis=(1, 3, 5))[:, None]
    np.testing.assert_allclose(session.run(None, {"x": x})[0], means, rtol=1e-5)


def enlarging() -> bytes:
    """A model that doubles a picture of 6 × 5 and then takes it times three, by sizes."""
    graph = Graph()
    seen = graph.input("x", np.float32, [1, 2, 6, 5])
    told = {"coordinate_transformation_mode": "pytorch_half_pixel", "mode": "linear"}
    double = graph.node("Resize", [seen, "", "", graph.array(np.array([1, 2, 12, 10], np.int64))], told)
    graph.node("Resize", [double, "", "", graph.array(np.array([1, 2, 36, 30], np.int64))], told, name="y")
    graph.output("y", np.float32, [1, 2, 36, 30])
    return graph.model()


def test_a_model_enlarges_by_factors_as_it_did_by_sizes() -> None:
    """The same numbers; another model, with more such steps or fewer, is left alone."""
    x = np.random.default_rng(0).random((1, 2, 6, 5), np.float32)
    changed = with_factors(enlarging(), (2, 3))
    model = onnx.load_from_string(changed)
    onnx.checker.check_model(model, full_check=True)
    assert [len(node.input) for node in model.graph.node] == [3, 3]
    before, after = (
        onnxruntime.InferenceSession(one, providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]
        for one in (enlarging(), changed)
    )
    np.testing.assert_allclose(after, before, rtol=1e-5)
    for others in ((), (2,), (2, 3, 2)):
        assert with_factors(enlarging(), others) == enlarging()


@pytest.mark.parametrize("model", [b"", b"not a model", of_one_size()[:-7]])
def test_what_is_no_model_or_has_no_such_input_is_refused(model: bytes) -> None:
    """A file that breaks off, too."""
    with pytest.raises(ValueError, match=r"protocol buffer|no ONNX model"):
        with_free_size(model, "x", (1, 3, "high", "wide"))
    with pytest.raises(ValueError, match="no ONNX model with an input 'z'"):
        with_free_size(of_one_size(), "z", (1, 3, 4, 4))
