"""Train the judge of whole things: how much of one thing that is there, and nothing else, a region covers.

    python training/whole.py look asked.pkl --out FOLDER
    python training/whole.py learn FOLDER --out whole.npz

What it is judged by is what the embedded engine knows of a region whatever is asked (`pool.ALONE`): the judge of
shapes, what stands out by the figure network, how sure the classifier and the network of drawn things are, and how all
that compares with the regions around and inside it. Pictures come from asked.py. Needs scikit-learn to learn.
"""

from __future__ import annotations

import argparse
import pickle
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from asked import Asked, Question
from choice import surety
from judge import train
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from delaminate import engines
from delaminate.pixels import Mask
from delaminate.stages.segmentation.embedded.objectness import Judge
from delaminate.stages.segmentation.embedded.pool import ALONE

Floats = NDArray[np.float32]
Looked = tuple[str, Floats, Floats, NDArray[np.uint8], tuple[int, ...]]
"""Family, table n×len(ALONE), overlaps with the m things n×m, packed masks of the regions and their shape."""


def things_in(asked: Asked) -> list[Mask]:
    """Every thing of a picture that is known, once."""
    found = [t for q in asked.questions for t in q.truths]
    return found or [q.truth for q in asked.questions if q.kind == "name" and q.truth is not None]


def look(kept: Path, out: Path, first: int, step: int) -> None:
    """Measure the regions of every `step`-th picture."""
    sys.modules["__main__"].__dict__.update({"Asked": Asked, "Question": Question})
    pictures: list[Asked] = pickle.loads(kept.read_bytes())
    stages = engines.engine("embedded")
    out.mkdir(exist_ok=True)
    for n, at in enumerate(np.random.default_rng(0).permutation(len(pictures))[first::step]):
        asked, file = pictures[at], out / f"{at:05d}.pkl"
        truths = things_in(asked)
        if file.exists() or not truths:
            continue
        seen = stages.segmenter.prepare(asked.rgb)
        seen.__dict__["lines"] = ()
        if seen.pool is None:
            continue
        masks = np.stack([t.mask for t in seen.pool.things])
        small = np.stack([seen.view.reduced(t) for t in truths])
        flat, true = masks.reshape(len(masks), -1).astype(np.float32), small.reshape(len(small), -1).astype(np.float32)
        common = flat @ true.T
        overlaps = common / np.maximum(flat.sum(1)[:, None] + true.sum(1)[None] - common, 1)
        row = (asked.family, seen.pool.alone, overlaps.astype(np.float32), np.packbits(masks, axis=-1), masks.shape)
        file.write_bytes(zlib.compress(pickle.dumps(row), 1))
        print(n, asked.family, len(masks), flush=True)


FOLDS = 4
_TRIED = 0.15
"""Value from which regions tell how surely values mean things."""
LEASTS = (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5)


def taken(values: Floats, masks: NDArray[np.bool_], least: float, most: int) -> list[int]:
    """Regions of at least that value, best first, none of which shares much with a better one."""
    flat = masks.reshape(len(masks), -1)
    chosen: list[int] = []
    for i in np.argsort(-values, kind="stable"):
        if values[i] < least or len(chosen) == most:
            break
        if all((flat[i] & flat[j]).sum() <= 0.3 * min(flat[i].sum(), flat[j].sum()) for j in chosen):
            chosen.append(int(i))
    return chosen


def every(values: Floats, row: Looked, least: float) -> float:
    """What "every object" scores: sum of paired overlaps over the larger number, one finding more than things kept."""
    _, _, overlaps, packed, shape = row
    masks = np.unpackbits(packed, axis=-1, count=int(shape[-1])).astype(np.bool_)
    chosen = taken(values, masks, least, overlaps.shape[1] + 1)
    rows, columns = linear_sum_assignment(-overlaps[chosen])
    return float(overlaps[chosen][rows, columns].sum() / max(len(chosen), overlaps.shape[1]))


def report(values: Sequence[Floats], rows: Sequence[Looked]) -> None:
    """How "every object" fares by family at each least value."""
    families = np.array([row[0] for row in rows])
    scores = np.array([[every(v, row, least) for least in LEASTS] for v, row in zip(values, rows, strict=True)])
    for family in sorted(set(families)):
        print(f"  {family:9s}", np.round(scores[families == family].mean(axis=0), 3), int((families == family).sum()))
    print("  all      ", np.round(scores.mean(axis=0), 3), "at", LEASTS)
    best = np.mean([row[2].max(axis=0).mean() for row in rows])
    print(f"  best of all regions {best:.3f}")


def goal_of(row: Looked) -> Floats:
    """Of each region the overlap with the thing it covers best."""
    return np.asarray(row[2].max(axis=1), np.float32)


def _picked(values: Floats, row: Looked) -> list[int]:
    masks = np.unpackbits(row[3], axis=-1, count=int(row[4][-1])).astype(np.bool_)
    return taken(values, masks, _TRIED, row[2].shape[1] + 1)


def learn(folder: Path, out: Path, rounds: int, leaves: int) -> None:
    """Train across folds to report, then on all to store."""
    rows: list[Looked] = [pickle.loads(zlib.decompress(file.read_bytes())) for file in sorted(folder.glob("*.pkl"))]
    values: list[Floats] = [np.zeros(0, np.float32)] * len(rows)
    for fold in range(FOLDS):
        rest = [row for i, row in enumerate(rows) if i % FOLDS != fold]
        table, goal = (np.concatenate(some) for some in ([r[1] for r in rest], [goal_of(r) for r in rest]))
        judge = Judge(**train(table, goal, rounds, leaves))
        for i in range(fold, len(rows), FOLDS):
            values[i] = judge(rows[i][1])
    print("by the judge of shapes:")
    report([row[1][:, ALONE.index("score")] for row in rows], rows)
    print("by the judge of whole things, across folds:")
    report(values, rows)
    picked = [(v, row, _picked(v, row)) for v, row in zip(values, rows, strict=True)]
    told = np.concatenate([v[at] for v, _, at in picked])
    right = np.concatenate([goal_of(row)[at] for _, row, at in picked]) >= 0.5
    sure = surety(told[:, None], right)
    chance = 1 / (1 + np.exp(-told * sure[0] - sure[1]))
    for low in np.arange(5) / 5:
        inside = (chance >= low) & (chance < low + 0.2)
        if inside.any():
            print(f"  sure {chance[inside].mean():.2f}: right {right[inside].mean():.2f} of {inside.sum()}")
    table, goal = (np.concatenate(some) for some in ([r[1] for r in rows], [goal_of(r) for r in rows]))
    arrays = train(table, goal, rounds, leaves)
    np.savez_compressed(out, sure=sure, **{f"whole_{name}": value for name, value in arrays.items()})
    print("stored", out.stat().st_size, "bytes")


def main() -> None:
    """Look or learn."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = ask.add_subparsers(dest="what", required=True)
    looking = what.add_parser("look")
    looking.add_argument("kept", type=Path)
    looking.add_argument("--out", type=Path, required=True)
    looking.add_argument("--first", type=int, default=0)
    looking.add_argument("--step", type=int, default=1)
    learning = what.add_parser("learn")
    learning.add_argument("looked", type=Path)
    learning.add_argument("--rounds", type=int, default=80)
    learning.add_argument("--leaves", type=int, default=12)
    learning.add_argument("--out", type=Path, required=True)
    given = ask.parse_args()
    if given.what == "learn":
        return learn(given.looked, given.out, given.rounds, given.leaves)
    look(given.kept, given.out, given.first, given.step)


if __name__ == "__main__":
    main()
