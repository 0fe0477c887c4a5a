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
from pathlib import Path

import numpy as np
from crowd import Art, Crowd, crowd, grounds
from numpy.typing import NDArray
from proposed import Scene, proposed

THINGS = 6


def kinds(art: Art) -> dict[str, tuple[Art, NDArray[np.int64]]]:
    """Cut-outs by what was learned of them: all, none of the style (three sorts of it), not even the name."""
    drawn = Art.drawn(art.corpus)
    learned, unnamed = art.learning(), art.unnamed()
    known = np.isin(art.name_of, art.name_of[learned])
    sorts = {
        "learned": (art, np.flatnonzero(learned)),
        "flat style held out": (art, np.flatnonzero((art.style_of == "fluent-flat") & known)),
        "shiny style held out": (art, np.flatnonzero((art.style_of == "fluent-3d") & ~learned & known)),
        "drawn by code": (drawn, np.arange(len(drawn.name_of))),
        "name held out": (art, np.flatnonzero(unnamed)),
    }
    return {kind: (source, allowed) for kind, (source, allowed) in sorts.items() if len(allowed)}


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
    for kind, (source, allowed) in kinds(art).items():
        kept[kind] = []
        rng = np.random.default_rng(given.seed)
        for scene in crowds(source, allowed, given.scenes, given.seed):
            kept[kind].append(proposed(scene, source, rng))
            print(kind, len(kept[kind]), "of", given.scenes, flush=True)
    given.out.write_bytes(pickle.dumps(kept))


if __name__ == "__main__":
    main()
