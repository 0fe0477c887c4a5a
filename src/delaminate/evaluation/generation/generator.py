"""The seeded generator: scene k of a seed is always the same picture, whatever else is generated."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import TypeAlias

from delaminate.errors import BadInput
from delaminate.evaluation.generation.cards import card
from delaminate.evaluation.generation.composition import Composition, Request
from delaminate.evaluation.generation.posters import poster
from delaminate.evaluation.generation.tableaux import lone_thing, monster, shapes, smoking, sprites, still_life
from delaminate.evaluation.scenes import Scene, read_scene

Family: TypeAlias = Callable[[Random], tuple[Composition, Request]]

FAMILIES: tuple[Family, ...] = (
    sprites,
    poster,
    card,
    still_life,
    poster,
    sprites,
    card,
    smoking,
    lone_thing,
    shapes,
    still_life,
    monster,
)
"""Scene k is of family k modulo their number."""


def compose(seed: int, index: int) -> tuple[Composition, Request]:
    """Scene `index` (from 0) of a seed, in memory."""
    return FAMILIES[index % len(FAMILIES)](Random(f"delaminate {seed} {index}"))


def _unwatched(_done: int, _total: int) -> None:
    """Nobody looks."""


def generate(
    folder: Path, count: int, seed: int = 0, seen: Callable[[int, int], None] = _unwatched
) -> tuple[Scene, ...]:
    """Write `count` scenes into `folder` and read them back.

    Parameters
    ----------
    folder : made where it is missing; scenes of the same name are written over.
    count : how many, at least 1.
    seed : the same seed gives the same bytes on every machine with the same fonts and the same Pillow.
    seen : called with the number of scenes written and how many there are.

    Raises
    ------
    BadInput
        If `count` is less than 1.

    Notes
    -----
    About 1.5 s and 2 MB of disk per scene.
    """
    if count < 1:
        raise BadInput(f"cannot generate {count} scenes; ask for at least 1")
    scenes = []
    for index in range(count):
        scene, request = compose(seed, index)
        name = f"g{seed}_{index:03d}_{scene.family.split('_')[0]}"
        scene.write(folder / name, name, request, f"{seed} {index}")
        scenes.append(read_scene(folder / name))
        seen(index + 1, count)
    return tuple(scenes)


if __name__ == "__main__":
    import argparse

    parser = argparse.ArgumentParser(description="Write scenes whose layers are known.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    generate(options.folder, options.count, options.seed)
