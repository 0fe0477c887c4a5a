"""Validation scenes with the regions that the training-free half of the embedded engine proposes in them.

    python training/validation.py network.art --scenes 30 --out validation.pkl

Proposing takes most of the time of measuring and does not depend on the network, so it is done once. Every scene has
six things with six different names on a background that nobody trained on; seeds and backgrounds are apart from those
of training.
"""

from __future__ import annotations

import argparse
import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from crowd import Art, Crowd, crowd, grounds
from numpy.typing import NDArray

from delaminate.stages.segmentation.network import glimpse_of
from delaminate.stages.segmentation.prepared import Prepared
from delaminate.stages.segmentation.things import Thing

THINGS = 6


@dataclass(frozen=True, eq=False)
class Scene:
    """A crowd and what is proposed in it.

    Parameters
    ----------
    crowd : picture and true masks.
    things : proposals, regions of the engine's view.
    glimpses, true_glimpses : uint8 n×40×40×4 of the proposals and of the true masks.
    overlaps : float32 proposals×true things, intersection over union.
    """

    crowd: Crowd
    things: list[Thing]
    glimpses: NDArray[np.uint8]
    true_glimpses: NDArray[np.uint8]
    overlaps: NDArray[np.float32]


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


def crowds(art: Art, allowed: NDArray[np.int64], count: int, seed: int) -> Iterator[Crowd]:
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


def proposed(scene: Crowd) -> Scene:
    """A crowd with its proposals, ranked by nobody; text is not read, it would take longer than all the rest."""
    seen = Prepared(scene.rgb, lambda _: (), 12)
    size = seen.view.shape[::-1]
    true = [cv2.resize(m, size, interpolation=cv2.INTER_LINEAR) > 127 for m in scene.masks]
    overlaps = [[int((t.mask & m).sum()) / max(1, int((t.mask | m).sum())) for m in true] for t in seen.possible]
    return Scene(
        scene,
        seen.possible,
        np.stack([glimpse_of(seen.plain.rgb, t.mask) for t in seen.possible]),
        np.stack([glimpse_of(seen.plain.rgb, m) for m in true]),
        np.array(overlaps, np.float32).reshape(-1, len(true)),
    )


def main() -> None:
    """Draw scenes of every kind and keep them with their proposals."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("art", type=Path, help="what learn.py keeps of the corpus")
    options.add_argument("--scenes", type=int, default=30, help="of each kind")
    options.add_argument("--seed", type=int, default=777)
    options.add_argument("--out", type=Path, default=Path("validation.pkl"))
    given = options.parse_args()
    art, _ = pickle.loads(given.art.read_bytes())
    kept: dict[str, list[Scene]] = {}
    for kind, allowed in kinds(art).items():
        kept[kind] = []
        for scene in crowds(art, allowed, given.scenes, given.seed):
            kept[kind].append(proposed(scene))
            print(kind, len(kept[kind]), "of", given.scenes, flush=True)
    given.out.write_bytes(pickle.dumps(kept))


if __name__ == "__main__":
    main()
