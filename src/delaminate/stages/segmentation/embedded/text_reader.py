"""PP-OCR: where text stands in a picture, which way up, and what it says.

The three networks lie in RapidOCR's wheel and are run directly, because importing RapidOCR takes longer than reading a
picture does. Text is found by differentiable binarisation (Liao et al. 2020), read by a network trained with
connectionist temporal classification and its best path (Graves et al. 2006).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.errors import StageFailed
from delaminate.stages.segmentation.embedded.sessions import run, session_of

Floats = NDArray[np.float32]
Pixels = NDArray[Any]

_SHORTER = 736
"""Pixels of the shorter side the detector looks at, at least."""
_STRIDE = 32
"""The detector's sides are multiples of this."""
_WIDEST = 8
"""Times as long as high or wide; a longer ribbon is laid on a larger ground, not to be enlarged beyond reason."""
_LOWEST = 30
"""Pixels of height up to which a picture is laid on a higher ground, too."""

_INK = 0.3
"""Probability above which a pixel of the detector's map belongs to text."""
_SURE = 0.5
"""Mean probability a line has at least."""
_GROWTH = 1.6
"""The detector finds the cores of lines; they grow by this times area / perimeter (the paper's unclip ratio)."""

_HEIGHT = 48
"""Pixels of the height at which lines are read."""
_WIDTH = 320
"""Fewest pixels of the width."""
_TURN_WIDTH = 192
_TURNED = 0.9
"""Probability above which a line stands on its head."""
_BATCH = 6
_LEAST_SCORE = 0.5


@dataclass(frozen=True, eq=False)
class Writing:
    """A line: corners (float64 4×2, x and y, clockwise from the top left), its words, and how sure they are, 0..1."""

    quad: NDArray[np.float64]
    text: str
    score: float


@dataclass(eq=False)
class TextReader:
    """Reads lines of text in any of PP-OCR's languages; each network is loaded when it is first needed.

    Raises
    ------
    StageFailed
        On reading, where RapidOCR's networks are not installed.
    """

    @cached_property
    def _detector(self) -> Any:
        return _network("det")

    @cached_property
    def _turner(self) -> Any:
        return _network("cls")

    @cached_property
    def _recogniser(self) -> Any:
        return _network("rec")

    @cached_property
    def _letters(self) -> list[str]:
        """What the recogniser's classes stand for; the first is the blank between letters."""
        return ["", *self._recogniser.get_modelmeta().custom_metadata_map["character"].splitlines(), " "]

    def __call__(self, rgb: Pixels) -> list[Writing]:
        """Read a H×W×3 picture of at most a few megapixels; in no particular order."""
        bgr = np.ascontiguousarray(rgb[..., ::-1])
        quads = self._found(bgr)
        if not quads:
            return []
        lines = [_straightened(bgr, quad) for quad in quads]
        words = self._read(lines)
        turned = self._turned(lines)
        for i, other in zip(turned, self._read([cv2.rotate(lines[i], cv2.ROTATE_180) for i in turned]), strict=True):
            words[i] = max(words[i], other, key=lambda pair: pair[1])
        read = zip(quads, words, strict=True)
        return [Writing(quad, text, score) for quad, (text, score) in read if score >= _LEAST_SCORE and text.strip()]

    def _found(self, bgr: Pixels) -> list[NDArray[np.float64]]:
        """Corners of all lines."""
        height, width = bgr.shape[:2]
        above = beside = 0
        if height <= _LOWEST or width > _WIDEST * height:
            above = abs(2 * max(width // _WIDEST, _LOWEST) - height) // 2
        elif height > _WIDEST * width:
            beside = (height // _WIDEST - width) // 2 + 1
        if above or beside:
            bgr = cv2.copyMakeBorder(bgr, above, above, beside, beside, cv2.BORDER_CONSTANT)
        high, wide = bgr.shape[:2]
        scale = max(1.0, _SHORTER / min(high, wide))
        size = [max(_STRIDE, round(int(side * scale) / _STRIDE) * _STRIDE) for side in (wide, high)]
        likely = run(self._detector, _signed(cv2.resize(bgr, size))[None])[0][0, 0]
        stretch = np.array([wide / size[0], high / size[1]])
        quads = []
        for core in _cores(likely):
            corners = _clockwise(np.rint(core * stretch) - (beside, above))
            corners = np.clip(corners, 0, (width - 1, height - 1))
            if min(np.linalg.norm(corners[0] - corners[1]), np.linalg.norm(corners[0] - corners[3])) >= 4:
                quads.append(corners)
        return quads

    def _turned(self, lines: list[Pixels]) -> list[int]:
        """Indices of the lines that seem to stand on their heads."""
        out = []
        for some in _batches(lines):
            wide = np.stack([_fitted(lines[i], _TURN_WIDTH) for i in some])
            out += [i for i, (_, turned) in zip(some, run(self._turner, wide)[0], strict=True) if turned > _TURNED]
        return out

    def _read(self, lines: list[Pixels]) -> list[tuple[str, float]]:
        """Words of every line and the mean probability of their letters."""
        words = [("", 0.0)] * len(lines)
        for some in _batches(lines):
            width = max(_WIDTH, *(int(_HEIGHT * _aspect(lines[i])) for i in some))
            spoken = run(self._recogniser, np.stack([_fitted(lines[i], width) for i in some]))[0]
            for i, steps in zip(some, spoken, strict=True):
                words[i] = self._spelt(steps)
        return words

    def _spelt(self, steps: Floats) -> tuple[str, float]:
        """The best path through steps×classes probabilities: repetitions are one letter, blanks none."""
        best = steps.argmax(axis=1)
        said = best != 0
        said[1:] &= best[1:] != best[:-1]
        if not said.any():
            return "", 0.0
        return "".join(self._letters[i] for i in best[said]), float(steps.max(axis=1)[said].mean())


def _network(kind: str) -> Any:
    """An onnxruntime session of one of the networks in RapidOCR's wheel ("det", "cls" or "rec")."""
    spec = find_spec("rapidocr")
    folders = spec.submodule_search_locations if spec is not None else None
    paths = [path for folder in folders or () for path in sorted(Path(folder, "models").glob(f"*_{kind}_*.onnx"))]
    if not paths:
        raise StageFailed(
            "text cannot be read without the networks in RapidOCR's wheel; install rapidocr 3.10 or later"
        )
    return session_of(paths[0])


def _signed(bgr: Pixels) -> Floats:
    """Pixels as a network wants them: 3×h×w, −1..1."""
    planes = np.ascontiguousarray(bgr.transpose(2, 0, 1), np.float32)
    planes /= 127.5
    planes -= 1
    return planes


def _cores(likely: Floats) -> Iterator[NDArray[np.float64]]:
    """Grown rectangles around what the detector's map (h×w, 0..1) shows; corners in its pixels."""
    ink = cv2.dilate((likely > _INK).astype(np.uint8), np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(ink, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    for contour in contours:
        centre, (width, height), angle = cv2.minAreaRect(contour)
        if min(width, height) < 3 or _mean_inside(likely, cv2.boxPoints((centre, (width, height), angle))) < _SURE:
            continue
        margin = _GROWTH * width * height / (width + height)  # twice the distance, for both sides
        yield np.asarray(cv2.boxPoints((centre, (width + margin, height + margin), angle)), np.float64)


def _mean_inside(likely: Floats, corners: NDArray[Any]) -> float:
    """Mean of a map under a quadrilateral."""
    height, width = likely.shape
    left, top = np.clip(np.floor(corners.min(axis=0)).astype(int), 0, (width - 1, height - 1))
    right, bottom = np.clip(np.ceil(corners.max(axis=0)).astype(int), 0, (width - 1, height - 1)) + 1
    inside = np.zeros((bottom - top, right - left), np.uint8)
    cv2.fillPoly(inside, [(corners - (left, top)).astype(np.int32)], 1)
    return float(cv2.mean(likely[top:bottom, left:right], inside)[0])


def _clockwise(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Four corners in order: top left, top right, bottom right, bottom left."""
    by_x = corners[np.argsort(corners[:, 0], kind="stable")]
    left, right = (pair[np.argsort(pair[:, 1], kind="stable")] for pair in (by_x[:2], by_x[2:]))
    return np.array([left[0], right[0], right[1], left[1]])


def _straightened(bgr: Pixels, quad: NDArray[np.float64]) -> Pixels:
    """The line under a quadrilateral, laid flat; one that runs down the picture is turned a quarter."""
    across, down = np.linalg.norm(quad - np.roll(quad, -1, axis=0), axis=1).reshape(2, 2).max(axis=0).astype(int)
    flat = np.array([[0, 0], [across, 0], [across, down], [0, down]], np.float32)
    matrix = cv2.getPerspectiveTransform(quad.astype(np.float32), flat)
    line = cv2.warpPerspective(
        bgr, matrix, (int(across), int(down)), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(np.rot90(line) if down >= 1.5 * across else line, np.uint8)


def _aspect(line: Pixels) -> float:
    return float(line.shape[1] / line.shape[0])


def _fitted(line: Pixels, width: int) -> Floats:
    """A line at the height of reading, 3×48×`width`, squeezed if it is too long, grey to its right if too short."""
    out = np.zeros((3, _HEIGHT, width), np.float32)
    used = min(width, int(np.ceil(_HEIGHT * _aspect(line))))
    out[..., :used] = _signed(cv2.resize(line, (used, _HEIGHT)))
    return out


def _batches(lines: Sequence[Pixels]) -> Iterator[list[int]]:
    """Indices in groups of similar width, so that little is padded."""
    order = sorted(range(len(lines)), key=lambda i: _aspect(lines[i]))
    for start in range(0, len(order), _BATCH):
        yield order[start : start + _BATCH]
