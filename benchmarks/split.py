"""A whole split at 0.3 to 24 megapixels: seconds, processor seconds per layer, peak memory.

    python benchmarks/split.py [--sizes 0.3,1,4,12,24] [--json FILE]

The picture is drawn by the project: a blue book, a red apple and an orange rocket on wood, with grain, scaled to size.
Every split is a process of its own; its peak is the system's figure for it. Seconds are those of the split alone, the
processor's are of all threads. About three minutes.

The reference is one peel step of LayerD per layer (BiRefNet Swin-L at 1024² 49 + big-LaMa at 1024² 32 + its helpers
0.5, 81 processor seconds; random weights, fp32, torch 2.13 on one thread of a 2-core AVX2 machine). It is quoted, not
run here: its weights are 1.2 GB. Its networks see 1024² pixels whatever the size, so it costs the same at 24 MP.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from measure import Child, Ratio, child, tell

LAYERD = 81.0
"""Processor seconds per layer, see above."""
MEMORY = 2500.0
"""MB allowed at 24 MP."""
INSTRUCTION = "the book, the apple and the rocket"
SIZES = (0.3, 1.0, 4.0, 12.0, 24.0)


def draw(path: Path, megapixels: float, title: str = "") -> None:
    """Draw the picture, with a title over it or without; runs in a process of its own."""
    from random import Random

    import numpy as np
    from PIL import Image, ImageDraw, ImageFont

    from delaminate.evaluation.generation.backdrops import wood
    from delaminate.evaluation.generation.catalogue import draw as draw_thing
    from delaminate.evaluation.generation.catalogue import thing

    rng = Random("benchmark")
    small = Image.fromarray(wood(rng, 750, 1000, (255, 236, 224), (246, 196, 180))).convert("RGBA")
    for noun, colour, at in (
        ("book", "blue", (90, 240)),
        ("apple", "red", (390, 260)),
        ("rocket", "orange", (690, 220)),
    ):
        small.alpha_composite(Image.fromarray(draw_thing(thing(noun), 250, rng, colour).pixels), at)
    ImageDraw.Draw(small).text((90, 60), title, (60, 30, 20, 255), ImageFont.load_default(90))
    width = round((megapixels * 1e6 * 4 / 3) ** 0.5)
    picture = np.asarray(small.convert("RGB").resize((width, width * 3 // 4), Image.Resampling.BICUBIC)).copy()
    grain = np.random.default_rng(0)
    for row in range(0, picture.shape[0], 64):
        part = picture[row : row + 64]
        part[:] = np.clip(part.astype(np.int16) + grain.integers(-3, 4, part.shape, np.int16), 0, 255)
    Image.fromarray(picture).save(path, compress_level=1)


def split(path: Path) -> dict[str, Any]:
    """Split the picture and say how it went; runs in a process of its own."""
    import time

    import delaminate

    start, start_cpu = time.perf_counter(), time.process_time()
    result = delaminate.split(path, INSTRUCTION, max_layers=3)
    return {
        "wall": time.perf_counter() - start,
        "cpu": time.process_time() - start_cpu,
        "layers": len(result.stack.layers) - 1,
        "exact": result.report.max_error == 0,
        "stages": result.report.seconds,
    }


def measure(megapixels: float, runs: int) -> tuple[dict[str, Any], Child]:
    """The run of median wall clock."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture.png"
        child([sys.executable, __file__, "--draw", str(path), str(megapixels)])
        done = [child([sys.executable, __file__, "--one", str(path)]) for _ in range(runs)]
    told = [(json.loads(one.printed), one) for one in done]
    return sorted(told, key=lambda pair: pair[0]["wall"])[len(told) // 2]


def ratios(sizes: tuple[float, ...]) -> list[Ratio]:
    """Per size the processor time against LayerD's; memory against its budget at 24 MP."""
    out = []
    for megapixels in sizes:
        told, process = measure(megapixels, 3 if megapixels <= 1 else 1)
        stages = ", ".join(f"{stage} {took:.2f}" for stage, took in told["stages"].items())
        proof = "exact" if told["exact"] else "NOT EXACT"
        spent = f"{told['wall']:.2f} s, {told['cpu']:.2f} cpu-s, {process.peak:.0f} MB peak"
        print(f"{megapixels:g} MP: {told['layers']} layers, {spent}, {proof} ({stages})", flush=True)
        per_layer = told["cpu"] / max(told["layers"], 1)
        name = f"split {megapixels:g} MP / {told['layers']} layers"
        goal = 20.0 if megapixels == 1 else None
        ratio = LAYERD / per_layer
        out.append(
            Ratio(f"{name}, processor per layer", ratio, per_layer, LAYERD, "cpu-s", "LayerD step, quoted", goal)
        )
        if megapixels == 24:
            out.append(Ratio(f"{name}, peak memory", MEMORY / process.peak, process.peak, MEMORY, "MB", "budget", 1.0))
    return out


def main() -> None:
    """Measure, or be one of the processes that are measured."""
    if "--draw-titled" in sys.argv:
        draw(Path(sys.argv[-2]), float(sys.argv[-1]), "Picture Book Day")
    elif "--draw" in sys.argv:
        draw(Path(sys.argv[-2]), float(sys.argv[-1]))
    elif "--one" in sys.argv:
        print(json.dumps(split(Path(sys.argv[-1]))))
    else:
        asked = sys.argv[sys.argv.index("--sizes") + 1].split(",") if "--sizes" in sys.argv else SIZES
        tell(ratios(tuple(float(size) for size in asked)), sys.argv)


if __name__ == "__main__":
    main()
