"""Where faces are, and which regions are people: what stands out with a face in it.

The network is CenterFace (Xu et al., "CenterFace: joint face detection and alignment using face as point", Scientific
Programming 2020), whose file `delaminate models pull` fetches. Where it is not on this machine nobody is recognised by
a face, and `why_no_face_finder` says what to do. It finds faces; it does not tell whose they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.models import weights
from delaminate.models.onnx_graph import with_free_size
from delaminate.pixels import Box, Mask, Rgb, as_eight_bit
from delaminate.stages.segmentation.embedded.sessions import can_run, run, session_of

Face: TypeAlias = tuple[Box, float]
"""Where a face is, and how sure that is, 0..1."""

LONG_SIDE = 640
"""Pixels of the longer side it looks at: faces down to a fortieth of the picture."""

SURE = 0.5
"""What it must be sure of: at this it saw one face in 45 everyday photographs without people."""

_STEP, _MULTIPLE = 4, 32
"""Pixels a cell of its answer; sides it takes are multiples of 32."""
_APART = 0.3
"""Overlap (IoU) from which two answers are one face."""

_INSIDE, _UPPER, _LEAST = 0.6, 0.6, 0.004
"""A region is somebody's where this share of a face's box lies in it, its centre in this upper share of the region's
box, and the face is this share of the region at least: what carries a tiny face is a poster or a crowd."""


@dataclass(frozen=True, eq=False)
class FaceFinder:
    """The network, loaded; `session` is onnxruntime's, which threads may share."""

    session: Any

    def __call__(self, rgb: Rgb) -> tuple[Face, ...]:
        """Faces in a picture, surest first; about 0.15 CPU seconds."""
        height, width = rgb.shape[:2]
        scale = LONG_SIDE / max(height, width)
        high, wide = (max(_MULTIPLE, round(side * scale / _MULTIPLE) * _MULTIPLE) for side in (height, width))
        shrinks = high * wide < height * width
        shown = cv2.resize(
            as_eight_bit(rgb), (wide, high), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        )
        heat, size, offset = run(self.session, shown.transpose(2, 0, 1)[None].astype(np.float32))[:3]
        sure = heat[0, 0]
        rows, columns = np.nonzero(sure >= SURE)
        heights, widths = np.exp(size[0][:, rows, columns]) * _STEP
        tops = (rows + offset[0, 0, rows, columns] + 0.5) * _STEP - heights / 2
        lefts = (columns + offset[0, 1, rows, columns] + 0.5) * _STEP - widths / 2
        across, down = width / wide, height / high
        edges = np.stack([lefts * across, tops * down, (lefts + widths) * across, (tops + heights) * down], axis=1)
        return _apart(np.clip(edges, 0, [width, height, width, height]), sure[rows, columns])


def _apart(edges: NDArray[np.floating[Any]], sure: NDArray[np.float32]) -> tuple[Face, ...]:
    """Each face once: the surest of those that overlap."""
    found: list[Face] = []
    for i in np.argsort(-sure, kind="stable"):
        left, top, right, bottom = (round(float(edge)) for edge in edges[i])
        if right > left and bottom > top:
            box = Box(left, top, right, bottom)
            if all(_overlap(box, other) < _APART for other, _ in found):
                found.append((box, min(1.0, float(sure[i]))))
    return tuple(found)


def _overlap(a: Box, b: Box) -> float:
    wide = min(a.right, b.right) - max(a.left, b.left)
    high = min(a.bottom, b.bottom) - max(a.top, b.top)
    common = max(0, wide) * max(0, high)
    return common / (a.area + b.area - common)


def face_of(mask: Mask, faces: Sequence[Face]) -> Face | None:
    """The surest face that makes a region (bool H×W, of the picture the faces are in) somebody; None where none does.

    Most of the face lies in it, in its upper part, and is no speck of it.
    """
    area = int(mask.sum())
    rows = np.flatnonzero(mask.any(axis=1))
    for box, sure in sorted(faces, key=lambda face: -face[1]):
        inside = int(mask[box.slices].sum())
        if not area or inside < max(_INSIDE * box.area, _LEAST * area):
            continue
        if (box.top + box.bottom) / 2 <= rows[0] + _UPPER * (rows[-1] + 1 - rows[0]):
            return box, sure
    return None


def head_box(face: Box, width: int, height: int) -> Box:
    """The head around a face, hair and chin included, within a picture of `width` × `height`."""
    side, above, below = round(0.35 * face.width), round(0.45 * face.height), round(0.12 * face.height)
    return Box(
        max(0, face.left - side),
        max(0, face.top - above),
        min(width, face.right + side),
        min(height, face.bottom + below),
    )


def faces(rgb: Rgb) -> tuple[Face, ...]:
    """Faces in a picture (H×W×3), surest first; none where there is no network."""
    finder = face_finder()
    return finder(rgb) if finder is not None else ()


def face_finder() -> FaceFinder | None:
    """The network, loaded once; None where it cannot be had."""
    return _loaded()[0]


def why_no_face_finder() -> str:
    """One sentence that says what is missing and how to get it; empty where there is one."""
    return _loaded()[1]


def _loaded() -> tuple[FaceFinder | None, str]:
    if not can_run():
        return None, "onnxruntime is not installed: pip install onnxruntime"
    return weights.loaded("centerface", _finder)


def _finder(content: bytes) -> FaceFinder:
    return FaceFinder(session_of(with_free_size(content, "input.1", (1, 3, "high", "wide"))))
