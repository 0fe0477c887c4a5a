"""How near is alpha to the truth, and what does it cost? Closed-form matting and multilevel foreground, measured.

    python benchmarks/alpha.py [SCENES] [--out benchmarks/results/alpha.md] [--json FILE]

SCENES holds folders with scene.json and full-canvas layers/NN.png; without it twelve scenes of the project's own
generator are taken (seed 7), which takes half a minute. Every layer is composited over those below it; its
mask is its alpha above one half, exact or with an edge that wanders (normal, 2 pixels). Compared with the binary mask,
a guided filter and, where pymatting is installed, its closed-form alpha and multilevel foreground. Two minutes on one
core.

SAD is the sum of absolute differences of alpha per layer, in thousands of pixels. Foreground error is the mean absolute
colour error, 0..1, where true alpha is in 0.05..0.95. Seconds are of the processor.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from measure import Ratio, tell
from numpy.typing import NDArray
from PIL import Image

from delaminate.evaluation.generation.generator import generate
from delaminate.pixels import Alpha, Box, Mask, Rgb, box_of
from delaminate.stages.foreground.multilevel import Multilevel
from delaminate.stages.matting.closed_form import ClosedForm
from delaminate.stages.matting.trimap import UNKNOWN, Trimap, band

pymatting: Any = None
with contextlib.suppress(ImportError):
    pymatting = importlib.import_module("pymatting")

Method = Callable[[Rgb, Mask], Any]
GENERATED = 12
FAMILIES = ("f1", "f2", "f3", "f4", "f5", "f6", "text")


@dataclass(frozen=True, eq=False)
class Case:
    """One layer over what lies below it, cropped."""

    family: str
    rgb: Rgb
    alpha: Alpha
    colour: Rgb
    masks: dict[str, Mask]


def depth(mask: Mask) -> NDArray[np.float32]:
    """Signed distance to the edge, positive inside."""
    inside, outside = (cv2.distanceTransform(side.astype(np.uint8), cv2.DIST_L2, 5) for side in (mask, ~mask))
    return np.asarray(inside - outside)


def jittered(mask: Mask, seed: int, pixels: float = 2.0) -> Mask:
    """The mask with its edge moved by a smooth random field of the given standard deviation."""
    field = cv2.GaussianBlur(np.random.default_rng(seed).normal(size=mask.shape), (0, 0), 8)
    return np.asarray(depth(mask) + pixels * field / field.std() > 0)


def cases(scenes: Path) -> Iterator[Case]:
    """Every solid layer of every scene."""
    seed = 0
    for path in sorted(scenes.glob("*/scene.json")):
        under: NDArray[np.int64] | None = None
        for layer in json.loads(path.read_text())["layers"]:
            with Image.open(path.parent / layer["file"]) as picture:
                rgba = np.asarray(picture.convert("RGBA"))
            a = rgba[..., 3:].astype(np.int64)
            colour = rgba[..., :3].astype(np.int64)
            under = colour if under is None else (colour * a + under * (255 - a) + 127) // 255
            mask = rgba[..., 3] > 127
            solid = layer["role"] in {"object", "person", "text", "shape", "part"}
            if not solid or np.count_nonzero(mask) < 200 or a.max() < 243:
                continue
            found = box_of(rgba[..., 3])
            assert found is not None
            cut = Box(*found.as_tuple()).grown(24, mask.shape[1], mask.shape[0]).slices
            mask = mask[cut]
            yield Case(
                "text" if layer["role"] == "text" else path.parent.name[:2],
                under[cut].astype(np.uint8),
                (rgba[..., 3][cut] / np.float32(255)).astype(np.float32),
                rgba[..., :3][cut],
                {"exact": mask, "jittered": jittered(mask, seed)},
            )
            seed += 1


def guided(rgb: Rgb, mask: Mask, radius: int = 8, epsilon: float = 1e-4) -> NDArray[np.float64]:
    """Colour guided filter of the mask (He, Sun and Tang 2013)."""
    picture, wanted = rgb / 255, mask.astype(np.float64)

    def mean(x: NDArray[Any]) -> NDArray[np.float64]:
        return np.asarray(cv2.blur(x, (2 * radius + 1,) * 2, borderType=cv2.BORDER_REFLECT))

    centre, level = mean(picture), mean(wanted)
    spread = np.empty((*mask.shape, 3, 3))
    for i in range(3):
        for j in range(3):
            shared = mean(picture[..., i] * picture[..., j]) - centre[..., i] * centre[..., j]
            spread[..., i, j] = shared + epsilon * (i == j)
    joint = mean(picture * wanted[..., None]) - centre * level[..., None]
    slope = np.linalg.solve(spread, joint[..., None])[..., 0]
    offset = level - (slope * centre).sum(axis=-1)
    return np.asarray(np.clip((mean(slope) * picture).sum(axis=-1) + mean(offset), 0, 1))


def plain_trimap(mask: Mask, radius: float) -> Trimap:
    """The usual trimap: eroded and dilated by `radius`, whatever is lost."""
    d = depth(mask)
    return np.where(d > radius, 2, np.where(d < -radius, 0, UNKNOWN)).astype(np.uint8)


def their_closed_form(rgb: Rgb, mask: Mask, trimap: Trimap) -> NDArray[np.float64]:
    """pymatting on the box of the unknown band; the mask where a trimap without foreground makes it refuse."""
    box = box_of(trimap == UNKNOWN)
    out = trimap / 2
    if box is None:
        return np.asarray(out)
    cut = box.grown(12, mask.shape[1], mask.shape[0]).slices
    try:
        out[cut] = pymatting.estimate_alpha_cf(rgb[cut] / 255, trimap[cut] / 2, laplacian_kwargs={"epsilon": 1e-6})
    except ValueError:
        return mask.astype(np.float64)
    return np.asarray(out)


def methods(kind: str) -> dict[str, Method]:
    """What is compared, by name."""
    radius = 3 if kind == "exact" else 5
    named: dict[str, Method] = {
        "binary mask": lambda _, mask: mask.astype(np.float32),
        "guided filter": guided,
        "delaminate, band kept": ClosedForm(rounds=0),
        "delaminate": ClosedForm(),
    }
    if pymatting is not None:
        named[f"pymatting cf, plain trimap r={radius}"] = lambda rgb, mask: their_closed_form(
            rgb, mask, plain_trimap(mask, radius)
        )
        named["pymatting cf, our trimap"] = lambda rgb, mask: their_closed_form(rgb, mask, band(mask, radius))
    return named


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """The answer and its processor seconds."""
    start = time.process_time()
    return work(), time.process_time() - start


def alpha_table(every: list[Case], kind: str) -> list[str]:
    """SAD per family and seconds per layer of every method."""
    lines = [f"| {kind} masks | {' | '.join(FAMILIES)} | all | s per layer |", "|---" * (len(FAMILIES) + 3) + "|"]
    for name, method in methods(kind).items():
        sums: dict[str, list[float]] = {}
        spent = 0.0
        for case in every:
            found, seconds = timed(lambda: method(case.rgb, case.masks[kind]))  # noqa: B023
            sums.setdefault(case.family, []).append(float(np.abs(found - case.alpha).sum()) / 1000)
            spent += seconds
        shown = [f"{np.mean(sums[family]):.3f}" if family in sums else "–" for family in FAMILIES]
        mean = np.mean([x for family in sums.values() for x in family])
        lines.append(f"| {name} | {' | '.join(shown)} | {mean:.3f} | {spent / len(every):.3f} |")
    return lines


def colour_table(every: list[Case]) -> list[str]:
    """Colour error in the soft band, with the true alpha, and seconds per layer."""
    named: dict[str, Callable[[Rgb, Alpha], Any]] = {
        "the picture's colour": lambda rgb, _: rgb,
        "delaminate": Multilevel(),
    }
    if pymatting is not None:
        named["pymatting ml"] = lambda rgb, alpha: (
            255 * pymatting.estimate_foreground_ml(rgb / 255, alpha.astype(float))
        )
    lines = ["| foreground colour | error | s per layer |", "|---|---|---|"]
    for name, method in named.items():
        method(every[0].rgb, every[0].alpha)  # numba compiles on the first call
        errors, spent = [], 0.0
        for case in every:
            soft = (case.alpha > 0.05) & (case.alpha < 0.95)
            found, seconds = timed(lambda: method(case.rgb, case.alpha))  # noqa: B023
            spent += seconds
            if soft.any():
                errors.append(float(np.abs(found / 255 - case.colour / 255.0)[soft].mean()))
        lines.append(f"| {name} | {np.mean(errors):.4f} | {spent / len(every):.3f} |")
    return lines


def megapixel_table(every: list[Case]) -> list[str]:
    """Seconds at one megapixel: the largest sprite, poster layer and photo cut-out, enlarged, with jittered masks."""
    lines = ["| 1 MP | unknown | ours cf | pymatting cf | ours fg | pymatting fg |", "|---|---|---|---|---|---|"]
    for family in ("f1", "f2", "f4"):
        case = max((c for c in every if c.family == family), key=lambda c: float(c.alpha.sum()), default=None)
        if case is None:  # generated scenes have no families
            continue
        scale = (1e6 / case.alpha.size) ** 0.5
        rgb = cv2.resize(case.rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        mask = jittered(cv2.resize(case.alpha, rgb.shape[1::-1]) > 0.5, 0)
        trimap = plain_trimap(mask, 0.008 * max(mask.shape))
        alpha, ours = timed(lambda: ClosedForm()(rgb, mask))  # noqa: B023
        _, ours_colour = timed(lambda: Multilevel()(rgb, alpha))  # noqa: B023
        theirs, theirs_colour = "–", "–"
        if pymatting is not None:
            theirs = f"{timed(lambda: their_closed_form(rgb, mask, trimap))[1]:.2f}"  # noqa: B023
            wide = alpha.astype(np.float64)
            theirs_colour = f"{timed(lambda: pymatting.estimate_foreground_ml(rgb / 255, wide))[1]:.2f}"  # noqa: B023
        share = np.mean(trimap == UNKNOWN)
        lines.append(f"| {family} | {share:.0%} | {ours:.2f} | {theirs} | {ours_colour:.2f} | {theirs_colour} |")
    return lines


def ratios(every: list[Case]) -> list[Ratio]:
    """With masks whose edge wanders: how many times nearer to the true alpha than each peer, and how much faster."""
    named = methods("jittered")
    mine = named.pop("delaminate")
    named.pop("delaminate, band kept")
    out = []
    for name, method in named.items():
        errors: list[tuple[float, ...]] = []
        spent: list[tuple[float, ...]] = []
        for case in every:
            both = [timed(lambda: f(case.rgb, case.masks["jittered"])) for f in (mine, method)]  # noqa: B023
            errors.append(tuple(float(np.abs(found - case.alpha).sum()) / 1000 for found, _ in both))
            spent.append(tuple(seconds for _, seconds in both))
        for what, unit, pairs in (("SAD", "kpx", errors), ("time", "cpu-s", spent)):
            ours, theirs = (float(np.mean(side)) for side in zip(*pairs, strict=True))
            if name != "binary mask" or what == "SAD":  # which costs nothing
                out.append(Ratio(f"alpha, {what}, against {name}", theirs / ours, ours, theirs, unit, name))
    return out


def main() -> None:
    """Measure and print, or write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scenes", type=Path, nargs="?")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")  # pymatting reports every retry of its factorisation
    with tempfile.TemporaryDirectory() as place:
        if arguments.scenes is None:
            generate(Path(place), GENERATED, 7)
        every = list(cases(arguments.scenes or Path(place)))
    if arguments.json:
        tell(ratios(every), sys.argv)
        return
    blocks = [alpha_table(every, "exact"), alpha_table(every, "jittered"), colour_table(every), megapixel_table(every)]
    head = [
        "# Alpha and foreground colour",
        "",
        f"{len(every)} layers; made by `benchmarks/alpha.py`, which says what the figures mean. "
        "f1 sprites, f2 posters, f3 cards, f4 photo cut-outs, f5 overlaps, f6 layered artwork.",
        "",
    ]
    text = "\n".join(head) + "\n" + "\n\n".join("\n".join(block) for block in blocks) + "\n"
    if arguments.out:
        arguments.out.write_text(text)
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
