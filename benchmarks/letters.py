"""Does text come off without a ghost? Three lines of text on twelve grounds whose truth is known.

    python benchmarks/letters.py [--show FOLDER]

Plain, outlined and shadowed lines stand on one colour, gradients, a vignette, rays, paper, cloth, wood, a studio's
ground and hills, and on a gradient saved as JPEG of quality 95, 85 and 70. "All text" is taken off by the embedded
engine as the product runs. Figures for each ground: layers; the mean and the largest difference of the background from
the drawing without letters (after the same compression) where letters were and four pixels round them, in levels; and
what the engine's own reader still reads in the background. Everything comes from one seed. A minute.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import cv2
import numpy as np
from PIL import Image

import delaminate
from delaminate.evaluation.generation import backdrops
from delaminate.evaluation.generation.effects import cast_shadow
from delaminate.evaluation.generation.lettering import Lettering, choose, set_line
from delaminate.pixels import Mask, Rgb, Rgba
from delaminate.stages.segmentation.embedded.text_reader import TextReader

HEIGHT, WIDTH = 600, 800
GROUNDS = ("plain", "gradient", "vignette", "rays", "paper", "cloth", "wood", "studio", "hills", "gradient jpeg 95",
           "gradient jpeg 85", "gradient jpeg 70")  # fmt: skip
LINES = ("Summer Festival", "Friday at noon", "Music and Light")
AROUND = 9
"""Side of the square that letters are grown by, in pixels."""


@dataclass(frozen=True, eq=False)
class Case:
    """A picture with text, the same without it, and where letters are (with their shadow)."""

    name: str
    given: bytes
    true: Rgb
    letters: Mask


def _over(ground: Rgb, pixels: Rgba, left: int, top: int) -> None:
    height, width = pixels.shape[:2]
    part = ground[top : top + height, left : left + width]
    pixels = pixels[: part.shape[0], : part.shape[1]]
    alpha = pixels[..., 3:] / 255
    part[:] = np.rint(part * (1 - alpha) + pixels[..., :3] * alpha).astype(np.uint8)


def _saved(rgb: Rgb, quality: int | None) -> bytes:
    kept = io.BytesIO()
    Image.fromarray(rgb).save(kept, "PNG" if quality is None else "JPEG", quality=quality or 0)
    return kept.getvalue()


def _opened(content: bytes) -> Rgb:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def cases() -> Iterator[Case]:
    """All twelve."""
    for number, name in enumerate(GROUNDS):
        rng = Random(f"letters {number}")
        kind, *saved = name.split()
        dark = rng.random() < 0.4
        start = tuple(rng.randint(20, 90) if dark else rng.randint(150, 240) for _ in range(3))
        end = tuple(min(250, max(10, c + rng.randint(-50, 50))) for c in start)
        true = getattr(backdrops, kind)(rng, HEIGHT, WIDTH, start, end).copy()
        given = true.copy()
        for row, words in enumerate(LINES):
            red, green, blue = (rng.randint(225, 255) if dark else rng.randint(0, 60) for _ in range(3))
            outline = (255 - red, 255 - green, 255 - blue) if row == 1 else None
            ink = set_line(
                words, Lettering(choose(rng, bold=row != 2), 64 - 12 * row, (red, green, blue), outline=outline), 640
            )
            left, top = 60 + 30 * row, 90 + 160 * row
            if row == 2:
                _over(given, cast_shadow(ink, 4, 0.5), left - 12 + 4, top - 12 + 6)
            _over(given, ink, left, top)
        letters = np.asarray(np.abs(given.astype(int) - true).max(axis=2) > 8)
        quality = int(saved[1]) if saved else None
        true = _opened(_saved(true, quality))
        yield Case(
            name,
            _saved(given, quality),
            true,
            cv2.dilate(letters.view(np.uint8), np.ones((AROUND, AROUND), np.uint8)) > 0,
        )


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--show", type=Path, help="write every background here")
    asked = parser.parse_args()
    reader = TextReader()
    print("| ground | lines found | mean off | most off | still read |\n|---|--:|--:|--:|---|")
    for case in cases():
        result = delaminate.split(case.given, "all text", max_layers=4)
        ground = result.stack.background.pixels[..., :3]
        off = np.abs(ground.astype(int) - case.true).max(axis=2)[case.letters]
        still = "; ".join(writing.text for writing in reader(ground) if writing.score >= 0.6) or "nothing"
        print(
            f"| {case.name} | {len(result.stack.layers) - 1} | {off.mean():.2f} | {off.max()} | {still} |", flush=True
        )
        if asked.show:
            asked.show.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.vstack([_opened(case.given), ground])).save(asked.show / f"{case.name}.png")


if __name__ == "__main__":
    main()
