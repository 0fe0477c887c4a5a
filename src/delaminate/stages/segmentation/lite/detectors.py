"""Detectors that read, as ONNX files: OWL-ViT and Grounding DINO tiny.

Minderer et al., "Simple open-vocabulary object detection with vision transformers", ECCV 2022, and Liu et al.,
"Grounding DINO", ECCV 2024. Pictures and words are prepared as the processors of Hugging Face's transformers prepare
them, and answers are read as they read them; `tests/with_torch` compares the two.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.errors import StageFailed
from delaminate.models import weights
from delaminate.models.onnx_session import answers, can_run, loading
from delaminate.pixels import Rgb, as_eight_bit
from delaminate.stages.segmentation.cutouts import Cutout
from delaminate.stages.segmentation.questions import by_query, grouped, question
from delaminate.stages.segmentation.reading import detections

Given: TypeAlias = dict[str, NDArray[Any]]
"""Inputs of a network by name."""

_CLIP = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
_IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_WORDS = 16
"""Tokens of one name that OWL-ViT reads, padded to that."""
_OWL_SIDE, _DINO_SIDE = 768, 800

_owl = loading("OWL-ViT", "input_ids", "attention_mask", "pixel_values")
_dino = loading("Grounding DINO", "input_ids", "attention_mask", "pixel_values")


class Detector(Protocol):
    """Names → boxes."""

    @property
    def checkpoints(self) -> tuple[str, ...]:
        """The weights it uses."""

    def __call__(self, rgb: Rgb, queries: Sequence[str], threshold: float) -> dict[str, list[Cutout]]:
        """What of an H×W×3 picture answers each query, not cut out.

        Raises
        ------
        StageFailed
            If the weights are not there or are others.
        """


@dataclass(frozen=True)
class OwlVit:
    """OWL-ViT base/32: all names in one run, which looks at 768 × 768 pixels.

    Parameters
    ----------
    weights, words : names of the model and of CLIP's tokenizer, or files of the user's.
    """

    weights: str = "owlvit"
    words: str = "clip-words"

    @property
    def checkpoints(self) -> tuple[str, ...]:
        return self.weights, self.words

    def __call__(self, rgb: Rgb, queries: Sequence[str], threshold: float) -> dict[str, list[Cutout]]:
        """See `Detector`."""
        if not queries:
            return {}
        session, tokenizer = _loaded(self.weights, _owl), _loaded(self.words, _clip_tokenizer)
        ids, mask = _clip_tokens(tokenizer, [f"a photo of a {query}" for query in queries])
        given: Given = {
            "input_ids": ids,
            "attention_mask": mask,
            "pixel_values": prepared(rgb, _OWL_SIDE, _OWL_SIDE, _CLIP),
        }
        logits, boxes = _named(session, given, "logits", "pred_boxes")
        return detections(_sigmoid(logits[0]).T, boxes[0], queries, threshold)


@dataclass(frozen=True)
class DinoLite:
    """Grounding DINO tiny, in an export that keeps several names of one question apart.

    Parameters
    ----------
    weights, words : names of the model and of BERT's vocabulary, or files of the user's.
    """

    weights: str = "dino-lite"
    words: str = "bert-words"

    @property
    def checkpoints(self) -> tuple[str, ...]:
        return self.weights, self.words

    def __call__(self, rgb: Rgb, queries: Sequence[str], threshold: float) -> dict[str, list[Cutout]]:
        """See `Detector`."""
        return self.read(_loaded(self.weights, _dino), rgb, queries, threshold)

    def read(self, session: Any, rgb: Rgb, queries: Sequence[str], threshold: float) -> dict[str, list[Cutout]]:
        """The same with a session in place of the weights."""
        tokenizer = _loaded(self.words, _bert_tokenizer)
        found: dict[str, list[Cutout]] = {query: [] for query in queries}
        pixels = prepared(rgb, *_dino_size(session), _IMAGENET)
        for group in grouped(queries, lambda query: len(tokenizer.encode(query).ids)):
            told = tokenizer.encode(question(group))
            ids = np.array([told.ids], np.int64)
            given: Given = {
                "input_ids": ids,
                "attention_mask": np.ones_like(ids),
                "token_type_ids": np.zeros_like(ids),
                "pixel_values": pixels,
                "pixel_mask": np.ones((1, *pixels.shape[2:]), np.int64),
            }
            logits, boxes = _named(session, given, "logits", "pred_boxes")
            scores = by_query(_sigmoid(logits[0]), np.array(told.offsets), group)
            found |= detections(scores, boxes[0], group, 3 * threshold)
        return found


def missing(detector: Detector) -> str:
    """One sentence that says what to install or fetch before a detector can work; empty when nothing is missing."""
    if not can_run():
        return "install onnxruntime: pip install onnxruntime"
    if importlib.util.find_spec("tokenizers") is None:
        return "install the extra for words: pip install 'delaminate[lite]'"
    return weights.missing(*detector.checkpoints, libraries=())


def prepared(rgb: Rgb, width: int, height: int, normal: tuple[tuple[float, ...], ...]) -> NDArray[np.float32]:
    """float32 1×3×height×width of a picture: scaled to that size, proportions or not, and normalised."""
    how = cv2.INTER_AREA if width * height < rgb.shape[0] * rgb.shape[1] else cv2.INTER_CUBIC
    small = cv2.resize(np.ascontiguousarray(as_eight_bit(rgb)), (width, height), interpolation=how)
    mean, deviation = (np.asarray(part, np.float32) for part in normal)
    values = (small.astype(np.float32) / np.float32(255) - mean) / deviation
    return np.ascontiguousarray(values.transpose(2, 0, 1)[None], np.float32)


def _dino_size(session: Any) -> tuple[int, int]:
    """Width and height that the export takes: its own where they are fixed, else 800 square."""
    shape = next(one.shape for one in session.get_inputs() if one.name == "pixel_values")
    height, width = (side if isinstance(side, int) else _DINO_SIDE for side in shape[2:])
    return width, height


def _loaded(name: str, load: Any) -> Any:
    made, why = weights.loaded(name, load)
    if made is None:
        raise StageFailed(f"lite cannot work: {why}")
    return made


def _named(session: Any, given: Given, *names: str) -> list[NDArray[np.float32]]:
    """The answers of those names, as float32."""
    try:
        made = answers(session, given)
    except Exception as error:
        raise StageFailed(f"the detector of lite failed: {str(error).splitlines()[0]}") from error
    told = {one.name: value for one, value in zip(session.get_outputs(), made, strict=True)}
    return [np.asarray(told[name], np.float32) for name in names]


def _sigmoid(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """In double precision, in which no two different answers become the same."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logits.astype(np.float64), -80, 80))))


def _clip_tokenizer(content: bytes) -> Any:
    from tokenizers import Tokenizer

    try:
        made = Tokenizer.from_str(content.decode())
    except Exception as error:
        raise StageFailed(f"it is no tokenizer: {str(error).splitlines()[0]}") from error
    made.no_padding()
    made.no_truncation()
    return made


def _clip_tokens(tokenizer: Any, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Tokens and what of them counts, each texts × 16; a longer text loses its end but not the end's sign."""
    ids = np.zeros((len(texts), _WORDS), np.int64)
    mask = np.zeros_like(ids)
    for row, text in enumerate(texts):
        told = tokenizer.encode(text).ids
        told = told if len(told) <= _WORDS else [*told[: _WORDS - 1], told[-1]]
        ids[row, : len(told)], mask[row, : len(told)] = told, 1
    return ids, mask


def _bert_tokenizer(content: bytes) -> Any:
    from tokenizers import BertWordPieceTokenizer

    try:
        words = {word: number for number, word in enumerate(content.decode().splitlines())}
        return BertWordPieceTokenizer(words, lowercase=True)
    except Exception as error:
        raise StageFailed(f"it is no vocabulary of BERT's: {str(error).splitlines()[0]}") from error
