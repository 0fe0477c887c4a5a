"""Are see-through things found over grounds of every kind, how right is their coverage, and what comes back behind?

    python benchmarks/see_through.py [--each 6] [--photographs FOLDER]

Panes (with a rim and a gleam, or bare and tinted), bubbles, light and dark smoke, steam and glow lie over thirteen
drawn grounds with one or two things on them, and over photographs when a folder is given. The detector that the word
for it calls is asked, and its first answer judged: overlap of the coverages (soft IoU), and how many levels the ground
solved from it is off where the thing covers anything, before whatever is filled. What is taken as plain, as whoever
asks for everything gets it, is counted where something is and where nothing is. One seed.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from delaminate.evaluation.generation import backdrops
from delaminate.evaluation.generation.catalogue import THINGS, draw
from delaminate.evaluation.generation.effects import bubble, glass_pane, smoke
from delaminate.evaluation.generation.sketch import Colour, Sketch, flat, radial
from delaminate.pixels import Rgb, Rgba
from delaminate.splitting.steps import seen_through
from delaminate.stages.segmentation.embedded.see_through.veil import Sort, Veil
from delaminate.stages.segmentation.embedded.see_through.veils import Veils

HEIGHT, WIDTH = 640, 960
GROUNDS = (
    "plain", "gradient", "vignette", "studio", "paper", "cloth", "wood", "dots", "tiles", "bricks", "hills", "sea",
    "bokeh", "photograph",
)  # fmt: skip
KINDS = {
    "pane": Sort.PANE, "bubble": Sort.BUBBLE, "smoke": Sort.PLUME, "dark smoke": Sort.PLUME, "steam": Sort.PLUME,
    "glow": Sort.GLOW,
}  # fmt: skip
Plane = NDArray[np.float64]


def laid(ground: Rgb, pixels: Rgba, left: int, top: int) -> tuple[Rgb, Plane]:
    """The ground with something laid on it, and how much of it that covers."""
    inner = (slice(top, top + pixels.shape[0]), slice(left, left + pixels.shape[1]))
    cover = np.zeros((HEIGHT, WIDTH))
    cover[inner] = pixels[..., 3] / 255
    out, share = ground.copy(), cover[inner][..., None]
    out[inner] = np.rint(ground[inner] * (1 - share) + pixels[..., :3] * share)
    return out, cover


def bare_pane(rng: Random, width: int, height: int, colour: Colour) -> Rgba:
    """A tinted pane without rim and gleam."""
    drawn = Sketch(width, height)
    drawn.box(0, 0, 1, height / width, flat(colour, rng.uniform(0.25, 0.55)), rng.uniform(0, 0.12))
    return drawn.pixels()


def other_bubble(rng: Random, side: int) -> Rgba:
    """A bubble of another colour, thicker or thinner, with one highlight."""
    drawn = Sketch(side)
    colour = (rng.randint(190, 255), rng.randint(200, 255), rng.randint(220, 255))
    fade, rim = rng.uniform(0.02, 0.12), rng.uniform(0.3, 0.6)
    drawn.oval(0.5, 0.5, 0.49, 0.49, radial(colour, (255, 255, 255), (0.5, 0.5), 0.5, fade, rim))
    drawn.oval(0.35, 0.28, 0.1, 0.05, radial((255, 255, 255), (255, 255, 255), reach=0.5, opacity=0.8, fade=0), -35)
    return drawn.pixels()


def glow(rng: Random, side: int) -> Rgba:
    """A round light, brightest in the middle."""
    colour: Colour = rng.choice(((255, 240, 180), (255, 255, 230), (255, 200, 120)))
    drawn = Sketch(side)
    drawn.oval(0.5, 0.5, 0.5, 0.5, radial(colour, colour, (0.5, 0.5), 0.5, rng.uniform(0.5, 0.9), 0))
    return drawn.pixels()


def veil_of(rng: Random, kind: str) -> Rgba:
    """Something see-through."""
    tint = (rng.randint(40, 250), rng.randint(40, 250), rng.randint(40, 250))
    if kind == "pane":
        size = rng.randint(160, 280), rng.randint(180, 330)
        return glass_pane(rng, *size, tint) if rng.random() < 0.6 else bare_pane(rng, *size, tint)
    if kind == "bubble":
        side = rng.randint(90, 200)
        return bubble(side) if rng.random() < 0.5 else other_bubble(rng, side)
    if kind == "glow":
        return glow(rng, rng.randint(180, 340))
    tall = rng.randint(180, 260) if kind == "steam" else rng.randint(250, 480)
    tones = {"smoke": ((226, 226, 230), (240, 240, 240)), "steam": ((250, 250, 252),)}
    return smoke(
        rng, round(tall * rng.uniform(0.7, 1.2)), tall, rng.choice(tones.get(kind, ((92, 90, 98), (60, 58, 60))))
    )


def ground_of(rng: Random, name: str, photographs: list[Path]) -> Rgb:
    """A ground with one or two things on it."""
    if name == "photograph":
        with Image.open(rng.choice(photographs)) as opened:
            ground: Rgb = np.asarray(opened.convert("RGB").resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS))
    else:
        light = tuple(rng.randint(70, 245) for _ in range(3))
        other = tuple(min(255, max(40, c + rng.randint(-60, 40))) for c in light)
        ground = getattr(backdrops, name)(rng, HEIGHT, WIDTH, light, other)
    for _ in range(rng.randint(1, 2)):
        what = draw(rng.choice(THINGS), rng.randint(150, 240), rng).pixels
        top = rng.randint(HEIGHT // 3, max(HEIGHT // 3, HEIGHT - what.shape[0] - 20))
        ground, _ = laid(ground, what, rng.randint(20, WIDTH - what.shape[1] - 20), top)
    return ground


def covered(veil: Veil) -> Plane:
    """Its coverage over the whole picture."""
    out = np.zeros((HEIGHT, WIDTH))
    out[veil.box.slices] = veil.alpha
    return out


def alike(a: Plane, b: Plane) -> float:
    """Soft intersection over union."""
    return float(np.minimum(a, b).sum() / max(1e-9, float(np.maximum(a, b).sum())))


def veils(picture: Rgb) -> Veils:
    """What is found without knowing of anything solid."""
    return Veils(picture, lambda: np.zeros(picture.shape[:2], np.bool_))


def measured(kind: str, name: str, number: int, photographs: list[Path]) -> tuple[float, float, bool]:
    """Overlap, how far the ground is off in levels, and whether it is plain."""
    rng = Random(f"see through {name} {kind} {number}")
    ground, pixels = ground_of(rng, name, photographs), veil_of(rng, kind)
    left, top = rng.randint(0, WIDTH - pixels.shape[1]), rng.randint(0, max(1, HEIGHT - pixels.shape[0] - 20))
    picture, cover = laid(ground, pixels, left, top)
    seen = veils(picture)
    found = seen.of(KINDS[kind])
    back = picture.copy()
    if found:
        part = picture[found[0].box.slices]
        back[found[0].box.slices] = seen_through(part, found[0].alpha, found[0].paint)[0]
    off = float(np.abs(back.astype(float) - ground)[cover > 0.05].mean())
    return (
        alike(covered(found[0]), cover) if found else 0.0,
        off,
        any(alike(covered(v), cover) > 0.5 for v in seen.plain),
    )


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=6)
    parser.add_argument("--photographs", type=Path)
    asked = parser.parse_args()
    photographs = sorted(p for p in asked.photographs.iterdir() if p.suffix == ".jpg") if asked.photographs else []
    grounds = [name for name in GROUNDS if photographs or name != "photograph"]
    print(f"| ground | {' | '.join(KINDS)} | nothing there, taken as plain |")
    print("|---" * (len(KINDS) + 2) + "|")
    every: dict[str, list[tuple[float, float, bool]]] = {kind: [] for kind in KINDS}
    wrong_of_all = []
    for name in grounds:
        cells = []
        for kind in KINDS:
            rows = [measured(kind, name, number, photographs) for number in range(asked.each)]
            every[kind] += rows
            cells.append(f"{np.mean([r[0] for r in rows]):.2f}, {np.mean([r[1] for r in rows]):.1f}")
        wrong = [
            bool(veils(ground_of(Random(f"nothing {name} {number}"), name, photographs)).plain)
            for number in range(2 * asked.each)
        ]
        wrong_of_all += wrong
        print(f"| {name} | {' | '.join(cells)} | {np.mean(wrong):.0%} |", flush=True)
    cells = [f"{np.mean([r[0] for r in rows]):.2f}, {np.mean([r[1] for r in rows]):.1f}" for rows in every.values()]
    print(f"| **all** | {' | '.join(cells)} | {np.mean(wrong_of_all):.0%} |")
    cells = [f"{np.mean([r[0] >= 0.5 for r in rows]):.0%}" for rows in every.values()]
    print(f"| overlap ≥ 0.5 | {' | '.join(cells)} | |")
    cells = [f"{np.mean([r[2] for r in rows]):.0%}" for rows in every.values()]
    print(f"| plain, so in everything | {' | '.join(cells)} | |")


if __name__ == "__main__":
    main()
