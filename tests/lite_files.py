"""Small ONNX files with the signatures of the networks of lite, whose answers can be foretold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save_model
from tokenizers import Tokenizer, models, pre_tokenizers, processors

WORDS = ("<start>", "<end>", "!", ".", "a", "photo", "of", "red", "blue", "ball", "the", "[UNK]")
"""Words that both detectors know; a red ball is where the first box is, a blue one where the second is."""

BOXES = ((65 / 300, 75 / 200, 82 / 300, 82 / 200), (200 / 300, 80 / 200, 72 / 300, 72 / 200))
"""The balls of `contracts.segmenter_suite.scene`: middles and sizes as shares."""

_F, _I, _U = TensorProto.FLOAT, TensorProto.INT64, TensorProto.UINT8


def _value(name: str, kind: int, shape: list[Any]) -> Any:
    return helper.make_tensor_value_info(name, kind, shape)


def _constant(name: str, content: Any) -> Any:
    return numpy_helper.from_array(np.asarray(content), name)


def _save(path: Path, nodes: list[Any], inputs: list[Any], outputs: list[Any], constants: list[Any]) -> Path:
    graph = helper.make_graph(nodes, path.stem, inputs, outputs, constants)
    save_model(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    return path


def _table() -> np.ndarray[Any, Any]:
    """words × boxes: how much each word speaks for each box; all in all a whole name gets above 0 for its own."""
    table = np.full((len(WORDS), 2), -1, np.float32)
    table[WORDS.index("red")] = (12, -12)
    table[WORDS.index("blue")] = (-12, 12)
    table[WORDS.index("!")] = 0
    return table


def owlvit_file(path: Path) -> Path:
    """OWL-ViT: logits that add up what the words of each name say of each box, whatever the picture."""
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["each"]),
        helper.make_node("Cast", ["attention_mask"], ["counts"], to=_F),
        helper.make_node("Unsqueeze", ["counts", "last"], ["counts3"]),
        helper.make_node("Mul", ["each", "counts3"], ["told"]),
        helper.make_node("ReduceSum", ["told", "one"], ["summed"], keepdims=0),
        helper.make_node("Transpose", ["summed"], ["turned"], perm=[1, 0]),
        helper.make_node("Unsqueeze", ["turned", "zero"], ["logits"]),
        helper.make_node("ReduceMean", ["pixel_values"], ["light"], keepdims=0),
        helper.make_node("Mul", ["light", "nothing"], ["unseen"]),
        helper.make_node("Add", ["boxes", "unseen"], ["pred_boxes"]),
    ]
    constants = [_constant("table", _table()), _constant("boxes", np.array([BOXES], np.float32))]
    constants += [
        _constant("nothing", np.float32(0)),
        _constant("last", np.array([2])),
        _constant("one", np.array([1])),
    ]
    constants += [_constant("zero", np.array([0]))]
    inputs = [_value("input_ids", _I, ["q", 16]), _value("attention_mask", _I, ["q", 16])]
    inputs += [_value("pixel_values", _F, [1, 3, 768, 768])]
    outputs = [_value("logits", _F, [1, 2, "q"]), _value("pred_boxes", _F, [1, 2, 4])]
    return _save(path, nodes, inputs, outputs, constants)


def dino_file(path: Path) -> Path:
    """Grounding DINO: a logit for each box and token."""
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["each"]),
        helper.make_node("Transpose", ["each"], ["logits"], perm=[0, 2, 1]),
        helper.make_node("Identity", ["boxes"], ["pred_boxes"]),
    ]
    constants = [_constant("table", _table()), _constant("boxes", np.array([BOXES], np.float32))]
    inputs = [_value(name, _I, [1, "t"]) for name in ("input_ids", "token_type_ids", "attention_mask")]
    inputs += [_value("pixel_values", _F, [1, 3, 800, 800]), _value("pixel_mask", _I, [1, 800, 800])]
    outputs = [_value("logits", _F, [1, 2, "t"]), _value("pred_boxes", _F, [1, 2, 4])]
    return _save(path, nodes, inputs, outputs, constants)


def clip_words(path: Path) -> Path:
    """A tokenizer that knows `WORDS`, with signs at start and end."""
    tokenizer = Tokenizer(models.WordLevel({word: n for n, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<start> $A <end>", special_tokens=[("<start>", 0), ("<end>", 1)]
    )
    tokenizer.save(str(path))
    return path


def bert_words(path: Path) -> Path:
    """The same words as a vocabulary of BERT's."""
    path.write_text("\n".join({"<start>": "[CLS]", "<end>": "[SEP]", "!": "[PAD]"}.get(word, word) for word in WORDS))
    return path


def efficientsam_file(path: Path, side: int = 128) -> Path:
    """EfficientSAM: a box as it is, and a square of 41 about a point; of three answers the second is the likeliest."""
    y, x = np.mgrid[:side, :side].astype(np.float32) + 0.5
    nodes = []
    for name, point, axis in (("x1", 0, 0), ("y1", 0, 1), ("x2", 1, 0), ("y2", 1, 1)):
        nodes += [
            helper.make_node("Gather", ["batched_point_coords", f"i{point}"], [f"{name}p"], axis=2),
            helper.make_node("Gather", [f"{name}p", f"i{axis}"], [name], axis=2),
            helper.make_node("Unsqueeze", [name, "at2"], [f"{name}u"]),
            helper.make_node("Unsqueeze", [f"{name}u", "at3"], [f"{name}v"]),
        ]
    nodes += [
        helper.make_node("Sub", ["x", "x1v"], ["fromleft"]),
        helper.make_node("Sub", ["x2v", "x"], ["fromright"]),
        helper.make_node("Sub", ["y", "y1v"], ["fromtop"]),
        helper.make_node("Sub", ["y2v", "y"], ["frombottom"]),
        helper.make_node("Min", ["fromleft", "fromright", "fromtop", "frombottom"], ["box"]),
        helper.make_node("Abs", ["fromleft"], ["across"]),
        helper.make_node("Abs", ["fromtop"], ["down"]),
        helper.make_node("Max", ["across", "down"], ["far"]),
        helper.make_node("Sub", ["reach", "far"], ["square"]),
        helper.make_node("Gather", ["batched_point_labels", "i0"], ["first"], axis=2),
        helper.make_node("Equal", ["first", "inside"], ["pointed"]),
        helper.make_node("Unsqueeze", ["pointed", "at2"], ["pointed4"]),
        helper.make_node("Unsqueeze", ["pointed4", "at3"], ["pointed5"]),
        helper.make_node("Where", ["pointed5", "square", "box"], ["mask4"]),
        helper.make_node("Reshape", ["mask4", "as_mask"], ["mask"]),
        helper.make_node("Neg", ["mask"], ["wrong"]),
        helper.make_node("ReduceMean", ["batched_images"], ["light"], keepdims=0),
        helper.make_node("Mul", ["light", "nothing"], ["unseen"]),
        helper.make_node("Add", ["wrong", "unseen"], ["wrong1"]),
        helper.make_node("Concat", ["wrong1", "mask", "wrong"], ["output_masks"], axis=2),
        helper.make_node("Identity", ["sure"], ["iou_predictions"]),
    ]
    constants = [_constant("x", x[None, None]), _constant("y", y[None, None]), _constant("inside", np.float32(1))]
    constants += [_constant(f"i{n}", np.int64(n)) for n in (0, 1)] + [_constant("reach", np.float32(20.5))]
    constants += [_constant("at2", np.array([2])), _constant("at3", np.array([3])), _constant("nothing", np.float32(0))]
    constants += [_constant("as_mask", np.array([1, 1, 1, side, side]))]
    constants += [_constant("sure", np.array([[[0.2, 0.9, 0.1]]], np.float32))]
    inputs = [_value("batched_images", _F, [1, 3, side, side]), _value("batched_point_coords", _F, [1, 1, 6, 2])]
    inputs += [_value("batched_point_labels", _F, [1, 1, 6])]
    outputs = [_value("output_masks", _F, [1, 1, 3, side, side]), _value("iou_predictions", _F, [1, 1, 3])]
    return _save(path, nodes, inputs, outputs, constants)


def migan_file(path: Path) -> Path:
    """MI-GAN: uint8 in and out; keeps where the mask is 255, and blurs what is kept into the rest."""
    nodes = [
        helper.make_node("Cast", ["image"], ["light"], to=_F),
        helper.make_node("Cast", ["mask"], ["kept255"], to=_F),
        helper.make_node("Div", ["kept255", "full"], ["kept"]),
        helper.make_node("AveragePool", ["light"], ["soft"], kernel_shape=[9, 9], pads=[4, 4, 4, 4]),
        helper.make_node("Mul", ["light", "kept"], ["seen"]),
        helper.make_node("Sub", ["one", "kept"], ["open"]),
        helper.make_node("Mul", ["soft", "open"], ["made"]),
        helper.make_node("Add", ["seen", "made"], ["both"]),
        helper.make_node("Cast", ["both"], ["result"], to=_U),
    ]
    constants = [_constant("full", np.float32(255)), _constant("one", np.float32(1))]
    inputs = [_value("image", _U, [1, 3, "h", "w"]), _value("mask", _U, [1, 1, "h", "w"])]
    return _save(path, nodes, inputs, [_value("result", _U, [1, 3, "h", "w"])], constants)
