"""A trained network as the two files the package ships: `network.onnx` (the eye) and `network.npz` (the tongue).

Weights are stored as half floats, which costs no measurable accuracy and halves the package; casts in the graph bring
them back, and onnxruntime folds those away when it loads the file.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from crowd import Art
from network import Network
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from delaminate.stages.segmentation.embedded.network import words_of


def halved(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with its larger weights stored as half floats."""
    graph = model.graph
    casts = []
    for weight in list(graph.initializer):
        if weight.data_type != TensorProto.FLOAT or np.prod(weight.dims) < 256:
            continue
        half = numpy_helper.from_array(numpy_helper.to_array(weight).astype(np.float16), weight.name + "_half")
        casts.append(helper.make_node("Cast", [half.name], [weight.name], to=TensorProto.FLOAT))
        graph.initializer.remove(weight)
        graph.initializer.append(half)
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(model)
    return model


def export(net: Network, art: Art, folder: Path) -> None:
    """Write both files into a folder."""
    known = {art.names[n] for n in art.name_of[art.learning()]}
    words = {word for name in known for phrase in {name, *art.phrases[name]} for word in words_of(phrase)}
    folder.mkdir(parents=True, exist_ok=True)
    net.eval()
    path = folder / "network.onnx"
    torch.onnx.export(
        net.eye.to(memory_format=torch.contiguous_format),
        (torch.zeros(2, 4, 40, 40),),
        str(path),
        input_names=["glimpses"],
        output_names=["worth", "vectors"],
        dynamic_axes={name: {0: "regions"} for name in ("glimpses", "worth", "vectors")},
        opset_version=17,
        dynamo=False,
    )
    onnx.save(halved(onnx.load(path)), path)
    tongue = net.tongue

    def half(tensor: torch.Tensor) -> NDArray[np.float16]:
        return np.asarray(tensor.detach().numpy(), np.float16)

    np.savez_compressed(
        folder / "network.npz",
        parts=half(tongue.parts.weight),
        wide_weight=half(tongue.wide.weight.T),
        wide_bias=half(tongue.wide.bias),
        out_weight=half(tongue.out.weight.T),
        out_bias=half(tongue.out.bias),
        naming=float(net.naming.detach().exp()),
        names=np.frombuffer("\n".join(art.names).encode(), np.uint8),
        words=np.frombuffer("\n".join(sorted(words)).encode(), np.uint8),
    )
