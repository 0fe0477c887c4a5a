"""Train the two judges of regions (stages/segmentation/objectness.py) on composites of the art corpus.

    python training/judge.py art-corpus.tar --out src/delaminate/stages/segmentation/embedded/judges.npz

First a judge of boxes, on the bottom-up regions; then, with graph cuts inside the boxes it likes, a judge of regions.
Prints the mean best intersection over union among the first 1, 3 and 5 regions of held-out composites. Needs
scikit-learn beside the package; about 1.2 s per composite and core.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from compose import Corpus, compose
from numpy.typing import NDArray

from delaminate.pixels import box_of
from delaminate.stages.segmentation.embedded.candidates import proposals_of, with_cuts
from delaminate.stages.segmentation.embedded.objectness import Judge
from delaminate.stages.segmentation.embedded.proposals import box_overlaps
from delaminate.stages.segmentation.embedded.view import view_of

Measured = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]
_corpus: Corpus | None = None


def measure(seed: int, path: Path, box_judge: Judge | None) -> Measured | None:
    """Of one composite's regions: measurements n×F, and IoU of masks and of boxes with its objects, both n×objects."""
    global _corpus  # noqa: PLW0603 read once per worker process
    if _corpus is None:
        cv2.setNumThreads(1)
        _corpus = Corpus.read(path)
    scene = compose(seed, _corpus)
    view = view_of(scene.rgb.astype(np.uint8))
    written = np.zeros(view.shape, np.bool_)
    for left, top, right, bottom in scene.text:
        written[top:bottom, left:right] = True
    proposals = proposals_of(view)
    regions = proposals.without(written)
    truth = [o > 0.5 for o in scene.objects if (o > 0.5).sum() > 60]
    if not regions or not truth:
        return None
    measures = proposals.measures
    if box_judge is not None:
        regions = with_cuts(view, regions, box_judge(measures(regions)))
    table = measures(regions)
    masks = np.zeros((len(regions), len(truth)), np.float32)
    for i, region in enumerate(regions):
        for j, true in enumerate(truth):
            masks[i, j] = (region.mask & true).sum() / max(1, (region.mask | true).sum())
    true_boxes = [box_of(t) for t in truth]
    boxes = box_overlaps([r.box for r in regions] + [b for b in true_boxes if b is not None])
    return table, masks, boxes[: len(regions), len(regions) :]


def train(table: NDArray[np.float32], goal: NDArray[np.float32], rounds: int, leaves: int) -> dict[str, Any]:
    """Boosted trees, flattened into the arrays `Judge` holds."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    model = HistGradientBoostingRegressor(
        max_iter=rounds,
        max_leaf_nodes=leaves,
        learning_rate=0.09,
        min_samples_leaf=80,
        l2_regularization=1.0,
        random_state=0,
    )
    model.fit(table, goal)
    parts: dict[str, list[float]] = {k: [] for k in ("feature", "threshold", "left", "right", "value", "roots")}
    for stage in model._predictors:
        root = len(parts["feature"])
        parts["roots"].append(root)
        for node in stage[0].nodes:
            leaf = bool(node["is_leaf"])
            parts["feature"].append(-1 if leaf else int(node["feature_idx"]))
            parts["threshold"].append(0.0 if leaf else float(node["num_threshold"]))
            parts["left"].append(0 if leaf else root + int(node["left"]))
            parts["right"].append(0 if leaf else root + int(node["right"]))
            parts["value"].append(float(node["value"]) if leaf else 0.0)
    kinds: dict[str, Any] = {"feature": np.int16, "left": np.int16, "right": np.int16, "roots": np.int32}
    arrays: dict[str, Any] = {k: np.array(v, kinds.get(k, np.float32)) for k, v in parts.items()}
    return arrays | {"base": float(model._baseline_prediction.ravel()[0])}


def report(judge: Judge, rows: list[Measured], goal: int) -> None:
    """Mean best overlap with every true object among the regions judged best."""
    for most in (1, 3, 5, 10, 10**6):
        best = [row[goal][np.argsort(-judge(row[0]))[:most]].max(axis=0).mean() for row in rows]
        print(f"  best of the first {most}: {np.mean(best):.3f} over {len(rows)} held-out composites")


def main() -> None:
    """Compose, measure, train, report, store."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("corpus", type=Path)
    ask.add_argument("--box-scenes", type=int, default=400)
    ask.add_argument("--scenes", type=int, default=1600)
    ask.add_argument("--out", type=Path, required=True)
    ask.add_argument("--workers", type=int, default=1)
    options = ask.parse_args()

    def measured(start: int, count: int, judge: Judge | None) -> list[Measured]:
        with ProcessPoolExecutor(options.workers) as pool:
            seeds = range(start, start + count)
            rows = pool.map(partial(measure, path=options.corpus, box_judge=judge), seeds, chunksize=16)
            return [row for row in rows if row is not None]

    stored: dict[str, Any] = {}
    judge: Judge | None = None
    for which, goal, start, count in (("box", 2, 10**6, options.box_scenes), ("region", 1, 0, options.scenes)):
        rows = measured(start, count, judge)
        cut = int(len(rows) * 0.9)
        table = np.concatenate([row[0] for row in rows[:cut]])
        best = np.concatenate([row[goal].max(axis=1) for row in rows[:cut]])
        arrays = train(table, best, 90 if which == "box" else 160, 20 if which == "box" else 24)
        judge = Judge(**arrays)
        print(f"judge of {which}s, {len(table)} rows", flush=True)
        report(judge, rows[cut:], goal)
        stored |= {f"{which}_{k}": v for k, v in arrays.items()}
    np.savez_compressed(options.out, **stored)
    print("stored", options.out.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
