"""A bounded queue before work that takes memory and time: who finds it full is told when to come back."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from delaminate.server.errors import Busy


class Gate:
    """Lets so many in at a time; the others wait, at most so many and so long.

    Parameters
    ----------
    inside : how many may work at once.
    waiting : how many may wait. Waiting costs one of the server's threads, so this bounds how many of them it takes.
    patience : seconds until whoever waits is sent away.
    """

    def __init__(self, inside: int, waiting: int, patience: float) -> None:
        self._free, self._most, self._patience = inside, inside + waiting, patience
        # Nobody has more than half of the places, so that one project's uploads do not close the door to all others.
        self._share = max(inside, self._most // 2)
        self._owners: Counter[str] = Counter()
        self._changed = threading.Condition()

    @property
    def taken(self) -> int:
        """How many are inside or wait."""
        with self._changed:
            return self._owners.total()

    @contextmanager
    def entered(self, owner: str) -> Iterator[None]:
        """Inside the gate.

        Parameters
        ----------
        owner : the project for which it is done.

        Raises
        ------
        Busy
            If there is no place, or none became free in time.
        """
        with self._changed:
            if self._owners.total() >= self._most or self._owners[owner] >= self._share:
                raise Busy("Too many pictures are being worked on; try again in a few seconds")
            self._owners[owner] += 1
            entered = False
            try:
                ends = time.monotonic() + self._patience
                while not self._free:
                    if not self._changed.wait(ends - time.monotonic()):
                        raise Busy("The server is busy with other pictures; try again in a few seconds")
                self._free -= 1
                entered = True
            finally:
                if not entered:
                    self._leave(owner)
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                self._leave(owner)
                self._changed.notify()

    def _leave(self, owner: str) -> None:
        self._owners[owner] -= 1
        self._owners += Counter()  # forgets owners of nothing
