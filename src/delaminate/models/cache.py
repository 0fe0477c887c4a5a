"""Results stored under a key made from everything they depend on, so that what was paid for is never paid twice."""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from delaminate.errors import StageFailed

_LOCKS: dict[str, threading.Lock] = {}
_LOCKS_LOCK = threading.Lock()


def default_folder() -> Path:
    """`DELAMINATE_CACHE`, or "delaminate" in the user's cache folder."""
    given = os.environ.get("DELAMINATE_CACHE")
    if given:
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "delaminate"


def key_of(*parts: str | bytes | int) -> str:
    """SHA-256 of the parts, in hexadecimal; every part is told apart from the next, and text from bytes."""
    digest = hashlib.sha256()
    for part in parts:
        raw = part if isinstance(part, bytes) else str(part).encode()
        digest.update(f"{type(part).__name__}:{len(raw)}:".encode())
        digest.update(raw)
    return digest.hexdigest()


class Shared(Protocol):
    """Where several machines keep results together."""

    def get(self, key: str) -> bytes | None:
        """What is kept under a key; None where nothing is."""

    def put(self, key: str, content: bytes) -> None:
        """Keep it."""


@dataclass(frozen=True)
class Cache:
    """A folder of results, one file a key.

    Parameters
    ----------
    folder : made when first written to; deleting it, or any file in it, only costs doing the work again.
    shared : asked before anything is made, and told what was made; None keeps results on this machine.
    """

    folder: Path = field(default_factory=default_folder)
    shared: Shared | None = None

    def once(self, key: str, make: Callable[[], bytes]) -> bytes:
        """The result stored under `key`; where there is none, what `make` gives, stored before it is returned.

        Several threads and, where the system has file locks, several processes asking for the same key wait for one
        `make`. What it raises passes through, and nothing is stored.

        Raises
        ------
        StageFailed
            If the folder cannot be written; `make` was not called then.
        """
        path = self.folder / key[:2] / key
        with thread_lock(str(path)):
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                lock = path.with_suffix(".lock").open("a")
            except OSError as error:
                raise StageFailed(
                    f"results cannot be kept in {self.folder} ({error.strerror}); "
                    "set DELAMINATE_CACHE to a folder that can be written"
                ) from error
            with lock, file_lock(lock.fileno()):
                if path.is_file():
                    return path.read_bytes()
                made = self.shared.get(key) if self.shared is not None else None
                if made is None:
                    made = make()
                    if self.shared is not None:
                        self.shared.put(key, made)
                _write(path, made)
            with suppress(OSError):
                path.with_suffix(".lock").unlink()
            return made


def _write(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def thread_lock(name: str) -> threading.Lock:
    """The one lock of a name in this process."""
    with _LOCKS_LOCK:
        return _LOCKS.setdefault(name, threading.Lock())


@contextmanager
def file_lock(handle: int) -> Iterator[None]:
    """Hold the lock of an open file; other processes that ask for it wait."""
    try:
        import fcntl
    except ImportError:  # not on every platform; there only the threads of one process wait for each other
        yield
        return
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(handle, fcntl.LOCK_UN)
