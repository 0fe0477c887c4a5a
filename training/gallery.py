"""Pictures of where the network picks the right thing and where not, on scenes drawn by code.

    python training/gallery.py --out docs/engines

Writes `network-right.png` and `network-wrong.png`: every tile is one phrase asked of one scene. What was found is
shown as it is, the rest of the scene is faded; the frame is green where it is the thing meant, red where it is another,
and grey where nothing was found. Nothing from the corpus is in them.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from delaminate.contracts import Instruction
from delaminate.evaluation.generation.catalogue import THINGS, draw
from delaminate.pixels import Mask, Rgb
from delaminate.stages.planning.grammar.planner import Grammar
from delaminate.stages.segmentation.embedded.segmenter import Embedded

WIDE, HIGH, SIDE = 480, 360, 110
COLUMNS = 4
GREEN, RED, GREY = (40, 140, 70), (190, 50, 40), (130, 130, 130)


def scene(seed: int) -> tuple[Rgb, dict[str, Mask]]:
    """Six things in two rows on a pale ground, and the mask of each by its noun."""
    rng = Random(seed)
    rgb = np.full((HIGH, WIDE, 3), [rng.randint(190, 245) for _ in range(3)], np.uint8)
    masks: dict[str, Mask] = {}
    for place, thing in enumerate(rng.sample(THINGS, 6)):
        drawn = draw(thing, SIDE, rng).pixels
        top, left = 40 + 165 * (place // 3), 25 + 155 * (place % 3)
        height, width = drawn.shape[:2]
        alpha = drawn[..., 3:].astype(np.float32) / 255
        spot = rgb[top : top + height, left : left + width]
        spot[:] = np.rint(drawn[..., :3] * alpha + spot * (1 - alpha))
        masks[thing.noun] = np.zeros((HIGH, WIDE), np.bool_)
        masks[thing.noun][top : top + height, left : left + width] = alpha[..., 0] > 0.5
    return rgb, masks


def tile(rgb: Rgb, found: Mask | None, words: str, frame: tuple[int, int, int]) -> Image.Image:
    """The scene with what was found, half size, the words above it."""
    shown = rgb.astype(np.float32)
    if found is None:
        shown = 255 - (255 - shown) * 0.3
    else:
        shown[~found] = 255 - (255 - shown[~found]) * 0.3
    picture = Image.new("RGB", (WIDE // 2 + 8, HIGH // 2 + 30), (255, 255, 255))
    ImageDraw.Draw(picture).rectangle((0, 22, WIDE // 2 + 7, HIGH // 2 + 29), frame)
    picture.paste(Image.fromarray(np.rint(shown).astype(np.uint8)).resize((WIDE // 2, HIGH // 2)), (4, 26))
    ImageDraw.Draw(picture).text((4, 2), words, (20, 20, 20), ImageFont.load_default(14))
    return picture


def sheet(tiles: list[Image.Image]) -> NDArray[np.uint8]:
    """Tiles in rows."""
    width, height = tiles[0].size
    rows = -(-len(tiles) // COLUMNS)
    whole = Image.new("RGB", (COLUMNS * (width + 8), rows * (height + 8)), (255, 255, 255))
    for i, one in enumerate(tiles):
        whole.paste(one, ((i % COLUMNS) * (width + 8), (i // COLUMNS) * (height + 8)))
    return np.asarray(whole)


def main() -> None:
    """Ask for things until both sheets are full."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--out", type=Path, default=Path("docs/engines"))
    options.add_argument("--tiles", type=int, default=8, help="in each sheet")
    given = options.parse_args()
    right: list[Image.Image] = []
    wrong: list[Image.Image] = []
    engine, planner, seed = Embedded(), Grammar(), 0
    while min(len(right), len(wrong)) < given.tiles and seed < 40:
        rgb, masks = scene(seed)
        seen = engine.prepare(rgb)
        for noun in masks:
            groups = engine(seen, planner(Instruction(f"the {noun}"), rgb))
            found = next((found for group in groups for found in group), None)
            if found is None:
                wrong.append(tile(rgb, None, f"the {noun}: not found", GREY))
                continue
            mask = np.zeros(rgb.shape[:2], np.bool_)
            mask[found.box.slices] = found.mask
            taken = max(masks, key=lambda other: int((mask & masks[other]).sum()))
            words = f"the {noun} ({found.confidence:.2f})"
            (right if taken == noun else wrong).append(tile(rgb, mask, words, GREEN if taken == noun else RED))
        seed += 1
    for name, tiles in (("right", right), ("wrong", wrong)):
        if tiles:
            Image.fromarray(sheet(tiles[: given.tiles])).quantize(128).save(
                given.out / f"network-{name}.png", optimize=True
            )
    print(f"{len(right)} right, {len(wrong)} wrong, {seed} scenes")


if __name__ == "__main__":
    main()
