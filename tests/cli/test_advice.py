"""Advice on the command line names the options to type."""

from __future__ import annotations

import pytest

from delaminate.cli.advice import advice
from delaminate.contracts import Outcome, TargetReport


@pytest.mark.parametrize(
    ("outcome", "option"),
    [
        (Outcome.UNCERTAIN, "--box or --point"),
        (Outcome.NOT_FOUND, "--engine open or hosted"),
        (Outcome.CAP_REACHED, "--max-layers"),
        (Outcome.TOO_SMALL, "--box"),
    ],
)
def test_each_outcome_that_needs_something_names_an_option(outcome: Outcome, option: str) -> None:
    """The package itself knows of no options: it also answers to Python and the service."""
    assert option in advice(TargetReport("the apple", outcome, outcome.advice))
    assert "--" not in outcome.advice


def test_two_sentences_are_both_told_and_a_stages_own_words_stay() -> None:
    """A target can be a guess and have hit the cap; a model may say more than we do."""
    both = f"{Outcome.UNCERTAIN.advice} {Outcome.CAP_REACHED.advice} Ask for the left one."
    told = advice(TargetReport("apples", Outcome.UNCERTAIN, both))
    assert "--point" in told
    assert "--max-layers" in told
    assert told.endswith(" Ask for the left one.")
    assert advice(TargetReport("apples", Outcome.EXTRACTED)) == ""
