"""How fast and how large: PSD against psd-tools, PNG folders against Pillow and OpenCV. Prints ratios.

    python benchmarks/encoders.py [--megapixels 4] [--repeats 3] [--json FILE]

Six layers on one canvas: a photograph-like background and five soft-edged things of falling size. One thread for PNG
(as the comparison has), all cores for PSD. Takes about two minutes and 1 GB. Best of the repeats.
"""

from __future__ import annotations

import argparse
import io
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import cv2
import numpy as np
import psd_tools
from measure import Ratio, tell
from PIL import Image

from delaminate.export import psd
from delaminate.export.png_encode import write_png
from delaminate.pixels import Box, Rgba
from delaminate.stack import Layer, LayerStack, Role

SHARES = (0.9, 0.7, 0.5, 0.4, 0.3)
"""Sides of the five things as shares of the canvas."""


def photograph(width: int, height: int, seed: int) -> Rgba:
    """Smooth colour fields, some sharp edges, and the grain of a camera: opaque."""
    rng = np.random.default_rng(seed)
    coarse = cv2.resize(
        rng.normal(128, 60, (24, 32, 3)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
    )
    edges = cv2.resize(
        rng.integers(0, 60, (90, 120, 3)).astype(np.float32), (width, height), interpolation=cv2.INTER_NEAREST
    )
    grain = rng.normal(0, 1.5, (height, width, 3)).astype(np.float32)
    rgb = np.clip(coarse + edges + grain, 0, 255).astype(np.uint8)
    return np.dstack([rgb, np.full((height, width), 255, np.uint8)])


def six_layers(megapixels: float) -> LayerStack:
    """The stack that is written."""
    width = round((megapixels * 1e6 * 4 / 3) ** 0.5)
    height = round(width * 3 / 4)
    layers = [
        Layer("background", "background", Role.BACKGROUND, Box(0, 0, width, height), photograph(width, height, 0))
    ]
    for number, share in enumerate(SHARES, 1):
        w, h = round(width * share), round(height * share)
        rows, columns = np.mgrid[-1 : 1 : h * 1j, -1 : 1 : w * 1j]
        pixels = photograph(w, h, number)
        pixels[..., 3] = np.clip((1 - np.hypot(rows, columns)) * h / 4, 0, 1) * 255
        pixels[pixels[..., 3] == 0] = 0
        left, top = (width - w) * number // 6, (height - h) * number // 6
        layers.append(Layer(f"l{number}", f"thing {number}", Role.OBJECT, Box(left, top, left + w, top + h), pixels))
    return LayerStack(width, height, tuple(layers))


def on_canvas(layer: Layer, stack: LayerStack) -> Rgba:
    """A layer as a picture of the size of the canvas."""
    canvas = np.zeros((stack.height, stack.width, 4), np.uint8)
    canvas[layer.box.slices] = layer.pixels
    return canvas


def best(work: Callable[[], int], repeats: int) -> tuple[float, int]:
    """Seconds of the fastest run, and the bytes it wrote."""
    runs = []
    for _ in range(repeats):
        began = time.perf_counter()
        size = work()
        runs.append((time.perf_counter() - began, size))
    return min(runs)


def ours_as_psd(stack: LayerStack, folder: Path) -> int:
    """Bytes of the PSD our writer makes."""
    (path,) = psd.write(stack, folder / "ours.psd").paths
    return path.stat().st_size


def psd_tools_full_canvas(stack: LayerStack, folder: Path) -> int:
    """As the layer exporters of the field do it: every layer a picture of the size of the canvas."""
    document = psd_tools.PSDImage.new("RGBA", (stack.width, stack.height))
    for layer in stack.layers:
        document.create_pixel_layer(Image.fromarray(on_canvas(layer, stack)), name=layer.name)
    document.save(folder / "theirs.psd")
    return (folder / "theirs.psd").stat().st_size


def ours_as_png(stack: LayerStack) -> int:
    """Bytes of all layers through our encoder, one after the other."""
    size = 0
    for layer in stack.layers:
        file = io.BytesIO()
        write_png(file, layer.pixels, canvas=(stack.width, stack.height), at=(layer.box.left, layer.box.top))
        size += file.tell()
    return size


def pillow_png(canvases: list[Rgba], level: int) -> int:
    """Bytes of all layers through Pillow at a zlib level."""
    size = 0
    for canvas in canvases:
        file = io.BytesIO()
        Image.fromarray(canvas).save(file, "PNG", compress_level=level)
        size += file.tell()
    return size


def opencv_png(canvases: list[Rgba]) -> int:
    """Bytes of all layers through OpenCV as it comes."""
    return sum(len(cv2.imencode(".png", canvas)[1]) for canvas in canvases)


def show(name: str, seconds: float, size: int, against: tuple[float, int]) -> None:
    """Print a row."""
    print(
        f"| {name} | {seconds:.2f} | {size / 1e6:.1f} | {against[0] / seconds:.1f}x | {size / against[1]:.2f}x |",
        flush=True,
    )


def ratios(stack: LayerStack, runs: int) -> list[Ratio]:
    """Time and size of ours against each peer's; medians of pairs after one that warms up."""
    canvases = [on_canvas(layer, stack) for layer in stack.layers]
    out = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        asked: list[tuple[str, str, Callable[[], int], Callable[[], int], int]] = [
            (
                "PSD",
                "psd-tools",
                lambda: ours_as_psd(stack, folder),
                lambda: psd_tools_full_canvas(stack, folder),
                runs,
            ),
            ("PNG", "Pillow", lambda: ours_as_png(stack), lambda: pillow_png(canvases, 6), 1),
            ("PNG", "Pillow, level 1", lambda: ours_as_png(stack), lambda: pillow_png(canvases, 1), runs),
            ("PNG", "OpenCV", lambda: ours_as_png(stack), lambda: opencv_png(canvases), runs),
        ]
        for kind, peer, ours, theirs, times in asked:
            pairs = [(best(ours, 1), best(theirs, 1)) for _ in range(times + 1)][1:]
            for at, what, unit in ((0, "time", "s"), (1, "size", "bytes")):
                sides = [(mine[at], others[at]) for mine, others in pairs]
                value = median(b / a for a, b in sides)
                taken, other = (median(side) for side in zip(*sides, strict=True))
                out.append(Ratio(f"{kind} of six layers, {what}, against {peer}", value, taken, other, unit, peer))
    return out


def main() -> None:
    """Print both tables as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megapixels", type=float, default=4.0)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json")
    asked = parser.parse_args()
    stack = six_layers(asked.megapixels)
    if asked.json:
        tell(ratios(stack, asked.repeats), sys.argv)
        return
    cores = len(os.sched_getaffinity(0))
    print(f"Machine: {platform.machine()}, {cores} cores, Python {platform.python_version()}, numpy {np.__version__}.")
    print(f"Six layers, {stack.width} x {stack.height}, best of {asked.repeats}.\n")
    print("| PSD | seconds | MB | faster | size |\n|---|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as place:
        theirs = best(lambda: psd_tools_full_canvas(stack, Path(place)), asked.repeats)
        show("psd-tools, full canvas", *theirs, theirs)
        show("delaminate", *best(lambda: ours_as_psd(stack, Path(place)), asked.repeats), theirs)
    canvases = [on_canvas(layer, stack) for layer in stack.layers]
    print("\n| PNG, one thread | seconds | MB | faster | size |\n|---|--:|--:|--:|--:|")
    pillow = best(lambda: pillow_png(canvases, 6), 1)
    show("Pillow, default", *pillow, pillow)
    show("Pillow, level 1", *best(lambda: pillow_png(canvases, 1), asked.repeats), pillow)
    show("OpenCV", *best(lambda: opencv_png(canvases), asked.repeats), pillow)
    show("delaminate", *best(lambda: ours_as_png(stack), asked.repeats), pillow)


if __name__ == "__main__":
    main()
