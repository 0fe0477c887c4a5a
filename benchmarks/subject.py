"""A photograph's subject cut out, from the command line to files: ours against the script people write for it.

    python benchmarks/subject.py [--picture FILE] [--pairs 3] [--json FILE]

The script is what one finds: U²-Net-p by onnxruntime on 320 × 320 pixels, its map as alpha, OpenCV's Telea for what
lies behind, two PNGs by Pillow. Ours is `delaminate split PHOTO "isolate the main subject"`, with an exact stack, our
fill, a preview and a manifest. Both are processes of their own, taking turns on the same picture: scikit-image's cat at
1.6 megapixels, or a given one. Needs the figure network (`delaminate models pull`).
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from measure import Ratio, child, tell

GOAL = 1.0


def cut_out(picture: Path, network: Path, out: Path) -> None:
    """The script; runs in a process of its own."""
    import cv2
    import numpy as np
    import onnxruntime
    from PIL import Image

    rgb = np.asarray(Image.open(picture).convert("RGB"))
    height, width = rgb.shape[:2]
    seen = cv2.resize(rgb, (320, 320), interpolation=cv2.INTER_AREA).astype(np.float32)
    seen = (seen / max(float(seen.max()), 1) - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)
    session = onnxruntime.InferenceSession(str(network), providers=["CPUExecutionProvider"])
    batch = np.ascontiguousarray(seen.transpose(2, 0, 1)[None], np.float32)
    found = session.run(None, {session.get_inputs()[0].name: batch})[0][0, 0]
    alpha = np.clip(cv2.resize(found, (width, height)), 0, 1)
    hole = cv2.dilate((alpha > 0.1).astype(np.uint8), np.ones((7, 7), np.uint8))
    behind = cv2.inpaint(np.ascontiguousarray(rgb[..., ::-1]), hole, 3, cv2.INPAINT_TELEA)[..., ::-1]
    Image.fromarray(np.dstack([rgb, np.rint(alpha * 255).astype(np.uint8)])).save(out / "subject.png")
    Image.fromarray(np.ascontiguousarray(behind)).save(out / "background.png")


def cat(path: Path) -> None:
    """Scikit-image's cat at 1.6 megapixels, as JPEG of quality 92."""
    from importlib.util import find_spec

    from PIL import Image

    spec = find_spec("skimage.data")
    assert spec is not None
    assert spec.origin is not None
    with Image.open(Path(spec.origin).with_name("chelsea.png")) as opened:
        opened.convert("RGB").resize((1550, 1032), Image.Resampling.BICUBIC).save(path, quality=92)


def ratios(picture: Path | None, pairs: int) -> list[Ratio]:
    """Wall clock, processor seconds and peak memory of both."""
    from delaminate.models.weights import installed

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        network = installed("u2netp")
        if network is None:
            raise RuntimeError("the figure network is not here: delaminate models pull u2netp")
        if picture is None:
            picture = folder / "cat.jpg"
            cat(picture)
        ours = [sys.executable, "-m", "delaminate", "split", str(picture), "isolate the main subject"]
        ours += ["--max-layers", "1", "--overwrite", "--out", str(folder / "ours")]
        theirs = [sys.executable, __file__, "--script", str(picture), str(network), str(folder)]
        both = [(child(ours), child(theirs)) for _ in range(pairs + 1)][1:]
    out = []
    for what, unit, goal in (("wall", "s", GOAL), ("cpu", "cpu-s", None), ("peak", "MB", None)):
        mine, others = ([getattr(pair[side], what) for pair in both] for side in (0, 1))
        value = statistics.median(b / a for a, b in zip(mine, others, strict=True))
        ours_, theirs_ = statistics.median(mine), statistics.median(others)
        out.append(
            Ratio(f"subject of a photograph, {what}", value, ours_, theirs_, unit, "U²-Net-p + Telea script", goal)
        )
    return out


def main() -> None:
    """Measure and tell, or be the script."""
    if "--script" in sys.argv:
        cut_out(*(Path(given) for given in sys.argv[sys.argv.index("--script") + 1 :][:3]))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--json")
    asked = parser.parse_args()
    tell(ratios(asked.picture, asked.pairs), sys.argv)


if __name__ == "__main__":
    main()
