"""`delaminate doctor`: what is here, what a split takes, and the command for each next step."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from delaminate.cli import app
from lama_file import lama_file


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty folder of models, and a secret."""
    monkeypatch.setenv("DELAMINATE_MODELS", str(tmp_path / "shelf"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("U2NET_HOME", str(tmp_path / "u2net"))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    for name in ("LAMA", "PLANNER_URL", "DEVICE"):
        monkeypatch.delenv(f"DELAMINATE_{name}", raising=False)


def test_it_names_the_command_for_each_next_step() -> None:
    """Weights by pull, extras by pip; a secret is told as set."""
    told = CliRunner().invoke(app, ["doctor"], env={"COLUMNS": "400"})
    assert told.exit_code == 0
    assert "delaminate models pull u2netp" in told.output
    assert "set DELAMINATE_PLANNER_URL" in told.output
    assert "sk-very-secret" not in told.output
    assert "OPENAI_API_KEY" in told.output


def test_what_a_split_takes_follows_what_is_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As JSON, for scripts: the inpainter before and after a file for LaMa is named."""

    def inpainter() -> str:
        told = CliRunner().invoke(app, ["doctor", "--json"])
        return str(next(one["taken"] for one in json.loads(told.output)["roles"] if one["role"] == "inpainter"))

    assert inpainter() == "content-aware"
    monkeypatch.setenv("DELAMINATE_LAMA", str(lama_file(tmp_path / "lama.onnx", 64)))
    assert inpainter() == "lama"
