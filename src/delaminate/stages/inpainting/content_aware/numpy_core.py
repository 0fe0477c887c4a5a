"""PatchMatch in numpy: the fallback where no compiler was at hand, and the oracle of the compiled core's tests.

Distances, vote and choice equal the compiled core's to the last bit. The search propagates by jumps over the whole
field instead of along a scan, so it finds other sources of like cost.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaminate.stages.inpainting.content_aware.field import (
    FALLOFF,
    FALLOFF_STEPS,
    PENALTY_UNIT,
    RADIUS,
    Field,
    Picture,
    Positions,
)

_ROWS, _COLUMNS = (a.ravel() for a in np.mgrid[-RADIUS : RADIUS + 1, -RADIUS : RADIUS + 1])
_AREA = _ROWS.size
_CHUNK = 1 << 14
"""Patches gathered at a time: 6 MB."""


def _hash(a: NDArray[np.uint32], b: int, c: int) -> NDArray[np.uint32]:
    m = 0xFFFFFFFF
    x = a * np.uint32(0x9E3779B1) ^ np.uint32(b * 0x85EBCA77 & m) ^ np.uint32(c * 0xC2B2AE3D & m)
    x = (x ^ x >> np.uint32(16)) * np.uint32(0x7FEB352D)
    x = (x ^ x >> np.uint32(15)) * np.uint32(0x846CA68B)
    return x ^ x >> np.uint32(16)


def _draws(where: Positions, seed: int, count: int, window: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Row and column offsets within ±window, the compiled core's."""
    h = _hash(where.astype(np.uint32), seed, count).astype(np.int64)
    return (h & 0xFFFF) % (2 * window + 1) - window, (h >> 16) % (2 * window + 1) - window


def _patches(field: Field, at: Positions) -> NDArray[np.int32]:
    offsets = _ROWS * field.width + _COLUMNS
    return np.asarray(field.picture.reshape(-1, 4)[at[:, None] + offsets].astype(np.int32).reshape(at.size, 4 * _AREA))


def _costs(field: Field, target: Positions, source: Positions) -> Positions:
    cost = field.penalty.ravel()[source].astype(np.int32) * np.int32(PENALTY_UNIT)
    for start in range(0, target.size, _CHUNK):
        part = slice(start, start + _CHUNK)
        difference = _patches(field, target[part]) - _patches(field, source[part])
        cost[part] += np.einsum("np,np->n", difference, difference)
    return cost


class NumpyCore:
    """The core in numpy, in one thread; about 25 times slower."""

    workers = 1

    def distances(self, field: Field) -> None:
        field.cost[:] = _costs(field, field.target, field.source)

    def search(self, field: Field, seed: int, backward: bool, reach: int) -> None:
        width, valid = field.width, field.valid.ravel()
        size = field.valid.size

        def attempt(number: NDArray[np.intp], source: NDArray[np.int64]) -> None:
            inside = (source >= 0) & (source < size)
            inside[inside] = valid[source[inside]] != 0
            inside &= source != field.source[number]
            number, found = number[inside], source[inside].astype(np.int32)
            cost = _costs(field, field.target[number], found)
            better = cost < field.cost[number]
            field.source[number[better]] = found[better]
            field.cost[number[better]] = cost[better]

        everyone = np.arange(field.target.size)
        index = field.index.ravel()
        for jump in (1, 3, 8) if backward else (8, 3, 1):
            for step in (-jump, jump, -jump * width, jump * width):
                there = field.target.astype(np.int64) + step
                other = np.where((there >= 0) & (there < size), index[np.clip(there, 0, size - 1)], -1)
                has = other >= 0
                attempt(everyone[has], field.source[other[has]].astype(np.int64) - step)
        count, window = 0, reach
        while window >= 1:
            rows, columns = _draws(everyone.astype(np.int32), seed, count, window)
            v = np.clip(field.source // width + rows, 0, field.height - 1)
            u = np.clip(field.source % width + columns, 0, width - 1)
            attempt(everyone, v * width + u)
            window //= 2
            count += 1

    def vote(self, field: Field, colours: Picture, where: Positions, sharpness: float) -> Picture:
        out = np.empty((where.size, 4), np.int16)
        for start in range(0, where.size, _CHUNK):
            part = slice(start, start + _CHUNK)
            out[part] = self._vote(field, colours.reshape(-1, 4), where[part], sharpness)
        return out

    def _vote(self, field: Field, colours: Picture, where: Positions, sharpness: float) -> Picture:
        y, x = where[:, None] // field.width + _ROWS, where[:, None] % field.width + _COLUMNS
        inside = (y >= 0) & (y < field.height) & (x >= 0) & (x < field.width)
        number = np.where(inside, field.index.ravel()[np.where(inside, y * field.width + x, 0)], -1)
        spoken = number >= 0
        count = spoken.sum(axis=1)
        cost = field.cost[number]
        least = np.where(spoken, cost, np.iinfo(np.int32).max).min(axis=1)
        mean = np.where(spoken, cost, 0).sum(axis=1, dtype=np.int64) / np.maximum(count, 1)
        with np.errstate(over="ignore"):
            scale = (FALLOFF_STEPS / ((mean - least) * sharpness + 0.05 * least + 1.0)).astype(np.float32)
        total, weights = np.zeros((where.size, 4), np.float32), np.zeros(where.size, np.float32)
        for q in range(_AREA):
            t = (cost[:, q] - least).astype(np.float32) * scale
            heard = np.flatnonzero(spoken[:, q] & (t < FALLOFF.size - 1))
            k = number[heard, q]
            w = field.weight[k] * FALLOFF[t[heard].astype(np.int32)]
            said = colours[field.source[k] - (_ROWS[q] * field.width + _COLUMNS[q])]
            total[heard] += w[:, None] * said.astype(np.float32)
            weights[heard] += w
        silent = count == 0
        mean_colour = total / np.where(silent, np.float32(1), weights)[:, None]
        result = ((mean_colour + np.float32(32768.5)).astype(np.int32) - 32768).astype(np.int16)
        result[silent] = colours[where[silent]]
        return result

    def choose(
        self,
        field: Field,
        where: Positions,
        *,
        known: NDArray[np.uint8],
        origin: Positions,
        samples: Positions,
        seed: int,
    ) -> Positions:
        chosen = np.empty(where.size, np.int32)
        pool = _patches(field, samples).astype(np.float64)
        for start in range(0, where.size, 512):
            part = slice(start, start + 512)
            view = _View(field, where[part], known)
            chosen[part] = _chosen(view, origin, samples, pool, seed)
        return chosen


class _View:
    """What is known around some pixels of a field, and the best sources for them so far."""

    def __init__(self, field: Field, where: Positions, known: NDArray[np.uint8]) -> None:
        self.field, self.where = field, where
        y, x = where[:, None] // field.width + _ROWS, where[:, None] % field.width + _COLUMNS
        self.inside = (y >= 0) & (y < field.height) & (x >= 0) & (x < field.width)
        self.there = np.where(self.inside, y * field.width + x, 0)
        seen = self.inside & (known.ravel()[self.there] != 0)
        self.mask = np.repeat(seen, 4, axis=1)
        shown = field.picture.reshape(-1, 4)[self.there].reshape(where.size, -1)
        self.patch = np.where(self.mask, shown, 0).astype(np.int32)
        self.count = seen.sum(axis=1)
        self.least = np.full(where.size, np.iinfo(np.int64).max)
        self.found = np.full(where.size, -1, np.int32)

    def attempt(self, rows: NDArray[np.intp], source: NDArray[np.int64]) -> None:
        """Try one source for each of some of the pixels."""
        difference = self.patch[rows] - _patches(self.field, source.astype(np.int32)) * self.mask[rows]
        cost = np.einsum("np,np->n", difference, difference).astype(np.int64) * _AREA
        self.keep(rows, source, cost + self.price(source) * self.count[rows])

    def price(self, source: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
        """The penalties of sources, in squared steps."""
        return np.asarray(self.field.penalty.ravel()[source].astype(np.int64) * PENALTY_UNIT)

    def keep(self, rows: NDArray[np.intp], source: NDArray[np.integer[Any]], cost: NDArray[np.int64]) -> None:
        """Take the sources that cost less than the best so far."""
        better = cost < self.least[rows]
        self.least[rows[better]] = cost[better]
        self.found[rows[better]] = source[better]

    def costs(self, pool: NDArray[np.float64]) -> NDArray[np.float64]:
        """|patch − mask · source|² for every pixel and source, by matrix products; float64 holds them exactly."""
        patch = self.patch.astype(np.float64)
        square = (patch**2).sum(axis=1)[:, None] + self.mask.astype(np.float64) @ (pool**2).T
        return np.asarray(square - 2 * (patch @ pool.T))


def _chosen(view: _View, origin: Positions, samples: Positions, pool: NDArray[np.float64], seed: int) -> Positions:
    field, valid, width = view.field, view.field.valid.ravel(), view.field.width
    everyone = np.arange(view.where.size)
    for q in np.flatnonzero((np.abs(_ROWS) <= 2) & (np.abs(_COLUMNS) <= 2)):
        other = np.where(view.inside[:, q], origin.ravel()[view.there[:, q]], -1)
        source = other.astype(np.int64) - _ROWS[q] * width - _COLUMNS[q]
        fine = (other >= 0) & (valid[np.where(other >= 0, source, 0)] != 0)
        view.attempt(everyone[fine], source[fine])
    cost = view.costs(pool) * _AREA + view.count[:, None] * view.price(samples).astype(np.float64)
    first = cost.argmin(axis=1)
    view.keep(everyone, samples[first], cost[everyone, first].astype(np.int64))
    draws = 0
    for window in (8, 4, 2, 1):
        for _ in range(4):
            rows, columns = _draws(view.where, seed, draws, window)
            draws += 1
            v, u = view.found // width + rows, view.found % width + columns
            fine = (v >= 0) & (u >= 0) & (v < field.height) & (u < width)
            fine[fine] = valid[(v * width + u)[fine]] != 0
            view.attempt(everyone[fine], (v * width + u)[fine])
    return view.found
