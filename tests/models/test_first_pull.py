"""Files whose hash nobody knew: the first pull is trusted and written down; and pulls without a network."""

import hashlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from delaminate.cli import app
from delaminate.errors import BadInput, StageFailed
from delaminate.models import checkpoints, shelf, weights
from delaminate.models.sources import FileAt, Pinned
from file_server import Files, serving

CONTENT = b"a tokenizer of 400 kB" * 20_000
FILE = Pinned("words.json", about=400_000)


@pytest.fixture
def server() -> Iterator[Files]:
    """Serves the file."""
    with serving(Files({"words.json": CONTENT, "resolve/main/tokenizer.json": CONTENT})) as files:
        yield files


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of models, empty, and nothing that other programs keep."""
    monkeypatch.setenv("DELAMINATE_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("U2NET_HOME", str(tmp_path / "nothing"))
    monkeypatch.delenv("DELAMINATE_MODELS_MIRROR", raising=False)
    return tmp_path / "models"


def put(server: Files, folder: Path) -> Path:
    """A pull of the file."""
    return shelf.put(FILE, folder / "words", [FileAt(f"{server.url}/words.json")])


def test_the_first_pull_is_trusted_and_written_down(server: Files, folder: Path) -> None:
    """As sha256sum writes it."""
    place = put(server, folder)
    written = place.with_name("words.json.sha256").read_text()
    assert written == f"{hashlib.sha256(CONTENT).hexdigest()}  words.json\n"
    assert sorted(path.name for path in folder.rglob("*")) == ["words", "words.json", "words.json.sha256"]


def test_a_later_pull_must_bring_the_same(server: Files, folder: Path) -> None:
    """Another file is refused; what was damaged here is fetched anew."""
    place = put(server, folder)
    place.write_bytes(b"damaged")
    assert put(server, folder).read_bytes() == CONTENT
    place.unlink()
    server.content["words.json"] = b"something else" * 1000
    with pytest.raises(StageFailed, match="another file than came the first time"):
        put(server, folder)
    assert not place.exists()


def test_half_a_file_of_unknown_size_is_gone_on_with(server: Files, folder: Path) -> None:
    """By the length that the server tells."""
    server.breaks = [100_000]
    assert put(server, folder).read_bytes() == CONTENT
    assert server.asked == ["", "bytes=100000-"]


def test_a_busy_server_is_asked_again_when_it_says_and_a_page_is_no_file(server: Files, folder: Path) -> None:
    """429 with Retry-After, then the file; a page of words under the same address is refused."""
    server.statuses = [429, 503]
    assert put(server, folder).read_bytes() == CONTENT
    assert len(server.asked) == 3
    server.content["words.json"], server.kind = b"<html>log in</html>", "text/html"
    with pytest.raises(StageFailed, match="sent a web page, not the file"):
        shelf.put(Pinned("other.json"), folder / "other", [FileAt(f"{server.url}/words.json")])


@pytest.mark.parametrize(
    ("status", "said"), [(429, "asked too often"), (404, "does not have it"), (403, "does not hand it out")]
)
def test_a_refusal_is_one_sentence_and_leaves_nothing(server: Files, folder: Path, status: int, said: str) -> None:
    """However often it is repeated."""
    server.statuses = [status] * 9
    with pytest.raises(StageFailed, match=said):
        put(server, folder)
    assert not folder.exists()


def test_a_pull_that_was_killed_goes_on_and_what_came_is_not_fetched_again(server: Files, folder: Path) -> None:
    """Killed in the middle by the system, as by a laptop that runs out of power."""
    server.holds = 300_000
    code = (
        "import sys; from pathlib import Path; from delaminate.models import shelf;"
        "from delaminate.models.sources import FileAt, Pinned;"
        "shelf.put(Pinned('words.json', about=400_000), Path(sys.argv[1]), [FileAt(sys.argv[2])])"
    )
    pull = subprocess.Popen([sys.executable, "-c", code, str(folder / "words"), f"{server.url}/words.json"])
    deadline = time.monotonic() + 60
    while not any(path.stat().st_size > 50_000 for path in folder.glob(".*.part")) and time.monotonic() < deadline:
        time.sleep(0.02)
    pull.send_signal(signal.SIGKILL)
    pull.wait()
    assert not (folder / "words" / "words.json").exists()
    server.holds = 0
    server.goes_on.set()
    assert put(server, folder).read_bytes() == CONTENT
    assert server.asked[-1].startswith("bytes=")


def test_lite_is_one_word_and_the_hub_may_be_a_mirror(
    server: Files, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command says that a first pull is trusted."""
    assert [known.name for known in checkpoints.named("lite")][:2] == ["u2netp", "owlvit"]
    server.content["Xenova/owlvit-base-patch32/resolve/main/tokenizer.json"] = CONTENT
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    pulled = CliRunner().invoke(app, ["models", "pull", "clip-words"])
    assert pulled.exit_code == 0
    assert "its hash is not known here" in pulled.output
    assert (folder / "clip-words" / "clip-tokenizer.json").read_bytes() == CONTENT


def test_what_was_exported_is_pulled_where_there_is_no_network(
    server: Files, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A single file with its hash and a whole repository; a file that changed on the way is refused."""
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    server.content["Xenova/owlvit-base-patch32/resolve/main/tokenizer.json"] = CONTENT
    weights.pull("clip-words")
    (folder / "vitmatte").mkdir()
    (folder / "vitmatte" / "config.json").write_text("{}")
    stick = tmp_path / "stick"
    told = CliRunner().invoke(app, ["models", "export", str(stick), "clip-words", "vitmatte"])
    assert told.exit_code == 0, told.output
    monkeypatch.setenv("DELAMINATE_OFFLINE", "1")
    monkeypatch.setenv("DELAMINATE_MODELS", str(tmp_path / "other"))
    told = CliRunner().invoke(app, ["models", "pull", "--from", str(stick)])
    assert told.exit_code == 0, told.output
    assert (tmp_path / "other/clip-words/clip-tokenizer.json").read_bytes() == CONTENT
    assert (tmp_path / "other/vitmatte/config.json").read_text() == "{}"
    (stick / "clip-words" / "clip-tokenizer.json").write_bytes(b"changed on the way")
    monkeypatch.setenv("DELAMINATE_MODELS", str(tmp_path / "third"))
    with pytest.raises(StageFailed, match="another file"):
        weights.pull("clip-words", given=stick)


def test_a_folder_without_the_weights_is_refused(folder: Path, tmp_path: Path) -> None:
    """In a sentence."""
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match="there is no folder of weights called vitmatte"):
        weights.pull("vitmatte", given=tmp_path / "empty" / "vitmatte")
    with pytest.raises(StageFailed, match="cannot be read"):
        weights.pull("clip-words", given=tmp_path / "empty")
