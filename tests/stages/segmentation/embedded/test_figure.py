"""The figure network: where its file is looked for, and what is said where it cannot be used.

What it sees is tested where its file is at hand, after `delaminate models pull`.
"""

from pathlib import Path

import pytest

from delaminate.errors import StageFailed
from delaminate.stages.segmentation.embedded.figure import (
    FILE,
    figure_network,
    figure_network_of,
    places,
    why_no_figure_network,
)


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which no program has kept any model yet."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DELAMINATE_MODELS", str(tmp_path / "models"))
    monkeypatch.delenv("U2NET_HOME", raising=False)
    return tmp_path


def test_it_looks_in_our_own_folder_first_and_then_where_other_programs_keep_it(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """U2NET_HOME names their folder where it is set."""
    assert list(places()) == [bare / "models/u2netp" / FILE, bare / "home/.u2net" / FILE]
    monkeypatch.setenv("U2NET_HOME", str(bare / "theirs"))
    assert list(places())[1] == bare / "theirs" / FILE


def test_without_its_file_there_is_none_and_one_command_is_named(bare: Path) -> None:
    """An expected state, not an error."""
    assert figure_network() is None
    assert why_no_figure_network().endswith("fetch it: delaminate models pull")


def test_another_file_of_that_name_is_not_used_and_said(bare: Path) -> None:
    """Wherever it lies."""
    (bare / "home/.u2net").mkdir(parents=True)
    (bare / "home/.u2net" / FILE).write_bytes(b"not a network")
    assert figure_network() is None
    assert "SHA-256 differs" in why_no_figure_network()


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    """No traceback from below."""
    with pytest.raises(StageFailed, match=r"cannot be read \(Is a directory\)"):
        figure_network_of(tmp_path)
