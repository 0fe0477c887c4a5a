"""Flattening six layers against Pillow's `alpha_composite` chain and against the numpy core: how many times faster?

    python benchmarks/flatten.py [--json FILE]

Background and five things, at 1 and 12 megapixels. Pillow gets full-canvas layers, which is what the files hold;
"boxes" gives Pillow the same cropped layers with their places. Discs with a soft rim cover 10 % each; "noise" is the
worst case: every pixel of every layer blends. Bytes are compared first. One minute, 1.5 GB.
"""

from __future__ import annotations

import os
import sys

import numpy as np
from measure import Ratio, paired, tell
from PIL import Image

from delaminate.composite import flatten
from delaminate.pixels import Box, Rgba, box_of
from delaminate.stack import Layer, LayerStack, Role

RUNS = 7


def disc(width: int, height: int, share: float, rng: np.random.Generator) -> Rgba:
    """A disc of one colour with a soft rim, on the full canvas."""
    radius = float(np.sqrt(share * width * height / np.pi))
    x, y = rng.uniform(0.3, 0.7, 2) * (width, height)
    rows, columns = np.ogrid[:height, :width]
    far = np.hypot((columns - x).astype(np.float32), (rows - y).astype(np.float32))
    pixels = np.empty((height, width, 4), np.uint8)
    pixels[..., :3] = rng.integers(0, 256, 3)
    pixels[..., 3] = np.clip((radius - far) / 3 + 0.5, 0, 1) * 255
    return pixels


def stack_of(layers: list[Rgba]) -> LayerStack:
    """The layers cropped to what they cover."""
    height, width = layers[0].shape[:2]
    made = [Layer("background", "background", Role.BACKGROUND, Box(0, 0, width, height), layers[0])]
    for k, pixels in enumerate(layers[1:]):
        box = box_of(pixels[..., 3]) or Box(0, 0, 1, 1)
        made.append(Layer(f"l{k}", f"layer {k}", Role.OBJECT, box, np.ascontiguousarray(pixels[box.slices])))
    return LayerStack(width, height, tuple(made))


def chain(images: list[Image.Image]) -> Image.Image:
    """What a Pillow user writes."""
    flat = images[0]
    for image in images[1:]:
        flat = Image.alpha_composite(flat, image)
    return flat


def pasted(background: Image.Image, cropped: list[tuple[Image.Image, tuple[int, int]]]) -> Image.Image:
    """What a Pillow user writes who kept the layers cropped."""
    flat = background.copy()
    for image, at in cropped:
        flat.alpha_composite(image, at)
    return flat


def ratios() -> list[Ratio]:
    """Every question, ours first in each pair."""
    out = []
    rng = np.random.default_rng(0)
    for megapixels, (width, height) in {1: (1200, 900), 12: (4000, 3000)}.items():
        ground = np.full((height, width, 4), 255, np.uint8)
        kinds = {
            "discs": [ground, *(disc(width, height, 0.1, rng) for _ in range(5))],
            "noise": [ground, *(rng.integers(0, 256, ground.shape, np.uint8) for _ in range(5))],
        }
        for kind, layers in kinds.items():
            out += compare(f"flatten 6 × {megapixels} MP, {kind}", layers, 3.0 if megapixels == 12 else None)
    return out


def compare(name: str, layers: list[Rgba], goal: float | None) -> list[Ratio]:
    """One set of layers against every peer."""
    stack = stack_of(layers)
    images = [Image.fromarray(pixels) for pixels in layers]
    cropped = [(Image.fromarray(one.pixels), (one.box.left, one.box.top)) for one in stack.layers[1:]]
    if not np.array_equal(flatten(stack), np.asarray(chain(images))):
        raise SystemExit(f"{name}: the bytes differ from Pillow's")
    out = []
    for peer, work, target in (
        ("Pillow alpha_composite", lambda: chain(images), goal),
        ("Pillow, boxes", lambda: pasted(images[0], cropped), None),
        ("numpy core", lambda: flatten(stack, "numpy"), None),
    ):
        ours, theirs, value = paired(lambda: flatten(stack), work, RUNS if peer != "numpy core" else 3)
        out.append(Ratio(f"{name}, against {peer}", value, ours, theirs, "s", peer, target))
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_setaffinity") else set()
    if len(cores) > 1:
        os.sched_setaffinity(0, sorted(cores)[:1])
        ours, theirs, value = paired(lambda: flatten(stack), lambda: chain(images), RUNS)
        os.sched_setaffinity(0, cores)
        out.append(Ratio(f"{name}, one thread", value, ours, theirs, "s", "Pillow alpha_composite"))
    return out


if __name__ == "__main__":
    tell(ratios(), sys.argv)
