"""What every planner does, whoever reads the sentence."""

from pathlib import Path
from typing import Any

import pytest

from contracts.planner_suite import AskingPlannerSuite, PlannerSuite
from delaminate.contracts import Planner
from delaminate.models.cache import Cache
from delaminate.stages.planning.grammar.planner import Grammar
from delaminate.stages.planning.language_model import LanguageModel
from provider import Provider

ANSWER: dict[str, Any] = {
    "targets": [
        {
            "phrase": f"the {name}",
            "name": name,
            "description": name,
            "noun": name.split()[-1],
            "kind": kind,
            "box": box,
            "text": text,
            "together": False,
        }
        for name, kind, text, box in (
            ("red ball", "object", None, [80, 110, 360, 390]),
            ("title", "text", "HARBOUR", [180, 460, 820, 600]),
        )
    ],
    "inverted": False,
    "note": "",
}


class TestGrammar(PlannerSuite):
    """The embedded planner."""

    @pytest.fixture
    def planner(self) -> Planner:
        """With its defaults."""
        return Grammar()


class TestLanguageModel(AskingPlannerSuite):
    """A model at an endpoint on this machine."""

    @pytest.fixture
    def planner(self, provider: Provider, tmp_path: Path) -> Planner:
        """Storing its answers in a folder of the test's own."""
        provider.script = [ANSWER]
        return LanguageModel("tiny", provider.url, cache=Cache(tmp_path), pause=0.01)

    @pytest.fixture
    def unhelped(self, provider: Provider, tmp_path: Path) -> Planner:
        """With a server that is out of order."""
        provider.script = [500] * 3
        return LanguageModel("tiny", provider.url, cache=Cache(tmp_path), pause=0.01)
