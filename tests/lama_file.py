"""An ONNX file with LaMa's signature."""

from pathlib import Path

from onnx import TensorProto, helper, save_model


def lama_file(path: Path, side: int) -> Path:
    """A model that takes picture and mask of a fixed size and answers with the blurred picture in 0..255."""
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, side, side])
    mask = helper.make_tensor_value_info("mask", TensorProto.FLOAT, [1, 1, side, side])
    output = helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 3, side, side])
    full = helper.make_tensor("full", TensorProto.FLOAT, [1], [255.0])
    nodes = [
        helper.make_node("AveragePool", ["image"], ["soft"], kernel_shape=[5, 5], pads=[2, 2, 2, 2]),
        helper.make_node("Mul", ["soft", "full"], ["output"]),
    ]
    graph = helper.make_graph(nodes, "lama", [image, mask], [output], [full])
    save_model(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    return path
