"""What lite makes of pictures, words and answers, against transformers', with random weights of the real classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from contracts.segmenter_suite import SegmenterSuite, scene
from delaminate.contracts import Segmenter
from delaminate.pixels import Rgb
from delaminate.stages.segmentation.cutouts import Cutout
from delaminate.stages.segmentation.lite.detectors import _CLIP, DinoLite, OwlVit, _clip_tokens, prepared
from delaminate.stages.segmentation.lite.segmenter import Lite
from with_torch import tiny

QUERIES = ["red ball", "blue disc"]


class OwlOutputs(torch.nn.Module):
    """OWL-ViT with the outputs that exports have."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: Any, pixel_values: Any, attention_mask: Any) -> Any:
        answer = self.model(input_ids=input_ids, pixel_values=pixel_values, attention_mask=attention_mask)
        return answer.logits, answer.pred_boxes


@pytest.fixture(scope="session")
def owl(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, OwlVit]:
    """A small OWL-ViT and its export with words by CLIP's tokenizer."""
    from transformers import OwlViTConfig, OwlViTForObjectDetection

    torch.manual_seed(11)
    folder = tmp_path_factory.mktemp("owl")
    tiny.clip_tokenizer(folder)
    small = {"hidden_size": 32, "num_attention_heads": 2, "intermediate_size": 32, "num_hidden_layers": 1}
    text = small | {"vocab_size": 600, "max_position_embeddings": 16}
    vision = small | {"image_size": 768, "patch_size": 128}
    config = OwlViTConfig(text_config=text, vision_config=vision, projection_dim=32)
    model = OwlViTForObjectDetection(config).eval()
    model.box_head.dense2.weight.data *= 0.01  # untrained, its boxes have no extent
    ids, mask = torch.ones((2, 16), dtype=torch.int64), torch.ones((2, 16), dtype=torch.int64)
    file = folder / "owl.onnx"
    torch.onnx.export(
        OwlOutputs(model),
        (ids, torch.zeros(1, 3, 768, 768), mask),
        file,
        input_names=["input_ids", "pixel_values", "attention_mask"],
        output_names=["logits", "pred_boxes"],
        dynamic_axes={"input_ids": {0: "q"}, "attention_mask": {0: "q"}, "logits": {2: "q"}},
        dynamo=False,
    )
    return model, OwlVit(str(file), str(folder / "tokenizer.json"))


class TestLiteOnOwlVit(SegmenterSuite):
    """The export believed in everything, outlines by the embedded segmenter."""

    @pytest.fixture
    def segmenter(self, owl: tuple[Any, OwlVit]) -> Segmenter:
        """The one of the session."""
        return Lite(detectors=(owl[1],), cutter=None, threshold=0.01)


def test_owlvits_boxes_are_the_librarys_own(owl: tuple[Any, OwlVit]) -> None:
    """The same detections as its processor's post-processing finds, under the same names."""
    from onnxruntime import InferenceSession
    from transformers import OwlViTImageProcessorPil

    model, ours = owl
    found = ours(scene(), QUERIES, 1e-6)
    words = _clip_tokens(_tokenizer(ours), [f"a photo of a {query}" for query in QUERIES])
    given = {"input_ids": words[0], "attention_mask": words[1], "pixel_values": prepared(scene(), 768, 768, _CLIP)}
    logits, boxes = InferenceSession(ours.weights).run(None, given)
    with torch.inference_mode():
        answer = model(**{name: torch.from_numpy(value) for name, value in given.items()})
    assert np.allclose(answer.logits.numpy(), logits, atol=5e-3)
    assert np.allclose(answer.pred_boxes.numpy(), boxes, atol=1e-3)
    # From the export's own numbers: which of two nearly equal names is the better turns on the last digits.
    answer.logits, answer.pred_boxes = torch.from_numpy(logits), torch.from_numpy(boxes)
    post = OwlViTImageProcessorPil().post_process_object_detection(answer, threshold=1e-6, target_sizes=[(1, 1)])[0]
    corners = post["boxes"].clamp(0, 1)
    for number, query in enumerate(QUERIES):
        theirs = sorted(corners[post["labels"] == number].tolist())
        assert np.allclose(sorted(c.corners for c in found[query]), theirs, atol=1e-4)


def _tokenizer(owl: OwlVit) -> Any:
    from tokenizers import Tokenizer

    return Tokenizer.from_file(owl.words)


def test_owlvits_words_are_the_librarys_own(owl: tuple[Any, OwlVit]) -> None:
    """The tokens of its tokenizer at sixteen, cut and padded; padding aside, which the mask hides."""
    from transformers import CLIPTokenizerFast

    texts = ["a photo of a red ball", "x", "a photo of " + "very " * 20 + "long"]
    ids, mask = _clip_tokens(_tokenizer(owl[1]), texts)
    theirs = CLIPTokenizerFast.from_pretrained(Path(owl[1].words).parent)(
        texts, padding="max_length", max_length=16, truncation=True, return_tensors="np"
    )
    assert np.array_equal(mask, theirs["attention_mask"])
    assert np.array_equal(ids * mask, theirs["input_ids"] * mask)


def test_owlvits_pixels_are_the_librarys_own() -> None:
    """On a smooth picture to within the two ways of scaling."""
    from transformers import OwlViTImageProcessorPil

    y, x = np.mgrid[:900, :1350]
    rgb = np.dstack([x // 6, y // 4, (x + y) // 9]).astype(np.uint8)
    theirs = OwlViTImageProcessorPil()(images=rgb, return_tensors="np")["pixel_values"]
    assert theirs.shape == (1, 3, 768, 768)
    assert float(np.abs(prepared(rgb, 768, 768, _CLIP) - theirs).max()) < 0.05


class OfClass:
    """Grounding DINO as onnxruntime would run it.

    It is the class itself: PyTorch 2.13 does not export what transformers 5.23 makes of it (`aten::isin` and
    `aten::cummax` have no counterpart; with both written otherwise the file runs, and answers something else).
    """

    def __init__(self, folder: Path) -> None:
        from transformers import GroundingDinoForObjectDetection

        self.model = GroundingDinoForObjectDetection.from_pretrained(folder).eval()
        self.asked: dict[str, Any] = {}

    def get_inputs(self) -> list[Any]:
        """Of the shapes that exports have."""
        shapes = {"pixel_values": [1, 3, 800, 800], "input_ids": [1, "t"], "attention_mask": [1, "t"]}
        return [type("Input", (), {"name": name, "shape": shape}) for name, shape in shapes.items()]

    def get_outputs(self) -> list[Any]:
        """Under the names that exports have."""
        return [type("Output", (), {"name": name}) for name in ("logits", "pred_boxes")]

    def run(self, _: Any, given: dict[str, Any], __: Any) -> list[Any]:
        """The answer, and what was asked is kept."""
        self.asked.update(given)
        with torch.inference_mode():
            answer = self.model(**{name: torch.from_numpy(value) for name, value in given.items()})
        return [answer.logits.numpy(), answer.pred_boxes.numpy()]


@dataclass(frozen=True)
class DinoOfClass(DinoLite):
    """The detector on the class."""

    session: Any = None

    def __call__(self, rgb: Rgb, queries: Sequence[str], threshold: float) -> dict[str, list[Cutout]]:
        """With the class in place of the weights."""
        return self.read(self.session, rgb, queries, threshold)


@pytest.fixture(scope="session")
def dino(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, DinoOfClass]:
    """The folder of a small one with its words, and our detector."""
    from transformers import AutoTokenizer

    folder = tiny.grounding_dino(tmp_path_factory.mktemp("dino"))
    vocabulary = folder / "vocab.txt"
    if not vocabulary.exists():
        words = AutoTokenizer.from_pretrained(folder).get_vocab()
        vocabulary.write_text("\n".join(sorted(words, key=words.__getitem__)))
    return folder, DinoOfClass(str(vocabulary), str(vocabulary), OfClass(folder))


class TestLiteOnGroundingDino(SegmenterSuite):
    """Believed in everything, outlines by the embedded segmenter."""

    @pytest.fixture
    def segmenter(self, dino: tuple[Path, DinoOfClass], monkeypatch: pytest.MonkeyPatch) -> Segmenter:
        """The one of the session."""
        monkeypatch.setattr("delaminate.stages.segmentation.lite.segmenter.missing", lambda _: "")
        return Lite(detectors=(dino[1],), cutter=None, threshold=1e-4)


def test_grounding_dinos_boxes_are_the_librarys_own(dino: tuple[Path, DinoOfClass]) -> None:
    """Answers of the real class, handed to our reading as an export would give them, against its processor's."""
    from transformers import AutoTokenizer
    from transformers.models.grounding_dino.processing_grounding_dino import GroundingDinoProcessor

    folder, detector = dino
    found = detector(scene(), ["blue ball", "red ball"], 1e-4)
    asked, model = detector.session.asked, detector.session.model
    told = AutoTokenizer.from_pretrained(folder)("blue ball. red ball.", return_tensors="pt")
    assert np.array_equal(asked["input_ids"], told["input_ids"].numpy())
    with torch.inference_mode():
        answer = model(pixel_values=torch.from_numpy(asked["pixel_values"]), **told)
    post, shell = GroundingDinoProcessor.post_process_grounded_object_detection, object.__new__(GroundingDinoProcessor)
    shell.batch_decode = lambda ids: ids
    theirs = post(shell, answer, told["input_ids"], threshold=3e-4, target_sizes=[(1, 1)])[0]["boxes"].clamp(0, 1)
    mine = np.array(sorted(c.corners for one in found.values() for c in one))
    assert np.allclose(mine, np.array(sorted(theirs.tolist())), atol=1e-4)
