"""Things on grounds with and without shadows, drawn without end for the network that finds shadows.

Everything is put together at the size that the network sees: area averages of what would be drawn at full size.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from delaminate.evaluation.generation import backdrops
from delaminate.evaluation.generation.catalogue import THINGS, draw
from delaminate.pixels import Colour, Rgb, Rgba
from delaminate.splitting.shadow.ground import BLACK
from delaminate.splitting.shadow.view import SIDE, size_of, view_of

Plane = NDArray[np.float32]
FAMILIES = (
    "plain", "gradient", "vignette", "studio", "paper", "cloth", "wood", "dots", "tiles", "bricks", "hills", "sea",
    "bokeh", "rays",
)  # fmt: skip
HELD_OUT = ("landmarks", "oiseg", "howtocook", "budgie")
"""Sources of photographs that nothing is learned from."""
HEIGHT, WIDTH = 420, 560


@dataclass(frozen=True, eq=False)
class Example:
    """`planes` as `View` has them; `dark` the logarithm of the light that is gone, 3 × SIDE × SIDE; `weight` how much
    each pixel counts; `there` whether there is a shadow to be seen."""

    planes: Plane
    dark: Plane
    weight: Plane
    there: bool


def photographs(corpus: Path, *, held_out: bool = False) -> list[Path]:
    """The photographs that may be learned from: neither GPL nor share alike, nor of a source that is held out."""
    rows = [json.loads(line) for line in (corpus / "photos.jsonl").read_text().splitlines()]
    free = [row for row in rows if "SA" not in row["licence"].split("-") and "GPL" not in row["licence"]]
    return [corpus / row["file"] for row in free if (row["set"] in HELD_OUT) == held_out]


def drawn_ground(rng: Random) -> Rgb:
    """One of the drawn grounds."""
    light = [rng.randint(90, 250) for _ in range(3)]
    other = [min(255, max(30, c + rng.randint(-90, 60))) for c in light]
    return np.asarray(getattr(backdrops, rng.choice(FAMILIES))(rng, HEIGHT, WIDTH, tuple(light), tuple(other)))


def odd_ground(rng: Random, of: np.random.Generator) -> Rgb:
    """Stripes, checks, blots and noise of many sizes, which no drawn ground has."""
    out = np.empty((HEIGHT, WIDTH, 3), np.float32)
    out[:] = of.uniform(50, 250, 3)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    for _ in range(rng.randint(1, 4)):
        kind, turn, step = rng.randrange(5), rng.uniform(0, np.pi), rng.uniform(6, 90)
        along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
        share = rng.uniform(0.1, 0.9)
        if kind == 0:
            where = ((along / step) % 1 < share).astype(np.float32)
        elif kind == 1:
            where = (((along / step) % 1 < share) ^ ((across / step / rng.uniform(0.5, 2)) % 1 < share)).astype(
                np.float32
            )
        elif kind == 2:
            where = (((along / step) % 1 - 0.5) ** 2 + ((across / step) % 1 - 0.5) ** 2 < share / 5).astype(np.float32)
        else:
            rows, columns = max(2, int(HEIGHT / step)), max(2, int(WIDTH / step * rng.uniform(0.2, 1)))
            where = cv2.resize(of.random((rows, columns), np.float32), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
            if kind == 4:
                where = (where > share).astype(np.float32)
        tone = of.normal(0, rng.choice((8, 25, 60)), 3).astype(np.float32)
        if rng.random() < 0.5:
            tone[:] = tone.mean()
        out += where[..., None] * tone
    if rng.random() < 0.5:
        out += cv2.GaussianBlur(
            of.normal(0, rng.uniform(2, 40), (HEIGHT, WIDTH)).astype(np.float32), (0, 0), rng.uniform(0.6, 6)
        )[..., None]
    return np.clip(np.rint(out), 0, 255).astype(np.uint8)


class Stock:
    """Grounds and things, made once."""

    def __init__(self, corpus: Path, seed: int, grounds: int, things: int) -> None:
        rng, of = Random(f"shade stock {seed}"), np.random.default_rng(seed)
        self.drawn = [drawn_ground(rng) for _ in range(grounds)]
        self.odd = [odd_ground(rng, of) for _ in range(grounds // 2)]
        self.photographs: list[Rgb] = []
        for file in photographs(corpus):
            with Image.open(file) as opened:
                self.photographs.append(np.asarray(opened.convert("RGB")))
        self.things: list[Rgba] = [draw(rng.choice(THINGS), rng.randint(130, 220), rng).pixels for _ in range(things)]
        for row in map(json.loads, (corpus / "cutouts.jsonl").read_text().splitlines()):
            if "SA" in row["licence"].replace("-", " ").split() or "GPL" in row["licence"]:
                continue
            with Image.open(corpus / row["file"]) as opened:
                opened.thumbnail((220, 220))
                self.things.append(np.asarray(opened.convert("RGBA")))

    def ground(self, rng: Random) -> Rgb:
        """Any ground."""
        kind = rng.random()
        return rng.choice(self.drawn if kind < 0.5 else self.odd if kind < 0.65 else self.photographs)


@dataclass(frozen=True, eq=False)
class Placed:
    """A thing in the copy: its colours, its coverage and its outline as a mask would have it, and where it is."""

    colour: Colour
    alpha: Plane
    outline: Plane
    left: float
    top: float
    width: float
    height: float


def placed(what: Rgba, left: float, top: float, wide: float, tall: float, size: tuple[int, int]) -> Placed:
    """A cut-out laid into an empty copy; all in pixels of it."""
    width, height = size
    inner = (max(2, round(wide)), max(2, round(tall)))
    small = cv2.resize(what, inner, interpolation=cv2.INTER_AREA).astype(np.float32)
    outline = cv2.resize((what[..., 3] > 127).astype(np.float32), inner, interpolation=cv2.INTER_AREA)
    x, y = round(left), round(top)
    out = np.zeros((height, width, 5), np.float32)
    x0, y0, x1, y1 = max(0, x), max(0, y), min(width, x + inner[0]), min(height, y + inner[1])
    if x1 > x0 and y1 > y0:
        part = (slice(y0 - y, y1 - y), slice(x0 - x, x1 - x))
        out[y0:y1, x0:x1] = np.dstack([small[part], outline[part]])
    coverage = np.asarray(out[..., 3] / 255, np.float32)
    return Placed(out[..., :3], coverage, out[..., 4], x, y, *inner)


def shadow_under(rng: Random, what: Placed, scale: float) -> Plane:
    """How much light (0..1) a shadow of the thing takes, in the copy; `scale` is its pixels per drawn pixel."""
    kind = rng.random()
    if kind < 0.4:
        return _pool(rng, what)
    if kind < 0.75:
        return _cast(what, rng.uniform(3, 16) * scale, rng.uniform(-14, 14) * scale, rng.uniform(4, 28) * scale, 1, 0)
    if kind < 0.87:
        soft = rng.uniform(2, 9) * scale
        return _cast(what, soft, 0, 0, rng.uniform(0.15, 0.5), rng.uniform(-1.2, 1.2))
    strong = rng.uniform(0.3, 0.8)
    second = _cast(what, rng.uniform(4, 14) * scale, rng.uniform(-20, 20) * scale, rng.uniform(4, 30) * scale, 1, 0)
    return np.asarray(1 - (1 - _pool(rng, what)) * (1 - strong * second), np.float32)


def _pool(rng: Random, what: Placed) -> Plane:
    height, width = what.alpha.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) + np.float32(0.5)
    plain = rng.random() < 0.5
    deep = what.width * (0.12 if plain else rng.uniform(0.05, 0.25))
    wide = what.width / 2 * (1 if plain else rng.uniform(0.6, 1.3))
    middle = what.left + what.width / 2 + (0 if plain else rng.uniform(-0.2, 0.2) * what.width)
    base = what.top + what.height - deep * (1 / 3 if plain else rng.uniform(-0.2, 0.8))
    far = np.sqrt(((x - middle) / wide) ** 2 + ((y - base) / deep) ** 2)
    if plain or rng.random() < 0.5:
        fall = np.clip((1.15 if plain else rng.uniform(1, 1.4)) - far, 0, 1)
        return np.asarray(fall * fall * (3 - 2 * fall) if plain else fall ** rng.uniform(0.7, 2), np.float32)
    return np.asarray(np.exp(-(far**2) * rng.uniform(1, 2.5)), np.float32)


def _cast(what: Placed, soft: float, right: float, down: float, tall: float, lean: float) -> Plane:
    height, width = what.alpha.shape
    base = what.top + what.height
    # From a place in the shadow to the place of the thing it comes from.
    turn = np.array(
        [[1, lean / tall, -right - lean / tall * (base + down)], [0, 1 / tall, base - (base + down) / tall]]
    )
    out = cv2.warpAffine(
        what.alpha, turn.astype(np.float32), (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )
    return np.asarray(cv2.GaussianBlur(out, (0, 0), max(0.5, soft)), np.float32)


def _shaded(ground: Colour, dark: Plane, tint: NDArray[np.float32]) -> Colour:
    return np.asarray(ground * (1 - dark[..., None]) + dark[..., None] * tint, np.float32)


def _over(ground: Colour, what: Placed) -> Colour:
    return np.asarray(ground * (1 - what.alpha[..., None]) + what.alpha[..., None] * what.colour, np.float32)


def _misleading(rng: Random, ground: Colour, what: Placed, of: np.random.Generator) -> Colour:
    """A dark place that is no shadow of the thing: a sharp shape beside it, a cloud above or far from it."""
    height, width = what.alpha.shape
    dark = np.zeros((height, width), np.float32)
    long = max(what.width, what.height)
    if rng.random() < 0.5:
        x, y = what.left + rng.uniform(-0.3, 1.3) * what.width, what.top + rng.uniform(-0.3, 1.3) * what.height
        points = np.array([(x + rng.uniform(-0.5, 0.5) * long, y + rng.uniform(-0.5, 0.5) * long) for _ in range(4)])
        cv2.fillConvexPoly(dark, cv2.convexHull(points.astype(np.int32)), 1.0, cv2.LINE_AA)
    else:
        x, y = what.left + rng.uniform(-0.2, 1.2) * what.width, what.top - rng.uniform(-0.05, 0.4) * what.height
        rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
        far = ((columns - x) / (long * rng.uniform(0.2, 0.6))) ** 2 + (
            (rows - y) / (long * rng.uniform(0.08, 0.3))
        ) ** 2
        dark = np.exp(-2 * far)
        dark[rows > what.top + 0.6 * what.height] *= 0.2
    tint = of.uniform(0, 60, 3).astype(np.float32) if rng.random() < 0.5 else np.zeros(3, np.float32)
    return _shaded(ground, np.float32(rng.uniform(0.2, 0.7)) * dark, tint)


def example(rng: Random, of: np.random.Generator, stock: Stock) -> Example | None:
    """One thing on one ground."""
    ground = stock.ground(rng)
    if rng.random() < 0.5:
        ground = ground[:, ::-1]
    rows, columns = ground.shape[:2]
    what = rng.choice(stock.things)
    if rng.random() < 0.5:
        what = np.ascontiguousarray(what[:, ::-1])
    grow = rng.uniform(0.55, 1.4) if rng.random() < 0.5 else 1.0
    grow = min(grow, 0.8 * rows / what.shape[0], 0.8 * columns / what.shape[1])
    tall, wide = what.shape[0] * grow, what.shape[1] * grow
    left, top = rng.uniform(-0.05 * wide, columns - 0.95 * wide), rng.uniform(0, rows - tall - min(30.0, 0.1 * rows))
    more = 16 + 0.6 * max(wide, tall)
    x0, y0 = max(0, round(left - more)), max(0, round(top - more))
    x1, y1 = min(columns, round(left + wide + more)), min(rows, round(top + tall + more))
    size = size_of(y1 - y0, x1 - x0)
    scale = size[0] / (x1 - x0)
    lit = cv2.resize(np.ascontiguousarray(ground[y0:y1, x0:x1]), size, interpolation=cv2.INTER_AREA).astype(np.float32)
    if rng.random() < 0.5:
        tone = rng.uniform(0.6, 1.1) * of.uniform(0.85, 1.15, 3).astype(np.float32)
        lit = np.clip(255 * (lit / 255) ** np.float32(rng.uniform(0.8, 1.3)) * tone, 0, 255)
    thing = placed(what, (left - x0) * scale, (top - y0) * scale, wide * scale, tall * scale, size)
    there = rng.random() < 0.62
    black = rng.random() < 0.3
    tint = np.zeros(3, np.float32) if black else of.uniform((6, 6, 8), (24, 20, 32)).astype(np.float32)
    dark = np.zeros(size[::-1], np.float32)
    if there:
        dark = np.float32(rng.uniform(0.25, 0.72)) * shadow_under(rng, thing, scale)
    other, named = None, False
    if rng.random() < 0.4:
        second = rng.choice(stock.things)
        smaller = rng.uniform(0.5, 1.1) * max(tall, wide) / max(second.shape[:2])
        sw, sh = second.shape[1] * smaller * scale, second.shape[0] * smaller * scale
        aside = (
            thing.left + thing.width + rng.uniform(0, 45) * scale
            if rng.random() < 0.5
            else thing.left - sw - rng.uniform(0, 45) * scale
        )
        other = placed(second, aside, thing.top + thing.height - sh + rng.uniform(-20, 20) * scale, sw, sh, size)
        named = rng.random() < 0.4
    front = rng.random() < 0.3
    if other is not None and not front:
        if rng.random() < 0.75:
            lit = _shaded(lit, np.float32(rng.uniform(0.3, 0.7)) * shadow_under(rng, other, scale), tint)
        lit = _over(lit, other)
    if rng.random() < (0.1 if there else 0.3):
        lit = _misleading(rng, lit, thing, of)
    shaded = _shaded(lit, dark, tint)
    seen = _over(shaded, thing)
    outline = thing.outline
    if other is not None and front:
        seen = _over(seen, other)
        outline = outline * (1 - other.outline)
    if rng.random() < 0.5:
        seen = seen + of.normal(0, rng.uniform(0.3, 3), seen.shape).astype(np.float32)
    seen = np.clip(seen, 0, 255).astype(np.float32)
    theirs = other.outline * (1 - outline) if other is not None and named else np.zeros_like(outline)
    if other is not None and named and not front:
        theirs = theirs * (1 - thing.outline)
    view = view_of(seen, outline, np.asarray(theirs, np.float32))
    if view is None:
        return None
    height, width = outline.shape
    share = np.repeat(dark[..., None], 3, axis=2)
    share = np.where(lit > 40, (lit - shaded) / np.maximum(lit - BLACK, 1), share)
    gone = -np.log(1 - np.clip(share, 0, 0.85))
    lost = (lit - shaded).mean(axis=2)
    visible = float((lost * view.ground).sum()) if there else 0.0
    deepest = float((lost * view.ground).max()) if there else 0.0
    if there and (deepest < 8 or visible < 0.01 * float(outline.sum()) * 20):
        return None  # too little to be asked for
    full_dark, weight = np.zeros((3, SIDE, SIDE), np.float32), np.zeros((SIDE, SIDE), np.float32)
    full_dark[:, :height, :width] = gone.transpose(2, 0, 1)
    counts = np.where(view.ground, np.float32(1), np.float32(0.25))
    if other is not None:
        counts = np.where(other.alpha > 0.02, np.float32(0.25), counts)
    weight[:height, :width] = counts * (0.15 + lit.mean(axis=2) / 160)
    return Example(view.planes, full_dark, weight, there)


def examples(stock: Stock, seed: int) -> Iterator[Example]:
    """Examples without end."""
    rng, of = Random(f"shade {seed}"), np.random.default_rng(seed)
    while True:
        one = example(rng, of, stock)
        if one is not None:
            yield one
