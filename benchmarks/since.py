"""How many times faster is a whole split than at an earlier commit? By default the first that split whole pictures.

    python benchmarks/since.py [--commit 5374bf4] [--pairs 3] [--json FILE]

The earlier sources are taken out of git into a temporary folder and their C cores compiled there; both run with the
libraries of this environment, every split in a process of its own, now and then taking turns, so that what else the
machine does weighs on both. Half a minute. Needs git and a C compiler.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import statistics
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from measure import Ratio, child, tell

HERE = Path(__file__).parent
START = "5374bf4"
GOAL = 2.0
FLAGS = ("-O3", "-std=c99", "-fno-math-errno", "-ffp-contract=off", "-shared", "-fPIC")
"""Those of setup.py."""


def sources(commit: str, folder: Path) -> Path:
    """The package as it was, with its cores; the folder to import it from."""
    packed = subprocess.run(["git", "archive", commit, "src"], cwd=HERE.parent, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    for core in (folder / "src" / "delaminate" / "core").glob("*.c"):
        subprocess.run(["cc", *FLAGS, str(core), "-o", str(core.with_name(f"_{core.stem}.so")), "-lm"], check=True)
    return folder / "src"


def split(path: Path, package: Path | None) -> dict[str, float]:
    """Seconds of one split, with the package of this environment or another."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    if package is not None:
        env["PYTHONPATH"] = str(package)
    told = json.loads(child([sys.executable, str(HERE / "split.py"), "--one", str(path)], env).printed)
    if not told["exact"]:
        raise RuntimeError("a split was not exact")
    return {"wall": told["wall"], "cpu": told["cpu"]}


def ratios(commit: str, pairs: int) -> list[Ratio]:
    """For a picture without text and one with: wall clock and processor seconds, then against now."""
    out = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        then = sources(commit, folder)
        for name, words in (("no text", "--draw"), ("a title", "--draw-titled")):
            picture = folder / "picture.png"
            child([sys.executable, str(HERE / "split.py"), words, str(picture), "1.0"])
            both = [(split(picture, None), split(picture, then)) for _ in range(pairs + 1)][1:]
            for what, unit in (("wall", "s"), ("cpu", "cpu-s")):
                mine, theirs = ([pair[side][what] for pair in both] for side in (0, 1))
                value = statistics.median(b / a for a, b in zip(mine, theirs, strict=True))
                title = f"split 1 MP / 3 layers, {name}, {what}"
                goal = GOAL if what == "wall" and words == "--draw" else None
                ours, others = statistics.median(mine), statistics.median(theirs)
                out.append(Ratio(title, value, ours, others, unit, f"commit {commit}", goal))
    return out


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commit", default=START)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--json")
    asked = parser.parse_args()
    tell(ratios(asked.commit, asked.pairs), sys.argv)


if __name__ == "__main__":
    main()
