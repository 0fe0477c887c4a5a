"""How long until `delaminate --help` answers, and what `import delaminate` adds to an empty Python?

    python benchmarks/cold_start.py [--json FILE]

Medians of 15 new processes each, after one that warms the file cache. Ten seconds.
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

from measure import Ratio, child, tell

RUNS = 15
BUDGET = 0.4
"""Seconds a person does not notice waiting for help."""


def median(argv: list[str]) -> float:
    """Seconds of wall clock."""
    return statistics.median([child(argv).wall for _ in range(RUNS + 1)][1:])


def ratios() -> list[Ratio]:
    """Budget over measured; an empty interpreter is the floor."""
    command = str(Path(sys.executable).with_name("delaminate"))
    floor = median([sys.executable, "-c", "pass"])
    shown = median([command, "--help"])
    imported = median([sys.executable, "-c", "import delaminate"])
    return [
        Ratio("delaminate --help", BUDGET / shown, shown, BUDGET, "s", "budget", 1.0),
        Ratio("import delaminate", BUDGET / imported, imported, BUDGET, "s", "budget", 1.0),
        Ratio("delaminate --help beside python -c pass", floor / shown, shown, floor, "s", "empty interpreter"),
    ]


if __name__ == "__main__":
    tell(ratios(), sys.argv)
