"""What a user of the command line can do about a target: the package's sentences, with the options to type."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from delaminate.contracts import TargetReport


def advice(report: TargetReport) -> str:
    """The advice of a report; what a stage says in its own words stays as it is."""
    from delaminate.contracts import Outcome

    mark = "Mark the thing with --box or --point, or use an engine that understands words (--engine open or hosted)."
    typed = {
        Outcome.UNCERTAIN: f"This is a guess: nothing that is seen clearly answers the words. {mark}",
        Outcome.NOT_FOUND: f"Nothing in the picture answers this. {mark}",
        Outcome.CAP_REACHED: "More was found than max_layers allows; raise --max-layers to get it as well.",
        Outcome.TOO_SMALL: "What was found is only a few pixels; crop the picture around it or mark it with --box.",
    }
    told = report.advice
    for outcome, sentence in typed.items():
        told = told.replace(outcome.advice, sentence)
    return told
