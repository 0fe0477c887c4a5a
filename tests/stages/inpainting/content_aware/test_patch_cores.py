"""The compiled and the numpy core of PatchMatch: one behaviour, and where it is defined, one result."""

from __future__ import annotations

import numpy as np
import pytest

from delaminate.compiled import library
from delaminate.stages.inpainting.content_aware.compiled_core import CompiledCore
from delaminate.stages.inpainting.content_aware.field import RADIUS, Field, PatchCore
from delaminate.stages.inpainting.content_aware.numpy_core import NumpyCore

compiled = pytest.param("compiled", marks=pytest.mark.skipif(library("patchmatch") is None, reason="core not built"))
both = pytest.mark.parametrize("kind", [compiled, "numpy"])
oracle = pytest.mark.skipif(library("patchmatch") is None, reason="core not built")


def core(kind: str, workers: int | None = None) -> PatchCore:
    """A core by name."""
    found = library("patchmatch", "compiled" if kind == "compiled" else "numpy")
    return NumpyCore() if found is None else CompiledCore(found, workers)


def field(height: int = 70, width: int = 90) -> Field:
    """A random picture with a hole in its middle and one in a corner, sources drawn at random."""
    rng = np.random.default_rng(3)
    picture = rng.integers(0, 4081, (height, width, 4), dtype=np.int16)
    hole = np.zeros((height, width), np.bool_)
    hole[25:45, 30:55] = hole[:8, :8] = True
    near = np.zeros_like(hole)
    near[22:48, 27:58] = near[:11, :11] = True
    inner = np.zeros_like(hole)
    inner[RADIUS:-RADIUS, RADIUS:-RADIUS] = True
    target = np.flatnonzero(near & inner).astype(np.int32)
    index = np.full(hole.shape, -1, np.int32)
    index.ravel()[target] = np.arange(target.size)
    valid = (inner & ~near).astype(np.uint8)
    penalty = rng.integers(0, 5293, hole.shape, dtype=np.uint16)
    weight = rng.random(target.size, dtype=np.float32) + np.float32(0.1)
    source = rng.choice(np.flatnonzero(valid), target.size).astype(np.int32)
    fill = np.flatnonzero(hole).astype(np.int32)
    return Field(picture, valid, penalty, index, fill, target, weight, source, np.ones_like(target))


def distance(of: Field, target: int, source: int) -> int:
    """The definition, by plain slices."""
    (y, x), (v, u) = divmod(target, of.width), divmod(source, of.width)
    r = RADIUS
    a = of.picture[y - r : y + r + 1, x - r : x + r + 1].astype(np.int64)
    b = of.picture[v - r : v + r + 1, u - r : u + r + 1].astype(np.int64)
    return int(((a - b) ** 2).sum()) + 64 * int(of.penalty[v, u])


@both
def test_distance_is_the_sum_of_squared_differences_and_the_penalty(kind: str) -> None:
    """Every target's cost equals the definition, extremes of the colour range included."""
    found = field()
    found.picture[::2] = 4080
    core(kind).distances(found)
    wanted = [distance(found, t, s) for t, s in zip(found.target.tolist(), found.source.tolist(), strict=True)]
    assert found.cost.tolist() == wanted


@both
def test_vote_of_equal_costs_is_the_weighted_mean(kind: str) -> None:
    """Where all patches agree equally well, only their weights count."""
    found = field()
    y, x = 35, 40
    patches = found.index[y - 3 : y + 4, x - 3 : x + 4].ravel()
    rows, columns = (a.ravel() for a in np.mgrid[-3:4, -3:4])
    said = found.picture.reshape(-1, 4)[found.source[patches] - (rows * found.width + columns)]
    wanted = np.average(said, axis=0, weights=found.weight[patches])
    got = core(kind).vote(found, found.picture, np.array([y * found.width + x], np.int32), 0.7)
    assert np.abs(got[0] - wanted).max() <= 0.51


@oracle
def test_cores_vote_alike() -> None:
    """The compiled vote equals the oracle's to one step of an eighth of a level, at borders and beyond the targets."""
    found = field()
    core("numpy").distances(found)
    where = np.arange(found.height * found.width, dtype=np.int32)
    votes = [core(kind).vote(found, found.picture, where, 0.2).astype(int) for kind in ("compiled", "numpy")]
    assert np.abs(votes[0] - votes[1]).max() <= 1


@oracle
def test_cores_vote_alike_where_patches_agree() -> None:
    """Where all patches over a pixel come from one piece of the picture, and where two such pieces meet."""
    found = field()
    right = found.target % found.width >= 42
    found.source[:] = found.target + np.where(right, np.int32(-15), np.int32(12 * found.width + 9))
    everywhere = np.arange(found.index.size, dtype=np.int32)
    core("numpy").distances(found)
    one, other = (core(kind).vote(found, found.picture, everywhere, 0.5) for kind in ("compiled", "numpy"))
    assert np.abs(one.astype(np.int32) - other).max() <= 1
    deep = 35 * found.width + 38
    assert np.array_equal(one[deep], found.picture.reshape(-1, 4)[deep + 12 * found.width + 9])


@oracle
def test_cores_choose_alike() -> None:
    """Compiled core and oracle choose the very same sources, with and without known neighbours."""
    found = field()
    where = found.fill
    known = np.ones((found.height, found.width), np.uint8)
    known.ravel()[where] = 0
    origin = np.full((found.height, found.width), -1, np.int32)
    origin.ravel()[where[::3]] = found.source[found.index.ravel()[where[::3]].clip(0)]
    samples = np.flatnonzero(found.valid)[::7].astype(np.int32)
    a, b = (
        core(kind).choose(found, where, known=known, origin=origin, samples=samples, seed=11)
        for kind in ("compiled", "numpy")
    )
    assert np.array_equal(a, b)


@both
def test_choice_finds_the_patch_that_was_copied(kind: str) -> None:
    """A pixel whose surroundings were copied from elsewhere is traced back."""
    found = field()
    found.penalty[:] = 0
    found.picture[30:37, 36:43] = found.picture[55:62, 70:77]
    known = np.ones((found.height, found.width), np.uint8)
    known[33, 39] = 0
    nowhere = np.full((found.height, found.width), -1, np.int32)
    samples = np.flatnonzero(found.valid).astype(np.int32)
    where = np.array([33 * found.width + 39], np.int32)
    got = core(kind).choose(found, where, known=known, origin=nowhere, samples=samples, seed=0)
    assert got.tolist() == [58 * found.width + 73]


@both
def test_search_never_loses_and_spreads_a_good_match(kind: str) -> None:
    """Costs only fall; one right source in a copied region becomes everyone's."""
    found = field()
    found.penalty[:] = 0
    found.picture[22:48, 2:27] = found.picture[22:48, 30:55]
    core(kind).distances(found)
    middle = found.index[35, 42]
    found.source[middle] -= found.source[middle] - (35 * found.width + 14)
    core(kind).distances(found)
    before = found.cost.copy()
    for sweep in range(4):
        core(kind).search(found, sweep, sweep % 2 == 1, 8)
    assert (found.cost <= before).all()
    assert (found.cost[found.index[30:40, 37:48]] == 0).mean() > 0.9


@both
def test_search_keeps_costs_true_and_sources_valid(kind: str) -> None:
    """After a sweep every cost is that of its source, and no source lies in the hole or at the border."""
    found = field()
    core(kind).distances(found)
    core(kind).search(found, 5, False, 90)
    kept = found.cost.copy()
    core(kind).distances(found)
    assert np.array_equal(kept, found.cost)
    assert found.valid.ravel()[found.source].all()


@oracle
def test_threads_do_not_change_what_is_found() -> None:
    """One, two and three workers find the same sources."""
    results = []
    for workers in (1, 2, 3):
        found = field(140, 260)
        found.target = np.flatnonzero(found.valid).astype(np.int32)
        found.source = np.random.default_rng(1).permutation(found.target)
        found.index[:] = -1
        found.index.ravel()[found.target] = np.arange(found.target.size)
        found.cost = np.ones_like(found.target)
        core("compiled", workers).distances(found)
        core("compiled", workers).search(found, 1, False, 64)
        results.append(found.source.tobytes() + found.cost.tobytes())
    assert results[0] == results[1] == results[2]
