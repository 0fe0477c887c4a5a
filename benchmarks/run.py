"""Every question in one run: a table of ratios, kept per commit, compared with the last one.

    python benchmarks/run.py [--threads 2] [--only flatten,split] [--results benchmarks/results]

A benchmark belongs to the run when it is named in `QUESTIONS` and writes its ratios with `--json FILE`. The exit code
is 1 when a ratio lost more than 20 % against the last results of this very machine, or a benchmark failed; the others
are told all the same. Results of another machine say nothing about this one, so they are not compared; `since.py` does,
by building earlier code beside.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import subprocess
import sys
import tempfile
import time
import uuid
from dataclasses import asdict
from pathlib import Path
from typing import Any

from measure import Ratio, lost, machine, pin, table
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

HERE = Path(__file__).parent
QUESTIONS = {
    "flatten": 60,
    "cold_start": 15,
    "since": 60,
    "split": 70,
    "subject": 60,
    "fill_peers": 180,
    "alpha": 60,
    "encoders": 90,
    "service": 60,
}
"""Benchmarks, and about how many seconds each takes on a quiet machine with two cores."""


def asked(question: str) -> list[Ratio]:
    """Run one benchmark in a process of its own; what it prints is shown only if it fails.

    Raises
    ------
    RuntimeError
        If it fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        answers = Path(folder) / "ratios.json"
        command = [sys.executable, str(HERE / f"{question}.py"), "--json", str(answers)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{question} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return [Ratio(**row) for row in json.loads(answers.read_text())]


def answers(questions: list[str]) -> tuple[list[Ratio], list[str]]:
    """The ratios of all questions, behind a progress bar, and a line for each that could not be answered."""
    ratios: list[Ratio] = []
    trouble: list[str] = []
    columns = (SpinnerColumn(), TextColumn("{task.description:12}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=sum(QUESTIONS[question] for question in questions))
        for question in questions:
            progress.update(task, description=question)
            try:
                ratios += asked(question)
            except RuntimeError as error:
                trouble.append(str(error))
            progress.advance(task, QUESTIONS[question])
    return ratios, trouble


def commit() -> str:
    """Short hash of what is measured, with "+" where files differ from it."""

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=HERE, capture_output=True, text=True, check=False).stdout.strip()

    return (git("rev-parse", "--short", "HEAD") or "unknown") + ("+" if git("status", "--porcelain", "-uno") else "")


def host() -> str:
    """Which machine this is, without telling its name: twelve hexadecimal digits."""
    own = Path("/etc/machine-id")
    known = own.read_text().strip() if own.exists() else str(uuid.getnode())
    return hashlib.sha256(f"{known} {platform.node()} {machine()}".encode()).hexdigest()[:12]


def last(folder: Path, here: str) -> dict[str, Any] | None:
    """The results that were measured last on the machine `here`."""
    kept = [json.loads(path.read_text()) for path in folder.glob("ratios-*.json")]
    return max((one for one in kept if one.get("host") == here), key=lambda one: str(one["measured"]), default=None)


def main() -> int:
    """Ask, tell, compare, keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2, help="cores and library threads for all that is measured")
    parser.add_argument("--only", default=",".join(QUESTIONS), help="questions, comma-separated")
    parser.add_argument("--results", type=Path, default=HERE / "results")
    options = parser.parse_args()
    pin(options.threads)
    line, measured = machine(), commit()
    print(f"{line}; commit {measured}\n", flush=True)
    questions = options.only.split(",")
    if unknown := set(questions) - set(QUESTIONS):
        parser.error(f"there is no question {', '.join(sorted(unknown))}; there are {', '.join(QUESTIONS)}")
    ratios, trouble = answers(questions)
    before = last(options.results, host())
    known = {} if before is None else {row["name"]: float(row["value"]) for row in before["ratios"]}
    told = table(ratios, None if before is None else known)
    print(f"\n{line}; commit {measured}\n\n{told}")
    if before is None:
        print("\nnothing was measured on this machine before, so there is nothing to compare with")
    else:
        print(f"\nchange is against commit {before['commit']}, measured {before['measured']} on this machine")
    keep(options.results, ratios, line, measured)
    losses = [ratio.name for ratio in ratios if lost(ratio, known)]
    if losses:
        print(f"\nLost more than 20 %: {'; '.join(losses)}")
    for one in trouble:
        print(f"\nNot answered: {one}")
    return 1 if losses or trouble else 0


def keep(folder: Path, ratios: list[Ratio], line: str, measured: str) -> None:
    """Write the results of a commit."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [asdict(ratio) for ratio in ratios]
    kept: dict[str, Any] = {
        "commit": measured,
        "measured": time.strftime("%Y-%m-%d %H:%M:%S"),
        "machine": line,
        "host": host(),
    }
    kept |= {"ratios": rows}
    (folder / f"ratios-{measured}.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main())
