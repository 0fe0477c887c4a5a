"""How good the network is on scenes it has not seen, alone and together with the training-free proposals.

    python training/measure.py network.art weights/ --scenes 60

Prints a JSON object. Every scene has a background nobody trained on, six things, and a seed of its own:

- choice: a phrase names one of the six; the share of phrases whose true mask the first answer meets best, over true masks
  (`masks`) and over proposals at an overlap of at least one half (`proposals`). Chance is one sixth.
- absent: a phrase names something that is not there; the share that ends as not found at the operating point.
- present: the share of phrases for things that are there which do not end as not found.
- ranking: mean overlap with a true thing of the best of the first k proposals, ranked by judge, network, and both.
"""

from __future__ import annotations

import argparse
import json
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from crowd import Art, Crowd, crowd, grounds
from numpy.typing import NDArray

from delaminate.stages.segmentation.candidates import Candidates, candidates_of
from delaminate.stages.segmentation.network import Network, network_of
from delaminate.stages.segmentation.objectness import trained_judges
from delaminate.stages.segmentation.view import view_of

THINGS = 6


def kinds(art: Art) -> dict[str, NDArray[np.int64]]:
    """Cut-outs by what was learned of them: all, the style never seen, shiny ones of some names, names never seen."""
    learned, unnamed = art.learning(), art.unnamed()
    known = np.isin(art.name_of, art.name_of[learned])
    return {
        "learned": np.flatnonzero(learned),
        "flat style held out": np.flatnonzero((art.style_of == "fluent-flat") & known),
        "shiny style held out": np.flatnonzero((art.style_of == "fluent-3d") & ~learned & known),
        "name held out": np.flatnonzero(unnamed),
    }


def scenes(art: Art, allowed: NDArray[np.int64], count: int, seed: int) -> Iterator[Crowd]:
    """Scenes of six things with six different names."""
    under = grounds(seed, art.corpus, 24)
    number = 0
    while count:
        scene = crowd(seed * 1_000_000 + number, art, allowed, under, THINGS)
        number += 1
        names = art.name_of[scene.cutouts]
        if len(set(names)) == THINGS and min(int(m.sum()) for m in scene.masks) > 100 * 255:
            count -= 1
            yield scene


def choices(art: Art, net: Network, allowed: NDArray[np.int64], count: int, seed: int) -> dict[str, float]:
    """Right choices among true masks, by name and by keyword."""
    right: dict[str, list[bool]] = {"by name": [], "by keyword": []}
    rng = np.random.default_rng(seed)
    for scene in scenes(art, allowed, count, seed):
        seen = net.look(scene.rgb, [m > 127 for m in scene.masks])
        names = [art.names[n] for n in art.name_of[scene.cutouts]]
        for k, name in enumerate(names):
            right["by name"].append(int(np.argmax(net.odds(seen, name))) == k)
            own = sorted(art.phrases[name] - set().union(*(art.phrases[n] for n in names if n != name)) - {name})
            if own:
                right["by keyword"].append(int(np.argmax(net.odds(seen, str(rng.choice(own))))) == k)
    return {key: round(float(np.mean(values)), 3) for key, values in right.items()}


def overlap(mask: NDArray[np.bool_], true: NDArray[np.bool_]) -> float:
    """Intersection over union."""
    return int((mask & true).sum()) / max(1, int((mask | true).sum()))


def seen(scene: Crowd) -> tuple[Candidates, NDArray[np.uint8], NDArray[np.float32]]:
    """Candidates of a scene, the view they were found in, and their overlaps with the true things, n×things."""
    view = view_of(scene.rgb)
    import cv2

    candidates = candidates_of(view, np.zeros(view.shape, np.bool_), trained_judges())
    true = [cv2.resize(m, view.shape[::-1], interpolation=cv2.INTER_LINEAR) > 127 for m in scene.masks]
    table = np.array([[overlap(r.mask, t) for t in true] for r in candidates.regions], np.float32)
    return candidates, view.rgb, table.reshape(-1, len(true))


def main() -> None:
    """Measure choices over true masks for every kind of cut-out."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("art", type=Path)
    options.add_argument("weights", type=Path)
    options.add_argument("--scenes", type=int, default=60)
    options.add_argument("--seed", type=int, default=777)
    given = options.parse_args()
    art, _ = pickle.loads(given.art.read_bytes())
    session = onnxruntime.InferenceSession(str(given.weights / "network.onnx"), providers=["CPUExecutionProvider"])
    with np.load(given.weights / "network.npz") as stored:
        net = network_of(session, stored)
    answer: dict[str, Any] = {}
    for kind, allowed in kinds(art).items():
        answer[kind] = choices(art, net, allowed, given.scenes, given.seed)
        print(kind, answer[kind], flush=True)
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
