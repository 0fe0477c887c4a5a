"""Weights: found where they lie, never fetched in passing, refused where their licence says so."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from delaminate.cli import app
from delaminate.errors import LicenceForbids, StageFailed, UnknownName
from delaminate.models import weights


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for weights, and an empty cache of the hub."""
    monkeypatch.setenv("DELAMINATE_MODELS", str(tmp_path / "shelf"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.delenv("DELAMINATE_COMMERCIAL_SAFE", raising=False)
    (tmp_path / "shelf").mkdir()
    return tmp_path / "shelf"


def test_weights_on_the_own_shelf_are_found(shelf: Path) -> None:
    """A folder named like the checkpoint in DELAMINATE_MODELS."""
    (shelf / "vitmatte").mkdir()
    assert weights.folder("vitmatte") == shelf / "vitmatte"


def test_a_folder_may_be_named_outright(tmp_path: Path) -> None:
    """Anything that is there."""
    assert weights.installed(str(tmp_path)) == tmp_path


def test_absent_weights_are_not_fetched_but_explained(shelf: Path) -> None:
    """With the command that fetches them."""
    with pytest.raises(StageFailed, match="delaminate models pull vitmatte"):
        weights.folder("vitmatte")


def test_an_unknown_name_lists_the_known() -> None:
    """As everywhere."""
    with pytest.raises(UnknownName, match="grounding-dino"):
        weights.folder("no-such-thing")


def test_offline_nothing_is_fetched(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even on request."""
    monkeypatch.setenv("DELAMINATE_OFFLINE", "1")
    with pytest.raises(StageFailed, match="DELAMINATE_OFFLINE"):
        weights.pull("vitmatte")


@pytest.mark.parametrize("name", ["flux2-klein-9b", "flux2-dev", "/somewhere/unknown"])
def test_weights_that_may_not_earn_money_are_refused(name: str) -> None:
    """So are those nobody knows."""
    with pytest.raises(LicenceForbids):
        weights.check_commercial(name)


def test_the_others_may() -> None:
    """Every one of them."""
    for known in weights.CHECKPOINTS:
        if known.commercial:
            weights.check_commercial(known.name)


def test_the_list_says_what_is_here_and_what_is_allowed(shelf: Path) -> None:
    """As JSON for programs; commercial-safe leaves out the rest."""
    (shelf / "vitmatte").mkdir()
    whole = json.loads(CliRunner().invoke(app, ["models", "list", "--json"]).stdout)
    safe = json.loads(CliRunner().invoke(app, ["models", "list", "--json", "--commercial-safe"]).stdout)
    here = {row["name"]: row["path"] for row in whole}
    assert here["vitmatte"] == str(shelf / "vitmatte")
    assert here["sam3"] is None
    assert {row["name"] for row in whole} - {row["name"] for row in safe} == {"flux2-klein-9b", "flux2-dev"}


def test_the_path_of_absent_weights_is_one_sentence_and_a_failure(shelf: Path) -> None:
    """No traceback."""
    told = CliRunner().invoke(app, ["models", "path", "vitmatte"])
    assert told.exit_code == 1
    assert told.stderr.startswith("delaminate: the weights 'vitmatte' are not on this machine")


def test_pulling_forbidden_weights_is_refused_before_any_fetching(shelf: Path) -> None:
    """When commercial-safe is asked for."""
    told = CliRunner().invoke(app, ["models", "pull", "flux2-dev", "--commercial-safe"])
    assert told.exit_code == 1
    assert "may not be used commercially" in told.stderr
