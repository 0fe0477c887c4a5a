"""The bars show what the split says, and only on a terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from delaminate.cli.progress import Bars
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


def test_nothing_is_shown_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Log files stay clean."""
    with Bars("poster.png", 0, 1) as bars:
        for step in STEPS:
            bars(step)
    assert capsys.readouterr() == ("", "")
