"""Where bytes are kept: a folder or an S3-compatible store, behind obstore. Keys are made by us, never by users."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING

from obstore.store import LocalStore, ObjectStore, S3Store

from delaminate.errors import StageFailed

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

_KEY = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_.-]+)+")
_CHUNK = 1 << 18


@dataclass(frozen=True)
class Blobs:
    """A flat space of keys like `assets/asset_…`; putting is atomic, and putting twice replaces."""

    store: ObjectStore

    def put(self, key: str, content: bytes | memoryview | IO[bytes]) -> None:
        """Store bytes, or what is left to read of an open file."""
        self.store.put(_checked(key), content)

    def get(self, key: str) -> bytes:
        """All bytes of a key.

        Raises
        ------
        StageFailed
            If there is nothing under it.
        """
        try:
            return bytes(self.store.get(_checked(key)).bytes())
        except FileNotFoundError as error:
            raise StageFailed(f"the store has nothing under {key}") from error

    def size(self, key: str) -> int | None:
        """Bytes under a key, None where there is nothing."""
        try:
            return int(self.store.head(_checked(key))["size"])
        except FileNotFoundError:
            return None

    def stream(self, key: str) -> Iterator[bytes]:
        """The bytes of a key in pieces; memory does not grow with them."""
        return (bytes(piece) for piece in self.store.get(_checked(key)).stream(min_chunk_size=_CHUNK))

    def delete(self, keys: Iterable[str]) -> None:
        """Remove keys; one that is not there is no error."""
        for key in keys:
            try:
                self.store.delete(_checked(key))
            except FileNotFoundError:
                continue

    def under(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        """Keys below a folder and when each was last written."""
        for page in self.store.list(prefix=prefix):
            for entry in page:
                yield str(entry["path"]), entry["last_modified"]

    def sizes(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Keys below a folder and how many bytes each has."""
        for page in self.store.list(prefix=prefix):
            for entry in page:
                yield str(entry["path"]), int(entry["size"])

    def clear(self, prefix: str) -> None:
        """Remove everything below a folder."""
        self.delete([key for key, _ in self.under(prefix)])


def open_blobs(url: str, folder: Path) -> Blobs:
    """A store by URL; an empty one means a local folder, which is made."""
    if url:
        options: ClientConfig = {"allow_http": True, "connect_timeout": "5s", "timeout": "60s"}
        # Whoever calls waits longer, or tells its client to; a thread that sleeps in here can be told nothing.
        retries: RetryConfig = {"max_retries": 2, "retry_timeout": timedelta(seconds=5)}
        return Blobs(S3Store.from_url(url, client_options=options, retry_config=retries))
    folder.mkdir(parents=True, exist_ok=True)
    return Blobs(LocalStore(folder.resolve()))


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key) or ".." in key:
        raise ValueError(f"{key!r} is not a key")
    return key
