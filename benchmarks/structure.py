"""Does a picture go on behind what was taken off it: 60 drawn cases whose truth is known.

    python benchmarks/structure.py [--show FOLDER] [--only KIND]

Discs, bands, horizons, gradients, tables, the ground behind a letter, frames, rounded boxes, rings, waves and crossings
lie behind a blob, a bar or a letter; each is drawn clean, with grain, and as JPEG of quality 90 and 75. Two figures
for a fill: the mean absolute error behind the thing in levels (against the drawing without grain and compression), and
by how many pixels edges are off on average: what lies on the wrong side of an edge, divided by the edge's length.
Everything comes from one seed. The texture fill alone and OpenCV's Telea stand beside ours. Half a minute.
"""

from __future__ import annotations

import argparse
import io
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from delaminate.pixels import box_of
from delaminate.stages.inpainting.content_aware.fill import ContentAware

HEIGHT, WIDTH, FINER = 300, 400, 4
Grid = NDArray[np.float64]
Picture = NDArray[np.uint8]
Hole = NDArray[np.bool_]
Regions = Callable[[Grid, Grid], NDArray[np.int64]]
Paint = Callable[[Grid, Grid], Grid]
Made = tuple[Regions, list[Paint]]


@dataclass(frozen=True, eq=False)
class Case:
    """`given` shows the thing, `true` what lies behind without grain, `hole` what to fill, `regions` true areas."""

    name: str
    given: Picture
    true: Picture
    hole: Hole
    regions: NDArray[np.int64]


# ------------------------------------------------------------------------------------------------------- drawing


def plain(rng: np.random.Generator) -> Paint:
    """One colour."""
    colour = rng.uniform(20, 235, 3).round()
    return lambda y, _: np.broadcast_to(colour, (*y.shape, 3))


def sloping(rng: np.random.Generator) -> Paint:
    """A linear gradient between two colours."""
    one, other = rng.uniform(30, 225, (2, 3))
    other = one + np.clip(other - one, -90, 90)
    angle = rng.uniform(0, 2 * np.pi)

    def paint(y: Grid, x: Grid) -> Grid:
        share = np.clip(0.5 + ((x - WIDTH / 2) * np.cos(angle) + (y - HEIGHT / 2) * np.sin(angle)) / WIDTH, 0, 1)
        return np.asarray(one + share[..., None] * (other - one))

    return paint


def glowing(rng: np.random.Generator) -> Paint:
    """A radial gradient of three stops, as a lit ball has it."""
    stops = rng.uniform(40, 230, 3) + np.array([60, 0, -60])[:, None] * rng.uniform(0.4, 1, 3)
    cy, cx = rng.uniform(0.2, 0.8, 2) * (HEIGHT, WIDTH)
    reach = rng.uniform(0.6, 1.0) * WIDTH

    def paint(y: Grid, x: Grid) -> Grid:
        share = np.clip(np.hypot(y - cy, x - cx) / reach, 0, 1)
        return np.stack([np.interp(share, (0, 0.5, 1), channel) for channel in np.clip(stops, 0, 255).T], axis=-1)

    return paint


def apart(rng: np.random.Generator, makers: Sequence[Callable[[np.random.Generator], Paint]]) -> list[Paint]:
    """Paints of areas that anybody could tell apart: 40 levels between them in the middle of the picture."""
    middle = np.array([[HEIGHT / 2.0]]), np.array([[WIDTH / 2.0]])
    for _ in range(200):
        paints = [make(rng) for make in makers]
        seen = [paint(*middle)[0, 0] for paint in paints]
        if all(np.abs(a - b).max() >= 40 for i, a in enumerate(seen) for b in seen[:i]):
            return paints
    return paints


def disc(rng: np.random.Generator) -> Made:
    """A round thing, half hidden."""
    cy, cx, r = rng.uniform(110, 190), rng.uniform(150, 250), rng.uniform(50, 90)
    makers = [[plain, sloping, plain][int(rng.integers(3))], [plain, glowing][int(rng.integers(2))]]
    return lambda y, x: (np.hypot(y - cy, x - cx) < r).astype(int), apart(rng, makers)


def band(rng: np.random.Generator) -> Made:
    """A stripe across, at any angle."""
    angle, wide, off = rng.uniform(0, np.pi), rng.uniform(14, 40), rng.uniform(-25, 25)

    def regions(y: Grid, x: Grid) -> NDArray[np.int64]:
        away = (x - WIDTH / 2) * np.sin(angle) + (y - HEIGHT / 2) * np.cos(angle) - off
        return np.asarray(np.abs(away) < wide).astype(np.int64)

    return regions, apart(rng, [[plain, sloping][int(rng.integers(2))], plain])


def horizon(rng: np.random.Generator) -> Made:
    """Sky above, ground below, the line nearly level."""
    level, slope = rng.uniform(120, 180), rng.uniform(-0.15, 0.15)
    return lambda y, x: (y > level + slope * (x - WIDTH / 2)).astype(int), apart(rng, [sloping, plain])


def slope(rng: np.random.Generator) -> Made:
    """A linear gradient and nothing else."""
    return lambda y, _: np.zeros(y.shape, np.int64), [sloping(rng)]


def glow(rng: np.random.Generator) -> Made:
    """A radial gradient and nothing else."""
    return lambda y, _: np.zeros(y.shape, np.int64), [glowing(rng)]


def table(rng: np.random.Generator) -> Made:
    """A table's top: a trapezium, whose edge or corner is hidden."""
    top, inset = rng.uniform(110, 160), rng.uniform(40, 110)

    def regions(y: Grid, x: Grid) -> NDArray[np.int64]:
        side = inset * (1 - (y - top) / (HEIGHT - top))
        return ((y > top) & (x > side) & (x < WIDTH - side)).astype(int)

    return regions, apart(rng, [sloping, sloping])


def ground(rng: np.random.Generator) -> Made:
    """Flat or sloping: what a letter stands on."""
    return lambda y, _: np.zeros(y.shape, np.int64), [[plain, sloping, glowing][int(rng.integers(3))](rng)]


def frame(rng: np.random.Generator) -> Made:
    """A picture's frame: a box in a box."""
    left, top, right, bottom = rng.uniform(50, 110), rng.uniform(40, 80), rng.uniform(290, 350), rng.uniform(220, 260)
    thick = rng.uniform(12, 26)

    def regions(y: Grid, x: Grid) -> NDArray[np.int64]:
        outer = (x > left) & (x < right) & (y > top) & (y < bottom)
        inner = (x > left + thick) & (x < right - thick) & (y > top + thick) & (y < bottom - thick)
        return outer.astype(int) + inner

    return regions, apart(rng, [plain, plain, plain])


def rounded(rng: np.random.Generator) -> Made:
    """A box with round corners, one of them hidden."""
    left, top, right, bottom = rng.uniform(60, 120), rng.uniform(50, 90), rng.uniform(280, 340), rng.uniform(210, 250)
    radius = rng.uniform(14, 40)

    def regions(y: Grid, x: Grid) -> NDArray[np.int64]:
        dx = np.maximum(np.maximum(left + radius - x, x - right + radius), 0)
        dy = np.maximum(np.maximum(top + radius - y, y - bottom + radius), 0)
        return (np.hypot(dx, dy) < radius).astype(int)

    return regions, apart(rng, [[plain, sloping][int(rng.integers(2))], plain])


def ring(rng: np.random.Generator) -> Made:
    """A ring: two circles about one middle."""
    cy, cx, r = rng.uniform(120, 180), rng.uniform(160, 240), rng.uniform(70, 100)
    thick = rng.uniform(16, 30)
    return lambda y, x: (np.abs(np.hypot(y - cy, x - cx) - r) < thick / 2).astype(int), apart(rng, [plain, plain])


def wave(rng: np.random.Generator) -> Made:
    """Hills: a smooth curve that is no line and no circle."""
    level, high, turn, phase = rng.uniform(130, 170), rng.uniform(12, 28), rng.uniform(0.012, 0.02), rng.uniform(0, 6)
    return lambda y, x: (y > level + high * np.sin(turn * x + phase)).astype(int), apart(rng, [sloping, plain])


def crossing(rng: np.random.Generator) -> Made:
    """Two bands, one over the other."""
    y0, x0, wide = rng.uniform(120, 180), rng.uniform(150, 250), rng.uniform(12, 22)
    return (
        lambda y, x: np.where(np.abs(x - x0) < wide, 2, np.where(np.abs(y - y0) < wide, 1, 0)),
        apart(rng, [plain, plain, plain]),
    )


KINDS = (disc, band, horizon, slope, glow, table, ground, frame, rounded, ring, wave, crossing)
SMOOTH = {"slope", "glow", "ground"}
"""Without an edge."""

DAMAGE = ("clean", "clean", "grain", "jpeg 90", "jpeg 75")


# ------------------------------------------------------------------------------------------------------- things


def blob(rng: np.random.Generator) -> Hole:
    """A lumpy thing about the middle."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float64)
    cy, cx = rng.uniform(0.4, 0.6) * HEIGHT, rng.uniform(0.35, 0.65) * WIDTH
    angle = np.arctan2(y - cy, x - cx)
    lumps = [rng.uniform(0, 0.15) * np.sin(k * angle + rng.uniform(0, 6)) for k in (2, 3, 4)]
    wave = np.sum(lumps, axis=0)
    return np.asarray(np.hypot(y - cy, (x - cx) * rng.uniform(0.8, 1.2)) < rng.uniform(38, 62) * (1 + wave))


def bar(rng: np.random.Generator) -> Hole:
    """A long thing at any angle."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float64)
    angle = rng.uniform(0, np.pi)
    u = (x - WIDTH / 2) * np.cos(angle) + (y - HEIGHT / 2) * np.sin(angle)
    v = -(x - WIDTH / 2) * np.sin(angle) + (y - HEIGHT / 2) * np.cos(angle)
    return np.asarray((np.abs(u) < rng.uniform(70, 120)) & (np.abs(v) < rng.uniform(14, 30)))


def letter(rng: np.random.Generator) -> Hole:
    """A bold letter with a counter."""
    canvas = Image.new("L", (WIDTH, HEIGHT))
    glyph = "BRAO8Q"[int(rng.integers(6))]
    where = (int(rng.integers(90, 150)), int(rng.integers(30, 60)))
    ImageDraw.Draw(canvas).text(where, glyph, 255, ImageFont.load_default(200), stroke_width=6)
    return np.asarray(np.array(canvas) > 0)


def drawn(kind: Callable[[np.random.Generator], Made], number: int, rng: np.random.Generator) -> Case:
    """One case."""
    regions, paints = kind(rng)
    sub = (np.arange(FINER) + 0.5) / FINER - 0.5
    true = np.zeros((HEIGHT, WIDTH, 3))
    for dy in sub:
        for dx in sub:
            y, x = np.mgrid[:HEIGHT, :WIDTH] + np.array([dy, dx])[:, None, None]
            which = regions(y, x)
            true += np.select([which[..., None] == n for n in range(len(paints))], [p(y, x) for p in paints])
    true = np.clip(true / FINER**2, 0, 255)
    thing = letter(rng) if kind is ground else (blob, bar)[number % 2](rng)
    soft = cv2.GaussianBlur(thing.astype(np.float64), (0, 0), 0.6)[..., None]
    given = true * (1 - soft) + soft * rng.uniform(0, 255, 3)
    damage = DAMAGE[number]
    if damage == "grain":
        given = given + rng.normal(0, 2, given.shape)
    pixels = np.clip(np.rint(given), 0, 255).astype(np.uint8)
    if damage.startswith("jpeg"):
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "JPEG", quality=int(damage[5:]))
        pixels = np.array(Image.open(file))
    reach = 8 if damage.startswith("jpeg") else 3
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    hole = cv2.dilate(thing.astype(np.uint8), cross, iterations=reach) > 0
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float64)
    truth = np.rint(true).astype(np.uint8)
    return Case(f"{kind.__name__} {number} {damage}", pixels, truth, hole, np.asarray(regions(y, x)))


def cases(only: str = "") -> Iterator[Case]:
    """All sixty, or those of one kind."""
    for order, kind in enumerate(KINDS):
        for number in range(5):
            if not only or kind.__name__ == only:
                yield drawn(kind, number, np.random.default_rng((17, order, number)))


# ------------------------------------------------------------------------------------------------------- figures


def figures(case: Case, made: Picture) -> tuple[float, float | None]:
    """Mean absolute error in levels, and how far edges are off in pixels (None without an edge in the hole)."""
    off = np.abs(made.astype(np.float64) - case.true)
    edge = np.zeros(case.hole.shape, np.bool_)
    edge[:, 1:] |= case.regions[:, 1:] != case.regions[:, :-1]
    edge[1:] |= case.regions[1:] != case.regions[:-1]
    length = int((edge & case.hole).sum())
    wrong = (off.max(axis=2) > 20) & case.hole
    return float(off[case.hole].mean()), wrong.sum() / length if length > 12 else None


def filled(stage: Any) -> Callable[[Case], Picture]:
    """A stage as a function of a case."""

    def fill(case: Case) -> Picture:
        out = case.given.copy()
        box = box_of(case.hole)
        assert box is not None
        out[box.slices] = stage(case.given, case.hole, ~case.hole)
        return out

    return fill


def main() -> None:
    """Read the arguments and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--show", type=Path, help="write what was given, the truth and every fill side by side")
    parser.add_argument("--only", default="", help="one kind of case")
    given = parser.parse_args()
    cv2.setNumThreads(1)
    methods: dict[str, Callable[[Case], Picture]] = {
        "content-aware": filled(ContentAware(workers=1)),
        "texture alone": filled(ContentAware(workers=1, structure=False)),
        "Telea": lambda case: np.asarray(cv2.inpaint(case.given, case.hole.view(np.uint8), 5, cv2.INPAINT_TELEA)),
    }
    table: dict[str, list[tuple[str, float, float | None]]] = {name: [] for name in methods}
    seconds = dict.fromkeys(methods, 0.0)
    for case in cases(given.only):
        row = [case.given, case.true]
        for name, method in methods.items():
            start = time.process_time()
            row.append(method(case))
            seconds[name] += time.process_time() - start
            table[name].append((case.name, *figures(case, row[-1])))
        if given.show:
            given.show.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.hstack(row)).save(given.show / f"{case.name.replace(' ', '-')}.png")
    print("| case | " + " | ".join(f"{name}: error, edges off" for name in methods) + " |")
    print("|---|" + "--:|" * len(methods))

    def told(rows: list[tuple[str, float, float | None]]) -> str:
        edges = [edge for _, _, edge in rows if edge is not None]
        return f"{np.mean([error for _, error, _ in rows]):.2f}, " + (f"{np.mean(edges):.2f}" if edges else "–")

    for number, (label, _, _) in enumerate(table["content-aware"]):
        print(f"| {label} | " + " | ".join(told(rows[number : number + 1]) for rows in table.values()) + " |")
    for title, chosen in (("without edges", SMOOTH), ("with edges", {k.__name__ for k in KINDS} - SMOOTH)):
        cells = [told([r for r in rows if r[0].split()[0] in chosen]) for rows in table.values()]
        if all("nan" not in cell for cell in cells):
            print(f"| **{title}** | " + " | ".join(cells) + " |")
    print("| CPU s | " + " | ".join(f"{value:.1f}" for value in seconds.values()) + " |")


if __name__ == "__main__":
    main()
