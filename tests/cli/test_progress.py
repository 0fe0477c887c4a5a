"""The bars show what the split says, and only on a terminal; elsewhere a line tells of what takes long."""

from __future__ import annotations

import io
import time

import pytest
from rich.console import Console

from delaminate.cli.progress import Bars, Lines, watching
from delaminate.contracts import Progress

STEPS = [
    Progress("plan", 0.0),
    Progress("segment", 0.2),
    Progress("alpha", 0.4, 1, 2, "apple [red]"),
    Progress("fill", 0.5, 1, 2, "apple [red]"),
    Progress("exact", 0.6, 2, 2, "title"),
    Progress("done", 1.0, 2, 2),
]


def test_there_is_a_bar_for_the_batch_the_picture_and_every_layer() -> None:
    """With its name as it is, brackets and all."""
    screen = io.StringIO()
    with Bars("poster.png", 1, 3, Console(file=screen, force_terminal=True, width=120)) as bars:
        for step in STEPS:
            bars(step)
    shown = screen.getvalue()
    for words in ("picture 2 of 3", "poster.png", "layer 1 of 2  apple [red]", "layer 2 of 2  title"):
        assert words in shown


def test_logs_stay_clean_where_every_step_is_quick(capsys: pytest.CaptureFixture[str]) -> None:
    """No bars and no lines."""
    with watching("poster.png", 0, 1) as lines:
        assert isinstance(lines, Lines)
        for step in STEPS:
            lines(step)
    assert capsys.readouterr() == ("", "")


def test_a_step_that_takes_long_leaves_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """What it is and how far the picture is, while it goes on; a step that is over leaves none."""
    said = ""
    with Lines("poster.png", patience=1.0) as lines:  # longer than a busy machine takes from one line to the next
        lines(STEPS[0])
        lines(STEPS[2])
        for _ in range(1000):
            lines(STEPS[2])
            time.sleep(0.01)
            said += capsys.readouterr().err
            if "\n" in said:
                break
        time.sleep(0.2)
    assert said + capsys.readouterr().err == "poster.png: 40%  layer 1 of 2  apple [red]  edges\n"
