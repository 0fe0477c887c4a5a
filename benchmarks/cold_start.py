"""How long until `delaminate --help` answers, and what `import delaminate` adds to an empty Python?

    python benchmarks/cold_start.py [--json FILE]

Medians of 15 pairs of new processes, after one that warms the file cache. Ten seconds.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from measure import Ratio, child, paired, tell

RUNS = 15
BUDGET = 0.4
"""Seconds a person does not notice waiting for help."""


def ratios() -> list[Ratio]:
    """Budget over measured, and every run beside an empty interpreter started right after it, which is the floor."""
    command = str(Path(sys.executable).with_name("delaminate"))
    out = []
    for name, argv in {
        "delaminate --help": [command, "--help"],
        "import delaminate": [sys.executable, "-c", "import delaminate"],
    }.items():
        ours, floor, value = paired(partial(child, argv), partial(child, [sys.executable, "-c", "pass"]), RUNS)
        out.append(Ratio(name, BUDGET / ours, ours, BUDGET, "s", "budget", 1.0))
        out.append(Ratio(f"{name} beside python -c pass", value, ours, floor, "s", "empty interpreter"))
    return out


if __name__ == "__main__":
    tell(ratios(), sys.argv)
