"""Are shadows found, is the ground under them lit again, and is none seen where there is none?

    python benchmarks/shadows.py [--each 12] [--first 0] [--photographs FOLDER] [--show FOLDER]

Drawn things stand on thirteen drawn grounds, from one colour to bricks and blurred lights: without a shadow, on a soft
pool, before a soft shadow of their own outline, on a pool beside another thing with its own that nobody names. The true
outline is given, so that only the shadow is judged. A shadow is found when at least half of its darkness is taken, and
no more than half as much elsewhere. How far the ground is off is measured on the shadow alone, before the thing is laid
on it: the rim of the thing is for its matting. With a folder of photographs, things stand before those as well.
Everything comes from one seed; `--first 1000` makes other cases, to choose thresholds on. Two minutes.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from delaminate.evaluation.generation import backdrops
from delaminate.evaluation.generation.catalogue import THINGS, draw
from delaminate.evaluation.generation.effects import cast_shadow, contact_shadow
from delaminate.pixels import Box, Mask, Rgb, Rgba, box_of
from delaminate.splitting.shadow import lit, reach, shadow_of

HEIGHT, WIDTH = 420, 560
GROUNDS = (
    "plain", "gradient", "vignette", "studio", "paper", "cloth", "wood", "dots", "tiles", "bricks", "hills", "sea",
    "bokeh",
)  # fmt: skip
KINDS = ("none", "pool", "soft", "beside")


@dataclass(frozen=True, eq=False)
class Case:
    """`given` shows the thing, `shaded` the ground with its shadow alone, `lit` without; `mask` is the thing."""

    name: str
    given: Rgb
    shaded: Rgb
    lit: Rgb
    mask: Mask


def over(ground: Rgb, pixels: Rgba, left: int, top: int) -> Rgb:
    """The ground with something laid on it, wherever that lies."""
    out = ground.copy()
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = min(ground.shape[1], left + pixels.shape[1]), min(ground.shape[0], top + pixels.shape[0])
    if x1 <= x0 or y1 <= y0:
        return out
    part = pixels[y0 - top : y1 - top, x0 - left : x1 - left].astype(np.float64)
    alpha = part[..., 3:] / 255
    out[y0:y1, x0:x1] = np.rint(out[y0:y1, x0:x1] * (1 - alpha) + part[..., :3] * alpha).astype(np.uint8)
    return out


def made(rng: Random, ground: Rgb, kind: str, name: str) -> Case:
    """Something before a ground, with a shadow of a kind."""
    if kind == "beside":
        return beside(rng, ground, name)
    what = draw(rng.choice(THINGS), rng.randint(130, 220), rng).pixels
    height, width = what.shape[:2]
    left, top = rng.randint(40, WIDTH - width - 40), rng.randint(30, HEIGHT - height - 50)
    shaded = ground
    if kind == "pool":
        depth = max(10, round(0.12 * width))
        dark = contact_shadow(width, depth, rng.uniform(0.35, 0.7))
        shaded = over(ground, dark, left - (dark.shape[1] - width) // 2, top + height - depth - depth // 3)
    elif kind == "soft":
        blur = rng.randint(5, 12)
        dark = cast_shadow(what, blur, rng.uniform(0.3, 0.6))
        shaded = over(ground, dark, left - 3 * blur + rng.randint(-8, 8), top - 3 * blur + rng.randint(8, 22))
    mask: Mask = np.zeros((HEIGHT, WIDTH), np.bool_)
    mask[top : top + height, left : left + width] = what[..., 3] > 127
    return Case(name, over(shaded, what, left, top), shaded, ground, mask)


def beside(rng: Random, ground: Rgb, name: str) -> Case:
    """Two things side by side, each on a pool; the shadow of the first is looked for."""
    first, second = (draw(rng.choice(THINGS), rng.randint(110, 150), rng).pixels for _ in range(2))
    left, base = rng.randint(60, 120), rng.randint(230, 330)
    places = [left, left + first.shape[1] + rng.randint(4, 40)]
    if rng.random() < 0.5:
        places = [WIDTH - place - what.shape[1] for place, what in zip(places, (first, second), strict=True)]
    pool, now = ground, ground
    for what, place in zip((second, first), reversed(places), strict=True):
        height, width = what.shape[:2]
        depth, below = max(10, round(0.12 * width)), base + rng.randint(-15, 15)
        dark = contact_shadow(width, depth, rng.uniform(0.35, 0.7))
        before = now
        pool = over(before, dark, place - (dark.shape[1] - width) // 2, below - depth - depth // 3)
        now = over(pool, what, place, below - height)
    mask: Mask = np.zeros((HEIGHT, WIDTH), np.bool_)
    mask[below - height : below, place : place + width] = what[..., 3] > 127
    return Case(name, now, pool, before, mask)


def cases(each: int, first: int) -> Iterator[Case]:
    """All cases on drawn grounds, from a number on."""
    for name in GROUNDS:
        for number in range(first, first + each):
            rng = Random(f"shadow {name} {number}")
            light = [rng.randint(120, 245) for _ in range(3)]
            other = [min(255, max(60, c + rng.randint(-60, 40))) for c in light]
            ground = getattr(backdrops, name)(rng, HEIGHT, WIDTH, tuple(light), tuple(other))
            for kind in KINDS:
                yield made(rng, ground, kind, f"{name} {kind} {number}")


def before_photographs(folder: Path, first: int) -> Iterator[Case]:
    """Something before each photograph of a folder."""
    for number, file in enumerate(sorted(p for p in folder.iterdir() if p.suffix in {".jpg", ".jpeg", ".png"}), first):
        with Image.open(file) as opened:
            ground = np.asarray(opened.convert("RGB").resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS))
        rng = Random(f"photograph {number}")
        for kind in KINDS:
            yield made(rng, ground, kind, f"photograph {kind} {number}")


def judged(case: Case) -> tuple[bool, bool, float]:
    """Whether the shadow was found, whether anything was taken, and how far the ground under it is off, in levels."""
    inner = box_of(case.mask)
    assert inner is not None
    box = reach(inner, WIDTH, HEIGHT)
    part = box.slices
    shadow = shadow_of(case.given[part], case.mask[part], np.zeros_like(case.mask[part]), box)
    out = ~case.mask
    true = np.where(out, np.clip(case.lit.astype(float) - case.shaded, 0, None).mean(axis=2), 0)
    if shadow is None:
        return False, False, float("nan")
    light = shadow.over(Box(0, 0, WIDTH, HEIGHT))
    back = lit(case.shaded, light).astype(float)
    taken = np.where(out, np.clip(back - case.shaded, 0, None).mean(axis=2), 0)
    under = out & (true > 6)
    good = float(np.minimum(true, taken).sum()) >= 0.5 * float(true.sum()) > 0
    clean = float(np.clip(taken - true, 0, None).sum()) <= 0.5 * float(true.sum())
    off = float(np.abs(back - case.lit)[under].mean()) if under.any() else float("nan")
    return good and clean, bool(taken.max() > 8), off


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=12)
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--photographs", type=Path)
    parser.add_argument("--show", type=Path, help="write the pictures where it went wrong")
    asked = parser.parse_args()
    rows: dict[tuple[str, str], list[tuple[bool, bool, float]]] = {}
    photographs = before_photographs(asked.photographs, asked.first) if asked.photographs else ()
    for case in chain(cases(asked.each, asked.first), photographs):
        ground, kind, _ = case.name.split()
        told = judged(case)
        rows.setdefault((ground, kind), []).append(told)
        if asked.show and (told[1] if kind == "none" else not told[0]):
            asked.show.mkdir(parents=True, exist_ok=True)
            Image.fromarray(case.given).save(asked.show / f"{case.name}.png")
    names = ("ground", "no shadow, none taken", "pool", "soft", "pool beside another thing", "levels off under them")
    print(f"| {' | '.join(names)} |\n|{'---|' * len(names)}")
    for ground in dict.fromkeys(ground for ground, _ in rows):
        print("| " + " | ".join([ground, *_figures([rows.get((ground, kind), []) for kind in KINDS])]) + " |")
    totals = [[told for ground in GROUNDS for told in rows.get((ground, kind), [])] for kind in KINDS]
    print("| **all drawn** | " + " | ".join(_figures(totals)) + " |")
    found = [told[0] for some in totals[1:] for told in some]
    print(f"\n{sum(found)} of {len(found)} drawn shadows found, {100 * sum(found) / max(1, len(found)):.0f} %")


def _figures(kinds: list[list[tuple[bool, bool, float]]]) -> list[str]:
    none, *cast = kinds
    off: NDArray[Any] = np.array([told[2] for some in cast for told in some if told[0]])
    rates = [f"{100 * sum(t[0] for t in some) / len(some):.0f} %" if some else "–" for some in cast]
    return [
        f"{100 * sum(not t[1] for t in none) / len(none):.0f} %" if none else "–",
        *rates,
        f"{np.nanmean(off):.1f}" if off.size else "–",
    ]


if __name__ == "__main__":
    main()
