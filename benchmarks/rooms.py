"""Coverage room by room, and the files with the widest gaps.

    coverage json -o build/coverage.json; python benchmarks/rooms.py build/coverage.json

A room is a folder of `src/delaminate`, in `stages` one below. Lines and branches count alike, as in coverage.py.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

COUNTED = ("num_statements", "num_branches", "covered_lines", "covered_branches", "missing_lines")

FILES = 20
"""How many files are listed."""


def room(file: str) -> str:
    """The folder that a file of the package belongs to."""
    *folders, _ = file.replace("\\", "/").partition("src/delaminate/")[2].split("/")
    return "/".join(folders[: 2 if folders[:1] == ["stages"] else 1]) or "the ground floor"


def share(one: Counter[str]) -> str:
    """How much of it is run, in percent."""
    parts = one["num_statements"] + one["num_branches"]
    return f"{100 * (one['covered_lines'] + one['covered_branches']) / parts:.1f}" if parts else "-"


def main() -> None:
    """Print both tables as Markdown."""
    told: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    files = {file: Counter({name: row["summary"][name] for name in COUNTED}) for file, row in told["files"].items()}
    rooms: dict[str, Counter[str]] = {}
    for file, counted in files.items():
        rooms.setdefault(room(file), Counter()).update(counted)
    print("| room | lines | branches | run, % |\n|---|--:|--:|--:|")
    for name, counted in [*sorted(rooms.items()), ("all", sum(rooms.values(), Counter[str]()))]:
        print(f"| {name} | {counted['num_statements']:,} | {counted['num_branches']:,} | {share(counted)} |")
    print("\n| widest gaps | lines not run | run, % |\n|---|--:|--:|")
    for file in sorted(files, key=lambda name: -files[name]["missing_lines"])[:FILES]:
        print(f"| {file.partition('delaminate/')[2]} | {files[file]['missing_lines']} | {share(files[file])} |")


if __name__ == "__main__":
    main()
