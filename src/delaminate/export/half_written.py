"""What is being written now, for whoever must end this process at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

placing = threading.Lock()
"""Held while something written takes its place, which takes several steps where something was there before."""

_now: set[Path] = set()


def half_written() -> Iterator[Path]:
    """Temporary files and folders of this process that have not taken their places."""
    yield from tuple(_now)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """`path` is temporary while the block runs."""
    _now.add(path)
    try:
        yield
    finally:
        _now.discard(path)
