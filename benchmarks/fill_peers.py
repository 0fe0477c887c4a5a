"""How fast and how good is the content-aware fill beside what a user would otherwise take?

    python benchmarks/fill_peers.py [--contrib PYTHON] [--sizes 0.3,1,4,16] [--json FILE]

Peers: OpenCV's Telea and Navier-Stokes, scikit-image's biharmonic, and SHIFTMAP of OpenCV's xphoto. The last is in
`opencv-contrib-python-headless` only, which writes over the OpenCV this package needs; so it runs in a process of
another environment, whose Python is given by `--contrib` (`make bench` makes one). Without it SHIFTMAP is left out, and
that is said.

The pictures are drawn by the project: wood, bricks, cloth and hills with grain, and a lumpy hole of 8 %. Time is that
of the fill alone on two threads where a method has them, the median of pairs, taking turns. A peer is asked at the
sizes it finishes in about twenty seconds, of which two are more than it needs: biharmonic to 1 MP, SHIFTMAP to 1 MP,
the others to 16 MP. Quality is at 0.3 MP over all four grounds; ratios above 1 mean that our error is the smaller one:
of colours (root of the mean square), where blur is at an advantage, and of texture (|log of gradient energy against
the true one|). About three minutes.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median

import cv2
import numpy as np
from fill import thing
from measure import Ratio, tell
from numpy.typing import NDArray

from delaminate.evaluation.fill import fill_error
from delaminate.evaluation.generation import backdrops
from delaminate.pixels import Mask, Rgb, box_of
from delaminate.stages.inpainting.content_aware.fill import ContentAware

Fill = Callable[[Rgb, Mask], tuple[Rgb, float]]
"""Fills a hole; the picture and the seconds it took."""

SIZES = (0.3, 1.0, 4.0, 16.0)
GROUNDS = ("wood", "bricks", "cloth", "hills")
SHARE = 0.08
CONTRIB = Path(__file__).parent.parent / ".venv-contrib" / "bin" / "python"

SHIFTMAP = """
import sys, time, cv2, numpy as np
given = np.load(sys.argv[1])
lab = cv2.cvtColor(given["picture"], cv2.COLOR_RGB2Lab)
out = np.empty_like(lab)
start = time.perf_counter()
cv2.xphoto.inpaint(lab, np.where(given["hole"], 0, 255).astype(np.uint8), out, cv2.xphoto.INPAINT_SHIFTMAP)
took = time.perf_counter() - start
np.save(sys.argv[2], cv2.cvtColor(out, cv2.COLOR_Lab2RGB))
print(took)
"""


@dataclass(frozen=True)
class Peer:
    """A method and the largest picture, in megapixels, that it is asked to fill."""

    name: str
    fill: Fill
    largest: float


def case(ground: str, megapixels: float) -> tuple[Rgb, Mask]:
    """A picture and the hole in it."""
    height = round((megapixels * 1e6 * 3 / 4) ** 0.5)
    width = height * 4 // 3
    drawn = getattr(backdrops, ground)(Random(ground), 480, 640, (150, 110, 80), (196, 160, 120))
    large = cv2.resize(drawn, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.int16)
    grain = np.random.default_rng(0).integers(-3, 4, (height, width, 1), np.int16)
    hole = thing((height, width), SHARE, np.random.default_rng(1))
    return np.clip(large + grain, 0, 255).astype(np.uint8), hole


def clocked(fill: Callable[[Rgb, Mask], NDArray[np.uint8]]) -> Fill:
    """A method of this process with its time."""

    def timed(picture: Rgb, hole: Mask) -> tuple[Rgb, float]:
        start = time.perf_counter()
        filled = fill(picture, hole)
        return filled, time.perf_counter() - start

    return timed


def ours(picture: Rgb, hole: Mask) -> NDArray[np.uint8]:
    """Our stage, the whole picture back."""
    box = box_of(hole)
    assert box is not None
    out = picture.copy()
    out[box.slices] = ContentAware()(picture, hole, ~hole, seed=0)
    return out


def opencv(flag: int) -> Callable[[Rgb, Mask], NDArray[np.uint8]]:
    """OpenCV's inpainting, radius 5."""
    return lambda picture, hole: np.asarray(cv2.inpaint(picture, hole.astype(np.uint8), 5, flag), np.uint8)


def biharmonic(picture: Rgb, hole: Mask) -> NDArray[np.uint8]:
    """Scikit-image's, region by region as its manual advises."""
    from skimage.restoration import inpaint_biharmonic

    filled = inpaint_biharmonic(picture, hole, channel_axis=-1, split_into_regions=True)
    return np.asarray(np.rint(filled * 255).clip(0, 255), np.uint8)


def shiftmap(python: Path) -> Fill:
    """Xphoto's, in the other environment; the time is what it says of the call alone."""

    def timed(picture: Rgb, hole: Mask) -> tuple[Rgb, float]:
        with tempfile.TemporaryDirectory() as place:
            given, got = Path(place) / "given.npz", Path(place) / "got.npy"
            np.savez(given, picture=picture, hole=hole)
            command = [str(python), "-c", SHIFTMAP, str(given), str(got)]
            told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            return np.load(got), float(told)

    return timed


def has_xphoto(python: Path) -> bool:
    """Whether there is such a Python and its OpenCV has xphoto."""
    asked = [str(python), "-c", "import cv2; cv2.xphoto.INPAINT_SHIFTMAP"]
    return python.exists() and subprocess.run(asked, capture_output=True, check=False).returncode == 0


def peers(contrib: Path) -> list[Peer]:
    """Everything we are compared with."""
    named = [
        Peer("cv2 Telea", clocked(opencv(cv2.INPAINT_TELEA)), 16),
        Peer("cv2 Navier-Stokes", clocked(opencv(cv2.INPAINT_NS)), 16),
        Peer("skimage biharmonic", clocked(biharmonic), 1),
    ]
    if has_xphoto(contrib):
        named.append(Peer("xphoto SHIFTMAP", shiftmap(contrib), 1))
    else:
        print("xphoto SHIFTMAP is left out: no environment with opencv-contrib-python-headless was given.")
    return named


def speed(every: list[Peer], sizes: tuple[float, ...]) -> list[Ratio]:
    """Seconds of ours and each peer's at each size it is asked at; one pair where that takes long."""
    mine = clocked(ours)
    mine(*case("wood", 0.1))
    out = []
    for megapixels in sizes:
        picture, hole = case("wood", megapixels)
        for peer in (peer for peer in every if peer.largest >= megapixels):
            pairs = [(mine(picture, hole)[1], peer.fill(picture, hole)[1]) for _ in range(3 if megapixels < 4 else 1)]
            value = median(b / a for a, b in pairs)
            taken, theirs = (median(side) for side in zip(*pairs, strict=True))
            name = f"fill {megapixels:g} MP, time, against {peer.name}"
            out.append(Ratio(name, value, taken, theirs, "s", peer.name))
            print(f"{name}: {taken:.2f} s, {theirs:.2f} s", flush=True)
    return out


def quality(every: list[Peer]) -> list[Ratio]:
    """Errors of ours and each peer's, means over the grounds."""
    given = [case(ground, 0.3) for ground in GROUNDS]

    def errors(fill: Fill) -> tuple[float, float]:
        told = [
            fill_error(fill(np.where(hole[..., None], 0, picture), hole)[0], picture, hole) for picture, hole in given
        ]
        colour = np.mean([255 * 10 ** (-one.psnr / 20) for one in told])
        return float(colour), float(np.mean([abs(np.log(one.texture)) for one in told]))

    mine = errors(clocked(ours))
    out = []
    for peer in every:
        for what, unit, a, b in zip(("colour", "texture"), ("levels", "log"), mine, errors(peer.fill), strict=True):
            out.append(Ratio(f"fill, {what} error, against {peer.name}", b / a, a, b, unit, peer.name))
    return out


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--contrib", type=Path, default=Path(__file__).parent.parent / ".venv-contrib" / "bin" / "python"
    )
    parser.add_argument("--sizes", default=",".join(f"{size:g}" for size in SIZES))
    parser.add_argument("--json")
    asked = parser.parse_args()
    every = peers(asked.contrib)
    told = quality(every) + speed(every, tuple(float(size) for size in asked.sizes.split(",")))
    tell(told, sys.argv)


if __name__ == "__main__":
    main()
