"""How good, how fast and how large is the content-aware fill, beside OpenCV's methods and, if given, another one.

    python benchmarks/fill.py SCENES [--other FOLDER] [--show FOLDER]    quality, a table
    python benchmarks/fill.py SCENES --scaling 1 4 16 24 [--other FOLDER]   time and memory over megapixels

SCENES holds pictures in real/ and layered scenes in dev/*/layers (00.png is the true background). Holes shaped like
things, silhouettes and text, 3 to 30 % of the picture, are cut where the truth is known. FOLDER of --other holds a
patchmatch.py with `hybrid_fill(picture, hole, seed=...)` and its core.c, compiled here into a temporary folder.
"""

from __future__ import annotations

import argparse
import importlib
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from delaminate.pixels import box_of
from delaminate.stages.inpainting.content_aware.fill import ContentAware

Filled = NDArray[np.float32]
Method = Callable[[NDArray[np.uint8], NDArray[np.bool_], int], Filled]

SHARES = (0.03, 0.06, 0.12, 0.2, 0.3)


@dataclass(frozen=True, eq=False)
class Case:
    """A true picture and the hole cut into it."""

    name: str
    picture: NDArray[np.uint8]
    hole: NDArray[np.bool_]


# ------------------------------------------------------------------------------------------------------- cases


def load(path: Path, side: int) -> NDArray[np.uint8]:
    """An opaque RGB picture of at most `side` pixels; drawings keep their hard edges."""
    with Image.open(path) as file:
        picture = file.convert("RGBA")
    white = Image.new("RGBA", picture.size, "white")
    picture = Image.alpha_composite(white, picture).convert("RGB")
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    return np.array(picture)


def thing(shape: tuple[int, ...], share: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """A lumpy blob."""
    height, width = shape
    angle = np.arctan2(*np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j])
    wave = np.sum([rng.uniform(0, 0.25) / k * np.sin(k * angle + rng.uniform(0, 6)) for k in range(1, 7)], axis=0)
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    radius = np.sqrt(share * height * width / np.pi)
    middle = rng.uniform(0.35, 0.65, 2) * shape
    return np.asarray(np.hypot((y - middle[0]) * 0.9, (x - middle[1]) * 1.1) < radius * (1 + wave))


def silhouette(shape: tuple[int, ...], share: float, alpha: NDArray[Any]) -> NDArray[np.bool_]:
    """The outline of a layer, scaled and put in the middle."""
    box = box_of(alpha > 127)
    hole = np.zeros(shape, np.bool_)
    if box is None:
        return hole
    cut = alpha[box.slices]
    scale = float(np.sqrt(share * hole.size / max(int(np.count_nonzero(cut > 127)), 1)))
    scale = min(scale, 0.95 * shape[0] / box.height, 0.95 * shape[1] / box.width)
    size = max(1, int(cut.shape[1] * scale)), max(1, int(cut.shape[0] * scale))
    cut = cv2.dilate(cv2.resize(cut, size, interpolation=cv2.INTER_AREA), np.ones((5, 5), np.uint8)) > 12
    top, left = (shape[0] - cut.shape[0]) // 2, (shape[1] - cut.shape[1]) // 2
    hole[top : top + cut.shape[0], left : left + cut.shape[1]] = cut
    return hole


def text(shape: tuple[int, ...], share: float) -> NDArray[np.bool_]:
    """Lines of bold letters, the higher the larger the share."""
    canvas = Image.new("L", (shape[1], shape[0]))
    size = max(10, int(shape[0] * (0.08 + share)))
    font = ImageFont.load_default(size)
    for row in range(3):
        where = (shape[1] * 0.08, shape[0] * (0.1 + 0.3 * row))
        ImageDraw.Draw(canvas).text(where, "Layers & glue 24", 255, font, stroke_width=max(1, size // 24))
    return cv2.dilate(np.array(canvas), np.ones((5, 5), np.uint8)) > 5


def cases(scenes: Path, side: int) -> Iterator[Case]:
    """One case for every picture and every background; shapes and shares take turns."""
    rng = np.random.default_rng(5)
    outlines = [load_alpha(p) for p in sorted(scenes.glob("dev/*/layers/01.png"))]
    paths = sorted(scenes.glob("real/*.[pj][np]g")) + sorted(scenes.glob("dev/*/layers/00.png"))
    for number, path in enumerate(paths):
        picture = load(path, side)
        shape, share = picture.shape[:2], SHARES[number % len(SHARES)]
        if number % 3 == 0:
            hole = thing(shape, share, rng)
        elif number % 3 == 1:
            hole = silhouette(shape, share, outlines[number % len(outlines)])
        else:
            hole = text(shape, share)
        if hole.any():
            name = path.stem if path.parent.name == "real" else path.parents[1].name
            yield Case(name, picture, hole)


def load_alpha(path: Path) -> NDArray[np.uint8]:
    """The alpha channel of a layer."""
    with Image.open(path) as file:
        return np.array(file.convert("RGBA").getchannel("A"))


# ----------------------------------------------------------------------------------------------------- methods


def content_aware(stage: ContentAware) -> Method:
    """Our stage as a method: the whole picture back."""

    def fill(picture: NDArray[np.uint8], hole: NDArray[np.bool_], seed: int) -> Filled:
        out = picture.copy()
        box = box_of(hole)
        assert box is not None
        out[box.slices] = stage(picture, hole, ~hole, seed=seed)
        return out.astype(np.float32)

    return fill


def opencv(flag: int) -> Method:
    """OpenCV's inpainting."""
    return lambda picture, hole, _: cv2.inpaint(picture, hole.astype(np.uint8), 5, flag).astype(np.float32)


def other(folder: Path) -> Method:
    """The method in `folder`, its core compiled as its first line says."""
    core = Path(tempfile.mkdtemp()) / "core.so"
    flags = ["-O3", "-march=native", "-ffast-math", "-shared", "-fPIC"]
    subprocess.run(["cc", *flags, str(folder / "core.c"), "-o", str(core), "-lm"], check=True)
    os.environ["CORE"] = str(core)
    sys.path.insert(0, str(folder))
    module = importlib.import_module("patchmatch")
    return lambda picture, hole, seed: np.asarray(module.hybrid_fill(picture, hole, seed=seed))


# ----------------------------------------------------------------------------------------------------- figures


@dataclass(frozen=True)
class Figures:
    """PSNR; gradient energy against the truth's (NaN where that is flat); log-variance error; exact share; seconds."""

    psnr: float
    texture: float
    logvar: float
    exact: float
    seconds: float


def _energy(picture: Filled, hole: NDArray[np.bool_]) -> float:
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    dx, dy = cv2.Sobel(grey, -1, 1, 0, scale=1 / 8), cv2.Sobel(grey, -1, 0, 1, scale=1 / 8)
    return float((dx**2 + dy**2)[hole].mean())


def _log_variance(picture: Filled) -> Filled:
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    variance = cv2.blur(grey * grey, (9, 9)) - cv2.blur(grey, (9, 9)) ** 2
    return np.asarray(np.log(np.maximum(variance, 0) + 1))


def figures(case: Case, method: Method, seed: int) -> tuple[Figures, Filled]:
    """Run a method on a case and compare with the truth; the hole is painted over first."""
    given = case.picture.copy()
    given[case.hole] = (255, 0, 255)
    start = time.process_time()
    filled = method(given, case.hole, seed)
    seconds = time.process_time() - start
    truth = case.picture.astype(np.float32)
    error = np.abs(filled - truth)[case.hole]
    energy = _energy(truth, case.hole)
    return (
        Figures(
            psnr=float(10 * np.log10(255**2 / max(float((error**2).mean()), 1e-2))),
            texture=_energy(filled, case.hole) / energy if energy > 4 else float("nan"),
            logvar=float(np.abs(_log_variance(filled) - _log_variance(truth))[case.hole].mean()),
            exact=float((error.max(axis=1) < 0.5).mean()),
            seconds=seconds,
        ),
        filled,
    )


def quality(chosen: list[tuple[int, Case]], methods: dict[str, Method], show: Path | None) -> None:
    """Print the table of means over textured cases and over drawn ones, and the cases of our method."""
    table: dict[str, list[Figures]] = {name: [] for name in methods}
    for number, (seed, case) in enumerate(chosen):
        row = [case.picture, np.where(case.hole[..., None], 255, case.picture)]
        for name, method in methods.items():
            found, filled = figures(case, method, seed)
            table[name].append(found)
            row.append(np.rint(filled))
        if show is not None:
            show.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.hstack(row).astype(np.uint8)).save(show / f"{number:02d}-{case.name}.png")
    textured = ~np.isnan([f.texture for f in table["content-aware"]])
    for title, which in (("textured", textured), ("flat or nearly", ~textured)):
        print(f"\n{np.count_nonzero(which)} {title} cases\n")
        print("| method | PSNR | texture | abs(log texture) | logvar | exact | CPU s |\n|---|--:|--:|--:|--:|--:|--:|")
        for name, every in table.items():
            of = {k: np.array([getattr(f, k) for f in every])[which] for k in Figures.__dataclass_fields__}
            ratio = of["texture"]
            known = ratio[~np.isnan(ratio)]
            texture = f"{known.mean():.2f} | {np.abs(np.log(known)).mean():.2f}" if known.size else "– | –"
            print(
                f"| {name} | {of['psnr'].mean():.2f} | {texture} | {of['logvar'].mean():.3f} "
                f"| {of['exact'].mean():.3f} | {of['seconds'].sum():.2f} |"
            )
    print("\n| case | hole | " + " | ".join(f"{m}: texture, logvar" for m in methods) + " |")
    print("|---|--:|" + "--:|" * len(methods))
    for number, (_, case) in enumerate(chosen):
        cells = [f"{every[number].texture:.2f}, {every[number].logvar:.2f}" for every in table.values()]
        print(f"| {case.name} | {case.hole.mean():.2f} | " + " | ".join(cells) + " |")


# ----------------------------------------------------------------------------------------------------- scaling


def _measured(pipe: Any, picture: NDArray[np.uint8], hole: NDArray[np.bool_], folder: Path | None) -> None:
    method = content_aware(ContentAware()) if folder is None else other(folder)
    small = np.zeros((64, 64, 3), np.uint8)
    method(small, hole[:64, :64] | (np.arange(64) == 32), 0)  # loads libraries, whose memory is not the method's
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, cpu = time.perf_counter(), time.process_time()
    method(picture, hole, 0)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    pipe.send((wall, cpu, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024))


def scaling(scenes: Path, sizes: list[float], folder: Path | None) -> None:
    """Print time and peak extra memory for a 12 % hole in a photograph enlarged and reflected to each size."""
    tile = load(sorted(scenes.glob("real/*.[pj][np]g"))[0], 1000)
    rng = np.random.default_rng(1)
    print("| method | MP | wall s | CPU s | CPU s/MP | extra MB |\n|---|--:|--:|--:|--:|--:|")
    for megapixels in sizes:
        height = int(np.sqrt(megapixels * 1e6 * 3 / 4))
        width = height * 4 // 3
        picture = np.pad(
            tile, ((0, max(0, height - tile.shape[0])), (0, max(0, width - tile.shape[1])), (0, 0)), "symmetric"
        )[:height, :width].copy()
        hole = thing((height, width), 0.12, rng)
        for name, where in (("content-aware", None), ("other", folder)):
            if name == "other" and folder is None:
                continue
            receiver, sender = multiprocessing.Pipe()
            child = multiprocessing.get_context("fork").Process(target=_measured, args=(sender, picture, hole, where))
            child.start()
            wall, cpu, extra = receiver.recv()
            child.join()
            print(
                f"| {name} | {megapixels:g} | {wall:.2f} | {cpu:.2f} | {cpu / megapixels:.2f} | {extra:.0f} |",
                flush=True,
            )


def main() -> None:
    """Read the arguments and print what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenes", type=Path)
    parser.add_argument("--other", type=Path)
    parser.add_argument("--show", type=Path, help="write truth, hole and every fill side by side")
    parser.add_argument("--scaling", type=float, nargs="+", metavar="MP")
    parser.add_argument(
        "--side", type=int, default=480, help="longer side of the quality cases; 480 is 0.15 megapixels"
    )
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every Nth case")
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help="fill every case with seeds 0 to N-1")
    parser.add_argument("--numpy", action="store_true", help="also measure the numpy core")
    given = parser.parse_args()
    cv2.setNumThreads(1)
    if given.scaling:
        scaling(given.scenes, given.scaling, given.other)
        return
    methods = {"content-aware": content_aware(ContentAware(workers=1))}
    if given.numpy:
        methods["content-aware, numpy core"] = content_aware(ContentAware(core="numpy"))
    if given.other:
        methods["other"] = other(given.other)
    methods |= {"Telea": opencv(cv2.INPAINT_TELEA), "Navier-Stokes": opencv(cv2.INPAINT_NS)}
    chosen = list(cases(given.scenes, given.side))[:: given.every]
    quality([(seed, case) for seed in range(given.seeds) for case in chosen], methods, given.show)


if __name__ == "__main__":
    main()
