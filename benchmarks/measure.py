"""What every benchmark here shares: paired runs, medians, pinned threads, children whose peak memory is known.

Imports nothing heavy: a child started from a large process would be charged that process's memory.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


@dataclass(frozen=True)
class Ratio:
    """One answer: how many times better than the peer (or than the budget) we are; above 1 is better.

    `ours` and `theirs` are medians in `unit`; `goal` is the ratio to be reached, or None.
    """

    name: str
    value: float
    ours: float
    theirs: float
    unit: str
    peer: str
    goal: float | None = None


def paired(
    ours: Callable[[], Any],
    theirs: Callable[[], Any],
    runs: int,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[float, float, float]:
    """Median seconds of both, and the median of the ratios theirs/ours of runs done one after the other.

    Pairs, because what else the machine does then weighs on both; the first pair only warms up.
    """
    pairs = [(seconds(ours, clock), seconds(theirs, clock)) for _ in range(runs + 1)][1:]
    mine, others = zip(*pairs, strict=True)
    return statistics.median(mine), statistics.median(others), statistics.median(b / a for a, b in pairs)


def seconds(work: Callable[[], Any], clock: Callable[[], float] = time.perf_counter) -> float:
    """Wall clock of one call."""
    start = clock()
    work()
    return clock() - start


@dataclass(frozen=True)
class Child:
    """A finished process: wall clock and processor seconds, largest resident memory in MB, what it printed."""

    wall: float
    cpu: float
    peak: float
    printed: str


def child(argv: Sequence[str], env: Mapping[str, str] | None = None) -> Child:
    """Run a program to its end; time and memory are the system's accounting of that one process.

    Parameters
    ----------
    env : its environment instead of this process's. Either way Python may keep what it compiles, as it does where a
        package is installed: else every start would compile the whole of a package in a clone.

    Raises
    ------
    RuntimeError
        If it fails.
    """
    given = {name: value for name, value in (env or os.environ).items() if name != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    reader, writer = os.pipe()
    running = subprocess.Popen(list(argv), stdout=writer, stderr=subprocess.DEVNULL, env=given)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as stream:
        printed = stream.read()
    _, status, usage = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - start
    if running.returncode:
        raise RuntimeError(f"{' '.join(argv)} ended with {running.returncode}")
    to_mb = 1 / 1024 if sys.platform != "darwin" else 1 / 1024**2
    return Child(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * to_mb, printed)


def pin(threads: int) -> None:
    """Give this process and its children `threads` cores and tell the numerical libraries so."""
    for name in THREADS:
        os.environ[name] = str(threads)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])


def machine() -> str:
    """Processor, cores used, system and Python, on one line."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        model = lines[0].split(":", 1)[1].strip() if lines else model
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{model}, {cores} cores used, {platform.system()}, Python {platform.python_version()}"


def tell(ratios: Sequence[Ratio], argv: Sequence[str]) -> None:
    """Print a table, or with `--json FILE` among the arguments write that file."""
    print(table(ratios))
    if "--json" in argv:
        rows = [asdict(ratio) for ratio in ratios]
        Path(argv[argv.index("--json") + 1]).write_text(json.dumps(rows, indent=1) + "\n")


def table(ratios: Sequence[Ratio], before: dict[str, float] | None = None) -> str:
    """A Markdown table; with `before` (name → earlier ratio) a column of changes that points out losses above 20 %."""
    head = ["question", "times better", "goal", "ours", "peer's", "peer"] + (["change"] if before is not None else [])
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for ratio in ratios:
        goal = "" if ratio.goal is None else f"{ratio.goal:g}{'' if ratio.value >= ratio.goal else ' MISSED'}"
        figures = (f"{figure:.4g} {ratio.unit}" for figure in (ratio.ours, ratio.theirs))
        cells = [ratio.name, f"{ratio.value:.2f}", goal, *figures, ratio.peer]
        if before is not None:
            cells.append(change(ratio, before))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


LOSS = 0.2


def change(ratio: Ratio, before: dict[str, float]) -> str:
    """In per cent against the earlier ratio; a loss above 20 % is marked."""
    if ratio.name not in before:
        return "new"
    gain = ratio.value / before[ratio.name] - 1
    return f"{gain:+.0%}{'  LOST' if lost(ratio, before) else ''}"


def lost(ratio: Ratio, before: dict[str, float]) -> bool:
    """Whether more than a fifth of the earlier ratio is gone."""
    return ratio.name in before and ratio.value < (1 - LOSS) * before[ratio.name]
