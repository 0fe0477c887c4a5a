"""Train the judges of choice (stages/segmentation/embedded/choice.py) on pictures that asked.py kept.

    python training/choice.py look asked.pkl --out looked/            # costly: what the engine sees, a file a picture
    python training/choice.py learn looked/ --held-out looked-apart/ --out …/embedded/choice.npz

`look` keeps the pool of every question with the overlap of each thing with what is meant; `learn` trains on those and
prints what the judges take on the held-out ones, beside the best that was there. Needs scipy.
"""

from __future__ import annotations

import argparse
import pickle
import sys
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from asked import FAMILIES, Asked, Question
from choosing import instruction_of
from numpy.typing import NDArray
from scipy.optimize import minimize

from delaminate import engines
from delaminate.contracts import Target
from delaminate.pixels import Box
from delaminate.stages.segmentation.embedded import answers
from delaminate.stages.segmentation.embedded.choice import (
    AS_BEFORE,
    BOX,
    POINT,
    SURE,
    WORDS,
    Heard,
    Opinion,
    Sought,
    of_box,
    of_point,
    of_words,
    told_of,
)
from delaminate.stages.segmentation.embedded.grabcut import in_box
from delaminate.stages.segmentation.embedded.network import trained_network
from delaminate.stages.segmentation.embedded.pool import Pool
from delaminate.stages.segmentation.embedded.prepared import Prepared

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Studied:
    """A question with all that may answer it: `overlaps`, float32 n, of each thing of the pool with what is meant."""

    family: str
    kind: str
    words: str
    pool: Pool
    overlaps: Floats
    sought: Sought | None = None
    spot: tuple[int, int] = (0, 0)
    box: Box | None = None


def studied(asked: Asked, question: Question, seen: Prepared, stages: Any) -> Studied | None:
    """What the engine would choose from."""
    pool = seen.pool
    if pool is None or not pool.things:
        return None
    plan = stages.planner(instruction_of(question), asked.rgb)
    target: Target = plan.targets[0]
    sought, spot, box = None, (0, 0), None
    if target.point is not None:
        x, y = target.point
        small = seen.reduced_box(Box(x, y, x + 1, y + 1))
        spot = small.left, small.top
        pool = answers.enlarged_at(pool, *spot)
    elif target.box is not None:
        box = seen.reduced_box(target.box)
        pool = answers.enlarged_in(pool, box, in_box(seen.plain, box, working=320))
    else:
        if not target.noun:
            return None
        sought = answers.sought_of(target, *seen.phrase_of(target), seen.windows)
        pool = answers.enlarged_by_words(pool, sought)
    overlaps = np.zeros(len(pool.things), np.float32)
    if question.truth is not None:
        truth = seen.view.reduced(question.truth)
        for i, thing in enumerate(pool.things):
            overlaps[i] = (thing.mask & truth).sum() / max(1, (thing.mask | truth).sum())
    assert pool.alone is not None
    view = SimpleNamespace(shape=seen.view.shape)
    light = replace(pool, instruments=SimpleNamespace(view=view), regions=[])  # type: ignore[arg-type]
    light.__dict__.update({name: pool.__dict__[name] for name in ("alone", "company", "scores", "best_name")})
    return Studied(asked.family, question.kind, question.words, light, overlaps, sought, spot, box)


def look(kept: Path, out: Path, first: int, step: int, cheap: bool) -> None:
    """Study every `step`-th picture from the `first`; with `cheap` only a point or a box of each."""
    sys.modules["__main__"].__dict__.update({"Asked": Asked, "Question": Question})
    pictures: list[Asked] = pickle.loads(kept.read_bytes())
    stages = engines.engine("embedded")
    out.mkdir(exist_ok=True)
    order = np.random.default_rng(0).permutation(len(pictures))
    for n, at in enumerate(order[first::step]):
        asked = pictures[at]
        file = out / f"{at:05d}.pkl"
        if file.exists():
            continue
        seen = stages.segmenter.prepare(asked.rgb)
        seen.__dict__["lines"] = ()  # text is not read: that would take longer than all the rest
        questions = [q for q in asked.questions if q.kind in ("name", "absent", "letters")]
        places = [q for q in asked.questions if q.kind in ("point", "box")]
        places = places[at % 2 : at % 2 + 1] if cheap else places[:2]
        rows = [studied(asked, q, seen, stages) for q in (*questions, *places)]
        file.write_bytes(zlib.compress(pickle.dumps([row for row in rows if row is not None]), 1))
        print(n, asked.family, len(rows), flush=True)


def read(folder: Path) -> list[list[Studied]]:
    """What `look` kept, picture by picture."""
    sys.modules["__main__"].__dict__.update({"Studied": Studied})
    network = trained_network()
    pictures: list[list[Studied]] = []
    for file in sorted(folder.glob("*.pkl")):
        rows: list[Studied] = pickle.loads(zlib.decompress(file.read_bytes()))
        for row in rows:
            tools = SimpleNamespace(view=row.pool.instruments.view, network=network)
            object.__setattr__(row.pool, "instruments", tools)
        pictures.append(rows)
    return pictures


@dataclass(frozen=True, eq=False)
class Case:
    """A question as the judges see it: the `numbers` of what may be meant, `table` and `overlaps` of those."""

    row: Studied
    numbers: NDArray[np.int64]
    table: Floats
    overlaps: Floats
    heard: Heard | None = None
    sought: Sought | None = None

    def told(self, at: int, values: Floats) -> Floats:
        return told_of(self.row.pool, at, values, self.numbers, self.heard, self.sought)


def case_of(row: Studied) -> Case:
    """A question measured, its words with what the vocabulary makes of them now."""
    if row.kind == "point":
        at, table = of_point(row.pool, *row.spot)
        return Case(row, at, table, row.overlaps[at])
    if row.kind == "box":
        assert row.box is not None
        at, table = of_box(row.pool, row.box)
        return Case(row, at, table, row.overlaps[at])
    assert row.sought is not None
    told = row.sought
    sought = answers.sought_of(told.target, told.phrase, told.whole, told.windows)
    heard = of_words(row.pool, sought)
    return Case(row, np.arange(len(row.overlaps)), heard.table, row.overlaps, heard, sought)


KINDS = {"words": ("name", "absent"), "point": ("point",), "box": ("box",)}
COLUMNS = {"words": WORDS, "point": POINT, "box": BOX}
FOLDS = 5
ELSEWHERE = 4
"""Things of other pictures that every picture is asked for."""
LOST = 0.08
"""Share of things that are there that may end as not found."""
_SHARP = 0.1
"""How much less overlap makes a thing e times less the right one, while learning."""
_HOLD = 0.02
"""How strongly weights are held to what they start from, a question."""
_HOLD_SURE = 0.02


def ranking(cases: list[Case], which: str) -> Floats:
    """Weights with which the best thing of every question gets the most votes (a conditional logit)."""
    some = [c for c in cases if c.overlaps.max(initial=0) > 0.3]
    rows = np.concatenate([c.table for c in some])
    spread = rows.std(axis=0) + 1e-3
    start = np.array([AS_BEFORE.get(name, 0.0) if which == "words" else 0.0 for name in COLUMNS[which]])
    if which != "words":
        start[COLUMNS[which].index("score")] = 3.0
    if which == "box":
        start[COLUMNS[which].index("box overlap")] = 6.0
    goals = [np.exp((c.overlaps - c.overlaps.max()) / _SHARP) for c in some]
    goals = [g / g.sum() for g in goals]

    def loss(away: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights, total, slope = start + away / spread, 0.0, np.zeros_like(away)
        for case, goal in zip(some, goals, strict=True):
            values = case.table @ weights
            values -= values.max()
            votes = np.exp(values)
            total -= goal @ (values - np.log(votes.sum()))
            slope += (case.table / spread).T @ (votes / votes.sum() - goal)
        n = len(some)
        return float(total / n + _HOLD * away @ away), slope / n + 2 * _HOLD * away

    found = minimize(loss, np.zeros(len(start)), jac=True, method="L-BFGS-B")
    return np.asarray(start + found.x / spread, np.float32)


def surety(told: Floats, right: NDArray[np.bool_]) -> Floats:
    """Weights of a logistic regression, and its offset."""
    spread = told.std(axis=0) + 1e-3
    centre = told.mean(axis=0)

    def loss(given: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scaled = (told - centre) / spread
        odds = scaled @ given[:-1] + given[-1]
        chance = 1 / (1 + np.exp(-odds))
        total = np.mean(np.logaddexp(0, odds) - right * odds) + _HOLD_SURE * given[:-1] @ given[:-1]
        wrong = chance - right
        return total, np.append(scaled.T @ wrong / len(right) + 2 * _HOLD_SURE * given[:-1], wrong.mean())

    found = minimize(loss, np.zeros(told.shape[1] + 1), jac=True, method="L-BFGS-B").x
    weights = found[:-1] / spread
    return np.append(weights, found[-1] - centre @ weights).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Taken:
    """Of questions what was taken: its overlap, the best there was, what is known of it, the family, whether absent."""

    overlap: Floats
    best: Floats
    told: Floats
    family: NDArray[np.str_]
    absent: NDArray[np.bool_]


def taken(cases: list[Case], rank: Floats) -> Taken:
    """What the weights take."""
    some = [c for c in cases if len(c.numbers)]
    values = [c.table @ rank for c in some]
    at = [int(v.argmax()) for v in values]
    return Taken(
        np.array([c.overlaps[i] for c, i in zip(some, at, strict=True)], np.float32),
        np.array([c.overlaps.max() for c in some], np.float32),
        np.stack([c.told(i, v) for c, i, v in zip(some, at, values, strict=True)]),
        np.array([c.row.family for c in some]),
        np.array([c.row.kind == "absent" for c in some], np.bool_),
    )


def report(found: Taken, opinion: Opinion, absent: float) -> None:
    """Overlap by family; how many absent things are found out, how many that are there are lost; calibration."""
    chance = np.array([opinion.chance(t) for t in found.told])
    for name in (*FAMILIES, "all"):
        some = ~found.absent & ((found.family == name) | (name == "all"))
        if some.any():
            line = f"  {name:9s} {some.sum():4d} takes {found.overlap[some].mean():.3f}"
            line += f" hit75 {(found.overlap[some] >= 0.75).mean():.2f} best {found.best[some].mean():.3f}"
            print(line + f" lost {(chance[some] < absent).mean():.2f}")
    if found.absent.any():
        print(f"  absent, not found: {(chance[found.absent] < absent).mean():.2f} of {found.absent.sum()}")
    kept = chance >= absent
    sure, right, error = chance[kept], found.overlap[kept] >= 0.5, 0.0
    for low in np.arange(5) / 5:
        inside = (sure >= low) & (sure < low + 0.2)
        if inside.any():
            error += inside.mean() * abs(right[inside].mean() - sure[inside].mean())
            print(f"  confidence {sure[inside].mean():.2f}: right {right[inside].mean():.2f} of {inside.sum()}")
    print(f"  expected calibration error {error:.3f}")


def others_asked(pictures: list[list[Studied]], seed: int = 0) -> list[list[Studied]]:
    """The pictures, of each also asked what others were: it is not there, and looking again costs nothing."""
    rng = np.random.default_rng(seed)
    named = [row for rows in pictures for row in rows if row.kind == "name"]
    more = []
    for rows in pictures:
        own = {word for row in rows if row.kind == "name" for word in row.words.split()[1:]}
        mine = [row for row in rows if row.sought is not None and row.family != "everyday"]  # who knows what is there
        some = [named[i] for i in rng.permutation(len(named))[: 4 * ELSEWHERE]] if mine else []
        apart = [row for row in some if not own & set(row.words.split()[1:])][:ELSEWHERE]
        asked = [
            replace(mine[k % len(mine)], kind="absent", words=row.words, sought=_elsewhere(mine[k % len(mine)], row))
            for k, row in enumerate(apart)
        ]
        more.append([*rows, *(replace(row, overlaps=np.zeros_like(row.overlaps)) for row in asked)])
    return more


def _elsewhere(here: Studied, row: Studied) -> Sought:
    assert here.sought is not None
    assert row.sought is not None
    return Sought(row.sought.target, row.sought.phrase, row.sought.whole, windows=here.sought.windows)


def learn(folder: Path, apart: Path, out: Path) -> None:
    """Train, report, store."""
    pictures, held = others_asked(read(folder)), others_asked(read(apart))
    stored: dict[str, Any] = {}
    for which, kinds in KINDS.items():
        parts = [[case_of(r) for rows in pictures[f::FOLDS] for r in rows if r.kind in kinds] for f in range(FOLDS)]
        every = [c for part in parts for c in part]
        across = [taken(part, ranking([c for o in parts if o is not part for c in o], which)) for part in parts if part]
        whole = Taken(*(np.concatenate([getattr(t, name) for t in across]) for name in Taken.__dataclass_fields__))
        rank = ranking(every, which)
        opinion = Opinion(rank, surety(whole.told, whole.overlap >= 0.5))
        chance = np.array([opinion.chance(t) for t in whole.told])
        absent = float(np.quantile(chance[~whole.absent], LOST)) if which == "words" else 0.0
        print(f"judge of {which}: {len(every)} questions; across folds, then held out")
        report(whole, opinion, absent)
        apart_cases = [case_of(r) for rows in held for r in rows if r.kind in kinds]
        report(taken(apart_cases, rank), opinion, absent)
        before = np.array([AS_BEFORE.get(n, 0.0) for n in COLUMNS[which]], np.float32)
        if which == "words":
            print("as before anything was learned:")
            report(taken(apart_cases, before), opinion, absent)
            stored["absent"] = absent
        print({n: round(float(w), 2) for n, w in zip(COLUMNS[which], rank, strict=True) if abs(w) > 0.3})
        print({n: round(float(w), 2) for n, w in zip((*SURE, "offset"), opinion.sure, strict=True)})
        stored |= {f"{which}_rank": opinion.rank, f"{which}_sure": opinion.sure}
    np.savez_compressed(out, **stored)
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
    looking.add_argument("--cheap", action="store_true")
    learning = what.add_parser("learn")
    learning.add_argument("looked", type=Path)
    learning.add_argument("--held-out", type=Path, required=True)
    learning.add_argument("--out", type=Path, required=True)
    given = ask.parse_args()
    if given.what == "look":
        look(given.kept, given.out, given.first, given.step, given.cheap)
    else:
        learn(given.looked, given.held_out, given.out)


if __name__ == "__main__":
    main()
