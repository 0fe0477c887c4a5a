"""Train the judge of meaning (stages/segmentation/meaning.py) on seeded crowds of what the network learned.

`publish.py` calls this. Every scene holds three to nine things, none quite hidden, half of the scenes in one hand
only; the judge learns how much each proposed region overlaps what a phrase means: the name of a thing that is there,
sometimes another of its keywords, or the name of something absent. Needs scikit-learn beside the package; about 1.3 s
a scene and core.
"""

from __future__ import annotations

import pickle
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from crowd import Art, crowd, grounds
from judge import train
from numpy.typing import NDArray
from proposed import Scene, proposed

from delaminate.stages.segmentation.embedded.meaning import company_of, measured
from delaminate.stages.segmentation.embedded.network import Network, network_in

SEED = 555
ABSENT = 3
"""Phrases of absent things for every scene."""

Rows = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Measurements n×F and overlaps n, 0..1."""
_given: tuple[Art, list[NDArray[np.uint8]], Network] | None = None


def rows_of(scene: Scene, phrases: list[str], net: Network) -> list[Rows]:
    """What the judge learns from one scene, for a phrase of each thing and some of absent ones."""
    company, seen = company_of([thing.mask for thing in scene.things]), scene.seen_by(net)
    scores, names = np.array([thing.score for thing in scene.things], np.float32), net.best_name(seen)
    called = np.array(scene.present)
    goals = [scene.overlaps[:, called == name].max(axis=1) for name in scene.present]
    goals += [np.zeros(len(scores), np.float32)] * ABSENT

    def table(phrase: str) -> NDArray[np.float32]:
        agreement, strange = net.agreement(seen, phrase), net.strange(phrase)
        return measured(company, agreement, names, seen.worth, scores, strange)

    return [(table(p), goal) for p, goal in zip([*phrases, *scene.absent[:ABSENT]], goals, strict=True)]


def _rows(number: int, path: Path, folder: Path, all_names: bool) -> list[Rows]:
    global _given  # noqa: PLW0603 read once per worker process
    if _given is None:
        cv2.setNumThreads(1)
        art, _ = pickle.loads(path.read_bytes())
        _given = replace(art, all_names=all_names), grounds(SEED, art.corpus, 120), network_in(folder, None)
    art, under, net = _given
    rng = np.random.default_rng((SEED, number))
    allowed = np.flatnonzero(art.learning())
    if rng.random() < 0.5:
        hands, counts = np.unique(art.style_of[allowed], return_counts=True)
        allowed = allowed[art.style_of[allowed] == rng.choice(hands[counts >= 30])]
    count = 6 if rng.random() < 0.6 else int(rng.integers(2, 10))
    drawn = crowd(SEED * 1_000_000 + number, art, allowed, under, count)
    if len(drawn.cutouts) < ABSENT or min(int((mask > 127).sum()) for mask in drawn.masks) <= 100:
        return []
    scene = proposed(drawn, art, rng)
    if not scene.things:
        return []
    phrases = []
    for name in scene.present:
        others = frozenset[str]().union(*(art.phrases[n] for n in scene.present if n != name))
        own = sorted(art.phrases[name] - others)
        phrases.append(str(rng.choice(own)) if own and rng.random() < 0.2 else name)
    return rows_of(scene, phrases, net)


def judge_arrays(path: Path, folder: Path, scenes: int, workers: int, *, all_names: bool) -> dict[str, Any]:
    """The trained judge, as the arrays `objectness.Judge` holds.

    Parameters
    ----------
    path : what learn.py keeps of the corpus.
    folder : of `network.onnx` and `network.npz`.
    """
    with ProcessPoolExecutor(workers) as pool:
        work = partial(_rows, path=path, folder=folder, all_names=all_names)
        rows = [row for some in pool.map(work, range(scenes), chunksize=4) for row in some]
    return train(np.concatenate([t for t, _ in rows]), np.concatenate([g for _, g in rows]), 120, 16)
