"""Small pictures for the report: the input, every layer, where alphas differ, and the filled background."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from delaminate.evaluation.stack_score import StackScore, Truth, true_background, true_hole
from delaminate.evaluation.visible import visible_alphas
from delaminate.pixels import Rgba

SIDE = 320
"""Longest side in pixels."""


def draw_thumbnails(truth: Truth, stack: list[Rgba], score: StackScore, folder: Path) -> None:
    """Write input.webp, layer-NN.webp, target-NN.webp, difference-NN.webp, fill-difference.webp into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(truth.picture, folder / "input.webp")
    for k, pixels in enumerate(stack):
        _write(pixels, folder / f"layer-{k:02d}.webp")
    seen = visible_alphas([pixels[..., 3].astype(np.float32) / np.float32(255) for pixels in stack])
    for number, (covers, pair) in enumerate(zip(truth.coverages(), score.pairs, strict=True)):
        true = covers[0]
        found = np.zeros_like(true) if pair is None else seen[pair]
        _write(np.dstack([truth.picture, _levels(true)]), folder / f"target-{number:02d}.webp")
        _write(alpha_difference(true, found, truth.picture), folder / f"difference-{number:02d}.webp")
    off = np.abs(stack[0][..., :3] / 255 - true_background(truth)).max(axis=2)
    _write(_heat(np.clip(off * 4, 0, 1) * true_hole(truth)), folder / "fill-difference.webp")


def alpha_difference(true: NDArray[Any], found: NDArray[Any], picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture in faint grey; missed coverage in orange, coverage too much in blue, what agrees in grey. H×W×3."""
    ground = picture.mean(axis=2, dtype=np.float32) * np.float32(0.25) + np.float32(180)
    both = np.minimum(true, found)[..., None]
    missed, extra = np.clip(true - found, 0, 1)[..., None], np.clip(found - true, 0, 1)[..., None]
    colour = ground[..., None] * (1 - both * np.float32(0.45))
    colour = colour * (1 - missed) + np.array((230, 110, 20), np.float32) * missed
    colour = colour * (1 - extra) + np.array((30, 100, 220), np.float32) * extra
    return np.asarray(np.clip(colour, 0, 255), np.uint8)


def _heat(error: NDArray[Any]) -> NDArray[np.uint8]:
    """Black over red and yellow to white for 0..1."""
    return np.dstack([_levels(np.clip(error * 3 - k, 0, 1)) for k in range(3)])


def _levels(unit: NDArray[Any]) -> NDArray[np.uint8]:
    return np.asarray(np.rint(np.clip(unit, 0, 1) * 255), np.uint8)


def _write(pixels: NDArray[Any], path: Path) -> None:
    image = Image.fromarray(np.ascontiguousarray(pixels))
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS, reducing_gap=2)
    image.save(path, quality=82, method=2)
