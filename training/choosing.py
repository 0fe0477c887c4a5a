"""How often the embedded engine takes what is meant, on pictures that asked.py kept.

    python training/choosing.py asked.pkl [--families photo,everyday] [--engine embedded] [--out rows.json]

Of every question the overlap (IoU) of what was found with what is meant, at the size of the view; of absent things
whether anything was found; of "every object" the sum over the things and findings paired best, over the larger number,
with one finding more than there are things. No picture is cut out or filled: this measures choosing alone.
"""

from __future__ import annotations

import argparse
import json
import pickle
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from asked import FAMILIES, Asked, Question
from scipy.optimize import linear_sum_assignment

from delaminate import engines
from delaminate.contracts import Found, Instruction, NamedBox, NamedPoint, Stages
from delaminate.pixels import Box, Mask


def instruction_of(question: Question) -> Instruction:
    """What the question asks the engine."""
    if question.kind == "point":
        x, y = question.place
        return Instruction(points=(NamedPoint(x, y),))
    if question.kind == "box":
        left, top, right, bottom = question.place
        return Instruction(boxes=(NamedBox(Box(left, top, right, bottom)),))
    return Instruction(question.words)


def overlap(found: Iterable[Found], truth: Mask) -> float:
    """Intersection over union of all that was found for a target with its mask."""
    whole = np.zeros(truth.shape, np.bool_)
    for one in found:
        whole[one.box.slices] |= one.mask
    return float((whole & truth).sum() / max(1, (whole | truth).sum()))


def shared_out(found: Sequence[Found], truths: Sequence[Mask]) -> float:
    """Sum of the overlaps of findings with what they are best paired with, over the larger number of the two."""
    one_by_one = np.array([[overlap([one], truth) for truth in truths] for one in found]).reshape(len(found), -1)
    rows, columns = linear_sum_assignment(-one_by_one)
    return float(one_by_one[rows, columns].sum() / max(len(found), len(truths)))


def answered(asked: Asked, stages: Stages) -> list[dict[str, Any]]:
    """One row a question: family, kind, words, overlap with the truth, findings, confidence of the first."""
    prepared = stages.segmenter.prepare(asked.rgb)
    rows = []
    for question in asked.questions:
        plan = stages.planner(instruction_of(question), asked.rgb)
        answers = stages.segmenter(prepared, plan)
        found = [one for answer in answers for one in answer]
        if question.truths:
            iou = shared_out(found[: len(question.truths) + 1], question.truths)
        else:
            iou = 0.0 if question.truth is None else overlap(found, question.truth)
        rows.append(
            {
                "family": asked.family,
                "kind": question.kind,
                "words": question.words,
                "iou": iou,
                "found": len(found),
                "confidence": found[0].confidence if found else 0.0,
                "name": found[0].name if found else "",
            }
        )
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    """Mean IoU, share of 0.75 and more, share not found, by family and kind; calibration over all of them."""
    lines = [f"{'family':10s} {'kind':8s} {'n':>4s} {'iou':>6s} {'hit75':>6s} {'none':>6s}"]
    for family in (*FAMILIES, "all"):
        for kind in ("name", "every", "subject", "point", "box", "absent", "letters"):
            some = [r for r in rows if r["kind"] == kind and family in (r["family"], "all")]
            if some:
                iou = np.array([r["iou"] for r in some])
                none = np.mean([r["found"] == 0 for r in some])
                lines.append(
                    f"{family:10s} {kind:8s} {len(some):4d} {iou.mean():6.3f} {(iou >= 0.75).mean():6.2f} {none:6.2f}"
                )
    people = [r["iou"] for r in rows if r["family"] == "everyday" and r["words"] == "the person"]
    if people:
        lines.append(f"everyday people: {np.mean(people):.3f} of {len(people)}")
    return "\n".join([*lines, calibration(rows)])


def calibration(rows: list[dict[str, Any]], bins: int = 10) -> str:
    """Reliability of the confidence that IoU is at least a half, and its expected error."""
    given = [r for r in rows if r["found"]]
    sure = np.array([r["confidence"] for r in given])
    right = np.array([r["iou"] >= 0.5 for r in given])
    lines, error = ["confidence  n  right"], 0.0
    for low in np.arange(bins) / bins:
        inside = (sure >= low) & (sure < low + 1 / bins + (low + 1 / bins >= 1))
        if inside.any():
            error += inside.mean() * abs(right[inside].mean() - sure[inside].mean())
            lines.append(f"{sure[inside].mean():10.2f} {inside.sum():3d} {right[inside].mean():6.2f}")
    return "\n".join([*lines, f"expected calibration error {error:.3f}"])


def main() -> None:
    """Ask and score."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("kept", type=Path)
    ask.add_argument("--families", default=",".join(FAMILIES))
    ask.add_argument("--most", type=int, default=10**6, help="pictures of every family")
    ask.add_argument("--engine", default="embedded")
    ask.add_argument("--kinds", default="name,every,subject,point,box,absent,letters")
    ask.add_argument("--out", type=Path)
    given = ask.parse_args()
    sys.modules["__main__"].__dict__.update({"Asked": Asked, "Question": Question})
    pictures: list[Asked] = pickle.loads(given.kept.read_bytes())
    stages = engines.engine(given.engine)
    rows: list[dict[str, Any]] = []
    began = time.process_time()
    for family in given.families.split(","):
        for asked in [a for a in pictures if a.family == family][: given.most]:
            questions = tuple(q for q in asked.questions if q.kind in given.kinds.split(","))
            rows += answered(Asked(asked.family, asked.rgb, questions), stages)
    print(table(rows))
    print(f"{(time.process_time() - began) / max(1, len(rows)):.2f} processor seconds a question")
    if given.out:
        given.out.write_text(json.dumps(rows))


if __name__ == "__main__":
    main()
