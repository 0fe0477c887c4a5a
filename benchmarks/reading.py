"""How long does reading a sentence take?

    python benchmarks/reading.py [--json FILE]

Every phrase of the tests, in a dozen languages, read twice; the second time counts, as the tables are then read. CPU
seconds of one thread, so that other work on the machine does not count. Ten seconds.
"""

from __future__ import annotations

import contextlib
import sys
import time
from pathlib import Path

import numpy as np
from measure import Ratio, tell

from delaminate.contracts import Instruction
from delaminate.errors import BadInstruction
from delaminate.stages.planning.grammar.planner import Grammar

BUDGET = 0.005
"""Seconds that a sentence may take: a picture takes a thousand times as long."""
PHRASES = Path(__file__).parent.parent / "tests" / "stages" / "planning" / "grammar"


def phrases() -> list[str]:
    """What stands before the arrow in the tests' files."""
    lines = [line for file in sorted(PHRASES.glob("phrases*.txt")) for line in file.read_text("utf-8").splitlines()]
    return [line.partition("  =>  ")[0].replace("\\n", "\n") for line in lines if "  =>  " in line and line[0] != "#"]


def seconds(sentence: str) -> float:
    """CPU seconds of one reading."""
    started = time.process_time()
    with contextlib.suppress(BadInstruction):
        Grammar()(Instruction(sentence), np.zeros((500, 1000, 3), np.uint8))
    return time.process_time() - started


def ratios() -> list[Ratio]:
    """Budget over measured: the median sentence, and the slowest."""
    said = phrases()
    for sentence in said:
        seconds(sentence)
    spent = sorted(seconds(sentence) for sentence in said)
    named = {"the median sentence": spent[len(spent) // 2], "the slowest sentence": spent[-1]}
    return [Ratio(f"{name} of {len(said)}", BUDGET / s, s, BUDGET, "s", "budget", 1.0) for name, s in named.items()]


if __name__ == "__main__":
    tell(ratios(), sys.argv)
