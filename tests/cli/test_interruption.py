"""Ctrl-C: what was kept is said, nothing half-written stays, and the end comes within a second."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")

IN_C = """
    import ctypes, sys, time
    from pathlib import Path
    from delaminate.cli.interruption import interruptible
    from delaminate.export.half_written import writing
    part = Path("half.part")
    with interruptible(lambda: "2 of 5 are kept"), writing(part):
        try:
            part.write_text("half")
            print("working", flush=True)
            for _ in range(600):
                {work}
        finally:
            part.unlink()
"""


@pytest.mark.parametrize(
    "work", ["time.sleep(0.1)", "ctypes.CDLL(None).sleep(30) or ctypes.CDLL(None).sleep(30)"], ids=["Python", "C"]
)
def test_the_end_comes_within_a_second_wherever_the_work_is(work: str, tmp_path: Path) -> None:
    """A C library that sleeps through signals stands for a network that is at work."""
    code = textwrap.dedent(IN_C.format(work=work))
    begun = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "working\n"
    start = time.monotonic() - begun
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    started = time.monotonic()
    _, said = process.communicate(timeout=60)
    assert time.monotonic() - started < 5 + start, "the machine may be busy, as its start shows, but not that busy"
    assert process.returncode == 130
    assert said.strip() == "delaminate: stopped; 2 of 5 are kept"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_batch_says_what_it_kept_and_leaves_nothing_half_written(jobs: str, tmp_path: Path) -> None:
    """Stopped once the first picture is done; with --resume it goes on."""
    rng = np.random.default_rng(0)
    (tmp_path / "in").mkdir()
    for number in range(4):
        side = 48 if number == 0 else 700
        Image.fromarray(rng.integers(0, 256, (side, side, 3), np.uint8)).save(tmp_path / "in" / f"{number}.png")
    command = [sys.executable, "-m", "delaminate", "split", "in", "the patch", "--box", "5,5,40,40"]
    command += ["--out", "out", "--jobs", jobs]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().startswith("in/0.png → out/0-layers: ")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "of 4 pictures are done and kept" in said
    assert "Traceback" not in said
    assert not [path for path in (tmp_path / "out").iterdir() if path.name.startswith(".")]
    assert all((path / "manifest.json").exists() for path in (tmp_path / "out").iterdir())
