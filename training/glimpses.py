"""Glimpses: one region of a small scene, cut out with its mask, as the network sees regions. Drawn without end.

A scene of 96 pixels holds a thing, often with another before or behind it. The region is the thing, or a part of it,
or the thing with some of what is around it, or something else altogether; how much of it is one true thing is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
from crowd import Art, Floats, finished, lay, posed
from numpy.typing import NDArray
from restyle import bent, restyled

from delaminate.stages.segmentation.embedded.attributes import colour_name
from delaminate.stages.segmentation.embedded.network import glimpse_of

SIDE = 96


@dataclass(frozen=True)
class Batch:
    """`seen` uint8 n×40×40×4 (RGB, mask), `names` int64 n (−1: no thing covers half of it), `worth` float32 n, 0..1."""

    seen: NDArray[np.uint8]
    names: NDArray[np.int64]
    worth: NDArray[np.float32]


def batches(art: Art, under: list[NDArray[np.uint8]], seed: int, size: int) -> Iterator[Batch]:
    """Batches without end; the same seed gives the same ones."""
    cv2.setNumThreads(1)
    rng = np.random.default_rng(seed)
    allowed = np.flatnonzero(art.learning())
    found: list[Glimpse] = []
    while True:
        while len(found) < size:
            found += _glimpses(rng, art, under, allowed)
        now, found = found[:size], found[size:]
        yield Batch(
            np.stack([seen for seen, _, _ in now]),
            np.array([name for _, name, _ in now], np.int64),
            np.array([worth for _, _, worth in now], np.float32),
        )


Glimpse = tuple[NDArray[np.uint8], int, float]


def _glimpses(
    rng: np.random.Generator, art: Art, under: list[NDArray[np.uint8]], allowed: NDArray[np.int64]
) -> list[Glimpse]:
    """One scene, and a glimpse or two for each thing in it."""
    rgb = _ground(rng, under)
    masks: list[NDArray[np.float32]] = []
    count = 1 if rng.random() < 0.4 else 2 if rng.random() < 0.7 else 3
    cutouts = rng.choice(allowed, count)
    main = int(rng.integers(count))

    def style(name: int, colour: Floats, alpha: Floats) -> tuple[Floats, Floats]:
        if rng.random() < 0.5:
            colour, alpha = bent(rng, colour, alpha)
        if rng.random() < 0.6:
            colour = restyled(rng, colour, alpha, free=not _coloured(art.names[name]))
        return colour, alpha

    for k, cutout in enumerate(cutouts):
        side = float(rng.uniform(36, 84)) if k == main else float(rng.uniform(20, 90))
        how = partial(style, int(art.name_of[cutout]))
        colour, alpha = posed(rng, art.pictures[cutout], side, art.style_of[cutout] == "pixel", how)
        spread = 8 if k == main else 44
        x, y = SIDE / 2 + rng.uniform(-spread, spread, 2) - alpha.shape[0] / 2
        if rng.random() < 0.25:
            cast = cv2.GaussianBlur(alpha, (0, 0), float(rng.uniform(1, 4))) * np.float32(rng.uniform(0.15, 0.5))
            lay(rgb, masks, None, cast, round(x) + int(rng.integers(-2, 4)), round(y) + int(rng.integers(0, 6)))
        if not lay(rgb, masks, colour, alpha, round(x), round(y), named=True):
            return []
    things = [m > 0.5 for m in masks]
    picture = finished(rng, rgb)
    found = []
    for k in [main, *range(count)]:
        if things[k].sum() < 150:
            continue
        region = _region(rng, rgb, things, k)
        if region.sum() < 60:
            continue
        overlaps = [int((region & t).sum()) / max(1, int((region | t).sum())) for t in things]
        best = int(np.argmax(overlaps))
        name = int(art.name_of[cutouts[best]]) if overlaps[best] > 0.5 else -1
        found.append((glimpse_of(picture, region), name, overlaps[best]))
    return found


def _coloured(name: str) -> bool:
    """Whether a name says what colour the thing has."""
    return any(colour_name(word) is not None for word in name.split())


def _ground(rng: np.random.Generator, under: list[NDArray[np.uint8]]) -> NDArray[np.float32]:
    ground = under[rng.integers(len(under))]
    side = int(rng.uniform(48, 220))
    y, x = rng.integers(0, ground.shape[0] - side, 2)
    return cv2.resize(ground[y : y + side, x : x + side], (SIDE, SIDE), interpolation=cv2.INTER_LINEAR).astype(
        np.float32
    )


def _region(
    rng: np.random.Generator, rgb: NDArray[np.float32], things: list[NDArray[np.bool_]], main: int
) -> NDArray[np.bool_]:
    """What somebody might take for a thing: right more often than not, wrong in the ways proposals are wrong."""
    mask = things[main]
    kind = rng.random()
    if kind < 0.6:
        size = int(rng.integers(1, 4))
        grow = cv2.dilate if rng.random() < 0.5 else cv2.erode
        return np.asarray(grow(mask.astype(np.uint8), np.ones((size, size), np.uint8)) > 0)
    ys, xs = np.nonzero(mask)
    if kind < 0.72:  # a part: one side of a line, or what has the colour of one of its pixels
        if rng.random() < 0.5:
            angle = rng.uniform(0, 2 * np.pi)
            along = (np.arange(SIDE)[None] - xs.mean()) * np.cos(angle) + (
                np.arange(SIDE)[:, None] - ys.mean()
            ) * np.sin(angle)
            return np.asarray(mask & (along > rng.uniform(-0.3, 0.3) * np.sqrt(mask.sum())))
        at = rng.integers(len(ys))
        away = np.abs(rgb - rgb[ys[at], xs[at]]).sum(axis=2)
        return np.asarray(mask & (away < rng.uniform(40, 150)))
    if kind < 0.82:  # too much: a neighbour, its box, its hull, or some ground
        if len(things) > 1 and rng.random() < 0.6:
            return np.asarray(np.logical_or.reduce(things))
        if rng.random() < 0.4:
            boxed = np.zeros_like(mask)
            boxed[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1] = True
            return boxed
        return mask | _blob(rng)
    if kind < 0.9:
        return _blob(rng)
    if kind < 0.95:  # the hole around it
        return _blob(rng) & ~mask
    y, x = rng.integers(SIDE, size=2)
    return np.asarray(np.abs(rgb - rgb[y, x]).sum(axis=2) < rng.uniform(20, 90))


def _blob(rng: np.random.Generator) -> NDArray[np.bool_]:
    blob = np.zeros((SIDE, SIDE), np.uint8)
    centre = tuple(int(v) for v in rng.integers(20, SIDE - 20, 2))
    axes = tuple(int(v) for v in rng.integers(8, 40, 2))
    cv2.ellipse(blob, centre, axes, float(rng.uniform(0, 180)), 0, 360, 1, -1)
    return blob > 0
